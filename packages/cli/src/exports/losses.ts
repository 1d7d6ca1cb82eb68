import { type Carto, exportLosses } from "@carto-ts/sdk";
import type { Context } from "../context.ts";
import { withoutEnd } from "../sql/statement.ts";
import type { ExportItem } from "./plan.ts";

/** Columns that are named of one loss. */
const NAMED = 5;

/** What the formats of one command don't keep of its data, told once at the end. */
export class LossNotes {
  readonly #context: Context;
  readonly #carto: Carto;
  readonly #columns = new Map<string, string[]>();

  constructor(context: Context, carto: Carto) {
    this.#context = context;
    this.#carto = carto;
  }

  /** Looks at the columns of what is exported, where its format may lose some. @throws As {@link Carto.sql.query} */
  async look(item: ExportItem, { several }: { several: boolean }): Promise<void> {
    const { flags, signal } = this.#context;
    const { format, q, label, skipfields } = item;
    if (flags.quiet || flags.json || format.losses.every(({ of }) => of === undefined)) return;
    const none = `select * from (${withoutEnd(q)}\n) as q limit 0`;
    const { fields } = await this.#carto.sql.query(none, { skipfields }, { signal, readOnly: true });
    for (const { text, columns } of exportLosses(format, fields)) {
      const told = this.#columns.get(`${format.title}: ${text}`) ?? [];
      const names = columns.map((name) => (several ? `${label}.${name}` : name));
      this.#columns.set(`${format.title}: ${text}`, [...told, ...names]);
    }
  }

  /** Says on stderr what is lost. */
  say(): void {
    for (const [text, columns] of this.#columns) {
      const more = columns.length > NAMED ? ` and ${columns.length - NAMED} more` : "";
      const which = columns.length === 0 ? "" : ` (${columns.slice(0, NAMED).join(", ")}${more})`;
      this.#context.say(`${text}${which}`, "dim");
    }
  }
}
