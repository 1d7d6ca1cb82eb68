/** Characters of MapConfigs that are kept in memory at most. */
const MAX_SIZE = 32 * 1024 ** 2;

interface Entry<T> {
  value: T;
  size: number;
  /** When it was read, in milliseconds since 1970. */
  readAt: number;
  /** Until when it is kept, in milliseconds since 1970. */
  expiresAt: number;
}

/** What was used last, by name, up to a size. */
export class Memory<T> {
  readonly #entries = new Map<string, Entry<T>>();
  #size = 0;

  /** The entry of `name`, which is now the one used last. */
  get(name: string): Entry<T> | undefined {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry;
  }

  /** Keeps a value in the place of the one before; what was used longest ago makes room. */
  set(name: string, value: T, { size, ttlMs }: { size: number; ttlMs: number }): void {
    this.delete(name);
    const readAt = Date.now();
    this.#entries.set(name, { value, size, readAt, expiresAt: readAt + ttlMs });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= MAX_SIZE) return;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#size -= this.#entries.get(name)?.size ?? 0;
    this.#entries.delete(name);
  }
}
