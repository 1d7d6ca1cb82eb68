/** A list of 32-bit integers that grows. */
export class IntList {
  #values: Int32Array = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const values = new Int32Array(this.length * 2);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.length++] = value;
  }

  /** The value at `index`, which must be below {@link length}. */
  at(index: number): number {
    return this.#values[index] as number;
  }
}
