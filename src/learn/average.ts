/**
 * Averages of the weights: what a model holds instead of the weights as they were trained.
 *
 *   exponential  a ← a + (1 − d)(w − a) after every step, d = min(decay, (1 + t) / (10 + t)), t = 0 at the first step;
 *                a starts as the initial weights. Early steps count more while there are few (as in TensorFlow's
 *                ExponentialMovingAverage with `num_updates`); torch.optim.swa_utils.AveragedModel has a fixed decay and
 *                starts as the weights after its first update.
 *   last         a = mean of the weights at the ends of the last K epochs, of those that there are: of epoch e those of
 *                max(1, e − K + 1) … e, so that the average of an epoch does not depend on how many follow
 *                (Izmailov et al., 2018, average from an epoch on).
 *
 * All of a network is averaged, running statistics included: PyTorch's `use_buffers=True`. What is carried for it comes
 * last: the average of every parameter, then, of `last`, those of the K − 1 epochs before, the oldest first; 0 where
 * there was none. So a training is gone on from bit for bit, and what is averaged depends on nothing but the epochs.
 *
 * TF.js is given where it computes: options are checked without loading it.
 */
import type { ArrayValue } from "../compute/program.js";
import type { tf } from "../util/tfjs.js";
import type { PlacedLayer } from "./layer.js";

export type Average =
  | { readonly type: "exponential"; readonly decay: number }
  /** Of the ends of so many epochs. */
  | { readonly type: "last"; readonly epochs: number };

/** How many copies of the parameters are carried. */
export function copiesOf(average: Average | undefined): number {
  if (!average) return 0;
  return average.type === "exponential" ? 1 : average.epochs;
}

/** What a training starts from, beside its parameters and the optimiser's slots. */
export const initialAverages = (
  average: Average | undefined,
  parameters: readonly ArrayValue[],
): readonly ArrayValue[] =>
  Array.from({ length: copiesOf(average) }, (_, copy) =>
    parameters.map(({ dtype, shape, data }): ArrayValue => {
      const values = copy === 0 ? data.slice() : new Float32Array(data.length);
      return { dtype, shape, data: values };
    }),
  ).flat();

/** Of what a training carries: the parameters that its model holds, which are the averages where there are any. */
export function modelParameters(
  arrays: readonly ArrayValue[],
  { layers, average }: { readonly layers: readonly PlacedLayer[]; readonly average?: Average },
): readonly ArrayValue[] {
  const count = layers.flatMap(({ parameters }) => parameters).length;
  const from = average ? arrays.length - copiesOf(average) * count : 0;
  return arrays.slice(from, from + count);
}

/** What the exponential average is fed at step t (from 0): 1 − d, the weight of the new weights. */
export const weightOfNew = (decay: number, t: number): number => 1 - Math.min(decay, (1 + t) / (10 + t));

/** @param weight  of the new weights, float32 [] */
export const movedOn = (
  calls: typeof tf,
  averages: readonly tf.Tensor[],
  parameters: readonly tf.Tensor[],
  weight: tf.Tensor,
): readonly tf.Tensor[] =>
  averages.map((average, index) => calls.add(average, calls.mul(weight, calls.sub(parameters[index]!, average))));

/**
 * The averages after one more epoch, and what is kept for those to come.
 *
 * @param carried     averages, then the ends of epochs before, the oldest first
 * @param parameters  at the end of this epoch
 * @param count       how many ends there are, this one included: float32 []
 */
export function averagedWithEnds(
  calls: typeof tf,
  carried: readonly tf.Tensor[],
  parameters: readonly tf.Tensor[],
  count: tf.Tensor,
): readonly tf.Tensor[] {
  const each = parameters.length;
  const ends = [...carried.slice(each), ...parameters];
  const averages = parameters.map((_, index) => {
    const own = ends.filter((_, at) => at % each === index);
    return calls.div(
      own.reduce((sum, end) => calls.add(sum, end)),
      count,
    );
  });
  return [...averages, ...ends.slice(each)];
}
