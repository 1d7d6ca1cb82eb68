import { availableParallelism, tmpdir } from "node:os";
import { MIN_SYNC_INTERVAL } from "@carto-ts/protocol";
import type { AccountSpec } from "./accounts/provision.ts";

/** Where the server's data is. */
export type DatabaseConfig =
  | { engine: "postgres"; url: string }
  /** `dataDir` undefined keeps everything in memory. */
  | { engine: "pglite"; dataDir: string | undefined };

/** Everything that can be set, with its value in force. */
export interface Config {
  host: string;
  /** 0 takes a free port. */
  port: number;
  database: DatabaseConfig;
  /** The first account. */
  account: AccountSpec;
  limits: Limits;
  imports: ImportConfig;
  maps: MapsConfig;
  gdal: GdalConfig;
  exports: ExportConfig;
}

/** Where files are made that are to be sent. */
export interface ExportConfig {
  /** Folder of this machine's alone, for files while they are made and sent. `CARTO_EXPORT_DIR` */
  dir: string;
}

/** How GDAL is run. */
export interface GdalConfig {
  /**
   * An ogr2ogr program, by its path or as it is found: twice as fast as GDAL as WebAssembly, but not kept from the
   * machine's files. `CARTO_OGR2OGR`
   */
  ogr2ogr: string | undefined;
}

/** How maps are served: also from a CDN in front of this server, which keeps the paths below its hosts. */
export interface MapsConfig {
  /** Its address, such as `https://cdn-{s}.example.org`, below which `/ACCOUNT/api/v1/map` is. `CARTO_MAPS_CDN_HTTPS` */
  cdnHttps: string | undefined;
  /** The same for pages without TLS; one of the two stands for both. `CARTO_MAPS_CDN_HTTP` */
  cdnHttp: string | undefined;
  /** What `{s}` in them may be. `CARTO_MAPS_CDN_SUBDOMAINS`, between commas */
  cdnSubdomains: readonly string[];
  /** Whether pictures are drawn where Mapnik is installed; `CARTO_MAPNIK=off` turns them off. */
  mapnik: boolean;
}

/** Where imports come from and where they lie meanwhile. */
export interface ImportConfig {
  /**
   * Hosts that may be imported from although they are not public: names, addresses and ranges between commas, such as
   * `10.0.0.0/8,files.example.org`. `CARTO_IMPORT_ALLOW`
   */
  allowed: string;
  /** Ports that may be imported from, and ranges of them, between commas. `CARTO_IMPORT_PORTS` */
  ports: string;
  /**
   * Folder for uploads that wait; several servers on one database may share it. `CARTO_SPOOL_DIR`
   *
   * undefined takes one of the system's temporary folder, or of the embedded database's.
   */
  spoolDir: string | undefined;
}

/** Limits, all of them by the server's own clock and count. */
export interface Limits {
  /** Milliseconds that a statement of an anonymous caller may take. `CARTO_ANONYMOUS_TIMEOUT_MS` */
  anonymousTimeoutMs: number;
  /** Milliseconds that a statement of any other key may take. `CARTO_QUERY_TIMEOUT_MS` */
  queryTimeoutMs: number;
  /** Milliseconds that a COPY may take. `CARTO_COPY_TIMEOUT_MS` */
  copyTimeoutMs: number;
  /** Bytes that one COPY FROM may send, as they come over the wire. `CARTO_COPY_MAX_BYTES` */
  copyMaxBytes: number;
  /** Milliseconds that an upload may send nothing, and that a file to be fetched may stand still. `CARTO_COPY_IDLE_MS` */
  copyIdleMs: number;
  /** Milliseconds that a query of a batch job may take. `CARTO_JOB_TIMEOUT_MS` */
  jobTimeoutMs: number;
  /** Jobs that an account may have waiting. `CARTO_JOB_QUEUE` */
  jobQueue: number;
  /** Jobs that this process runs at once; the embedded engine always runs one. `CARTO_JOB_WORKERS` */
  jobWorkers: number;
  /** Milliseconds that a finished job can still be read. `CARTO_JOB_TTL_MS` */
  jobTtlMs: number;
  /** Bytes of a file to be imported, as it comes and unpacked. `CARTO_IMPORT_MAX_BYTES` */
  importMaxBytes: number;
  /** Milliseconds that one statement of an import, or its unpacking, may take. `CARTO_IMPORT_TIMEOUT_MS` */
  importTimeoutMs: number;
  /** Imports that an account may have at once, waiting ones too. `CARTO_IMPORT_SLOTS` */
  importSlots: number;
  /** Imports that this process does at once; the embedded engine always does one. `CARTO_IMPORT_WORKERS` */
  importWorkers: number;
  /** Milliseconds that an import which ended can still be read. `CARTO_IMPORT_TTL_MS` */
  importTtlMs: number;
  /** Bytes of a file of an export, and of the rows that it is made of. `CARTO_EXPORT_MAX_BYTES` */
  exportMaxBytes: number;
  /** Milliseconds that GDAL may take for an export, once the rows are read. `CARTO_EXPORT_TIMEOUT_MS` */
  exportTimeoutMs: number;
  /** Files that are made at once, of the formats that GDAL writes. `CARTO_EXPORT_WORKERS` */
  exportWorkers: number;
  /** Requests that may wait for that. `CARTO_EXPORT_QUEUE` */
  exportQueue: number;
  /** Bytes of files that are made and not yet fetched. `CARTO_EXPORT_SPOOL_BYTES` */
  exportSpoolBytes: number;
  /** Bytes of memory that GDAL may have for one file, of an import or an export. `CARTO_GDAL_MEMORY_BYTES` */
  gdalMemoryBytes: number;
  /** Seconds that lie between two runs of a synchronization at least. `CARTO_SYNC_MIN_INTERVAL_S` */
  syncMinIntervalS: number;
  /** Milliseconds that an instantiated map is kept since it was used last. `CARTO_MAP_TTL_MS` */
  mapTtlMs: number;
  /** Bytes of tiles that are kept in memory. `CARTO_TILE_CACHE_BYTES` */
  tileCacheBytes: number;
  /** Tiles that are made for an account at once. `CARTO_TILE_WIDTH` */
  tileWidth: number;
  /** Tiles that an account may have waiting. `CARTO_TILE_QUEUE` */
  tileQueue: number;
  /** Processes that draw pictures of maps. `CARTO_RENDER_WIDTH` */
  renderWidth: number;
  /** Milliseconds that drawing one may take. `CARTO_RENDER_TIMEOUT_MS` */
  renderTimeoutMs: number;
  /** Named maps that an account may have. `CARTO_NAMED_MAPS` */
  namedMaps: number;
  /** Bytes of a request's parameters: the largest statement. `CARTO_BODY_MAX_BYTES` */
  bodyMaxBytes: number;
  /** Database connections of user SQL at most. `CARTO_DB_CONNECTIONS` */
  connections: number;
  /** Milliseconds that a request waits for a connection. `CARTO_DB_WAIT_MS` */
  waitMs: number;
  /** Requests that may wait for the embedded engine's one session. `CARTO_QUEUE` */
  queue: number;
  /** Milliseconds that running requests are given at shutdown. `CARTO_DRAIN_MS` */
  drainMs: number;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

const DEFAULTS: Limits = {
  anonymousTimeoutMs: 5 * SECOND,
  queryTimeoutMs: 25 * SECOND,
  copyTimeoutMs: 5 * HOUR,
  copyMaxBytes: 2 * 1024 ** 3,
  copyIdleMs: 300 * SECOND,
  jobTimeoutMs: 12 * HOUR,
  jobQueue: 64,
  jobWorkers: 4,
  jobTtlMs: 2 * HOUR,
  importMaxBytes: 5 * 1024 ** 3,
  importTimeoutMs: 6 * HOUR,
  importSlots: 10,
  importWorkers: 2,
  importTtlMs: 7 * 24 * HOUR,
  exportMaxBytes: 1024 ** 3,
  exportTimeoutMs: 300 * SECOND,
  exportWorkers: 2,
  exportQueue: 16,
  exportSpoolBytes: 8 * 1024 ** 3,
  gdalMemoryBytes: 1024 ** 3,
  syncMinIntervalS: MIN_SYNC_INTERVAL,
  mapTtlMs: 2 * HOUR,
  tileCacheBytes: 64 * 1024 ** 2,
  tileWidth: 8,
  tileQueue: 256,
  renderWidth: Math.max(1, availableParallelism() - 1),
  renderTimeoutMs: 15 * SECOND,
  namedMaps: 4_096,
  bodyMaxBytes: 16 * 1024 ** 2,
  connections: 32,
  waitMs: 30 * SECOND,
  queue: 64,
  drainMs: 10 * SECOND,
};

const VARIABLES: Readonly<Record<keyof Limits, string>> = {
  anonymousTimeoutMs: "CARTO_ANONYMOUS_TIMEOUT_MS",
  queryTimeoutMs: "CARTO_QUERY_TIMEOUT_MS",
  copyTimeoutMs: "CARTO_COPY_TIMEOUT_MS",
  copyMaxBytes: "CARTO_COPY_MAX_BYTES",
  copyIdleMs: "CARTO_COPY_IDLE_MS",
  jobTimeoutMs: "CARTO_JOB_TIMEOUT_MS",
  jobQueue: "CARTO_JOB_QUEUE",
  jobWorkers: "CARTO_JOB_WORKERS",
  jobTtlMs: "CARTO_JOB_TTL_MS",
  importMaxBytes: "CARTO_IMPORT_MAX_BYTES",
  importTimeoutMs: "CARTO_IMPORT_TIMEOUT_MS",
  importSlots: "CARTO_IMPORT_SLOTS",
  importWorkers: "CARTO_IMPORT_WORKERS",
  importTtlMs: "CARTO_IMPORT_TTL_MS",
  exportMaxBytes: "CARTO_EXPORT_MAX_BYTES",
  exportTimeoutMs: "CARTO_EXPORT_TIMEOUT_MS",
  exportWorkers: "CARTO_EXPORT_WORKERS",
  exportQueue: "CARTO_EXPORT_QUEUE",
  exportSpoolBytes: "CARTO_EXPORT_SPOOL_BYTES",
  gdalMemoryBytes: "CARTO_GDAL_MEMORY_BYTES",
  syncMinIntervalS: "CARTO_SYNC_MIN_INTERVAL_S",
  mapTtlMs: "CARTO_MAP_TTL_MS",
  tileCacheBytes: "CARTO_TILE_CACHE_BYTES",
  tileWidth: "CARTO_TILE_WIDTH",
  tileQueue: "CARTO_TILE_QUEUE",
  renderWidth: "CARTO_RENDER_WIDTH",
  renderTimeoutMs: "CARTO_RENDER_TIMEOUT_MS",
  namedMaps: "CARTO_NAMED_MAPS",
  bodyMaxBytes: "CARTO_BODY_MAX_BYTES",
  connections: "CARTO_DB_CONNECTIONS",
  waitMs: "CARTO_DB_WAIT_MS",
  queue: "CARTO_QUEUE",
  drainMs: "CARTO_DRAIN_MS",
};

/** How imports are done: what the caller sets, else the environment's. */
export function readImportConfig(
  overrides: Partial<ImportConfig>,
  env: Readonly<Record<string, string | undefined>>,
): ImportConfig {
  return Object.freeze({
    allowed: overrides.allowed ?? env["CARTO_IMPORT_ALLOW"] ?? "",
    ports: overrides.ports ?? (env["CARTO_IMPORT_PORTS"] || "80,443"),
    spoolDir: overrides.spoolDir ?? (env["CARTO_SPOOL_DIR"] || undefined),
  });
}

/** How GDAL is run: as the caller sets it, else the environment. */
export function readGdalConfig(
  overrides: Partial<GdalConfig>,
  env: Readonly<Record<string, string | undefined>>,
): GdalConfig {
  return Object.freeze({ ogr2ogr: overrides.ogr2ogr ?? (env["CARTO_OGR2OGR"] || undefined) });
}

/** Where files are made: as the caller sets it, else the environment, else among the system's temporary ones. */
export function readExportConfig(
  overrides: Partial<ExportConfig>,
  env: Readonly<Record<string, string | undefined>>,
): ExportConfig {
  return Object.freeze({ dir: overrides.dir ?? (env["CARTO_EXPORT_DIR"] || tmpdir()) });
}

/**
 * Where tiles are: what the caller sets, else the environment's.
 *
 * @throws Error naming the variable that is no address.
 */
export function readMapsConfig(
  overrides: Partial<MapsConfig>,
  env: Readonly<Record<string, string | undefined>>,
): MapsConfig {
  const subdomains = (env["CARTO_MAPS_CDN_SUBDOMAINS"] ?? "").split(",").map((name) => name.trim());
  return Object.freeze({
    cdnHttps: overrides.cdnHttps ?? address("CARTO_MAPS_CDN_HTTPS", env),
    cdnHttp: overrides.cdnHttp ?? address("CARTO_MAPS_CDN_HTTP", env),
    cdnSubdomains: overrides.cdnSubdomains ?? subdomains.filter((name) => name !== ""),
    mapnik: overrides.mapnik ?? env["CARTO_MAPNIK"] !== "off",
  });
}

/** A URL without a slash at its end; undefined where the variable isn't set. */
function address(variable: string, env: Readonly<Record<string, string | undefined>>): string | undefined {
  const text = env[variable];
  if (!text) return undefined;
  if (!/^https?:\/\/[^/?#]/.test(text)) {
    throw new Error(`${variable} must be an address such as https://cdn-{s}.example.org, not ${JSON.stringify(text)}`);
  }
  return text.replace(/\/+$/, "");
}

/**
 * The limits in force: what the caller sets, else the environment's, else the defaults.
 *
 * @throws Error naming the variable that is no positive number.
 */
export function readLimits(
  engine: DatabaseConfig["engine"],
  overrides: Partial<Limits>,
  env: Readonly<Record<string, string | undefined>>,
): Limits {
  const limits: Limits = { ...DEFAULTS };
  // One session can't be held for hours.
  if (engine === "pglite") limits.jobTimeoutMs = 600 * SECOND;
  for (const name of Object.keys(VARIABLES) as (keyof Limits)[]) {
    const text = env[VARIABLES[name]];
    if (text !== undefined && text !== "") limits[name] = positive(VARIABLES[name], text);
    limits[name] = overrides[name] ?? limits[name];
  }
  return Object.freeze(limits);
}

function positive(variable: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0)
    throw new Error(`${variable} must be a positive number, not ${JSON.stringify(text)}`);
  return value;
}
