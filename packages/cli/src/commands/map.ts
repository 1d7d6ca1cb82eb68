import { type Command, Option } from "commander";
import { reflow } from "../help.ts";
import { instantiateMap, type MapFlags } from "../maps/instantiate.ts";
import { type PreviewFlags, previewMap } from "../maps/preview.ts";
import { createMap, deleteMaps, getMap, listMaps, updateMap } from "../maps/templates.ts";
import { collect, parseBounds, parsePixels } from "../options.ts";
import { LIST_FORMATS, type ListFormat } from "../output/records.ts";
import { runs, type Session } from "../session.ts";

const GROUP = `Keep named maps, and make maps of them

Examples:
  $ carto-ts map create cities.json
  $ carto-ts map list
  $ carto-ts map get cities > cities.json
  $ carto-ts map instantiate cities --param least=100000

A named map is a template: a file of JSON with a name and a layergroup, which may have placeholders. To keep them needs
the master key; who may make a map of one, the template says.`;

const INSTANTIATE = `Make a map, and show where its tiles are

Examples:
  $ carto-ts map instantiate cities --param least=100000 --auth-token secret
  $ carto-ts map instantiate --config mapconfig.json --json | jq -r .tiles

The map lives as long as somebody asks for its tiles, and two hours longer.`;

const PREVIEW = `Draw a named map, or a table, into a PNG or JPEG

Examples:
  $ carto-ts map preview cities -o cities.png
  $ carto-ts map preview towns --param least=40 --bbox 0,40,4,43 --width 800 -o towns.jpg

A named map is shown as its template says; a table that no named map is called like, with all that is in it. The server
needs Mapnik for it.`;

/** `carto-ts map …`. */
export function addMap(program: Command, session: Session): void {
  const group = program.command("map").summary("keep named maps, and make maps of them").description(reflow(GROUP));
  const named = (name: string, summary: string, argument: readonly [string, string]): Command =>
    group
      .command(name)
      .summary(summary)
      .description(summary.charAt(0).toUpperCase() + summary.slice(1))
      .argument(...argument);
  const file = ["<file>", "its template, a file of JSON; - is standard input"] as const;
  runs<[string], object>(named("create", "keep a named map", file), session, createMap);
  runs<[string], object>(named("update", "replace a named map by another template", file), session, updateMap);
  runs<[string], object>(named("get", "print the template of a named map", ["<name>", "its name"]), session, getMap);
  const list = group
    .command("list")
    .summary("list the named maps")
    .description("List the named maps")
    .addOption(new Option("--format <format>", "table on a terminal, csv in a pipe").choices(LIST_FORMATS));
  runs<[], { format?: ListFormat }>(list, session, listMaps);
  const remove = named("delete", "delete named maps; maps made of them live on", ["<names...>", "their names"]);
  runs<[string[]], { yes?: boolean }>(remove.option("-y, --yes", "don't ask"), session, deleteMaps);
  const instantiate = group
    .command("instantiate")
    .summary("make a map")
    .description(reflow(INSTANTIATE))
    .argument("[name]", "a named map")
    .option("--config <file>", "a MapConfig instead; - is standard input")
    .option("--param <name=value>", "value of a placeholder (repeatable)", collect)
    .option("--auth-token <token>", "what opens the map (repeatable)", collect);
  runs<[string | undefined], MapFlags>(instantiate, session, instantiateMap);
  const preview = group
    .command("preview")
    .summary("draw a map into a file")
    .description(reflow(PREVIEW))
    .argument("<name>", "a named map, or a table")
    .requiredOption("-o, --output <file>", "a .png or .jpg; - is standard output")
    .option("--width <pixels>", "of the image", parsePixels, 640)
    .option("--height <pixels>", "of the image", parsePixels, 400)
    .option("--bbox <west,south,east,north>", "what it shows, in degrees", parseBounds)
    .option("--param <name=value>", "value of a placeholder (repeatable)", collect)
    .option("--auth-token <token>", "what opens the map (repeatable)", collect);
  runs<[string], PreviewFlags>(preview, session, previewMap);
}
