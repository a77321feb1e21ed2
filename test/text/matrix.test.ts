import { expect, test } from "vitest";
import { sketchText } from "../../src/text/sketch.js";
import { widthOf } from "../../src/util/width.js";
import type { Sketch } from "../../src/values/sketch.js";

const draw = (sketch: Sketch, columns: number): string =>
  `\n${sketchText(sketch, { color: false, columns }).join("\n")}\n`;
const pets: Sketch = {
  type: "matrix",
  title: "True class (rows) by predicted class",
  names: ["cat", "dog", "fox"],
  counts: [
    [8, 2, 0],
    [1, 1239, 0],
    [0, 5, 5],
  ],
};

test("a matrix has counts and the totals of rows and columns", () => {
  expect(draw(pets, 80)).toBe(`
True class (rows) by predicted class
        cat   dog fox total
  cat     8     2   ·    10
  dog     1 1,239   · 1,240
  fox     ·     5   5    10
  total   9 1,246   5 1,260
`);
});

test("or shares of its rows or columns, and how many they are shares of; of none there is no share", () => {
  expect(draw({ ...pets, shares: "row" }, 80)).toBe(`
True class (rows) by predicted class
       cat  dog  fox count
  cat 0.80 0.20    ·    10
  dog 0.00 1.00    · 1,240
  fox    · 0.50 0.50    10
`);
  const counts = [
    [3, 0],
    [1, 0],
  ];
  expect(draw({ type: "matrix", names: ["a", "b"], counts, shares: "column" }, 80)).toBe(`
           a b
  a     0.75 –
  b     0.25 –
  count    4 0
`);
});

test("long names, and names that repeat, have numbers, which stand for them across", () => {
  const names = ["a name that is too long", "dog", "dog"];
  expect(draw({ ...pets, names }, 60)).toBe(`
True class (rows) by predicted class
                   0     1 2 total
  0 a name that i… 8     2 ·    10
  1 dog            1 1,239 · 1,240
  2 dog            ·     5 5    10
  total            9 1,246 5 1,260
`);
});

const many = (count: number): Sketch => ({
  type: "matrix",
  names: Array.from({ length: count }, (_, at) => `kind number ${at}`),
  counts: Array.from({ length: count }, (_, truth) =>
    Array.from({ length: count }, (_, at) => {
      if (truth === at) return 60;
      return (truth + 1) % count === at ? 40 : 0;
    }),
  ),
});

test("what does not fit is drawn in signs as dark as the shares, and the most frequent mistakes are told", () => {
  expect(draw({ ...pets, counts: pets.counts.map((row) => row.map((count) => count * 1000)) } as Sketch, 34)).toBe(`
True class (rows) by predicted cl…
  cat ▓▒·    10,000
  dog ░█· 1,240,000
  fox ·▒▒    10,000
  columns in the order of the
  rows; their counts at the end
  share of its row: · none, ░ to
  10 %, ▒ to 50 %, ▓ to 90 %, █
  above
  most mistaken, true as predicted
  5,000  fox as dog
  2,000  cat as dog
  1,000  dog as cat
`);
  const lines = draw(many(30), 40).split("\n");
  expect(lines[1]).toBe("  0 kind… ▓▒····························");
  expect(lines[30]).toBe("  29 kin… ▒····························▓");
  expect(lines.slice(-4)).toEqual([
    "  40  kind number 6 as kind number 7",
    "  40  kind number 7 as kind number 8",
    "  and 22 pairs more",
    "",
  ]);
});

test("where not even signs fit the mistakes are told alone, and that there is none", () => {
  expect(draw(many(60), 40).split("\n").length).toBe(2 + 1 + 8 + 1);
  expect(
    draw(
      {
        type: "matrix",
        names: ["a", "b"],
        counts: [
          [900, 0],
          [0, 1],
        ],
      },
      8,
    ),
  ).toContain("no ex…");
  for (const columns of [1, 7, 20, 40, 61, 100])
    for (const sketch of [pets, many(30), many(60)])
      for (const line of sketchText(sketch, { color: false, columns }))
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
});
