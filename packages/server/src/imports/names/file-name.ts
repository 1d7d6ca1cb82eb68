/** Bytes that a file's name may have. */
const FILE_NAME_BYTES = 255;

/**
 * A file's name as somebody else gave it, made fit to be shown and to name a table: without folders, control and
 * invisible characters, and leading dots; at most 255 bytes of UTF-8, the extension kept. May be empty.
 */
export function cleanFileName(name: string): string {
  const last = name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);
  const visible = last
    .normalize("NFC")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "")
    .replace(/^(?:[.\s]|[a-z]:)+/i, "")
    .trim();
  return shorten(visible);
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= FILE_NAME_BYTES) return name;
  const extension = /(?:\.[a-z0-9]{1,10}){1,2}$/i.exec(name)?.[0] ?? "";
  let stem = "";
  let bytes = extension.length;
  for (const character of name) {
    bytes += Buffer.byteLength(character);
    if (bytes > FILE_NAME_BYTES) break;
    stem += character;
  }
  return stem.trimEnd() + extension;
}
