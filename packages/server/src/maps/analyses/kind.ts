import type { AnalysisParam, NodeColumn, NodeRows } from "./analysis-node.ts";

/** What an analysis' parameter may be. */
export interface ParamRule {
  type: "node" | "string" | "number" | "boolean" | "enum" | "strings" | "items";
  /** The values of an `enum`. */
  values?: readonly string[];
  /** What it is where it is left out; without one it must be there. */
  fallback?: AnalysisParam;
}

/** What the query of an analysis is made of. */
export interface NodeParts {
  params: Readonly<Record<string, AnalysisParam>>;
  /** Rows of what it is built upon, by the parameter's name. */
  inputs: Readonly<Record<string, NodeRows>>;
}

/** A type of analyses. */
export interface AnalysisKind {
  params: Readonly<Record<string, ParamRule>>;
  /** Finds what is wrong in parameters that are of the right types. @returns it in words, undefined for nothing */
  check?(params: Readonly<Record<string, AnalysisParam>>): string | undefined;
  /** Writes its query. */
  sql(parts: NodeParts): string;
  /** Whether its rows have the geometries of what it is built upon, in both projections. @defaultValue false */
  keepsGeometry?: boolean;
}

/** Functions by which values of many rows become one. */
export const AGGREGATES = ["avg", "count", "max", "min", "sum"] as const;

/** Columns that rows have as geometries. */
export const GEOMETRIES: readonly string[] = ["the_geom", "the_geom_webmercator"];

/** Another analysis. */
export const NODE: ParamRule = { type: "node" };
/** Text, such as the name of a column. */
export const STRING: ParamRule = { type: "string" };
/** A number, which may come as text. */
export const NUMBER: ParamRule = { type: "number" };

/** A parameter that may be left out, and is `fallback` then. */
export const optional = (rule: ParamRule, fallback: AnalysisParam = null): ParamRule => ({ ...rule, fallback });

/** Names of columns besides geometries, each once. */
export const valueColumns = (columns: readonly NodeColumn[]): string[] =>
  [...new Set(columns.map(({ name }) => name))].filter((name) => !GEOMETRIES.includes(name));

/** A parameter that is text. */
export const textOf = ({ params }: NodeParts, name: string): string => String(params[name]);

/** A parameter that is text or left out. */
export const textOrNull = ({ params }: NodeParts, name: string): string | null =>
  params[name] === null || params[name] === undefined ? null : String(params[name]);

/** A parameter that is a number. */
export const numberIn = ({ params }: NodeParts, name: string): number => Number(params[name]);

/** What an analysis is built upon. */
export function inputOf({ inputs }: NodeParts, name: string): NodeRows {
  const rows = inputs[name];
  if (!rows) throw new Error(`the analysis has no input ${name}`);
  return rows;
}
