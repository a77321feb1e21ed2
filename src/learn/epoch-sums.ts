/** The losses of an epoch, step by step. */
import type { ArrayValue } from "../compute/program.js";
import type { Score } from "../values/model.js";
import { DivergedError } from "./diverged.js";
import type { FitOptions } from "./fit.js";
import { learningRate } from "./schedule.js";

/** The running loss and hits of an epoch, each batch judged before its own update. */
export class Tally {
  #lossSum = 0;
  #correct = 0;
  #seen = 0;
  #steps = 0;
  #recent: number[] = [];

  constructor(
    readonly options: Pick<FitOptions, "schedule" | "epochs">,
    readonly epoch: number,
    readonly stepsPerEpoch: number,
    readonly classes: boolean,
  ) {}

  /** @throws DivergedError */
  add([losses, hits]: readonly Pick<ArrayValue, "data">[], from: number, steps: number, batch: number): void {
    const { schedule, epochs } = this.options;
    for (let index = from; index < from + steps; index++) {
      const value = losses!.data[index]!;
      this.#steps++;
      if (!Number.isFinite(value)) {
        const rate = learningRate(
          schedule,
          (this.epoch - 1) * this.stepsPerEpoch + this.#steps - 1,
          this.stepsPerEpoch,
          epochs,
        );
        throw new DivergedError(this.epoch, this.#steps, [...this.#recent, value].slice(-4), rate);
      }
      this.#recent.push(value);
      if (this.#recent.length > 3) this.#recent.shift();
      this.#lossSum += value * batch;
      this.#correct += hits ? hits.data[index]! : 0;
      this.#seen += batch;
    }
  }

  score(): Score {
    return { loss: this.#lossSum / this.#seen, ...(this.classes ? { accuracy: this.#correct / this.#seen } : {}) };
  }
}
