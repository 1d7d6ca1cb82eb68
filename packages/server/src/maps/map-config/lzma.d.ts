/** The parts of the package `lzma` that are used; it has no types of its own. */
declare module "lzma" {
  type Bytes = readonly number[] | Uint8Array;
  type Level = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
  const lzma: {
    /** Gives signed bytes. */
    compress(data: string | Bytes, level: Level): number[];
    /** Gives a string, or signed bytes where they are no text of its kind. @throws Error on what is no stream */
    decompress(data: Bytes): string | number[];
  };
  export default lzma;
}
