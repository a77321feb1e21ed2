/** What is said of the numbers of an array at a glance. */
import { type Blob, numbersOf } from "./blob.js";

export interface TensorStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Over n. */
  readonly sd: number;
  readonly zeros: number;
  /** How many are no number (NaN), and are left out of the others; absent where none is. */
  readonly absent?: number;
}

/** Of the values as stored; null where there is no number among them. */
export function statisticsOf(blob: Blob): TensorStatistics | null {
  const values = numbersOf(blob);
  let [min, max, sum, zeros, absent] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) {
      absent++;
      continue;
    }
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    if (value === 0) zeros++;
  }
  const count = values.length - absent;
  if (count === 0) return null;
  const mean = sum / count;
  let squares = 0;
  for (const value of values) if (!Number.isNaN(value)) squares += (value - mean) ** 2;
  return { min, max, mean, sd: Math.sqrt(squares / count), zeros, ...(absent > 0 ? { absent } : {}) };
}
