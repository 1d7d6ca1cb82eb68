import { type CommandNode, flatten } from "./tree.ts";

/** Completion for zsh: `carto-ts completion zsh > "${fpath[1]}/_carto-ts"`, or `eval` of it after compinit. */
export function zshCompletion(root: CommandNode): string {
  const nodes = flatten(root);
  const paths = nodes.filter((node) => node.path !== "").map((node) => `"${node.path}"`);
  const choices = nodes.flatMap((node) =>
    node.options
      .filter((option) => option.choices.length > 0)
      .map((option) => `    "${node.path}:${option.long}") compadd -- ${option.choices.join(" ")}; return ;;`),
  );
  const words = nodes.map((node) => `    "${node.path}") candidates=(${candidatesOf(node)}) ;;`);
  return `#compdef ${root.name}
_carto_ts() {
  local at="" word
  local -a candidates
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${at:+$at }$word" in
      ${paths.join("|")}) at="\${at:+$at }$word" ;;
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${choices.join("\n")}
  esac
  case "$at" in
${words.join("\n")}
  esac
  _describe '${root.name}' candidates
  [[ $PREFIX == -* ]] || _files
}
if [[ "\${funcstack[1]}" == _carto-ts ]]; then _carto_ts "$@"; else compdef _carto_ts ${root.name}; fi
`;
}

function candidatesOf(node: CommandNode): string {
  const commands = node.commands.map((command) => [command.name, command.summary] as const);
  const options = node.options.map((option) => [option.long, option.description] as const);
  return [...commands, ...options].map(([name, text]) => quote(`${name}:${text.replaceAll(":", "\\:")}`)).join(" ");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
