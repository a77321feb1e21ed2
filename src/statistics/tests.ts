/**
 * Tests of a difference between two models that were judged by the same examples, or over the same folds; each gives a
 * two-sided p-value: how often chance alone would bring a difference as large.
 *
 * Where a sample knows of no spread nothing can be tested: null, which is said, and is no p of 1. Nothing here draws:
 * the bootstrap is handed its resamples.
 */
import { spreadOf } from "../util/statistics.js";
import { binomialCdf, studentTwoSided } from "./distributions.js";
import { type Interval, percentile } from "./intervals.js";

/** Two that differ by chance alone are told apart as often as this. */
export const significance = 0.05;

/**
 * McNemar's exact test of two classifiers on one set: whether those that one of them alone has right are as many as
 * those that the other alone has.
 *
 *   p = min(1, 2 P(X ≤ min(b, c))),  X binomial with b + c trials of probability 1/2
 *
 * @param onlyFirst   b, the examples that only the first has right
 * @param onlySecond  c, those that only the second has
 * @returns           1 where b = c, that is also where they never differ
 * Sources: McNemar (1947); Dietterich (1998), Approximate statistical tests for comparing supervised classification
 * learning algorithms.
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  const discordant = onlyFirst + onlySecond;
  if (discordant === 0) return 1;
  return Math.min(1, 2 * binomialCdf(Math.min(onlyFirst, onlySecond), discordant, 0.5));
}

/**
 * The exact one-sided test of a count: whether successes are more than chance alone would bring.
 *
 *   p = P(X ≥ k),  X binomial with n trials of so much probability
 *
 * @param successes    k, in 0 … trials
 * @param probability  of one trial, inside 0 … 1
 * Source: Clopper & Pearson (1934).
 */
export const atLeast = (successes: number, trials: number, probability: number): number =>
  // By counting failures: 1 − P(X < k) would lose a small p to rounding.
  binomialCdf(trials - successes, trials, 1 - probability);

/** What a t-test comes to. */
export interface StudentTest {
  readonly t: number;
  readonly freedom: number;
  readonly p: number;
}

/**
 * Student's t-test of paired differences over resamples of one data set, whose training sets overlap: the variance of
 * the mean is more than s² / J, by the share of the examples that judge.
 *
 *   t = mean(d) / √(s² (1/J + n_test / n_train)),  J − 1 degrees of freedom
 *
 * @param differences  d, one for each of the J folds
 * @param ratio        n_test / n_train; 0 is the ordinary paired t-test, of pairs that share nothing
 * @returns            null for fewer than two, and where all are equal but not 0: their spread is not known then
 * Source: Nadeau & Bengio (2003), Inference for the generalization error, §5.
 */
export function correctedResampledT(differences: readonly number[], ratio: number): StudentTest | null {
  const { mean, sd, count } = spreadOf(differences);
  if (sd === null || !Number.isFinite(mean)) return null;
  return studentTest(differences, mean, sd * sd * (1 / count + ratio));
}

/**
 * A test of two models that are trained once for each of several seeds and judged by the same examples: whether their
 * difference is more than seeds and the choice of examples would bring.
 *
 *   t = mean(d) / √(s²_seeds / J + s²_examples / n),  J − 1 degrees of freedom
 *
 * s²_seeds is the variance of the mean difference of a seed, over the J seeds; s²_examples that of the mean difference
 * of an example, over the n examples. In a crossed design the variance of the overall mean is that sum without the
 * interaction of both, which stands in it twice: the test errs to the side of no difference.
 *
 * @param differences  by seed: of each example, in the same order
 * @returns            null for fewer than two seeds or examples, and where there is no spread but a difference
 * Source: variance components of a two-way crossed random design, Searle, Casella & McCulloch (1992), §4.
 */
export function crossedT(differences: readonly ArrayLike<number>[]): StudentTest | null {
  const [first] = differences;
  if (!first || differences.length < 2 || first.length < 2) return null;
  const perSeed = differences.map((list) => spreadOf(Array.from(list)).mean);
  const perExample = Array.from(first, (_, at) => spreadOf(differences.map((list) => list[at]!)).mean);
  const [seeds, examples] = [spreadOf(perSeed), spreadOf(perExample)];
  if (!Number.isFinite(seeds.mean)) return null;
  return studentTest(perSeed, seeds.mean, seeds.se! ** 2 + examples.se! ** 2);
}

function studentTest(differences: readonly number[], mean: number, variance: number): StudentTest | null {
  const freedom = differences.length - 1;
  if (mean === 0) return { t: 0, freedom, p: 1 };
  // Scores have some 16 digits: what is left of a spread below that is rounding, by which nothing is tested.
  if (!(variance > (1e-9 * mean) ** 2)) return null;
  const t = mean / Math.sqrt(variance);
  return { t, freedom, p: studentTwoSided(t, freedom) };
}

/** The mean of paired differences, its 95 % percentile interval, and a p-value. */
export interface BootstrapTest {
  readonly mean: number;
  readonly interval: Interval | null;
  readonly p: number | null;
}

/**
 * Paired bootstrap of mean differences: examples are drawn with replacement, each with what both models make of it.
 *
 *   p = min(1, 2 (1 + min(#{mean ≤ 0}, #{mean ≥ 0})) / (B + 1))
 *
 * over the means of B resamples, so that p is below 0.05 where the 95 % percentile interval leaves out 0. It is never
 * below 2 / (B + 1).
 *
 * @param lists      for each pair of models one difference for each example; all of as many examples
 * @param resamples  each as indices, as many as there are examples; the same for all pairs, since drawing them is what
 *   takes the time
 * @returns          p null for fewer than two examples, where all differ by the same but not by 0, and where one is not
 *   finite
 * Source: Davison & Hinkley (1997), Bootstrap Methods and their Application, §4.2 and §5.4.
 */
export function pairedBootstraps(
  lists: readonly ArrayLike<number>[],
  resamples: Iterable<ArrayLike<number>>,
): readonly BootstrapTest[] {
  const spreads = lists.map((list) => spreadOf(Array.from(list)));
  const found = lists.map((list) => ({ list, means: [] as number[], below: 0, above: 0 }));
  const unequal = found.filter((_, at) => (spreads[at]!.sd ?? 0) > 0 && Number.isFinite(spreads[at]!.mean));
  if (unequal.length > 0)
    for (const indices of resamples)
      for (const pair of unequal) {
        const { list, means } = pair;
        let sum = 0;
        for (let at = 0; at < indices.length; at++) sum += list[indices[at]!]!;
        means.push(sum / indices.length);
        if (sum <= 0) pair.below++;
        if (sum >= 0) pair.above++;
      }
  return found.map(({ means, below, above }, at) => {
    const { mean } = spreads[at]!;
    if (means.length === 0) return { mean, interval: null, p: mean === 0 ? 1 : null };
    const p = Math.min(1, (2 * (1 + Math.min(below, above))) / (means.length + 1));
    return { mean, interval: percentile(means), p };
  });
}

/**
 * Holm's correction of the p-values of several tests, so that the chance of even one false difference stays below the
 * level, whatever the tests have to do with each other.
 *
 *   sorted p₁ ≤ … ≤ p_m:  p̃ᵢ = max over j ≤ i of min(1, (m − j + 1) pⱼ)
 *
 * @param ps  null where nothing could be tested, which counts as no test
 * @returns   in the same order
 * Source: Holm (1979).
 */
export function holm(ps: readonly (number | null)[]): readonly (number | null)[] {
  const tested = ps.flatMap((p, index) => (p === null ? [] : [{ p, index }])).sort((a, b) => a.p - b.p);
  const corrected: (number | null)[] = ps.map(() => null);
  let least = 0;
  for (const [place, { p, index }] of tested.entries()) {
    least = Math.max(least, Math.min(1, (tested.length - place) * p));
    corrected[index] = least;
  }
  return corrected;
}
