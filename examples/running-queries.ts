// Lists the queries that your account runs right now. Needs the master key.
//
//   node .generated/examples/running-queries.js
import { Carto } from "@carto-ts/sdk";

const carto = Carto.fromEnv();

const { rows } = await carto.sql.query<{ pid: number; seconds: number; query: string }>(`
  select pid, round(extract(epoch from now() - query_start)::numeric, 1) as seconds, query
  from pg_stat_activity
  where usename = current_user and state = 'active' and pid <> pg_backend_pid()
  order by seconds desc`);

if (rows.length === 0) {
  console.log("nothing else is running; on the embedded engine, which has one session, whoever asks is always alone");
}
for (const { pid, seconds, query } of rows) console.log(`${pid}  ${seconds} s  ${query.replace(/\s+/g, " ")}`);
