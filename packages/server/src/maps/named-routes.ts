import { replyMapJson } from "../http/maps.ts";
import { isJson } from "../http/params.ts";
import { reply } from "../http/reply.ts";
import type { Route } from "../http/route.ts";
import { mapError } from "./map-error.ts";
import { type NamedMaps, requireOwner } from "./named/named-maps.ts";

type Context = Parameters<Route>[0];

/** What the routes of templates work with. */
export interface TemplateServices {
  named: NamedMaps;
}

/** `POST /api/v1/map/named` */
export function createTemplate({ named }: TemplateServices): Route {
  return async (c) => {
    requireOwner(c.get("key"), "create");
    requireJson(c);
    return replyMapJson(c, await named.create(c.get("account"), c.get("params").body));
  };
}

/** `GET /api/v1/map/named` */
export function listTemplates({ named }: TemplateServices): Route {
  return async (c) => {
    requireOwner(c.get("key"), "list");
    return replyMapJson(c, { template_ids: await named.list(c.get("account")) });
  };
}

/** `GET /api/v1/map/named/:id` */
export function getTemplate({ named }: TemplateServices): Route {
  return async (c) => {
    requireOwner(c.get("key"), "get");
    return replyMapJson(c, { template: await named.get(c.get("account"), idOf(c)) });
  };
}

/** `PUT /api/v1/map/named/:id` */
export function updateTemplate({ named }: TemplateServices): Route {
  return async (c) => {
    requireOwner(c.get("key"), "update");
    requireJson(c);
    const { name } = await named.update(c.get("account"), idOf(c), c.get("params").body);
    return replyMapJson(c, { template_id: name });
  };
}

/** `DELETE /api/v1/map/named/:id` */
export function deleteTemplate({ named }: TemplateServices): Route {
  return async (c) => {
    requireOwner(c.get("key"), "delete");
    await named.delete(c.get("account"), idOf(c));
    return reply(c, null, { status: 204, headers: {} });
  };
}

const idOf = (c: Context): string => c.req.param("id") ?? "";

function requireJson(c: Context): void {
  if (isJson(c)) return;
  throw mapError(`${c.req.method} template data must be of type application/json`, { status: 400 });
}
