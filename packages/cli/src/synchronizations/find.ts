import type { Carto, Synchronization } from "@carto-ts/sdk";
import { CommandError } from "../command-error.ts";
import type { Context } from "../context.ts";
import { EXIT } from "../exit.ts";

/** The synchronization that is called so: by its id, or its dataset's name. @throws {@link CommandError} where there is none */
export async function findSync(context: Context, carto: Carto, given: string): Promise<Synchronization> {
  for await (const sync of carto.syncs.list({ signal: context.signal })) {
    if (sync.id === given || sync.name === given) return sync;
  }
  throw new CommandError(
    `no synchronization feeds ${given}`,
    "carto-ts sync list shows all of them; carto-ts import URL --sync 1h makes one",
    EXIT.notFound,
  );
}
