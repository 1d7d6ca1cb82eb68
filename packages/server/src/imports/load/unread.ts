import { ImportError } from "../error.ts";
import { type Layer, type LayerFacts, LISTED_ROWS, type RejectedRows, type StagedGeometry } from "../reader.ts";
import { isWord, sourceGeometryOf, textOf, toWgs84 } from "./columns.ts";
import type { ImportSession } from "./import-session.ts";

/** Values that no geometry could be made of. */
export interface Unread extends RejectedRows {
  /** Whether there are no others. */
  all: boolean;
}

/** Where to look for them. */
export interface UnreadOptions {
  layer: Layer;
  facts: LayerFacts;
  /** What to select the staged rows from: a table's quoted name, or a SELECT in parentheses. */
  staged: string;
  /** Quoted name of the table that was made of it. */
  table: string;
}

/** Lists the values that are NULL in `the_geom`, and were not in the file. */
export async function listUnread(
  session: ImportSession,
  { layer, facts: { geometry }, staged, table }: UnreadOptions,
): Promise<Unread> {
  if (geometry === undefined) return { count: 0, rows: [], all: false };
  const { text, isUnread, reason } = conditionsOf(geometry);
  const from = `FROM ${staged} s WHERE ${isUnread}`;
  const [counted] = await session.rows(`SELECT count(*), (SELECT count(the_geom) FROM ${table}) ${from}`);
  const rows = await session.rows(
    `SELECT _row, pg_catalog.left(${text}, 80) ${from} ORDER BY _row LIMIT ${LISTED_ROWS}`,
  );
  const count = Number(counted?.[0] ?? 0);
  return {
    count,
    rows: rows.map(([staged, value]) => ({ row: layer.rowOf(Number(staged)), reason, text: value ?? "" })),
    all: count > 0 && counted?.[1] === "0",
  };
}

function conditionsOf(geometry: StagedGeometry): { text: string; isUnread: string; reason: string } {
  if (geometry.kind === "lonlat") {
    const { longitude, latitude } = geometry;
    return {
      text: `pg_catalog.concat_ws(', ', ${textOf(longitude)}, ${textOf(latitude)})`,
      isUnread: `(${isWord(longitude)} OR ${isWord(latitude)})`,
      reason: "the coordinates are no numbers",
    };
  }
  const text = `(${textOf(geometry.at)})::text`;
  return {
    text,
    isUnread: `${text} <> '' AND ${toWgs84(sourceGeometryOf(geometry, "lenient"), "lenient")} IS NULL`,
    reason: "the geometry can't be read",
  };
}

/** The error of a file of geometries none of which can be read. */
export function noGeometry({ count, rows }: RejectedRows): ImportError {
  const what = count === 1 ? "The file's only geometry can't" : `None of the file's ${count} geometries can`;
  const first = `row ${rows[0]?.row ?? 1} has ${rows[0]?.text ?? ""}`;
  return new ImportError(2014, `${what} be read: ${first}. Look whether its type goes with its coordinates.`);
}
