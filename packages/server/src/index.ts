/** A CARTO-compatible server on PostGIS. */
export type { KeyGrant } from "./accounts/account.ts";
export type { AccountSpec, RegularKeySpec } from "./accounts/provision.ts";
export type { Limits } from "./config.ts";
export type { LogLevel } from "./log.ts";
export type { RunningServer } from "./running-server.ts";
export { type ServerOptions, startServer } from "./server.ts";
