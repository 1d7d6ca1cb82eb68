import { ByteWriter, varintLength } from "./byte-writer.ts";
import { CopyRowSplitter } from "./copy-rows.ts";
import { GeometryEncoder, type TileFrame } from "./geometry-encoder.ts";
import { writeNote } from "./layer-note.ts";
import { type ValueKind, ValueTable } from "./value-table.ts";

/** Tags of the fields of a tile, a layer and a feature. */
const LAYER = 0x1a;
const NAME = 0x0a;
const FEATURE = 0x12;
const KEY = 0x1a;
const EXTENT = 0x28;
const VERSION = 0x78;
const TAGS = 0x12;
const TYPE = 0x18;
const GEOMETRY = 0x22;

const MVT_VERSION = 2;
/** Bytes of a row in front of its fields, and of a field in front of its bytes. */
const ROW_HEAD_BYTES = 2;
const FIELD_HEAD_BYTES = 4;
const INT4_BYTES = 4;

/** What a layer is made of besides its rows. Plain data, so that it can be sent to a thread. */
export interface LayerPlan {
  name: string;
  frame: TileFrame;
  /** What the features' attributes are called and how they come. */
  columns: readonly { name: string; kind: ValueKind }[];
  /**
   * Number of the layer where its rows end with how many there were, of type int4, before some were dropped. Then a note
   * of it follows the layer.
   */
  noteOf?: number;
}

/** Turns rows into a layer of a vector tile. */
export class LayerEncoder {
  readonly #plan: LayerPlan;
  readonly #rows = new CopyRowSplitter();
  readonly #geometry: GeometryEncoder;
  readonly #values = new ValueTable();
  readonly #features = new ByteWriter();
  /** Pairs of keys and values of the feature at hand. */
  readonly #tags = new ByteWriter();
  #count = 0;
  #total = 0;

  constructor(plan: LayerPlan) {
    this.#plan = plan;
    this.#geometry = new GeometryEncoder(plan.frame);
  }

  /**
   * Takes a piece of the output of `COPY … TO STDOUT (FORMAT binary)`, cut anywhere.
   *
   * The rows have the geometry as EWKB first, then the columns of the plan in its order.
   */
  push(piece: Uint8Array): void {
    const rows = this.#rows.push(piece);
    if (rows === undefined) return;
    const view = new DataView(rows.buffer, rows.byteOffset, rows.byteLength);
    for (let at = 0; at < rows.length; ) at = this.#writeRow(rows, view, at);
  }

  /**
   * The layer as a tile of this layer alone; empty where it has no feature. Tiles joined are one of all their layers. A
   * note may follow.
   */
  finish(): Uint8Array<ArrayBuffer> {
    const { noteOf } = this.#plan;
    const note = new ByteWriter();
    if (noteOf !== undefined && this.#total > this.#count) {
      writeNote(note, noteOf, { features: this.#count, of: this.#total });
    }
    const features = this.#features;
    if (features.at === 0) return note.bytes.slice(0, note.at);
    const head = new ByteWriter();
    writeText(head, NAME, this.#plan.name);
    const keys = new ByteWriter();
    for (const { name } of this.#plan.columns) writeText(keys, KEY, name);
    const tail = new ByteWriter();
    tail.byte(EXTENT);
    tail.varint(this.#plan.frame.extent);
    tail.byte(VERSION);
    tail.varint(MVT_VERSION);
    return joined([head, features, keys, this.#values.out, tail], note);
  }

  /** Writes the feature of the row at `start`; returns where the row ends. */
  #writeRow(rows: Uint8Array, view: DataView, start: number): number {
    const geometryAt = start + ROW_HEAD_BYTES + FIELD_HEAD_BYTES;
    const geometryLength = view.getInt32(geometryAt - FIELD_HEAD_BYTES);
    const type = geometryLength < 0 ? 0 : this.#geometry.encode(view, geometryAt);
    let at = geometryAt + Math.max(0, geometryLength);
    const { columns } = this.#plan;
    const tags = this.#tags;
    tags.at = 0;
    for (let key = 0; key < columns.length; key++) {
      const length = view.getInt32(at);
      at += FIELD_HEAD_BYTES;
      if (length < 0) continue;
      const end = at + length;
      if (type > 0) {
        tags.varint(key);
        tags.varint(this.#values.add((columns[key] as { kind: ValueKind }).kind, rows, { start: at, end }));
      }
      at = end;
    }
    if (type > 0) this.#writeFeature(type);
    this.#count++;
    if (this.#plan.noteOf === undefined) return at;
    this.#total = view.getInt32(at + FIELD_HEAD_BYTES);
    return at + FIELD_HEAD_BYTES + INT4_BYTES;
  }

  #writeFeature(type: number): void {
    const features = this.#features;
    const tags = this.#tags;
    const { commands } = this.#geometry;
    const tagsLength = tags.at > 0 ? 1 + varintLength(tags.at) + tags.at : 0;
    features.byte(FEATURE);
    features.varint(tagsLength + 3 + varintLength(commands.at) + commands.at);
    if (tagsLength > 0) {
      features.byte(TAGS);
      features.varint(tags.at);
      features.copy(tags.bytes, 0, tags.at);
    }
    features.byte(TYPE);
    features.byte(type);
    features.byte(GEOMETRY);
    features.varint(commands.at);
    features.copy(commands.bytes, 0, commands.at);
  }
}

function writeText(out: ByteWriter, tag: number, text: string): void {
  const bytes = Buffer.from(text);
  out.byte(tag);
  out.varint(bytes.length);
  out.copy(bytes, 0, bytes.length);
}

/** A layer of the parts, and what follows it, in bytes of its own. */
function joined(parts: readonly ByteWriter[], behind: ByteWriter): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, { at }) => sum + at, 0);
  const whole = new Uint8Array(1 + varintLength(length) + length + behind.at);
  const head = new ByteWriter();
  head.byte(LAYER);
  head.varint(length);
  let end = 0;
  for (const { bytes, at } of [head, ...parts, behind]) {
    whole.set(bytes.subarray(0, at), end);
    end += at;
  }
  return whole;
}
