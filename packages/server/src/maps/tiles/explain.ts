import type { Session, StatementOptions } from "../../db/engine.ts";
import type { ResultStream } from "../../db/result.ts";
import { fieldEnd, unescapeCopy } from "../../formats/copy-text.ts";

/** A node of a plan, in PostgreSQL's own words. */
export interface PlanNode {
  "Node Type": string;
  "Plan Rows": number;
  /** Bytes of a row. */
  "Plan Width": number;
  Alias?: string;
  Filter?: string;
  Plans?: readonly PlanNode[];
}

/** Nodes that give all rows of tables, whose numbers the planner knows. */
const WHOLE = new Set(["Seq Scan", "Append", "Gather", "Subquery Scan", "Sort", "Gather Merge"]);
/** Nodes that give some rows of a table, each once. */
const PARTS = new Set([...WHOLE, "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Bitmap Index Scan", "Limit"]);

/** Asks the planner how it would run a SELECT, without running it. */
export async function explain(session: Session, q: string, options?: StatementOptions): Promise<PlanNode> {
  const text = await firstField(await session.runOne(`EXPLAIN (FORMAT JSON) ${q}`, options));
  const [explained] = JSON.parse(text) as { Plan: PlanNode }[];
  return explained?.Plan ?? { "Node Type": "Result", "Plan Rows": 0, "Plan Width": 0 };
}

/** A plan's nodes, the top one first. */
export const nodesOf = (plan: PlanNode): PlanNode[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** Whether a plan gives all rows of its tables, so that the planner hardly errs in their number. */
export const isWholeTable = (plan: PlanNode): boolean =>
  nodesOf(plan).every((node) => WHOLE.has(node["Node Type"]) && node.Filter === undefined);

/** Whether a plan gives rows of one table, each at most once. */
export const isOneTable = (plan: PlanNode): boolean =>
  nodesOf(plan).every((node) => PARTS.has(node["Node Type"]) && node["Node Type"] !== "Append");

async function firstField(result: ResultStream): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const { text } of result.chunks) pieces.push(text);
  const text = Buffer.concat(pieces);
  return unescapeCopy(text, 0, fieldEnd(text, 0)).toString();
}
