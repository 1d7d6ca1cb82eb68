import { DEFAULT_SYNC_INTERVAL } from "@carto-ts/protocol";
import { PlatformError } from "../http/errors.ts";
import type { Params } from "../http/params.ts";
import type { ImportOptions } from "../imports/import.ts";
import { toTableName } from "../imports/names/table-name.ts";
import { invalidUrl, parseImportOptions, readUrl } from "../imports/request.ts";

/** Seconds of the longest interval: what the database takes, half of it for safety. */
const MOST_S = 1_000_000_000;

/** A synchronization that is to be made. */
export interface SyncSpec {
  url: string;
  /** Seconds; 0 runs it on request alone. */
  intervalS: number;
  tableName: string | undefined;
  options: ImportOptions;
}

/** What is to change of one; undefined stays. */
export interface SyncEdit {
  url: string | undefined;
  intervalS: number | undefined;
  /** Parameters that say how the file is read, where any is there. */
  params: Params;
}

/** An answer of this API other than success. */
const refusal = (status: number, errors: string): PlatformError => new PlatformError(status, { errors });

/** Reads what is to be synchronized, and how. @throws PlatformError 400 in the contract's words */
export function parseSync(params: Params, minIntervalS: number): SyncSpec {
  refuseOtherSources(params);
  const url = parseUrl(params.text("url") ?? "");
  const tableName = params.text("table_name");
  return {
    url,
    intervalS: parseInterval(params, minIntervalS) ?? DEFAULT_SYNC_INTERVAL,
    tableName: tableName ? toTableName(tableName) : undefined,
    options: { ...parseImportOptions(params, refusal), collision: undefined },
  };
}

/** Reads what is to change. Fields that nobody can set are left out: clients send back all that they read. */
export function parseEdit(params: Params, minIntervalS: number): SyncEdit {
  const url = params.text("url");
  return {
    url: url === undefined ? undefined : parseUrl(url),
    intervalS: parseInterval(params, minIntervalS),
    params,
  };
}

/** Options with the changes that a request names. */
export function changeOptions(options: ImportOptions, params: Params): ImportOptions {
  const asked = parseImportOptions(params, refusal);
  const isThere = (name: string): boolean => params.text(name) !== undefined;
  return {
    ...options,
    ...(isThere("type_guessing") ? { typeGuessing: asked.typeGuessing } : {}),
    ...(isThere("quoted_fields_guessing") ? { quotedFieldsGuessing: asked.quotedFieldsGuessing } : {}),
    ...(isThere("content_guessing") ? { contentGuessing: asked.contentGuessing } : {}),
    ...(isThere("decimal_comma") ? { decimalComma: asked.decimalComma } : {}),
  };
}

function refuseOtherSources(params: Params): void {
  const others = ["connector", "service_name", "service_item_id", "remote_visualization_id"];
  if (!others.some((name) => params.raw(name))) return;
  throw refusal(400, 'Connectors disabled (1501): what works is the address of a file, in "url", by http or https');
}

function parseUrl(text: string): string {
  const url = readUrl(text);
  if (url === undefined) throw refusal(400, invalidUrl(text));
  return url;
}

function parseInterval(params: Params, minIntervalS: number): number | undefined {
  const text = params.text("interval")?.trim();
  if (text === undefined || text === "") return undefined;
  const seconds = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds > MOST_S) throw refusal(400, `Invalid interval: Sync interval must be at most ${MOST_S} seconds`);
  if (seconds === 0 || seconds >= minIntervalS) return seconds;
  throw refusal(400, `Invalid interval: Sync interval must be at least ${inWords(minIntervalS)}`);
}

const inWords = (seconds: number): string => (seconds % 60 === 0 ? `${seconds / 60} minutes` : `${seconds} seconds`);
