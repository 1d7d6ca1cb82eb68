/** The little of the WebAssembly API that the engine's worker uses; `@types/node` 20 has no types for it. */

/** A compiled module; may be sent to another thread. */
export type WasmModule = object;

/** Imports of a module: a namespace, then a name. */
export type WasmImports = Record<string, Record<string, unknown>>;

/** A module with its imports resolved. */
export interface WasmInstance {
  exports: Record<string, unknown>;
}

/** A table of functions, called by number. */
export interface WasmTable {
  get(index: number): (...args: unknown[]) => unknown;
}

/** A linear memory. */
interface WasmMemory {
  buffer: ArrayBuffer | SharedArrayBuffer;
}

/** The global `WebAssembly`. */
export interface WasmApi {
  Module: new (bytes: Uint8Array | ArrayBuffer) => WasmModule;
  Instance: new (module: WasmModule, imports?: WasmImports) => WasmInstance;
  Memory: new (limits: { initial: number; maximum: number; shared: boolean }) => WasmMemory;
  compile(bytes: Uint8Array | ArrayBuffer): Promise<WasmModule>;
  instantiate(
    source: Uint8Array | ArrayBuffer | WasmModule,
    imports?: WasmImports,
  ): Promise<WasmInstance | { module: WasmModule; instance: WasmInstance }>;
}

/** The global `WebAssembly`, with types. */
export const wasm: WasmApi = (globalThis as unknown as { WebAssembly: WasmApi }).WebAssembly;
