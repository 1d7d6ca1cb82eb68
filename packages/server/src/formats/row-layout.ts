import type { Column } from "../db/result.ts";
import { codecOf, SKIP, STRING } from "./codec.ts";
import type { NonFinite, ValueEncoder } from "./json-writer.ts";

/** Quotes around a value, or the time of day that a date gets. */
const OVERHEAD = 32;

/** How the objects of a document look. */
export interface RowShape {
  /** What comes before a row's members, with the separator of rows: all rows begin so. */
  open: string;
  /** What comes behind them. */
  close: string;
  nonFinite: NonFinite;
  /** Whether a column is one of the members. */
  visible: readonly boolean[];
  /** A column of JSON text to be written ahead of the members, wherever it stands in the row. */
  lead?: { index: number; open: string };
}

/** What is the same in all rows of a result, as bytes. */
export interface RowLayout {
  /** By column. */
  kinds: readonly number[];
  encoders: readonly ValueEncoder[];
  /** Member names with their punctuation, and the quote that begins a string. */
  keys: readonly Buffer[];
  /** Members that are null. */
  nulls: readonly Buffer[];
  open: Buffer;
  close: Buffer;
  nonFinite: NonFinite;
  /** The column written ahead of the members, or -1. */
  lead: number;
  leadOpen: Buffer;
  /** Bytes of a row besides what its text expands to, at most. */
  fixed: number;
}

/** Prepares all of a row but its values. */
export function layOut(columns: readonly Column[], shape: RowShape): RowLayout {
  const { visible } = shape;
  const codecs = columns.map(({ oid }) => codecOf(oid));
  const kinds = codecs.map(({ kind }, i) => (visible[i] ? kind : SKIP));
  const first = visible.indexOf(true);
  const names = columns.map(({ name }, i) => (visible[i] ? `${i === first ? "" : ","}${JSON.stringify(name)}:` : ""));
  const nulls = names.map((name) => Buffer.from(name === "" ? "" : `${name}null`));
  const open = Buffer.from(shape.open);
  const close = Buffer.from(shape.close);
  const leadOpen = Buffer.from(shape.lead?.open ?? "");
  return {
    kinds,
    encoders: codecs.map(({ encode }) => encode),
    keys: names.map((name, i) => Buffer.from(kinds[i] === STRING ? `${name}"` : name)),
    nulls,
    open,
    close,
    nonFinite: shape.nonFinite,
    lead: shape.lead?.index ?? -1,
    leadOpen,
    fixed: [open, leadOpen, close, ...nulls].reduce((sum, text) => sum + text.length + OVERHEAD, 0),
  };
}
