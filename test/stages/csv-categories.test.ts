import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { dataOf } from "../../src/stages/dataset.js";
import { load } from "../../src/stages/load.js";
import { tableFrom } from "../../src/stages/table-inputs.js";
import { featuresOf, float32Of, numbersOf } from "../../src/values/blob.js";
import type { TableReading } from "../../src/values/reading.js";
import { checkKind, rowsIn, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-categories-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
const given = (more: Readonly<Record<string, unknown>>) => ({ source: "csv", target: "y", ...more });
async function read(more: Readonly<Record<string, unknown>>) {
  const { outputs, warnings } = await runKind(load, given(more), { folder });
  return { outputs, warnings, train: dataOf(outputs.train!), rows: rowsIn(outputs.train!) };
}
/** What `check` says, and that a run says the same. */
async function said(more: Readonly<Record<string, unknown>>): Promise<string> {
  const errors = checkKind(load, given(more), { folder }).told.filter(({ severity }) => severity === "error");
  const run = await runKind(load, given(more), { folder }).then(
    () => "nothing",
    (error: Error) => error.message,
  );
  expect(errors[0]?.message).toBe(run);
  return errors.map(({ title, message, at }) => `${at}  ${title}: ${message}`).join("\n");
}

describe("categories", () => {
  // By hand, as pandas.get_dummies has it: columns sorted, those of a column side by side.
  test("become a feature each, sorted, in the place of their column", async () => {
    const train = write("a.csv", "x,colour,size,y\n1,red,L,10\n2,blue,S,20\n3,red,M,30\n4,green,S,40\n");
    const { train: data, rows } = await read({ train, categories: ["colour", "size"] });
    expect(data.featureNames).toEqual([
      ...["x", "colour=blue", "colour=green", "colour=red", "size=L", "size=M", "size=S"],
    ]);
    expect(rows).toEqual([
      [1, 0, 0, 1, 1, 0, 0, 10],
      [2, 1, 0, 0, 0, 0, 1, 20],
      [3, 0, 0, 1, 0, 1, 0, 30],
      [4, 0, 1, 0, 0, 0, 1, 40],
    ]);
    expect(data.shape).toEqual([7]);
    expect(data.reading).toEqual({
      of: "table",
      columns: [
        { name: "x", as: "number" },
        { name: "colour", as: "category", categories: ["blue", "green", "red"], unknown: "error" },
        { name: "size", as: "category", categories: ["L", "M", "S"], unknown: "error" },
      ],
      missing: ["", "NA", "NaN", "nan", "null", "?"],
      delimiter: ",",
    });
  });
  test("of codes are as many as there are spellings", async () => {
    const train = write("codes.csv", "k,g,y\n007,007,1\n7,7,2\n7.0,8,3\n");
    const { rows, train: data } = await read({ train, categories: ["k"], group: "g" });
    expect(data.featureNames).toEqual(["k=007", "k=7"]);
    expect(rows).toEqual([
      [1, 0, 1],
      [0, 1, 2],
      [0, 1, 3],
    ]);
    // Groups of both spellings are kept together: that leaks nothing.
    expect(data.group?.words).toEqual(["007", "8"]);
  });
  test("are one in each row, whatever the rows", async () => {
    let state = 7;
    const random = (below: number): number => {
      state = (state * 1103515245 + 12345) % 2147483648;
      return Math.floor((state / 2147483648) * below);
    };
    const words = Array.from({ length: 40 }, (_, index) => `w${index * 37}é`);
    const cells = Array.from({ length: 500 }, () => [words[random(40)]!, words[random(3)]!] as const);
    const train = write("many.csv", `a,b,y\n${cells.map(([a, b]) => `${a},${b},1`).join("\n")}\n`);
    const { outputs, train: data } = await read({ train, categories: ["*"] });
    const values = float32Of(outputs.train!.blobs.features!);
    const width = data.featureNames.length;
    cells.forEach(([a, b], row) => {
      const own = [...values.subarray(row * width, (row + 1) * width)];
      expect(own.reduce((sum, value) => sum + value, 0)).toBe(2);
      expect([own[data.featureNames.indexOf(`a=${a}`)], own[data.featureNames.indexOf(`b=${b}`)]]).toEqual([1, 1]);
    });
  });
  test("are those of the training rows, in a file of its own or a part of one", async () => {
    const file = write("parts.csv", "c,part,y\nb,train,1\nz,test,2\na,train,3\n");
    const split = { column: "part", test: "test" };
    const { train, outputs, warnings } = await read({ file, split, categories: ["c"], unknown: "ignore" });
    expect(train.featureNames).toEqual(["c=a", "c=b"]);
    expect(rowsIn(outputs.test!)).toEqual([[0, 0, 2]]);
    expect(warnings).toEqual([
      "`parts.csv`: 1 cell (c: 1) has a category that no training row has, so all features of the column are 0 there.",
    ]);
    expect(await said({ file, split, categories: ["c"] })).toBe(
      "file  an unknown category: `parts.csv:3`, column `c`: `z` is no category of the training rows.\n\n" +
        "Categories: a, b\n\nCorrect the cell, or write `unknown: ignore`: all features of the column are 0 there.",
    );
  });
  test("that a test file has besides are told with the line and a near one", async () => {
    write("train.csv", "x,colour,y\n1,red,1\n2,blue,2\n");
    write("test.csv", "colour,x,y\nblue,1,1\nbleu,2,2\n");
    expect(await said({ train: "train.csv", test: "test.csv", categories: ["col*"] })).toBe(
      "test  an unknown category: `test.csv:3`, column `colour`: `bleu` is no category of the training rows. " +
        "Did you mean `blue`?\n\nCategories: blue, red\n\n" +
        "Correct the cell, or write `unknown: ignore`: all features of the column are 0 there.",
    );
  });
  test("may be numbers, of which two spellings are one", async () => {
    const train = write("numbers.csv", "m,y\n1,1\n10,2\n2,3\n2.0,4\n");
    const test = write("floats.csv", "m,y\n1.0,1\n10.0,2\n");
    const { train: data, outputs } = await read({ train, test, categories: ["m"] });
    expect(data.featureNames).toEqual(["m=1", "m=10", "m=2"]);
    expect(rowsIn(outputs.test!)).toEqual([
      [1, 0, 0, 1],
      [0, 1, 0, 2],
    ]);
  });
  test("are read by a model as they were loaded, to the bit", async () => {
    const text = "when,x,c,y\n2024-01-01,0.1,a,1\n2024-01-02T03:04:05Z,0.7,b,2\n";
    const { outputs, train } = await read({ train: write("same.csv", text), categories: ["c"], dates: ["when"] });
    const reading = train.reading as TableReading;
    const { features } = tableFrom("x", [Buffer.from(text)], { featureNames: train.featureNames, reading });
    expect(features.dtype).toBe(outputs.train!.blobs.features!.dtype);
    expect([...numbersOf(features)]).toEqual([...featuresOf(outputs.train!.blobs.features!)]);
  });
  test("too many of one column are told with the limit", async () => {
    const rows = Array.from({ length: 1001 }, (_, row) => `name${row},${row}`).join("\n");
    expect(await said({ train: write("names.csv", `who,y\n${rows}\n`), categories: ["who"] })).toBe(
      "categories  too many categories: The column `who` of `names.csv` has more different words than categories may " +
        "be. The limit `categories` is 1,000 categories. Leave the column out (`leave_out`), or give rare ones one " +
        "name in the file.",
    );
  });
  test("that make two features of one name are told", async () => {
    const train = write("equal.csv", "a,a=b,y\nb,1,1\nc,2,2\n");
    expect(await said({ train, categories: ["a"] })).toBe(
      "categories  two features of one name: A category of a column and another column or category are both the " +
        "feature `a=b`. Rename a column, or leave one out with `leave_out`.",
    );
  });
  test("of a file too large to read are not known to `check`, nor the features that they make", () => {
    const line = `${"x".repeat(1000)},1\n`;
    write("large.csv", `c,y\n${line.repeat(9000)}`);
    const { ports, told } = checkKind(load, given({ train: "large.csv", categories: ["c"], classes: "auto" }), {
      folder,
    });
    expect(told).toEqual([]);
    expect([ports.train!.featureNames, ports.train!.shape, ports.train!.classes]).toEqual([null, null, undefined]);
  });
});

test("`check` makes no more features than a file of numbers of its size has, and knows their names all the same", async () => {
  const rows = Array.from({ length: 12_000 }, (_, row) => `w${row % 900},${row % 2 ? "a" : "b"}`).join("\n");
  const options = given({ train: write("wide.csv", `c,y\n${rows}\n`), categories: ["c"], classes: "auto" });
  const { ports, told } = checkKind(load, options, { folder });
  expect([told, ports.train!.shape, ports.train!.classes]).toEqual([[], [900], ["a", "b"]]);
  expect([ports.train!.featureNames!.length, ports.train!.count, ports.train!.examples]).toEqual([
    900,
    null,
    undefined,
  ]);
});

describe("a cell without a value", () => {
  const text = "x,c,y\n1,a,1\n,b,2\n3,NA,3\n";
  test("in a column of categories is a mistake, and what may be done is told", async () => {
    const train = write("gap.csv", "x,c,y\n1,a,1\n2,,2\n");
    expect(await said({ train, categories: ["c"] })).toBe(
      "train  a missing value: `gap.csv:3`, column `c`: the cell is empty where a category belongs.\n" +
        "Fill it in, or choose `on_missing: drop_row` (leaves out such rows) or `on_missing: keep` (a category of its " +
        "own; an `impute` stage fills numbers).",
    );
    expect(await said({ train, categories: ["c"], on_missing: "mean" })).toBe(
      "train  a missing value: `gap.csv:3`, column `c`: the cell is empty where a category belongs.\n" +
        "`on_missing: mean` fills numbers; words have no mean. `on_missing: keep` makes such a cell the category " +
        "`missing` (and an `impute` stage fills numbers); `on_missing: drop_row` leaves out such rows.",
    );
  });
  test("leaves its row out where that is asked for, and its category with it", async () => {
    const train = write("drop.csv", "x,c,y\n1,a,1\n,b,2\n3,NA,3\n");
    const { train: data, rows } = await read({ train, categories: ["c"], on_missing: "drop_row" });
    expect([data.featureNames, rows]).toEqual([["x", "c=a"], [[1, 1, 1]]]);
  });
  test("that is kept is NaN in a number, and a category of its own", async () => {
    const { train, rows, warnings, outputs } = await read({
      ...{ train: write("keep.csv", text), categories: ["c"], on_missing: "keep" },
    });
    expect(train.featureNames).toEqual(["x", "c=a", "c=b", "c=missing"]);
    expect(rows).toEqual([
      [1, 1, 0, 0, 1],
      [Number.NaN, 0, 1, 0, 2],
      [3, 0, 0, 1, 3],
    ]);
    expect(train.missing).toEqual({ x: 1, c: 1 });
    expect(warnings).toEqual(["`keep.csv`: 2 missing cells (x: 1, c: 1) kept without a value."]);
    expect(outputs.train!.blobs.features!.dtype).toBe("float32");
    expect((train.reading as TableReading).columns[1]).toMatchObject({ missing: "missing" });
  });
  test("is told to whoever reads the data: gaps that there are, and may be", () => {
    const gaps = (more: Readonly<Record<string, unknown>>): unknown =>
      checkKind(load, given({ on_missing: "keep", ...more }), { folder }).ports.train!.hasGaps;
    write("full.csv", "x,c,y\n1,a,1\n2,,2\n");
    expect(gaps({ train: "full.csv", categories: ["c"] })).toBe(false);
    expect(gaps({ train: write("keep.csv", text), categories: ["c"] })).toBe(true);
    expect(gaps({ train: "absent.csv" })).toBe(true);
    expect(gaps({ train: "full.csv", categories: ["c"], on_missing: "drop_row" })).toBeUndefined();
  });
  test("of a test file alone is no category that a model knows", async () => {
    const options = {
      ...{ train: write("whole.csv", "c,y\na,1\nb,2\n"), test: write("holes.csv", "c,y\na,1\n,2\n") },
      ...{ categories: ["c"], on_missing: "keep" },
    };
    expect(await said(options)).toBe(
      "test  an unknown category: `holes.csv:3`, column `c`: no value stands here, and the column had one in every " +
        "training row, so that is no category.\n\nCategories: a, b\n\n" +
        "Correct the cell, or write `unknown: ignore`: all features of the column are 0 there.",
    );
    const { outputs } = await read({ ...options, unknown: "ignore" });
    expect(rowsIn(outputs.test!)).toEqual([
      [1, 0, 1],
      [0, 0, 2],
    ]);
  });
  test("in the target is a mistake that says where such rows belong", async () => {
    const train = write("unlabelled.csv", "x,y\n1,2\n2,\n");
    expect(await said({ train, on_missing: "keep" })).toBe(
      "train  a missing value: `unlabelled.csv:3`, column `y`: the cell is empty where a number belongs.\n" +
        "`on_missing: keep` keeps gaps of features only; a label cannot be made up. `on_missing_target: drop_row` leaves out " +
        "such rows. Rows whose target is to be predicted belong into a file of their own, for `hw1 predict`.",
    );
    expect((await read({ train, on_missing: "drop_row" })).rows).toEqual([[1, 2]]);
  });
});

describe("dates", () => {
  test("become days, beside numbers", async () => {
    const { rows, train } = await read({
      ...{ train: write("d.csv", "when,x,y\n1970-01-02,5,1\n1970-01-03T12:00Z,6,2\n"), dates: ["wh*"] },
    });
    expect(rows).toEqual([
      [1, 5, 1],
      [2.5, 6, 2],
    ]);
    expect(train.reading).toMatchObject({
      columns: [
        { name: "when", as: "date" },
        { name: "x", as: "number" },
      ],
    });
  });
  test("that 32 bits cannot tell apart are kept in 64, and told as other numbers are", async () => {
    const train = write("fine.csv", "when,y\n2024-01-01T00:00:01Z,1\n2024-01-01T00:00:02Z,2\n");
    const { outputs, train: data } = await read({ train, dates: ["when"] });
    expect(outputs.train!.blobs.features!.dtype).toBe("float64");
    expect(data.reading).toMatchObject({ doubles: true });
    expect(checkKind(load, given({ train, dates: ["when"] }), { folder }).ports.train!.rounded).toEqual(["when"]);
  });
  test("that are none are told with their lines", async () => {
    const train = write("bad.csv", "when,x,y\n31.3.2024,1,1\n2024-02-30,2,2\n2024-02-01,3,3\n");
    expect(await said({ train, dates: ["when"] })).toBe(
      "train  not a date: `bad.csv:2`, column `when`: `31.3.2024` is no date in ISO 8601, such as `2024-03-31` or " +
        "`2024-03-31T18:45:00Z`.\n" +
        "`bad.csv:3`, column `when`: `2024-02-30` is no day or time that there is.\n" +
        "Write dates so in the file. Or leave it out: `leave_out: [when]`.",
    );
    expect(await said({ train: write("unix.csv", "when,y\n1700000000,1\n1700000001,2\n"), dates: ["when"] })).toBe(
      "train  not a date: `unix.csv:2`, column `when`: `1700000000` is no date in ISO 8601, such as `2024-03-31` or " +
        "`2024-03-31T18:45:00Z`.\n" +
        "`unix.csv:3`, column `when`: `1700000001` is no date in ISO 8601, such as `2024-03-31` or " +
        "`2024-03-31T18:45:00Z`.\n" +
        "A number is a feature as it is: leave `when` out of `dates`.",
    );
  });
});
