/**
 * Whether a model is as often right as it is sure: examples put into bins by their confidence, and in each bin the
 * share that is right against the mean confidence.
 */

/** Confidences above `from`, up to `to`; both means are null in an empty one. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly right: number;
  readonly accuracy: number | null;
  readonly confidence: number | null;
}
export interface Calibration {
  readonly bins: readonly CalibrationBin[];
  readonly expectedError: number;
  readonly maximumError: number;
}

/**
 * Bins of equal width, ((b − 1) / B, b / B], the first with its lower end. With n_b examples in bin b of n,
 *
 *   accuracy_b    = right_b / n_b,  confidence_b = mean confidence in b
 *   expectedError = Σ over b of  n_b / n × |accuracy_b − confidence_b|         (expected calibration error, ECE)
 *   maximumError  = max over b with examples of  |accuracy_b − confidence_b|   (maximum calibration error, MCE)
 *
 * Both depend on the number of bins, and are above 0 for a perfectly calibrated model, too: chance moves each bin.
 *
 * @param confidences  float32 [count], at least one, each in 0 … 1. In 32 bits, so that × B is exact in 64 and no
 *   confidence falls to the wrong side of an edge
 * @param isRight      [count], 0 or 1: whether what the confidence is of came true
 * Source: Guo, Pleiss, Sun & Weinberger (2017), On calibration of modern neural networks, equations 2 to 5; they use 15
 *   bins. Bins with their upper end also in `calibration_curve` of scikit-learn.
 */
export function calibration(confidences: Float32Array, isRight: ArrayLike<number>, bins: number): Calibration {
  const sums = new Float64Array(bins);
  const [counts, right] = [new Array<number>(bins).fill(0), new Array<number>(bins).fill(0)];
  for (const [at, confidence] of confidences.entries()) {
    const bin = Math.max(0, Math.ceil(confidence * bins) - 1);
    sums[bin]! += confidence;
    counts[bin]!++;
    right[bin]! += isRight[at]!;
  }
  const found = counts.map(
    (count, bin): CalibrationBin => ({
      from: bin / bins,
      to: (bin + 1) / bins,
      count,
      right: right[bin]!,
      accuracy: count === 0 ? null : right[bin]! / count,
      confidence: count === 0 ? null : sums[bin]! / count,
    }),
  );
  const gaps = found.map(({ accuracy, confidence }) =>
    accuracy === null || confidence === null ? 0 : Math.abs(accuracy - confidence),
  );
  return {
    bins: found,
    expectedError: gaps.reduce((sum, gap, bin) => sum + (counts[bin]! / confidences.length) * gap, 0),
    maximumError: Math.max(...gaps),
  };
}
