import type { Command } from "commander";

/** One option as shells offer it. */
export interface OptionNode {
  /** `--format` */
  long: string;
  /** `-f` */
  short: string | undefined;
  description: string;
  /** Whether a value follows. */
  valued: boolean;
  choices: readonly string[];
}

/** One command as shells offer it. */
export interface CommandNode {
  /** Names from the program's first command on, joined by blanks; empty for the program itself. */
  path: string;
  name: string;
  summary: string;
  options: readonly OptionNode[];
  commands: readonly CommandNode[];
}

/** What of a program can be completed: its commands, with the program's own options in each of them. */
export function readTree(program: Command): CommandNode {
  return readCommand(program, [], optionsOf(program));
}

function readCommand(command: Command, path: readonly string[], common: readonly OptionNode[]): CommandNode {
  const own = path.length === 0 ? [] : optionsOf(command);
  return {
    path: path.join(" "),
    name: command.name(),
    summary: command.summary() || (command.description().split("\n")[0] ?? ""),
    options: [...own, ...common],
    commands: command.commands.map((child) => readCommand(child, [...path, child.name()], common)),
  };
}

function optionsOf(command: Command): OptionNode[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      long: option.long ?? "",
      short: option.short,
      description: option.description,
      valued: option.required || option.optional,
      choices: option.argChoices ?? [],
    }));
}

/** A command and all below it. */
export function flatten(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(flatten)];
}
