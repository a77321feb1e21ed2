import { expect, test } from "vitest";
import { aroundZero } from "../../src/inspect/around-zero.js";
import { binsFor, histogramOf, momentsOf } from "../../src/inspect/weight-statistics.js";
import { normalQuantile } from "../../src/statistics/distributions.js";

/** Numbers that NumPy makes with the same bits: of a residue, by products and sums alone. */
const residues = (count: number, of: (fraction: number) => number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => of(((index * 7919) % 1009) / 1009));
const cubes = residues(1000, (fraction) => (fraction - 0.4) * (fraction - 0.4) * (fraction - 0.4));
/** Of a normal distribution, as evenly as so many numbers can be. */
const normal = (count: number, sd: number, mean = 0): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => mean + sd * normalQuantile((index + 0.5) / count));

test("moments are those of NumPy and SciPy, with divisor n", () => {
  const { count, mean, sd, min, max, skewness, excessKurtosis, nearZero } = momentsOf(cubes);
  // numpy 2 mean, std, min, max; scipy.stats.skew, kurtosis; numpy.mean(|w| < 0.01 max |w|): float64 of float32 numbers.
  expect(count).toBe(1000);
  expect(mean).toBeCloseTo(0.025968222671256362, 15);
  expect(sd).toBeCloseTo(0.05961648878860515, 15);
  expect([min, max]).toEqual([-0.06400000303983688, 0.2149313986301422]);
  expect(skewness).toBeCloseTo(1.4045823125508536, 12);
  expect(excessKurtosis).toBeCloseTo(1.3344492319359418, 12);
  expect(nearZero).toBe(0.257);
  const five = momentsOf(Float32Array.of(0.5, -0.25, 0.125, -2, 0.75));
  expect(five.skewness).toBeCloseTo(-1.074021696696921, 14);
  expect(five.excessKurtosis).toBeCloseTo(-0.31756079392374037, 14);
});

test("moments hold where the mean is far larger than the spread", () => {
  const { mean, sd, skewness, excessKurtosis } = momentsOf(residues(1000, (fraction) => 1000 + fraction));
  // The same functions of NumPy and SciPy.
  expect(mean).toBeCloseTo(1000.5001763916016, 9);
  expect(sd).toBeCloseTo(0.28876037257973586, 12);
  expect(skewness).toBeCloseTo(-0.0039844311356655605, 9);
  expect(excessKurtosis).toBeCloseTo(-1.1993116941401432, 9);
});

test("equal weights have no spread, whatever rounding would leave of them, and no skewness", () => {
  const tenths = momentsOf(new Float32Array(1001).fill(0.1));
  expect(tenths).toEqual({
    ...{ count: 1001, mean: Math.fround(0.1), sd: 0, min: Math.fround(0.1), max: Math.fround(0.1) },
    ...{ skewness: null, excessKurtosis: null, nearZero: 0 },
  });
  expect(aroundZero(new Float32Array(9).fill(0.1), tenths)).toBeNull();
  expect(momentsOf(Float32Array.of(-2))).toMatchObject({ count: 1, mean: -2, sd: 0, nearZero: 0, skewness: null });
});

test("weights that are all 0 are in the middle of an axis without length, and none is near 0 by comparison", () => {
  const zeros = new Float32Array(12);
  const moments = momentsOf(zeros);
  expect(moments).toMatchObject({ mean: 0, sd: 0, nearZero: null });
  const { axis, counts } = histogramOf(zeros, moments, binsFor(moments));
  expect(axis).toEqual({ limit: 0, bins: 5, below: 0, above: 0 });
  expect([...counts]).toEqual([0, 0, 12, 0, 0]);
});

test("a weight that is not finite makes every moment NaN", () => {
  for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const weights = Float32Array.of(1, odd, 2);
    const moments = momentsOf(weights);
    expect([moments.mean, moments.sd, moments.min, moments.skewness, moments.nearZero]).toEqual(
      new Array(5).fill(Number.NaN),
    );
    expect([...histogramOf(weights, moments, 5).counts]).toEqual([0, 0, 0, 0, 0]);
    expect(aroundZero(weights, moments)).toBeNull();
  }
});

test("a histogram is about 0, up to the largest weight, with a bin around 0", () => {
  const { axis, counts } = histogramOf(cubes, momentsOf(cubes), 11);
  expect(axis).toEqual({ limit: 0.2149313986301422, bins: 11, below: 0, above: 0 });
  // numpy.histogram(w, 11, range=(−max |w|, max |w|))
  expect([...counts]).toEqual([0, 0, 0, 12, 119, 538, 119, 73, 54, 45, 40]);
  const ends = Float32Array.of(-1, 0, 1);
  expect([...histogramOf(ends, momentsOf(ends), 3).counts]).toEqual([1, 1, 1]);
});

test("a few weights that lie far out are counted beyond the ends, and do not widen the bins", () => {
  const weights = Float32Array.from([...normal(10_000, 1), 500, -300]);
  const moments = momentsOf(weights);
  const { axis, counts } = histogramOf(weights, moments, 61);
  expect(axis.limit).toBeCloseTo(6 * Math.hypot(moments.mean, moments.sd), 12);
  expect([axis.below, axis.above]).toEqual([1, 1]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000);
});

test("a lone histogram has an odd number of bins, by how many weights there are, from 5 to 101", () => {
  const binsOf = (weights: Float32Array): number => binsFor(momentsOf(weights));
  expect(binsOf(Float32Array.of(1, 2))).toBe(5);
  // 2 · 3.29 / (3.49 · 1000^(−1/3)) = 18.9
  expect(binsOf(normal(1000, 0.1))).toBe(19);
  expect(binsOf(normal(200_000, 0.1))).toBe(101);
});

test("weights of a normal distribution are bell-shaped around 0, and as dense there as it is", () => {
  const weights = normal(2000, 0.1);
  const around = aroundZero(weights, momentsOf(weights))!;
  // By NumPy, of the same quantiles.
  expect(around.bands).toEqual([88, 183, 300, 766, 300, 183, 88]);
  expect(around.againstBeside.value).toBeCloseTo(766 / 600, 12);
  // statsmodels.stats.proportion.proportion_confint(766, 1066, method="wilson"), p / (1 − p) / 2
  expect(around.againstBeside.low).toBeCloseTo(0.6908311151052129 / (1 - 0.6908311151052129) / 2, 9);
  expect(around.againstBeside.high).toBeCloseTo(0.7447474429679433 / (1 - 0.7447474429679433) / 2, 9);
  expect(around.againstNormal.value).toBeCloseTo(1, 2);
  expect(around).toMatchObject({ peak: "at 0", isBell: true });
});

test("two hills, and an even spread, have no bell; hills have no peak at 0, and of few weights nothing is said", () => {
  const hills = Float32Array.from([...normal(300, 0.3, -1), ...normal(300, 0.3, 1)]);
  expect(aroundZero(hills, momentsOf(hills))).toMatchObject({ peak: "none", isBell: false });
  const even = Float32Array.from({ length: 4001 }, (_, index) => index / 2000 - 1);
  expect(aroundZero(even, momentsOf(even))).toMatchObject({ peak: null, isBell: false });
  const few = normal(40, 0.1);
  expect(aroundZero(few, momentsOf(few))).toMatchObject({ peak: null, isBell: false });
});

test("a flat top with falling sides is no bell, however many weights it has", () => {
  // Even on its inner part, normal beyond: about as learned layers are that hardly left their even start.
  const top = Array.from({ length: 60_001 }, (_, index) => (index / 30_000 - 1) * 0.99);
  const hill = normal(60_000, 0.9);
  const weights = Float32Array.from([...top, ...hill]);
  const around = aroundZero(weights, momentsOf(weights))!;
  expect(around.againstBeside.low).toBeGreaterThan(1);
  expect(around.againstBeside.low).toBeLessThan(1.1);
  expect(around).toMatchObject({ peak: "at 0", isBell: false });
  expect(around.falls.flat().every(({ low }) => low !== null && low > 1)).toBe(true);
});

test("a narrow peak at 0 between two hills is not said to be none", () => {
  const hills = [...normal(300, 0.3, -1), ...normal(300, 0.3, 1)];
  const withPeak = Float32Array.from([...hills, ...new Array<number>(20).fill(0)]);
  const around = aroundZero(withPeak, momentsOf(withPeak))!;
  expect(around.againstBeside.high).toBeLessThan(1);
  expect(around.spike.low).toBeGreaterThan(1);
  expect(around.peak).toBeNull();
});

test("a bell beside 0 is none around 0", () => {
  const beside = normal(4000, 0.1, 0.05);
  const around = aroundZero(beside, momentsOf(beside))!;
  expect(around.offset).toBeCloseTo(0.5, 2);
  expect(around.isBell).toBe(false);
  // Far from it there is nothing to compare.
  const far = normal(4000, 0.1, 7);
  expect(aroundZero(far, momentsOf(far))).toMatchObject({
    againstBeside: { value: null, low: null, high: null },
    ...{ peak: null, isBell: false },
  });
});
