/** What is drawn: from which ranges, how evenly, and independent of everything but what it is named after. */
import { hash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CounterDraws } from "../../src/augment/draws.js";
import { settingsOf } from "../../src/augment/recipe.js";
import { threefry } from "../../src/augment/threefry.js";
import type { ImageShape } from "../../src/augment/transform.js";
import { type TransformName, transformOf } from "../../src/augment/transforms.js";

function drawsOf(seed = 7, folds: readonly string[] = [], purpose = "augment rotate 1", epoch = 1): CounterDraws {
  const draws = new CounterDraws();
  draws.key(seed, folds, purpose, epoch);
  return draws;
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return mean(a.map((value, at) => (value - meanA) * (b[at]! - meanB))) / (deviation(a) * deviation(b));
}
/** Pearson's χ² of counts that are expected to be equal. */
function chiSquare(counts: readonly number[]): number {
  const wanted = mean(counts);
  return counts.reduce((sum, count) => sum + (count - wanted) ** 2 / wanted, 0);
}

const grey: ImageShape = { height: 28, width: 28, channels: 1 };
/** Parameters of so many images. */
function parameters<P>(
  name: TransformName,
  options: Readonly<Record<string, unknown>>,
  count: number,
  shape = grey,
): P[] {
  const prepared = transformOf(name).prepare(settingsOf(name, options), shape);
  const draws = drawsOf(3, [], `augment ${name} 1`);
  return Array.from({ length: count }, (_, row) => {
    draws.image(row, 0);
    // What each transform draws is known to its tests.
    return prepared.draw(draws) as P;
  });
}

describe("the generator", () => {
  test("the key is SHA-256 of seed, folds, purpose and epoch, the counter (row, repetition, block)", () => {
    const key = hash("sha256", JSON.stringify([7, ["2"], "augment rotate 1", 4]), "buffer");
    const words = new Int32Array(4);
    threefry(
      Int32Array.from([0, 4, 8, 12], (at) => key.readInt32LE(at)),
      Int32Array.of(59999, 2, 1, 0),
      words,
    );
    const draws = drawsOf(7, ["2"], "augment rotate 1", 4);
    draws.image(59999, 2);
    const drawn = Array.from({ length: 8 }, () => draws.uniform());
    expect(drawn.slice(4)).toEqual(Array.from(words, (word) => (word >>> 0) / 2 ** 32));
  });

  test("an image's numbers are its own, whatever was drawn before", () => {
    const [one, other] = [drawsOf(), drawsOf()];
    one.image(5, 0);
    const wanted = Array.from({ length: 9 }, () => one.uniform());
    other.image(4, 1);
    other.normals(new Float64Array(6));
    other.image(5, 0);
    expect(Array.from({ length: 9 }, () => other.uniform())).toEqual(wanted);
  });

  test("many at once are the same as one by one, from anywhere in a block", () => {
    for (const before of [0, 1, 3, 4]) {
      const [one, many] = [drawsOf(), drawsOf()];
      for (let at = 0; at < before; at++) expect(one.uniform()).toBe(many.uniform());
      const into = new Float64Array(1001);
      many.uniforms(into);
      expect([...into]).toEqual(Array.from(into, () => one.uniform()));
      expect(many.uniform()).toBe(one.uniform());
    }
  });

  test("normal numbers are polar: a pair inside the unit circle, however many are wanted and wherever a block begins", () => {
    for (const before of [0, 1, 3]) {
      const [one, many] = [drawsOf(), drawsOf()];
      for (let at = 0; at < before; at++) expect(one.uniform()).toBe(many.uniform());
      const signed = (): number => {
        const drawn = one.uniform();
        return 2 * (drawn < 0.5 ? drawn : drawn - 1);
      };
      const into = new Float64Array(501);
      many.normals(into);
      const wanted: number[] = [];
      while (wanted.length < into.length) {
        const [x, y] = [signed(), signed()];
        const square = x * x + y * y;
        if (square < 1) wanted.push(...[x, y].map((value) => value * Math.sqrt((-2 * Math.log(square)) / square)));
      }
      expect([...into]).toEqual(wanted.slice(0, into.length));
    }
  });

  test.each([
    ["another seed", drawsOf(8)],
    ["other folds", drawsOf(7, ["1"])],
    ["another transform", drawsOf(7, [], "augment affine 1")],
    ["the second of its kind", drawsOf(7, [], "augment rotate 2")],
    ["the next epoch", drawsOf(7, [], "augment rotate 1", 2)],
  ])("%s draws other numbers, without any relation", (_name, other) => {
    const first: number[] = [];
    const second: number[] = [];
    const own = drawsOf();
    for (let row = 0; row < 20_000; row++) {
      own.image(row, 0);
      other.image(row, 0);
      first.push(own.uniform());
      second.push(other.uniform());
    }
    expect(new Set([...first, ...second]).size).toBeGreaterThan(39_990);
    // Five standard errors.
    expect(Math.abs(correlation(first, second))).toBeLessThan(5 / Math.sqrt(20_000));
  });

  test("neighbouring images, repetitions and numbers have no relation", () => {
    const draws = drawsOf();
    const numbers = (row: number, repetition: number, skipped = 0): number => {
      draws.image(row, repetition);
      for (let at = 0; at < skipped; at++) draws.uniform();
      return draws.uniform();
    };
    const rows = Array.from({ length: 20_000 }, (_, row) => row);
    const own = rows.map((row) => numbers(row, 0));
    for (const others of [
      rows.map((row) => numbers(row + 1, 0)),
      rows.map((row) => numbers(row, 1)),
      rows.map((row) => numbers(row, 0, 1)),
    ])
      expect(Math.abs(correlation(own, others))).toBeLessThan(5 / Math.sqrt(20_000));
  });

  test("uniform numbers are uniform: within an image, and the first of many", () => {
    const draws = drawsOf();
    const [within, across] = [new Array<number>(256).fill(0), new Array<number>(256).fill(0)];
    for (let at = 0; at < 100_000; at++) within[Math.floor(draws.uniform() * 256)]!++;
    for (let row = 0; row < 100_000; row++) {
      draws.image(row, 0);
      across[Math.floor(draws.uniform() * 256)]!++;
    }
    // 255 degrees of freedom: 255 ± 5 · √510.
    for (const counts of [within, across]) expect(Math.abs(chiSquare(counts) - 255)).toBeLessThan(5 * Math.sqrt(510));
  });

  test("whole numbers are uniform, the last one included", () => {
    const draws = drawsOf();
    const counts = new Array<number>(7).fill(0);
    for (let at = 0; at < 70_000; at++) counts[draws.int(7)]!++;
    expect(chiSquare(counts)).toBeLessThan(6 + 5 * Math.sqrt(12));
  });

  test("normal numbers have mean 0, standard deviation 1 and a normal's tails", () => {
    const draws = drawsOf();
    const drawn = new Float64Array(200_000);
    draws.normals(drawn);
    const values = [...drawn];
    expect(Math.abs(mean(values))).toBeLessThan(5 / Math.sqrt(values.length));
    expect(Math.abs(deviation(values) - 1)).toBeLessThan(5 / Math.sqrt(2 * values.length));
    // P(|z| > 1) and P(|z| > 3).
    for (const [limit, share] of [
      [1, 0.317311],
      [2, 0.0455003],
      [3, 0.0026998],
    ] as const) {
      const seen = values.filter((value) => Math.abs(value) > limit).length / values.length;
      expect(Math.abs(seen - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / values.length));
    }
    const neighbours = correlation(values.slice(0, -1), values.slice(1));
    expect(Math.abs(neighbours)).toBeLessThan(5 / Math.sqrt(values.length));
  });

  test("a range of one number is exactly that number, and no other is left", () => {
    const draws = drawsOf();
    for (const value of [15, 0.1, -7.3, 1e-9])
      for (let at = 0; at < 1000; at++) expect(draws.between([value, value])).toBe(value);
    for (let at = 0; at < 10_000; at++) {
      const drawn = draws.between([-0.1, 0.3]);
      expect(drawn >= -0.1 && drawn <= 0.3).toBe(true);
    }
  });
});

describe("parameters", () => {
  const within = (values: readonly number[], from: number, to: number): void => {
    expect(Math.min(...values)).toBeGreaterThanOrEqual(from);
    expect(Math.max(...values)).toBeLessThanOrEqual(to);
    // All of the range is drawn from, evenly: mean and deviation of a uniform number, to five standard errors.
    const [width, root] = [to - from, Math.sqrt(values.length)];
    expect(Math.abs(mean(values) - (from + to) / 2)).toBeLessThan((5 * width) / Math.sqrt(12) / root);
    expect(Math.abs(deviation(values) - width / Math.sqrt(12))).toBeLessThan((5 * width * 0.13) / root);
  };

  test("degrees 10 are drawn between −10 and 10, [15, 15] is exactly 15", () => {
    within(parameters<number>("rotate", { degrees: 10 }, 10_000), -10, 10);
    within(parameters<number>("rotate", { degrees: [-5, 30] }, 10_000), -5, 30);
    expect(new Set(parameters<number>("rotate", { degrees: [15, 15] }, 1000))).toEqual(new Set([15]));
  });

  test("an affine map draws angle, whole pixels, scale and shears, each from its own range", () => {
    type Map = { degrees: number; translate: [number, number]; scale: number; shear: [number, number] };
    const maps = parameters<Map>(
      "affine",
      { degrees: 20, translate: [0.1, 0.2], scale: [0.8, 1.1], shear: [-4, 9, 0, 6] },
      10_000,
    );
    within(
      maps.map(({ degrees }) => degrees),
      -20,
      20,
    );
    within(
      maps.map(({ scale }) => scale),
      0.8,
      1.1,
    );
    within(
      maps.map(({ shear }) => shear[0]),
      -4,
      9,
    );
    within(
      maps.map(({ shear }) => shear[1]),
      0,
      6,
    );
    // 2.8 pixels to either side, rounded: the outermost are as likely as the others, but for 0.3 of a pixel.
    const across = maps.map(({ translate }) => translate[0]);
    expect([...new Set(across)].sort((a, b) => a - b)).toEqual([-3, -2, -1, 0, 1, 2, 3]);
    expect([...new Set(maps.map(({ translate }) => translate[1]))].sort((a, b) => a - b)).toHaveLength(13);
    const share = across.filter((x) => x === 3).length / across.length;
    expect(Math.abs(share - 0.3 / 5.6)).toBeLessThan(5 * Math.sqrt((0.054 * 0.946) / 10_000));
    for (const a of [(map: Map) => map.degrees, (map: Map) => map.scale])
      expect(
        Math.abs(
          correlation(
            maps.map(a),
            maps.map(({ shear }) => shear[0]),
          ),
        ),
      ).toBeLessThan(0.05);
  });

  test("what an affine map is not asked for, it does not do", () => {
    expect(parameters("affine", { degrees: [3, 3] }, 1)).toEqual([
      { degrees: 3, translate: [0, 0], scale: 1, shear: [0, 0] },
    ]);
    expect(parameters<{ shear: number[] }>("affine", { shear: [5, 5] }, 1)[0]!.shear).toEqual([5, 0]);
    expect(
      parameters<{ translate: number[] }>(
        "affine",
        {
          translate: [
            [0.25, 0.25],
            [-0.5, -0.5],
          ],
        },
        1,
      )[0]!.translate,
    ).toEqual([7, -14]);
  });

  test("corners of a perspective move inwards, each on its own: 0 … 7 and 20 … 27 at half", () => {
    const ends = parameters<{ ends: [number, number][] }>("perspective", {}, 8000).map(({ ends }) => ends.flat());
    const [low, high] = [
      [0, 1, 2, 3, 4, 5, 6, 7],
      [20, 21, 22, 23, 24, 25, 26, 27],
    ];
    for (const [at, wanted] of [low, low, high, low, high, high, low, high].entries()) {
      const counts = wanted.map((value) => ends.filter((corner) => corner[at] === value).length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(8000);
      expect(chiSquare(counts)).toBeLessThan(7 + 5 * Math.sqrt(14));
    }
  });

  test("a smoothed field has the deviation that its weights give it", () => {
    const fields = parameters<{ shifts: { x: Float64Array; y: Float64Array } }>("elastic", { alpha: 10, sigma: 0 }, 1);
    const noise = [...fields[0]!.shifts.x, ...fields[0]!.shifts.y];
    within(noise, -5, 5);
    // In the middle: alpha / 2 · √(1/3) · Σ w², for each of the two directions; w sums to 1.
    const sigma = 2;
    const weights = Array.from({ length: 17 }, (_, at) => Math.exp(-((at - 8) ** 2) / (2 * sigma ** 2)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const power = weights.reduce((sum, weight) => sum + (weight / total) ** 2, 0);
    const prepared = transformOf("elastic").prepare(settingsOf("elastic", { alpha: 10, sigma }), grey);
    const draws = drawsOf();
    const middles = Array.from({ length: 3000 }, (_, row) => {
      draws.image(row, 0);
      // What an elastic transform draws.
      const { shifts } = prepared.draw(draws) as { shifts: { x: Float64Array; y: Float64Array } };
      return [shifts.x[14 * 28 + 14]!, shifts.y[14 * 28 + 14]!] as const;
    });
    const [across, down] = [middles.map(([x]) => x), middles.map(([, y]) => y)];
    for (const moved of [across, down]) {
      expect(Math.abs(mean(moved))).toBeLessThan((5 * deviation(moved)) / Math.sqrt(3000));
      expect(deviation(moved) / ((5 / Math.sqrt(3)) * power)).toBeCloseTo(1, 1);
    }
    expect(Math.abs(correlation(across, down))).toBeLessThan(5 / Math.sqrt(3000));
  });

  test("erased rectangles have area and ratio of their ranges, lie inside, and reach every side", () => {
    type Rectangle = { top: number; left: number; height: number; width: number };
    const all = parameters<Rectangle | undefined>("erase", {}, 4000).filter((one) => one !== undefined);
    expect(all.length).toBe(4000);
    for (const { top, left, height, width } of all) {
      expect(top >= 0 && left >= 0 && top + height <= 28 && left + width <= 28).toBe(true);
      expect(height < 28 && width < 28).toBe(true);
      // Sides are rounded, by half a pixel at most.
      expect((height + 0.5) * (width + 0.5)).toBeGreaterThanOrEqual(0.02 * 784);
      expect((height - 0.5) * (width - 0.5)).toBeLessThanOrEqual(0.33 * 784);
      expect((height + 0.5) / (width - 0.5)).toBeGreaterThanOrEqual(0.3);
      expect((height - 0.5) / (width + 0.5)).toBeLessThanOrEqual(3.3);
    }
    expect(all.some(({ top }) => top === 0) && all.some(({ left }) => left === 0)).toBe(true);
    expect(all.some((one) => one.top + one.height === 28) && all.some((one) => one.left + one.width === 28)).toBe(true);
    // Higher than wide as often as not: the ratio is drawn on a log scale.
    const taller =
      all.filter(({ height, width }) => height > width).length / all.filter((one) => one.height !== one.width).length;
    expect(Math.abs(taller - 0.5)).toBeLessThan(0.04);
  });

  test("a rectangle that never fits leaves the image as it is", () => {
    expect(parameters("erase", { area: [1, 1] }, 5)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });

  test("a crop is as likely at each of its corners", () => {
    const corners = parameters<{ top: number; left: number }>("crop", { padding: 2 }, 10_000);
    for (const side of ["top", "left"] as const) {
      const counts = [0, 1, 2, 3, 4].map((at) => corners.filter((corner) => corner[side] === at).length);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10_000);
      expect(chiSquare(counts)).toBeLessThan(4 + 5 * Math.sqrt(8));
    }
  });

  test("brightness, contrast, blur and noise draw factor, sigma and sd", () => {
    within(parameters<number>("brightness", { factor: 0.3 }, 5000), 0.7, 1.3);
    within(parameters<number>("brightness", { factor: 1.5 }, 5000), 0, 2.5);
    within(parameters<number>("contrast", { factor: [0.5, 0.6] }, 5000), 0.5, 0.6);
    within(parameters<number>("blur", { size: 5 }, 5000), 0.1, 2);
    within(
      parameters<{ sd: number }>("noise", { sd: [0.1, 0.2] }, 2000).map(({ sd }) => sd),
      0.1,
      0.2,
    );
    const [noise] = parameters<{ sd: number; z: Float64Array }>("noise", {}, 1, { ...grey, channels: 3 });
    expect([noise!.sd, noise!.z.length]).toEqual([0.1, 2352]);
    expect(Math.abs(deviation([...noise!.z]) - 1)).toBeLessThan(0.08);
  });
});
