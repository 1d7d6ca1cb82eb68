// How the quickstart shows what it does: a line a step with its time, a bar while data moves, a table for an answer.

/** Prints a line. */
export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Does something and prints what it was and how long it took. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  if (process.stdout.isTTY) process.stdout.write(`${title} …`);
  const startedAt = performance.now();
  const result = await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
  say(`${process.stdout.isTTY ? "\r\x1b[K" : ""}✓ ${title} (${seconds} s)`);
  return result;
}

/** Runs `work` with a function to call for each row; on a terminal the rows fill a bar. */
export async function withProgress<T>(total: number, work: (count: () => void) => Promise<T>): Promise<T> {
  let rows = 0;
  const width = 30;
  const draw = (): void => {
    const filled = Math.round((width * rows) / total);
    const bar = "█".repeat(filled) + "░".repeat(width - filled);
    process.stdout.write(`\r\x1b[K${bar} ${rows.toLocaleString("en")} rows`);
  };
  const timer = process.stdout.isTTY ? setInterval(draw, 100) : undefined;
  try {
    return await work(() => {
      rows += 1;
    });
  } finally {
    clearInterval(timer);
  }
}

/** Prints rows as a table, numbers to the right. */
export function showTable(rows: readonly Record<string, string | number>[]): void {
  const names = Object.keys(rows[0] ?? {});
  const text = (value: string | number | undefined): string =>
    typeof value === "number" ? value.toLocaleString("en") : String(value ?? "");
  const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => text(row[name]).length)));
  const line = (cells: readonly string[]): string => `  ${cells.join("  ")}`;
  say(line(names.map((name, at) => pad(name, widths[at] ?? 0, typeof rows[0]?.[name] === "number"))));
  say(line(widths.map((width) => "─".repeat(width))));
  for (const row of rows) {
    say(line(names.map((name, at) => pad(text(row[name]), widths[at] ?? 0, typeof row[name] === "number"))));
  }
}

const pad = (text: string, width: number, toTheRight: boolean): string =>
  toTheRight ? text.padStart(width) : text.padEnd(width);
