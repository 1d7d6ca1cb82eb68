/**
 * Why GDAL came to no result: it used more memory, took longer or wrote more than it may, or it said that it can't.
 */
export type GdalFailure = "memory" | "time" | "output" | "failed";

/** What GDAL could not do. The message is made of its own words, without paths; fit to be shown. */
export class GdalError extends Error {
  override readonly name = "GdalError";
  readonly kind: GdalFailure;

  constructor(kind: GdalFailure, message: string) {
    super(message);
    this.kind = kind;
  }
}
