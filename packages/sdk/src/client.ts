import { type Account, isLoopback, resolveAccount } from "./base-url.ts";
import { Credentials } from "./credentials.ts";
import { createFetch, type Prepared } from "./fetch.ts";
import { type CartoOptions, type RequestOptions, resolveSettings, type Settings } from "./options.ts";
import { encodeBody, type Params, type RequestSpec, takesParams, toSearch } from "./request.ts";
import { type RetryRule, retryRuleOf } from "./retry.ts";
import { Transport } from "./transport.ts";

/** Turns calls of an API into requests: where to, as whom, under which limits. */
export class Client {
  readonly account: Account;
  readonly settings: Settings;
  /** Whether the server is on this machine, where compressing costs more than it saves. */
  readonly isLocal: boolean;
  readonly credentials: Credentials;
  readonly #transport: Transport;

  constructor(options: CartoOptions) {
    this.settings = resolveSettings(options);
    this.account = resolveAccount(options);
    this.isLocal = isLoopback(this.account.baseUrl);
    this.credentials = new Credentials(options, this.account.username);
    const { hooks, runtime, onWarning } = this.settings;
    this.#transport = new Transport(createFetch(this.settings.fetch), hooks, runtime);
    if (this.credentials.kind !== "none" && !this.isLocal && this.account.baseUrl.startsWith("http:")) {
      onWarning(`The key for ${this.account.baseUrl} travels unencrypted: use https`);
    }
  }

  /**
   * Makes a request, and resolves with what its `parse` makes of the answer.
   *
   * @throws An error of `errors.ts`, or the reason of the caller's signal.
   */
  request<T>(spec: RequestSpec<T>, options: RequestOptions = {}): Promise<T> {
    const { settings, credentials } = this;
    const { method } = spec;
    const redact = (text: string): string => credentials.redact(text);
    return this.#transport.send({
      method,
      retry: retryRule(spec, options),
      timeout: limit(options.timeout ?? (spec.timeout === undefined ? settings.timeout : spec.timeout)),
      totalTimeout: limit(options.totalTimeout ?? settings.totalTimeout),
      maxRetries: options.maxRetries ?? settings.maxRetries,
      signal: options.signal,
      onMeta: options.onMeta,
      parse: spec.parse,
      prepare: () => this.#prepare(spec, options),
      shownUrl: () => redact(this.#url(spec, spec.query)),
      redact,
    });
  }

  #prepare(spec: RequestSpec<unknown>, options: RequestOptions): Prepared | Promise<Prepared> {
    const key = this.#keyParam(spec);
    const authorization = key === undefined ? this.credentials.header() : undefined;
    // Only a token provider has to be waited for.
    if (!(authorization instanceof Promise)) return this.#assemble(spec, options, { key, authorization });
    return authorization.then((header) => this.#assemble(spec, options, { key, authorization: header }));
  }

  #assemble(
    spec: RequestSpec<unknown>,
    options: RequestOptions,
    { key, authorization }: { key: string | undefined; authorization: string | undefined },
  ): Prepared {
    const { settings } = this;
    const inBody = takesParams(spec.body);
    const added: Params = { api_key: key };
    const url = this.#url(spec, inBody ? spec.query : { ...spec.query, ...added });
    const headers: Record<string, string> = {};
    if (!settings.runtime.browser) headers["User-Agent"] = settings.userAgent;
    if (authorization !== undefined) headers["Authorization"] = authorization;
    const init: Prepared["init"] & { duplex?: "half" } = { method: spec.method, headers, redirect: "manual" };
    if (spec.body) {
      const client = spec.body.kind !== "json" && settings.clientId !== "" ? settings.clientId : undefined;
      const { data, contentType } = encodeBody(spec.body, inBody ? { client, ...added } : {});
      if (contentType !== undefined) headers["Content-Type"] = contentType;
      init.body = data;
      if (data instanceof ReadableStream) init.duplex = "half";
    }
    if (spec.headers) setHeaders(headers, spec.headers);
    if (options.headers) setHeaders(headers, options.headers);
    return { url, init };
  }

  // In browsers a header means a preflight: the body of a form or of JSON is as good a place.
  #keyParam(spec: RequestSpec<unknown>): string | undefined {
    const { keyIn = spec.keyIn, runtime } = this.settings;
    const asParam = keyIn === "param" || (keyIn === undefined && runtime.browser && takesParams(spec.body));
    return asParam ? this.credentials.apiKey : undefined;
  }

  #url(spec: RequestSpec<unknown>, query: Params | undefined): string {
    const search = query ? toSearch(query) : "";
    const joint = spec.path.includes("?") ? "&" : "?";
    return `${this.account.baseUrl}${spec.path}${search ? joint + search : ""}`;
  }
}

function retryRule(spec: RequestSpec<unknown>, options: RequestOptions): RetryRule {
  const rule = spec.retry ?? retryRuleOf(spec.method);
  return rule === "unsent" && options.readOnly ? "idempotent" : rule;
}

// `content-type` beside `Content-Type` would be sent as one header with two values.
function setHeaders(headers: Record<string, string>, added: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(added)) {
    const same = Object.keys(headers).find((known) => known.toLowerCase() === name.toLowerCase());
    headers[same ?? name] = value;
  }
}

function limit(ms: number | null | undefined): number | undefined {
  return ms === null || ms === 0 ? undefined : ms;
}
