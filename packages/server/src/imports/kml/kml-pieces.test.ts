import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KmlPieces, type Piece } from "./kml-pieces.ts";

const KML = `<?xml version="1.0"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="urn:gx">
<Document><name>a &lt; b</name>
<Style id="x > y"><LineStyle/></Style><Schema id='s'><SimpleField name="n"/></Schema>
<Folder><name><![CDATA[<Folder>]]></name>
<Placemark id="a>b"><description><![CDATA[</Placemark>]]></description></Placemark><!-- </Folder> -->
<Placemark/>
</Folder>
<Placemark><name>last</name></Placemark>
</Document></kml>`;

async function piecesOf(...chunks: string[]): Promise<{ pieces: Piece[]; reader: KmlPieces }> {
  async function* texts(): AsyncGenerator<string> {
    yield* chunks;
  }
  const reader = new KmlPieces(texts());
  const pieces: Piece[] = [];
  for await (const piece of reader.read()) pieces.push(piece);
  return { pieces, reader };
}

describe("KmlPieces", () => {
  test("cuts out Placemarks and Schemas with their lines and containers", async () => {
    const { pieces, reader } = await piecesOf(KML);

    expect(pieces).toEqual([
      { kind: "Schema", xml: `<Schema id='s'><SimpleField name="n"/></Schema>`, line: 4, container: 1 },
      {
        kind: "Placemark",
        xml: '<Placemark id="a>b"><description><![CDATA[</Placemark>]]></description></Placemark>',
        line: 6,
        container: 2,
      },
      { kind: "Placemark", xml: "<Placemark/>", line: 7, container: 2 },
      { kind: "Placemark", xml: "<Placemark><name>last</name></Placemark>", line: 9, container: 1 },
    ]);
    expect(reader.containers).toEqual([
      { name: undefined, placemarks: 0 },
      { name: "<name>a &lt; b</name>", placemarks: 1 },
      { name: "<name><![CDATA[<Folder>]]></name>", placemarks: 2 },
    ]);
    expect([...reader.namespaces]).toEqual([["gx", '"urn:gx"']]);
  });

  test("finds the same wherever the text is cut", async () => {
    const whole = await piecesOf(KML);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(KML.length), { maxLength: 30 }), async (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), KML.length];
        const cut = await piecesOf(...at.slice(1).map((end, i) => KML.slice(at[i], end)));
        expect(cut.pieces).toEqual(whole.pieces);
        expect(cut.reader.containers).toEqual(whole.reader.containers);
      }),
      { numRuns: 200 },
    );
  });

  test("says where a document breaks off, whichever character is the last", async () => {
    const text = readFileSync(new URL("../../../../../fixtures/geo/kml/times.kml", import.meta.url), "utf8").trimEnd();
    for (let length = 60; length < text.length; length++) {
      await expect(piecesOf(text.slice(0, length))).rejects.toMatchObject({ code: 2001 });
    }
  });

  test("refuses a DOCTYPE, within a Placemark too", async () => {
    for (const text of ["<!DOCTYPE kml><kml/>", "<kml><Placemark><!doctype x></Placemark></kml>"]) {
      await expect(piecesOf(text)).rejects.toMatchObject({ code: 2001, message: /DOCTYPE/ });
    }
  });

  test("refuses a Placemark of more than 32 million characters, and 1,001 elements in each other", async () => {
    const chunk = "1,2 ".repeat(2 ** 20);

    await expect(piecesOf("<kml><Placemark>", ...Array.from({ length: 10 }, () => chunk))).rejects.toMatchObject({
      code: 6666,
    });
    await expect(piecesOf("<a>".repeat(1_001))).rejects.toMatchObject({ code: 2001 });
  });
});
