import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { dataOf } from "../../src/stages/dataset.js";
import { load } from "../../src/stages/load.js";
import { type ExpectedTable, tableFrom } from "../../src/stages/table-inputs.js";
import { featuresOf, numbersOf } from "../../src/values/blob.js";
import type { ColumnReading, TableReading } from "../../src/values/reading.js";
import { runKind } from "../rig/stage.js";

const missing = ["", "NA"];
const colour: ColumnReading = {
  name: "colour",
  as: "category",
  categories: ["blue", "green", "red"],
  unknown: "error",
};
const reading = (columns: readonly ColumnReading[], more: Partial<TableReading> = {}): ExpectedTable => ({
  featureNames: [],
  reading: { of: "table", columns, missing, delimiter: ",", ...more },
});
const age: ColumnReading = { name: "age", as: "number" };
const visited: ColumnReading = { name: "visited", as: "date" };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Rows of features, one array each. */
function rowsOf(text: string | Uint8Array, expected: ExpectedTable): readonly (readonly number[])[] {
  const bytes = typeof text === "string" ? bytesOf(text) : text;
  const { features } = tableFrom("x.csv", [bytes], expected);
  const [count, width] = features.shape as [number, number];
  const values = numbersOf(features);
  return Array.from({ length: count }, (_, row) => [...values.slice(row * width, (row + 1) * width)]);
}
function saidOf(text: string, expected: ExpectedTable): string {
  try {
    tableFrom("x.csv", [bytesOf(text)], expected);
  } catch (error) {
    if (error instanceof MistakeError) return `${error.title}: ${error.message}`;
    throw error;
  }
  return "nothing";
}

describe("rows for a model that is there", () => {
  test("have their columns found by name, in any order, and others left alone", () => {
    const expected = { featureNames: ["a", "b"] };
    expect(rowsOf("\ufeffb,label,a\n1,x,2\n\n3,,4\n", expected)).toEqual([
      [2, 1],
      [4, 3],
    ]);
    expect(tableFrom("x.csv", [bytesOf('b,a,note\n1,2,"two\nlines"\n3,4,\n')], expected).lines).toEqual([3, 4]);
  });
  test("in another encoding are told so where a word is a category", () => {
    const latin = Buffer.from("colour,age\nred,1\ngr\xfcn,2\n", "latin1");
    expect(() => tableFrom("x.csv", [latin], reading([colour]))).toThrow(
      "`x.csv:3`, column `colour`: `gr\ufffdn` has bytes that are not UTF-8. Save the file as UTF-8; of the usual other " +
        "one: `iconv -f LATIN1 -t UTF-8 x.csv > utf8-x.csv`, then name that file.",
    );
    expect(rowsOf(latin, reading([age]))).toEqual([[1], [2]]);
  });
  test("may come in pieces, packed, and of one column", () => {
    const text = "a\n1\n2\n3\n";
    expect(rowsOf(gzipSync(text), { featureNames: ["a"] })).toEqual([[1], [2], [3]]);
    const pieces = [...bytesOf(text)].map((byte) => Uint8Array.of(byte));
    expect(tableFrom("x.csv", pieces, { featureNames: ["a"] }).features.shape).toEqual([3, 1]);
  });
  test("may have another delimiter than the training file, and one at the end of every row", () => {
    expect(rowsOf("a;b\n1;2\n", { featureNames: ["b", "a"] })).toEqual([[2, 1]]);
    expect(rowsOf("a\tb\n1\t2\n", { featureNames: ["b", "a"] })).toEqual([[2, 1]]);
    expect(rowsOf("a,b,\n1,2,\n", { featureNames: ["b", "a"] })).toEqual([[2, 1]]);
    expect(rowsOf("a,b,\n1,2,\n3,4,5\n", { featureNames: ["b", "a"] })).toEqual([
      [2, 1],
      [4, 3],
    ]);
    expect(rowsOf("age;colour\n1;red\n", reading([age, colour], { delimiter: ";" }))).toEqual([[1, 0, 0, 1]]);
  });
  test("need no header where the training file had none", () => {
    const expected = { featureNames: ["column_1", "column_3"] };
    expect(rowsOf("1,2,3\n4,5,6\n", expected)).toEqual([
      [1, 3],
      [4, 6],
    ]);
    expect(rowsOf("column_3,column_1\n1,2\n", expected)).toEqual([[2, 1]]);
    expect(rowsOf("1,red,3\n", reading([age, colour], { header: ["age", "colour", "label"] }))).toEqual([[1, 0, 0, 1]]);
  });
  test("have one feature for each category, in their order, whatever order the rows have", () => {
    expect(rowsOf("colour,age\nred,1\nblue,2\n red ,3\n", reading([age, colour]))).toEqual([
      [1, 0, 0, 1],
      [2, 1, 0, 0],
      [3, 0, 0, 1],
    ]);
  });
  test("have categories that are numbers by their number", () => {
    const month: ColumnReading = { name: "month", as: "category", categories: ["1", "10", "2"], unknown: "error" };
    expect(rowsOf("month\n2.0\n1\n10.00\n", reading([month]))).toEqual([
      [0, 0, 1],
      [1, 0, 0],
      [0, 1, 0],
    ]);
  });
  test("have dates as days since 1970 in UTC", () => {
    expect(rowsOf("visited\n1970-01-02\n1969-12-31T12:00\n2024-03-31T06:00:00+06:00\n", reading([visited]))).toEqual([
      [1],
      [-0.5],
      [19813],
    ]);
  });
  test("are rounded as the training rows were", () => {
    const text = "a\n1700000001\n1700000002\n";
    expect(tableFrom("x.csv", [bytesOf(text)], { featureNames: ["a"] }).features.dtype).toBe("float64");
    expect(tableFrom("x.csv", [bytesOf(text)], { featureNames: ["a"], type: "float32" }).features.dtype).toBe(
      "float32",
    );
    expect(tableFrom("x.csv", [bytesOf("a\n0.1\n")], { featureNames: ["a"] }).features.dtype).toBe("float32");
    const doubles = { name: "a", as: "number" } as const;
    expect(tableFrom("x.csv", [bytesOf("a\n0.1\n")], reading([doubles], { doubles: true })).features.dtype).toBe(
      "float64",
    );
  });
  test("may lack values only where something fills them", () => {
    const text = "age,colour\n,red\n1,red\n";
    expect(rowsOf(text, { ...reading([age, colour]), gaps: "keep" })).toEqual([
      [Number.NaN, 0, 0, 1],
      [1, 0, 0, 1],
    ]);
    expect(saidOf(text, reading([age, colour]))).toBe(
      "a missing value: `x.csv:2`, column `age`: the cell is empty.\n" +
        "The model learned from rows without gaps: fill it in, or train with `on_missing: keep` in the `load` stage " +
        "and an `impute` stage behind it.",
    );
    expect(saidOf("age,colour\nNA,NA\nNA,\n", reading([age, colour]))).toBe(
      "missing values: `x.csv:2`, column `age`: `NA` stands for no value.\n" +
        "`x.csv:2`, column `colour`: `NA` stands for no value.\n" +
        "`x.csv:3`, column `age`: `NA` stands for no value.\n" +
        "1 more cell is missing.\n" +
        "The model learned from rows without gaps: fill them in, or train with `on_missing: keep` in the `load` " +
        "stage and an `impute` stage behind it.",
    );
  });
  test("may lack a category where training rows did, and that was kept", () => {
    const gappy: ColumnReading = {
      ...{ name: "colour", as: "category", categories: ["blue", "missing"], unknown: "error" },
      missing: "missing",
    };
    expect(rowsOf("colour,age\n,1\nblue,2\n", reading([age, gappy]))).toEqual([
      [1, 0, 1],
      [2, 1, 0],
    ]);
    expect(saidOf("age,colour\n1,blue\n2,\n", { ...reading([age, colour]), gaps: "keep" })).toBe(
      "an unknown category: `x.csv:3`, column `colour`: no value stands here, and the column had one in every " +
        "training row, so that is no category.\n\nCategories: blue, green, red\n\n" +
        "A model takes only what it has seen: correct the cell, or train with rows that have it.",
    );
  });
});

describe("what is no input of the model is told", () => {
  test("an unknown category with its line, and the near one", () => {
    expect(saidOf("age,colour\n1,red\n2,gren\n", reading([age, colour]))).toBe(
      "an unknown category: `x.csv:3`, column `colour`: `gren` is no category of the training rows. " +
        "Did you mean `green`?\n\nCategories: blue, green, red\n\n" +
        "A model takes only what it has seen: correct the cell, or train with rows that have it.",
    );
  });
  test("an ignored one as a remark, and its features are 0", () => {
    const ignoring = reading([{ ...colour, unknown: "ignore" } as ColumnReading]);
    expect(rowsOf("colour\nred\npink\n", ignoring)).toEqual([
      [0, 0, 1],
      [0, 0, 0],
    ]);
    expect(tableFrom("x.csv", [bytesOf("colour\nred\npink\n")], ignoring).remarks).toEqual([
      "`x.csv`: 1 cell (colour: 1) has a category that no training row has, so that all features of the column are " +
        "0 there.",
    ]);
  });
  test("a column that is not there", () => {
    expect(saidOf("age,color\n1,red\n", reading([age, colour]))).toBe(
      "a missing column: `x.csv` lacks the column `colour`, from which the model learned. Did you mean `color`?\n\n" +
        "Columns: age, color\nThe model's: age, colour",
    );
    expect(saidOf("x,y\n1,red\n", reading([age, colour]))).toBe(
      "missing columns: `x.csv` lacks the columns `age`, `colour`, from which the model learned.\n\n" +
        "Columns: x, y\nThe model's: age, colour",
    );
  });
  test("lines in front of the table", () => {
    expect(saidOf("# made by a tool\nage,colour\n41,red\n", reading([age, colour]))).toBe(
      "lines before the table: `x.csv:1` has one cell, `# made by a tool`, and the lines from 2 on have more. Cut off " +
        "what is no table: `tail -n +2 x.csv > x-table.csv`; then name that file.",
    );
    expect(saidOf("sep=;\nage;colour\n41;red\n", reading([age, colour]))).toContain(
      "Cut that line off: `tail -n +2 x.csv",
    );
    expect(rowsOf("age\n41\n42\n", { featureNames: ["age"] })).toEqual([[41], [42]]);
    expect(saidOf("old\n41\n42\n", reading([age]))).toContain("`x.csv` lacks the column `age`");
  });
  test("a file without names of columns", () => {
    expect(saidOf("1,2\n3,4\n", { featureNames: ["a", "b"] })).toBe(
      "no header: `x.csv:1` has numbers (1, 2) where names of columns belong. The model takes 2 columns by name, so " +
        "the first row says which is which: a, b.",
    );
    // A single row is no header without rows, and words may stand among the numbers.
    expect(saidOf("41,red\n", reading([age, colour]))).toBe(
      "no header: `x.csv:1` has numbers (41) where names of columns belong. The model takes 2 columns by name, so " +
        "the first row says which is which: age, colour.",
    );
    expect(saidOf("age,2020\n41,1\n", reading([age, colour]))).toBe(
      "a missing column: `x.csv` lacks the column `colour`, from which the model learned.\n\n" +
        "Columns: age, 2020\nThe model's: age, colour",
    );
    expect(saidOf("age,colour\n", reading([age, colour]))).toBe("no rows: `x.csv` has a header but no rows.");
  });
  test("a word where a number belongs, and a date that is none", () => {
    expect(saidOf('age,colour\nold,red\n"1,5",red\n', reading([age, colour]))).toBe(
      "not a number: `x.csv:2`, column `age`: `old` stands where a number belongs.\n" +
        "`x.csv:3`, column `age`: `1,5` stands where a number belongs. Decimals are written with a point.",
    );
    expect(saidOf("visited\n31.3.2024\n2023-02-29\n", reading([visited]))).toBe(
      "not a date: `x.csv:2`, column `visited`: `31.3.2024` is no date in ISO 8601, such as `2024-03-31` or " +
        "`2024-03-31T18:45:00Z`.\n" +
        "`x.csv:3`, column `visited`: `2023-02-29` is no day or time that there is.",
    );
  });
  test("a model without names of columns, an empty file, and a header alone", () => {
    expect(saidOf("1,2\n", { featureNames: [] })).toBe(
      "features without names: The data that the model learned from had no names of columns, so none can be found in " +
        "a table. `feature_names` of a `load` with `source: npy` gives them.",
    );
    expect(saidOf("", { featureNames: ["a"] })).toBe(
      "empty file: `x.csv` is empty. A CSV file has a header row and at least one row of numbers.",
    );
    expect(saidOf("a,b\n", { featureNames: ["a"] })).toBe("no rows: `x.csv` has a header but no rows.");
  });
});

describe("rows as they were loaded", () => {
  const folder = mkdtempSync(join(tmpdir(), "hw1-inputs-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The same numbers on every machine. */
  function numbers(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return Math.floor((state / 2147483648) * below);
    };
  }
  const words = ["a", "b,c", 'say "hi"', "é🙂", "1", "1.0", "0x1", " x ", "=1", "toString", "missing"];
  const quoted = (cell: string): string => (/[",\n ]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("are the same features to the bit, in any order of columns: %i", async (seed) => {
    const below = numbers(seed * 7919);
    const digits = seed % 2 === 0 ? 1e3 : 1e9;
    const cellOf: Readonly<Record<string, () => string>> = {
      word: () => words[below(words.length)]!,
      code: () => String(below(4)),
      size: () => (below(9) === 0 ? "" : String((below(2 * digits) - digits) / 997)),
      when: () =>
        `20${10 + below(80)}-0${1 + below(9)}-1${below(10)}${below(2) === 0 ? "" : `T0${below(10)}:30+02:00`}`,
      mark: () => (below(6) === 0 ? "NA" : words[below(3)]!),
      y: () => String(below(100)),
    };
    const columns = Object.keys(cellOf);
    const rows = Array.from({ length: 60 }, () => columns.map((column) => cellOf[column]!()));
    const table = (order: readonly number[]): string =>
      [columns, ...rows].map((row) => order.map((at) => quoted(row[at]!)).join(",")).join("\r\n");
    const inOrder = columns.map((_, index) => index);
    writeFileSync(join(folder, "t.csv"), table(inOrder));
    const options = {
      ...{ source: "csv", train: "t.csv", target: "y", categories: ["word", "?ode", "mark"], dates: ["when"] },
      on_missing: "keep",
    };
    const { outputs } = await runKind(load, options, { folder });
    const { featureNames, reading } = dataOf(outputs.train!);
    const stored = featuresOf(outputs.train!.blobs.features!);
    const shuffled = [...inOrder].sort((a, b) => ((a * 5 + seed) % 6) - ((b * 5 + seed) % 6)).filter((at) => at !== 5);
    const { features } = tableFrom("t.csv", [bytesOf(table(shuffled))], {
      featureNames,
      reading: reading as TableReading,
      gaps: "keep",
    });
    expect(features.dtype).toBe(outputs.train!.blobs.features!.dtype);
    expect(features.shape).toEqual(outputs.train!.blobs.features!.shape);
    expect([...numbersOf(features)]).toEqual([...stored]);
    // In every row each column of categories is one of them.
    for (const name of ["word", "code", "mark"]) {
      const places = featureNames.flatMap((feature, at) => (feature.startsWith(`${name}=`) ? [at] : []));
      for (let row = 0; row < rows.length; row++)
        expect(places.reduce((sum, at) => sum + stored[row * featureNames.length + at]!, 0)).toBe(1);
    }
  });
});
