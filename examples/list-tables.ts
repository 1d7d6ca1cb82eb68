// Lists your tables with their sizes, the largest first, and whether they have what maps need.
//
//   node .generated/examples/list-tables.js
import { Carto } from "@carto-ts/sdk";

const carto = Carto.fromEnv();

const { rows } = await carto.sql.query<{ name: string; rows: number; bytes: number; cartodbfied: boolean }>(`
  select c.relname as name, greatest(c.reltuples, 0)::bigint as rows, pg_total_relation_size(c.oid) as bytes,
         exists (select from pg_attribute where attrelid = c.oid and attname = 'the_geom_webmercator') as cartodbfied
  from pg_class c
  where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
    and pg_has_role(current_user, c.relowner, 'usage')
  order by bytes desc, name`);

const largest = Math.max(1, ...rows.map(({ bytes }) => bytes));
for (const { name, rows: count, bytes, cartodbfied } of rows) {
  const bar = "█".repeat(Math.ceil((20 * bytes) / largest)).padEnd(20);
  console.log(
    `${bar} ${(bytes / 1e6).toFixed(1).padStart(8)} MB  ~${count} rows  ${name}${cartodbfied ? "" : "  (no map columns)"}`,
  );
}
