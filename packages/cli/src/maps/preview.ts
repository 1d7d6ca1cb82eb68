import { type Carto, type MapConfig, NotFoundError, type StaticView } from "@carto-ts/sdk";
import type { Context } from "../context.ts";
import type { ExitCode } from "../exit.ts";
import { openSink } from "../output/sink.ts";
import type { Bounds } from "../tiles/pmtiles.ts";
import { quoteTable, surveyQuery } from "../tiles/source.ts";
import { type MapFlags, parseParams } from "./instantiate.ts";

/** How a preview is drawn. */
export interface PreviewFlags extends Pick<MapFlags, "param" | "authToken"> {
  output: string;
  width: number;
  height: number;
  /** What it shows; without, what the template says, or all of a table. */
  bbox?: Bounds;
}

/** How a table is drawn that nobody has styled. */
const STYLE = `#layer {
  ['mapnik::geometry_type' = 1] { marker-width: 8; marker-fill: #EE4D5A; marker-line-color: #FFF; marker-allow-overlap: true; }
  ['mapnik::geometry_type' = 2] { line-width: 1.5; line-color: #4CC8A3; }
  ['mapnik::geometry_type' = 3] { polygon-fill: #826DBA; polygon-opacity: 0.9; line-width: 0.5; line-color: #FFF; }
}`;

/** Draws a named map, or a table where no named map is called so, into a file. */
export async function previewMap(
  context: Context,
  [name]: readonly [string],
  flags: PreviewFlags,
): Promise<ExitCode | undefined> {
  const carto = await context.carto();
  context.doing = `draw ${name}`;
  const image = await drawNamed(context, carto, { name, flags }).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    return drawTable(context, carto, { name, flags });
  });
  const sink = await openSink(context.io, flags.output);
  try {
    await sink.write(image);
    await sink.commit();
  } catch (error) {
    await sink.discard();
    throw error;
  }
  return undefined;
}

interface Asked {
  name: string;
  flags: PreviewFlags;
}

const formatOf = ({ output }: PreviewFlags): "png" | "jpg" => (/\.jpe?g$/i.test(output) ? "jpg" : "png");

function drawNamed({ signal }: Context, carto: Carto, { name, flags }: Asked): Promise<Uint8Array> {
  const { width, height, bbox, authToken, param } = flags;
  const view = bbox && { bounds: boundsOf(bbox) };
  const params = parseParams(param ?? []);
  return carto.maps.named.fetchStatic(name, {
    width,
    height,
    format: formatOf(flags),
    view,
    authToken,
    params,
    signal,
  });
}

async function drawTable({ signal }: Context, carto: Carto, { name, flags }: Asked): Promise<Uint8Array> {
  const { width, height, bbox } = flags;
  const sql = `select * from ${quoteTable(name)}`;
  const config: MapConfig = {
    version: "1.8.0",
    layers: [{ options: { sql, cartocss: STYLE, cartocss_version: "3.0.12" } }],
  };
  const map = await carto.maps.anonymous.instantiate(config, { signal });
  const bounds = bbox ?? (await surveyQuery(carto, sql, signal)).bounds;
  const view: StaticView = bounds ? { bounds: boundsOf(bounds) } : { center: { lng: 0, lat: 0 }, zoom: 1 };
  return map.fetchStatic(view, { width, height, format: formatOf(flags), signal });
}

const boundsOf = ([west, south, east, north]: Bounds): {
  west: number;
  south: number;
  east: number;
  north: number;
} => ({
  west,
  south,
  east,
  north,
});
