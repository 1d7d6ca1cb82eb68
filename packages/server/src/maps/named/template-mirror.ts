import type { TemplateKey, TemplateRecord } from "./store.ts";

/** Every template of the embedded engine, in memory. */
export class TemplateMirror {
  readonly #accounts = new Map<string, Map<string, string>>();

  constructor(records: readonly TemplateRecord[]) {
    for (const record of records) this.put(record);
  }

  /** A template's JSON. */
  get({ account, name }: TemplateKey): string | undefined {
    return this.#accounts.get(account)?.get(name);
  }

  /** Names of an account's templates, in their order. */
  list(account: string): string[] {
    return [...(this.#accounts.get(account)?.keys() ?? [])].sort();
  }

  /** Notes a template as it is now. */
  put({ account, name, template }: TemplateRecord): void {
    const templates = this.#accounts.get(account) ?? new Map<string, string>();
    this.#accounts.set(account, templates.set(name, template));
  }

  /** Forgets a template. */
  delete({ account, name }: TemplateKey): void {
    this.#accounts.get(account)?.delete(name);
  }
}
