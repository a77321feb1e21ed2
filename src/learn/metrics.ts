/**
 * Metrics of predictions, in float64 and in the order of the examples, so that they do not depend on how the
 * predictions were computed.
 *
 * Each is defined once, for a set in which an example may be several times or not at all: its metrics are those of the
 * set in which each is once, and its intervals (`metric-intervals.ts`) come from others.
 */
import { share } from "../util/statistics.js";
import type {
  ClassAverages,
  ClassificationMetrics,
  ClassScore,
  RegressionMetrics,
  TargetScore,
} from "../values/evaluation.js";
import { aucOf, linearAucOf, scoresOf } from "./auc.js";
import type { Outputs, Sums } from "./criterion.js";
import type { Examples } from "./data.js";
import { type Loss, losses } from "./losses.js";
import { type Measure, once, single, sumOf, sumsOver, type Units } from "./resampling.js";
import { judgeOf } from "./score.js";

/** A set that was judged. */
export interface Judged<M> {
  readonly count: number;
  /** Numbers looked at for each example. */
  readonly width: number;
  measure(units: Units): Measure<M>;
}
export const ofAll = <M>({ count, measure }: Judged<M>): M => measure(single(count))(once(single(count)));

export type ClassMeasures = Omit<ClassificationMetrics, "confusion">;

/**
 * accuracy = correct / count · loss = the model's own, with its weights of classes and smoothing · logLoss = mean
 * −ln p[true class] (nats) · confusion[true][predicted] in counts · precision = TP / (TP + FP), recall = TP / (TP +
 * FN), f1 = 2 TP / (2 TP + FP + FN), each null where its divisor is 0: undefined is no 0, which would say that a class
 * is never recognised.
 *
 * macro and weighted are means over the classes that have examples, of each alike or by its examples; null where one
 * of them is undefined, which is the precision of a class that was never predicted (scikit-learn counts it as 0, by
 * `zero_division`). balancedAccuracy = macro recall. Of two classes auc = P(score of a second > score of a first) +
 * P(both are equal) / 2, by their logits; null where a class has no examples.
 *
 * Of an ensemble outputs are the logarithms of its probabilities, and loss is null where its members have none in
 * common; of its votes they are shares, which auc is by, and both loss and logLoss are null: no vote for a class is no
 * probability of 0.
 *
 * @param outputs  float [count, width], at least one row
 * @param loss     that learns classes; its weights are numbers
 * @param without  what is undefined
 * Sources: sklearn.metrics; Mann & Whitney (1947).
 */
export function classificationMetrics(
  outputs: Outputs,
  examples: Examples,
  loss: Loss,
  without: UndefinedLosses = [],
): ClassificationMetrics {
  return metricsOfClasses(judgeClasses(outputs, examples, loss, without));
}
/** Losses of classes that outputs do not have. */
export type UndefinedLosses = readonly ("loss" | "logLoss")[];
export function metricsOfClasses(judged: JudgedClasses): ClassificationMetrics {
  const { names, labels, predicted } = judged;
  const confusion = names.map(() => new Array<number>(names.length).fill(0));
  for (const [at, label] of labels.entries()) confusion[label]![predicted[at]!]!++;
  return { ...ofAll(judged), confusion };
}

export interface JudgedClasses extends Judged<ClassMeasures> {
  readonly names: readonly string[];
  /** By example. */
  readonly labels: Int32Array;
  readonly predicted: Int32Array;
}
export function judgeClasses(
  outputs: Outputs,
  examples: Examples,
  loss: Loss,
  without: UndefinedLosses = [],
): JudgedClasses {
  const [hasOwn, hasNats] = [!without.includes("loss"), !without.includes("logLoss")];
  const { criterion, reading } = judgeOf(loss);
  if (!reading) throw new Error(`hw1 bug: classes by ${loss.type}`);
  const plain = judgeOf({ type: loss.type }).criterion;
  const names = examples.classes ?? [];
  const { rows } = examples;
  const count = rows.length;
  const width = outputs.length / count;
  const [labels, predicted] = [new Int32Array(count), new Int32Array(count)];
  const [own, weights, nats] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let at = 0; at < count; at++) {
    labels[at] = examples.labels[rows[at]!]!;
    predicted[at] = reading.predicted(outputs, at * width, width);
    const sums: Sums = { loss: 0, weight: 0 };
    if (hasOwn) criterion.add(sums, outputs, at * width, labels, at, width);
    own[at] = sums.loss;
    weights[at] = sums.weight;
    const alone: Sums = { loss: 0, weight: 0 };
    if (hasNats) plain.add(alone, outputs, at * width, labels, at, width);
    nats[at] = alone.loss;
  }
  const scores = names.length === 2 ? scoresOf(outputs, width, reading, labels) : null;
  const measure = (units: Units): Measure<ClassMeasures> => {
    const pairs = pairsOf(units, labels, predicted, names.length);
    const linear = scores && units.of && linearAucOf(scores, units);
    const natsOf = sumsOver(units, nats);
    // Without weights and smoothing the model's own loss is that in nats.
    const ownOf = own.every((value, at) => value === nats[at]) ? natsOf : sumsOver(units, own);
    const weightOf = weights.every((weight) => weight === 1) ? null : sumsOver(units, weights);
    return (times) => {
      const tally = tallyOf(pairs, times, names.length);
      const inNats = sumOf(times, natsOf);
      const sums = {
        loss: ownOf === natsOf ? inNats : sumOf(times, ownOf),
        // Without a loss nothing weighs anything, so that it is undefined.
        weight: weightOf && sumOf(times, weightOf),
        nats: hasNats ? inNats : null,
      };
      return classMeasures(
        names,
        tally,
        sums,
        scores && { auc: linear ? linear(times) : aucOf(scores, scores.order, times) },
      );
    };
  };
  return { count, width: 1, names, labels, predicted, measure };
}

/**
 * What was predicted as what: for each pair of classes that occurs the units it occurs in, and how often. Side by side,
 * so that a resample adds up each pair in one go.
 */
interface Pairs {
  readonly cells: readonly { readonly label: number; readonly predicted: number; readonly from: number }[];
  readonly unit: Int32Array;
  readonly often: Int32Array;
}
function pairsOf(units: Units, labels: Int32Array, predicted: Int32Array, classes: number): Pairs {
  const each = Float64Array.from(labels, (label, at) => {
    const cell = label * classes + predicted[at]!;
    return cell * units.count + (units.of ? units.of[at]! : at);
  }).sort();
  const first = Int32Array.from(each.keys()).filter((at) => at === 0 || each[at] !== each[at - 1]);
  const cellAt = Int32Array.from(first, (at) => Math.floor(each[at]! / units.count));
  return {
    cells: [...cellAt.keys()]
      .filter((at) => at === 0 || cellAt[at] !== cellAt[at - 1])
      .map((from) => {
        const cell = cellAt[from]!;
        return { label: Math.floor(cell / classes), predicted: cell % classes, from };
      }),
    unit: Int32Array.from(first, (at) => each[at]! % units.count),
    often: Int32Array.from(first, (at, index) => (first[index + 1] ?? each.length) - at),
  };
}

/** Counts by class. */
interface Tally {
  readonly right: Float64Array;
  readonly support: Float64Array;
  readonly predicted: Float64Array;
}
function tallyOf({ cells, unit, often }: Pairs, times: Int32Array, classes: number): Tally {
  const tally = {
    right: new Float64Array(classes),
    support: new Float64Array(classes),
    predicted: new Float64Array(classes),
  };
  for (const [index, { label, predicted, from }] of cells.entries()) {
    const to = cells[index + 1]?.from ?? unit.length;
    let count = 0;
    for (let at = from; at < to; at++) count += times[unit[at]!]! * often[at]!;
    tally.support[label]! += count;
    tally.predicted[predicted]! += count;
    if (label === predicted) tally.right[label]! += count;
  }
  return tally;
}
function classMeasures(
  names: readonly string[],
  { right, support, predicted }: Tally,
  sums: {
    readonly loss: number /** null where each counts 1. */;
    readonly weight: number | null;
    readonly nats: number | null;
  },
  auc: Pick<ClassMeasures, "auc"> | null,
): ClassMeasures {
  const perClass = names.map((name, index) => ({
    class: name,
    precision: share(right[index]!, predicted[index]!),
    recall: share(right[index]!, support[index]!),
    f1: share(2 * right[index]!, predicted[index]! + support[index]!),
    support: support[index]!,
  }));
  const total = (counts: Float64Array): number => counts.reduce((sum, count) => sum + count, 0);
  const [correct, count] = [total(right), total(support)];
  const { macro, weighted } = classAverages(perClass);
  return {
    accuracy: correct / count,
    loss: share(sums.loss, sums.weight ?? count),
    logLoss: sums.nats === null ? null : sums.nats / count,
    correct,
    count,
    balancedAccuracy: macro.recall!,
    macro,
    weighted,
    ...auc,
    perClass,
  };
}

export const classAverages = (
  perClass: readonly ClassScore[],
): { readonly macro: ClassAverages; readonly weighted: ClassAverages } => ({
  macro: averages(perClass, () => 1),
  weighted: averages(perClass, (support) => support),
});
/** Over the classes that have examples. */
function averages(perClass: readonly ClassScore[], weightOf: (support: number) => number): ClassAverages {
  let total = 0;
  for (const { support } of perClass) if (support > 0) total += weightOf(support);
  const average = (of: keyof ClassAverages): number | null => {
    let sum = 0;
    for (const { [of]: value, support } of perClass) {
      if (support === 0) continue;
      if (value === null) return null;
      sum += (weightOf(support) / total) * value;
    }
    return sum;
  };
  return { precision: average("precision"), recall: average("recall"), f1: average("f1") };
}

/**
 * mse = mean (ŷ − y)² · rmse = √mse · mae = mean |ŷ − y|, over all examples and targets · r2 = 1 − Σ(ŷ − y)² /
 * Σ(y − ȳ)² of a target, null where all its values are equal, however their mean is rounded; of several targets the
 * mean of theirs, as scikit-learn has it (`uniform_average`), null where one is. Of several targets `perTarget` has
 * those of each. A loss that is none of these is a metric of its own.
 *
 * @param outputs  float32 [count, targets]
 * @param loss     that learns numbers
 * @param names    of the targets
 */
export const regressionMetrics = (
  outputs: Outputs,
  examples: Examples,
  loss: Loss,
  names: readonly string[],
): RegressionMetrics => ofAll(judgeNumbers(outputs, examples, loss, names));

export function judgeNumbers(
  outputs: Outputs,
  examples: Examples,
  loss: Loss,
  names: readonly string[],
): Judged<RegressionMetrics> {
  const { labels, rows, targets } = examples;
  const { criterion } = judgeOf(loss);
  const { metric } = losses[loss.type];
  const isOwn = !["mse", "rmse", "mae", "r2"].includes(metric);
  const own = Float64Array.from(isOwn ? rows : [], (row, at) => {
    const sums: Sums = { loss: 0, weight: 0 };
    criterion.add(sums, outputs, at * targets, labels, row * targets, targets);
    return sums.loss / sums.weight;
  });
  const measure = (units: Units): Measure<RegressionMetrics> => {
    const counts = sumsOver(units, new Float64Array(rows.length).fill(1));
    const ownOf = isOwn ? sumsOver(units, own) : null;
    const sumsOf = Array.from({ length: targets }, (_, target) => targetSums(outputs, examples, target, units));
    return (times) => {
      const count = sumOf(times, counts);
      const perTarget = sumsOf.map((sums, target) => ({
        target: names[target] ?? String(target + 1),
        ...targetScore(sums, counts, times, count),
      }));
      const over = (of: "mse" | "mae"): number => perTarget.reduce((sum, { [of]: value }) => sum + value, 0) / targets;
      const mse = over("mse");
      const r2 = perTarget.reduce<number | null>(
        (sum, { r2: its }) => (sum === null || its === null ? null : sum + its / targets),
        0,
      );
      return {
        ...{ mse, rmse: Math.sqrt(mse), mae: over("mae"), r2, count },
        ...(ownOf ? { [metric]: sumOf(times, ownOf) / count } : {}),
        ...(targets > 1 ? { perTarget } : {}),
      };
    };
  };
  return { count: rows.length, width: targets, measure };
}

/** Of one target, by unit. */
interface TargetSums {
  readonly squares: Float64Array;
  readonly absolute: Float64Array;
  /** Of the wanted values: sum, mean, least, greatest, and Σ (y − their mean)². */
  readonly totals: Float64Array;
  readonly means: Float64Array;
  readonly least: Float64Array;
  readonly most: Float64Array;
  readonly within: Float64Array;
}
function targetSums(outputs: Outputs, { labels, rows, targets }: Examples, target: number, units: Units): TargetSums {
  const wanted = Float64Array.from(rows, (row) => labels[row * targets + target]!);
  const errors = wanted.map((value, at) => outputs[at * targets + target]! - value);
  const [squares, absolute] = [errors.map((error) => error * error), errors.map(Math.abs)];
  const totals = sumsOver(units, wanted);
  const sums = { squares: sumsOver(units, squares), absolute: sumsOver(units, absolute), totals };
  const { of } = units;
  if (!of) return { ...sums, means: wanted, least: wanted, most: wanted, within: new Float64Array(units.count) };
  const counts = sumsOver(units, new Float64Array(rows.length).fill(1));
  const means = totals.map((total, unit) => total / counts[unit]!);
  const least = new Float64Array(units.count).fill(Number.POSITIVE_INFINITY);
  const most = new Float64Array(units.count).fill(Number.NEGATIVE_INFINITY);
  for (const [at, value] of wanted.entries()) {
    least[of[at]!] = Math.min(least[of[at]!]!, value);
    most[of[at]!] = Math.max(most[of[at]!]!, value);
  }
  const within = sumsOver(
    units,
    wanted.map((value, at) => (value - means[of[at]!]!) ** 2),
  );
  return { ...sums, means, least, most, within };
}

/**
 * Each sum is that of `sumOf`, in the same order; several in one loop take a third of the time, which is what the
 * intervals of hundreds of targets take.
 *
 * @param counts  examples of each unit @param count  of the set
 */
function targetScore(
  sums: TargetSums,
  counts: Float64Array,
  times: Int32Array,
  count: number,
): Omit<TargetScore, "target"> {
  const { squares, absolute, totals, means, within } = sums;
  let [square, size, total] = [0, 0, 0];
  for (let unit = 0; unit < times.length; unit++) {
    const often = times[unit]!;
    square += often * squares[unit]!;
    size += often * absolute[unit]!;
    total += often * totals[unit]!;
  }
  const mean = total / count;
  let spread = 0;
  for (let unit = 0; unit < times.length; unit++) {
    const away = means[unit]! - mean;
    // Of a unit: around its own mean, and its mean around that of all.
    spread += times[unit]! * (within[unit]! + counts[unit]! * away * away);
  }
  const mse = square / count;
  const r2 = isConstant(sums, times) ? Number.NaN : 1 - square / spread;
  return { mse, rmse: Math.sqrt(mse), mae: size / count, r2: Number.isFinite(r2) ? r2 : null };
}
/** Whether all wanted values are equal, however their mean is rounded; mostly two units tell that they are not. */
function isConstant({ least, most }: TargetSums, times: Int32Array): boolean {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let unit = 0; unit < times.length; unit++) {
    if (times[unit] === 0) continue;
    if (least[unit]! < lowest) lowest = least[unit]!;
    if (most[unit]! > highest) highest = most[unit]!;
    if (lowest < highest) return false;
  }
  return lowest === highest;
}
