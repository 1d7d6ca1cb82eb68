import { quoteIdent } from "../../db/identifier.ts";

/** How a page's address becomes that of the file on it; undefined when the address is not of that kind. */
type Rule = (url: URL) => URL | undefined;

/** Rules for sites whose links lead to a page about a file. The first that fits is taken. */
const RULES: readonly Rule[] = [
  function gitHubFile(url) {
    if (url.hostname !== "github.com") return undefined;
    return withPath(url, /^(\/[^/]+\/[^/]+)\/blob\/(.+)$/, "$1/raw/$2");
  },
  function gist(url) {
    if (url.hostname !== "gist.github.com") return undefined;
    return withPath(url, /^(\/[^/]+\/[0-9a-f]{20,})\/?$/, "$1/raw");
  },
  function gitLabFile(url) {
    if (url.hostname !== "gitlab.com") return undefined;
    return withPath(url, /^(\/.+)\/-\/blob\/(.+)$/, "$1/-/raw/$2");
  },
  function googleSheet(url) {
    const id = /^\/spreadsheets\/(?:u\/\d+\/)?d\/([\w-]{15,})(?:\/(?:edit|view|htmlview|preview)?)?$/.exec(
      url.pathname,
    )?.[1];
    if (url.hostname !== "docs.google.com" || id === undefined) return undefined;
    const sheet = /^#(?:.*&)?gid=(\d+)/.exec(url.hash)?.[1] ?? url.searchParams.get("gid");
    const query = new URLSearchParams({ format: "csv", ...(sheet && { gid: sheet }) });
    return new URL(`${url.origin}/spreadsheets/d/${id}/export?${query}`);
  },
  function publishedGoogleSheet(url) {
    const id = /^\/spreadsheets\/d\/e\/([\w-]{15,})\/pub(?:html)?$/.exec(url.pathname)?.[1];
    if (url.hostname !== "docs.google.com" || id === undefined) return undefined;
    const query = new URLSearchParams(url.searchParams);
    query.delete("widget");
    query.delete("headers");
    query.set("output", "csv");
    return new URL(`${url.origin}/spreadsheets/d/e/${id}/pub?${query}`);
  },
  function googleDriveFile(url) {
    if (url.hostname !== "drive.google.com") return undefined;
    const id = /^\/file\/d\/([\w-]{15,})(?:\/(?:view|edit|preview)?)?$/.exec(url.pathname)?.[1] ?? idOf(url);
    if (id === undefined) return undefined;
    const query = new URLSearchParams({ id, export: "download", confirm: "t" });
    return new URL(`https://drive.usercontent.google.com/download?${query}`);
  },
  function dropboxFile(url) {
    if (!/^(?:www\.)?dropbox\.com$/.test(url.hostname) || !/^\/(?:s|scl\/fi)\//.test(url.pathname)) return undefined;
    const file = new URL(url);
    file.searchParams.delete("raw");
    file.searchParams.set("dl", "1");
    return file;
  },
  function cartoDataset(url) {
    if (!/\.(?:carto|cartodb)\.com$/.test(url.hostname)) return undefined;
    const [, user = "", table] =
      /^(\/u(?:ser)?\/[^/]+)?\/(?:tables|dataset)\/(?:[\w-]+\.)?([a-z_]\w*)/.exec(url.pathname) ?? [];
    if (table === undefined) return undefined;
    const query = new URLSearchParams({ q: `SELECT * FROM ${quoteIdent(table)}`, format: "csv", filename: table });
    return new URL(`${url.origin}${user}/api/v2/sql?${query}`);
  },
];

/** The address of the file that a link is about: of a file on GitHub, a Google sheet, … Others stay as they are. */
export function rewriteUrl(url: URL): URL {
  for (const rule of RULES) {
    const file = rule(url);
    if (file) return file;
  }
  return url;
}

function withPath(url: URL, from: RegExp, to: string): URL | undefined {
  if (!from.test(url.pathname)) return undefined;
  const file = new URL(url);
  file.pathname = url.pathname.replace(from, to);
  file.hash = "";
  return file;
}

/** The id in `/open?id=…` and `/uc?id=…`. */
function idOf(url: URL): string | undefined {
  const id = url.searchParams.get("id");
  return /^\/(?:open|uc)$/.test(url.pathname) && id !== null && /^[\w-]{15,}$/.test(id) ? id : undefined;
}
