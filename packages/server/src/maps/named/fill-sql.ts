import { fillHoles, findHoles, type Hole } from "./holes.ts";
import { type PlaceholderValue, refuse } from "./placeholder-value.ts";
import { type SqlPlace, sqlPlaces } from "./sql-place.ts";

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
  return fillHoles(holed, (hole, index) => write(hole, places[index] ?? "unclear"));
}

function write({ value }: Hole, place: SqlPlace): string {
  const { type, text, name } = value;
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
      return writeNumber(value, place);
  }
}

const IN: Readonly<Record<SqlPlace, string>> = {
  code: "the code of the SQL",
  word: "the code of the SQL",
  string: "a literal",
  "escape string": "a literal with escapes",
  identifier: "a name",
  "unicode identifier": "a name with escapes",
  comment: "a comment",
  "dollar string": "a literal between dollars",
  unclear: "what PostgreSQL's versions read differently",
};

/** A number of its own; beside letters it is part of a name, or of another number, and must be digits. */
function writeNumber({ text, name }: PlaceholderValue, place: SqlPlace): string {
  const number = text.startsWith("+") ? text.slice(1) : text;
  switch (place) {
    case "code":
      return number.startsWith("-") ? `(${number})` : number;
    case "word":
      if (/^\d+$/.test(number)) return number;
      throw refuse(`number placeholder '${name}' stands within a name, where only digits can be: ${text}`);
    case "dollar string":
    case "unclear":
      // Digits there could become part of what begins and ends a literal.
      throw refuse(`number placeholder '${name}' can't stand in ${IN[place]}, or beside a dollar sign`);
    default:
      return text;
  }
}
