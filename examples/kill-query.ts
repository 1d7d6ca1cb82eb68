// Ends one of your running queries by the number that running-queries shows. Needs the master key, and PostgreSQL.
//
//   node .generated/examples/kill-query.js 12345
import { Carto, PermissionError, sql } from "@carto-ts/sdk";

const pid = Number(process.argv[2]);
const carto = Carto.fromEnv();

try {
  if (!Number.isInteger(pid)) throw new Error("say which query: the number that running-queries shows");
  const { rows } = await carto.sql.query<{ ended: boolean }>(sql`select pg_cancel_backend(${pid}::int) as ended`);
  console.log(rows[0]?.ended ? `query ${pid} was told to end` : `there is no query ${pid}`);
} catch (error) {
  console.error((error as Error).message);
  if (error instanceof PermissionError) {
    console.error(
      "Only the master key may end queries, its own. The embedded engine has one session, and nobody to end.",
    );
  }
  process.exitCode = 1;
}
