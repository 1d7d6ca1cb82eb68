/** A layer of a file that GDAL reads. */
export interface GdalLayer {
  name: string;
  /** Features; undefined where only a scan could tell. */
  count: number | undefined;
  /** OGR's name, such as `Multi Polygon`, `3D Point`, `Geometry` for any; `None` without a geometry. */
  geometryType: string;
  /** In their order. */
  fields: readonly GdalField[];
  /** Reference system of the geometry; undefined when the file doesn't tell. */
  srs: { wkt: string; epsg: number | undefined } | undefined;
  /** Column that the file keeps feature ids in, where it has a name. */
  fidColumn: string | undefined;
}

/** A field of a layer. */
export interface GdalField {
  name: string;
  /** OGR's: Integer, Integer64, Real, String, Date, DateTime, Time, Binary, or a list such as StringList. */
  type: string;
  /** OGR's: Boolean, Int16, Float32, JSON, UUID. */
  subtype?: string;
}

/** What `ogrinfo -json` tells, as far as it is read here. */
interface Info {
  layers?: readonly InfoLayer[];
}

interface InfoLayer {
  name: string;
  fidColumnName?: string;
  geometryFields?: readonly { type: string; coordinateSystem?: CoordinateSystem | null }[];
  fields?: readonly { name: string; type: string; subType?: string }[];
}

interface CoordinateSystem {
  wkt: string;
  projjson?: { id?: { authority: string; code: number | string } };
}

/** Reads the answer to an order of layers: ogrinfo's JSON and the counts, in the same order, -1 for an unknown one. */
export function readLayers(answer: string): GdalLayer[] {
  const { info, counts } = JSON.parse(answer) as { info: Info; counts: readonly number[] };
  return (info.layers ?? []).map((layer, at) => {
    const count = counts[at] ?? -1;
    const geometry = layer.geometryFields?.[0];
    return {
      name: layer.name,
      count: count < 0 ? undefined : count,
      geometryType: geometry?.type ?? "None",
      fields: (layer.fields ?? []).map(({ name, type, subType }) => ({
        name,
        type,
        ...(subType !== undefined && subType !== "None" && { subtype: subType }),
      })),
      srs: geometry?.coordinateSystem ? srsOf(geometry.coordinateSystem) : undefined,
      fidColumn: layer.fidColumnName || undefined,
    };
  });
}

function srsOf({ wkt, projjson }: CoordinateSystem): { wkt: string; epsg: number | undefined } {
  const { authority, code } = projjson?.id ?? {};
  return { wkt, epsg: authority === "EPSG" && Number.isInteger(Number(code)) ? Number(code) : undefined };
}
