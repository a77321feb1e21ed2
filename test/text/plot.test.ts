import { expect, test } from "vitest";
import { lineText, lineWidth } from "../../src/text/line.js";
import { plot, type Series } from "../../src/text/plot.js";

const draw = (series: readonly Series[], over: Partial<Parameters<typeof plot>[1]> = {}): string[] =>
  plot(series, { columns: 24, rows: 6, title: "loss", x: [0, 10], xLabels: ["0", "epoch 10"], ...over }).map(lineText);
const line = (points: readonly (readonly [number, number])[], name = "train"): Series => ({ name, points });

test("a falling line goes from the upper left to the lower right, between its largest and least value", () => {
  expect(
    `\n${draw([
      line([
        [0, 2],
        [10, 1],
      ]),
    ]).join("\n")}\n`,
  ).toBe(`
loss
2 ┤⠉⠒⠢⢄⣀
  │     ⠉⠑⠒⠤⣀⡀
  │          ⠈⠉⠒⠤⢄⣀
1 ┤                ⠉⠑⠢⠤⣀
   0            epoch 10
`);
});

test("a constant line is drawn in the middle and labelled once", () => {
  const lines = draw([
    line([
      [0, 0.5],
      [10, 0.5],
    ]),
  ]);
  expect(lines.filter((text) => text.includes("0.5"))).toHaveLength(1);
  expect(lines.join("").match(/[\u2801-\u28ff]/g)).toHaveLength(19);
});

test("a single point is one dot, and no point at all an empty raster", () => {
  expect(
    draw([line([[5, 1]])])
      .join("")
      .match(/[\u2801-\u28ff]/g),
  ).toHaveLength(1);
  expect(
    draw([line([])])
      .join("")
      .match(/[\u2801-\u28ff]/g),
  ).toBeNull();
});

test("what is not a number breaks the line and does not touch the range", () => {
  const lines = draw([
    line([
      [0, 1],
      [4, Number.NaN],
      [6, Number.POSITIVE_INFINITY],
      [10, 3],
    ]),
  ]);
  expect(lines[1]).toContain("3 ┤");
  expect(lines[4]).toContain("1 ┤");
  expect(lines.join("").match(/[\u2801-\u28ff]/g)).toHaveLength(2);
  expect(
    draw([line([[0, Number.NaN]])])
      .join("")
      .match(/[\u2801-\u28ff]/g),
  ).toBeNull();
});

test("the second line is dashed, so that it differs without colour", () => {
  const dots = (text: string): number =>
    [...text].reduce(
      (sum, each) =>
        sum +
        (each >= "\u2801" && each <= "\u28ff"
          ? (each.codePointAt(0)! - 0x2800).toString(2).replaceAll("0", "").length
          : 0),
      0,
    );
  const flat: readonly (readonly [number, number])[] = [
    [0, 1],
    [10, 1],
  ];
  const [first, second] = [draw([line(flat)]).join(""), draw([line([]), line(flat, "validation")]).join("")];
  expect(second).toContain("╌╌ validation".slice(0, 5));
  expect(dots(second)).toBeLessThan(0.75 * dots(first));
});

test("a logarithmic axis spends equal room on equal ratios", () => {
  const lines = draw(
    [
      line([
        [0, 100],
        [5, 10],
        [10, 1],
      ]),
    ],
    { log: true, rows: 7, columns: 30 },
  );
  expect(lines[0]).toContain("(log)");
  expect(lines[1]).toContain("100 ┤");
  expect(lines[5]).toContain("1 ┤");
  // The middle value stands in the middle row.
  expect(lines[3]).toMatch(/[\u2801-\u28ff]/);
});

test("no plot is wider or higher than it was given, and one too small to draw in is none", () => {
  for (let columns = 1; columns < 60; columns += 3)
    for (let rows = 1; rows < 20; rows += 2) {
      const lines = plot(
        [
          line([
            [0, 123456],
            [10, -0.00001],
          ]),
          line(
            [
              [0, 1],
              [10, 2],
            ],
            "validation",
          ),
        ],
        { columns, rows, title: "a title that is long", x: [0, 10], xLabels: ["0", "epoch 10"] },
      );
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const each of lines) expect(lineWidth(each)).toBeLessThanOrEqual(columns);
    }
});
