/** Worker thread that encodes layers of vector tiles; see `encoder-thread.ts` for its other side. */
import { type MessagePort, parentPort } from "node:worker_threads";
import type { FromEncoder, ToEncoder } from "./encoder-messages.ts";
import { LayerEncoder } from "./layer-encoder.ts";

if (parentPort === null) throw new Error("this file is started as a worker thread");
serve(parentPort);

function serve(port: MessagePort): void {
  const layers = new Map<number, LayerEncoder>();
  const post = (message: FromEncoder, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

  const obey = (message: ToEncoder): void => {
    const { id } = message;
    if (message.type === "begin") layers.set(id, new LayerEncoder(message.plan));
    const layer = layers.get(id);
    // What still comes for a layer that failed or was dropped is nobody's.
    if (layer === undefined) return;
    if (message.type === "rows") {
      layer.push(message.bytes);
      post({ type: "taken", id, taken: message.bytes.length });
    } else if (message.type === "finish") {
      const bytes = layer.finish();
      layers.delete(id);
      post({ type: "layer", id, bytes }, [bytes.buffer]);
    } else if (message.type === "drop") layers.delete(id);
  };

  port.on("message", (message: ToEncoder) => {
    try {
      obey(message);
    } catch (error) {
      layers.delete(message.id);
      post({ type: "failed", id: message.id, message: error instanceof Error ? error.message : String(error) });
    }
  });
}
