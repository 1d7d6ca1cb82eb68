/**
 * A signal that fires with another one, or when a time is over. Disposing of it takes both back.
 *
 * Unlike `AbortSignal.any` and `AbortSignal.timeout` it needs nobody to keep it from being collected while it is waited for.
 */
export class TimeLimit implements Disposable {
  /** Whether the time was over before the other signal fired. */
  isOver = false;
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.#controller.abort(this.#parent.reason);

  /** @param ms Milliseconds, at most 2³¹ - 1. @throws the parent's reason when it has fired already. */
  constructor(parent: AbortSignal, ms: number) {
    parent.throwIfAborted();
    this.#parent = parent;
    parent.addEventListener("abort", this.#onAbort);
    this.#timer = setTimeout(() => {
      this.isOver = !parent.aborted;
      this.#controller.abort(new Error(`${ms} ms are over`));
    }, ms);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#parent.removeEventListener("abort", this.#onAbort);
  }
}
