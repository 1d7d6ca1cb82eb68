import type { PlaceholderValue } from "./placeholder-value.ts";

/** A hole in a text whose holes are each one letter. */
export interface Hole {
  value: PlaceholderValue;
  /** Where its letter is. */
  at: number;
}

/** A text with a letter in the place of each hole. */
export interface HoledText {
  text: string;
  holes: readonly Hole[];
}

const HOLE = /<%=\s*([a-z][0-9a-z_]*)\s*%>/gi;
/** Of a private area: SQL takes it for a letter of a name. */
const LETTER = "\ue000";

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
    text += LETTER;
    end = found.index + found[0].length;
  }
  return { text: text + template.slice(end), holes };
}

/** Fills each hole with what `write` makes of it; what comes in is not looked at again. */
export function fillHoles({ text, holes }: HoledText, write: (hole: Hole, index: number) => string): string {
  let filled = "";
  let end = 0;
  for (const [index, hole] of holes.entries()) {
    filled += text.slice(end, hole.at) + write(hole, index);
    end = hole.at + LETTER.length;
  }
  return filled + text.slice(end);
}
