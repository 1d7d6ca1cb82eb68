import { shareMemory } from "./share-memory.ts";
import { type WasmImports, type WasmInstance, type WasmModule, type WasmTable, wasm } from "./wasm.ts";

/** Of the engine's main module: its stack and its functions. */
export interface MainModule {
  emscripten_stack_get_current(): number;
  _emscripten_stack_restore(address: number): void;
  /** Tells the C code that called through `invoke_…` that the call was left by a jump. */
  setThrew(threw: number, value: number): void;
  table: WasmTable;
}

/** What to do with the modules that are compiled and instantiated in this thread from now on. */
export interface WasmHooks {
  /** Whether to make every module import a shared memory. */
  share: boolean;
  /**
   * Turns what a called function threw into an error of the database, which leaves by a jump too; called when it is
   * no jump of the database's own. Returns what is to be thrown instead.
   */
  translate(thrown: number | RangeError): unknown;
}

/** `longjmp` throws this in Emscripten's code; C++ exceptions are other numbers. */
const LONGJMP = Number.POSITIVE_INFINITY;

/** Whether `thrown` is a C++ exception (the address of its object) or the end of the JavaScript stack. */
export function isForeign(thrown: unknown): thrown is number | RangeError {
  return (typeof thrown === "number" && thrown !== LONGJMP) || thrown instanceof RangeError;
}

/**
 * Replaces the thread's WebAssembly functions.
 *
 * Two repairs: the memory becomes a shared one, so that the main thread can set the flags that cancel a statement; and
 * `invoke_…`, through which C code calls where it may be left by `longjmp`, no longer takes a C++ exception for a
 * normal return. PostGIS is built without C++ catching: unrepaired, such a query ends with no rows and no error.
 *
 * @returns the main module, `undefined` until it is instantiated.
 */
export function installWasmHooks(hooks: WasmHooks): { main: MainModule | undefined } {
  const { Module, Instance, compile, instantiate } = wasm;
  const holder: { main: MainModule | undefined } = { main: undefined };
  const invokes = new Map<string, unknown>();
  const patch = (bytes: Uint8Array | ArrayBuffer): Uint8Array => {
    const view =
      bytes instanceof ArrayBuffer
        ? new Uint8Array(bytes)
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return hooks.share ? shareMemory(view) : view;
  };
  const hooked = (imports: WasmImports | undefined): WasmImports | undefined => {
    // Emscripten's addFunction makes modules whose only namespace is `e`.
    if (!imports?.env) return imports;
    const env = new Proxy(imports.env, {
      get(target, key) {
        if (typeof key !== "string" || !key.startsWith("invoke_")) return Reflect.get(target, key);
        if (!invokes.has(key)) invokes.set(key, createInvoke(key, holder, hooks));
        return invokes.get(key);
      },
    });
    // `GOT.mem` and `GOT.func` are proxies themselves, so they are named rather than spread.
    return { ...imports, env, "GOT.mem": imports["GOT.mem"] ?? {}, "GOT.func": imports["GOT.func"] ?? {} };
  };
  const remember = (instance: WasmInstance, imports: WasmImports | undefined): void => {
    if (!instance.exports.PostgresMainLoopOnce) return;
    const table = imports?.env?.__indirect_function_table as WasmTable;
    holder.main = { ...(instance.exports as unknown as MainModule), table };
  };

  wasm.Module = new Proxy(Module, { construct: (Target, [bytes]) => new Target(patch(bytes)) });
  wasm.Instance = new Proxy(Instance, {
    construct: (Target, [module, imports]) => new Target(module, hooked(imports)),
  });
  wasm.compile = (bytes) => compile(patch(bytes));
  wasm.instantiate = async (source, imports) => {
    const isBytes = source instanceof ArrayBuffer || source instanceof Uint8Array;
    const module: WasmModule = isBytes ? await compile(patch(source)) : source;
    const instance = (await instantiate(module, hooked(imports))) as WasmInstance;
    remember(instance, imports);
    return isBytes ? { module, instance } : instance;
  };
  return holder;
}

/** Makes one of Emscripten's `invoke_<signature>`; as theirs, but for the translation. */
function createInvoke(name: string, holder: { main: MainModule | undefined }, hooks: WasmHooks): unknown {
  const returnsInt64 = name.startsWith("invoke_j");
  return (index: number, ...args: unknown[]): unknown => {
    const main = holder.main;
    if (main === undefined) throw new Error("a function was called before the engine's main module was there");
    const stack = main.emscripten_stack_get_current();
    try {
      return main.table.get(index)(...args);
    } catch (error) {
      main._emscripten_stack_restore(stack);
      const thrown = isForeign(error) ? hooks.translate(error) : error;
      main._emscripten_stack_restore(stack);
      if (typeof thrown !== "number") throw thrown;
      main.setThrew(1, 0);
      return returnsInt64 ? 0n : undefined;
    }
  };
}
