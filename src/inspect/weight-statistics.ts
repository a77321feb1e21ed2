/**
 * Moments and a histogram of the weights of one layer, in float64 over the float32 numbers that they are.
 *
 * Sums go from the first weight to the last, so that the same weights always give the same bits. A weight that is not
 * finite makes every moment NaN and leaves the histogram empty: a training whose weights are such has no result.
 */
import type { HistogramAxis, WeightMoments } from "../values/weight-statistics.js";

/** Weights below this share of the largest are counted as near 0. */
const nearZeroShare = 0.01;

/**
 * Moments about the mean, of n weights, with divisor n (NumPy's `std`, SciPy's `skew` and `kurtosis` by default).
 *
 *   m_k = Σ (w − mean)^k / n,  sd = √m₂,  skewness = m₃ / m₂^1.5,  excess kurtosis = m₄ / m₂² − 3
 *
 * Equal weights have that value as their mean and an sd of exactly 0, whatever rounding would leave of them.
 *
 * @param weights  at least one
 * Source: Joanes & Gill (1998), g₁ and g₂.
 */
export function momentsOf(weights: Float32Array): WeightMoments {
  const count = weights.length;
  let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let at = 0; at < count; at++) {
    const weight = weights[at]!;
    if (weight < min) min = weight;
    if (weight > max) max = weight;
    sum += weight;
  }
  // Of a NaN the sum is one, of infinities it is infinite or NaN; float32 numbers cannot add up to either otherwise.
  if (!Number.isFinite(sum)) return notFinite(count);
  const largest = Math.max(-min, max);
  const nearZero = largest === 0 ? null : within(weights, nearZeroShare * largest) / count;
  if (min === max) return { count, mean: min, sd: 0, min, max, skewness: null, excessKurtosis: null, nearZero };
  const mean = sum / count;
  let [second, third, fourth] = [0, 0, 0];
  for (let at = 0; at < count; at++) {
    const apart = weights[at]! - mean;
    const square = apart * apart;
    second += square;
    third += square * apart;
    fourth += square * square;
  }
  const variance = second / count;
  return {
    ...{ count, mean, sd: Math.sqrt(variance), min, max },
    skewness: third / count / variance ** 1.5,
    excessKurtosis: fourth / count / (variance * variance) - 3,
    nearZero,
  };
}

const notFinite = (count: number): WeightMoments => ({
  ...{ count, mean: Number.NaN, sd: Number.NaN, min: Number.NaN, max: Number.NaN },
  ...{ skewness: Number.NaN, excessKurtosis: Number.NaN, nearZero: Number.NaN },
});

/** How many are closer to 0 than that. */
export function within(weights: Float32Array, distance: number): number {
  let found = 0;
  for (let at = 0; at < weights.length; at++) if (Math.abs(weights[at]!) < distance) found++;
  return found;
}

/** Weights farther from 0 than so many times their root mean square are counted at the ends: at most 2.8 % of them. */
const mostTimes = 6;

/** @returns  the axis, and of each bin how many weights are in it: int32 [bins] */
export function histogramOf(
  weights: Float32Array,
  moments: WeightMoments,
  bins: number,
): { readonly axis: HistogramAxis; readonly counts: Int32Array } {
  const counts = new Int32Array(bins);
  if (Number.isNaN(moments.mean)) return { axis: { limit: 0, bins, below: 0, above: 0 }, counts };
  const limit = limitOf(moments);
  let [below, above] = [0, 0];
  const middle = (bins - 1) / 2;
  for (let at = 0; at < weights.length; at++) {
    const weight = weights[at]!;
    if (weight < -limit) below++;
    else if (weight > limit) above++;
    // The middle of the axis is the middle of a bin; a weight at an end is in the last one.
    else counts[limit === 0 ? middle : Math.min(bins - 1, Math.floor(((weight / limit + 1) / 2) * bins))]!++;
  }
  return { axis: { limit, bins, below, above }, counts };
}

/** Where the axis ends: at the largest weight, unless that lies far out. */
function limitOf({ mean, sd, min, max }: WeightMoments): number {
  return Math.min(Math.max(-min, max), mostTimes * Math.hypot(mean, sd));
}

/** Fewest and most bins of a histogram that stands alone. */
const [fewestBins, mostBins] = [5, 101];

/**
 * An odd number of bins for so many weights, about as wide as is best for a normal density.
 *
 *   width = 3.49 sd n^(−1/3)
 *
 * Source: Scott (1979), On optimal and data-based histograms.
 */
export function binsFor(moments: WeightMoments): number {
  const width = 3.49 * moments.sd * moments.count ** (-1 / 3);
  const wanted = width > 0 ? Math.ceil((2 * limitOf(moments)) / width) : fewestBins;
  const odd = wanted + 1 - (wanted % 2);
  return Math.min(mostBins, Math.max(fewestBins, odd));
}
