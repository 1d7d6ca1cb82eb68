/** Strings, quoted identifiers, dollar quotes and comments: what may hold words and semicolons that mean nothing. */
const OPAQUE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g;
const READS = /^\s*\(*\s*(select|with|values|table)\b/i;
const WRITES = /\b(into|insert|update|delete|merge)\b/i;

/** `q` with strings and quoted names blotted out and comments blanked, every other character in its place. */
function bareText(q: string): string {
  return q.replace(OPAQUE, (text) => (/^[-/]/.test(text) ? " " : "_").repeat(text.length));
}

/**
 * Whether `q` is surely one statement that only reads, such as `select …` or `with … select …`.
 *
 * Errs towards no: the formats that a server wraps a query for take only these.
 */
export function isPlainRead(q: string): boolean {
  const bare = bareText(q);
  return READS.test(bare) && !WRITES.test(bare) && !/;\s*\S/.test(bare);
}

/** `q` without the semicolon that ends it, nor comments at its end: as it may stand in parentheses. */
export function withoutEnd(q: string): string {
  const bare = bareText(q);
  let end = bare.length;
  while (end > 0 && /[\s;]/.test(bare.charAt(end - 1))) end -= 1;
  return q.slice(0, end);
}
