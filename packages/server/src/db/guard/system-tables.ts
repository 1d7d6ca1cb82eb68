import type { Engine } from "../engine.ts";
import type { Inspection, RelationName } from "./inspect.ts";
import { RefusedStatementError } from "./policy.ts";

/** How long the list of views is good for: a view may be replaced by one over a system table at any time. */
const VIEWS_MAX_AGE_MS = 5_000;

/** Keeps keys other than master from PostgreSQL's own tables, and from views that read them. */
export class SystemTables {
  readonly #engine: Engine;
  #views: { names: ReadonlySet<string>; readAt: number } | undefined;
  /** Names that were looked up since the list was read; a new name may be a new view. */
  readonly #seen = new Set<string>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @throws {@link RefusedStatementError} when a statement names a system table. */
  async refuse(inspection: Inspection): Promise<void> {
    if (inspection.relations.length === 0) return;
    if (inspection.relations.some(isSystemName)) throw forbidden();
    const names = inspection.relations.map(({ name }) => name);
    const views = await this.#systemViews(names);
    if (names.some((name) => views.has(name))) throw forbidden();
  }

  /** Names of all views outside PostgreSQL's own schemas that read a system table, also through other views. */
  async #systemViews(asked: readonly string[]): Promise<ReadonlySet<string>> {
    const isFresh = this.#views !== undefined && Date.now() - this.#views.readAt < VIEWS_MAX_AGE_MS;
    if (this.#views && isFresh && asked.every((name) => this.#seen.has(name))) return this.#views.names;
    const rows = await this.#engine.system((session) => session.query<{ name: string }>(SYSTEM_VIEWS));
    const names = new Set(rows.map((row) => row.name));
    if (!isFresh) this.#seen.clear();
    this.#views = { names, readAt: isFresh ? (this.#views?.readAt ?? 0) : Date.now() };
    for (const name of asked) this.#seen.add(name);
    return names;
  }
}

const forbidden = (): RefusedStatementError => new RefusedStatementError("system tables are forbidden");

const isSystemName = ({ schema, name }: RelationName): boolean =>
  name.startsWith("pg_") || schema === "information_schema" || schema === "carto" || schema?.startsWith("pg_") === true;

/**
 * Views over views are in pg_depend; what a view takes from PostgreSQL itself is not, for nobody can drop that. So the
 * views' rules are searched for relations with an OID below 16384, which are PostgreSQL's own.
 */
const SYSTEM_VIEWS = `
WITH RECURSIVE rule AS (
  SELECT r.oid, r.ev_class AS view, r.ev_action::text AS action
  FROM pg_catalog.pg_rewrite r
  JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
  WHERE c.relkind IN ('v', 'm') AND c.oid >= 16384
), system AS (
  SELECT view FROM rule
  WHERE action ~ ':relid ([1-9][0-9]{0,3}|1[0-5][0-9]{3}|16[0-2][0-9]{2}|163[0-7][0-9]|1638[0-3]) '
  UNION
  SELECT rule.view
  FROM system
  JOIN pg_catalog.pg_depend d ON d.refobjid = system.view
    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
  JOIN rule ON rule.oid = d.objid
)
SELECT c.relname AS name FROM system JOIN pg_catalog.pg_class c ON c.oid = system.view`;
