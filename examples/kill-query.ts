// Ends one of your running queries by the number that running-queries shows. Needs the master key, and PostgreSQL: the
// embedded engine has one session, where nobody else can be running anything.
//
//   node kill-query.js 12345
import { Carto, sql } from "@carto-ts/sdk";

const pid = Number(process.argv[2]);
const carto = Carto.fromEnv();

const { rows } = await carto.sql.query<{ ended: boolean }>(sql`select pg_cancel_backend(${pid}::int) as ended`);
console.log(rows[0]?.ended ? `query ${pid} was told to end` : `there is no query ${pid}`);
