/** What logits say of an example, in float64: its class, its loss in nats, its probabilities. */

/** The first column with the largest value. */
export function argMax(values: Float32Array | Float64Array, start: number, width: number): number {
  let best = 0;
  for (let column = 1; column < width; column++) if (values[start + column]! > values[start + best]!) best = column;
  return best;
}

/** ln Σ exp(logits); NaN where a logit is not finite, though −∞ at another class would still have a limit. */
export function logSumExp(logits: Float32Array | Float64Array, start: number, classes: number): number {
  let highest = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < classes; column++) {
    if (!Number.isFinite(logits[start + column])) return Number.NaN;
    highest = Math.max(highest, logits[start + column]!);
  }
  let sum = 0;
  for (let column = 0; column < classes; column++) sum += Math.exp(logits[start + column]! - highest);
  return highest + Math.log(sum);
}

/**
 * Softmax of each row: exp(xᵢ − max) / Σ exp(xⱼ − max), float32 [count, classes], each row summing to 1. The first of a
 * row's largest probabilities is that of the class which the logits say (`argMax`).
 */
export function softmaxRows(logits: Float32Array | Float64Array, classes: number): Float32Array {
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const best = argMax(logits, start, classes);
    const highest = logits[start + best]!;
    let sum = 0;
    for (let column = 0; column < classes; column++) sum += Math.exp(logits[start + column]! - highest);
    for (let column = 0; column < classes; column++)
      result[start + column] = Math.exp(logits[start + column]! - highest) / sum;
    keepFirst(result, start, best);
  }
  return result;
}

/**
 * Logits that differ by less than 32 bits tell of their probabilities would be a tie, and the first class of it another
 * one than was predicted: what is counted of probabilities would not be what the metrics say. The larger one is then
 * the next float32, which is as near to what it stands for.
 */
export function keepFirst(probabilities: Float32Array, start: number, best: number): void {
  const own = probabilities[start + best]!;
  for (let column = 0; column < best; column++)
    if (probabilities[start + column] === own) {
      probabilities[start + best] = nextFloat32(own);
      return;
    }
}
/** Of a positive number: its bits, read as an integer, are one more. */
function nextFloat32(value: number): number {
  const float = Float32Array.of(value);
  new Int32Array(float.buffer)[0]!++;
  return float[0]!;
}

/** ln(1 + eˣ), written so that nothing overflows; NaN where x is not finite. */
export const softplus = (x: number): number =>
  Number.isFinite(x) ? Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) : Number.NaN;

/**
 * Probabilities of both classes from the logit of the second: 1 − σ(z), σ(z); float32 [count, 2]. The second is larger
 * where, and only where, its logit is above 0.
 */
export function sigmoidRows(logits: Float32Array | Float64Array): Float32Array {
  const result = new Float32Array(2 * logits.length);
  for (const [index, z] of logits.entries()) {
    result[2 * index] = 1 / (1 + Math.exp(z));
    result[2 * index + 1] = 1 / (1 + Math.exp(-z));
    if (z > 0) keepFirst(result, 2 * index, 1);
  }
  return result;
}
