import type { InstantiatedMap, MapErrorBody } from "@carto-ts/protocol";
import type { World } from "./world.ts";

/** An answer of the Maps API. */
export interface MapAnswer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** Sends a request to the Maps API; `path` is what stands behind `/api/v1/map`. */
export async function askMaps<Body = MapErrorBody>(
  { url }: Pick<World, "url">,
  path: string,
  init: RequestInit = {},
): Promise<MapAnswer<Body>> {
  const answer = await fetch(`${url}/api/v1/map${path}`, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: (text === "" ? undefined : JSON.parse(text)) as Body };
}

/** Sends JSON to the Maps API. */
export function postMaps<Body = MapErrorBody>(
  world: Pick<World, "url">,
  path: string,
  json: unknown,
  headers: Record<string, string> = {},
): Promise<MapAnswer<Body>> {
  const body = JSON.stringify(json);
  return askMaps<Body>(world, path, {
    method: "POST",
    body,
    headers: { "Content-Type": "application/json", ...headers },
  });
}

/** The MapConfig of one layer without a style. */
export const layerOf = (sql: string, options: object = {}): object => ({
  version: "1.8.0",
  layers: [{ type: "mapnik", options: { sql, ...options } }],
});

/** Instantiates a map with the master key. */
export async function instantiate(
  world: Pick<World, "url" | "masterKey">,
  map: object,
  query = "",
): Promise<InstantiatedMap> {
  const { status, body } = await postMaps<InstantiatedMap>(world, `?api_key=${world.masterKey}${query}`, map);
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return body;
}

/** Makes a table of points that tells when it was changed; the anonymous caller may read it if `open`. */
export async function makePlaces({ carto }: World, name: string, { open = false } = {}): Promise<void> {
  await carto.sql.query(`
    CREATE TABLE ${name} (cartodb_id int PRIMARY KEY, name text, the_geom_webmercator geometry(Point, 3857));
    INSERT INTO ${name} VALUES (1, 'Hawai', ST_SetSRID(ST_MakePoint(1, 1), 3857));
    INSERT INTO ${name} VALUES (2, 'Pico', ST_SetSRID(ST_MakePoint(2, 2), 3857));
    CREATE TRIGGER track_updates AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${name}
      FOR EACH STATEMENT EXECUTE FUNCTION cartodb.cdb_tablemetadata_trigger();
    ${open ? `GRANT SELECT ON ${name} TO publicuser;` : ""}
    SELECT cartodb.CDB_TableMetadataTouch('${name}'::regclass);`);
}
