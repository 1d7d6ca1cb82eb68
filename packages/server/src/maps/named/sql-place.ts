/**
 * Where in SQL a hole stands.
 *
 * `code` is between the tokens, `word` within a name or number, `escape string` also in `B'…'`, `X'…'` and `N'…'`;
 * behind what is `unclear` everything is.
 */
export type SqlPlace =
  | "code"
  | "word"
  | "string"
  | "escape string"
  | "identifier"
  | "unicode identifier"
  | "comment"
  | "dollar string"
  | "unclear";

const SPACE = /[ \t\n\r\f\v]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
/** Names and numbers with dots between them, and `$1`. */
const RUN = /\$?[\w.\u0080-\uffff][\w$.\u0080-\uffff]*/y;
const COMMENT_EDGE = /\/\*|\*\//g;
const ESCAPE_EDGE = /\\|'/g;

/**
 * Tells of each of `offsets`, which ascend, where in a text of SQL it stands, in one pass over the text.
 *
 * Takes `standard_conforming_strings` to be on, and what is at the offsets for digits. What is never closed goes on to
 * the end.
 */
export const sqlPlaces = (sql: string, offsets: readonly number[]): SqlPlace[] => new Scanner(sql, offsets).scan();

class Scanner {
  readonly #sql: string;
  readonly #offsets: readonly number[];
  readonly #places: SqlPlace[] = [];
  #at = 0;
  /** Whether a string with escapes has ended, which another string in the next line would go on with. */
  #mayContinue = false;

  constructor(sql: string, offsets: readonly number[]) {
    this.#sql = sql;
    this.#offsets = offsets;
  }

  scan(): SqlPlace[] {
    while (this.#at < this.#sql.length) {
      const blank = this.#endOfBlank();
      if (blank === undefined) this.#readToken();
      else this.#to(blank, "comment");
    }
    return this.#places;
  }

  #endOfBlank(): number | undefined {
    if (this.#sql.startsWith("/*", this.#at)) return this.#endOfComment();
    const blank = this.#match(SPACE) || this.#match(LINE_COMMENT);
    return blank === "" ? undefined : this.#at + blank.length;
  }

  #readToken(): void {
    const mayContinue = this.#mayContinue;
    this.#mayContinue = false;
    const tag = this.#match(DOLLAR_TAG);
    const run = tag === "" ? this.#match(RUN) : "";
    if (tag !== "") this.#to(this.#endOf(tag, this.#at + tag.length), "dollar string");
    else if (run !== "") this.#readRun(run);
    else this.#readQuoted(mayContinue);
  }

  #readQuoted(mayContinue: boolean): void {
    const quote = this.#sql.charAt(this.#at);
    if (quote === "'" && mayContinue) this.#to(this.#sql.length, "unclear");
    else if (quote === "'") this.#to(this.#endOfQuoted(quote, this.#at + 1), "string");
    else if (quote === '"') this.#to(this.#endOfQuoted(quote, this.#at + 1), "identifier");
    else this.#to(this.#at + 1, "code");
  }

  /** Reads a run, and the literal that its last name begins. */
  #readRun(run: string): void {
    const end = this.#at + run.length;
    const [next, overNext] = [this.#sql.charAt(end), this.#sql.charAt(end + 1)];
    if (isUnclear(run, next)) {
      this.#to(this.#sql.length, "unclear");
      return;
    }
    this.#to(end, placeInRun(run));
    const last = run.slice(run.lastIndexOf(".") + 1).toLowerCase();
    if (next === "'" && last === "e") this.#readEscapes(this.#endOfEscapes(end + 1), "escape string");
    if (next === "'" && /^[bxn]$/.test(last)) this.#readEscapes(this.#endOfQuoted(next, end + 1), "escape string");
    if (next !== "&" || last !== "u") return;
    if (overNext === "'") this.#readEscapes(this.#endOfQuoted(overNext, end + 2), "escape string");
    if (overNext === '"') this.#readEscapes(this.#endOfQuoted(overNext, end + 2), "unicode identifier");
  }

  #readEscapes(end: number, place: SqlPlace): void {
    this.#to(end, place);
    this.#mayContinue = true;
  }

  #to(end: number, place: SqlPlace): void {
    this.#at = end;
    while ((this.#offsets[this.#places.length] ?? end) < end) this.#places.push(place);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#sql)?.[0] ?? "";
  }

  #endOf(closing: string, from: number): number {
    const at = this.#sql.indexOf(closing, from);
    return at < 0 ? this.#sql.length : at + closing.length;
  }

  #endOfQuoted(quote: string, from: number): number {
    let end = this.#endOf(quote, from);
    while (this.#sql.charAt(end) === quote) end = this.#endOf(quote, end + 1);
    return end;
  }

  #endOfEscapes(from: number): number {
    ESCAPE_EDGE.lastIndex = from;
    for (let edge = ESCAPE_EDGE.exec(this.#sql); edge; edge = ESCAPE_EDGE.exec(this.#sql)) {
      if (edge[0] === "'" && this.#sql.charAt(edge.index + 1) !== "'") return edge.index + 1;
      ESCAPE_EDGE.lastIndex = edge.index + 2;
    }
    return this.#sql.length;
  }

  /** Comments nest in PostgreSQL. */
  #endOfComment(): number {
    let depth = 0;
    COMMENT_EDGE.lastIndex = this.#at;
    for (let edge = COMMENT_EDGE.exec(this.#sql); edge; edge = COMMENT_EDGE.exec(this.#sql)) {
      depth += edge[0] === "/*" ? 1 : -1;
      if (depth === 0) return COMMENT_EDGE.lastIndex;
    }
    return this.#sql.length;
  }
}

/** A dollar in it could begin a literal between dollars, or a parameter. */
function placeInRun(run: string): SqlPlace {
  if (run.length === 1) return "code";
  return run.includes("$") ? "dollar string" : "word";
}

/** Whether PostgreSQL's versions differ in what a run ends with: a number with letters or a dollar right behind it. */
function isUnclear(run: string, next: string): boolean {
  const parts = run.replace(/^\$(?=\d+$)/, "").split(".");
  if (parts.some((part) => /^(?:\d[^$]*)?\$/.test(part))) return true;
  return /['"&]/.test(next) && /^\d.*\D$/s.test(parts.at(-1) ?? "");
}
