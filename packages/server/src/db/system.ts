import type { Client } from "pg";
import type { SystemSession, SystemStatementOptions } from "./engine.ts";
import { PreparedStatements } from "./wire/statements.ts";
import { ValueExchange } from "./wire/value-exchange.ts";

/** A connection in the server's own role. */
export type SystemClient = Client;

/** Runs the server's own statements on `client`. @param prepares Whether those with a name stay prepared on it. */
export function systemSession(client: SystemClient, { prepares }: { prepares: boolean }): SystemSession {
  return {
    async query<Row>(text: string, values: readonly unknown[] = [], { name }: SystemStatementOptions = {}) {
      const result =
        prepares && name !== undefined
          ? await client.query({ name, text, values: [...values] })
          : await client.query(text, values.length > 0 ? [...values] : undefined);
      return result.rows as Row[];
    },
    async value(text) {
      const statements = PreparedStatements.of(client.connection);
      const statement = statements.take(text);
      const exchange = client.query(new ValueExchange(statement, []));
      await exchange.finished;
      if (exchange.prepared) statements.keep(text, statement.name);
      exchange.throwIfFailed();
      return exchange.value?.toString() ?? "";
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
