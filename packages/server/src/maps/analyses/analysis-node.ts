/** One analysis, with those that it is built upon. */
export interface AnalysisNode {
  /** What layers, dataviews and filters name it by; undefined for one that only another is built upon. */
  id: string | undefined;
  type: string;
  /** sha1 of its definition, in hex: the same for the same definition. */
  hash: string;
  /** Its parameters besides {@link inputs}, checked and with every default in them; null for those left out. */
  params: Readonly<Record<string, AnalysisParam>>;
  /** What it is built upon, by the parameter's name. */
  inputs: Readonly<Record<string, AnalysisNode>>;
}

/** A parameter's value; null for none. */
export type AnalysisParam = string | number | boolean | readonly string[] | readonly FilterItem[] | null;

/** A value that filters by categories look for. */
export type FilterItem = string | number | boolean | null;

/** A column of an analysis' rows. */
export interface NodeColumn {
  name: string;
  /** OID of its type. */
  oid: number;
}

/** The query of an analysis, and what its rows have. */
export interface NodeRows {
  /** A SELECT that may stand in brackets, with a newline behind it. */
  sql: string;
  columns: readonly NodeColumn[];
}

/** Every analysis of a tree, those before it that it is built upon; of the same ones with the same name, one. */
export function nodesIn(roots: readonly AnalysisNode[]): readonly AnalysisNode[] {
  const nodes = new Map<string, AnalysisNode>();
  const add = (node: AnalysisNode): void => {
    for (const input of Object.values(node.inputs)) add(input);
    nodes.set(JSON.stringify([node.hash, node.id]), node);
  };
  for (const root of roots) add(root);
  return [...nodes.values()];
}

/** The query of an analysis of the type `source`, as it was given; undefined for one of another type. */
export const sourceQuery = ({ type, params }: AnalysisNode): string | undefined =>
  type === "source" && typeof params["query"] === "string" ? params["query"] : undefined;
