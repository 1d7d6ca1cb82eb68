import { type Account, masterToken } from "./account.ts";

/** What an account has at this moment. */
export interface AccountUse {
  /** Datasets. */
  tables: number;
  /** Bytes that its tables count for. */
  bytes: number;
}

/** An account as its owner's own pages and clients are told of it; `base` is the URL that its paths are below. */
export function toAccountData(account: Account, base: string, { tables, bytes }: AccountUse): Record<string, unknown> {
  const unused = { quota: 0, block_price: 0, monthly_use: 0, hard_limit: true };
  return {
    id: account.uuid,
    email: null,
    name: null,
    last_name: null,
    created_at: account.createdAt.toISOString(),
    username: account.name,
    state: "active",
    account_type: "self-hosted",
    viewer: false,
    org_admin: false,
    org_user: false,
    table_quota: null,
    table_count: tables,
    public_visualization_count: 0,
    all_visualization_count: 0,
    quota_in_bytes: null,
    db_size_in_bytes: bytes,
    remaining_byte_quota: null,
    storage: {},
    geocoding: unused,
    here_isolines: unused,
    mapzen_routing: unused,
    twitter: { ...unused, enabled: false },
    api_key: masterToken(account),
    layers: [],
    actions: {
      private_tables: true,
      private_maps: true,
      remove_logo: true,
      sync_tables: true,
      google_maps_geocoder_enabled: false,
      google_maps_enabled: false,
      engine_enabled: true,
      builder_enabled: false,
      mobile_sdk_enabled: false,
    },
    limits: {
      concurrent_syncs: null,
      concurrent_imports: null,
      import_file_size: null,
      import_table_rows: null,
      max_layers: null,
    },
    feature_flags: [],
    base_url: base,
    do_enabled: false,
  };
}
