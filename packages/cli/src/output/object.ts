import type { Io } from "../io.ts";
import { escapeControls } from "./escape.ts";
import { writeChunk } from "./sink.ts";
import { createStyle } from "./style.ts";

/** Writes a value to stdout as JSON, one document with a line end. */
export async function writeJsonValue(io: Io, value: unknown): Promise<void> {
  await writeChunk(io.stdout, `${JSON.stringify(value, null, 2)}\n`, io.signal);
}

/** Writes names and values to stdout, one a line, for people; a value that is absent is left out. */
export async function writeFacts(io: Io, facts: readonly (readonly [string, string | undefined])[]): Promise<void> {
  const style = createStyle(io.stdout, io.env);
  const shown = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  const lines = shown.map(([name, value]) => `${style.dim(name.padEnd(width))}  ${escapeControls(value)}\n`);
  await writeChunk(io.stdout, lines.join(""), io.signal);
}
