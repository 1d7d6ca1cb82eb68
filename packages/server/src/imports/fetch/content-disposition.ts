/** `;name=value`, the value in quotes or without. */
const PARAMETER = /;[ \t]*([\w*.-]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^;"]*)/g;

/**
 * The file's name in a Content-Disposition header, `filename*` (RFC 5987) before `filename`; undefined if there is none.
 *
 * @param header As HTTP has it: each character one byte.
 */
export function dispositionName(header: string): string | undefined {
  const parameters = new Map<string, string>();
  for (const [, name = "", value = ""] of header.matchAll(PARAMETER)) {
    const key = name.toLowerCase();
    if (!parameters.has(key)) parameters.set(key, unquote(value));
  }
  return decodeExtended(parameters.get("filename*")) ?? decodePlain(parameters.get("filename"));
}

const unquote = (value: string): string =>
  value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value.trim();

/** `UTF-8''na%C3%AFve.csv`. */
function decodeExtended(value: string | undefined): string | undefined {
  const [, charset = "", text = ""] = /^([\w-]+)'[^']*'(.+)$/.exec(value ?? "") ?? [];
  return text === "" ? undefined : decodeBytes(percentBytes(text), charset);
}

/** Not of any standard, but common: bytes of UTF-8, or percent signs, in a plain name. */
function decodePlain(value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  return decodeBytes(percentBytes(value), "utf-8") ?? decodeBytes(percentBytes(value), "latin1");
}

function percentBytes(text: string): Buffer {
  return Buffer.from(
    text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  );
}

function decodeBytes(bytes: Buffer, charset: string): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
