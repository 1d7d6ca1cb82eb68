import { ConfigError } from "./errors.ts";
import { quoteIdentifier, toLiteral } from "./literal.ts";
import { assertComplete, SqlLexer } from "./sql-lexer.ts";

/**
 * SQL made by {@link sql}, {@link ident}, {@link join} or {@link unsafe}: may be put into other SQL as it is.
 *
 * Nothing else can pass for it, so that an object from a request's body is always a value.
 */
export class SqlText {
  readonly #text: string;

  private constructor(text: string) {
    this.#text = text;
  }

  /** The finished SQL, its values written in. */
  toString(): string {
    return this.#text;
  }

  /** Whether `value` is SQL rather than a value. */
  static is(value: unknown): value is SqlText {
    return typeof value === "object" && value !== null && #text in value;
  }

  /** @internal */
  static of(text: string): SqlText {
    return new SqlText(text);
  }
}

/**
 * Writes SQL with values in it, each quoted as what it is.
 *
 * Strings, numbers, bigints, booleans, `null`, `Date` (timestamptz), `Uint8Array` (bytea), arrays (`ARRAY[…]`), GeoJSON
 * geometries (SRID 4326) and other plain objects (jsonb) are values; {@link SqlText} is put in as SQL. A placeholder
 * stands for a whole value: inside quotes or a comment it is refused.
 *
 * @throws {@link ConfigError} for a value that has no SQL form (`undefined`, NUL in a string, functions …).
 *
 * @example
 * ```ts
 * const where = sql`name = ${"L'Hospitalet"} and ${ident("pop")} > ${1000}`;
 * await carto.sql.query(sql`select * from ${ident("cities")} where ${where}`);
 * ```
 */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): SqlText {
  const lexer = new SqlLexer();
  let text = "";
  strings.forEach((part, index) => {
    if (part === undefined) throw new ConfigError("The SQL has an invalid escape: write a backslash as \\\\");
    lexer.read(part);
    text += part;
    if (index >= values.length) return;
    lexer.placeholder(index);
    text += place(text, values[index]);
  });
  return SqlText.of(assertComplete(lexer, text));
}

/**
 * Quotes an identifier; several make a qualified name: `ident("public", "cities")` is `"public"."cities"`.
 *
 * @throws {@link ConfigError} for an empty name or one with a NUL.
 */
export function ident(...names: readonly [string, ...string[]]): SqlText {
  return SqlText.of(names.map(quoteIdentifier).join("."));
}

/**
 * Joins SQL and values, by default with commas: `` sql`id in (${join([1, 2])})` ``.
 *
 * @throws {@link ConfigError} for an empty list, which is nowhere valid SQL.
 */
export function join(list: Iterable<unknown>, separator: string | SqlText = ", "): SqlText {
  const parts = Array.from(list, (item) => (SqlText.is(item) ? item.toString() : toLiteral(item)));
  if (parts.length === 0) throw new ConfigError("An empty list can't be joined into SQL");
  return SqlText.of(parts.join(separator.toString()));
}

/** Takes `text` as SQL without any quoting. Never give it what comes from outside. */
export function unsafe(text: string): SqlText {
  return SqlText.of(text);
}

/** The SQL of a statement that may come as plain text. */
export function toSql(statement: string | SqlText): string {
  const text: unknown = SqlText.is(statement) ? statement.toString() : statement;
  if (typeof text !== "string") throw new ConfigError("The SQL is neither a string nor made by the sql template");
  return text;
}

// A literal glued to a name or to another literal would change both: e'…', $1'…', 'a''b'.
function place(before: string, value: unknown): string {
  const text = SqlText.is(value) ? value.toString() : toLiteral(value);
  const glues = /[\w$'"\u0080-\uffff]$/.test(before) && (text.startsWith("'") || !SqlText.is(value));
  return glues ? ` ${text}` : text;
}
