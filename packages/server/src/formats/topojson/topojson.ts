import { setImmediate as pause } from "node:timers/promises";
import type { Column, ResultStream } from "../../db/result.ts";
import { Spool } from "../../db/spool.ts";
import { HttpError } from "../../http/errors.ts";
import { NEWLINE } from "../ascii.ts";
import { fieldEnd, RowSplitter } from "../copy-text.ts";
import type { Encoding, Format } from "../format.ts";
import { RowEncoder } from "../row-encoder.ts";
import { layOut } from "../row-layout.ts";
import { LINE_MARK, ObjectWriter, type Transform, transformOf } from "./object-writer.ts";
import { Topology } from "./topology.ts";

/** Bytes of the objects, at most; they wait in a file until the arcs are known. */
const MAX_BYTES = 512 * 1024 ** 2;
/** Milliseconds of work before others have a turn. */
const TURN_MS = 15;
const MARK = LINE_MARK.charCodeAt(0);

/**
 * A TopoJSON Topology on a grid of 10,000 by 10,000: an object for each row, by its number from 0.
 *
 * The statement must give what `topologyOf` makes of it. Nothing is written before the last row was read, so that every
 * error has its status.
 *
 * @see docs/protocol/sql.md#topojson
 */
export const topojson: Format = {
  id: "topojson",
  mime: "application/json; charset=utf-8",
  extension: "topojson",
  shape: "topology",
  encode: (result: ResultStream): Encoding => ({
    chunks: encodeTopology(result),
    fail: () => undefined,
  }),
};

async function* encodeTopology(result: ResultStream): AsyncGenerator<Buffer, void, undefined> {
  const objects = new ObjectReader();
  const giveWay = turns();
  try {
    for await (const { columns, text } of result.chunks) {
      await objects.add(columns, text);
      await giveWay();
    }
    const { topology, transform } = objects;
    for (const _ of topology.build()) await giveWay();
    yield Buffer.from(`{"type":"Topology","transform":${JSON.stringify(transform)},"objects":{`);
    for await (const piece of objects.read()) {
      yield piece;
      await giveWay();
    }
    yield Buffer.from('},"arcs":[');
    for (const piece of topology.arcs()) {
      yield Buffer.from(piece);
      await giveWay();
    }
    yield Buffer.from("]}");
  } finally {
    await objects.close();
  }
}

/** Makes a function that lets other requests have a turn when this one has had {@link TURN_MS}. */
function turns(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < TURN_MS) return;
    await pause();
    began = performance.now();
  };
}

/** Turns rows into objects, which wait for their arcs. */
class ObjectReader {
  readonly topology: Topology = new Topology();
  transform: Transform = transformOf([], []);
  readonly #splitter = new RowSplitter();
  readonly #spool = new Spool<undefined>();
  #properties: RowEncoder | undefined;
  #writer: ObjectWriter | undefined;
  #count = 0;
  #bytes = 0;

  async add(columns: readonly Column[], text: Buffer): Promise<void> {
    let rows = this.#splitter.push(text);
    if (rows === undefined) return;
    if (!this.#writer || !this.#properties) {
      this.transform = transformIn(rows);
      rows = rows.subarray(rows.indexOf(NEWLINE) + 1);
      this.#writer = new ObjectWriter(this.transform, this.topology);
      const visible = columns.map((_, index) => index > 0);
      this.#properties = new RowEncoder(layOut(columns, { open: "{", close: "}\n", nonFinite: "null", visible }));
    }
    const objects = this.#objectsOf(rows, this.#writer, this.#properties.encode(rows));
    this.#bytes += objects.length;
    if (this.#bytes > MAX_BYTES) {
      throw new HttpError(
        413,
        "a TopoJSON of more than 512 MB can't be made: ask for fewer rows or columns, or for geojson",
      );
    }
    if (objects.length > 0) await this.#spool.write(undefined, objects);
  }

  /** The objects with their arcs, once the topology is built. */
  async *read(): AsyncGenerator<Buffer, void, undefined> {
    this.#spool.end();
    let line = 0;
    for await (const { bytes } of this.#spool.read()) {
      const pieces: Buffer[] = [];
      let from = 0;
      for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, from)) {
        pieces.push(bytes.subarray(from, at), Buffer.from(this.topology.refsOf(line++)));
        from = at + 1;
      }
      pieces.push(bytes.subarray(from));
      yield Buffer.concat(pieces);
    }
  }

  close(): Promise<void> {
    return this.#spool.close();
  }

  #objectsOf(rows: Buffer, writer: ObjectWriter, properties: Buffer): Buffer {
    const pieces: Buffer[] = [];
    let at = 0;
    let from = 0;
    while (at < rows.length) {
      const to = properties.indexOf(NEWLINE, from);
      const members = writer.membersOf(readGeometry(rows, at));
      pieces.push(
        Buffer.from(`${this.#count === 0 ? "" : ","}"${this.#count}":{${members},"properties":`),
        properties.subarray(from, to),
        Buffer.from("}"),
      );
      this.#count++;
      at = rows.indexOf(NEWLINE, at) + 1;
      from = to + 1;
    }
    return Buffer.concat(pieces);
  }
}

type Geometry = Parameters<ObjectWriter["membersOf"]>[0];

/** The grid between the corners that the first row holds; any where there are none. */
function transformIn(rows: Buffer): Transform {
  if (rows.toString("latin1", 0, fieldEnd(rows, 0)) === "\\N") return transformOf([], []);
  const { coordinates = [] } = readGeometry(rows, 0);
  const [from = [], to = []] = coordinates as readonly (readonly number[])[];
  return transformOf(from, to);
}

/** GeoJSON in the first field of the row at `start`; COPY has nothing to escape in it. */
function readGeometry(rows: Buffer, start: number): Geometry {
  const text = rows.toString("latin1", start, fieldEnd(rows, start));
  try {
    return JSON.parse(text) as Geometry;
  } catch {
    throw new HttpError(400, "a geometry in the_geom has coordinates that are no numbers, and has no TopoJSON");
  }
}
