import { EngineBusyError } from "./engine.ts";
import { ConnectionLostError, PgError } from "./pg-error.ts";

/** SQLSTATEs of lost connections, of a server that stops or is full, and of transactions in each other's way. */
const STATES = /^(08...|57P0[1-5]|53300|25P03|40001|40P01)$/;
const SOCKET = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENOTFOUND", "EAI_AGAIN"]);
/** The driver has no codes for these. */
const DRIVER = /^(Connection terminated|Client has encountered a connection error|timeout expired)/;

/** Whether an error says nothing of the statement that was sent, but that the database is out of reach, ends or is busy. */
export function isPassing(error: unknown): boolean {
  if (error instanceof EngineBusyError || error instanceof ConnectionLostError) return true;
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  if (error instanceof PgError || typeof code === "string")
    return STATES.test(String(code)) || SOCKET.has(String(code));
  return DRIVER.test(error.message);
}
