import { fillHoles, findHoles, type Hole } from "./holes.ts";
import { type PlaceholderValue, refuse } from "./placeholder-value.ts";
import { type SqlPlace, sqlPlaces } from "./sql-place.ts";

const WORD_BEFORE = /[\w$.\u0080-\uffff]*$/;
const WORD_AFTER = /^[\w$.\u0080-\uffff]*/;
/** Characters around a hole that are looked at: more than a name has. */
const AROUND = 1_000;

/**
 * Fills the holes of SQL so that each is no more than a value or a name of it.
 *
 * @throws MapError 400 where a value would be able to become other SQL
 */
export function fillSql(template: string, values: ReadonlyMap<string, PlaceholderValue>): string {
  const holed = findHoles(template, values);
  const places = sqlPlaces(
    holed.text,
    holed.holes.map(({ at }) => at),
  );
  return fillHoles(holed, (hole, index) => write(hole, places[index] ?? "code", holed.text));
}

function write(hole: Hole, place: SqlPlace, sql: string): string {
  const { type, text, name } = hole.value;
  const quoted = place === "string" || place === "identifier";
  switch (type) {
    case "sql_literal":
      if (place === "string") return text.replaceAll("'", "''");
      throw refuse(`sql_literal placeholder '${name}' must stand between plain single quotes, not in ${IN[place]}`);
    case "sql_ident":
      if (place === "identifier") return text.replaceAll('"', '""');
      throw refuse(`sql_ident placeholder '${name}' must stand between plain double quotes, not in ${IN[place]}`);
    case "css_color":
      if (quoted) return text;
      throw refuse(`css_color placeholder '${name}' must stand between plain quotes in SQL, not in ${IN[place]}`);
    case "number":
      return place === "code" ? writeNumber(hole, sql) : writeDigits(hole, sql);
  }
}

const IN: Readonly<Record<SqlPlace, string>> = {
  code: "the code of the SQL",
  string: "a literal",
  "escape string": "a literal with escapes",
  identifier: "a name",
  "unicode identifier": "a name with escapes",
  comment: "a comment",
  "dollar string": "a literal between dollars",
};

/** A number of its own; beside letters it is part of a name, or of another number, and must be digits. */
function writeNumber(hole: Hole, sql: string): string {
  const { text, name } = hole.value;
  const number = text.startsWith("+") ? text.slice(1) : text;
  if (wordAround(hole, sql) === "") return number.startsWith("-") ? `(${number})` : number;
  if (/^\d+$/.test(number)) return writeDigits({ ...hole, value: { ...hole.value, text: number } }, sql);
  throw refuse(`number placeholder '${name}' stands within a name, where only digits can be: ${text}`);
}

/** Digits must not become part of what begins and ends a literal between dollars. */
function writeDigits(hole: Hole, sql: string): string {
  const { text, name } = hole.value;
  if (!wordAround(hole, sql).includes("$")) return text;
  throw refuse(`number placeholder '${name}' must not stand beside a dollar sign`);
}

function wordAround({ at }: Hole, sql: string): string {
  const before = WORD_BEFORE.exec(sql.slice(Math.max(0, at - AROUND), at))?.[0] ?? "";
  const after = WORD_AFTER.exec(sql.slice(at + 1, at + 1 + AROUND))?.[0] ?? "";
  return before + after;
}
