import { createHash } from "node:crypto";
import type { ResponseHeaders } from "../http/reply.ts";
import { fullName } from "./layergroup/affected-tables.ts";
import type { AffectedTable } from "./layergroup/layergroup.ts";

/** What an answer is made of: the same for all answers of a map. */
export interface CacheSources {
  /** Name of the database. */
  database: string;
  tables: readonly AffectedTable[];
  /** The named map that it belongs to. */
  template: { account: string; name: string } | undefined;
}

/** By what caches drop answers when a table or a template changes. */
export interface CacheChannel {
  headers: Readonly<ResponseHeaders>;
  /** Whether all tables are in it; they are not where they are more than a header holds. */
  isWhole: boolean;
}

/** How an answer may be kept, as caches are told. */
export interface CacheFacts {
  /** What {@link cacheChannel} gives. */
  channel: CacheChannel;
  /** When the tables were changed last, in milliseconds since 1970; 0 for unknown. */
  changedAt: number;
  /** Whether all tables tell when they were changed. */
  allTell: boolean;
  /** Whether only who has the key in the request's header may keep it. */
  isPrivate: boolean;
}

/** Seconds that an answer to an instantiation may be kept. */
export const INSTANTIATION_SECONDS = 86_400;
const YEAR_SECONDS = 31_536_000;
/** Characters of the tables' names; proxies and clients refuse answers with longer heads. */
const MOST_CHARACTERS = 4_000;
/** Milliseconds after which tables that don't tell of changes are looked at again: at the next multiple of this. */
const UNTOLD_MS = 300_000;

/** Cache headers of an instantiation that was asked for by GET. */
export function instantiationHeaders(facts: CacheFacts): ResponseHeaders {
  return {
    "Cache-Control": `${scopeOf(facts)},max-age=${INSTANTIATION_SECONDS},must-revalidate`,
    ...facts.channel.headers,
    "Last-Modified": httpDate(facts.changedAt),
  };
}

/**
 * Cache headers of a tile, and of everything else that shows a map's data.
 *
 * @param cacheBuster What the token says after its colon; undefined without. An address that doesn't say when the tables
 * were changed last is asked for again after the next change: what is behind it must not be kept.
 */
export function dataHeaders(facts: CacheFacts, cacheBuster: string | undefined): ResponseHeaders {
  const { changedAt } = facts;
  const buster = cacheBuster === undefined ? undefined : Number(cacheBuster);
  const isNamedByTime = changedAt === 0 || (buster !== undefined && buster >= changedAt);
  const age = isNamedByTime ? `max-age=${maxAgeOf(facts)}` : "max-age=0,must-revalidate";
  return {
    "Cache-Control": `${scopeOf(facts)},${age}`,
    ...facts.channel.headers,
    "Last-Modified": httpDate(buster ?? changedAt),
  };
}

const scopeOf = ({ isPrivate }: CacheFacts): string => (isPrivate ? "private" : "public");

/** Seconds: for good where the address changes with the data. */
function maxAgeOf({ allTell, channel }: CacheFacts): number {
  return allTell && channel.isWhole
    ? YEAR_SECONDS
    : Math.max(1, Math.ceil((UNTOLD_MS - (Date.now() % UNTOLD_MS)) / 1_000));
}

/** Names an answer's sources to caches. */
export function cacheChannel({ database, tables, template }: CacheSources): CacheChannel {
  const headers: ResponseHeaders = {};
  const channel = channelOf({ database, tables });
  if (channel) headers["X-Cache-Channel"] = channel;
  const ofTables = channel ? tables.map((table) => `t:${shortHash(`${database}:${fullName(table)}`)}`) : [];
  const keys = [...(template ? [templateKey(template)] : []), ...ofTables.sort()];
  if (keys.length > 0) headers["Surrogate-Key"] = keys.join(" ");
  return { headers, isWhole: channel !== undefined };
}

/** Empty for no tables; undefined for more than a header holds. */
function channelOf({ database, tables }: Pick<CacheSources, "database" | "tables">): string | undefined {
  if (tables.length === 0) return "";
  const channel = `${database}:${asciiOf(tables.map(fullName).join())}`;
  return channel.length <= MOST_CHARACTERS ? channel : undefined;
}

/** Surrogate key of everything that is made of a named map. */
export const templateKey = ({ account, name }: { account: string; name: string }): string =>
  `n:${shortHash(`${account}:${name}`)}`;

const shortHash = (text: string): string => createHash("sha256").update(text).digest("base64").slice(0, 6);

/** Headers hold ASCII alone; table names may be anything. */
const asciiOf = (text: string): string => text.replace(/[^\x21-\x7e]/gu, (character) => encodeURIComponent(character));

/** A time as HTTP writes it; now where there is none. */
function httpDate(ms: number): string {
  const date = new Date(ms);
  return (ms > 0 && !Number.isNaN(date.getTime()) ? date : new Date()).toUTCString();
}
