/**
 * Losses, by PyTorch's definitions. e is output − target, z a logit, y the label, n the examples of a batch.
 *
 *   mse                   mean of e²
 *   cross_entropy         mean of logsumexp(z) − z[y], in nats; ln(classes) when all logits are equal
 *
 * Means of numbers are over examples and targets. The loss of a step is that of its batch, the loss of a set that of
 * all its examples.
 *
 * A loss is a row, and nothing else knows its name. A row is given TF.js where it computes: options are checked without
 * loading it.
 *
 * Sources: torch.nn; Goodfellow, Bengio & Courville (2016), §6.2.2.3 and §5.5.1.
 */
import type * as z from "zod";
import type { tf } from "../util/tfjs.js";
import { argMax, logSumExp, softmaxRows } from "./logits.js";

/** Losses of examples, added up in float64; their mean is `loss / weight`. */
export interface Sums {
  loss: number;
  weight: number;
}
/** What a loss does with its options set. */
export interface Criterion {
  /**
   * The loss of a batch, differentiable.
   *
   * @param output  float32 [batch, outputs]
   * @param labels  int32 [batch] classes, or float32 [batch, targets]
   * @returns       float32 []
   */
  value(calls: typeof tf, output: tf.Tensor, labels: tf.Tensor): tf.Tensor;
  /**
   * The gradient of each member's loss by its outputs, written out: d times a factor.
   *
   * @param output  float32 [members, batch, outputs]
   * @param wanted  float32 [members, batch, width]: targets, or one-hot classes
   */
  gradient(calls: typeof tf, output: tf.Tensor, wanted: tf.Tensor): { readonly d: tf.Tensor; readonly factor: number };
  /**
   * Adds an example.
   *
   * @param outputs  of the example from `at` on
   * @param wanted   of the example from `from` on: its targets, or its class alone
   */
  add(sums: Sums, outputs: Float32Array, at: number, wanted: ArrayLike<number>, from: number, width: number): void;
}
/** How outputs are read where they learn classes. */
export interface ClassReading {
  /** How many examples of a batch are right, float32 []; labels int32 [batch]. */
  correct(calls: typeof tf, output: tf.Tensor, labels: tf.Tensor): tf.Tensor;
  /** The class that is predicted; of a tie the first. */
  predicted(outputs: Float32Array, at: number, width: number): number;
  /** float32 [count, classes], each row summing to 1. */
  probabilities(outputs: Float32Array, width: number): Float32Array;
}
interface Guess {
  /** Such as "predicting the mean". */
  readonly text: string;
  /** From all targets of a column. */
  of(values: readonly number[]): number;
}
interface Shared<O extends z.ZodRawShape> {
  readonly summary: string;
  /** Title of an axis. */
  readonly title: string;
  /** The metric of `evaluate` that it is. */
  readonly metric: string;
  /** As a file spells them, with defaults and descriptions. */
  readonly options: O;
  criterion(options: z.infer<z.ZodObject<O>>): Criterion;
}
type Row<O extends z.ZodRawShape = z.ZodRawShape> = Shared<O> &
  (
    | { readonly learns: "classes"; readonly reading: ClassReading }
    | { readonly learns: "numbers"; readonly guess: Guess }
  );

/** A loss that is a mean over numbers, by the error e of each. */
interface Pointwise {
  value(calls: typeof tf, error: tf.Tensor): tf.Tensor;
  /** Its derivative is d times a factor. */
  derivative(calls: typeof tf, error: tf.Tensor): { readonly d: tf.Tensor; readonly factor: number };
  of(error: number): number;
}
const meanOver = ({ value, derivative, of }: Pointwise): Criterion => ({
  value: (tf, output, labels) => tf.mean(value(tf, tf.sub(output, tf.reshape(labels, output.shape)))),
  gradient(tf, output, wanted) {
    const [, batch, outputs] = output.shape as [number, number, number];
    const { d, factor } = derivative(tf, tf.sub(output, wanted));
    return { d, factor: factor / (batch * outputs) };
  },
  add(sums, outputs, at, wanted, from, width) {
    for (let target = 0; target < width; target++) sums.loss += of(outputs[at + target]! - wanted[from + target]!);
    sums.weight += width;
  },
});
const mean: Guess = {
  text: "predicting the mean",
  of: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

const rows = {
  cross_entropy: {
    summary: "For classes, from logits, one output per class.",
    learns: "classes",
    title: "Loss (nats)",
    metric: "loss",
    options: {},
    reading: {
      correct: (tf, output, labels) =>
        tf.sum(tf.cast(tf.equal(tf.argMax(output, 1), tf.cast(labels, "int32")), "float32")),
      predicted: argMax,
      probabilities: softmaxRows,
    },
    criterion: () => ({
      value(tf, output, labels) {
        const wanted = tf.oneHot(tf.cast(labels, "int32"), output.shape[1]!);
        return tf.neg(
          tf.div(tf.sum(tf.mul(tf.cast(wanted, "float32"), tf.logSoftmax(output as tf.Tensor2D))), output.shape[0]!),
        );
      },
      gradient(tf, output, wanted) {
        const batch = output.shape[1]!;
        return { d: tf.sub(tf.softmax(output), wanted), factor: 1 / batch };
      },
      add(sums, outputs, at, wanted, from, width) {
        sums.loss += logSumExp(outputs, at, width) - outputs[at + wanted[from]!]!;
        sums.weight++;
      },
    }),
  },
  mse: {
    summary: "Mean squared error, for numbers.",
    learns: "numbers",
    title: "Loss (mean squared error)",
    metric: "mse",
    options: {},
    guess: mean,
    criterion: () =>
      meanOver({
        value: (tf, error) => tf.square(error),
        derivative: (_, error) => ({ d: error, factor: 2 }),
        of: (error) => error * error,
      }),
  },
} satisfies Readonly<Record<string, Row>>;

type Rows = typeof rows;
export type LossName = keyof Rows;
export const losses: { readonly [K in LossName]: Row } = rows;
export const lossNames = Object.keys(rows) as readonly LossName[];
/** The options of one that has any. */
type Options<K extends LossName> = [keyof Rows[K]["options"]] extends [never]
  ? unknown
  : Readonly<z.infer<z.ZodObject<Rows[K]["options"]>>>;
/** A loss with its options. */
export type Loss = { [K in LossName]: { readonly type: K } & Options<K> }[LossName];

export function criterionOf({ type, ...options }: Loss): Criterion {
  const { criterion }: Row = losses[type];
  return criterion(options);
}

/** A row by a name that a model was stored with. */
export function lossNamed(name: string): Row {
  if (!Object.hasOwn(rows, name)) throw new Error(`hw1 bug: no loss ${name}`);
  return losses[name as LossName];
}
export const learnsClasses = (name: string): boolean => lossNamed(name).learns === "classes";
/** How the outputs of a loss are read; null where they are numbers. */
export function readingOf(name: string): ClassReading | null {
  const row = lossNamed(name);
  return row.learns === "classes" ? row.reading : null;
}
