/** An answer of the server's other than success, in its own words. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Whether a key, or another one, could help. */
  get wantsKey(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** The APIs of one account, on the server that the page came from. */
export class Api {
  readonly account: string;
  /** Path that the account's APIs are below. */
  readonly base: string;
  readonly #slot: string;

  constructor(account: string) {
    this.account = account;
    this.base = `/user/${encodeURIComponent(account)}/api/v1`;
    this.#slot = `carto-ts:key:${account}`;
  }

  /** The key that was typed in this tab; undefined for the anonymous caller. Never part of a URL. */
  get key(): string | undefined {
    return sessionStorage.getItem(this.#slot) ?? undefined;
  }

  set key(key: string | undefined) {
    if (key === undefined) sessionStorage.removeItem(this.#slot);
    else sessionStorage.setItem(this.#slot, key);
  }

  /** Headers that a request to the APIs has. */
  get headers(): Record<string, string> {
    const { key } = this;
    if (key === undefined) return {};
    const bytes = new TextEncoder().encode(`${this.account}:${key}`);
    return { Authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
  }

  /** Reads `path`, below {@link base}. @throws {@link ServerError} */
  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    return this.#fetch(`${path}?${new URLSearchParams(query)}`, {});
  }

  /** Sends JSON to `path`, below {@link base}. @throws {@link ServerError} */
  post(path: string, body: unknown): Promise<unknown> {
    const headers = { "Content-Type": "application/json" };
    return this.#fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  }

  async #fetch(path: string, { headers, ...init }: RequestInit): Promise<unknown> {
    const response = await fetch(this.base + path, {
      ...init,
      headers: { ...this.headers, ...(headers as Record<string, string> | undefined) },
      credentials: "omit",
    });
    const text = await response.text();
    const body = parse(text);
    if (!response.ok) throw new ServerError(response.status, messageOf(body) ?? fallback(response));
    if (body === undefined) throw new ServerError(response.status, "The server's answer is no JSON");
    return body;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The words of an error, which the APIs have in a list or not, and under two names. */
function messageOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { errors, error } = body as { errors?: unknown; error?: unknown };
  const told = errors ?? error;
  const lines = (Array.isArray(told) ? told : [told]).filter((line) => typeof line === "string" && line !== "");
  return lines.length === 0 ? undefined : lines.join("\n");
}

function fallback({ status, statusText }: Response): string {
  if (status === 401) return "The server doesn't know this key";
  return `The server answered ${status} ${statusText}`.trim();
}
