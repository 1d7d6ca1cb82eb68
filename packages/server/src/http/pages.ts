import type { Context } from "hono";
import { originOf } from "./account.ts";
import type { Env } from "./env.ts";
import { HttpError } from "./errors.ts";
import type { Params } from "./params.ts";

/** A page of a list. */
export interface PageOf {
  /** 1 is the first. */
  page: number;
  perPage: number;
}

const DEFAULT_PER_PAGE = 20;
/** Neither a page nor its size is larger, so that where a page begins still is a bigint of PostgreSQL's. */
const MAX = 2 ** 31 - 1;

/** Reads `page` and `per_page`. @throws {@link HttpError} 400 where one is no number above zero. */
export function parsePage(params: Params): PageOf {
  return { page: parseCount(params, "page", 1), perPage: parseCount(params, "per_page", DEFAULT_PER_PAGE) };
}

function parseCount(params: Params, name: string, fallback: number): number {
  const text = params.text(name);
  if (text === undefined || text === "") return fallback;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new HttpError(400, `Wrong '${name}' parameter value.`);
  return Math.min(count, MAX);
}

/** Parameters that no link repeats: keys stay out of URLs. */
const UNLINKED = ["api_key", "map_key", "callback", "page", "per_page"];

/** Where the other pages of a list of `total` are: the first and the last, and those beside this one. */
export function pageLinks(c: Context<Env>, { page, perPage }: PageOf, total: number): Record<string, { href: string }> {
  const { pathname, searchParams } = new URL(c.req.url);
  for (const name of UNLINKED) searchParams.delete(name);
  const link = (to: number): { href: string } => {
    const query = new URLSearchParams([...searchParams, ["page", String(to)], ["per_page", String(perPage)]]);
    return { href: `${originOf(c)}${pathname}?${query}` };
  };
  const last = Math.max(1, Math.ceil(total / perPage));
  return {
    first: link(1),
    ...(page > 1 ? { prev: link(Math.min(page - 1, last)) } : {}),
    ...(page < last ? { next: link(page + 1) } : {}),
    last: link(last),
  };
}
