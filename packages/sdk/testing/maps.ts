import { Carto } from "../src/carto.ts";
import type { CartoOptions } from "../src/options.ts";
import { type Answer, type SeenRequest, startServer, type TestServer } from "./http-server.ts";

/** What the original answers to a map of one layer without a style, asked for with a key; `$B` is the base URL. */
export const VECTOR_MAP = `{"layergroupid":"364ecba7369612cba0ea8eae79ee8132:1234567890123","metadata":{"layers":[{"type":"mapnik","id":"layer0","meta":{"stats":{"estimatedFeatureCount":5},"aggregation":{"png":false,"mvt":false}},"tilejson":{"vector":{"tilejson":"2.2.0","tiles":["$B/api/v1/map/364ecba7369612cba0ea8eae79ee8132:1234567890123/layer0/{z}/{x}/{y}.mvt?api_key=1234"]}}}],"dataviews":{},"analyses":[],"tilejson":{"vector":{"tilejson":"2.2.0","tiles":["$B/api/v1/map/364ecba7369612cba0ea8eae79ee8132:1234567890123/{z}/{x}/{y}.mvt?api_key=1234"]}},"url":{"vector":{"urlTemplate":"$B/api/v1/map/364ecba7369612cba0ea8eae79ee8132:1234567890123/{z}/{x}/{y}.mvt?api_key=1234","subdomains":[]}}},"cdn_url":{},"last_updated":"2009-02-13T23:31:30.123Z"}`;

/** Its id. */
export const VECTOR_ID = "364ecba7369612cba0ea8eae79ee8132:1234567890123";

/** What the original answers to a named map that is instantiated. */
export const NAMED_MAP = `{"layergroupid":"localhost@d97b2b3a@ffdaf8e0aa9b9845d55f56be524ed20b:1234567890123","metadata":{"layers":[{"type":"mapnik","id":"layer0","meta":{"cartocss":"#layer { marker-fill: blue; }","stats":{"estimatedFeatureCount":5},"cartocss_meta":{"rules":[]}},"tilejson":{"vector":{"tilejson":"2.2.0","tiles":["$B/api/v1/map/localhost@d97b2b3a@ffdaf8e0aa9b9845d55f56be524ed20b:1234567890123/layer0/{z}/{x}/{y}.mvt"]},"raster":{"tilejson":"2.2.0","tiles":["$B/api/v1/map/localhost@d97b2b3a@ffdaf8e0aa9b9845d55f56be524ed20b:1234567890123/layer0/{z}/{x}/{y}.png"]}}}],"dataviews":{},"analyses":[],"tilejson":{"vector":{"tilejson":"2.2.0","tiles":["$B/api/v1/map/localhost@d97b2b3a@ffdaf8e0aa9b9845d55f56be524ed20b:1234567890123/{z}/{x}/{y}.mvt"]},"raster":{"tilejson":"2.2.0","tiles":["$B/api/v1/map/localhost@d97b2b3a@ffdaf8e0aa9b9845d55f56be524ed20b:1234567890123/{z}/{x}/{y}.png"]}},"url":{"vector":{"urlTemplate":"$B/api/v1/map/localhost@d97b2b3a@ffdaf8e0aa9b9845d55f56be524ed20b:1234567890123/{z}/{x}/{y}.mvt","subdomains":[]},"raster":{"urlTemplate":"$B/api/v1/map/localhost@d97b2b3a@ffdaf8e0aa9b9845d55f56be524ed20b:1234567890123/{z}/{x}/{y}.png","subdomains":[]}}},"cdn_url":{},"last_updated":"2009-02-13T23:31:30.123Z"}`;

/** Its id. */
export const NAMED_ID = "localhost@d97b2b3a@ffdaf8e0aa9b9845d55f56be524ed20b:1234567890123";

/** What is answered about a map that the server has forgotten. */
export const FORGOTTEN =
  '{"errors":["Invalid or nonexistent map configuration token \'364ecba7369612cba0ea8eae79ee8132\'"],"errors_with_context":[{"type":"unknown","message":"Invalid or nonexistent map configuration token \'364ecba7369612cba0ea8eae79ee8132\'"}]}';

/** One answer: status, body, and type and further headers. */
export type Reply = readonly [status: number, body: string | Uint8Array, headers?: Record<string, string>];

/** A server of maps, and a client of it. */
export interface MapServer extends TestServer {
  carto: Carto;
  /** `METHOD path` of each request, below the account. */
  asked(): string[];
}

/** Starts a server that answers with literal texts, in which `$B` becomes its base URL. */
export async function serveMaps(
  reply: (request: SeenRequest, count: number) => Reply | Promise<Reply>,
  options: CartoOptions = {},
): Promise<MapServer> {
  const answer: Answer = async (request, response, count) => {
    const [status, body, headers] = await reply(request, count);
    response.writeHead(status, { "Content-Type": "application/json; charset=utf-8", ...headers });
    response.end(typeof body === "string" ? body.replaceAll("$B", server.baseUrl) : body);
  };
  const server = await startServer(answer);
  const asked = (): string[] =>
    server.requests.map(({ method, url }) => `${method} ${url.replace(/^\/user\/dev\//, "")}`);
  return Object.assign(server, { carto: new Carto({ baseUrl: server.baseUrl, ...options }), asked });
}
