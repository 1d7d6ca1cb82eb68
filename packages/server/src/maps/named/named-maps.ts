import { createHash } from "node:crypto";
import type { MapTemplate, TemplateAuth } from "@carto-ts/protocol";
import type { Account, AccountKey } from "../../accounts/account.ts";
import type { Limits } from "../../config.ts";
import type { Engine } from "../../db/engine.ts";
import { mapError } from "../map-error.ts";
import { fillTemplate } from "./fill-template.ts";
import {
  deleteTemplate,
  insertTemplate,
  readAllTemplates,
  readTemplate,
  readTemplateNames,
  type TemplateKey,
  type TemplateRecord,
  updateTemplate,
} from "./store.ts";
import { formatTemplate, hashTemplate, parseTemplate } from "./template.ts";
import { TemplateMirror } from "./template-mirror.ts";

/** With so few left, who makes a named map is told that there is a limit. */
const NEAR_LIMIT = 100;

/** What a named map is made with. */
export interface ResolvedMap {
  /** MapConfig JSON with its holes filled. */
  config: unknown;
  template: {
    name: string;
    /** First 8 hex digits of the md5 of the template's JSON. */
    hash: string;
    auth: TemplateAuth;
  };
  /** What the template says of previews. */
  view: MapTemplate["view"];
}

/** What is told of a template that was made. */
export interface CreatedTemplate {
  template_id: string;
  limit_message?: string;
}

/**
 * Templates of named maps. An id is a name, or `ACCOUNT@NAME`.
 *
 * On PostgreSQL they are read anew each time, for another server may have changed them; of the embedded engine all of
 * them are in memory, so that nobody waits for its one session.
 */
export class NamedMaps {
  readonly #engine: Engine;
  readonly #limits: Limits;
  readonly #mirror: TemplateMirror | undefined;

  private constructor(engine: Engine, limits: Limits, mirror: TemplateMirror | undefined) {
    this.#engine = engine;
    this.#limits = limits;
    this.#mirror = mirror;
  }

  static async open(engine: Engine, limits: Limits): Promise<NamedMaps> {
    const mirror = engine.sharedSession ? new TemplateMirror(await engine.system(readAllTemplates)) : undefined;
    return new NamedMaps(engine, limits, mirror);
  }

  /** Keeps a new template. @throws MapError 400 for one that isn't right or has a taken name, 409 over the limit */
  async create(account: Account, json: unknown): Promise<CreatedTemplate> {
    const record = toRecord(account, parseTemplate(json));
    const limit = this.#limits.namedMaps;
    const { inserted, count } = await this.#engine.transaction((session) => insertTemplate(session, record, limit));
    const { name } = record;
    if (!inserted && count >= limit) {
      const message = `User '${account.name}' reached limit on number of templates (${count}/${limit})`;
      throw mapError(message, { status: 409 });
    }
    if (!inserted) throw mapError(`Template '${name}' of user '${account.name}' already exists`, { status: 400 });
    this.#mirror?.put(record);
    if (count + 1 + NEAR_LIMIT < limit) return { template_id: name };
    return { template_id: name, limit_message: `User ${account.name} reaching the named maps limit` };
  }

  /** Keeps another template in a template's place. @throws MapError 400 for one that isn't right, 404 for none */
  async update(account: Account, id: string, json: unknown): Promise<MapTemplate> {
    const template = parseTemplate(json);
    const key = toKey(account, id);
    if (key?.name !== template.name) {
      throw mapError(`Cannot update name of a map template ('${id}' != '${template.name}')`, { status: 400 });
    }
    const record = toRecord(account, template);
    if (!(await this.#engine.system((session) => updateTemplate(session, record)))) throw doesNotExist(account, id);
    this.#mirror?.put(record);
    return template;
  }

  /** Removes a template; maps that were made of it stay. @throws MapError 404 */
  async delete(account: Account, id: string): Promise<void> {
    const key = toKey(account, id);
    if (!key || !(await this.#engine.system((session) => deleteTemplate(session, key)))) {
      throw doesNotExist(account, id);
    }
    this.#mirror?.delete(key);
  }

  /** A template as it is kept. @throws MapError 404 */
  async get(account: Account, id: string): Promise<MapTemplate> {
    const text = await this.#read(account, id);
    if (text === undefined) throw mapError(`Cannot find template '${id}' of user '${account.name}'`, { status: 404 });
    return JSON.parse(text);
  }

  /** Names of an account's templates. */
  async list(account: Account): Promise<readonly string[]> {
    if (this.#mirror) return this.#mirror.list(account.name);
    return this.#engine.system((session) => readTemplateNames(session, account.name));
  }

  /**
   * The map that a template makes of parameters.
   *
   * @throws MapError 400 for a parameter that can't be, 403 without a token that the template wants, 404 for no template
   */
  async resolve(
    account: Account,
    id: string,
    params: Readonly<Record<string, unknown>>,
    authTokens: readonly string[],
  ): Promise<ResolvedMap> {
    const text = await this.#read(account, id);
    if (text === undefined) throw mapError(`Template '${id}' of user '${account.name}' not found`, { status: 404 });
    const template: MapTemplate = JSON.parse(text);
    const auth = template.auth ?? { method: "open" };
    if (!isAuthorized(auth, authTokens)) throw mapError("Unauthorized template instantiation", { status: 403 });
    return {
      config: fillTemplate(template, params),
      template: { name: template.name, hash: hashTemplate(text), auth },
      view: template.view,
    };
  }

  async #read(account: Account, id: string): Promise<string | undefined> {
    const key = toKey(account, id);
    if (!key) return undefined;
    if (this.#mirror) return this.#mirror.get(key);
    return this.#engine.system((session) => readTemplate(session, key));
  }
}

/** Lets only the account's master key go on. @param action What was to be done, in one word. @throws MapError 403 */
export function requireOwner({ type }: AccountKey, action: string): void {
  if (type === "master") return;
  if (type !== "default") throw mapError("Forbidden", { status: 403 });
  throw mapError(`Only authenticated users can ${action} templated maps`, { status: 403 });
}

/** Whether somebody with `tokens` may have what a template is the map of. Its time tells nothing of a token. */
export function isAuthorized(auth: TemplateAuth, tokens: readonly string[]): boolean {
  if (auth.method === "open") return true;
  const valid = new Set(auth.valid_tokens.map(digest));
  return tokens.some((token) => valid.has(digest(token)));
}

/** Nobody finds a token that has a part of another one's digest, as they might of the token itself. */
const digest = (token: string): string => createHash("sha256").update(token).digest("base64");

const toRecord = (account: Account, template: MapTemplate): TemplateRecord => ({
  account: account.name,
  name: template.name,
  template: formatTemplate(template),
});

/** undefined for an id that no template of the account can have. */
function toKey(account: Account, id: string): TemplateKey | undefined {
  const [, owner, name = ""] = /^(?:([^@]*)@)?([\w-]{1,255})$/.exec(id) ?? [];
  if (name === "" || (owner !== undefined && owner !== account.name)) return undefined;
  return { account: account.name, name };
}

const doesNotExist = (account: Account, id: string): Error =>
  mapError(`Template '${id}' of user '${account.name}' does not exist`, { status: 404 });
