import type { DatasetListParams } from "@carto-ts/protocol";
import { HttpError } from "../http/errors.ts";
import { parsePage } from "../http/pages.ts";
import type { Params } from "../http/params.ts";

/** One of the things that a list is ordered by. */
export interface OrderTerm {
  by: NonNullable<DatasetListParams["order"]>;
  descending: boolean;
}

/** West, south, east and north, in degrees. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** Which datasets a list has, and which page of them. */
export interface ListFilter {
  /** 1 is the first. */
  page: number;
  perPage: number;
  order: readonly OrderTerm[];
  /** In lower case; each is part of a name, a description or a tag. */
  words: readonly string[];
  /** In lower case; part of the tags, joined by `, `. */
  tags: string | undefined;
  privacy: string | undefined;
  locked: boolean | undefined;
  /** Whether only those with a name to be shown count. */
  titled: boolean;
  /** Whether only those that others may read count. */
  published: boolean;
}

/** What a list tells of each of its datasets. */
export interface Shown {
  table: boolean;
  size: boolean;
  permission: boolean;
  /** Whether the table in it tells its permission. */
  tablePermission: boolean;
  liked: boolean;
  builder: boolean;
  /** Whether the maps that show it are told. */
  dependents: boolean;
  /** Whether the tables that it shows are told. */
  related: boolean;
}

/** What `GET /api/v1/viz` asks for. */
export interface ListQuery {
  filter: ListFilter;
  box: Box | undefined;
  /** Whether datasets are among what is asked for, and not only maps. */
  datasets: boolean;
  /** Whether only what is never there is asked for: shared ones, liked ones, … */
  nothing: boolean;
  shown: Shown;
  totals: boolean;
  observatoryTotals: boolean;
}

const ORDERS: readonly OrderTerm["by"][] = [
  "name",
  "updated_at",
  "size",
  "mapviews",
  "favorited",
  "estimated_row_count",
  "privacy",
  "dependent_visualizations",
];
const COMBINABLE: readonly OrderTerm["by"][] = [
  "name",
  "updated_at",
  "favorited",
  "privacy",
  "dependent_visualizations",
];
const DIRECTIONS = ["asc", "desc"];
const LATEST: OrderTerm = { by: "updated_at", descending: true };

/** Filters that leave no dataset: nobody shares, likes or subscribes to anything here. */
const NEVER = ["only_liked", "subscribed", "sample"];

/** Reads the parameters of `GET /api/v1/viz`. Pure. @throws {@link HttpError} 400 with the contract's texts. */
export function parseList(params: Params): ListQuery {
  const types = list(params.text("types") || params.text("type") || "derived");
  return {
    filter: {
      ...parsePage(params),
      order: parseOrder(params, ORDERS),
      words: (readText(params, "q") ?? "").toLowerCase().split(/\s+/).filter(Boolean),
      tags: parseTags(readText(params, "tags")),
      privacy: readText(params, "privacy"),
      locked: parseBoolean(params.text("locked")),
      titled: is(params, "only_with_display_name", "true"),
      published: is(params, "only_published", "true"),
    },
    box: parseBox(params.text("bbox"), types),
    datasets: types.includes("table"),
    nothing: sharing(params) === "only" || NEVER.some((name) => is(params, name, "true")),
    shown: parseShown(params),
    totals: !is(params, "load_totals", "false"),
    observatoryTotals: is(params, "load_do_totals", "true"),
  };
}

const wrong = (name: string, valid?: readonly string[]): HttpError => {
  const values = valid === undefined ? "" : ` Valid values are one of ${valid.join(", ")}`;
  return new HttpError(400, `Wrong '${name}' parameter value.${values}`);
};

const list = (text: string): string[] => text.split(",").map((item) => item.trim());
const is = (params: Params, name: string, value: string): boolean => params.text(name) === value;

/** PostgreSQL's text can't hold a NUL, so that nothing has one. */
function readText(params: Params, name: string): string | undefined {
  const text = params.text(name);
  if (text?.includes("\0")) throw wrong(name);
  return text || undefined;
}

const parseTags = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : list(text.toLowerCase()).join(", ");

const parseBoolean = (text: string | undefined): boolean | undefined =>
  text === "true" ? true : text === "false" ? false : undefined;

function parseOrder(params: Params, valid: readonly OrderTerm["by"][], first: OrderTerm = LATEST): OrderTerm[] {
  const names = list(params.text("order") || first.by);
  const directions = list((params.text("order_direction") || (first.descending ? "desc" : "asc")).toLowerCase());
  if (directions.some((direction) => !DIRECTIONS.includes(direction))) throw wrong("order_direction", DIRECTIONS);
  const terms = names.map((name, at) => {
    const by = valid.find((known) => known === name);
    if (by === undefined) throw wrong("order", valid);
    return { by, descending: (directions[at] ?? directions.at(-1)) === "desc" };
  });
  if (terms.length > 1 && terms.some(({ by }) => !COMBINABLE.includes(by))) {
    throw new HttpError(400, `Wrong 'order' parameter combination. Valid values to combine: ${COMBINABLE.join(", ")}`);
  }
  return terms;
}

function parseBox(text: string | undefined, types: readonly string[]): Box | undefined {
  if (text === undefined || text === "") return undefined;
  if (types.length !== 1 || types[0] !== "table") {
    throw new HttpError(400, "Filter by bbox is only supported for type table");
  }
  const [west, south, east, north, ...more] = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : +part));
  const box = [west, south, east, north];
  if (more.length > 0 || !box.every(Number.isFinite)) throw wrong("bbox");
  return box as unknown as Box;
}

function sharing(params: Params): string {
  const shared = params.text("shared");
  if (shared) return shared;
  return is(params, "only_shared", "true") ? "only" : "yes";
}

function parseShown(params: Params): Shown {
  const shows = (name: string): boolean => !is(params, `show_${name}`, "false");
  return {
    table: shows("table"),
    size: shows("table_size_and_row_count"),
    permission: shows("permission"),
    tablePermission: shows("permission"),
    liked: shows("liked"),
    builder: shows("uses_builder_features"),
    dependents: asksDependents(params),
    related: false,
  };
}

const asksDependents = (params: Params): boolean => Number(params.text("with_dependent_visualizations")) > 0;

/** What `GET /api/v1/viz/:id` asks to be told beyond what it always tells. */
export function parseShow(params: Params): Shown & { user: boolean; relatedMaps: boolean } {
  const shows = (name: string): boolean => is(params, name, "true");
  return {
    table: true,
    size: true,
    permission: shows("show_permission"),
    tablePermission: !is(params, "show_permission", "false"),
    liked: shows("show_liked"),
    builder: true,
    dependents: asksDependents(params),
    related: true,
    user: shows("fetch_user"),
    relatedMaps: shows("fetch_related_canonical_visualizations"),
  };
}

/** Reads the parameters of `GET /api/v4/datasets`. Pure. @throws {@link HttpError} 400 with the contract's texts. */
export function parseDatasetList(params: Params): ListQuery {
  return {
    filter: {
      ...parsePage(params),
      order: parseOrder(params, ["name", "updated_at"], { by: "name", descending: false }),
      words: [],
      tags: undefined,
      privacy: undefined,
      locked: undefined,
      titled: false,
      published: false,
    },
    box: undefined,
    datasets: true,
    nothing: false,
    shown: { ...parseShown(params), size: false },
    totals: false,
    observatoryTotals: false,
  };
}
