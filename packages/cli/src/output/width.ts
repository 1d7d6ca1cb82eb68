const segmenter = new Intl.Segmenter();
const PLAIN = /^[\x20-\x7e]*$/;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;

/** First and last code points of the ranges that terminals draw two cells wide (Unicode's East Asian Width W and F). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18aff],
  [0x1b000, 0x1b2ff],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  if (EMOJI.test(grapheme)) return 2;
  const code = grapheme.codePointAt(0) ?? 0;
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Cells that `text` takes on a terminal; control characters must have been escaped before. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

/** `text` cut to at most `width` cells, an ellipsis in place of what was cut. */
export function fitWidth(text: string, width: number): string {
  // Twice the cells is more than any text of that width needs but for combining marks: no use in measuring megabytes.
  if (PLAIN.test(text)) return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;
  let used = 0;
  let fitting = "";
  for (const { segment } of segmenter.segment(text)) {
    const next = used + graphemeWidth(segment);
    if (next > width) return `${trimTo(fitting, width - 1)}…`;
    used = next;
    fitting += segment;
  }
  return text;
}

function trimTo(text: string, width: number): string {
  let used = 0;
  let kept = "";
  for (const { segment } of segmenter.segment(text)) {
    used += graphemeWidth(segment);
    if (used > width) break;
    kept += segment;
  }
  return kept;
}

/** `text` filled with blanks to `width` cells, on its right or, for `end`, on its left. */
export function padWidth(text: string, width: number, align: "start" | "end" = "start"): string {
  const blanks = " ".repeat(Math.max(width - displayWidth(text), 0));
  return align === "start" ? text + blanks : blanks + text;
}
