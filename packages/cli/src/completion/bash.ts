import { type CommandNode, flatten } from "./tree.ts";

/** Completion for bash: `eval "$(carto-ts completion bash)"`. */
export function bashCompletion(root: CommandNode): string {
  const nodes = flatten(root);
  const paths = nodes.filter((node) => node.path !== "").map((node) => `"${node.path}"`);
  const choices = nodes.flatMap((node) =>
    node.options
      .filter((option) => option.choices.length > 0)
      .map((option) => `    "${node.path}:${option.long}") words="${option.choices.join(" ")}" ;;`),
  );
  const words = nodes.map((node) => `      "${node.path}") words="${wordsOf(node).join(" ")}" ;;`);
  return `# bash completion of ${root.name}
_carto_ts() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" at="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${at:+$at }$word" in
      ${paths.join("|")}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at:$prev" in
${choices.join("\n")}
  ${valuedPattern(nodes)}) COMPREPLY=(); return ;;
  *)
    case "$at" in
${words.join("\n")}
    esac
    ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _carto_ts ${root.name}
`;
}

/** After an option that takes a value bash's own completion, of file names, is the best guess. */
function valuedPattern(nodes: readonly CommandNode[]): string {
  const valued = nodes.flatMap((node) => node.options).filter((option) => option.valued && option.choices.length === 0);
  const names = valued.flatMap((option) => (option.short ? [option.long, option.short] : [option.long]));
  return [...new Set(names)].map((name) => `*:${name}`).join("|");
}

function wordsOf(node: CommandNode): string[] {
  return [...node.commands.map((command) => command.name), ...node.options.map((option) => option.long)];
}
