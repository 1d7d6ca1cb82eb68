/** `PGCOPY\n\377\r\n\0`, flags, and the length of an extension that follows. */
const HEAD_BYTES = 19;
const EXTENSION_LENGTH_AT = 15;
/** The number of fields that a row begins with, and the length that a field begins with. */
const ROW_HEAD_BYTES = 2;
const FIELD_HEAD_BYTES = 4;

/** Cuts the output of `COPY … TO STDOUT (FORMAT binary)` into whole rows. */
export class CopyRowSplitter {
  #pieces: Uint8Array[] = [];
  #length = 0;
  /** Bytes without which nothing more can be read. */
  #wanted: number = HEAD_BYTES;
  #begun = false;
  #ended = false;

  /**
   * Adds a piece and returns the rows that are complete by now, without what begins and ends the format; undefined where
   * there are none.
   *
   * A field of many pieces is put together once, so that huge geometries cost linear time.
   */
  push(piece: Uint8Array): Uint8Array | undefined {
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#ended || this.#length < this.#wanted) return undefined;
    const bytes = this.#pieces.length === 1 ? piece : Buffer.concat(this.#pieces, this.#length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const start = this.#begun ? 0 : this.#begin(view);
    const end = this.#begun ? this.#endOfRows(view, start) : 0;
    this.#pieces = end < bytes.length ? [bytes.slice(end)] : [];
    this.#length = bytes.length - end;
    return end > start ? bytes.subarray(start, end) : undefined;
  }

  /** Reads the head; returns where the rows begin. */
  #begin(view: DataView): number {
    const start = HEAD_BYTES + view.getUint32(EXTENSION_LENGTH_AT);
    this.#wanted = start;
    this.#begun = view.byteLength >= start;
    return start;
  }

  /** Where the last complete row ends. */
  #endOfRows(view: DataView, start: number): number {
    const { byteLength } = view;
    let end = start;
    while (byteLength - end >= ROW_HEAD_BYTES) {
      const fields = view.getInt16(end);
      if (fields < 0) {
        this.#ended = true;
        return end;
      }
      let at = end + ROW_HEAD_BYTES;
      for (let i = 0; i < fields; i++) {
        const headEnd = at + FIELD_HEAD_BYTES;
        // A NULL has the length -1.
        at = headEnd <= byteLength ? headEnd + Math.max(0, view.getInt32(at)) : headEnd;
        if (at > byteLength) {
          this.#wanted = at - end;
          return end;
        }
      }
      end = at;
    }
    this.#wanted = ROW_HEAD_BYTES;
    return end;
  }
}
