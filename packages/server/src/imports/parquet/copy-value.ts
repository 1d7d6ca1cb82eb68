const ESCAPED: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  // PostgreSQL has no text for it.
  "\0": "\ufffd",
};

/** A text as a field of COPY's. */
export const copyText = (text: string): string =>
  text.replace(/[\\\n\r\t\0]/g, (character) => ESCAPED[character] ?? character);

/** A list, a struct or a map as a field of COPY's: JSON, with bytes as hexadecimal digits, and integers exact as text. */
export const copyJson = (value: unknown): string => copyText(JSON.stringify(value, plain) ?? "null");

function plain(this: unknown, _: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return value instanceof Map ? Object.fromEntries(value) : value;
}
