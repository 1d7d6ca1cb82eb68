import type { Guard } from "../db/guard/guard.ts";
import { refuseForbidden, type Sender } from "../db/guard/policy.ts";
import { HttpError } from "../http/errors.ts";

/** Which way a COPY goes. */
export type CopyDirection = "from" | "to";

const WANTED: Readonly<Record<CopyDirection, string>> = {
  from: "COPY ... FROM STDIN is wanted here; send COPY ... TO STDOUT to /api/v2/sql/copyto",
  to: "COPY ... TO STDOUT is wanted here; send COPY ... FROM STDIN to /api/v2/sql/copyfrom",
};

/**
 * Reads the `q` of a COPY route: exactly one COPY through the connection, in the route's direction. Anything else would
 * hang the connection, or reach files and programs of the database's machine.
 *
 * @throws {@link HttpError} 400 with the contract's texts.
 */
export async function parseCopy(
  q: unknown,
  direction: CopyDirection,
  { guard, sender }: { guard: Guard; sender: Sender },
): Promise<string> {
  if (typeof q !== "string" || q === "") throw new HttpError(400, "SQL is missing");
  if (!q.toUpperCase().startsWith("COPY ")) throw new HttpError(400, "SQL must start with COPY");
  const inspection = await guard.inspect(q);
  if (!inspection.parsed) throw new HttpError(400, inspection.syntaxError ?? "syntax error");
  refuseForbidden(inspection, sender);
  if (inspection.single === undefined) throw new HttpError(400, "Only one COPY statement is allowed");
  const copy = inspection.statements[0]?.copy;
  if (!copy?.throughConnection || copy.from !== (direction === "from")) throw new HttpError(400, WANTED[direction]);
  return inspection.single;
}
