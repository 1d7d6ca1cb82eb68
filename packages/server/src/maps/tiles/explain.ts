import type { Session, StatementOptions } from "../../db/engine.ts";
import type { ResultStream } from "../../db/result.ts";
import { fieldEnd, unescapeCopy } from "../../formats/copy-text.ts";

/** What the planner expects of a query. */
export interface Estimate {
  rows: number;
  /** Bytes of a row. */
  width: number;
}

/** Asks the planner what a SELECT would give, without running it. */
export async function estimate(session: Session, q: string, options?: StatementOptions): Promise<Estimate> {
  const text = await firstField(await session.runOne(`EXPLAIN (FORMAT JSON) ${q}`, options));
  const [explained] = JSON.parse(text) as { Plan: { "Plan Rows": number; "Plan Width": number } }[];
  return { rows: explained?.Plan["Plan Rows"] ?? 0, width: explained?.Plan["Plan Width"] ?? 0 };
}

async function firstField(result: ResultStream): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const { text } of result.chunks) pieces.push(text);
  const text = Buffer.concat(pieces);
  return unescapeCopy(text, 0, fieldEnd(text, 0)).toString();
}
