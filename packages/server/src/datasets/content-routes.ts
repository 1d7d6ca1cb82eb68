import type { Session } from "../db/engine.ts";
import { quoteQualified } from "../db/identifier.ts";
import { clientSignal } from "../http/client.ts";
import { HttpError, PlatformError } from "../http/errors.ts";
import { errorList, replyNothing, replyPlatform, replyPlatformText, telling } from "../http/platform.ts";
import type { Route } from "../http/route.ts";
import { toColumnName } from "../imports/names/column-names.ts";
import { addColumn, changeColumn, dropColumn } from "./columns.ts";
import { toCartoType, toSchema } from "./present.ts";
import { deleteRecord, insertRecord, type RecordTable, readRecord, toFields, updateRecord } from "./records.ts";
import type { ColumnFacts } from "./relation.ts";
import { findTable, type TableServices } from "./table-routes.ts";

type Context = Parameters<Route>[0];

/** A table that a path names, to be read and written as its owner. */
interface OpenTable extends RecordTable {
  /** Reads the columns anew. */
  reread(): Promise<ColumnFacts[]>;
  /** Reads what types the geometries have. */
  geometryTypes(): Promise<readonly string[]>;
  asOwner<T>(use: (session: Session) => Promise<T>): Promise<T>;
}

const onTable = (
  { datasets, tables }: TableServices,
  use: (c: Context, target: OpenTable) => Promise<Response>,
): Route =>
  telling(errorList, async (c) => {
    const account = c.get("account");
    const { dataset } = await findTable(c, datasets);
    return use(c, {
      table: quoteQualified(account.schema, dataset.name),
      columns: await tables.columns(dataset),
      reread: () => tables.columns(dataset),
      geometryTypes: async () => (await datasets.facts(account, dataset, clientSignal(c))).geometryTypes,
      asOwner: (work) => tables.asOwner(account, clientSignal(c), work),
    });
  });

// -- columns -----------------------------------------------------------------------------------------------------

const missingColumn = (name: string): PlatformError =>
  new PlatformError(404, { errors: `Column ${name} doesn't exist` });

function columnOf(c: Context, columns: readonly ColumnFacts[]): ColumnFacts {
  const name = c.req.param("column") ?? "";
  const column = columns.find((known) => known.name === name);
  if (!column) throw missingColumn(name);
  return column;
}

/** A column as its writer is told of it, `type` being as PostgreSQL calls it. */
async function told(name: string, { reread }: OpenTable): Promise<Record<string, string>> {
  const type = (await reread()).find((column) => column.name === name)?.type ?? "";
  return { name, type, cartodb_type: toCartoType(type) };
}

function textOf(c: Context, name: string): string | undefined {
  const text = c.get("params").text(name);
  if (text?.includes("\0")) throw new HttpError(400, `${name} can't have a NUL character in it`);
  return text || undefined;
}

/** `GET /api/v1/tables/:id/columns` */
export const listColumns = (services: TableServices): Route =>
  onTable(services, async (c, { columns, geometryTypes }) =>
    replyPlatform(c, toSchema(columns, await geometryTypes())),
  );

/** `GET /api/v1/tables/:id/columns/:column` */
export const showColumn = (services: TableServices): Route =>
  onTable(services, async (c, { columns }) => replyPlatform(c, { type: toCartoType(columnOf(c, columns).type) }));

/** `POST /api/v1/tables/:id/columns` */
export const createColumn = (services: TableServices): Route =>
  onTable(services, async (c, target) => {
    const name = toColumnName(textOf(c, "name") ?? "");
    const type = textOf(c, "type") ?? "string";
    await target.asOwner((session) => addColumn(session, target.table, { name, type }));
    return replyPlatform(c, await told(name, target));
  });

/** `PUT /api/v1/tables/:id/columns/:column` */
export const updateColumn = (services: TableServices): Route =>
  onTable(services, async (c, target) => {
    const { name } = columnOf(c, target.columns);
    const renamed = textOf(c, "new_name");
    const newName = renamed === undefined ? name : toColumnName(renamed);
    const type = textOf(c, "type");
    await target.asOwner((session) => changeColumn(session, target.table, { name, type, newName }));
    return replyPlatform(c, await told(newName, target));
  });

/** `DELETE /api/v1/tables/:id/columns/:column` */
export const deleteColumn = (services: TableServices): Route =>
  onTable(services, async (c, { table, columns, asOwner }) => {
    const { name } = columnOf(c, columns);
    await asOwner((session) => dropColumn(session, table, name));
    return replyNothing(c);
  });

// -- records -----------------------------------------------------------------------------------------------------

/** The path's `cartodb_id`; undefined where it can't be one. */
function idOf(c: Context): string | undefined {
  const id = c.req.param("record") ?? "";
  return /^\d{1,18}$/.test(id) ? id : undefined;
}

const missingRecord = (c: Context, text: (id: string) => string): HttpError =>
  new HttpError(404, text(c.req.param("record") ?? ""));
const notFound = (id: string): string => `Record ${id} not found`;
const notIdentified = (id: string): string => `row identified with ${id} not found`;

/** `GET /api/v1/tables/:id/records/:record` */
export const showRecord = (services: TableServices): Route =>
  onTable(services, async (c, target) => {
    const id = idOf(c);
    const json = id && (await target.asOwner((session) => readRecord(session, target, id)));
    if (!json) throw missingRecord(c, notFound);
    return replyPlatformText(c, json);
  });

/** `POST /api/v1/tables/:id/records` */
export const createRecord = (services: TableServices): Route =>
  onTable(services, async (c, target) => {
    const fields = toFields(c.get("params").body);
    return replyPlatformText(c, await target.asOwner((session) => insertRecord(session, target, fields)));
  });

/** `PUT /api/v1/tables/:id/records/:record` */
export const changeRecord = (services: TableServices): Route =>
  onTable(services, async (c, target) => {
    const id = idOf(c);
    const fields = toFields(c.get("params").body);
    const json = id && (await target.asOwner((session) => updateRecord(session, target, { id, fields })));
    if (!json) throw missingRecord(c, notIdentified);
    return replyPlatformText(c, json);
  });

/** `DELETE /api/v1/tables/:id/records/:record` */
export const removeRecord = (services: TableServices): Route =>
  onTable(services, async (c, target) => {
    const id = idOf(c);
    if (!id || !(await target.asOwner((session) => deleteRecord(session, target.table, id)))) {
      throw missingRecord(c, notIdentified);
    }
    return replyNothing(c);
  });
