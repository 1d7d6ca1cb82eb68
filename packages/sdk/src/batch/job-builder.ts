import type { JobPlan, JobStep } from "@carto-ts/protocol";
import { type SqlText, toSql } from "../sql-text.ts";

/** What goes with a step of a job. */
export interface StepOptions {
  /** Run after the step succeeded; `<%= job_id %>` is replaced. */
  onsuccess?: string | SqlText;
  /** Run after the step failed; `<%= job_id %>` and `<%= error_message %>` are replaced, unquoted. */
  onerror?: string | SqlText;
  /** Milliseconds that the step may take. */
  timeout?: number;
  /** A name of your own. */
  id?: string;
}

/**
 * Builds a job of several steps with fallbacks. Each method returns a new builder.
 *
 * @example
 * ```ts
 * const plan = new JobBuilder()
 *   .step("create table big as select …", { onerror: "insert into log values ('<%= job_id %>')" })
 *   .onSuccess("analyze big");
 * await carto.batch.create(plan);
 * ```
 */
export class JobBuilder {
  readonly #plan: JobPlan;

  constructor(plan: JobPlan = { query: [] }) {
    this.#plan = plan;
  }

  /** Adds a step, run after those before it succeeded. */
  step(query: string | SqlText, { onsuccess, onerror, ...rest }: StepOptions = {}): JobBuilder {
    const step: JobStep = { query: toSql(query), ...rest };
    if (onsuccess !== undefined) step.onsuccess = toSql(onsuccess);
    if (onerror !== undefined) step.onerror = toSql(onerror);
    return new JobBuilder({ ...this.#plan, query: [...this.#plan.query, step] });
  }

  /** Sets what runs after every step succeeded. */
  onSuccess(query: string | SqlText): JobBuilder {
    return new JobBuilder({ ...this.#plan, onsuccess: toSql(query) });
  }

  /** Sets what runs after a step failed. */
  onError(query: string | SqlText): JobBuilder {
    return new JobBuilder({ ...this.#plan, onerror: toSql(query) });
  }

  /** The job as it is sent. */
  toPlan(): JobPlan {
    return this.#plan;
  }
}
