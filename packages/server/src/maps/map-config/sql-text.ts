const WRAPPED = /<%=\s{0,100}sql\s{0,100}%>/g;

/** A statement without semicolons and blanks at its end. */
export function cleanSql(sql: string): string {
  let end = sql.length;
  while (end > 0 && /[;\s]/.test(sql.charAt(end - 1))) end--;
  return sql.slice(0, end);
}

/** `wrap` with every `<%= sql %>` in it replaced by a statement. */
export const wrapSql = (wrap: string, sql: string): string => cleanSql(wrap.replace(WRAPPED, () => sql));

/** Characters that {@link wrapSql} makes at most. */
export const wrappedLength = (wrap: string, sql: string): number =>
  wrap.length + (wrap.match(WRAPPED)?.length ?? 0) * sql.length;
