// C0 and C1 controls, DEL, line separators, bidirectional overrides and halves of surrogate pairs: what could move the
// cursor, start an escape sequence, or show text in another order than it is stored.
const UNSAFE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function visible(character: string): string {
  const code = character.charCodeAt(0);
  return (
    NAMED[character] ??
    (code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`)
  );
}

/** `text` in one line, with everything that a terminal would obey instead of show written as an escape such as `\x1b`. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, visible);
}

/** Like {@link escapeControls}, but line ends and tabs stay: for messages of several lines. */
export function escapeMessage(text: string): string {
  return text.replace(UNSAFE, (character) =>
    character === "\n" || character === "\t" ? character : visible(character),
  );
}
