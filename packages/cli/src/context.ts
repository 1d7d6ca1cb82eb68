import { Carto, type CartoOptions } from "@carto-ts/sdk/node";
import { type Connection, type ConnectionFlags, resolveConnection } from "./config/connection.ts";
import { isReadableByOthers, profilePath, readProfiles } from "./config/profile.ts";
import type { Io } from "./io.ts";
import { escapeMessage } from "./output/escape.ts";
import type { ProgressMode } from "./output/progress.ts";
import { createStyle, type Style } from "./output/style.ts";
import { traceHooks } from "./trace.ts";
import { version } from "./version.ts";

/** Options that every command takes. */
export interface GlobalFlags extends ConnectionFlags {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  /** Seconds. */
  timeout?: number;
}

/**
 * A signal that also fires after `ms`.
 *
 * Not by AbortSignal.any and AbortSignal.timeout: Node 20 may collect their sources as garbage, and never fires.
 */
function limited(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException("the time is over", "TimeoutError")), ms).unref();
  const onAbort = (): void => {
    clearTimeout(timer);
    controller.abort(signal.reason);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return controller.signal;
}

/** What a command works with: the process, the global options, and the client they lead to. */
export class Context {
  readonly io: Io;
  readonly flags: GlobalFlags;
  /** Aborted by the user, by `--timeout`, or when nobody reads the output any more. */
  readonly signal: AbortSignal;
  /** What the command is about, for its error: "could not {doing}: …". */
  doing: string | undefined;
  readonly style: Style;

  constructor(io: Io, flags: GlobalFlags) {
    this.flags = flags;
    this.signal = flags.timeout === undefined ? io.signal : limited(io.signal, flags.timeout * 1000);
    this.io = { ...io, signal: this.signal };
    this.style = createStyle(io.stderr, io.env);
  }

  /** Tells the user something on stderr, unless results are for a program or `--quiet` was given. */
  say(text: string, style: keyof Style | "plain" = "plain"): void {
    if (this.flags.quiet || this.flags.json) return;
    const safe = escapeMessage(text);
    this.io.stderr.write(`${style === "plain" ? safe : this.style[style](safe)}\n`);
  }

  /** Warns on stderr, also with `--quiet`; with `--json` as a line of it. */
  warn(text: string): void {
    if (this.flags.json) return void this.io.stderr.write(`${JSON.stringify({ warning: text })}\n`);
    this.io.stderr.write(`${this.style.yellow("warning:")} ${escapeMessage(text)}\n`);
  }

  /** Whether results of one object (a job, a status) are written as JSON: asked for, or not on a terminal. */
  get machine(): boolean {
    return this.flags.json === true || this.io.stdout.isTTY !== true;
  }

  /** How transfers show progress: a bar only on a terminal, nothing with `--quiet`. */
  progressMode(asked?: string): ProgressMode {
    if (asked === "json") return "json";
    return this.flags.quiet || asked === "none" || this.io.stderr.isTTY !== true ? "off" : "bar";
  }

  /** Which server, which key, and where they were found. @throws {@link CommandError} when nothing is configured. */
  async connection(): Promise<Connection> {
    const path = profilePath(this.io.env);
    if (await isReadableByOthers(path)) this.warn(`others can read your keys in ${path}: chmod 600 it`);
    if (this.flags.apiKey !== undefined) {
      this.warn("--api-key shows the key to everyone who can list processes: use CARTO_API_KEY or carto-ts auth login");
    }
    return resolveConnection(this.flags, this.io.env, await readProfiles(path));
  }

  /** A client for the server that is configured. Makes no request. */
  async carto(): Promise<Carto> {
    return this.client(await this.connection());
  }

  /** A client for one given server. Makes no request. */
  client(connection: Pick<Connection, "url" | "apiKey">): Carto {
    const options: CartoOptions = {
      baseUrl: connection.url,
      userAgent: `carto-ts-cli/${version}`,
      onWarning: (text) => this.warn(text),
    };
    if (connection.apiKey !== undefined) options.apiKey = connection.apiKey;
    if (this.flags.verbose) options.hooks = traceHooks((line) => this.io.stderr.write(`${escapeMessage(line)}\n`));
    return new Carto(options);
  }
}
