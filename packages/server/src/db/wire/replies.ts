import type { PgErrorFields } from "../pg-error.ts";
import type { Column, Notice } from "../result.ts";

function readColumns(body: Buffer): Column[] {
  const columns: Column[] = [];
  let at = 2;
  for (let left = body.readInt16BE(0); left > 0; left--) {
    const end = body.indexOf(0, at);
    const name = body.toString("utf8", at, end);
    // After the name: table OID (4), attribute number (2), type OID (4), type size (2), typmod (4), format (2).
    columns.push({ name, oid: body.readUInt32BE(end + 7), typmod: body.readInt32BE(end + 13) });
    at = end + 19;
  }
  return columns;
}

const KNOWN = 100;
const KNOWN_BYTES = 4 * 1024;

/**
 * The columns of RowDescriptions that a connection has seen: the same array for the same description, so that what is
 * made of an array of columns can be kept with it. Of one connection only, since OIDs mean another type elsewhere.
 */
export class KnownColumns {
  readonly #known = new Map<string, readonly Column[]>();

  /** Reads the columns of a RowDescription body. */
  read(body: Buffer): readonly Column[] {
    if (body.length > KNOWN_BYTES) return readColumns(body);
    const description = body.toString("latin1");
    const known = this.#known.get(description);
    if (known) return known;
    if (this.#known.size >= KNOWN) this.#known.clear();
    const columns = readColumns(body);
    this.#known.set(description, columns);
    return columns;
  }
}

/** Rows that a command tag such as `INSERT 0 2` or `COPY 7` reports; 0 when it reports none. */
export function commandRows(tag: string): number {
  const rows = Number(tag.slice(tag.lastIndexOf(" ") + 1));
  return Number.isInteger(rows) && tag !== "" ? rows : 0;
}

const MAX_NOTICES = 1_000;
const MAX_NOTICE_BYTES = 256 * 1024;

/** Messages of one exchange, bounded: a loop that raises a million notices must not fill the memory. */
export class NoticeLog {
  readonly #notices: Notice[] = [];
  #bytes = 0;
  #dropped = 0;

  add(fields: PgErrorFields): void {
    this.#bytes += fields.message.length;
    if (this.#notices.length >= MAX_NOTICES || this.#bytes > MAX_NOTICE_BYTES) this.#dropped += 1;
    else this.#notices.push({ severity: fields.severity.toLowerCase(), message: fields.message });
  }

  read(): { notices: readonly Notice[]; droppedNotices: number } {
    return { notices: this.#notices, droppedNotices: this.#dropped };
  }
}
