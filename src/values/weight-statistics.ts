/**
 * What is said of the weights of one layer: moments, a histogram, and how they lie around 0.
 *
 * Weights are the numbers of a layer's kernels or matrix, all of them: biases, and the scales and shifts of
 * normalisations, are none. They are no sample of something larger, so moments are those of the weights that there are
 * (divisor n, the biased ones). An undefined number is null.
 */

export type WeightMoments = {
  readonly count: number;
  readonly mean: number;
  /** √m₂, m_k = Σ (w − mean)^k / n. */
  readonly sd: number;
  readonly min: number;
  readonly max: number;
  /** m₃ / m₂^1.5; null where all weights are equal. */
  readonly skewness: number | null;
  /** m₄ / m₂² − 3, which is 0 of a normal distribution; null where all weights are equal. */
  readonly excessKurtosis: number | null;
  /** Share with |w| < 0.01 · max |w|; null where all weights are 0. */
  readonly nearZero: number | null;
};

/**
 * Bins of equal width over −limit … limit, an odd number of them, so that 0 is in the middle of one. Their counts are
 * stored apart. `below` and `above` count what lies beyond the ends. The limit is 0 where all weights are.
 */
export type HistogramAxis = {
  readonly limit: number;
  readonly bins: number;
  readonly below: number;
  readonly above: number;
};

/** A ratio with a 95 % interval; an undefined end, and one that is infinite, is null. */
export type Ratio = {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
};

/**
 * How the weights of a layer lie around 0, in bands of half a standard deviation: what has to hold where they are said
 * to be bell-shaped, or to have no peak at 0. All intervals are those of as many independent draws.
 */
export type AroundZero = {
  /** Of weights in −2 … −1½, −1½ … −1, −1 … −½, −½ … ½, ½ … 1, 1 … 1½, 1½ … 2 sd. */
  readonly bands: readonly number[];
  /** mean / sd. */
  readonly offset: number;
  /** Density within half an sd of 0, over that of a normal with the same mean and sd there. */
  readonly againstNormal: Ratio;
  /** The same density, over that of the denser of the bands beside it. */
  readonly againstBeside: Ratio;
  /** Density within 0.05 sd of 0, over that of the rest of the band around 0: a peak that is narrower than the band. */
  readonly spike: Ratio;
  /** By side, below 0 and above: density of a band over that of the next one outward, up to 2 sd. */
  readonly falls: readonly (readonly [Ratio, Ratio])[];
  /**
   * At 0 where the interval of `againstBeside` is above 1; none where it is below 1, unless that of `spike` is above 1;
   * else null.
   */
  readonly peak: "at 0" | "none" | null;
  /**
   * The interval of `againstBeside` above 1.1, densities that fall from band to band on both sides with intervals above
   * 1, and |offset| ≤ 0.1.
   */
  readonly isBell: boolean;
};

/** All that is said of the weights of a layer. */
export type WeightsOfLayer = WeightMoments & {
  readonly layer: string;
  readonly shape: readonly number[];
  readonly histogram: HistogramAxis;
  /** Null where all weights are equal. */
  readonly around: AroundZero | null;
};
