/** Where in SQL a character stands; `code` is outside of every literal, quoted name and comment. */
export type SqlPlace =
  | "code"
  | "string"
  | "escape string"
  | "identifier"
  | "unicode identifier"
  | "comment"
  | "dollar string";

/** Part of a text in one place, with its delimiters. */
interface Span {
  place: SqlPlace;
  end: number;
}

const OPENING = /'|"|--|\/\*|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/g;
const WORD_END = /[\w\u0080-\uffff]$/;
const NAME_END = /(?:^|[^\w$\u0080-\uffff])[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*$/;
/** Between two parts of one literal: the second goes on in the manner of the first. */
const CONTINUATION = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y;

/**
 * Tells of each of `offsets`, which ascend, where in a text of SQL it stands.
 *
 * Takes `standard_conforming_strings` to be on. What is never closed goes on to the end.
 */
export function sqlPlaces(sql: string, offsets: readonly number[]): SqlPlace[] {
  const places: SqlPlace[] = [];
  let at = 0;
  while (places.length < offsets.length) {
    const start = nextOpening(sql, at);
    // Up to and with where the next span begins.
    while (places.length < offsets.length && (offsets[places.length] ?? 0) < start) places.push("code");
    if (start >= sql.length) break;
    const { place, end } = spanAt(sql, start);
    while (places.length < offsets.length && (offsets[places.length] ?? 0) < end) places.push(place);
    at = end;
  }
  while (places.length < offsets.length) places.push("code");
  return places;
}

/** Offset of the next delimiter; a dollar inside a name begins nothing. */
function nextOpening(sql: string, from: number): number {
  OPENING.lastIndex = from;
  for (let found = OPENING.exec(sql); found; found = OPENING.exec(sql)) {
    if (!found[0].startsWith("$") || !NAME_END.test(sql.slice(from, found.index))) return found.index;
    OPENING.lastIndex = found.index + 1;
  }
  return sql.length;
}

function spanAt(sql: string, start: number): Span {
  const before = sql.slice(Math.max(0, start - 3), start);
  const isUnicode = /(?:^|[^\w$\u0080-\uffff])u&$/i.test(before);
  switch (sql[start]) {
    case "'": {
      if (/(?:^|[^\w$\u0080-\uffff])e$/i.test(before))
        return { place: "escape string", end: escapeEnd(sql, start + 1) };
      const end = isUnicode ? unicodeEnd(sql, start + 1) : endAfter(sql, "'", start + 1);
      return { place: isUnicode ? "escape string" : "string", end };
    }
    case '"':
      return { place: isUnicode ? "unicode identifier" : "identifier", end: endAfter(sql, '"', start + 1) };
    case "-":
      return { place: "comment", end: lineEnd(sql, start) };
    case "/":
      return { place: "comment", end: commentEnd(sql, start + 2) };
    default: {
      // Behind a number PostgreSQL's versions differ in where it begins.
      if (WORD_END.test(sql.charAt(start - 1))) return { place: "dollar string", end: sql.length };
      const tag = sql.slice(start, sql.indexOf("$", start + 1) + 1);
      return { place: "dollar string", end: endAfter(sql, tag, start + tag.length) };
    }
  }
}

// A doubled quote closes and opens again, which comes to the same where nothing else is escaped.
function endAfter(sql: string, delimiter: string, from: number): number {
  const found = sql.indexOf(delimiter, from);
  return found < 0 ? sql.length : found + delimiter.length;
}

function lineEnd(sql: string, from: number): number {
  const length = sql.slice(from).search(/[\n\r]/);
  return length < 0 ? sql.length : from + length + 1;
}

function escapeEnd(sql: string, from: number): number {
  for (let at = from; at < sql.length; at++) {
    if (sql[at] === "\\") at++;
    else if (sql[at] === "'" && sql[at + 1] === "'") at++;
    else if (sql[at] === "'") {
      const next = continuation(sql, at + 1);
      if (next === undefined) return at + 1;
      at = next - 1;
    }
  }
  return sql.length;
}

function unicodeEnd(sql: string, from: number): number {
  for (let at = endAfter(sql, "'", from); ; ) {
    const next = sql[at] === "'" ? at + 1 : continuation(sql, at);
    if (next === undefined) return at;
    at = endAfter(sql, "'", next);
  }
}

function continuation(sql: string, end: number): number | undefined {
  CONTINUATION.lastIndex = end;
  return CONTINUATION.test(sql) ? CONTINUATION.lastIndex : undefined;
}

// Comments nest in PostgreSQL.
function commentEnd(sql: string, from: number): number {
  let depth = 1;
  const bounds = /\/\*|\*\//g;
  bounds.lastIndex = from;
  for (let bound = bounds.exec(sql); bound; bound = bounds.exec(sql)) {
    depth += bound[0] === "/*" ? 1 : -1;
    if (depth === 0) return bounds.lastIndex;
  }
  return sql.length;
}
