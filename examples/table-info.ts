// Shows a table's columns, indexes, triggers, and the functions that they call.
//
//   node .generated/examples/table-info.js places
import { Carto, sql } from "@carto-ts/sdk";

const table = process.argv[2] ?? "places";
const carto = Carto.fromEnv();

const show = async (title: string, query: ReturnType<typeof sql>): Promise<void> => {
  const { rows } = await carto.sql.query(query);
  console.log(`\n${title}`);
  if (rows.length === 0) console.log("  none");
  else console.table(rows);
};

await show(
  "Columns",
  sql`select attname as column, format_type(atttypid, atttypmod) as type, not attnotnull as nullable
      from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`,
);
await show(
  "Indexes",
  sql`select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
      from pg_index where indrelid = ${table}::regclass`,
);
await show(
  "Triggers",
  sql`select tgname as name, tgfoid::regproc::text as function
      from pg_trigger where tgrelid = ${table}::regclass and not tgisinternal`,
);
