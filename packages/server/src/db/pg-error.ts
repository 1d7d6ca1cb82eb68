/** Fields of PostgreSQL's ErrorResponse and NoticeResponse, by their letters in the protocol. */
export interface PgErrorFields {
  severity: string;
  /** SQLSTATE. */
  code: string;
  message: string;
  detail?: string | undefined;
  hint?: string | undefined;
  /** Position in the statement, counted from 1. */
  position?: string | undefined;
  /** Call stack in the database. */
  where?: string | undefined;
}

/** An error that PostgreSQL reported, with its own words. */
export class PgError extends Error {
  override readonly name = "PgError";
  readonly severity: string;
  /** SQLSTATE, such as `42P01`. */
  readonly code: string;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly position: string | undefined;
  readonly where: string | undefined;

  constructor(fields: PgErrorFields) {
    super(fields.message);
    this.severity = fields.severity;
    this.code = fields.code;
    this.detail = fields.detail;
    this.hint = fields.hint;
    this.position = fields.position;
    this.where = fields.where;
  }
}

/** An error that the driver reports of the server's own statements, as a {@link PgError}; undefined for any other. */
export function asPgError(error: unknown): PgError | undefined {
  if (!(error instanceof Error) || !("severity" in error) || !("code" in error)) return undefined;
  const { severity, code, detail, hint, position, where } = error as Error & Omit<PgErrorFields, "message">;
  return new PgError({ severity, code, message: error.message, detail, hint, position, where });
}

/** The statement ran longer than it may, by the server's clock. */
export class StatementTimeoutError extends Error {
  override readonly name = "StatementTimeoutError";
}

/** The connection to the database broke while a statement ran. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}

/** Reads the fields of an ErrorResponse or NoticeResponse body: a letter and a zero-ended string each. */
export function parseErrorFields(body: Buffer): PgErrorFields {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < body.length && body[at] !== 0) {
    const end = body.indexOf(0, at + 1);
    if (end < 0) break;
    fields.set(String.fromCharCode(body[at] ?? 0), body.toString("utf8", at + 1, end));
    at = end + 1;
  }
  return {
    // V is the severity in English whatever lc_messages says.
    severity: fields.get("V") ?? fields.get("S") ?? "ERROR",
    code: fields.get("C") ?? "XX000",
    message: fields.get("M") ?? "unknown error",
    detail: fields.get("D"),
    hint: fields.get("H"),
    position: fields.get("P"),
    where: fields.get("W"),
  };
}
