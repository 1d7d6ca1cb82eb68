import { ConfigError } from "./errors.ts";

/** How the caller says who they are; none of them means anonymous. */
export interface CredentialOptions {
  apiKey?: string | undefined;
  token?: string | undefined;
  tokenProvider?: (() => string | Promise<string>) | undefined;
}

/** Who the requests are from. Holds the secret where neither `inspect` nor JSON finds it. */
export class Credentials {
  readonly kind: "none" | "key" | "token";
  readonly #secret: string | (() => string | Promise<string>);
  readonly #basic: string;

  /** @throws {@link ConfigError} when more than one is given, or one is unusable. */
  constructor(options: CredentialOptions, username: string) {
    const { apiKey, token, tokenProvider } = options;
    const given = [apiKey, token, tokenProvider].filter((option) => option !== undefined);
    if (given.length > 1) throw new ConfigError("Give only one of `apiKey`, `token` and `tokenProvider`");
    const secret = tokenProvider ?? checkSecret(apiKey ?? token ?? "");
    this.kind = apiKey !== undefined && secret !== "" ? "key" : secret === "" ? "none" : "token";
    this.#secret = secret;
    this.#basic = this.kind === "key" ? `Basic ${toBase64(`${username}:${secret}`)}` : "";
  }

  /** The API key, when that is what identifies the caller. */
  get apiKey(): string | undefined {
    return this.kind === "key" && typeof this.#secret === "string" ? this.#secret : undefined;
  }

  /** Value of the `Authorization` header; asks the token provider anew each time. */
  header(): string | undefined | Promise<string> {
    if (this.kind === "none") return undefined;
    if (this.kind === "key") return this.#basic;
    return typeof this.#secret === "string" ? `Bearer ${this.#secret}` : this.#provide(this.#secret);
  }

  async #provide(provider: () => string | Promise<string>): Promise<string> {
    const token = checkSecret(await provider());
    if (token === "") throw new ConfigError("The token provider gave no token");
    return `Bearer ${token}`;
  }

  /** Blanks the secret out of `text`, wherever it comes from. */
  redact(text: string): string {
    const clean = text.replace(/((?:api|map)_key|(?:access|auth)_token)(=|%3D)[^&\s"'<>]*/gi, "$1$2***");
    // A word of a few letters, or the name that everybody knows, is no secret, and may be part of an honest message.
    const secrets = [this.#basic.slice("Basic ".length), typeof this.#secret === "string" ? this.#secret : ""];
    return secrets
      .filter((secret) => secret.length >= 8 && secret !== "default_public")
      .reduce(
        (result, secret) => result.replaceAll(secret, "***").replaceAll(encodeURIComponent(secret), "***"),
        clean,
      );
  }
}

function checkSecret(secret: unknown): string {
  if (typeof secret !== "string") throw new ConfigError("The API key or token is not a string");
  const trimmed = secret.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they can't be sent in a header.
  if (/[\u0000-\u001f\u007f]/.test(trimmed)) throw new ConfigError("The API key or token holds control characters");
  return trimmed;
}

function toBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
