/**
 * Variance taken apart: of grids against sums written out, of trees against their values at every point of a grid, and
 * of whole forests against functions whose shares are known.
 */
import { expect, test } from "vitest";
import { stream } from "../../src/learn/random.js";
import { type Axis, forestOf, valueAt } from "../../src/statistics/forest.js";
import { forestShares, gridShares } from "../../src/statistics/variance-shares.js";

const range: Axis = { pieces: null, isOrdered: true };
const random = () => stream(3, [], "test");

/** Points of the unit cube, and what a function says there. */
function drawn(count: number, axes: readonly Axis[], f: (x: readonly number[]) => number) {
  const rows = Array.from({ length: count }, (_, index) =>
    axes.map(({ pieces }, axis) => {
      const at = halton(index + 1, [2, 3, 5, 7][axis]!);
      return pieces === null ? at : (Math.floor(at * pieces) + 0.5) / pieces;
    }),
  );
  return { rows, targets: rows.map(f) };
}
/** Points that fill the cube evenly: the digits of the index, mirrored at the point. */
function halton(index: number, base: number): number {
  let [value, part] = [0, 1];
  for (let left = index; left > 0; left = Math.floor(left / base)) {
    part /= base;
    value += part * (left % base);
  }
  return value;
}

test("the shares of a grid are those of its sums, written out", () => {
  // f = 3 a + b + 2 a b on a ∈ {−1, 1}, b ∈ {−1, 1}: variances 9, 1 and 4.
  const values = [-1, 1].flatMap((a) => [-1, 1].map((b) => 3 * a + b + 2 * a * b));
  const { main, pairs } = gridShares([2, 2], values)!;
  expect(main.map(({ share }) => share)).toEqual([9 / 14, 1 / 14]);
  expect(pairs).toEqual([{ axes: [0, 1], share: 4 / 14, sd: null }]);
});

test("what three axes do together only is in no share of one or two", () => {
  const values = [0, 1].flatMap((a) => [0, 1].flatMap((b) => [0, 1].map((c) => a ^ b ^ c)));
  const { main, pairs } = gridShares([2, 2, 2], values)!;
  expect([...main, ...pairs].map(({ share }) => share)).toEqual([0, 0, 0, 0, 0, 0]);
});

test("equal values have no variance to take apart", () => {
  expect(gridShares([2, 3], [0.1, 0.1, 0.1, 0.1, 0.1, 0.1])).toBeNull();
  const forest = forestOf([[0.2], [0.4], [0.9]], [2, 2, 2], [range], random());
  expect(forestShares(forest, 1)).toBeNull();
  expect(forest.outOfBag).toBeNull();
});

test("a tree's shares are those of its values at every point, for numbers and categories", () => {
  const axes: readonly Axis[] = [
    { pieces: 4, isOrdered: true },
    { pieces: 5, isOrdered: false },
    { pieces: 3, isOrdered: false },
  ];
  const { rows, targets } = drawn(40, axes, ([a, b, c]) => Math.sin(9 * a!) + ((7 * b! * 5) % 3) * a! + c! * b!);
  const { trees } = forestOf(rows, targets, axes, random(), 12);
  for (const tree of trees) {
    const values = [0, 1, 2, 3].flatMap((a) =>
      [0, 1, 2, 3, 4].flatMap((b) =>
        [0, 1, 2].map((c) => valueAt(tree, [(a + 0.5) / 4, (b + 0.5) / 5, (c + 0.5) / 3])),
      ),
    );
    const wanted = gridShares([4, 5, 3], values)!;
    const found = forestShares({ trees: [tree], outOfBag: null }, 3)!;
    for (const [axis, { share }] of found.main.entries()) expect(share).toBeCloseTo(wanted.main[axis]!.share, 12);
    for (const [at, { share }] of found.pairs.entries()) expect(share).toBeCloseTo(wanted.pairs[at]!.share, 12);
  }
});

test("the shares of a forest are the means over its trees, with their sd", () => {
  const { rows, targets } = drawn(50, [range, range], ([a, b]) => a! + 2 * b!);
  const forest = forestOf(rows, targets, [range, range], random(), 2);
  const [one, two] = forest.trees.map((tree) => forestShares({ trees: [tree], outOfBag: null }, 2)!.main[1]!.share);
  const { share, sd } = forestShares(forest, 2)!.main[1]!;
  expect(share).toBeCloseTo((one! + two!) / 2, 12);
  expect(sd).toBeCloseTo(Math.abs(one! - two!) / Math.SQRT2, 12);
});

test("boxes of a tree fill the cube, and its rows lie in leaves of their own value", () => {
  const axes: readonly Axis[] = [range, { pieces: 6, isOrdered: false }];
  const { rows, targets } = drawn(60, axes, ([a, b]) => a! * 3 + (b! > 0.5 ? 1 : 0));
  for (const tree of forestOf(rows, targets, axes, random(), 6).trees) {
    const volume = tree.reduce(
      (sum, { box }) =>
        sum + box.reduce((product, spans) => product * spans.reduce((all, [from, to]) => all + to - from, 0), 1),
      0,
    );
    expect(volume).toBeCloseTo(1, 12);
    // Grown until leaves are pure: it repeats what it was grown on, which is some 63 % of the rows.
    const repeated = rows.filter((row, at) => Math.abs(valueAt(tree, row) - targets[at]!) < 1e-12).length;
    expect(repeated).toBeGreaterThan(30);
  }
});

test("the same rows and random numbers give the same forest", () => {
  const { rows, targets } = drawn(30, [range, range], ([a, b]) => a! * b!);
  const forest = () => forestOf(rows, targets, [range, range], random(), 8);
  expect(forest()).toEqual(forest());
});

// Sobol indices with a = 7, b = 0.1 over −π … π: Ishigami & Homma (1990). Two waves of the second argument are what a
// forest of so few points smooths.
test("of the Ishigami function the shares are the known ones, to 0.12, in their order", () => {
  const f = (x: readonly number[]): number => {
    const [a, b, c] = x.map((u) => Math.PI * (2 * u - 1)) as [number, number, number];
    return Math.sin(a) + 7 * Math.sin(b) ** 2 + 0.1 * c ** 4 * Math.sin(a);
  };
  const axes = [range, range, range];
  const { rows, targets } = drawn(1000, axes, f);
  const forest = forestOf(rows, targets, axes, random(), 8);
  const { main, pairs } = forestShares(forest, 3)!;
  const found = [...main, ...pairs].map(({ share }) => share);
  const known = [0.3139, 0.4424, 0, 0, 0.2437, 0];
  for (const [at, wanted] of known.entries()) expect(Math.abs(found[at]! - wanted)).toBeLessThan(0.12);
  expect(found[1]).toBeGreaterThan(found[0]!);
  expect(found[0]).toBeGreaterThan(found[4]!);
  expect(forest.outOfBag).toBeGreaterThan(0.8);
});

test("of a product two arguments have a share together, the known one to 0.03", () => {
  // ab over the unit square: variances 1/48, 1/48 and 1/144 of 7/144.
  const { rows, targets } = drawn(400, [range, range], ([a, b]) => a! * b!);
  const { main, pairs } = forestShares(forestOf(rows, targets, [range, range], random(), 16), 2)!;
  for (const { share } of main) expect(Math.abs(share - 3 / 7)).toBeLessThan(0.03);
  expect(Math.abs(pairs[0]!.share - 1 / 7)).toBeLessThan(0.03);
});

test("of a sum each argument has the share of its variance, and no two have one together, to 0.05", () => {
  const axes: readonly Axis[] = [range, { pieces: 4, isOrdered: false }, { pieces: 9, isOrdered: true }, range];
  // Variances 4/12, of 4 values 5/4 · (2/3)², of 9 values 20/3 · (1/8)², and 0.
  const { rows, targets } = drawn(800, axes, ([a, b, c]) => 2 * a! + (2 / 3) * ((b! * 4 * 3) % 4) + (c! * 9) / 8);
  const variances = [4 / 12, (5 / 4) * (2 / 3) ** 2, (20 / 3) * (1 / 8) ** 2, 0];
  const total = variances.reduce((sum, one) => sum + one, 0);
  const forest = forestOf(rows, targets, axes, random(), 16);
  const { main, pairs } = forestShares(forest, 4)!;
  for (const [axis, variance] of variances.entries())
    expect(Math.abs(main[axis]!.share - variance / total)).toBeLessThan(0.05);
  for (const { share } of pairs) expect(share).toBeLessThan(0.05);
});

test("values that no row of a node has are still somewhere in the tree", () => {
  const axes: readonly Axis[] = [{ pieces: 5, isOrdered: false }];
  const rows = [0, 1].map((piece) => [(piece + 0.5) / 5]);
  const { trees } = forestOf(rows, [1, 2], axes, random(), 8);
  for (const tree of trees)
    for (let piece = 0; piece < 5; piece++) expect([1, 2]).toContain(valueAt(tree, [(piece + 0.5) / 5]));
});

test("places between which there is no number are divided all the same", () => {
  const next = 0.5 + Number.EPSILON / 2;
  const many: Axis = { pieces: 2 ** 53, isOrdered: true };
  for (const axis of [range, many]) {
    const { trees } = forestOf([[0.5], [next]], [1, 2], [axis], random(), 8);
    for (const tree of trees) for (const at of [0.5, next]) expect([1, 2]).toContain(valueAt(tree, [at]));
  }
});

test("rows that were left out say how much of the variance the forest tells; of noise that is nothing", () => {
  const { rows } = drawn(200, [range, range], () => 0);
  const noise = stream(9, [], "noise");
  const forest = forestOf(
    rows,
    rows.map(() => noise.normal()),
    [range, range],
    random(),
    16,
  );
  expect(forest.outOfBag).toBeLessThan(0.1);
});
