import { expect, test } from "vitest";
import { sketchText } from "../../src/text/sketch.js";
import { widthOf } from "../../src/util/width.js";
import type { Sketch } from "../../src/values/sketch.js";

const draw = (sketch: Sketch, columns = 80): string =>
  `\n${sketchText(sketch, { color: false, columns }).join("\n")}\n`;
const table: Sketch = {
  type: "table",
  title: "the best two",
  columns: ["rank", "hidden_layers", "activation", "validation loss", "parameters"],
  numbers: ["rank", "hidden_layers", "validation loss", "parameters"],
  rows: [
    ["1", "3", "gelu", "0.0452", "8,513"],
    ["2", "2", "leaky_relu", "0.3", "1,201"],
    ["–", "2", "sigmoid", "failed: the loss is not a number after epoch 12"],
  ],
};
const plot: Sketch = {
  type: "plot",
  x: "input",
  y: "label",
  series: [
    {
      name: "model",
      marks: "line",
      points: [
        [0, 0],
        [5, null],
        [10, 4],
      ],
    },
    {
      name: "points",
      marks: "points",
      points: [
        [0, 1],
        [10, 3],
      ],
    },
  ],
  shaded: [[4, 6]],
};

test("a table has its numbers at the right, its texts at the left, and lets a message run on", () => {
  expect(draw(table)).toBe(`
the best two
  rank  hidden_layers  activation  validation loss  parameters
     1              3  gelu                 0.0452       8,513
     2              2  leaky_relu              0.3       1,201
     –              2  sigmoid     failed: the loss is not a number after epoch…
`);
});

test("a narrow window first breaks headings, then leaves out columns from the right and says which", () => {
  expect(draw(table, 52)).toBe(`
the best two
        hidden_              validation
  rank   layers  activation        loss  parameters
     1        3  gelu            0.0452       8,513
     2        2  leaky_relu         0.3       1,201
     –        2  sigmoid     failed: the loss is no…
`);
  expect(draw(table, 42)).toBe(`
the best two
        hidden_              validation
  rank   layers  activation        loss
     1        3  gelu            0.0452
     2        2  leaky_relu         0.3
     –        2  sigmoid     failed: the…
  left out for want of room: parameters
`);
});

test("of a table that is to stay whole columns come closer and headings above numbers are clipped first", () => {
  expect(draw({ ...table, whole: true }, 42)).toBe(`
the best two
       hidden_            valida…
  rank  layers activation    loss paramet…
     1       3 gelu        0.0452    8,513
     2       2 leaky_relu     0.3    1,201
     –       2 sigmoid    failed: the los…
`);
});

test("no sketch is wider than the window, however narrow, and control characters are taken out", () => {
  const odd: Sketch = {
    ...table,
    columns: ["a\u001b[31m", "b"],
    numbers: [],
    rows: [["日本語のとても長い名前です", "x\ny"], [], ["only one"]],
  };
  for (const sketch of [table, odd, plot])
    for (let columns = 0; columns < 100; columns++)
      for (const line of sketchText(sketch, { color: false, columns })) {
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
        expect(line).not.toMatch(/[\u0000-\u001f]/);
      }
});

test("a plot has a line for curves, dots for points, grey for shaded intervals, and names below", () => {
  const lines = sketchText(
    {
      ...plot,
      series: [
        {
          name: "model",
          marks: "line",
          points: [
            [0, 0],
            [10, 4],
          ],
        },
        plot.series[1]!,
      ],
    } as Sketch,
    { color: false, columns: 48 },
  );
  expect(lines[0]).toBe("label against input");
  expect(lines.at(-1)).toBe("  ── model  ⠢⠡ points  ░░ no training points");
  expect(lines.at(-2)).toMatch(/^ {3}0 +input 10$/);
  // A fifth of the axis is grey, save where the line crosses it.
  expect(lines[1]).toContain("░".repeat(8));
  expect(
    lines
      .slice(1, -2)
      .join("")
      .match(/[\u2801-\u28ff]/g)!.length,
  ).toBeGreaterThan(20);
});

test("points are not joined", () => {
  const dots = sketchText({ ...plot, series: [plot.series[1]!], shaded: [] } as Sketch, {
    color: false,
    columns: 40,
  }).join("");
  expect(dots.match(/[\u2801-\u28ff]/g)).toHaveLength(2);
});

test("values that are not finite, one point and none are drawn as far as they go", () => {
  expect(
    sketchText(
      {
        ...plot,
        series: [
          {
            name: "a",
            marks: "line",
            points: [
              [1, null],
              [Number.NaN, 2],
            ],
          },
        ],
      } as Sketch,
      { color: false, columns: 40 },
    ),
  ).toEqual(["label against input", "  no value is a finite number"]);
  const one = sketchText(
    { type: "plot", title: "one", x: "epoch", y: "loss", series: [{ name: "a", marks: "points", points: [[3, 2]] }] },
    { color: false, columns: 40 },
  );
  expect(one.join("\n")).toContain("epoch 3");
  expect(
    one
      .slice(0, -1)
      .join("")
      .match(/[\u2801-\u28ff]/g),
  ).toHaveLength(1);
  expect(sketchText({ type: "table", columns: [], rows: [] }, { color: false, columns: 40 })).toEqual([]);
});

test("colour is used only where it is wanted", () => {
  expect(sketchText(plot, { color: true, columns: 60 }).join("")).toContain("\u001b[36m");
  expect(sketchText(plot, { color: false, columns: 60 }).join("")).not.toContain("\u001b");
});
