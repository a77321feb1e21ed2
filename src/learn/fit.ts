/**
 * Training: epochs of shuffled batches, the loss of a validation set after each, early stopping, a state to go on from.
 *
 * What comes out depends on the examples, the options and the seeds, never on how many steps a call takes, on when
 * progress was told, or on where an earlier run was interrupted: every random draw has a stream named by its epoch and
 * purpose.
 */
import type { ArrayValue, Compute } from "../compute/program.js";
import type { EpochScore, Score } from "../values/model.js";
import type { Loss } from "./choices.js";
import type { Examples } from "./data.js";
import { troubleAtEnd } from "./diverged.js";
import { initialArrays } from "./initial.js";
import type { PlacedLayer } from "./layer.js";
import type { Optimizer } from "./optimizer.js";
import type { Schedule } from "./schedule.js";
import { isForTeams, Team } from "./stacked-training.js";
import { pause, StoppedError, Trainer } from "./trainer.js";

export { DivergedError } from "./diverged.js";
export { StoppedError } from "./trainer.js";

export interface FitOptions {
  readonly layers: readonly PlacedLayer[];
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /**
   * Factors of the penalties l1 Σ|w| + l2/2 Σw² over the weights of convolutions and dense layers. Losses are told
   * without them.
   */
  readonly l1?: number;
  readonly l2?: number;
  readonly schedule: Schedule;
  readonly batchSize: number;
  readonly epochs: number;
  readonly earlyStopping: { readonly patience: number; readonly minDelta: number } | null;
  readonly seed: number;
  readonly folds: readonly string[];
}
/** All that a training carries from epoch to epoch. */
export interface FitState {
  readonly epoch: number;
  /** Parameters, then each optimiser slot of each trained parameter. */
  readonly arrays: readonly ArrayValue[];
  readonly history: readonly EpochScore[];
  /** With early stopping: the parameters of the best epoch so far. */
  readonly best: { readonly epoch: number; readonly parameters: readonly ArrayValue[] } | null;
}
export interface FitReport {
  readonly epoch: number;
  readonly fraction: number;
  readonly examplesPerSecond: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly validation?: Score;
  /** The epoch has just ended. */
  readonly ended: boolean;
}
export interface FitHooks {
  /** A state left by the same training, or a shorter one. */
  readonly resume: FitState | undefined;
  /**
   * At the end of a call that ends an epoch (short epochs go several to a call), and whenever `epochs` or patience is
   * reached (`final`).
   */
  save(state: FitState, final: boolean): void;
  report(report: FitReport): void;
  /** Asked between two calls of the engine. */
  stopping(): boolean;
  /** Milliseconds; decides nothing but how often progress is told. */
  now(): number;
}
export interface FitResult {
  readonly parameters: readonly ArrayValue[];
  readonly state: FitState;
  readonly stopped: "epochs" | "early_stopping";
  readonly bestEpoch: number;
}

/** @throws DivergedError, StoppedError */
export async function fitModel(
  compute: Compute,
  train: Examples,
  validation: Examples | null,
  options: FitOptions,
  hooks: FitHooks,
): Promise<FitResult> {
  const { layers, optimizer, epochs } = options;
  const parameters = layers.flatMap((layer) => layer.parameters);
  const start = hooks.resume?.arrays ?? initialArrays(layers, optimizer, options.seed, options.folds);
  // A small network of dense layers is a team of one, whose numbers are those that it has in company.
  const trainer =
    !compute.stepwise && isForTeams(options, train.count)
      ? alone(compute, train, validation, options, start, hooks)
      : new Trainer(compute, train, validation, options, start, hooks);
  const history: EpochScore[] = [...(hooks.resume?.history ?? [])];
  let best = hooks.resume?.best ?? null;
  const stopsEarly = (): boolean =>
    options.earlyStopping !== null && best !== null && history.length - best.epoch >= options.earlyStopping.patience;
  const improves = (score: EpochScore): boolean => {
    if (!options.earlyStopping || !score.validation) return false;
    const before = best ? history[best.epoch - 1]!.validation!.loss : Number.POSITIVE_INFINITY;
    return best === null || score.validation.loss < before - options.earlyStopping.minDelta;
  };
  /** What the last update left, before it counts as a result. @throws DivergedError */
  const checkEnd = (arrays: readonly ArrayValue[]): void => {
    const trouble = troubleAtEnd({ history, arrays, parameters: parameters.length }, train.count, options, () =>
      trainer.nextLoss(history.length),
    );
    if (trouble) throw trouble;
  };
  try {
    if (history.length >= epochs || stopsEarly()) checkEnd(trainer.arrays());
    while (history.length < epochs && !stopsEarly()) {
      const first = history.length + 1;
      const before = trainer.mark();
      const { scores, trouble } = trainer.several()
        ? trainer.trainSeveral(first, epochs - history.length)
        : { scores: [await trainer.trainOne(first)], trouble: null };
      let newBest = 0;
      for (const score of scores) {
        const better = improves(score);
        history.push(score);
        if (better) {
          newBest = score.epoch;
          // Its parameters follow below.
          best = { epoch: score.epoch, parameters: [] };
        }
        if (stopsEarly()) break;
      }
      // What lies behind the epoch at which a training stops is no part of it.
      if (trouble && !stopsEarly()) throw trouble;
      const last = history.length;
      if (newBest > 0 && newBest < last) {
        // The best epoch lies within the call: the same steps again, up to it, leave the same bits.
        trainer.reset(before);
        trainer.again(first, newBest);
        best = { epoch: newBest, parameters: trainer.arrays().slice(0, parameters.length) };
        trainer.again(newBest + 1, last);
      } else if (trouble || last < first + scores.length - 1) {
        trainer.reset(before);
        trainer.again(first, last);
      }
      const arrays = trainer.arrays();
      if (newBest === last) best = { epoch: newBest, parameters: arrays.slice(0, parameters.length) };
      const score = history[last - 1]!;
      const final = last >= epochs || stopsEarly();
      if (final) checkEnd(arrays);
      hooks.save({ epoch: last, arrays, history: [...history], best }, final);
      hooks.report({
        epoch: last,
        fraction: 1,
        examplesPerSecond: trainer.examplesPerSecond,
        ...score.train,
        ...(score.validation ? { validation: score.validation } : {}),
        ended: true,
      });
      await pause();
      if (hooks.stopping() && !final) throw new StoppedError("stopped");
    }
    const arrays = trainer.arrays();
    const kept = options.earlyStopping && best ? best : null;
    return {
      parameters: kept ? kept.parameters : arrays.slice(0, parameters.length),
      state: { epoch: history.length, arrays, history, best },
      stopped: stopsEarly() && history.length < epochs ? "early_stopping" : "epochs",
      bestEpoch: kept ? kept.epoch : lowestEpoch(history),
    };
  } finally {
    trainer.dispose();
  }
}

/** The epoch with the lowest validation loss (training loss where there is none); the first of equals. */
export function lowestEpoch(history: readonly EpochScore[]): number {
  const loss = (score: EpochScore): number => (score.validation ?? score.train).loss;
  return history.reduce((best, score) => (loss(score) < loss(best) ? score : best), history[0]!).epoch;
}

/** What a training is to `fitModel`. */
type Training = Pick<
  Trainer,
  | "several"
  | "trainSeveral"
  | "trainOne"
  | "again"
  | "nextLoss"
  | "arrays"
  | "mark"
  | "reset"
  | "dispose"
  | "examplesPerSecond"
>;

/** A team of one member as a training. */
function alone(
  compute: Compute,
  train: Examples,
  validation: Examples | null,
  options: FitOptions,
  start: readonly ArrayValue[],
  { now }: FitHooks,
): Training {
  const team = new Team(
    compute,
    [{ train, validation, seed: options.seed, folds: options.folds, start }],
    options,
    now,
  );
  return {
    several: () => true,
    trainSeveral: (first, most) => team.train(first, most)[0]!,
    trainOne: () => Promise.reject(new Error("hw1 bug: a team trains several epochs at a time")),
    again: (first, last) => team.again(first, last),
    nextLoss: (epoch) => team.nextLosses(epoch)[0]!,
    arrays: () => team.arrays(0),
    mark: () => team.mark(),
    reset: (mark) => team.reset(mark),
    dispose: () => team.dispose(),
    get examplesPerSecond() {
      return team.examplesPerSecond;
    },
  };
}
