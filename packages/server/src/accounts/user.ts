import type { Owner } from "@carto-ts/protocol";
import type { Account } from "./account.ts";

/** An account as everybody may see it; `base` is the URL that its paths are below. */
export function toPublicUser(account: Account, base: string): Owner {
  return {
    id: account.uuid,
    username: account.name,
    name: null,
    last_name: null,
    avatar_url: null,
    base_url: base,
    google_maps_query_string: null,
    disqus_shortname: null,
    viewer: false,
    org_admin: false,
    org_user: false,
    remove_logo: true,
  };
}

/** An account as its owner sees it; `tables` is the number of its datasets. */
export function toUser(account: Account, base: string, tables: number): Owner {
  return {
    id: account.uuid,
    name: null,
    last_name: null,
    username: account.name,
    email: null,
    avatar_url: null,
    website: null,
    description: null,
    location: null,
    twitter_username: null,
    disqus_shortname: null,
    available_for_hire: false,
    base_url: base,
    google_maps_query_string: null,
    quota_in_bytes: null,
    table_count: tables,
    viewer: false,
    role_display: "builder",
    org_admin: false,
    public_visualization_count: 0,
    all_visualization_count: 0,
    org_user: false,
    remove_logo: true,
  };
}
