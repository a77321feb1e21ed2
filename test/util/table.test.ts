import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { painter } from "../../src/text/color.js";
import { columnWidths, table } from "../../src/util/table.js";
import { clip, fill, pad, widthOf } from "../../src/util/width.js";

test("columns are as wide as their widest cell, and no line ends in spaces", () => {
  expect(
    table([
      ["run", "pipeline", ""],
      ["1", "digits", "ok"],
    ]),
  ).toEqual(["run  pipeline", "1    digits    ok"]);
});

test("numbers stand at the right", () => {
  const lines = table([["ran"], ["7"], ["120"]], { right: () => true, indent: "> " });
  expect(lines).toEqual(["> ran", ">   7", "> 120"]);
});

test("wide names line up: Chinese, emoji, joined emoji, flags, combining marks", () => {
  const names = ["数字识别", "e\u0301te\u0301", "🧠 net", "👩‍🔬", "🇩🇪", "ＡＢ", "mlp"];
  const lines = table(names.map((name) => [name, "│"]));
  const starts = lines.map((line) => widthOf(line.slice(0, line.indexOf("│"))));
  expect(new Set(starts)).toEqual(new Set([widthOf("数字识别") + 2]));
  const spaces = lines.map((line, row) => line.length - names[row]!.length - 1);
  expect(spaces).toEqual([2, 7, 4, 8, 8, 6, 7]);
});

test("colour codes inside a cell take no room, and a painted cell has been filled before", () => {
  const paint = painter(true);
  const colourless = table([
    ["ok", "two"],
    ["failed", "three"],
  ]);
  const coloured = table([
    [paint("green", "ok"), "two"],
    [paint("red", "failed"), "three"],
  ]);
  expect(coloured.map((line) => line.replaceAll(/\u001b\[\d+m/g, ""))).toEqual(colourless);
  expect(columnWidths([[paint("bold", "数字")]])).toEqual([4]);
  const painted = table([["a", "b"]], { widths: [3, 1], paint: (cell, column) => `<${column}:${cell}>` });
  expect(painted).toEqual(["<0:a  >  <1:b>"]);
});

test("columns of a given width clip what is longer", () => {
  expect(table([["validation", "1"]], { widths: [6, 2], right: (column) => column === 1 })).toEqual(["valid…   1"]);
});

test("a row may have fewer cells than others", () => {
  expect(table([["a"], ["bb", "c"]])).toEqual(["a", "bb  c"]);
});

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("✓ ok", "0.03 ± 0.004", "█░ 12 %", "⠢⠡ train", "…", "naïve", "测试集", "👨‍👩‍👧", "1\u20e3", "ﾊﾟ"),
);

test("widths are those of string-width, though our own signs are counted without it", () => {
  fc.assert(
    fc.property(text, (each) => {
      if (!each.includes("\u001b") && !each.includes("\u009b")) expect(widthOf(each)).toBe(stringWidth(each));
    }),
    { numRuns: 2000 },
  );
});

test("a clipped text is never wider than its room, and a padded one exactly as wide", () => {
  fc.assert(
    fc.property(
      text.filter((each) => !/[\u001b\u009b]/.test(each)),
      fc.integer({ min: 0, max: 14 }),
      (each, columns) => {
        expect(widthOf(clip(each, columns))).toBeLessThanOrEqual(columns);
        expect(widthOf(pad(each, columns))).toBe(columns);
        expect(widthOf(fill(each, columns))).toBe(Math.max(columns, widthOf(each)));
      },
    ),
    { numRuns: 2000 },
  );
});
