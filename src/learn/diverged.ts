/**
 * A training whose numbers have left what float32 can hold: where that is looked for, and what is known of it.
 *
 * Every step is looked at by the loss that it starts from (`epoch-sums.ts`), so an update is judged by the step after
 * it. The last update has none: what it leaves is looked at here, by the outputs for the validation set or else by the
 * loss from which one more step would start, and number by number.
 */
import type { ArrayValue } from "../compute/program.js";
import type { EpochScore, Score } from "../values/model.js";
import { type Average, copiesOf } from "./average.js";
import { type Batching, stepsPerEpoch } from "./batches.js";
import type { Examples } from "./data.js";
import { type Judge, scoreOf } from "./score.js";
import type { FitState } from "./training.js";

/**
 * `loss`: of that step · `update`: the loss that the next step would have · `validation`: its outputs · `weights`,
 * `optimizer`, `average`: what is carried.
 */
export type Lost = "loss" | "update" | "validation" | "weights" | "optimizer" | "average";

/** What is not finite. */
export type Part = "output" | "loss" | "running" | "gradient" | "parameter" | "slot";
export interface Found {
  readonly part: Part;
  /** The layer by its full name; null of the loss. */
  readonly layer: string | null;
  /** Of a layer's output its name, else that of the parameter, `dense_2.weight`; of the loss "". */
  readonly name: string;
  /** Of what the optimiser keeps for the parameter: its name, `second_moment`. */
  readonly slot?: string;
  readonly value: "infinite" | "NaN";
}

/** The first number of a training that is NaN or infinite, in the step from which all else follows. */
export interface Origin extends Found {
  readonly epoch: number;
  /** From 1. */
  readonly step: number;
  readonly set: "train" | "validation";
}
/** What is found out about a training that has diverged by going once more over the way that it took. */
export interface Aftermath {
  /** Null where it was not found. */
  readonly origin: Origin | null;
  /** The state at the end of the last epoch up to which the training is a result; null where none is. */
  readonly last: FitState | null;
}

/** Something of a training became NaN or infinite. */
export class DivergedError extends Error {
  override name = "DivergedError";
  constructor(
    readonly epoch: number,
    readonly step: number,
    readonly losses: readonly number[],
    readonly learningRate: number,
    readonly lost: Lost = "loss",
    readonly aftermath: Aftermath = { origin: null, last: null },
  ) {
    super(`${lost === "loss" ? `loss ${losses[losses.length - 1]}` : lost} in epoch ${epoch}, step ${step}`);
  }

  with(aftermath: Aftermath): DivergedError {
    return new DivergedError(this.epoch, this.step, this.losses, this.learningRate, this.lost, aftermath);
  }
}

export const isFinite32 = (values: Float32Array | Int32Array | Uint8Array): boolean => {
  if (!(values instanceof Float32Array)) return true;
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false;
  return true;
};

/** Found in the last step of an epoch. */
const afterEpoch = (
  { epoch, learningRate }: Pick<EpochScore, "epoch" | "learningRate">,
  examples: number,
  batching: Batching,
  losses: readonly number[],
  lost: Lost,
): DivergedError => new DivergedError(epoch, stepsPerEpoch(examples, batching), losses, learningRate, lost);

/**
 * The score of the validation set after an epoch.
 *
 * @throws DivergedError where an output is not finite, or their loss is beyond float32, in which a step would compute
 *   it: without a validation set
 *                       such a training fails by its next loss, and what is scored from such outputs means nothing
 */
export function validationScore(
  outputs: Float32Array,
  validation: Examples,
  scored: Pick<EpochScore, "epoch" | "train" | "learningRate">,
  examples: number,
  batching: Batching,
  judge: Judge,
): Score {
  const score = isFinite32(outputs) ? scoreOf(judge, outputs, validation) : null;
  if (!score || !Number.isFinite(Math.fround(score.loss)))
    throw afterEpoch(scored, examples, batching, [scored.train.loss], "validation");
  return score;
}

/**
 * Looks at what the last update of a training left.
 *
 * @param arrays    that are carried: parameters, then the optimiser's, then averages
 * @param nextLoss  the loss from which one more step would start; asked where no validation set was judged
 */
export async function divergedAtEnd(
  { history, arrays }: { readonly history: readonly EpochScore[]; readonly arrays: readonly ArrayValue[] },
  examples: number,
  batching: Batching & { readonly average?: Average },
  nextLoss: () => Promise<number>,
): Promise<DivergedError | null> {
  const last = history[history.length - 1];
  if (!last) return null;
  const found = (lost: Lost, ...losses: readonly number[]): DivergedError =>
    afterEpoch(last, examples, batching, [last.train.loss, ...losses], lost);
  const parameters = batching.layers.flatMap((layer) => layer.parameters).length;
  const at = arrays.findIndex(({ data }) => !isFinite32(data));
  const averages = arrays.length - copiesOf(batching.average) * parameters;
  if (at >= averages) return found("average");
  if (at >= 0) return found(at < parameters ? "weights" : "optimizer");
  if (last.validation) return null;
  const loss = await nextLoss();
  return Number.isFinite(loss) ? null : found("update", loss);
}
