/** A value that GeoParquet has no place for. Its message is for whoever asked for the file. */
export class UnwritableError extends Error {
  override readonly name = "UnwritableError";
}
