/**
 * Features brought to a common scale, and cells without a value filled: what `normalize` and `impute` do, and what is
 * done to raw data that meet a model of such ones.
 *
 * One function computes them for all, so that they are the same to the last bit wherever that is done: in doubles, each
 * scaling rounded to float32, as a `normalize` stage would have stored it.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { sizeOfShape } from "../util/shape.js";
import type { Imputation, Normalization, Scaling } from "../values/dataset.js";
import type { Examples } from "./data.js";

/** Statistics per index of the last axis: columns of a table, channels of images. Two passes in doubles. */
export function statistics(
  { features, rows, shape, scale }: Pick<Examples, "features" | "rows" | "shape" | "scale">,
  method: Scaling["method"],
): Scaling {
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
const kept = (method: Scaling["method"], offset: Float64Array, divisor: Float64Array): Scaling => ({
  method,
  offset: Array.from(offset, (value) => value + 0),
  divisor: Array.from(divisor),
});

/**
 * Features, [stored, ...shape], after each step in order; their scale is 1 then.
 *
 * @param names   of the columns, for the mistake
 * @returns       float32, unless the last step fills cells and what it fills needs float64
 * @throws        MistakeError where a number leaves what float32 can hold: nothing is computed from infinities
 */
export function normalised(
  given: Pick<Examples, "features" | "scale">,
  steps: readonly Scaling[],
  names?: readonly string[],
): Float32Array;
export function normalised(
  given: Pick<Examples, "features" | "scale">,
  steps: readonly Normalization[],
  names?: readonly string[],
): Float32Array | Float64Array;
export function normalised(
  given: Pick<Examples, "features" | "scale">,
  steps: readonly Normalization[],
  names: readonly string[] = [],
): Float32Array | Float64Array {
  let { features, scale } = given;
  for (const step of steps) {
    features = isImputation(step) ? filled(features, scale, step) : scaled(features, scale, step, names);
    scale = 1;
  }
  return features instanceof Uint8Array ? Float32Array.from(features, (value) => value * scale) : features;
}

export const isImputation = (step: Normalization): step is Imputation => step.method === "impute";

/** Whether what an imputation leaves is float64. @param isWide  whether it is given such */
export const needsDoubles = ({ fill }: Imputation, isWide: boolean): boolean =>
  isWide || fill.some((value) => Math.fround(value) !== value);

function filled(features: Examples["features"], scale: number, step: Imputation): Float32Array | Float64Array {
  const { fill } = step;
  const columns = fill.length;
  const isWide = needsDoubles(step, features instanceof Float64Array);
  const values = isWide ? new Float64Array(features.length) : new Float32Array(features.length);
  for (let at = 0, column = 0; at < values.length; at++) {
    const value = features[at]! * scale;
    values[at] = Number.isNaN(value) ? fill[column]! : value;
    if (++column === columns) column = 0;
  }
  return values;
}

function scaled(
  features: Examples["features"],
  scale: number,
  { offset, divisor }: Scaling,
  names: readonly string[],
): Float32Array {
  const channels = offset.length;
  const values = new Float32Array(features.length);
  for (let at = 0, channel = 0; at < values.length; at++) {
    values[at] = (features[at]! * scale - offset[channel]!) / divisor[channel]!;
    if (!Number.isFinite(values[at]) && Number.isFinite(features[at]))
      throw beyond(features[at]! * scale, names[channel] ?? `column ${channel + 1}`);
    if (++channel === channels) channel = 0;
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
 * were may need them. Cells that were filled stay so.
 */
export function denormalised(
  { features, scale }: Pick<Examples, "features" | "scale">,
  steps: readonly Normalization[],
): Float64Array {
  const back = steps.filter((step) => !isImputation(step)).reverse();
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
  if (isImputation(a) || isImputation(b))
    return isImputation(a) && isImputation(b) ? a.fill.findIndex((value, at) => !isNear(value, b.fill[at]!)) : 0;
  if (a.offset.length !== b.offset.length) return 0;
  return a.offset.findIndex((offset, channel) => {
    const [own, other] = [a.divisor[channel]!, b.divisor[channel]!];
    return (
      Math.abs(offset - b.offset[channel]!) > tolerance * Math.abs(own) ||
      Math.abs(own - other) > tolerance * Math.abs(own)
    );
  });
}
/** Neighbours among float32, or doubles that another order of summing may give. */
function isNear(a: number, b: number): boolean {
  const areNarrow = Math.fround(a) === a && Math.fround(b) === b;
  return Math.abs(a - b) <= (areNarrow ? 2 ** -23 : 2 ** -40) * Math.abs(a);
}
