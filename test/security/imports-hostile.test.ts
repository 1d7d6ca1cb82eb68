import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { beforeAll, describe, expect, test } from "vitest";
import { importFailure } from "../support/import-outcome.ts";
import { engines, startWorld, type World } from "../support/world.ts";

const FIXTURES = resolve(import.meta.dirname, "../../fixtures/geo");

const kml = (text: string): File => new File([text], "bomb.kml");

/** A Parquet file of one column of numbers, that lies as `lie` makes it. */
function lyingParquet(lie: (writer: ParquetWriter, bytes: ByteWriter) => void): File {
  const bytes = new ByteWriter();
  const schema = [
    { name: "root", num_children: 1 },
    { name: "n", type: "INT32", repetition_type: "REQUIRED" },
  ] as const;
  const writer = new ParquetWriter({ writer: bytes, schema: [...schema] });
  void writer.write({ columnData: [{ name: "n", data: Int32Array.from({ length: 1000 }, (_, i) => i * 7919) }] });
  lie(writer, bytes);
  void writer.finish();
  return new File([bytes.getBuffer()], "lie.parquet");
}

/** Puts another number for the bytes that the first page unpacks to. */
function unpacksTo(size: number, writer: ParquetWriter, bytes: ByteWriter): void {
  const written = Buffer.from(bytes.getBuffer());
  // Magic, the page's type, then the number in groups of seven bits.
  const start = 7;
  let end = start;
  while ((written[end] as number) >= 0x80) end++;
  const digits: number[] = [];
  for (let rest = size * 2; ; rest = Math.floor(rest / 128)) {
    digits.push((rest % 128) + (rest >= 128 ? 128 : 0));
    if (rest < 128) break;
  }
  const page = Buffer.concat([written.subarray(0, start), Buffer.from(digits), written.subarray(end + 1)]);
  bytes.index = 0;
  bytes.offset = 0;
  bytes.appendBytes(page);
  const meta = writer.row_groups[0]?.columns[0]?.meta_data;
  if (meta) meta.total_compressed_size += BigInt(page.length - written.length);
}

describe.each(engines)("files that mean harm, imported on %s", (engine) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld(engine);
  });

  const failureOf = (file: File): ReturnType<typeof importFailure> => importFailure(world.carto, file);

  test("a KML's entities are neither files nor endless texts", async () => {
    const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i + 1} "${`&a${i};`.repeat(10)}">`);
    const doctypes = [
      '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
      '<!DOCTYPE kml SYSTEM "http://127.0.0.1:1/kml.dtd">',
      `<!DOCTYPE kml [<!ENTITY a0 "ha">${laughs.join("")}]>`,
    ];
    for (const doctype of doctypes) {
      const text = `<?xml version="1.0"?>${doctype}<kml><Placemark><name>&x;&a9;</name></Placemark></kml>`;

      expect(await failureOf(kml(text))).toEqual({ code: 2001, says: expect.stringContaining("has a DOCTYPE") });
    }
  });

  test("a Placemark of more elements than there is memory for is not read", async () => {
    const file = kml(`<kml><Placemark>${"<a/>".repeat(7e6)}</Placemark></kml>`);

    expect(await failureOf(file)).toEqual({ code: 6666, says: expect.stringContaining("more than 300000 elements") });
  });

  test("elements in each other without end are an error, in a Placemark and around it", async () => {
    const deep = (tag: string): string => `<${tag}>`.repeat(200_000) + `</${tag}>`.repeat(200_000);

    expect(await failureOf(kml(`<kml>${deep("Folder")}</kml>`))).toMatchObject({ code: 2001 });
    expect(await failureOf(kml(`<kml><Placemark>${deep("MultiGeometry")}</Placemark></kml>`))).toMatchObject({
      code: 2001,
      says: expect.stringContaining("too deep"),
    });
  });

  test("a Parquet file that lies about its sizes is refused before there is room for them", async () => {
    const beyond = lyingParquet((writer) => {
      const meta = writer.row_groups[0]?.columns[0]?.meta_data;
      if (meta) meta.total_compressed_size = 400n * 1024n ** 2n;
    });
    const hugeGroup = lyingParquet((writer) => {
      const meta = writer.row_groups[0]?.columns[0]?.meta_data;
      if (meta) meta.total_compressed_size = 2n ** 40n;
    });
    const manyRows = lyingParquet((writer) => {
      const [group] = writer.row_groups;
      if (group) group.num_rows = 10n ** 12n;
    });
    const hugePage = lyingParquet((writer, bytes) => unpacksTo(2 ** 30, writer, bytes));

    expect(await failureOf(beyond)).toEqual({ code: 2001, says: expect.stringContaining("it points beyond its end") });
    expect(await failureOf(hugeGroup)).toEqual({ code: 6666, says: expect.stringContaining("smaller row groups") });
    expect(await failureOf(manyRows)).toEqual({ code: 2001, says: expect.stringContaining("fewer values than rows") });
    expect(await failureOf(hugePage)).toEqual({ code: 6666, says: expect.stringContaining("unpacks to 1073741824") });
  });

  test("a small Parquet file of very many rows is refused", async () => {
    const bytes = new ByteWriter();
    const schema = [
      { name: "root", num_children: 1 },
      { name: "text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
    ] as const;
    const writer = new ParquetWriter({ writer: bytes, schema: [...schema] });
    const data = new Array<string>(10_000).fill("x".repeat(100_000));
    void writer.write({ columnData: [{ name: "text", data }], rowGroupSize: data.length });
    void writer.finish();

    const failure = await failureOf(new File([bytes.getBuffer()], "rows.parquet"));

    expect(failure).toEqual({
      code: 6666,
      says: expect.stringContaining("to 10000 rows, which are too many for its size"),
    });
  });

  test("a Parquet file with any byte changed is a table or an error, and the server goes on", async () => {
    const whole = readFileSync(resolve(FIXTURES, "parquet/types.parquet"));
    for (let at = 4; at < whole.length; at += Math.ceil(whole.length / 24)) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] as number) ^ 0xff;
      const made = await world.carto.datasets.create(new File([changed], "changed.parquet")).then(
        () => 0,
        (error: { code: number }) => error.code,
      );

      expect([0, 1005, 2001, 3008, 6666], `byte ${at}`).toContain(made);
    }
    expect((await world.carto.sql.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
});

test("what takes all memory ends its own import alone, and holds nobody up", async () => {
  const world = await startWorld("pglite");
  const positions = "1,1 ".repeat(8e6);
  const file = kml(
    `<kml><Placemark><LineString><coordinates>${positions}</coordinates></LineString></Placemark></kml>`,
  );

  const failure = importFailure(world.carto, file);
  let slowest = 0;
  for (let ended = false; !ended; ) {
    const began = performance.now();
    await world.carto.sql.query("SELECT 1");
    slowest = Math.max(slowest, performance.now() - began);
    ended = await Promise.race([
      failure.then(() => true),
      new Promise<boolean>((done) => setTimeout(() => done(false), 100)),
    ]);
  }

  expect(await failure).toEqual({ code: 6666, says: expect.stringContaining("MB of memory") });
  expect(slowest).toBeLessThan(5_000);
}, 180_000);
