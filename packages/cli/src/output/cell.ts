/** One cell as text; `null` is SQL's NULL. */
export type Cell = string | null;

/** A JSON value of a row as the text that PostgreSQL would show, objects and arrays as JSON. */
export function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
