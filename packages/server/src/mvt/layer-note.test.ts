import { expect, test } from "vitest";
import { ByteWriter } from "./byte-writer.ts";
import { takeNotes, writeNote } from "./layer-note.ts";

test("notes are taken out from behind their layers, however long these are", () => {
  const layer = Buffer.concat([Buffer.of(0x1a, 0xac, 0x02), Buffer.alloc(300, 0x22)]);
  const out = new ByteWriter();
  out.copy(layer, 0, layer.length);
  writeNote(out, 7, { features: 100_000, of: 2_000_000 });
  out.copy(layer, 0, layer.length);
  const { bytes, kept } = takeNotes(Buffer.from(out.bytes.subarray(0, out.at)));
  expect(bytes).toEqual(Buffer.concat([layer, layer]));
  expect([...kept]).toEqual([[7, { features: 100_000, of: 2_000_000 }]]);
  expect(takeNotes(layer)).toEqual({ bytes: layer, kept: new Map() });
});
