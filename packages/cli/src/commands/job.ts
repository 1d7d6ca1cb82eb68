import type { Command } from "commander";
import { announceJob, type WaitFlags, waitForJob, writeJob, writeJobs } from "../batch/output.ts";
import { type CreateFlags, readJobQuery } from "../batch/query.ts";
import { reflow } from "../help.ts";
import { collect, parseSeconds } from "../options.ts";
import { writeJsonValue } from "../output/object.ts";
import { writeChunk } from "../output/sink.ts";
import { runs, type Session } from "../session.ts";

const GROUP = `Run SQL as batch jobs, which outlive the connection

Examples:
  $ carto-ts job create --wait "create table big as select …"
  $ id=$(carto-ts job create -f nightly.sql)     prints the id of the job
  $ carto-ts job wait "$id"
  $ carto-ts job list

Jobs need the master key. A job is printed for people on a terminal, as JSON in a pipe or with --json.`;

const CREATE = `Create a batch job and print its id

Examples:
  $ carto-ts job create "create table a as select …" "create index on a (b)"   one after the other
  $ carto-ts job create -f load.sql --onerror "insert into log values ('<%= error_message %>')"
  $ carto-ts job create -f plan.json             any form that the API takes
  $ carto-ts job create --wait --timeout 600 "vacuum analyze big"`;

const WAIT = `Wait until a job has ended

Examples:
  $ carto-ts job wait 8bf3d7c0-…
  $ carto-ts job wait --detach 8bf3d7c0-…        Ctrl-C leaves the job running

Exits with 0 when the job is done and with 3 when it failed. Ctrl-C cancels the job, unless --detach is given;
--timeout only ends the waiting.`;

/** `carto-ts job …`. */
export function addJob(program: Command, session: Session): void {
  const group = program.command("job").summary("create, follow, cancel and list batch jobs").description(reflow(GROUP));
  addCreate(group, session);
  addWait(group, session);
  addOthers(group, session);
}

function addCreate(group: Command, session: Session): void {
  const command = group
    .command("create")
    .summary("create a job and print its id")
    .description(reflow(CREATE))
    .argument("[queries...]", "SQL; without it and without --file it is read from standard input")
    .option("-f, --file <path>", "read a query, or a plan ending in .json (repeatable; - is standard input)", collect)
    .option("--onsuccess <sql>", "run this after all queries succeeded")
    .option("--onerror <sql>", "run this after a query failed")
    .option("-w, --wait", "wait until the job has ended")
    .option("--detach", "with --wait: Ctrl-C leaves the job running")
    .option("--interval <seconds>", "with --wait: time between two looks", parseSeconds);
  runs<[string[]], CreateFlags & WaitFlags & { wait?: boolean }>(
    command,
    session,
    async (context, [queries], flags) => {
      const query = await readJobQuery(context, queries, flags);
      const carto = await context.carto();
      context.doing = "create the job";
      const job = await carto.batch.create(query, { signal: context.signal });
      if (flags.wait) return waitForJob(context, carto, announceJob(context, job), flags);
      if (context.flags.json) await writeJsonValue(context.io, job);
      else await writeChunk(context.io.stdout, `${job.job_id}\n`, context.signal);
      return undefined;
    },
  );
}

function addWait(group: Command, session: Session): void {
  const command = group
    .command("wait")
    .summary("wait until a job has ended")
    .description(reflow(WAIT))
    .argument("<job-id>")
    .option("--detach", "Ctrl-C leaves the job running")
    .option("--interval <seconds>", "time between two looks", parseSeconds);
  runs<[string], WaitFlags>(command, session, async (context, [id], flags) =>
    waitForJob(context, await context.carto(), id, flags),
  );
}

function addOthers(group: Command, session: Session): void {
  const get = group.command("get").summary("show a job").description("Show a job").argument("<job-id>");
  runs<[string], object>(get, session, async (context, [id]) => {
    const carto = await context.carto();
    context.doing = `read job ${id}`;
    await writeJob(context, await carto.batch.get(id, { signal: context.signal }));
    return undefined;
  });
  const cancel = group
    .command("cancel")
    .summary("cancel a job")
    .description("Cancel a job; one that has ended stays as it is")
    .argument("<job-id>");
  runs<[string], object>(cancel, session, async (context, [id]) => {
    const carto = await context.carto();
    context.doing = `cancel job ${id}`;
    await writeJob(context, await carto.batch.cancel(id, { signal: context.signal }));
    return undefined;
  });
  const list = group
    .command("list")
    .summary("list the jobs")
    .description("List the jobs of the account, which servers of carto-ts can and CARTO's own can't");
  runs<[], object>(list, session, async (context) => {
    const carto = await context.carto();
    context.doing = "list the jobs";
    await writeJobs(context, await carto.batch.list({ signal: context.signal }));
    return undefined;
  });
}
