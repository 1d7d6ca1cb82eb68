import { Argument, type Command } from "commander";
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { readTree } from "../completion/tree.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { reflow } from "../help.ts";
import { writeChunk } from "../output/sink.ts";
import { runs, type Session } from "../session.ts";

const DESCRIPTION = `Print what a shell needs to complete commands and options

Examples:
  $ echo 'eval "$(carto-ts completion bash)"' >> ~/.bashrc
  $ carto-ts completion zsh > "\${fpath[1]}/_carto-ts"
  $ carto-ts completion fish > ~/.config/fish/completions/carto-ts.fish`;

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `carto-ts completion`. */
export function addCompletion(program: Command, session: Session): void {
  const command = program
    .command("completion")
    .summary("print shell completion")
    .description(reflow(DESCRIPTION))
    .addArgument(new Argument("<shell>").choices(Object.keys(SHELLS)));
  runs<[keyof typeof SHELLS], object>(command, session, async (context, [shell]) => {
    await writeChunk(context.io.stdout, SHELLS[shell](readTree(program)), context.signal);
    return undefined;
  });
}
