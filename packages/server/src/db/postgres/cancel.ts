import { connect } from "node:net";

/** Where a backend is, and what it takes to cancel its statement. */
export interface CancelTarget {
  /** Host name, address, or directory of a Unix socket. */
  host: string;
  port: number;
  processId: number;
  secretKey: number;
}

/** How long a CancelRequest may take. */
const TIMEOUT_MS = 2_000;
const CANCEL_REQUEST_CODE = 80_877_102;

/**
 * Sends a CancelRequest over a connection of its own.
 *
 * Resolves when the database has taken it, or could not be reached in time: it never rejects, for whoever cancels has
 * nothing better to do about it than to close the connection.
 */
export function requestCancel(target: CancelTarget): Promise<void> {
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  request.writeInt32BE(target.processId, 8);
  request.writeInt32BE(target.secretKey, 12);
  return new Promise((resolve) => {
    const socket = target.host.startsWith("/")
      ? connect(`${target.host}/.s.PGSQL.${target.port}`)
      : connect(target.port, target.host);
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.on("connect", () => socket.end(request));
    socket.resume();
  });
}
