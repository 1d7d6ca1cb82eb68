import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BIN, type Env, type Served, serve } from "./cli.ts";

const SCRIPT = "script";
/** util-linux's `script` gives a command a terminal of its own. */
const hasScript = ((): boolean => {
  try {
    return execFileSync(SCRIPT, ["--version"], { encoding: "utf8" }).includes("util-linux");
  } catch {
    console.warn("skipped: no util-linux `script` here to make a pseudo-terminal with");
    return false;
  }
})();

let served: Served;
beforeAll(async () => {
  if (hasScript) served = await serve();
});
afterAll(() => served?.stop());

/** What a terminal of 60 columns would get; `typed` goes in as from the keyboard. */
async function onTerminal(command: string, options: { env?: Env; typed?: string } = {}): Promise<string> {
  const script = `stty cols 60 rows 24; exec ${process.execPath} ${BIN} ${command}`;
  const env = { PATH: process.env.PATH ?? "", TERM: "xterm", SHELL: "/bin/sh", ...served.env, ...options.env };
  const child = spawn(SCRIPT, ["-qec", script, "/dev/null"], { env });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (options.typed !== undefined && chunk.includes("not shown")) child.stdin.write(options.typed);
  });
  await once(child, "close");
  return text.replaceAll("\r\n", "\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking the colours off
const withoutColours = (text: string): string => text.replace(/\u001b\[\d+m/g, "");

describe.skipIf(!hasScript)("on a terminal", () => {
  it("sql shows a table that fits, with a footer", async () => {
    const text = withoutColours(
      await onTerminal(`sql "select n as id, repeat('long ', 30) as words from generate_series(1, 3) n"`),
    );
    expect(text).toMatch(/^┌────┬─{53}┐\n│ id │ words +│\n/);
    expect(text).toContain("…");
    expect(text).toMatch(/\n3 rows, \d+ ms\n$/);
  });

  it("sql shows the first 40 rows and counts the rest", async () => {
    const text = withoutColours(await onTerminal('sql "select n from generate_series(1, 1000) n"'));
    expect(text).toContain("│ 40 │");
    expect(text).not.toContain("│ 41 │");
    expect(text).toMatch(/40 of 1,000 rows, \d+ ms\n$/);
  });

  it("sql does not wait for all of a result that has no end in sight", async () => {
    const started = performance.now();
    const text = withoutColours(await onTerminal('sql "select generate_series(1, 100000000) as n"'));
    expect(text).toMatch(/first 40 of more than [\d,]+ rows\n$/);
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it("keeps data from writing to the terminal", async () => {
    const text = await onTerminal(`sql "select E'\\\\x1b[2Jgotcha' as a" --format table`, { env: { NO_COLOR: "1" } });
    expect(text).toContain("\\x1b[2Jgotcha");
    expect(text).not.toContain("\u001b[2J");
    const csv = await onTerminal(`sql "select E'\\\\x1b[2Jgotcha' as a" --format csv`, { env: { NO_COLOR: "1" } });
    expect(csv).not.toContain("\u001b[2J");
  });

  it("shows geometries in short", async () => {
    const text = withoutColours(
      await onTerminal('sql "select st_setsrid(st_makepoint(-3.7, 40.4), 4326) as the_geom"'),
    );
    expect(text).toContain("│ Point(-3.7 40.4) │");
  });

  it("has colours, but not with NO_COLOR", async () => {
    expect(await onTerminal('sql "select null as a"')).toContain("\u001b[");
    expect(await onTerminal('sql "select null as a"', { env: { NO_COLOR: "1" } })).not.toContain("\u001b[");
  });

  it("shows a job in lines", async () => {
    const text = withoutColours(await onTerminal('job create "select 1" --wait --interval 0.1'));
    expect(text).toMatch(/\njob +[0-9a-f-]{36}\nstatus +done\n/);
  });

  it("shows a bar while copying, and takes it away", async () => {
    const text = await onTerminal(`copy to "select repeat('x', 1000) from generate_series(1, 20000)" -o /dev/null`);
    expect(text).toContain("\r\u001b[K/dev/null  ");
    expect(text).toContain("\r\u001b[Kcopied 20.0 MB in ");
  });

  it("asks for the key without showing it", async () => {
    const key = served.env.CARTO_API_KEY;
    const env = { HOME: "/nonexistent", XDG_CONFIG_HOME: "/dev/null", CARTO_API_URL: "", CARTO_API_KEY: "" };
    const text = await onTerminal(`auth login --url ${served.env.CARTO_API_URL}`, { env, typed: `${key}\r` });
    // It gets as far as storing, which can't work there: the key was read and accepted.
    expect(text).toContain("could not store the profile");
    expect(text).not.toContain(key);
  });
});
