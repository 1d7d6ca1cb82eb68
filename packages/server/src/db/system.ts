import type { Client } from "pg";
import type { SystemSession } from "./engine.ts";

/** A connection in the server's own role. */
export type SystemClient = Client;

/** Runs the server's own statements on `client`. */
export function systemSession(client: SystemClient): SystemSession {
  return {
    async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      const result = values.length > 0 ? await client.query(text, [...values]) : await client.query(text);
      return result.rows as Row[];
    },
  };
}

/** Runs `use` between BEGIN and COMMIT; an error rolls back. */
export async function inTransaction<T>(
  session: SystemSession,
  use: (session: SystemSession) => Promise<T>,
): Promise<T> {
  await session.query("BEGIN");
  try {
    const result = await use(session);
    await session.query("COMMIT");
    return result;
  } catch (error) {
    // On a connection that is gone it has been rolled back already: the error tells why.
    await session.query("ROLLBACK").catch(() => {});
    throw error;
  }
}
