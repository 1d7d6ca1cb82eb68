import type { Context } from "hono";
import { toPublicUser, toUser } from "../accounts/user.ts";
import { baseUrlOf } from "../http/account.ts";
import { isMaster } from "../http/authenticate.ts";
import { clientSignal } from "../http/client.ts";
import type { Env } from "../http/env.ts";
import { PlatformError } from "../http/errors.ts";
import { pageLinks } from "../http/pages.ts";
import { errorList, plainError, replyNothing, replyPlatform, telling, typedError } from "../http/platform.ts";
import type { Route } from "../http/route.ts";
import { parseChanges } from "./changes.ts";
import type { Dataset } from "./dataset.ts";
import type { Datasets } from "./datasets.ts";
import { parseDatasetList, parseList, parseShow, type Shown } from "./list-params.ts";
import { toPermission, toPrivateVisualization, toSummary, toVisualization, type View } from "./present.ts";
import { parseRef } from "./reference.ts";
import type { RefKind } from "./store.ts";

/** What a dataset is told with once it was changed. */
const CHANGED: Shown = {
  table: true,
  size: true,
  permission: true,
  tablePermission: true,
  liked: true,
  builder: true,
  dependents: false,
  related: true,
};

/** How much of an account's datasets a request may see, and in what form. */
export function viewOf(c: Context<Env>, { own, shown }: { own: number; shown: Shown }): View {
  const account = c.get("account");
  const isOwner = isMaster(c.get("key"));
  const base = baseUrlOf(c);
  return { isOwner, owner: isOwner ? toUser(account, base, own) : toPublicUser(account, base), base, shown };
}

/** The dataset that a path names; undefined where there is none. */
export function findOf(
  c: Context<Env>,
  datasets: Datasets,
  kind: RefKind,
): Promise<{ dataset: Dataset; own: number } | undefined> {
  const account = c.get("account");
  return datasets.find(account, parseRef(account, kind, c.req.param("id") ?? ""));
}

const typed = (status: number, errors: string): PlatformError =>
  new PlatformError(status, { errors, errors_cause: null });

/** @throws {@link PlatformError} 404 where there is none, or it is another account's. */
async function findVisualization(c: Context<Env>, datasets: Datasets): Promise<{ dataset: Dataset; own: number }> {
  const found = await findOf(c, datasets, "visualization");
  if (!found) throw typed(404, "Visualization does not exist");
  if (found.dataset.account !== c.get("account").name) throw typed(404, "Visualization of that user does not exist");
  return found;
}

/** `GET /api/v1/viz` */
export function listVisualizations(datasets: Datasets): Route {
  return telling(plainError, async (c) => {
    const query = parseList(c.get("params"));
    const isOwner = isMaster(c.get("key"));
    const reader = { account: c.get("account"), isOwner, signal: clientSignal(c) };
    const { items, matching, own, locked } = await datasets.list(reader, query);
    const view = viewOf(c, { own, shown: query.shown });
    return replyPlatform(c, {
      visualizations: items.map(({ dataset, facts }) => toVisualization(dataset, facts, view)),
      total_entries: matching,
      ...(isOwner && query.totals
        ? { total_user_entries: own, total_locked: locked, total_likes: 0, total_shared: 0 }
        : {}),
      ...(isOwner && query.observatoryTotals ? { total_subscriptions: 0, total_samples: 0 } : {}),
    });
  });
}

/** `GET /api/v1/viz/:id` */
export function showVisualization(datasets: Datasets): Route {
  return telling(typedError, async (c) => {
    const { user, relatedMaps, ...shown } = parseShow(c.get("params"));
    const { dataset, own } = await findVisualization(c, datasets);
    const view = viewOf(c, { own, shown });
    if (!view.isOwner && dataset.privacy === "private") throw typed(403, "Visualization not viewable");
    const facts = await datasets.facts(c.get("account"), dataset, clientSignal(c));
    return replyPlatform(c, {
      ...toVisualization(dataset, facts, view),
      ...(user ? { user: view.owner } : {}),
      ...(relatedMaps ? { related_canonical_visualizations: [] } : {}),
    });
  });
}

/** `PUT /api/v1/viz/:id` */
export function updateVisualization(datasets: Datasets): Route {
  return telling(errorList, async (c) => {
    const { dataset, own } = await findVisualization(c, datasets);
    const { body } = c.get("params");
    if (body["id"] !== dataset.visualizationId) throw new PlatformError(403);
    const account = c.get("account");
    const changed = await datasets.update(account, dataset, parseChanges(body));
    const facts = await datasets.facts(account, changed, clientSignal(c));
    return replyPlatform(c, toPrivateVisualization(changed, facts, viewOf(c, { own, shown: CHANGED })));
  });
}

/** `DELETE /api/v1/viz/:id` */
export function deleteVisualization(datasets: Datasets): Route {
  return telling(errorList, async (c) => {
    const { dataset } = await findVisualization(c, datasets);
    await datasets.remove(c.get("account"), dataset);
    return replyNothing(c);
  });
}

/** `PUT /api/v1/perm/:id`: there is nobody to share with, so that nothing but an empty list is taken. */
export function updatePermission(datasets: Datasets): Route {
  return telling(errorList, async (c) => {
    const found = await findOf(c, datasets, "permission");
    if (!found) throw new PlatformError(404);
    const acl = c.get("params").raw("acl");
    if (!Array.isArray(acl) || acl.length > 0) throw new PlatformError(400);
    return replyPlatform(c, toPermission(found.dataset, viewOf(c, { own: found.own, shown: CHANGED }).owner));
  });
}

/** `GET /api/v4/datasets`: what is known of each, in short. */
export function listDatasets(datasets: Datasets): Route {
  return telling(typedError, async (c) => {
    const account = c.get("account");
    const query = parseDatasetList(c.get("params"));
    const { items, matching } = await datasets.list({ account, isOwner: true, signal: clientSignal(c) }, query);
    return replyPlatform(c, {
      total: matching,
      count: items.length,
      result: items.map(({ dataset }) => toSummary(account, dataset)),
      _links: pageLinks(c, query.filter, matching),
    });
  });
}
