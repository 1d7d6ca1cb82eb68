import { Argument, type Command, Option } from "commander";
import { type DeleteFlags, deleteDatasets, renameDataset, setPrivacy } from "../datasets/change.ts";
import { type ListFlags, listDatasets } from "../datasets/list.ts";
import { showDataset } from "../datasets/show.ts";
import { reflow } from "../help.ts";
import { parseCount, parseList } from "../options.ts";
import { LIST_FORMATS } from "../output/records.ts";
import { runs, type Session } from "../session.ts";

const PRIVACIES = ["private", "public", "link"] as const;

const GROUP = `List, show, rename, publish and delete datasets

Examples:
  $ carto-ts dataset list
  $ carto-ts dataset show cities
  $ carto-ts dataset privacy cities public
  $ carto-ts dataset delete cities --yes

A dataset is a table with what people say of it. carto-ts import makes them. They need the master key; without one
what is public can be read.`;

const LIST = `List the datasets, those changed last first

Examples:
  $ carto-ts dataset list                            a table on a terminal, CSV in a pipe
  $ carto-ts dataset list --search city --order name --asc
  $ carto-ts dataset list --privacy public --format ndjson | jq .url

Rows are the planner's estimate. json and ndjson have everything that the server says of each.`;

const DELETE = `Delete datasets and their tables

Examples:
  $ carto-ts dataset delete cities                   asks first
  $ carto-ts dataset delete cities roads --yes
  $ carto-ts dataset delete cities --yes --force     also when maps show it

A dataset that maps show is left alone, with the exit code 6. With --force the maps that show nothing else are deleted
with it, and others lose its layers.`;

const ORDERS = [
  "name",
  "updated_at",
  "size",
  "mapviews",
  "favorited",
  "estimated_row_count",
  "privacy",
  "dependent_visualizations",
] as const satisfies readonly ListFlags["order"][];

/** `carto-ts dataset …`. */
export function addDataset(program: Command, session: Session): void {
  const group = program
    .command("dataset")
    .summary("list, show, rename, publish and delete datasets")
    .description(reflow(GROUP));
  addList(group, session);
  addShow(group, session);
  addChanges(group, session);
}

function addList(group: Command, session: Session): void {
  const list = group
    .command("list")
    .summary("list the datasets")
    .description(reflow(LIST))
    .option("--search <text>", "part of a name, a description or a tag")
    .option("--tags <tags>", "those with these tags: a,b", parseList)
    .addOption(new Option("--privacy <privacy>", "those that are so").choices(PRIVACIES))
    .addOption(new Option("--order <by>", "by default updated_at").choices(ORDERS))
    .option("--asc", "the smallest first")
    .option("--limit <count>", "at most so many; 0 is all", parseCount)
    .addOption(new Option("--format <format>", "table on a terminal, csv in a pipe").choices(LIST_FORMATS));
  runs<[], ListFlags>(list, session, listDatasets);
}

function addShow(group: Command, session: Session): void {
  const show = group
    .command("show")
    .summary("show a dataset")
    .description("Show a dataset: for people with its columns on a terminal, as JSON in a pipe or with --json")
    .argument("<dataset>", "name or id");
  runs<[string], object>(show, session, showDataset);
}

function addChanges(group: Command, session: Session): void {
  const rename = group
    .command("rename")
    .summary("rename a dataset and its table")
    .description("Rename a dataset and its table; maps follow, SQL that others wrote doesn't")
    .argument("<dataset>", "name or id")
    .argument("<name>", "new name");
  runs<[string, string], object>(rename, session, renameDataset);
  const privacy = group
    .command("privacy")
    .summary("set who may read a dataset")
    .description("Set who may read a dataset: only the account, everybody, or everybody who knows its address")
    .argument("<dataset>", "name or id")
    .addArgument(new Argument("<privacy>").choices(PRIVACIES));
  runs<[string, (typeof PRIVACIES)[number]], object>(privacy, session, setPrivacy);
  const remove = group
    .command("delete")
    .summary("delete datasets and their tables")
    .description(reflow(DELETE))
    .argument("<datasets...>", "names or ids")
    .option("-y, --yes", "don't ask")
    .option("--force", "also when maps show it");
  runs<[string[]], DeleteFlags>(remove, session, deleteDatasets);
}
