import type { Table } from "@carto-ts/protocol";
import { quoteQualified } from "../db/identifier.ts";
import { clientSignal } from "../http/client.ts";
import { PlatformError } from "../http/errors.ts";
import type { Params } from "../http/params.ts";
import { type ErrorShape, errorList, replyPlatform, telling, typedError } from "../http/platform.ts";
import type { Route } from "../http/route.ts";
import { parseChanges } from "./changes.ts";
import type { Dataset } from "./dataset.ts";
import type { Datasets } from "./datasets.ts";
import type { Shown } from "./list-params.ts";
import { toPrivateVisualization, toTable } from "./present.ts";
import { findOf, viewOf } from "./routes.ts";
import { georeference, type Tables } from "./tables.ts";

/** What the routes of tables work with. */
export interface TableServices {
  datasets: Datasets;
  tables: Tables;
}

type Context = Parameters<Route>[0];

/** What a table's dataset is told with. */
const SHOWN: Shown = {
  table: true,
  size: true,
  permission: true,
  tablePermission: true,
  liked: false,
  builder: true,
  dependents: false,
  related: true,
};

/** The table that a path names. @throws {@link PlatformError} 404 where there is none. */
export async function findTable(c: Context, datasets: Datasets): Promise<{ dataset: Dataset; own: number }> {
  const found = await findOf(c, datasets, "table");
  if (!found) throw new PlatformError(404);
  return found;
}

async function tell(
  c: Context,
  { tables }: TableServices,
  { dataset, own }: { dataset: Dataset; own: number },
): Promise<Table> {
  const details = await tables.describe(c.get("account"), dataset, clientSignal(c));
  const visualization = toPrivateVisualization(dataset, details.facts, viewOf(c, { own, shown: SHOWN }));
  return toTable({ dataset, ...details, visualization });
}

/** `GET /api/v1/tables/:id` */
export function showTable(services: TableServices): Route {
  return telling(typedError, async (c) =>
    replyPlatform(c, await tell(c, services, await findTable(c, services.datasets))),
  );
}

const described: ErrorShape = (messages) => ({ description: messages, stack: [] });

/** `POST /api/v1/tables` */
export function createTable(services: TableServices): Route {
  return telling(described, async (c) => {
    const params = c.get("params");
    const account = c.get("account");
    const spec = {
      name: textOf(params, "name"),
      columns: textOf(params, "schema"),
      query: textOf(params, "from_query"),
      changes: parseChanges(pick(params, ["description", "tags", "privacy"])).changes,
    };
    const dataset = await services.tables.create(account, spec, clientSignal(c));
    const own = await services.datasets.count(account);
    const headers = { Location: `/tables/${dataset.tableId}` };
    return replyPlatform(c, await tell(c, services, { dataset, own }), headers);
  });
}

/** `PUT /api/v1/tables/:id` */
export function updateTable(services: TableServices): Route {
  return telling(errorList, async (c) => {
    const params = c.get("params");
    const account = c.get("account");
    const { dataset, own } = await findTable(c, services.datasets);
    const latitude = textOf(params, "latitude_column");
    const longitude = textOf(params, "longitude_column");
    if (latitude !== undefined && longitude !== undefined) {
      const table = quoteQualified(account.schema, dataset.name);
      await services.tables.asOwner(account, clientSignal(c), (session) =>
        georeference(session, table, { latitude, longitude }),
      );
    }
    const update = parseChanges(pick(params, ["description", "tags", "privacy"]));
    const changed = await services.datasets.update(account, dataset, update);
    return replyPlatform(c, { ...(await tell(c, services, { dataset: changed, own })), warnings: [] });
  });
}

const textOf = (params: Params, name: string): string | undefined => params.text(name) || undefined;

const pick = (params: Params, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.filter((name) => params.raw(name) !== undefined).map((name) => [name, params.raw(name)]));
