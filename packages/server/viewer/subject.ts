/** What a page of the viewer shows. */
export type Subject =
  | { kind: "dataset"; name: string }
  | { kind: "query"; sql: string }
  /** A named map, with the tokens that it may ask for. */
  | { kind: "map"; name: string; tokens: readonly string[] };

/**
 * Reads what a page shows from its address: `/viewer/ACCOUNT/dataset/NAME`, `/viewer/ACCOUNT/query?q=SELECT…` or
 * `/viewer/ACCOUNT/map/NAME?auth_token=…`. Pure.
 */
export function readSubject({ pathname, search }: { pathname: string; search: string }): Subject | undefined {
  const [, , , kind, name = ""] = pathname.split("/").map(decode);
  const params = new URLSearchParams(search);
  if (kind === "query") return { kind, sql: (params.get("q") ?? "").trim().replace(/(\s*;)+$/, "") };
  if (name === "") return undefined;
  if (kind === "dataset") return { kind, name };
  if (kind === "map") return { kind, name, tokens: [...params.getAll("auth_token"), ...params.getAll("auth_token[]")] };
  return undefined;
}

/** What a page is called. */
export function titleOf(subject: Subject): string {
  return subject.kind === "query" ? "Query" : subject.name;
}

/** The query whose rows are shown; undefined for a named map, which has its own. */
export function queryOf(subject: Subject): string | undefined {
  if (subject.kind === "query") return subject.sql;
  return subject.kind === "dataset" ? `SELECT * FROM ${quoteName(subject.name)}` : undefined;
}

/** A name as SQL writes it. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
