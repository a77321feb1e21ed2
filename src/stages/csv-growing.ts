/** Numbers one after the other, in pieces, so that growing copies nothing. */
export class Numbers {
  readonly #pieces: Float64Array[] = [];
  #piece = new Float64Array(0);
  #at = 0;
  length = 0;

  push(value: number): void {
    if (this.#at === this.#piece.length) {
      this.#piece = new Float64Array(Math.min(1 << 20, Math.max(1 << 10, 2 * this.#piece.length)));
      this.#pieces.push(this.#piece);
      this.#at = 0;
    }
    this.#piece[this.#at++] = value;
    this.length++;
  }
  /** Hands over all, in order, and forgets them. */
  taken(): Float64Array {
    const all = new Float64Array(this.length);
    let at = 0;
    for (const piece of this.#pieces) {
      const used = piece.subarray(0, Math.min(piece.length, this.length - at));
      all.set(used, at);
      at += used.length;
    }
    this.#pieces.length = 0;
    this.#piece = new Float64Array(0);
    this.#at = 0;
    return all;
  }
}
