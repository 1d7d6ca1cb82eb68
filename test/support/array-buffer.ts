const NUMBERS = [
  undefined,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
];

/** What a part of `format=arraybuffer` decodes to. */
export type Decoded = number[] | string[] | Decoded[];

/** Decodes an answer of `format=arraybuffer`: the names, then one entry a column. */
export function decodeArrayBuffer(bytes: Uint8Array): Decoded {
  const { value, end } = decodePart(Uint8Array.from(bytes), 0);
  if (end !== bytes.length) throw new Error("bytes behind the document");
  return value;
}

function decodePart(bytes: Uint8Array, at: number): { value: Decoded; end: number } {
  const view = new DataView(bytes.buffer);
  const code = view.getUint32(at);
  const start = at + 8;
  const end = start + view.getUint32(at + 4);
  const numbers = NUMBERS[code];
  if (numbers) return { value: [...new numbers(bytes.slice(start, end).buffer)], end };
  const parts: Decoded[] = [];
  for (let next = start; next < end; ) {
    const part = decodePart(bytes, next + ((4 - (next % 4)) % 4));
    parts.push(part.value);
    next = part.end;
  }
  if (code !== 10) return { value: parts, end };
  return { value: parts.map((units) => String.fromCharCode(...(units as number[]))), end };
}
