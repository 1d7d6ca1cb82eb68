// Writes the statements that would make your tables again, without their rows, into a file.
//
//   node .generated/examples/export-create-tables.js create_table.sql
import { writeFile } from "node:fs/promises";
import { Carto } from "@carto-ts/sdk";

const file = process.argv[2] ?? "create_table.sql";
const carto = Carto.fromEnv();

const { rows } = await carto.sql.query<{ statement: string }>(`
  select format(E'create table %I (\\n%s\\n);', c.relname, string_agg(
    format('  %I %s%s', a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then ' not null' else '' end),
    E',\\n' order by a.attnum)) as statement
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
    and pg_has_role(current_user, c.relowner, 'usage')
  group by c.relname order by c.relname`);

await writeFile(file, `${rows.map(({ statement }) => statement).join("\n\n")}\n`);
console.log(`${rows.length} tables written to ${file}`);
