/**
 * Distributions that intervals and tests are read from: Student's t, the normal and the binomial.
 *
 * Everything comes from two functions that keep their digits where others lose them: the remainder of Stirling's
 * series, so that no large logarithms are subtracted, and a continued fraction. Relative errors are below 1e-12 (scipy
 * is the oracle of the tests), in the far tails too.
 */

import { erf } from "../util/erf.js";

/** ln √(2π). */
const halfLogTwoPi = 0.9189385332046728;

/**
 * ln Γ(x), x > 0. Lanczos' sum below 15, Stirling's series from there on.
 *
 * Sources: Lanczos (1964), with Godfrey's coefficients for g = 607/128; Abramowitz & Stegun (1964), 6.1.41.
 */
export function logGamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  if (x >= 15) return (x - 0.5) * Math.log(x) - x + halfLogTwoPi + stirlingSeries(x);
  // Γ(x + 1) = x Γ(x); near its zeros at 1 and 2 the logarithm itself is close to 0.
  let sum = lanczos[0]!;
  for (let k = 1; k < lanczos.length; k++) sum += lanczos[k]! / (x - 1 + k);
  const base = x - 0.5 + 607 / 128;
  return (x - 0.5) * Math.log(base) - base + halfLogTwoPi + Math.log(sum);
}
const lanczos = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202,
  3.399464998481189e-5, 4.652362892704858e-5, -9.837447530487956e-5, 0.0001580887032249125, -0.00021026444172410488,
  0.00021743961811521265, -0.0001643181065367639, 8.441822398385275e-5, -2.6190838401581408e-5, 3.6899182659531625e-6,
];
/** 1/12x − 1/360x³ + 1/1260x⁵ − … */
function stirlingSeries(x: number): number {
  const square = x * x;
  return (
    (1 / 12 -
      (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360360 / square) / square) / square) / square) / square) /
    x
  );
}

/** ln Γ(x + 1) − (x + ½) ln x + x − ln √(2π): what Stirling's formula leaves out. */
const stirlingError = (x: number): number =>
  x >= 15 ? stirlingSeries(x) : logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - halfLogTwoPi;

/** x ln(x / m) + m − x, which is exact where x is close to m and the terms would cancel. */
function deviance(x: number, mean: number): number {
  if (Math.abs(x - mean) >= 0.1 * (x + mean)) return x * Math.log(x / mean) + mean - x;
  const v = (x - mean) / (x + mean);
  let sum = (x - mean) * v;
  let term = 2 * x * v;
  for (let j = 1; ; j++) {
    term *= v * v;
    const next = sum + term / (2 * j + 1);
    if (next === sum) return sum;
    sum = next;
  }
}

/**
 * xᵃ (1 − x)ᵇ / B(a, b) by Loader's saddle point.
 *
 * Source: Loader (2000), Fast and accurate computation of binomial probabilities.
 */
function betaFront(x: number, complement: number, a: number, b: number): number {
  const n = a + b;
  const log = stirlingError(n) - stirlingError(a) - stirlingError(b) - deviance(a, n * x) - deviance(b, n * complement);
  return Math.exp(log) * Math.sqrt((a * b) / (2 * Math.PI * n));
}

/**
 * The regularised incomplete beta function I_x(a, b), by Lentz' continued fraction on the side where it converges.
 *
 * @param x           0 … 1
 * @param complement  1 − x, where the caller knows it more exactly than a difference
 * @param a           above 0, as b
 * Source: DiDonato & Morris (1992); Press et al. (2007), Numerical Recipes, §6.4.
 */
export function incompleteBeta(x: number, a: number, b: number, complement = 1 - x): number {
  if (!(a > 0 && b > 0 && x >= 0 && complement >= 0)) return Number.NaN;
  if (x === 0) return 0;
  if (complement === 0) return 1;
  const front = betaFront(x, complement, a, b);
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(complement, b, a)) / b;
}
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  // About √max(a, b) terms are needed.
  for (let m = 1; m <= 1_000_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 2e-16) break;
  }
  return fraction;
}

/** P(X ≤ k) of so many successes in n trials, each with probability p. */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  return k >= n ? 1 : incompleteBeta(1 - p, n - Math.floor(k), Math.floor(k) + 1, p);
}

/** P(T > |t|) of Student's t. */
function studentTail(t: number, freedom: number): number {
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return 0;
  const whole = freedom + square;
  return incompleteBeta(freedom / whole, freedom / 2, 0.5, square / whole) / 2;
}

/**
 * P(T ≤ t) of Student's t.
 *
 * @param freedom  degrees of freedom, above 0, whole or not
 */
export function studentCdf(t: number, freedom: number): number {
  const tail = studentTail(t, freedom);
  return t > 0 ? 1 - tail : tail;
}

/** P(|T| ≥ |t|): the two-sided p-value, which keeps its digits where it is small. */
export const studentTwoSided = (t: number, freedom: number): number => 2 * studentTail(t, freedom);

/**
 * The t that Student's T does not exceed with probability p.
 *
 * @param p        between 0 and 1
 * @param freedom  degrees of freedom, above 0, whole or not
 */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1 && freedom > 0)) return Number.NaN;
  if (p === 0.5) return 0;
  if (p > 0.5) return -studentQuantile(1 - p, freedom);
  // The tail falls in t: it is held between two bounds, and halved until they meet.
  let [low, high] = [0, 1];
  while (studentTail(high, freedom) > p) [low, high] = [high, 2 * high];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return -middle;
    if (studentTail(middle, freedom) > p) low = middle;
    else high = middle;
  }
}

/** ln of the density of a standard normal. */
export const logNormalDensity = (z: number): number => -0.5 * z * z - halfLogTwoPi;

/**
 * P(Z ≤ z) of a standard normal, which keeps its digits in the lower tail down to what a double can say (z of −38).
 *
 * Below −2 it is Laplace's continued fraction, φ(z) / (|z| + 1 / (|z| + 2 / (|z| + …))), whose first hundred terms are
 * all that a double holds there.
 * Source: Abramowitz & Stegun (1964), 26.2.14.
 */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return z;
  if (z >= -2) return 0.5 + 0.5 * erf(z / Math.SQRT2);
  let fraction = -z;
  for (let k = 100; k > 0; k--) fraction = -z + k / fraction;
  return Math.exp(logNormalDensity(z)) / fraction;
}

/**
 * The z that a standard normal does not exceed with probability p, to about 1e-16.
 *
 * @param p  between 0 and 1
 * Source: Wichura (1988), Algorithm AS 241, PPND16.
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return Number.NaN;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) return q * ratio(0.180625 - q * q, central);
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const z = r <= 5 ? ratio(r - 1.6, middle) : ratio(r - 5, far);
  return q < 0 ? -z : z;
}
type Polynomials = readonly [above: readonly number[], below: readonly number[]];
const polynomial = (x: number, coefficients: readonly number[]): number =>
  coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
const ratio = (x: number, [above, below]: Polynomials): number => polynomial(x, above) / polynomial(x, below);
const central: Polynomials = [
  [
    3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
    33430.57558358813, 2509.0809287301227,
  ],
  [
    1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
    28729.085735721943, 5226.495278852546,
  ],
];
const middle: Polynomials = [
  [
    1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
    0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
  ],
  [
    1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
    0.0005475938084995345, 1.0507500716444169e-9,
  ],
];
const far: Polynomials = [
  [
    6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
    0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
  ],
  [
    1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
    1.421511758316446e-7, 2.0442631033899397e-15,
  ],
];
