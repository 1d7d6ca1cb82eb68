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
  try {
    for (const item of items) {
      begun.push(run(item));
      if (begun.length >= width) yield (await begun.shift()) as T;
    }
    while (begun.length > 0) yield (await begun.shift()) as T;
  } finally {
    // What goes on after an error is nobody's any more.
    for (const left of begun) left.catch(() => {});
  }
}
