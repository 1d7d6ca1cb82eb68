import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import type { Lease } from "../session.ts";
import type { Exchange } from "../wire/exchange.ts";
import { PreparedStatements } from "../wire/statements.ts";
import { requestCancel } from "./cancel.ts";
import type { ConnectionPools } from "./pools.ts";

const CANCELS = 10;
const CANCEL_PAUSE_MS = 100;

/** What `pg` knows of its backend but doesn't type. */
interface Backend {
  processID: number;
  secretKey: number;
}

/** A connection of a role's pool, lent to one session. */
export class PostgresLease implements Lease {
  readonly client: Client;
  readonly #pool: string;
  readonly #pools: ConnectionPools;

  constructor(pool: string, client: Client, pools: ConnectionPools) {
    this.#pool = pool;
    this.client = client;
    this.#pools = pools;
  }

  cancel(): Promise<void> {
    const { host, port } = this.client;
    const { processID, secretKey } = this.client as unknown as Backend;
    return requestCancel({ host, port, processId: processID, secretKey });
  }

  async release({ touched, inTransaction }: { touched: boolean; inTransaction: boolean }): Promise<void> {
    try {
      if (inTransaction) await this.client.query("ROLLBACK");
      // 0.4 to 0.5 of a small query's cost, hence not after a SELECT that can't have changed anything.
      if (touched) {
        await this.client.query("DISCARD ALL");
        PreparedStatements.of(this.client.connection).clear();
      }
    } catch {
      this.#pools.discard(this.client);
      return;
    }
    if (this.client.connection.stream.destroyed) this.#pools.discard(this.client);
    else this.#pools.release(this.#pool, this.client);
  }

  /**
   * Cancels until the statement has ended, and keeps the connection; closes one that doesn't end.
   *
   * A cancel that comes before the backend has read its statement is lost, so that it is repeated. A close alone doesn't
   * end a backend that computes, a cancel alone not one that is blocked in sending.
   */
  async abandon(exchange: Exchange): Promise<void> {
    for (let tries = CANCELS; tries > 0 && !exchange.done; tries--) {
      await this.cancel();
      await Promise.race([exchange.finished, sleep(CANCEL_PAUSE_MS, undefined, { ref: false })]);
    }
    if (exchange.status === undefined) this.#pools.discard(this.client);
    else await this.release({ touched: true, inTransaction: exchange.status !== "I" });
  }
}
