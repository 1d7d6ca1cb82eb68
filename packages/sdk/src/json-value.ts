/** A value to be written as JSON whatever its type. Made by {@link json}. */
export class Json {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** Has `value` written as JSON, also where it is an array, a string or a geometry: `` sql`select ${json([1, 2])}` ``. */
export function json(value: unknown): Json {
  return new Json(value);
}
