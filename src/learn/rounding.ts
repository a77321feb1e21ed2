/**
 * What numbers lose as float32, of which a double holds more: Unix times and long ids become equal, small differences
 * on a large offset vanish.
 *
 * Networks compute in float32, so what loses there is kept as doubles until it is normalised, and whoever hands it over
 * as it is is warned.
 */

/** Rounding that errs by more than this share of a column's sd is a loss. */
const mostError = 1e-4;
/** Of the different values, the share that falls together from which it is worth a word. */
const mostEqual = 0.01;

interface Rounding {
  /** Two different values become equal, or one errs by more than 1e-4 of the sd: such columns are kept as doubles. */
  readonly loses: boolean;
  /** So much that a network would notice: such an error, or one in a hundred different values equal to another. */
  readonly matters: boolean;
}
const nothing: Rounding = { loses: false, matters: false };

/** @param parts  the values of a column, together or in parts that have an sd each; NaN is no value */
export function roundingOf(parts: readonly Float64Array[]): Rounding {
  if (parts.every(isExact)) return nothing;
  const errs = errIn(parts.map(errorOf));
  const sorted = joined(parts).sort();
  let [distinct, equal] = [0, 0];
  for (let at = 0; at < sorted.length && !Number.isNaN(sorted[at]!); at++) {
    if (at > 0 && sorted[at] === sorted[at - 1]) continue;
    distinct++;
    if (at > 0 && Math.fround(sorted[at]!) === Math.fround(sorted[at - 1]!)) equal++;
  }
  return { loses: errs || equal > 0, matters: errs || equal > mostEqual * distinct };
}

/** One value, however far off, can be told from no other. */
const errIn = (found: readonly ReturnType<typeof errorOf>[]): boolean =>
  found.some(({ error, sd }) => sd > 0 && error > mostError * sd);

/**
 * A part in which no two values differ is moved far all the same. Nothing here can be told from it, but a model may
 * have learned from values near by: it is kept as doubles too.
 *
 * Far is judged by the finest sd of the other parts; where all are constant by 1, as a constant is normalised.
 */
export const movesConstant = (parts: readonly Float64Array[]): boolean =>
  !parts.every(isExact) && moveConstant(parts.map(errorOf));
function moveConstant(found: readonly ReturnType<typeof errorOf>[]): boolean {
  const sds = found.map(({ sd }) => sd).filter((sd) => sd > 0);
  const scale = sds.length > 0 ? Math.min(...sds) : 1;
  return found.some(({ error, sd }) => sd === 0 && error > mostError * scale);
}

/**
 * Whether a channel of images is kept as doubles: where rounding errs by more than 1e-4 of its sd, or moves a constant
 * one far. Values that become equal say nothing there: among millions some are always nearer to each other than 32 bits
 * tell.
 */
export function channelLoses(parts: readonly Float64Array[]): boolean {
  if (parts.every(isExact)) return false;
  const found = parts.map(errorOf);
  return errIn(found) || moveConstant(found);
}

/**
 * Whether rounding moves a number to predict by more than 1e-4 of the sd, which is all that a loss sees of it: that
 * some of many measured values become equal is nothing to it.
 */
export const targetLoses = (parts: readonly Float64Array[]): boolean =>
  !parts.every(isExact) && errIn(parts.map(errorOf));

function isExact(values: Float64Array): boolean {
  for (let at = 0; at < values.length; at++)
    if (Math.fround(values[at]!) !== values[at] && !Number.isNaN(values[at]!)) return false;
  return true;
}

/** How far rounding moves a value at most, and the sd; 0 where no two values differ. */
function errorOf(values: Float64Array): { readonly error: number; readonly sd: number } {
  let [sum, count, error] = [0, 0, 0];
  // By index: a hundred million values are looked at here, and an iterator takes four times as long.
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
    error = Math.max(error, Math.abs(Math.fround(value) - value));
  }
  const mean = sum / count;
  let squares = 0;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (Number.isNaN(value)) continue;
    squares += (value - mean) ** 2;
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return { error, sd: least < most ? Math.sqrt(squares / count) : 0 };
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A column of a table in row-major order. */
export function columnOf(values: ArrayLike<number>, width: number, column: number): Float64Array {
  const found = new Float64Array(Math.floor(values.length / width));
  for (let row = 0; row < found.length; row++) found[row] = values[row * width + column]!;
  return found;
}
