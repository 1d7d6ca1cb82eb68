import type { Synchronization, SyncState } from "@carto-ts/protocol";
import type { ImportOptions } from "../imports/import.ts";

/** A synchronization as it is read: what is stored, its run's state, its dataset's name. Times are ISO 8601. */
export interface SyncFacts {
  id: string;
  account: string;
  user_id: string;
  name: string | null;
  visualization_id: string | null;
  url: string;
  interval_s: number;
  options: ImportOptions;
  state: SyncState;
  log_id: string;
  etag: string | null;
  last_modified: string | null;
  checksum: string | null;
  error_code: number | null;
  error_message: string | null;
  retried_times: number;
  run_at: string | null;
  ran_at: string;
  created_at: string;
  updated_at: string;
}

/**
 * Reads synchronizations, called `s` in a WHERE behind it, each as JSON in a column `facts`.
 *
 * One whose job a worker has taken is `syncing`; nobody writes that down. The first run stays `queued` to its end, for
 * the Python client gives up on a new dataset that is `syncing`.
 */
export const SELECT_SYNC = `SELECT pg_catalog.to_jsonb(s) || pg_catalog.jsonb_build_object(
    'user_id', sa.uuid, 'name', coalesce(sd.name, s.table_name), 'visualization_id', sd.visualization_id,
    'state', CASE WHEN s.state = 'queued' AND s.table_id IS NOT NULL AND sj.state ->> 'state' <> 'pending' THEN 'syncing' ELSE s.state END
  ) AS facts
  FROM carto.synchronization s JOIN carto.account sa ON sa.name = s.account
  LEFT JOIN carto.dataset sd ON sd.table_id = s.table_id LEFT JOIN carto.job sj ON sj.job_id = s.log_id`;

/** A synchronization as clients get it. @see docs/protocol/synchronizations.md */
export function toSynchronization(facts: SyncFacts): Synchronization {
  const { options } = facts;
  return {
    id: facts.id,
    name: facts.name,
    interval: facts.interval_s,
    url: facts.url,
    state: facts.state,
    user_id: facts.user_id,
    created_at: toIso(facts.created_at),
    updated_at: toIso(facts.updated_at),
    run_at: facts.run_at && toIso(facts.run_at),
    ran_at: toIso(facts.ran_at),
    modified_at: toTime(facts.last_modified),
    etag: facts.etag?.replaceAll('"', "") ?? null,
    checksum: facts.checksum ?? "",
    log_id: facts.log_id,
    error_code: facts.error_code,
    error_message: facts.error_message,
    retried_times: facts.retried_times,
    service_name: null,
    service_item_id: null,
    type_guessing: options.typeGuessing,
    quoted_fields_guessing: options.quotedFieldsGuessing,
    content_guessing: options.contentGuessing,
    visualization_id: facts.visualization_id,
    from_external_source: false,
  };
}

const toIso = (time: string): string => new Date(time).toISOString();

/** A header's date; null where it is none. */
function toTime(header: string | null): string | null {
  const time = header === null ? Number.NaN : Date.parse(header);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
