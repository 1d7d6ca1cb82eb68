/** An object of JSON, of which nothing is known. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value of JSON is an object, and neither an array nor null. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether nothing was given: JSON's null counts as nothing. */
export const isNothing = (value: unknown): value is undefined | null => value === undefined || value === null;

/** A value as a number; undefined where it is none. Numbers in strings count: placeholders of named maps make those. */
export function numberOf(value: unknown): number | undefined {
  const isText = typeof value === "string" && value.length <= 32 && value.trim() !== "";
  const number = isText ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** A value as a whole number from `lowest` to `highest`; undefined where it is none. */
export function integerOf(value: unknown, lowest: number, highest: number): number | undefined {
  const number = numberOf(value);
  const fits = number !== undefined && Number.isInteger(number) && number >= lowest && number <= highest;
  return fits ? number : undefined;
}

/** The strings of a list; undefined where it is no list of strings alone. */
export function textsOf(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((item) => typeof item === "string") ? value : undefined;
}

/** A value as an id: a string that isn't empty, or a number; undefined for any other. */
export function idOf(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

const SHOWN_LENGTH = 100;

/** A value as error messages show it: strings as they are, others as JSON, long ones cut. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
