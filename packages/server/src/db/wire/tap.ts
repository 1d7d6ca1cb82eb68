import type { Connection } from "pg";
import { KnownColumns } from "./replies.ts";

type Listener = (chunk: Buffer) => void;

/**
 * Where the bytes of a connection go: to `pg`'s parser, or to the exchange that runs.
 *
 * One listener for the life of the connection. Taking `pg`'s listener off and putting it back for each query makes the
 * socket stop and start flowing, which costs as much as a small query.
 */
export class Tap {
  /** Takes the bytes in the place of `pg`, while it is set. */
  sink: Listener | undefined;
  /** Columns of the results that came by this connection. */
  readonly columns: KnownColumns = new KnownColumns();

  private constructor(connection: Connection) {
    const socket = connection.stream;
    const parsers = socket.listeners("data") as Listener[];
    for (const parser of parsers) socket.removeListener("data", parser);
    socket.on("data", (chunk: Buffer) => {
      if (this.sink) this.sink(chunk);
      else for (const parser of parsers) parser(chunk);
    });
  }

  /** The tap of a connection that is open; put in at the first call. */
  static of(connection: Connection): Tap {
    const tap = taps.get(connection) ?? new Tap(connection);
    taps.set(connection, tap);
    return tap;
  }
}

const taps = new WeakMap<Connection, Tap>();
