import type { Column, ResultStream } from "../db/result.ts";
import { encodeDocument, ROW_SEPARATOR } from "./document.ts";
import type { EncodeOptions, Encoding, Format } from "./format.ts";
import { RowEncoder } from "./row-encoder.ts";
import { layOut } from "./row-layout.ts";
import { visibleColumns } from "./visible-columns.ts";

/** The column that becomes a feature's geometry: GeoJSON as text. */
const GEOMETRY = "the_geom";
const WEBMERCATOR = "the_geom_webmercator";

/**
 * A GeoJSON FeatureCollection.
 *
 * The statement must have turned `the_geom` into GeoJSON text; it becomes each feature's `geometry`, null where it is
 * NULL, skipped or missing. The other columns but `the_geom_webmercator` are the properties; NaN and infinity are null.
 *
 * @see docs/protocol/sql.md#geojson
 */
export const geojson: Format = {
  id: "geojson",
  mime: "application/json; charset=utf-8",
  extension: "geojson",
  shape: "features",
  encode(result: ResultStream, options: EncodeOptions): Encoding {
    return encodeDocument(result, {
      head: '{"type": "FeatureCollection", "features": [',
      encoder: (columns) => featureEncoder(columns, options.skipfields, { before: ROW_SEPARATOR, after: "" }),
      tail: () => "]}",
      failedTail: (messages) => `],"error":${JSON.stringify(messages)}}`,
    });
  },
};

/** Makes the encoder of a result's features, with what comes before and after each of them. */
export function featureEncoder(
  columns: readonly Column[],
  skipfields: ReadonlySet<string>,
  { before, after }: { before: string; after: string },
): RowEncoder {
  const visible = visibleColumns(columns, skipfields);
  const index = columns.findIndex(({ name }, i) => name === GEOMETRY && visible[i]);
  const properties = columns.map(({ name }, i) => visible[i] === true && name !== GEOMETRY && name !== WEBMERCATOR);
  const shape = { close: `}}${after}`, nonFinite: "null", visible: properties } as const;
  const open = `${before}{"type":"Feature","geometry":`;
  const members = ',"properties":{';
  return index < 0
    ? new RowEncoder(layOut(columns, { ...shape, open: `${open}null${members}` }))
    : new RowEncoder(layOut(columns, { ...shape, open, lead: { index, open: members } }));
}
