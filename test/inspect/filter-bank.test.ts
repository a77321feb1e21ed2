/**
 * Filters and what fits them against numpy 2.4.6 and scipy 1.17.1: patterns by `numpy.convolve` and `outer`, the best
 * match by trying directions 0.01° apart with Pearson's r, thresholds as quantiles of 400,000 random kernels.
 */
import { expect, test } from "vitest";
import { bestMatch, filterBank, steered } from "../../src/inspect/filter-bank.js";
import { edgeThreshold, edgeVerdict } from "../../src/inspect/filter-verdict.js";
import { stream } from "../../src/learn/random.js";
import { filterText } from "../../src/values/inspected-filters.js";
import { expectNear } from "../statistics/near.js";

const names = (height: number, width: number): readonly string[] =>
  filterBank(height, width).map(({ name }) => filterText(name));

test("the bank has Sobel's filters that lie centred in the kernel, and derivatives of Gaussians up to half its side", () => {
  expect(names(5, 5)).toEqual([
    ...["Sobel 5 × 5", "Sobel 3 × 3", "Gaussian, σ 0.5", "Gaussian, σ 0.71", "Gaussian, σ 1", "Gaussian, σ 1.41"],
    "Gaussian, σ 2",
  ]);
  expect(names(4, 4)).toEqual([
    ...["Sobel 4 × 4", "Sobel 2 × 2", "Gaussian, σ 0.5", "Gaussian, σ 0.71", "Gaussian, σ 1", "Gaussian, σ 1.41"],
    "Gaussian, σ 2",
  ]);
  expect(names(2, 2)).toEqual(["Sobel 2 × 2", "Gaussian, σ 0.5", "Gaussian, σ 0.71", "Gaussian, σ 1"]);
  expect(names(3, 5).slice(0, 2)).toEqual(["Sobel 3 × 5", "Sobel 3 × 3"]);
  expect(names(1, 1)).toEqual([]);
});

test("Sobel's filters are those of the books, to a factor", () => {
  const whole = (values: Float64Array, factor: number): number[] => [...values].map((value) => value * factor + 0);
  const [three] = filterBank(3, 3);
  expect(whole(three!.right!, 8)).toEqual([-1, 0, 1, -2, 0, 2, -1, 0, 1]);
  expect(whole(three!.up!, 8)).toEqual([1, 2, 1, 0, 0, 0, -1, -2, -1]);
  // [1 4 6 4 1]ᵀ [−1 −2 0 2 1], as OpenCV's getDerivKernels(1, 0, 5) has them.
  const row = whole(filterBank(5, 5)[0]!.right!, 128).slice(10, 15);
  expect(row).toEqual([-6, -12, 0, 12, 6].map((value) => (value * 128) / 128));
  const [inner] = filterBank(5, 5).slice(1);
  expect(whole(inner!.right!, 8)).toEqual([
    ...[0, 0, 0, 0, 0, 0, -1, 0, 1, 0],
    ...[0, -2, 0, 2, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0, 0],
  ]);
});

test("a filter turned in any direction, with any factor and any brightness, is found again as what it is", () => {
  for (const [height, width] of [
    [5, 5],
    [4, 4],
    [3, 7],
  ] as const) {
    const bank = filterBank(height, width);
    for (const [index, filter] of bank.entries())
      for (const direction of [0, 33, 90, 200, 359]) {
        const found = bestMatch(
          bank,
          steered(filter, direction).map((value) => 3 * value - 7),
        )!;
        expect(filterText(bank[found.filter]!.name)).toBe(filterText(bank[index]!.name));
        expectNear(found.correlation, 1);
        const off = Math.abs(found.direction - direction);
        expect(Math.min(off, 360 - off)).toBeLessThan(1e-9);
      }
  }
});

test("the best match of any kernel is the one that trying all directions finds", () => {
  const five = [1, 2, 3].map((seed) => Float32Array.from({ length: 25 }, (_, at) => Math.sin(seed * 1.7 * at + seed)));
  const four = [1, 2].map((seed) => Float32Array.from({ length: 16 }, (_, at) => Math.cos(seed * 0.9 * at) + 0.1 * at));
  const wanted = [
    ["Gaussian, σ 0.5", 137.27, 0.36541207171642637],
    ["Gaussian, σ 0.5", 108.29, 0.11010859773925785],
    ["Gaussian, σ 1.41", 192.53, 0.18522846877189],
    ["Gaussian, σ 2", 276.77, 0.576222833304],
    ["Gaussian, σ 1", 309.66, 0.7592540514664721],
  ] as const;
  for (const [index, kernel] of [...five, ...four].entries()) {
    const bank = index < 3 ? filterBank(5, 5) : filterBank(4, 4);
    const { filter, direction, correlation } = bestMatch(bank, kernel)!;
    const [name, angle, r] = wanted[index]!;
    expect(filterText(bank[filter]!.name)).toBe(name);
    expect(Math.abs(direction - angle)).toBeLessThan(0.006);
    // Of directions 0.01° apart the best is up to 4e-9 below the best of all, and kernels are float32.
    expect(Math.abs(correlation - r)).toBeLessThan(2e-7);
  }
});

test("a kernel of equal numbers correlates with nothing, and one of one pixel has no direction", () => {
  expect(bestMatch(filterBank(3, 3), new Float32Array(9).fill(0.1))).toBeNull();
  expect(bestMatch(filterBank(3, 3), new Float32Array(9))).toBeNull();
  expect(bestMatch(filterBank(1, 1), [1])).toBeNull();
});

test("a row of pixels knows two directions, and a column two others", () => {
  for (const [height, width, kernel, direction] of [
    [1, 3, [-1, 0, 1], 0],
    [1, 3, [1, 0, -1], 180],
    [3, 1, [1, 0, -1], 90],
    [3, 1, [-1, 0, 1], 270],
  ] as const) {
    const found = bestMatch(filterBank(height, width), kernel)!;
    expect(found.direction).toBe(direction);
    expectNear(found.correlation, 1);
  }
});

const thresholdOf = (height: number, width: number) =>
  edgeThreshold(filterBank(height, width), height * width, stream(0, [], `random kernels ${height} × ${width}`));

test("the threshold is what 5 % of random kernels reach: numpy's, and of one plane of filters that of a beta law", () => {
  expect(Math.abs(thresholdOf(5, 5)!.correlation - 0.55463)).toBeLessThan(0.006);
  expect(Math.abs(thresholdOf(3, 3)!.correlation - 0.84136)).toBeLessThan(0.006);
  // All filters of 2 × 2 are the same: r² is Beta(1, 1/2), whose 95 % point is 1 − 0.05².
  expect(Math.abs(thresholdOf(2, 2)!.correlation - 0.998749217771909)).toBeLessThan(1e-4);
});

test("of two pixels every kernel is an edge, which says nothing: there is no threshold", () => {
  expect(thresholdOf(1, 2)).toBeNull();
  expect(thresholdOf(1, 1)).toBeNull();
});

test("5 % of other random kernels look like an edge, and are no more than chance brings; edges are", () => {
  const threshold = thresholdOf(3, 3)!;
  const bank = filterBank(3, 3);
  const random = stream(7, [], "other kernels");
  const correlations = Array.from({ length: 2000 }, () => {
    const kernel = Float64Array.from({ length: 9 }, () => random.uniform() - 0.5);
    return bestMatch(bank, kernel)!.correlation;
  });
  const verdict = edgeVerdict(correlations, threshold);
  expect(verdict.count).toBe(2000);
  expect(verdict.edges).toBeGreaterThan(65);
  expect(verdict.edges).toBeLessThan(135);
  expect(verdict.p).toBeGreaterThan(0.01);
  // scipy.stats.binomtest(41, 128, 0.05, alternative="greater"), and its proportion_ci(method="wilson").
  const learned = edgeVerdict([...Array(41).fill(0.95), ...Array(87).fill(0.5)], threshold);
  expect(learned.edges).toBe(41);
  expectNear(learned.p! * 1e22, 3.2177090029668093e-22 * 1e22);
  expectNear(learned.interval![0], 0.2457302061060092);
  expectNear(learned.interval![1], 0.4053658875547829);
  expect(edgeVerdict([], threshold)).toEqual({ count: 0, edges: 0, interval: null, p: null });
});
