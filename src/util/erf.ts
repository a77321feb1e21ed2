/**
 * The error function, to about 1e-15.
 *
 *   erf(x) = 2/√π e^(−x²) Σ 2ⁿ x^(2n+1) / (1 · 3 · … · (2n + 1))
 *
 * All terms have one sign, so nothing cancels. Source: Abramowitz & Stegun (1964), 7.1.6.
 */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  // 1 − erf(6) is 2e-17, less than a double can tell from 1.
  if (Math.abs(x) >= 6) return Math.sign(x);
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
