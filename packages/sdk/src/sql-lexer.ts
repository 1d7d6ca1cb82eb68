import { ConfigError } from "./errors.ts";

type State = "code" | "string" | "escape string" | "identifier" | "line comment" | "block comment" | "dollar string";

const OPENING = /'|"|--|\/\*|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/g;

/**
 * Follows PostgreSQL's quoting through the fixed parts of a template, to know where a placeholder stands.
 *
 * Takes `standard_conforming_strings` to be on, as it is in every PostgreSQL since 9.1.
 */
export class SqlLexer {
  state: State = "code";
  #depth = 0;
  #tag = "";

  /** Reads one fixed part. */
  read(part: string): void {
    let at = 0;
    while (at < part.length) at = this.state === "code" ? this.#open(part, at) : this.#close(part, at);
  }

  /** @throws {@link ConfigError} when a placeholder here would be text of a string, a name or a comment. */
  placeholder(index: number): void {
    if (this.state === "code") return;
    throw new ConfigError(`Placeholder ${index + 1} stands inside a ${this.state}: leave the quotes out`);
  }

  #open(part: string, from: number): number {
    OPENING.lastIndex = from;
    const found = OPENING.exec(part);
    if (!found) return part.length;
    const [token] = found;
    const before = part.slice(0, found.index);
    const end = found.index + token.length;
    if (token === "'") this.state = /(?:^|[^\w$\u0080-\uffff])e$/i.test(before) ? "escape string" : "string";
    else if (token === '"') this.state = "identifier";
    else if (token === "--") this.state = "line comment";
    else if (token === "/*") [this.state, this.#depth] = ["block comment", 1];
    // A dollar inside a name begins nothing.
    else if (/[\w$\u0080-\uffff]$/.test(before)) return found.index + 1;
    else [this.state, this.#tag] = ["dollar string", token];
    return end;
  }

  #close(part: string, from: number): number {
    switch (this.state) {
      case "string":
        return this.#closeAfter(part, from, "'");
      case "identifier":
        return this.#closeAfter(part, from, '"');
      case "line comment":
        return this.#closeAfter(part, from, "\n");
      case "dollar string":
        return this.#closeAfter(part, from, this.#tag);
      case "escape string":
        return this.#closeEscaped(part, from);
      default:
        return this.#closeComment(part, from);
    }
  }

  // A doubled quote closes and opens again, which comes to the same.
  #closeAfter(part: string, from: number, end: string): number {
    const found = part.indexOf(end, from);
    if (found < 0) return part.length;
    this.state = "code";
    return found + end.length;
  }

  #closeEscaped(part: string, from: number): number {
    for (let at = from; at < part.length; at++) {
      if (part[at] === "\\") at++;
      else if (part[at] === "'" && part[at + 1] === "'") at++;
      else if (part[at] === "'") return this.#closeAfter(part, at, "'");
    }
    return part.length;
  }

  // Comments nest in PostgreSQL.
  #closeComment(part: string, from: number): number {
    const bound = /\/\*|\*\//g;
    bound.lastIndex = from;
    const found = bound.exec(part);
    if (!found) return part.length;
    this.#depth += found[0] === "/*" ? 1 : -1;
    if (this.#depth === 0) this.state = "code";
    return bound.lastIndex;
  }
}

/** Returns `text` if it can stand inside other SQL; ends a comment that would swallow what follows. */
export function assertComplete(lexer: SqlLexer, text: string): string {
  if (lexer.state === "line comment") return `${text}\n`;
  if (lexer.state !== "code") throw new ConfigError(`The SQL ends inside a ${lexer.state}`);
  return text;
}
