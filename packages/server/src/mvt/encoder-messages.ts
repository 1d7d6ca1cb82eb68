import type { LayerPlan } from "./layer-encoder.ts";

/** What the encoder's thread is told. `id` names one layer at work. */
export type ToEncoder =
  | { type: "begin"; id: number; plan: LayerPlan }
  | { type: "rows"; id: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: "finish"; id: number }
  | { type: "drop"; id: number };

/** What it answers: that it has encoded `taken` bytes of rows, the layer, or why there will be none. */
export type FromEncoder =
  | { type: "taken"; id: number; taken: number }
  | { type: "layer"; id: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: "failed"; id: number; message: string };
