/** Bytes of a name that PostgreSQL keeps. */
export const NAME_BYTES = 63;

/** A name with a number behind it, `name_2`, cut so that it stays within 63 bytes. `name` is ASCII. */
export function numbered(name: string, number: number): string {
  const ending = `_${number}`;
  return name.slice(0, NAME_BYTES - ending.length).replace(/_+$/, "") + ending;
}
