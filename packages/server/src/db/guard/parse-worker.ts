import { parentPort } from "node:worker_threads";
import { loadModule } from "libpg-query";
import { inspect } from "./inspect.ts";

await loadModule();

parentPort?.on("message", ({ id, text }: { id: number; text: string }) => {
  parentPort?.postMessage({ id, answer: inspect(text) });
});
