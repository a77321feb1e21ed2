import { expect, test } from "vitest";
import { sketchText } from "../../src/text/sketch.js";
import { widthOf } from "../../src/util/width.js";
import type { Sketch } from "../../src/values/sketch.js";

const draw = (sketch: Sketch, columns: number): string =>
  `\n${sketchText(sketch, { color: false, columns }).join("\n")}\n`;
const bar = (value: number) => ({ value, text: String(value) });
const one: Sketch = {
  type: "bars",
  title: "how many",
  series: ["train"],
  rows: [
    { name: "cat", bars: [bar(100)] },
    { name: "dog", bars: [bar(1)] },
    { name: "a very long name of a class", bars: [bar(0)] },
  ],
};
const two: Sketch = {
  type: "bars",
  series: ["train", "test"],
  rows: [
    { name: "cat", bars: [bar(80), bar(40)] },
    { name: "dog", bars: [bar(20), null] },
  ],
};

test("a bar is as long as its value, what is there is seen, and texts stand at the right", () => {
  expect(draw(one, 40)).toBe(`
how many
  cat           ███████████████████  100
  dog           ▎                      1
  a very long…                         0
`);
});

test("series stand below each other, each in its sign, and one that has no value is a dash", () => {
  expect(draw(two, 30)).toBe(`
  █ train  ▒ test
  cat  ███████████████████  80
       ▒▒▒▒▒▒▒▒▒▒           40
  dog  ████▊                20
       –
`);
});

test("where there is no room for bars names and texts stay, and no line is wider than the window", () => {
  expect(draw(two, 12)).toBe(`
  █ train…
  cat  80
       40
  dog  20
       –
`);
  for (const columns of [1, 5, 12, 19, 33, 100])
    for (const sketch of [one, two])
      for (const line of sketchText(sketch, { color: false, columns }))
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
});

test("more classes than anybody reads are counted, and values of nothing draw nothing", () => {
  const rows = Array.from({ length: 100 }, (_, at) => ({ name: String(at), bars: [bar(0), bar(0)] }));
  const lines = draw({ ...two, rows } as Sketch, 60)
    .trimEnd()
    .split("\n");
  expect(lines.length).toBe(1 + 1 + 80 + 1);
  expect(lines.at(-1)).toBe("  and 60 more in the picture");
  expect(lines[2]).toMatch(/^ {2}0 +0$/);
});
