import { Readable, Writable } from "node:stream";
import type { Io, Terminal } from "../src/io.ts";
import { main } from "../src/main.ts";

/** What a command line did. */
export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** A stream that keeps what is written to it; as a terminal of 200 columns, if it is to be one. */
export function collector(isTTY = false): { stream: Terminal; text: () => string } {
  const chunks: string[] = [];
  const write = (chunk: unknown, _encoding: unknown, done: () => void): void => {
    chunks.push(String(chunk));
    done();
  };
  return { stream: Object.assign(new Writable({ write }), { isTTY, columns: 200 }), text: () => chunks.join("") };
}

/** Runs a command line in this process, with nothing of its own settings; `terminal` makes stdout and stderr one. */
export async function run(
  argv: readonly string[],
  { terminal = false, ...given }: Partial<Io> & { terminal?: boolean } = {},
): Promise<Run> {
  const [stdout, stderr] = [collector(terminal), collector(terminal)];
  const io: Io = {
    stdin: Readable.from([]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: { HOME: "/nonexistent" },
    signal: new AbortController().signal,
    ...given,
  };
  const code = await main(argv, io);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}
