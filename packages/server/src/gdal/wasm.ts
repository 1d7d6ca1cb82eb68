import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { GdalSource, Translation } from "./messages.ts";

/** What is used of an Emscripten module. */
interface WasmModule {
  ENV: Record<string, string>;
  FS: WasmFiles;
  NODEFS: { stream_ops: { read(...args: unknown[]): number } };
  HEAPU32: Uint32Array;
  ccall(name: string, returns: string | null, types: readonly string[], args: readonly unknown[]): unknown;
  stringToUTF8(text: string, at: number, bytes: number): void;
  _malloc(bytes: number): number;
}

interface WasmFiles {
  mkdir(path: string): void;
  mount(type: unknown, options: { root: string }, path: string): void;
  chdir(path: string): void;
  makedev(major: number, minor: number): number;
  mkdev(path: string, mode: number, device: number): void;
  registerDevice(device: number, operations: Record<string, unknown>): void;
}

type WasmFactory = (options: Record<string, unknown>) => Promise<WasmModule>;

/** Read and write, vector, and errors are told. */
const OPEN_FLAGS = 0x04 | 0x40;
const FOLDER = "/job";
const STDOUT = "/rows";

/** GDAL is without threads here, and tells what COPY reads. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  PROJ_LIB: "/usr/share/proj",
  GDAL_DATA: "/usr/share/gdal",
  GDAL_NUM_THREADS: "0",
  CPL_LOG_ERRORS: "ON",
  PG_USE_COPY: "YES",
  // Needs a thread, and fails without one.
  OGR2OGR_USE_ARROW_API: "NO",
  OGR_GPKG_STREAM_BASE_IMPL: "YES",
};

/** GDAL as WebAssembly. One a process, as what it used of memory never comes back. Its calls block the process. */
export class WasmGdal {
  readonly #module: WasmModule;

  private constructor(module: WasmModule) {
    this.#module = module;
  }

  /**
   * Loads it; 150 ms.
   *
   * @param folder The only folder that it sees, and the one that names are relative to.
   */
  static async load(folder: string, hear: { line(line: string): void; read(bytes: number): void }): Promise<WasmGdal> {
    const require = createRequire(import.meta.url);
    const home = dirname(require.resolve("gdal3.js/package.json"));
    // The package's own start asks every driver for its name first, which takes five times as long.
    const factory = require("gdal3.js/build/package/gdal3WebAssembly.js") as WasmFactory;
    const module = await factory({
      locateFile: (name: string) => join(home, "dist/package", name.replace(/^.*\//, "")),
      getPreloadedPackage: (path: string) => new Uint8Array(readFileSync(path)).buffer,
      print: hear.line,
      printErr: hear.line,
      preRun: [({ ENV }: WasmModule) => Object.assign(ENV, ENVIRONMENT)],
    });
    module.ccall("GDALAllRegister", null, [], []);
    mount(module, folder, hear.read);
    return new WasmGdal(module);
  }

  /** Tells a file's layers, as `readLayers` reads it. @throws Error when it can't be opened */
  layers(source: GdalSource): string {
    const dataset = this.#open(source);
    const count = Number(this.#call("GDALDatasetGetLayerCount", ["number"], [dataset]));
    const counts = Array.from({ length: count }, (_, at) => {
      const layer = this.#call("GDALDatasetGetLayer", ["number", "number"], [dataset, at]);
      return Number(this.#call("OGR_L_GetFeatureCount", ["number", "number"], [layer, 0]));
    });
    const args = this.#texts(["-json", "-so", "-al", "-nocount", "-noextent", "-nomd"]);
    const options = this.#call("GDALVectorInfoOptionsNew", ["number", "number"], [args, 0]);
    const types = ["number", "number"];
    const info = this.#module.ccall("GDALVectorInfo", "string", types, [dataset, options]) as string;
    this.#module.ccall("GDALClose", null, ["number"], [dataset]);
    return `{"info":${info || "{}"},"counts":${JSON.stringify(counts)}}`;
  }

  /** Runs ogr2ogr. @throws Error when it failed */
  translate({ source, layers, driver, target, args }: Translation): void {
    const dataset = this.#open(source);
    const list = this.#texts(["-f", driver, ...args, ...layers]);
    const options = this.#call("GDALVectorTranslateOptionsNew", ["number", "number"], [list, 0]);
    if (!options) throw new Error("ogr2ogr's options can't be read");
    const result = this.#call(
      "GDALVectorTranslate",
      ["string", "number", "number", "number", "number", "number"],
      [target ?? STDOUT, 0, 1, this.#number(dataset), options, this.#number(0)],
    );
    // What was written before it failed is closed as well.
    for (const opened of [result, dataset]) if (opened) this.#module.ccall("GDALClose", null, ["number"], [opened]);
    if (!result) throw new Error("ogr2ogr failed");
  }

  #open({ file, drivers, openOptions = [] }: GdalSource): number {
    const args = [inFolder(file), OPEN_FLAGS, this.#texts(drivers), this.#texts(openOptions), 0];
    const dataset = this.#call("GDALOpenEx", ["string", "number", "number", "number", "number"], args);
    if (!dataset) throw new Error(`${file} can't be read as ${drivers.join(" or ")}`);
    return dataset;
  }

  #call(name: string, types: readonly string[], args: readonly unknown[]): number {
    return this.#module.ccall(name, "number", types, args) as number;
  }

  /** A C array of C strings; it stays for as long as the process. */
  #texts(texts: readonly string[]): number {
    const list = this.#module._malloc((texts.length + 1) * 4);
    const pointers = texts.map((text) => {
      const bytes = Buffer.byteLength(text) + 1;
      const at = this.#module._malloc(bytes);
      this.#module.stringToUTF8(text, at, bytes);
      return at;
    });
    // Last, as an allocation may move the memory.
    this.#module.HEAPU32.set([...pointers, 0], list >> 2);
    return list;
  }

  #number(value: number): number {
    const at = this.#module._malloc(4);
    this.#module.HEAPU32[at >> 2] = value;
    return at;
  }
}

const inFolder = (file: string): string =>
  file.startsWith("/vsizip/") ? `/vsizip/${FOLDER}/${file.slice("/vsizip/".length)}` : file;

/** Shows it the folder, counting what is read of it, and standard output as a device. */
function mount({ FS, NODEFS }: WasmModule, folder: string, onRead: (bytes: number) => void): void {
  FS.mkdir(FOLDER);
  FS.mount(NODEFS, { root: folder }, FOLDER);
  FS.chdir(FOLDER);
  const read = NODEFS.stream_ops.read;
  NODEFS.stream_ops.read = function (this: unknown, ...args: unknown[]): number {
    const bytes = read.apply(this, args);
    onRead(bytes);
    return bytes;
  };
  const device = FS.makedev(64, 1);
  FS.registerDevice(device, {
    open(stream: { seekable: boolean }) {
      stream.seekable = false;
    },
    close() {},
    read: () => 0,
    write: (_stream: unknown, bytes: Uint8Array, at: number, length: number) =>
      writeOut(bytes.subarray(at, at + length)),
  });
  FS.mkdev(STDOUT, 0o666, device);
}

/** Writes to standard output, waiting for whoever reads it. */
export function writeOut(bytes: Uint8Array): number {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return bytes.length;
}
