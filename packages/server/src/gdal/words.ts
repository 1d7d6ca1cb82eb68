/** Lines of GDAL's that are kept of one job. */
const MAX_LINES = 100;
const MAX_LINE_LENGTH = 500;

const PROBLEM = /^(?<kind>ERROR|Warning) \d+: (?<words>.*)$/s;
/** What ogr2ogr says after every error, about its own options. */
const AFTERTHOUGHT = /^Terminating translation prematurely after failed/;
const ABSOLUTE_PATH = /(?<=^|[\s'"`(=,:])\/(?:[^\s/'"`(),:;]+\/)+(?=[^\s/'"`(),:;])/g;

/** Collects what GDAL says, line by line, up to 100 lines; what follows is lost. */
export class Words {
  readonly #lines: string[] = [];

  /** Takes a line as GDAL prints it; one that begins no message goes on with the one before. */
  add(line: string): void {
    const text = withoutPaths(line).trim();
    if (text === "") return;
    const last = this.#lines.at(-1);
    if (!PROBLEM.test(text) && last !== undefined) {
      if (last.length < MAX_LINE_LENGTH) this.#lines[this.#lines.length - 1] = clip(`${last} ${text}`);
    } else if (this.#lines.length < MAX_LINES) this.#lines.push(clip(text));
  }

  /** What was said since the last time. */
  take(): string[] {
    return this.#lines.splice(0);
  }
}

/** The errors among GDAL's lines, as one text; "" when there is none. */
export function errorsOf(lines: readonly string[]): string {
  const errors = lines.flatMap((line) => {
    const { kind, words } = PROBLEM.exec(line)?.groups ?? {};
    return kind === "Warning" || AFTERTHOUGHT.test(words ?? line) ? [] : (words ?? line);
  });
  return [...new Set(errors)].join(" ");
}

/** A line with the names of files alone in the place of their absolute paths. */
export const withoutPaths = (line: string): string => line.replace(ABSOLUTE_PATH, "");

const clip = (text: string): string => (text.length > MAX_LINE_LENGTH ? `${text.slice(0, MAX_LINE_LENGTH)}…` : text);
