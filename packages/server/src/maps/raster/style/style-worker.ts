// A thread of its own: styles are compiled by code that is slow, and may take for ever.
import { parentPort } from "node:worker_threads";
import { compile } from "./compile.ts";
import { fillRamps } from "./fill-ramps.ts";
import type { CompiledStyle, FilledStyle, KnownRamp, LayerStyle, StyleContext } from "./style.ts";

/** What the thread is asked. */
export type StyleQuestion =
  | { kind: "fill"; css: string; known: readonly KnownRamp[] }
  | { kind: "compile"; styles: readonly LayerStyle[]; context: StyleContext };

/** What it answers. */
export type StyleAnswer = FilledStyle | CompiledStyle | { kind: "broken"; message: string };

parentPort?.on("message", ({ id, ...question }: StyleQuestion & { id: number }) => {
  void answerTo(question).then((answer) => parentPort?.postMessage({ id, answer }));
});

async function answerTo(question: StyleQuestion): Promise<StyleAnswer> {
  try {
    if (question.kind === "fill") return await fillRamps(question.css, question.known);
    return compile(question.styles, question.context);
  } catch (error) {
    return { kind: "broken", message: (error as Error).message };
  }
}
