import type { ByteWriter } from "./byte-writer.ts";

/** Tag of a note among the fields of a tile, which has none but layers. */
const NOTE_TAG = 0x22;
/** Bytes of its three numbers, four each. */
const NOTE_BYTES = 12;

/** What notes of all layers begin with. */
export const NOTE_HEAD: Uint8Array = Uint8Array.of(NOTE_TAG, NOTE_BYTES);

/** What was kept of a layer. */
export interface Kept {
  features: number;
  of: number;
}

/** Writes that the layer of this number kept so many features. */
export function writeNote(out: ByteWriter, layer: number, { features, of }: Kept): void {
  out.copy(NOTE_HEAD, 0, NOTE_HEAD.length);
  for (const value of [layer, features, of]) {
    for (let shift = 24; shift >= 0; shift -= 8) out.byte((value >>> shift) & 0xff);
  }
}

/** Takes the notes that stand behind layers out of a tile; gives what they say by the layers' numbers. */
export function takeNotes(tile: Buffer): { bytes: Buffer; kept: ReadonlyMap<number, Kept> } {
  const kept = new Map<number, Kept>();
  const pieces: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < tile.length; ) {
    const { start, end } = fieldAt(tile, at);
    if (tile[at] === NOTE_TAG) {
      kept.set(tile.readInt32BE(start), { features: tile.readInt32BE(start + 4), of: tile.readInt32BE(start + 8) });
      pieces.push(tile.subarray(from, at));
      from = end;
    }
    at = end;
  }
  return { bytes: kept.size > 0 ? Buffer.concat([...pieces, tile.subarray(from)]) : tile, kept };
}

/** Where the bytes of the field are whose tag, of one byte, is at `at`; their length is a varint. */
function fieldAt(tile: Buffer, at: number): { start: number; end: number } {
  let length = 0;
  let start = at + 1;
  for (let shift = 0; ; shift += 7) {
    const byte = tile[start++] ?? 0;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { start, end: start + length };
  }
}
