import type { Session } from "../../../db/engine.ts";
import { PgError } from "../../../db/pg-error.ts";
import { readRows } from "../../../formats/rows.ts";
import { mapError } from "../../map-error.ts";
import type { TileLayer, TileStyle } from "../../tiles/tile.ts";
import { rampSql, refusalOf } from "./ramp-sql.ts";
import type { KnownRamp, Ramp } from "./style.ts";
import type { StyleThread } from "./style-thread.ts";

/** Functions in one style at most; each takes a look at the whole query. */
const MOST_RAMPS = 32;

/**
 * Puts values of the data in the place of a style's functions.
 *
 * @param source The layer's query while no tile is known.
 * @throws MapError 400 in the words that clients know, with the place in the style
 */
export async function fillStyle(
  { layer }: Pick<TileLayer, "layer">,
  { source, session, thread }: { source: string; session: Session; thread: StyleThread },
): Promise<TileStyle | undefined> {
  const css = layer.cartocss;
  if (css === undefined) return undefined;
  // Most styles have none, and need not wait for the thread.
  if (!css.includes("(")) return { css, rules: [] };
  const known: KnownRamp[] = [];
  for (;;) {
    const filled = await thread.fill({ css, known });
    if (filled.kind === "filled") return { css: filled.css, rules: filled.rules };
    if (filled.kind === "failed") {
      throw mapError(filled.message, {
        type: "layer",
        subtype: "turbo-carto",
        status: 400,
        layer: {
          id: layer.id,
          index: layer.index,
          type: layer.givenType,
          ...(filled.context ? { context: filled.context } : {}),
        },
      });
    }
    if (known.length + filled.ramps.length > MOST_RAMPS) {
      throw mapError(`The style has more than ${MOST_RAMPS} functions of columns`, { type: "layer" });
    }
    for (const ramp of filled.ramps) known.push({ ...ramp, ...(await readRamp(ramp, source, session)) });
  }
}

/** Values of JSON without what is none; numbers that divide ascend, categories stay as they are ranked. */
function plain(values: readonly unknown[], method: string): (string | number)[] {
  const known = values.filter((value) => value !== null);
  const given = known.map((value) => (typeof value === "number" ? value : String(value)));
  return method === "category" ? given : given.sort((a, b) => Number(a) - Number(b));
}

type Known = Omit<Extract<KnownRamp, { ramp: unknown }>, keyof Ramp> | { error: string };

async function readRamp(ramp: Ramp, source: string, session: Session): Promise<Known> {
  const refusal = refusalOf(ramp);
  if (refusal !== undefined) return { error: refusal };
  try {
    const [row = []] = await readRows(await session.runOne(rampSql(ramp, source)));
    const [values, ...numbers] = row;
    const [min_val, max_val, avg_val] = numbers.map((text) => (text === null ? undefined : Number(text)));
    const found: unknown = JSON.parse(values ?? "[]");
    return {
      ramp: Array.isArray(found) ? plain(found, ramp.method) : [],
      stats: {
        ...(min_val === undefined ? {} : { min_val }),
        ...(max_val === undefined ? {} : { max_val }),
        ...(avg_val === undefined ? {} : { avg_val }),
      },
    };
  } catch (error) {
    if (!(error instanceof PgError)) throw error;
    return { error: error.message };
  }
}
