import { createHash } from "node:crypto";
import type { AnalysisNode, AnalysisParam, FilterItem } from "../analyses/analysis-node.ts";
import type { AnalysisKind, ParamRule } from "../analyses/kind.ts";
import { ANALYSIS_KINDS } from "../analyses/kinds.ts";
import { type MapError, mapError } from "../map-error.ts";
import { type Fields, idOf, isFields, isNothing, numberOf, shown, textsOf } from "./fields.ts";
import { cleanSql } from "./sql-text.ts";

/** Analyses with those that they are built upon, which a map may have at most. */
const MAX_NODES = 200;

/** Analyses, and what layers, dataviews and filters name them by. */
export interface Analyses {
  roots: readonly AnalysisNode[];
  /** Those with ids, also those that others are built upon. */
  byId: ReadonlyMap<string, AnalysisNode>;
}

/** Reads the analyses of a MapConfig. @throws {@link MapError} of the type `analysis` */
export function readAnalyses(given: unknown): Analyses {
  if (isNothing(given)) return { roots: [], byId: new Map() };
  if (!Array.isArray(given)) throw mapError('"analyses" must be an array', { type: "analysis" });
  const byId = new Map<string, AnalysisNode>();
  let count = 0;
  const read = (item: unknown): AnalysisNode => {
    if (++count > MAX_NODES) {
      throw mapError(`The map has more than ${MAX_NODES} analyses: make several maps of it`, { type: "analysis" });
    }
    const node = readAnalysis(item, read);
    if (node.id !== undefined) byId.set(node.id, node);
    return node;
  };
  return { roots: given.map(read), byId };
}

function readAnalysis(given: unknown, readInput: (given: unknown) => AnalysisNode): AnalysisNode {
  const fields: Fields = isFields(given) ? given : {};
  const { type } = fields;
  const kind = typeof type === "string" ? ANALYSIS_KINDS.get(type) : undefined;
  if (typeof type !== "string" || kind === undefined) throw analysisError(fields, unknownType(type));
  const all = isFields(fields["params"]) ? fields["params"] : {};
  const params: Record<string, AnalysisParam> = {};
  const inputs: Record<string, AnalysisNode> = {};
  for (const [name, rule] of Object.entries(kind.params)) {
    const value = all[name];
    if (isNothing(value) && rule.fallback === undefined) {
      throw analysisError(fields, `Missing required param "${name}"`);
    }
    if (rule.type === "node") inputs[name] = readInput(checkNode(fields, name, value));
    else params[name] = isNothing(value) ? (rule.fallback ?? null) : readParam(fields, { name, rule, value });
  }
  refuseWrong(fields, kind, params);
  if (type === "source") params["query"] = cleanSql(String(params["query"]));
  return { id: idOf(fields["id"]), type, hash: hashOf(type, fields["params"]), params, inputs };
}

const unknownType = (type: unknown): string =>
  `Unknown analysis type: "${shown(type)}". This server has analyses of the types ${[...ANALYSIS_KINDS.keys()].join(", ")}`;

/** The same for the same definition, whatever it is called. */
const hashOf = (type: string, params: unknown): string =>
  createHash("sha1").update(JSON.stringify({ type, params })).digest("hex");

function refuseWrong(fields: Fields, kind: AnalysisKind, params: Readonly<Record<string, AnalysisParam>>): void {
  const wrong = kind.check?.(params);
  if (wrong !== undefined) throw analysisError(fields, wrong);
}

function checkNode(fields: Fields, name: string, value: unknown): Fields {
  if (isFields(value)) return value;
  throw analysisError(fields, wrongType(name, "node", value));
}

const EXPECTED: Readonly<Record<ParamRule["type"], string>> = {
  node: "node",
  string: "string",
  number: "number",
  boolean: "boolean",
  enum: "enum",
  strings: "array",
  items: "array",
};

const wrongType = (name: string, type: ParamRule["type"], value: unknown): string =>
  `Invalid type for param "${name}", expects "${EXPECTED[type]}" type, got \`${shown(value)}\``;

function readParam(
  fields: Fields,
  { name, rule, value }: { name: string; rule: ParamRule; value: unknown },
): AnalysisParam {
  const read = paramOf(rule, value);
  if (read !== undefined) return read;
  throw analysisError(
    fields,
    rule.type === "enum"
      ? `Invalid value for param "${name}", it must be one of ${rule.values?.join(", ")}, got \`${shown(value)}\``
      : wrongType(name, rule.type, value),
  );
}

function paramOf({ type, values }: ParamRule, value: unknown): AnalysisParam | undefined {
  switch (type) {
    case "string":
      return typeof value === "string" ? value : undefined;
    case "number":
      return numberOf(value);
    case "boolean":
      return typeof value === "boolean" ? value : undefined;
    case "enum":
      return typeof value === "string" && values?.includes(value) ? value : undefined;
    case "strings":
      return textsOf(value);
    case "items":
      return Array.isArray(value) && value.every(isItem) ? value : undefined;
    case "node":
      return undefined;
  }
}

const isItem = (value: unknown): value is FilterItem => value === null || typeof value !== "object";

/** An error of one analysis, which its context names. */
export function analysisError({ id, type }: Fields, message: string): MapError {
  return mapError(message, { type: "analysis", analysis: { id: idOf(id), type: shown(type) } });
}
