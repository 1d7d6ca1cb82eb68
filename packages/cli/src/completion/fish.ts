import type { CommandNode, OptionNode } from "./tree.ts";

/** Completion for fish: `carto-ts completion fish > ~/.config/fish/completions/carto-ts.fish`. */
export function fishCompletion(root: CommandNode): string {
  const common = root.options.map((option) => optionLine(root.name, undefined, option));
  return `# fish completion of ${root.name}\n${[...common, ...linesOf(root, root.name, root.options)].join("\n")}\n`;
}

function linesOf(node: CommandNode, program: string, common: readonly OptionNode[]): string[] {
  const names = node.commands.map((command) => command.name).join(" ");
  const here =
    node.path === "" ? "__fish_use_subcommand" : `${seen(node)}; and not __fish_seen_subcommand_from ${names}`;
  const commands = node.commands.map(
    (command) => `complete -c ${program} -f -n ${quote(here)} -a ${command.name} -d ${quote(command.summary)}`,
  );
  const own = node.options.filter((option) => !common.includes(option));
  const options = own.map((option) => optionLine(program, seen(node), option));
  return [...commands, ...options, ...node.commands.flatMap((command) => linesOf(command, program, common))];
}

function seen(node: CommandNode): string {
  return node.path
    .split(" ")
    .map((name) => `__fish_seen_subcommand_from ${name}`)
    .join("; and ");
}

function optionLine(program: string, condition: string | undefined, option: OptionNode): string {
  const when = condition === undefined ? "" : ` -n ${quote(condition)}`;
  const short = option.short ? ` -s ${option.short.slice(1)}` : "";
  const value = option.choices.length > 0 ? ` -x -a ${quote(option.choices.join(" "))}` : option.valued ? " -r" : "";
  return `complete -c ${program}${when} -l ${option.long.slice(2)}${short}${value} -d ${quote(option.description)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
