import { parentPort } from "node:worker_threads";
import { unpackLzma } from "./unpack-lzma.ts";

function answer(id: number, stream: Uint8Array): { id: number; text: string } | { id: number; reason: string } {
  try {
    return { id, text: unpackLzma(stream) };
  } catch (error) {
    return { id, reason: error instanceof Error ? error.message : "corrupted input" };
  }
}

parentPort?.on("message", ({ id, stream }: { id: number; stream: Uint8Array }) => {
  parentPort?.postMessage(answer(id, stream));
});
