import type { Context } from "../context.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { writeFacts, writeJsonValue } from "../output/object.ts";
import { profilePath, readProfiles } from "./profile.ts";

/** `auth status`: exits with 4 when the server refuses the key. */
export async function showStatus(context: Context): Promise<ExitCode | undefined> {
  const connection = await context.connection();
  const carto = context.client(connection);
  context.doing = `ask ${connection.url}`;
  const anonymous = connection.apiKey === undefined;
  const valid = anonymous ? undefined : await carto.auth.isValidApiKey({ signal: context.signal });
  const profiles = [...(await readProfiles(profilePath(context.io.env))).keys()];
  const status = {
    url: connection.url,
    url_from: connection.urlFrom,
    account: carto.username,
    key: anonymous ? "none" : valid ? "accepted" : "refused",
    key_from: connection.keyFrom,
    profiles,
  };
  if (context.machine) await writeJsonValue(context.io, status);
  else {
    await writeFacts(context.io, [
      ["server", `${status.url} (from ${status.url_from})`],
      ["account", status.account],
      ["key", anonymous ? "none: public data only" : `${status.key} (from ${status.key_from})`],
      ["profiles", profiles.join(", ") || undefined],
    ]);
  }
  return valid === false ? EXIT.auth : undefined;
}
