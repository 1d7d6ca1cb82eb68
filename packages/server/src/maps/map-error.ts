import type { MapErrorContext } from "@carto-ts/protocol";

/** An answer of the Maps API other than success. */
export class MapError extends Error {
  override readonly name = "MapError";
  /** undefined: it follows from the first message's words. */
  readonly status: number | undefined;
  readonly contexts: readonly MapErrorContext[];

  /** @param contexts The errors, the first of which decides; at least one. */
  constructor(contexts: readonly MapErrorContext[], status?: number) {
    super(contexts.map(({ message }) => message).join("\n"));
    this.status = status;
    this.contexts = contexts;
  }
}

/** One error, of no special type unless `context` says so. */
export function mapError(
  message: string,
  { status, ...context }: Partial<Omit<MapErrorContext, "message">> & { status?: number } = {},
): MapError {
  return new MapError([{ type: "unknown", message, ...context }], status);
}
