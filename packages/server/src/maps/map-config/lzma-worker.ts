import { parentPort } from "node:worker_threads";
import { unpackLzma } from "./unpack-lzma.ts";

function unpack(stream: Uint8Array): { text: string } | { reason: string } {
  try {
    return { text: unpackLzma(stream) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : "corrupted input" };
  }
}

parentPort?.on("message", ({ id, stream }: { id: number; stream: Uint8Array }) => {
  parentPort?.postMessage({ id, answer: unpack(stream) });
});
