import { createHash } from "node:crypto";
import type { MapConfig as MapConfigJson } from "@carto-ts/protocol";
import type { TemplateRef } from "./layergroup.ts";

/** What a map's id follows from. */
export interface MapIdentity {
  /** With every placeholder filled. */
  config: MapConfigJson;
  database: string;
  /** Name of the role that the map is made in. */
  role: string;
  template: TemplateRef | undefined;
  aggregation: boolean | undefined;
}

/** The id of a map, the same for the same: an md5 in hex. */
export function mapId({ config, database, role, template, aggregation }: MapIdentity): string {
  const identity = {
    ...config,
    dbparams: { name: database, user: role },
    template: template && { name: template.name, auth: template.auth },
    aggregation,
  };
  return createHash("md5").update(JSON.stringify(identity)).digest("hex");
}
