/**
 * Losses, by PyTorch's definitions. e is output − target, z a logit, y the label of an example.
 *
 *   cross_entropy         mean of logsumexp(z) − z[y], in nats; ln(classes) when all logits are equal
 *   binary_cross_entropy  mean of softplus(z) − y z, of one logit, for the second of two classes; in nats
 *   mse                   mean of e²
 *   mae                   mean of |e|; its derivative at 0 is 0
 *   huber                 mean of e²/2 where |e| ≤ δ, else δ (|e| − δ/2)
 *
 * Means of numbers are over examples and targets. Weights of classes and smoothed labels: `class-criteria.ts`. The loss
 * of a step is that of its batch, the loss of a set that of all its examples.
 *
 * A loss is a row, and nothing else knows its name. A row is given TF.js where it computes: options are checked without
 * loading it.
 *
 * Sources: torch.nn; Goodfellow, Bengio & Courville (2016), §6.2.2.3 and §5.5.1; Huber (1964).
 */
import * as z from "zod";
import type { JsonObject } from "../util/json.js";
import { median } from "../util/statistics.js";
import type { tf } from "../util/tfjs.js";
import type { ActivationName } from "./activation.js";
import { ofSeveral, ofTwo } from "./class-criteria.js";
import { type ClassSettings, type Criterion, meanOver, type Outputs } from "./criterion.js";
import type { Examples } from "./data.js";
import { argMax, logSumExp, sigmoidRows, softmaxRows, softplus } from "./logits.js";
import { positive } from "./optimizer.js";

/** How outputs are read where they learn classes. */
export interface ClassReading {
  /** How many examples of a batch are right, float32 []; labels int32 [batch]. */
  correct(calls: typeof tf, output: tf.Tensor, labels: tf.Tensor): tf.Tensor;
  /** The class that is predicted; of a tie the first. */
  predicted(outputs: Outputs, at: number, width: number): number;
  /** Of two classes: it is larger the more it speaks for the second. */
  score(outputs: Outputs, at: number): number;
  /** float32 [count, classes], each row summing to 1. */
  probabilities(outputs: Outputs, width: number): Float32Array;
  /** ln p of each class of an example, in float64; what is not finite is NaN. */
  logProbabilities(outputs: Outputs, at: number, width: number): Float64Array;
  /** The way back: outputs that say so. @param logs  float64 [count, classes], of any sum */
  outputsOf(logs: Float64Array, classes: number): Float64Array;
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
  /** As a file spells them, each a single word, with defaults and descriptions. */
  readonly options: O;
}
interface OfClasses<O extends z.ZodRawShape> extends Shared<O> {
  readonly learns: "classes";
  /** Outputs for so many classes; null where it does not learn that many, undefined where that is not known. */
  outputs(classes: number | undefined): number | null | undefined;
  /** What it does to outputs to make probabilities of them; a network does not end in it. */
  readonly link: Extract<ActivationName, "sigmoid" | "softmax">;
  readonly reading: ClassReading;
  criterion(options: z.infer<z.ZodObject<O>>, settings: ClassSettings): Criterion;
}
interface OfNumbers<O extends z.ZodRawShape> extends Shared<O> {
  readonly learns: "numbers";
  readonly guess: Guess;
  criterion(options: z.infer<z.ZodObject<O>>): Criterion;
}
type Row<O extends z.ZodRawShape = z.ZodRawShape> = OfClasses<O> | OfNumbers<O>;
const ofClasses = <O extends z.ZodRawShape>(given: Omit<OfClasses<O>, "learns">): OfClasses<O> => ({
  ...given,
  learns: "classes",
});
const ofNumbers = <O extends z.ZodRawShape>(given: Omit<OfNumbers<O>, "learns">): OfNumbers<O> => ({
  ...given,
  learns: "numbers",
});

const mean: Guess = {
  text: "predicting the mean",
  of: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

const rows = {
  cross_entropy: ofClasses({
    summary: "For classes, from logits z, one output per class: the mean of logsumexp(z) − z[y], in nats.",
    title: "Loss (nats)",
    metric: "loss",
    options: {},
    outputs: (classes) => classes,
    link: "softmax",
    reading: {
      correct: (tf, output, labels) =>
        tf.sum(tf.cast(tf.equal(tf.argMax(output, 1), tf.cast(labels, "int32")), "float32")),
      predicted: argMax,
      score: (outputs, at) => outputs[at + 1]! - outputs[at]!,
      probabilities: softmaxRows,
      logProbabilities(outputs, at, width) {
        const nats = logSumExp(outputs, at, width);
        return Float64Array.from({ length: width }, (_, column) => outputs[at + column]! - nats);
      },
      outputsOf: (logs) => logs,
    },
    criterion: (_, settings) => ofSeveral(settings),
  }),
  mse: ofNumbers({
    summary: "For numbers: the mean of e², with e = output − target.",
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
  }),
  mae: ofNumbers({
    summary: "For numbers: the mean of |e|; its gradient at 0 is 0.",
    title: "Loss (mean absolute error)",
    metric: "mae",
    options: {},
    guess: { text: "predicting the median", of: median },
    criterion: () =>
      meanOver({
        // TF.js's derivative of |e| at 0 is −1; that of a sign is 0 everywhere.
        value: (tf, error) => tf.mul(error, tf.sign(error)),
        derivative: (tf, error) => ({ d: tf.sign(error), factor: 1 }),
        of: Math.abs,
      }),
  }),
  huber: ofNumbers({
    summary: "For numbers: the mean of e²/2 where |e| ≤ delta, else of delta (|e| − delta/2).",
    title: "Loss (Huber)",
    metric: "huber",
    options: { delta: positive.default(1).describe("The error from which on the loss is linear. Default: 1.") },
    guess: mean,
    criterion({ delta }) {
      const clipped = (calls: typeof tf, error: tf.Tensor): tf.Tensor => calls.clipByValue(error, -delta, delta);
      return meanOver({
        // With c the clipped error it is c (e − c/2) on both sides.
        value(tf, error) {
          const near = clipped(tf, error);
          return tf.mul(near, tf.sub(error, tf.mul(near, 0.5)));
        },
        derivative: (tf, error) => ({ d: clipped(tf, error), factor: 1 }),
        of(error) {
          const size = Math.abs(error);
          return size <= delta ? (error * error) / 2 : delta * (size - delta / 2);
        },
      });
    },
  }),
  binary_cross_entropy: ofClasses({
    summary: "For two classes, from one output, the logit z of the second: the mean of softplus(z) − y z, in nats.",
    title: "Loss (nats)",
    metric: "loss",
    options: {},
    outputs: (classes) => (classes === undefined || classes === 2 ? 1 : null),
    link: "sigmoid",
    reading: {
      correct: (tf, output, labels) =>
        tf.sum(
          tf.cast(
            tf.equal(tf.cast(tf.greater(tf.reshape(output, [-1]), 0), "int32"), tf.cast(labels, "int32")),
            "float32",
          ),
        ),
      predicted: (outputs, at) => (outputs[at]! > 0 ? 1 : 0),
      score: (outputs, at) => outputs[at]!,
      probabilities: sigmoidRows,
      logProbabilities: (outputs, at) => Float64Array.of(-softplus(outputs[at]!), -softplus(-outputs[at]!)),
      outputsOf: (logs, classes) =>
        Float64Array.from({ length: logs.length / classes }, (_, row) => logs[2 * row + 1]! - logs[2 * row]!),
    },
    criterion: (_, settings) => ofTwo(settings),
  }),
};

type Rows = typeof rows;
export type LossName = keyof Rows;
export const losses: { readonly [K in LossName]: Row } = rows;
export const lossNames = Object.keys(rows) as readonly LossName[];
/** A loss, and what it is asked. */
export interface Loss {
  readonly type: LossName;
  /** Those of its row; defaults where there are none. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** By class; `balanced`: n / (classes · examples of the class) over the training set of each member. */
  readonly classWeight?: "balanced" | readonly number[];
  readonly labelSmoothing?: number;
}

/** @param loss  whose weights are numbers */
export function criterionOf(loss: Loss): Criterion {
  const { type, classWeight = null, labelSmoothing = 0 } = loss;
  if (classWeight === "balanced") throw new Error("hw1 bug: weights of classes were not resolved");
  const row = losses[type];
  const options = z.object(row.options).parse(loss.options ?? {});
  return row.learns === "classes"
    ? row.criterion(options, { weights: classWeight, labelSmoothing })
    : row.criterion(options);
}

/**
 * The loss with its weights as numbers: as given, or balanced by the training set as scikit-learn does it, over the
 * classes that it has examples of. One without examples has weight 1, which is the mean over the examples.
 */
export function resolvedLoss(loss: Loss, train: Pick<Examples, "classes" | "labels" | "rows">): Loss {
  if (loss.classWeight !== "balanced") return loss;
  const counts = countsOf(train);
  const present = counts.filter((count) => count > 0).length;
  const weights = counts.map((count) => (count === 0 ? 1 : train.rows.length / (present * count)));
  return { ...loss, classWeight: weights };
}
/** Examples of each class. */
export function countsOf({ classes, labels, rows }: Pick<Examples, "classes" | "labels" | "rows">): readonly number[] {
  const counts = new Array<number>(classes?.length ?? 0).fill(0);
  for (const row of rows) counts[labels[row]!]!++;
  return counts;
}

/** How a model keeps its loss. @param loss  whose weights are numbers */
export function storedLoss({ type, ...settings }: Loss): { readonly loss: string; readonly lossSettings?: JsonObject } {
  return { loss: type, ...(Object.keys(settings).length > 0 ? { lossSettings: settings as JsonObject } : {}) };
}
/** The way back. */
export const lossOfModel = (stored: { readonly loss: string; readonly lossSettings?: JsonObject }): Loss => ({
  ...stored.lossSettings,
  // `train` has checked it.
  type: stored.loss as LossName,
});

/** A row by a name that a model was stored with. */
export function lossNamed(name: string): Row {
  if (!Object.hasOwn(rows, name)) throw new Error(`hw1 bug: no loss ${name}`);
  return losses[name as LossName];
}
/** What a training's losses are called on an axis. */
export const lossTitle = ({
  loss,
  targetScaling,
}: {
  readonly loss: string;
  readonly targetScaling?: unknown;
}): string => `${lossNamed(loss).title}${targetScaling ? ", of scaled targets" : ""}`;
export const learnsClasses = (name: string): boolean => lossNamed(name).learns === "classes";
/** How the outputs of a loss are read; null where they are numbers. */
export function readingOf(name: string): ClassReading | null {
  const row = lossNamed(name);
  return row.learns === "classes" ? row.reading : null;
}
