/**
 * Text of a help page as commander wants it: one line for each paragraph, for it breaks lines at the terminal's width.
 *
 * Blocks with indented lines, such as examples, stay as they are.
 */
export function reflow(text: string): string {
  return text
    .split("\n\n")
    .map((block) => (/\n\s/.test(block) ? block : block.replaceAll("\n", " ")))
    .join("\n\n");
}
