// Runs statements as a batch job and waits for its end. Ctrl-C cancels the job.
//
//   node .generated/examples/batch-wait.js "create table big as select …" "analyze big"
import { Carto, JobError } from "@carto-ts/sdk";

const queries = process.argv.slice(2);
const carto = Carto.fromEnv();
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());

const job = await carto.batch.create(queries);
try {
  const done = await carto.batch.wait(job, {
    signal: interrupted.signal,
    timeout: 3_600_000,
    onProgress: ({ status }) => console.log(status),
  });
  console.log(`job ${done.job_id} is ${done.status}`);
} catch (error) {
  if (error instanceof JobError) console.error(`job ${job.job_id} is ${error.job.status}: ${error.job.failed_reason}`);
  else if (interrupted.signal.aborted) console.error((await carto.batch.cancel(job.job_id)).status);
  else throw error;
  process.exitCode = 1;
}
