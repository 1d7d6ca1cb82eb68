import { Argument, type Command, Option } from "commander";
import { reflow } from "../help.ts";
import { parseEvery } from "../options.ts";
import { LIST_FORMATS, type ListFormat } from "../output/records.ts";
import { runs, type Session } from "../session.ts";
import { deleteSync, listSyncs, setInterval, showSync, syncNow } from "../synchronizations/actions.ts";

const GROUP = `List, run, change and end synchronizations

Examples:
  $ carto-ts import https://example.com/cities.csv --sync 1h   makes one
  $ carto-ts sync list
  $ carto-ts sync now cities --wait
  $ carto-ts sync every cities 1d
  $ carto-ts sync delete cities                                the dataset stays

A synchronization keeps a dataset as the file at a URL is: the server looks every so often, and loads the file when it
is another one. Where that fails the dataset stays as it was, and the error is in the list. They need the master key.`;

const NOW = `Have a dataset synchronized now

Examples:
  $ carto-ts sync now cities
  $ carto-ts sync now cities --wait     exits with 3 when the file can't be loaded

Refused with the exit code 6 while a run is on its way, and for 15 minutes after the last one.`;

/** `carto-ts sync …`. */
export function addSync(program: Command, session: Session): void {
  const group = program
    .command("sync")
    .summary("list, run, change and end synchronizations")
    .description(reflow(GROUP));
  const list = group
    .command("list")
    .summary("list the synchronizations")
    .description("List the synchronizations, the oldest first")
    .addOption(new Option("--format <format>", "table on a terminal, csv in a pipe").choices(LIST_FORMATS));
  runs<[], { format?: ListFormat }>(list, session, listSyncs);
  const show = group
    .command("show")
    .summary("show a synchronization")
    .description("Show a synchronization: for people on a terminal, as JSON in a pipe or with --json")
    .argument("<dataset>", "name of the dataset, or id of the synchronization");
  runs<[string], object>(show, session, showSync);
  const now = group
    .command("now")
    .summary("have a dataset synchronized now")
    .description(reflow(NOW))
    .argument("<dataset>", "name of the dataset, or id of the synchronization")
    .option("-w, --wait", "wait until it has ended");
  runs<[string], { wait?: boolean }>(now, session, syncNow);
  addChanges(group, session);
}

function addChanges(group: Command, session: Session): void {
  const every = group
    .command("every")
    .summary("change how often a dataset is synchronized")
    .description("Change how often a dataset is synchronized; manual is only when asked")
    .argument("<dataset>", "name of the dataset, or id of the synchronization")
    .addArgument(new Argument("<interval>", "15m, 1h, 1d, a number of seconds, or manual").argParser(parseEvery));
  runs<[string, number], object>(every, session, setInterval);
  const remove = group
    .command("delete")
    .summary("end a synchronization")
    .description("End a synchronization; the dataset stays as it is")
    .argument("<dataset>", "name of the dataset, or id of the synchronization");
  runs<[string], object>(remove, session, deleteSync);
}
