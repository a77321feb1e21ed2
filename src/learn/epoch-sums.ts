/** The losses of an epoch, step by step. */
import type { Score } from "../values/model.js";
import { DivergedError } from "./diverged.js";
import { learnsClasses } from "./losses.js";
import type { Rates } from "./rates.js";
import type { TrainingOptions } from "./training.js";
import type { StepScores } from "./training-steps.js";

/** The running loss of an epoch and how many examples were right, each batch judged before its own update. */
export class EpochSums {
  #losses = 0;
  #correct = 0;
  #seen = 0;
  #steps = 0;
  #recent: number[] = [];

  constructor(
    readonly options: Pick<TrainingOptions, "loss">,
    readonly rates: Rates,
    readonly epoch: number,
  ) {}

  /**
   * Adds some steps of so many examples.
   *
   * @throws DivergedError
   */
  add({ losses, correct }: StepScores, batch: number): void {
    for (let index = 0; index < losses.length; index++) {
      const loss = losses[index]!;
      this.#steps++;
      if (!Number.isFinite(loss)) {
        const rate = this.rates.at((this.epoch - 1) * this.rates.stepsPerEpoch + this.#steps - 1);
        throw new DivergedError(this.epoch, this.#steps, [...this.#recent, loss].slice(-4), rate);
      }
      this.#recent.push(loss);
      if (this.#recent.length > 3) this.#recent.shift();
      this.#losses += loss * batch;
      this.#correct += correct ? correct[index]! : 0;
      this.#seen += batch;
    }
  }

  score(): Score {
    return {
      loss: this.#losses / this.#seen,
      ...(learnsClasses(this.options.loss.type) ? { accuracy: this.#correct / this.#seen } : {}),
    };
  }
}
