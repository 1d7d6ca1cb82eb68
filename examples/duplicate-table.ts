// Copies a table from one account to another, which may be on another server. Rows flow from one to the other and are
// kept nowhere in between.
//
//   export SOURCE_URL=… SOURCE_KEY=… DESTINATION_URL=… DESTINATION_KEY=…
//   node .generated/examples/duplicate-table.js places
import { Carto, ident, sql } from "@carto-ts/sdk";

const table = process.argv[2] ?? "places";
const env = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}`);
  return value;
};
const source = new Carto({ baseUrl: env("SOURCE_URL"), apiKey: env("SOURCE_KEY") });
const destination = new Carto({ baseUrl: env("DESTINATION_URL"), apiKey: env("DESTINATION_KEY") });

const { rows } = await source.sql.query<{ name: string; type: string }>(
  sql`select attname as name, format_type(atttypid, atttypmod) as type
      from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`,
);
const columns = rows.map(({ name, type }) => `${ident(name)} ${type}`).join(", ");
await destination.sql.query(`create table ${ident(table)} (${columns})`);

const out = await source.copy.to(`COPY ${ident(table)} TO STDOUT`);
const { total_rows } = await destination.copy.from(`COPY ${ident(table)} FROM STDIN`, out);
console.log(`${total_rows} rows copied`);
