import type { CreatedSynchronization, SynchronizationList, SyncNow } from "@carto-ts/protocol";
import type { Datasets } from "../datasets/datasets.ts";
import { PlatformError } from "../http/errors.ts";
import { replyNothing, replyPlatform, telling, typedError } from "../http/platform.ts";
import type { Route } from "../http/route.ts";
import { toSynchronization } from "./facts.ts";
import { parseEdit, parseSync } from "./request.ts";
import type { Synchronizations } from "./synchronizations.ts";

/** What the routes of synchronizations work with. */
export interface SyncServices {
  syncs: Synchronizations;
  datasets: Datasets;
  limits: { syncMinIntervalS: number };
}

type Context = Parameters<Route>[0];

const idOf = (c: Context): string => c.req.param("id") ?? "";

/** Lets synchronizations go whose tables were dropped by SQL, with their datasets. */
async function follow(c: Context, { datasets }: SyncServices): Promise<void> {
  await datasets.count(c.get("account"));
}

/** `POST /api/v1/synchronizations` */
export function createSync({ syncs, limits }: SyncServices): Route {
  return telling(typedError, async (c) => {
    const facts = await syncs.create(c.get("account"), parseSync(c.get("params"), limits.syncMinIntervalS));
    const created: CreatedSynchronization = {
      data_import: { endpoint: "/api/v1/imports", item_queue_id: facts.log_id },
      ...toSynchronization(facts),
    };
    return replyPlatform(c, created);
  });
}

/** `GET /api/v1/synchronizations`: all of the account's. */
export function listSyncs(services: SyncServices): Route {
  return telling(typedError, async (c) => {
    await follow(c, services);
    const synchronizations = (await services.syncs.list(c.get("account"))).map(toSynchronization);
    const list: SynchronizationList = { synchronizations, total_entries: synchronizations.length };
    return replyPlatform(c, list);
  });
}

/** `GET /api/v1/synchronizations/:id` */
export function showSync(services: SyncServices): Route {
  return telling(typedError, async (c) => {
    await follow(c, services);
    return replyPlatform(c, toSynchronization(await services.syncs.get(c.get("account"), idOf(c))));
  });
}

/** `PUT /api/v1/synchronizations/:id`: changes it, or runs it where nothing is said. */
export function updateSync({ syncs, limits }: SyncServices): Route {
  return telling(typedError, async (c) => {
    const account = c.get("account");
    const params = c.get("params");
    const says = Object.keys(params.body).some((name) => name !== "api_key" && name !== "client");
    if (says) {
      return replyPlatform(
        c,
        toSynchronization(await syncs.change(account, idOf(c), parseEdit(params, limits.syncMinIntervalS))),
      );
    }
    await syncs.syncNow(account, idOf(c));
    return replyPlatform(c, toSynchronization(await syncs.get(account, idOf(c))));
  });
}

/** `DELETE /api/v1/synchronizations/:id`: the dataset stays. */
export function deleteSync({ syncs }: SyncServices): Route {
  return telling(typedError, async (c) => {
    await syncs.remove(c.get("account"), idOf(c));
    return replyNothing(c);
  });
}

/** `PUT /api/v1/synchronizations/:id/sync_now`: any refusal is a 404. */
export function startSync({ syncs }: SyncServices): Route {
  return async (c) => {
    const id = idOf(c);
    const enqueued = await syncs.syncNow(c.get("account"), id).catch((error: unknown) => {
      throw error instanceof PlatformError ? new PlatformError(404) : error;
    });
    return replyPlatform(c, { enqueued, synchronization_id: id } satisfies SyncNow);
  };
}

/** `GET /api/v1/synchronizations/:id/sync_now`: its state alone. */
export function syncState({ syncs }: SyncServices): Route {
  return telling(typedError, async (c) => {
    const { state } = await syncs.get(c.get("account"), idOf(c));
    return replyPlatform(c, { state });
  });
}
