/** How fast the steps of a training are computed. It is told, and neither decides a result nor is kept with one. */

export interface StepSpeed {
  /** Of weights, of all members together; the median over the calls of the engine. */
  readonly multiplyAddsPerSecond: number;
  /** That the calls took. */
  readonly elapsedMs: number;
  /** On which the last call was computed. */
  readonly threads: number;
}

export class SpeedMeter {
  readonly #rates: number[] = [];
  #elapsedMs = 0;

  /** @param multiplyAdds  of a call, for which data were laid out and waited for, too */
  add(multiplyAdds: number, elapsedMs: number): void {
    this.#rates.push((multiplyAdds * 1000) / elapsedMs);
    this.#elapsedMs += elapsedMs;
  }

  /** @returns null where nothing was measured, or nobody knows on how many threads */
  speed(threads: number | undefined): StepSpeed | null {
    if (threads === undefined || this.#rates.length === 0) return null;
    const sorted = this.#rates.toSorted((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)]!;
    return { multiplyAddsPerSecond: median, elapsedMs: this.#elapsedMs, threads };
  }
}
