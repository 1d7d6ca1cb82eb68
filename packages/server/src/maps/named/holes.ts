import { type PlaceholderValue, refuse } from "./placeholder-value.ts";

/** A hole in a text whose holes are each one digit. */
export interface Hole {
  value: PlaceholderValue;
  /** Where its digit is. */
  at: number;
}

/** A text with a digit in the place of each hole. */
export interface HoledText {
  text: string;
  holes: readonly Hole[];
}

const HOLE = /<%=\s*([a-z][0-9a-z_]*)\s*%>/gi;
/** What a number could be, and the least that a name could go on with. */
const DIGIT = "0";
/** Characters of a filled text: few bytes of a template could make any number of them. */
const MAX_LENGTH = 2 * 1024 ** 2;

/** Finds the holes that there are values for; others stay text. */
export function findHoles(template: string, values: ReadonlyMap<string, PlaceholderValue>): HoledText {
  const holes: Hole[] = [];
  let text = "";
  let end = 0;
  for (const found of template.matchAll(HOLE)) {
    const value = values.get(found[1] ?? "");
    if (!value) continue;
    text += template.slice(end, found.index);
    holes.push({ value, at: text.length });
    text += DIGIT;
    end = found.index + found[0].length;
  }
  return { text: text + template.slice(end), holes };
}

/**
 * Fills each hole with what `write` makes of it; what comes in is not looked at again.
 *
 * @throws MapError 400 for a text that becomes too long
 */
export function fillHoles({ text, holes }: HoledText, write: (hole: Hole, index: number) => string): string {
  let filled = "";
  let end = 0;
  for (const [index, hole] of holes.entries()) {
    filled += text.slice(end, hole.at) + write(hole, index);
    end = hole.at + DIGIT.length;
    checkLength(filled.length);
  }
  return filled + text.slice(end);
}

/** @throws MapError 400 for more characters than filled texts may have */
export function checkLength(length: number): void {
  if (length <= MAX_LENGTH) return;
  throw refuse(
    `The placeholders' values make more than ${MAX_LENGTH} characters of the template: give it shorter ones`,
  );
}
