import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cell, csvPieces, unlike } from "../../src/util/csv-write.js";
import { shortest32 } from "../../src/util/numbers.js";

const textOf = (columns: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  Buffer.concat([...csvPieces(columns, rows)]).toString();

test("cells with commas, quotes, line ends and white space at an end are quoted; null is empty; booleans are words", () => {
  const rows = [
    ["a,b", 'say "x"', "one\ntwo", "one\rtwo", " left", "right ", "mid dle", "=1+1"],
    [null, true, false, 1e21, -0.5, Number.NaN, Number.POSITIVE_INFINITY, ""],
  ];
  expect(textOf(["c1", "c2", "c3", "c4", "c5", "c6", "c7", "größe, m"], rows)).toBe(
    'c1,c2,c3,c4,c5,c6,c7,"größe, m"\n' +
      '"a,b","say ""x""","one\ntwo","one\rtwo"," left","right ",mid dle,=1+1\n' +
      ",true,false,1e+21,-0.5,NaN,Infinity,\n",
  );
});

test("what is written is read back, whatever stands in a cell and however many rows there are", () => {
  const cell = fc.string({ unit: fc.constantFrom(..."ab,;\"'\n\r\t ü数=") });
  const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 1200, size: "max" });
  fc.assert(
    fc.property(table, (rows) => {
      const read = parse(textOf(["x", "y", "z"], rows), { record_delimiter: "\n" });
      expect(read).toEqual([["x", "y", "z"], ...rows]);
    }),
    { numRuns: 40 },
  );
});

test("a name that is there already gets a number, and no two are alike after that", () => {
  expect(unlike(["label", "a", "label", "label_2", "label"])).toEqual([
    "label",
    "a",
    "label_2",
    "label_2_2",
    "label_3",
  ]);
});

test("a number of 32 bits is written with the fewest digits that give it back", () => {
  expect(
    [0.1, 1 / 3, 16777216, 1e-7, -2.5, 3.4028234663852886e38].map((value) => shortest32(Math.fround(value))),
  ).toEqual([...[0.1, 0.33333334, 16777216, 1e-7, -2.5, 3.4028235e38]]);
  expect([Number.NaN, Number.POSITIVE_INFINITY].map(shortest32)).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
  fc.assert(
    fc.property(fc.float({ noNaN: true }), (value) => {
      expect(Math.fround(shortest32(value)) === value).toBe(true);
    }),
  );
});
