import { type Backend, readText, readWord, writeWord } from "./backend.ts";
import type { MainModule } from "./wasm-hooks.ts";

/** An error in PostgreSQL's terms. */
export interface ForeignError {
  /** SQLSTATE. */
  code: string;
  message: string;
}

const ERROR = 21;
const MAX_TEXT = 2_000;

/** Offset of the type from a thrown object: Emscripten's header before it has 24 bytes, the second word is the type. */
const TYPE_OFFSET = -20;
/** Offset of the name in a type's description, behind the address of its functions. */
const NAME_OFFSET = 4;
/** Offset of `what()` in an exception's table of functions, behind its two destructors. */
const WHAT_OFFSET = 8;

/** Says in words what was thrown: the address of a C++ exception, or the end of the JavaScript stack. */
export function describeForeign(backend: Backend, main: MainModule, thrown: number | RangeError): ForeignError {
  if (typeof thrown !== "number") return { code: "54001", message: "stack depth limit exceeded" };
  const type = readText(backend, readWord(backend, readWord(backend, thrown + TYPE_OFFSET) + NAME_OFFSET), MAX_TEXT);
  return classify(type, isClass(type) ? what(backend, main, thrown) : "");
}

/**
 * Classifies a C++ exception.
 *
 * @param type Mangled name of its class.
 * @param text Its `what()`.
 */
export function classify(type: string, text: string): ForeignError {
  if (type === "N4geos4util20InterruptedExceptionE") {
    return { code: "57014", message: "canceling statement due to user request" };
  }
  if (type === "St9bad_alloc") return { code: "53200", message: "out of memory" };
  if (type.startsWith("N4geos")) return { code: "XX000", message: `GEOS Error: ${text}` };
  if (type.startsWith("N5osgeo4proj")) return { code: "XX000", message: `PROJ Error: ${text}` };
  return { code: "XX000", message: `C++ exception ${type}${text && `: ${text}`}` };
}

/** A namespaced, standard or plain class; numbers and pointers can be thrown too and have no `what()`. */
function isClass(type: string): boolean {
  return /^(N|St|\d)/.test(type);
}

function what(backend: Backend, main: MainModule, exception: number): string {
  try {
    const index = readWord(backend, readWord(backend, exception) + WHAT_OFFSET);
    return readText(backend, Number(main.table.get(index)(exception)), MAX_TEXT);
  } catch {
    return "";
  }
}

/** Packs a SQLSTATE as PostgreSQL does: six bits a character, the first one lowest. */
export function packSqlState(code: string): number {
  let packed = 0;
  for (let at = 4; at >= 0; at--) packed = (packed << 6) | ((code.charCodeAt(at) - 0x30) & 0x3f);
  return packed;
}

/** Makes the function that raises an error in the database; it does not return but throws as `ereport(ERROR)` does. */
export function createRaise(backend: Backend): (error: ForeignError) => void {
  // One buffer for good: PostgreSQL copies the texts, and errors may be many.
  const buffer = backend._malloc(MAX_TEXT + 32);
  const [args, format, source, text] = [buffer, buffer + 4, buffer + 8, buffer + 16];
  const write = (address: number, value: string): void => {
    const bytes = Buffer.from(value).subarray(0, MAX_TEXT);
    backend.HEAPU8.set(bytes, address);
    backend.HEAPU8[address + bytes.length] = 0;
  };
  write(format, "%s");
  write(source, "c++");
  writeWord(backend, args, text);
  return (error) => {
    write(text, error.message);
    backend._errstart(ERROR, 0);
    backend._errcode(packSqlState(error.code));
    backend._errmsg_internal(format, args);
    backend._errfinish(source, 0, source);
  };
}
