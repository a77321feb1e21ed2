/**
 * `load: synthetic`, `generator: gapped_curve`: examples made from a formula and a seed, for a study that needs no file
 * (`synthetic-digits.ts` is the other generator).
 *
 * It is a curve over one input, seen through noise and with gaps, in which the training examples say
 * nothing:
 *
 *   y = 1.5 + 0.8 x − 1.7 sin x + noise,   −5 ≤ x ≤ 5
 *
 * Without noise y goes from −4.1 to 7.1: up, down between −1 and 1, and up again. With the other options at their
 * defaults a network of 3 × 32 GELU units (Adam 0.001, 1000 epochs, batches of 18) reached a test loss of 0.02 to 0.15,
 * on average 0.08, over nine seeds.
 *
 * Training inputs are uniform in each interval between the gaps, which gets rows in proportion to its length; the rows
 * come interval after interval from left to right, unordered inside one, so that whoever cuts them without shuffling
 * cuts off a region. Test inputs are uniform everywhere, in random order, and their noise is small, so that a test loss
 * tells how well the curve itself was learned.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { stream } from "../learn/random.js";
import type { Seeds } from "../pipeline/run-context.js";
import { shares } from "../util/shares.js";
import { blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { datasetOutput } from "./dataset.js";

interface SyntheticOptions {
  readonly count: number;
  readonly gaps: readonly (readonly number[])[];
  readonly noise: number;
  readonly test_noise: number;
}

const [left, right] = [-5, 5] as const;
export const gappedCurve = (x: number): number => 1.5 + 0.8 * x - 1.7 * Math.sin(x);

/** Intervals between the gaps, from the left. @throws MistakeError */
function intervalsBetween(gaps: readonly (readonly number[])[]): readonly (readonly [number, number])[] {
  const sorted = gaps.map(([start, end]) => [start!, end!] as const).sort((a, b) => a[0] - b[0]);
  const found: (readonly [number, number])[] = [];
  let from: number = left;
  for (const [start, end] of sorted) {
    if (start >= end || start < left || end > right)
      throw new MistakeError({
        title: "not a gap",
        message:
          `A gap is a list of two numbers from ${left} to ${right}, the smaller first; ` +
          `[${start}, ${end}] is none.`,
        at: ["gaps"],
      });
    if (start < from)
      throw new MistakeError({
        title: "gaps overlap",
        message: `The gap [${start}, ${end}] begins before the one to its left ends, at ${from}.`,
        at: ["gaps"],
      });
    if (start > from) found.push([from, start]);
    from = end;
  }
  if (from < right) found.push([from, right]);
  if (found.length === 0)
    throw new MistakeError({
      title: "nothing but gaps",
      message: "The gaps leave no room for training examples.",
      at: ["gaps"],
    });
  return found;
}

export function makeGappedCurve(
  { count, gaps, noise, test_noise }: SyntheticOptions,
  { seed, folds }: Seeds,
): { readonly train: Dataset; readonly test: Dataset } {
  const intervals = intervalsBetween(gaps);
  const train = stream(seed, folds, "synthetic train");
  const sizes = shares(
    intervals.map(([from, to]) => to - from),
    count,
  );
  const inputs = intervals.flatMap(([from, to], index) =>
    Array.from({ length: sizes[index]! }, () => from + (to - from) * train.uniform()),
  );
  const test = stream(seed, folds, "synthetic test");
  const tested = Array.from({ length: count }, () => left + (right - left) * test.uniform());
  const labels = (all: readonly number[], spread: number, random: typeof train): number[] =>
    all.map((x) => gappedCurve(x) + spread * random.normal());
  return {
    train: output(inputs, labels(inputs, noise, train), "train"),
    test: output(tested, labels(tested, test_noise, test), "test"),
  };
}

function output(inputs: readonly number[], labels: readonly number[], split: string): Dataset {
  return datasetOutput(
    {
      count: inputs.length,
      shape: [1],
      classes: null,
      scale: 1,
      featureNames: ["input"],
      targetNames: ["label"],
      split,
    },
    {
      features: blobOf("float32", [inputs.length, 1], Float32Array.from(inputs)),
      labels: blobOf("float32", [inputs.length, 1], Float32Array.from(labels)),
    },
  );
}
