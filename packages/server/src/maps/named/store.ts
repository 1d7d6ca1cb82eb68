import type { SystemSession } from "../../db/engine.ts";

/** A named map's template as it is kept. */
export interface TemplateRecord {
  account: string;
  name: string;
  /** Its JSON. */
  template: string;
}

/** Which template it is. */
export type TemplateKey = Pick<TemplateRecord, "account" | "name">;

/** What came of an insertion. */
export interface Insertion {
  inserted: boolean;
  /** Templates that the account had before. */
  count: number;
}

/**
 * Keeps a new template, unless its account has as many as `limit` or one of this name. In a transaction: insertions of
 * an account wait for each other, so that no two of them see the same count.
 */
export async function insertTemplate(
  session: SystemSession,
  { account, name, template }: TemplateRecord,
  limit: number,
): Promise<Insertion> {
  await session.query("SELECT FROM carto.account WHERE name = $1 FOR NO KEY UPDATE", [account]);
  const [row] = await session.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM carto.map_template WHERE account = $1",
    [account],
  );
  const count = row?.count ?? 0;
  if (count >= limit) return { inserted: false, count };
  const inserted = await session.query(
    `INSERT INTO carto.map_template (account, name, template) VALUES ($1, $2, $3)
     ON CONFLICT (account, name) DO NOTHING RETURNING name`,
    [account, name, template],
  );
  return { inserted: inserted.length > 0, count };
}

/** Keeps another template under a name. @returns whether there was one. */
export async function updateTemplate(
  session: SystemSession,
  { account, name, template }: TemplateRecord,
): Promise<boolean> {
  const rows = await session.query(
    `UPDATE carto.map_template SET template = $3, updated_at = now() WHERE account = $1 AND name = $2 RETURNING name`,
    [account, name, template],
  );
  return rows.length > 0;
}

/** Removes a template. @returns whether there was one. */
export async function deleteTemplate(session: SystemSession, { account, name }: TemplateKey): Promise<boolean> {
  const rows = await session.query("DELETE FROM carto.map_template WHERE account = $1 AND name = $2 RETURNING name", [
    account,
    name,
  ]);
  return rows.length > 0;
}

/** A template's JSON; undefined where there is none. */
export async function readTemplate(
  session: SystemSession,
  { account, name }: TemplateKey,
): Promise<string | undefined> {
  const [row] = await session.query<{ template: string }>(
    "SELECT template FROM carto.map_template WHERE account = $1 AND name = $2",
    [account, name],
  );
  return row?.template;
}

/** Names of an account's templates, in their order. */
export async function readTemplateNames(session: SystemSession, account: string): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `SELECT name FROM carto.map_template WHERE account = $1 ORDER BY name COLLATE "C"`,
    [account],
  );
  return rows.map(({ name }) => name);
}

/** Every template of every account. */
export function readAllTemplates(session: SystemSession): Promise<TemplateRecord[]> {
  return session.query<TemplateRecord>("SELECT account, name, template FROM carto.map_template");
}
