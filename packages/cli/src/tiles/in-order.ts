/**
 * Works on items, some at a time, and gives the results in the items' order.
 *
 * @param width How many at a time; so many results are held at most.
 */
export async function* inOrder<Item, T>(
  items: Iterable<Item>,
  { width, run }: { width: number; run: (item: Item) => Promise<T> },
): AsyncGenerator<T, void, undefined> {
  const begun: Promise<T>[] = [];
  for (const item of items) {
    const result = run(item);
    // While the reader is busy, or when it is gone, nobody waits for it: a failure would end the process.
    result.catch(() => {});
    begun.push(result);
    if (begun.length >= width) yield (await begun.shift()) as T;
  }
  while (begun.length > 0) yield (await begun.shift()) as T;
}
