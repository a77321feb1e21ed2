/**
 * Features brought to a common scale: what `normalize` does, and what is done to raw data that meet a model of
 * normalised ones.
 *
 * One function computes them for all, so that they are the same to the last bit wherever they are normalised: in
 * doubles, each step rounded to float32, as a `normalize` stage would have stored it.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { sizeOfShape } from "../util/shape.js";
import type { Normalization } from "../values/dataset.js";
import type { Examples } from "./data.js";

/** Statistics per index of the last axis: columns of a table, channels of images. Two passes in doubles. */
export function statistics({ features, rows, shape, scale }: Examples, method: Normalization["method"]): Normalization {
  const channels = shape[shape.length - 1]!;
  const size = sizeOfShape(shape);
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)];
  const [least, most] = [
    new Float64Array(channels).fill(Number.POSITIVE_INFINITY),
    new Float64Array(channels).fill(Number.NEGATIVE_INFINITY),
  ];
  const each = (visit: (value: number, channel: number) => void): void => {
    for (const row of rows) for (let at = 0; at < size; at++) visit(features[row * size + at]! * scale, at % channels);
  };
  each((value, channel) => {
    sums[channel]! += value;
    least[channel] = Math.min(least[channel]!, value);
    most[channel] = Math.max(most[channel]!, value);
  });
  // Told by its ends: the sd of a constant column is what rounding leaves, and dividing by that would blow noise up.
  const spread = (channel: number, value: number): number => (least[channel] === most[channel] ? 1 : value);
  if (method === "min_max")
    return kept(
      method,
      least,
      most.map((value, channel) => spread(channel, value - least[channel]!)),
    );
  const perChannel = (rows.length * size) / channels;
  const means = sums.map((sum, channel) => (least[channel] === most[channel] ? least[channel]! : sum / perChannel));
  each((value, channel) => {
    squares[channel]! += (value - means[channel]!) ** 2;
  });
  const deviations = squares.map((sum, channel) => spread(channel, Math.sqrt(sum / perChannel)));
  // Squares of very small or very large numbers are 0 or infinite in doubles, where shares of the range are not.
  for (const [channel, deviation] of deviations.entries()) {
    if (deviation > 0 && Number.isFinite(deviation)) continue;
    const [range, mean] = [most[channel]! - least[channel]!, means[channel]!];
    let shares = 0;
    each((value, at) => {
      if (at === channel) shares += ((value - mean) / range) ** 2;
    });
    deviations[channel] = range * Math.sqrt(shares / perChannel);
  }
  return kept(method, means, deviations);
}

/** Kept texts know no −0, and what is computed with the numbers kept must have the bits of what was computed first. */
const kept = (method: Normalization["method"], offset: Float64Array, divisor: Float64Array): Normalization => ({
  method,
  offset: Array.from(offset, (value) => value + 0),
  divisor: Array.from(divisor),
});

/**
 * Features, [stored, ...shape], after each step in order; their scale is 1 then.
 *
 * @param names   of the columns, for the mistake
 * @throws        MistakeError where a number leaves what float32 can hold: nothing is computed from infinities
 */
export function normalised(
  { features, scale }: Pick<Examples, "features" | "scale">,
  steps: readonly Normalization[],
  names: readonly string[] = [],
): Float32Array {
  let [from, factor]: [ArrayLike<number>, number] = [features, scale];
  let values = new Float32Array(0);
  for (const { offset, divisor } of steps) {
    const channels = offset.length;
    values = new Float32Array(from.length);
    for (let at = 0, channel = 0; at < values.length; at++) {
      values[at] = (from[at]! * factor - offset[channel]!) / divisor[channel]!;
      if (!Number.isFinite(values[at]) && Number.isFinite(from[at]))
        throw beyond(from[at]! * factor, names[channel] ?? `column ${channel + 1}`);
      if (++channel === channels) channel = 0;
    }
    [from, factor] = [values, 1];
  }
  return values;
}

const beyond = (value: number, name: string): MistakeError =>
  new MistakeError({
    title: "a feature beyond 32 bits",
    message:
      `The value ${value} of the feature \`${name}\` cannot be held in 32 bits once it is normalised: it lies ` +
      "too far from the examples whose statistics are used. Correct the value, or leave the column out of " +
      "`features`.",
  });

/**
 * The way back, for pictures: what features after all steps were, as near as float32 told; in doubles, for what they
 * were may need them.
 */
export function denormalised(
  { features, scale }: Pick<Examples, "features" | "scale">,
  steps: readonly Normalization[],
): Float64Array {
  const back = [...steps].reverse();
  return Float64Array.from(features, (feature, at) =>
    back.reduce(
      (value, { offset, divisor }) => value * divisor[at % offset.length]! + offset[at % offset.length]!,
      feature * scale,
    ),
  );
}

/**
 * Relative to the divisor: half of what tells two neighbouring float32 apart, which other orders of summing stay far
 * below.
 */
const tolerance = 2 ** -24;

/** Whether features normalised by either are the same, as far as float32 can tell. */
export function isSameNormalization(a: readonly Normalization[], b: readonly Normalization[]): boolean {
  return a.length === b.length && a.every((step, index) => differingChannel(step, b[index]!) < 0);
}

/** The first column or channel that two steps treat differently; −1 where none is. */
export function differingChannel(a: Normalization, b: Normalization): number {
  if (a.offset.length !== b.offset.length) return 0;
  return a.offset.findIndex((offset, channel) => {
    const [own, other] = [a.divisor[channel]!, b.divisor[channel]!];
    return (
      Math.abs(offset - b.offset[channel]!) > tolerance * Math.abs(own) ||
      Math.abs(own - other) > tolerance * Math.abs(own)
    );
  });
}
