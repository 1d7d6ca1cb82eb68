import { type MapError, mapError } from "../map-error.ts";

const MAX_DEPTH = 100;
const MAX_VALUES = 100_000;
/** What a text of PostgreSQL can't hold: NUL, and halves of characters beyond U+FFFF. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * Refuses JSON that is too deep or too large to be worked with, or that the database can't keep.
 *
 * @throws {@link MapError} 400 of the type `mapconfig`
 */
export function checkJson(json: unknown): void {
  let values = 0;
  const visit = (value: unknown, depth: number): void => {
    values++;
    if (values > MAX_VALUES) throw refusal(`it has more than ${MAX_VALUES} values`);
    if (typeof value === "string") checkText(value);
    if (typeof value !== "object" || value === null) return;
    if (depth >= MAX_DEPTH) throw refusal(`it is nested deeper than ${MAX_DEPTH} levels`);
    for (const [name, item] of Object.entries(value)) {
      checkText(name);
      visit(item, depth + 1);
    }
  };
  visit(json, 0);
}

function checkText(text: string): void {
  if (UNSTORABLE.test(text)) throw refusal("it has a NUL or half a surrogate pair in a text");
}

const refusal = (reason: string): MapError =>
  mapError(`The MapConfig can't be read: ${reason}`, { type: "mapconfig", status: 400 });
