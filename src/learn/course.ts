/** The course that one training takes: its epochs' scores, its best epoch, and whether it is over. */
import type { ArrayValue } from "../compute/program.js";
import type { EpochScore } from "../values/model.js";
import { modelParameters } from "./average.js";
import { isBetter, watchedOf } from "./stopping.js";
import type { FitResult, FitState, TrainingOptions } from "./training.js";

export class Course {
  readonly #history: EpochScore[];
  #best: FitState["best"];

  constructor(
    readonly options: Pick<TrainingOptions, "layers" | "epochs" | "earlyStopping" | "average">,
    resume: FitState | undefined,
  ) {
    this.#history = [...(resume?.history ?? [])];
    this.#best = resume?.best ?? null;
  }

  get history(): readonly EpochScore[] {
    return this.#history;
  }
  get epoch(): number {
    return this.#history.length;
  }
  /** With early stopping: the best epoch so far. */
  get bestEpoch(): number | null {
    return this.#best?.epoch ?? null;
  }
  /** Whether patience is at its end. */
  get isExhausted(): boolean {
    const { earlyStopping } = this.options;
    return earlyStopping !== null && this.#best !== null && this.epoch - this.#best.epoch >= earlyStopping.patience;
  }
  get isOver(): boolean {
    return this.epoch >= this.options.epochs || this.isExhausted;
  }

  /** Takes the epochs of a call up to the one at which the training stops: what lies behind that is no part of it. */
  take(scores: readonly EpochScore[]): void {
    for (const score of scores) {
      const isBetter = this.#isBetter(score);
      this.#history.push(score);
      // Its parameters follow, once the call is over.
      if (isBetter) this.#best = { epoch: score.epoch, parameters: [] };
      if (this.isExhausted) break;
    }
  }
  #isBetter(score: EpochScore): boolean {
    const { earlyStopping } = this.options;
    if (!earlyStopping) return false;
    if (watchedOf(score, earlyStopping.metric) === undefined)
      throw new Error(`hw1 bug: an epoch without ${earlyStopping.metric}`);
    return this.#best === null || isBetter(score, this.#history[this.#best.epoch - 1]!, earlyStopping);
  }

  /** @param arrays  that the training carried at its best epoch */
  keepBest(arrays: readonly ArrayValue[]): void {
    this.#best = { epoch: this.#best!.epoch, parameters: modelParameters(arrays, this.options) };
  }

  /** @param arrays  that the training carries now */
  state(arrays: readonly ArrayValue[]): FitState {
    return { epoch: this.epoch, arrays, history: [...this.#history], best: this.#best };
  }
  result(arrays: readonly ArrayValue[]): FitResult {
    const kept = this.options.earlyStopping ? this.#best : null;
    return {
      parameters: kept ? kept.parameters : modelParameters(arrays, this.options),
      state: this.state(arrays),
      stopped: this.isExhausted && this.epoch < this.options.epochs ? "early_stopping" : "epochs",
      bestEpoch: kept ? kept.epoch : lowestEpoch(this.#history),
    };
  }
}

/** The epoch with the lowest validation loss (training loss where there is none); the first of equals. */
function lowestEpoch(history: readonly EpochScore[]): number {
  const loss = (score: EpochScore): number => (score.validation ?? score.train).loss;
  return history.reduce((best, score) => (loss(score) < loss(best) ? score : best), history[0]!).epoch;
}
