// Creates, reads, cancels and lists batch jobs.
//
//   node .generated/examples/batch-jobs.js create "select 1"    or: read ID, cancel ID, list
import { Carto } from "@carto-ts/sdk";

const [operation, argument = ""] = process.argv.slice(2);
const carto = Carto.fromEnv();

switch (operation) {
  case "create":
    console.log(await carto.batch.create(argument));
    break;
  case "read":
    console.log(await carto.batch.get(argument));
    break;
  case "cancel":
    console.log(await carto.batch.cancel(argument));
    break;
  case "list":
    for (const { job_id, status, created_at } of await carto.batch.list()) console.log(job_id, status, created_at);
    break;
  default:
    console.error("say create, read, cancel or list");
    process.exitCode = 2;
}
