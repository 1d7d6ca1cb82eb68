import type { ApiKeyList, ApiKeyType, Me } from "@carto-ts/protocol";
import type { Client } from "../client.ts";
import { AuthenticationError, PermissionError } from "../errors.ts";
import type { RequestOptions } from "../options.ts";
import { json } from "../response.ts";

/** Which API keys to list. */
export interface ApiKeyParams {
  /** Kinds of keys; all of them by default. */
  type?: ApiKeyType | readonly ApiKeyType[];
  /** Page, counted from 1. */
  page?: number;
  /** Keys a page. */
  per_page?: number;
}

/**
 * Auth API: who the client is, and which API keys the account has.
 *
 * @example
 * ```ts
 * if (!(await carto.auth.isValidApiKey())) throw new Error("CARTO_API_KEY is not a key of this account");
 * ```
 */
export class Auth {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Reads the account's own description; `config.user_name` is its name. */
  me(options?: RequestOptions): Promise<Me> {
    return this.#client.request({ method: "GET", path: "api/v3/me", parse: json<Me> }, options);
  }

  /** Lists one page of the API keys that the client's key may see: all for the master key, else only itself. */
  apiKeys({ type, page, per_page }: ApiKeyParams = {}, options?: RequestOptions): Promise<ApiKeyList> {
    const query = { type, page, per_page };
    return this.#client.request({ method: "GET", path: "api/v3/api_keys", query, parse: json<ApiKeyList> }, options);
  }

  /**
   * Whether the server knows the client's key; for a token, whether it lets it in. Without either: `false`.
   *
   * @throws What {@link apiKeys} does, but for a refusal, which is the answer `false`.
   */
  async isValidApiKey(options?: RequestOptions): Promise<boolean> {
    const { kind, apiKey } = this.#client.credentials;
    if (kind === "none") return false;
    try {
      let seen = 0;
      for (let page = 1; ; page++) {
        const { result, total } = await this.apiKeys({ page }, options);
        if (kind === "token" || result.some(({ token }) => token === apiKey)) return true;
        seen += result.length;
        if (result.length === 0 || seen >= total) return false;
      }
    } catch (error) {
      if (error instanceof AuthenticationError || error instanceof PermissionError) return false;
      throw error;
    }
  }
}
