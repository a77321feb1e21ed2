import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { load } from "../../src/stages/load.js";
import { float32Of } from "../../src/values/blob.js";
import { jsonOf } from "../rig/output.js";
import { checkKind, rowsIn, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
/** The rows of each output of `load: csv`, and what it warned of. */
async function read(options: Readonly<Record<string, unknown>>) {
  const { outputs, warnings } = await runKind(load, { source: "csv", target: "y", ...options }, { folder });
  return {
    outputs,
    warnings,
    rows: Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, rowsIn(output)])),
  };
}
const one = async (text: string, options: Readonly<Record<string, unknown>> = {}) => {
  const { rows, ...rest } = await read({ train: write("t.csv", text), ...options });
  return { rows: rows.train, ...rest };
};

describe("a CSV", () => {
  test("is read with a byte order mark, Windows line ends, quotes, blank lines and no line end at its end", async () => {
    expect((await one('\ufeff"x",y\r\n1,"2"\r\n\r\n 3 ,4e1')).rows).toEqual([
      [1, 2],
      [3, 40],
    ]);
  });
  test("has its features in the order that is asked for", async () => {
    expect((await one("a,y,b\n1,2,3\n", { features: ["b", "a"] })).rows).toEqual([[3, 1, 2]]);
  });
  test("without a header has columns by number, or by the names given", async () => {
    expect((await one("1,2\n3,4\n", { header: false, target: "column_2" })).rows).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const { rows, outputs } = await one("1,2\n3,4\n", { header: ["y", "x"] });
    expect(rows).toEqual([
      [2, 1],
      [4, 3],
    ]);
    expect(jsonOf(outputs.train).featureNames).toEqual(["x"]);
  });
  test("may have numbers as names, when the target is one of them", async () => {
    expect((await one("2019,2020\n1,2\n", { target: "2020" })).rows).toEqual([[1, 2]]);
  });
  test("may be separated by any character, or tabs, with empty cells at the ends", async () => {
    expect((await one("x;y\n1;2\n", { delimiter: ";" })).rows).toEqual([[1, 2]]);
    expect((await one("x\ty\tz\n1\t2\t\n\t4\t5\n", { delimiter: "tab", on_missing: "mean" })).rows).toEqual([
      [1, 5, 2],
      [1, 5, 4],
    ]);
  });
  test("of training decides the features of the test file", async () => {
    const { rows } = await read({ train: write("a.csv", "x,y\n1,2\n"), test: write("b.csv", "y,note,x\n4,?,3\n") });
    expect(rows).toEqual({ train: [[1, 2]], test: [[3, 4]] });
  });
});

describe("one file for all splits", () => {
  const file = write("all.csv", "x,part,y\n1,training,10\n2,test,20\n3,held-out,30\n4,training,40\n");

  test("is told apart by a column, which is no feature", async () => {
    const { rows, outputs } = await read({
      file,
      split: { column: "part", train: "training", test: ["test", "held-out"] },
    });
    expect(rows).toEqual({
      train: [
        [1, 10],
        [4, 40],
      ],
      test: [
        [2, 20],
        [3, 30],
      ],
    });
    expect([jsonOf(outputs.train).split, jsonOf(outputs.test).split]).toEqual(["train", "test"]);
  });
  test("may hold a validation set, and numbers for words", async () => {
    const numbered = write("numbered.csv", "x,part,y\n1,0,10\n2,1,20\n3,2,30\n");
    const { rows } = await read({ file: numbered, split: { column: "part", train: 0, validation: 1, test: 2 } });
    expect(rows).toEqual({ train: [[1, 10]], validation: [[2, 20]], test: [[3, 30]] });
  });
  test("has its outputs, their counts and their order known to check", () => {
    const { ports, told } = checkKind(
      load,
      { source: "csv", target: "y", file, split: { column: "part", train: "training", test: ["test", "held-out"] } },
      { folder },
    );
    expect(told).toEqual([]);
    expect(Object.entries(ports).map(([name, port]) => [name, port.count, port.shape, port.split])).toEqual([
      ["train", 2, [1], "train"],
      ["test", 2, [1], "test"],
    ]);
  });
});

describe("how rows were read", () => {
  test("stays with a table of numbers, too, where words for no value, or names, are not the usual ones", async () => {
    const readingOf = async (text: string, more: Readonly<Record<string, unknown>>): Promise<unknown> =>
      jsonOf((await one(text, { target: "y", ...more })).outputs.train).reading;
    const columns = [{ name: "x", as: "number" }];
    const [text, missing] = ["x,y\n-999,1\n2,2\n", [-999]];
    expect(await readingOf(text, { missing, on_missing: "keep" })).toEqual({
      ...{ of: "table", columns, missing: ["-999"], delimiter: "," },
    });
    expect(await readingOf("1;2\n3;4\n", { header: ["x", "y"], delimiter: ";" })).toMatchObject({
      header: ["x", "y"],
      delimiter: ";",
    });
    expect(await readingOf("x,y\n1,1\n2,2\n", { missing: ["?", "null", "nan", "NaN", "NA", ""] })).toBeUndefined();
  });
});

describe("several targets", () => {
  test("stand in the order in which they are named, and are no features", async () => {
    const { outputs } = await one("y2,x,y1\n1,2,3\n4,5,6\n", { target: ["y1", "y2"] });
    const { labels, features } = outputs.train!.blobs;
    expect([labels!.shape, [...float32Of(labels!)]]).toEqual([
      [2, 2],
      [3, 1, 6, 4],
    ]);
    expect([...float32Of(features!)]).toEqual([2, 5]);
    expect(jsonOf(outputs.train)).toMatchObject({ targetNames: ["y1", "y2"], featureNames: ["x"], classes: null });
  });
  test("lose a row where one of them is missing", async () => {
    const { outputs, warnings } = await one("x,y,z\n1,2,3\n4,,6\n7,8,NA\n9,10,11\n", {
      target: ["y", "z"],
      on_missing: "drop_row",
    });
    expect([...float32Of(outputs.train!.blobs.labels!)]).toEqual([2, 3, 10, 11]);
    expect(warnings.join()).toContain("2 rows of 4 left out because of 2 missing cells (y: 1, z: 1)");
  });
  test("warn of each that 32 bits cannot hold", async () => {
    const { warnings } = await one("x,y,z\n1,16777217,1\n2,16777218,2\n3,16777219,3\n", { target: ["z", "y"] });
    expect(warnings.filter((text) => text.includes("32 bits"))).toEqual([expect.stringContaining("the target `y`")]);
  });
  test("in some rows without a value leave such rows out by themselves, and gaps stay as `on_missing` says", async () => {
    const text = "x,z,y\n1,,2\n,5,\n3,NA,4\n5,6,\n";
    const kept = await one(text, { target: "y", on_missing: "keep", on_missing_target: "drop_row" });
    expect([...float32Of(kept.outputs.train!.blobs.features!)]).toEqual([1, Number.NaN, 3, Number.NaN]);
    expect([...float32Of(kept.outputs.train!.blobs.labels!)]).toEqual([2, 4]);
    expect(jsonOf(kept.outputs.train)).toMatchObject({ missing: { y: 2, z: 2 }, leftOut: 2 });
    expect(kept.warnings).toEqual([
      "`t.csv`: 2 rows of 4 left out because of 2 missing cells (y: 2). 2 missing cells (z: 2) kept without a value.",
    ]);
    const filled = await one("x,y\n1,2\n100,\n,4\n3,6\n", {
      target: "y",
      on_missing: "mean",
      on_missing_target: "drop_row",
    });
    expect([...float32Of(filled.outputs.train!.blobs.features!)]).toEqual([1, 2, 3]);
    await expect(one("x,y\n1,\n2,NA\n", { target: "y", on_missing_target: "drop_row" })).rejects.toThrow(
      "Every row of `t.csv` lacks a target, so `on_missing_target: drop_row` leaves none.",
    );
    const strict = one("x,y\n1,\n2,3\n", { target: "y", on_missing: "drop_row", on_missing_target: "error" });
    await expect(strict).rejects.toThrow("Fill it in, or leave out `on_missing_target: error`.");
  });
  test("of which some are nearer than 32 bits tell, as measured ones are, have lost nothing", async () => {
    const measured = Array.from({ length: 90 }, (_, row) => `${row},${Math.sin(row)}\n`).join("");
    const { warnings } = await one(`x,y\n${measured}1000,0.634\n1001,0.6339999999999999\n`, { target: "y" });
    expect(warnings).toEqual([]);
  });
  test("that are one are that one", () => {
    const parsed = (target: unknown): unknown => load.schema.parse({ source: "csv", train: "t.csv", target });
    expect(parsed(["y"])).toEqual(parsed("y"));
    expect(parsed(["y", "z"])).toMatchObject({ target: ["y", "z"] });
  });
});

describe("classes", () => {
  test("are numbers from 0, or the names given", async () => {
    expect((await one("x,y\n1,0\n2,1\n", { classes: 2 })).rows).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect((await one("x,y\n1,rose\n2,lily\n", { classes: ["lily", "rose"] })).rows).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect((await one("x,y\n1,1\n2,0\n", { classes: ["lily", "rose"] })).rows).toEqual([
      [1, 1],
      [2, 0],
    ]);
  });
  test("whose names are numbers are meant by name", async () => {
    expect((await one("x,y\n1,9\n2,4\n", { classes: ["4", "9"] })).rows).toEqual([
      [1, 1],
      [2, 0],
    ]);
  });
});

describe("missing cells", () => {
  const text = "a,b,y\n1,10,1\nNA,20,2\n3,,3\n8,30,4\n";

  test("lose their rows with drop_row, and the run says how many", async () => {
    const { rows, warnings, outputs } = await one(text, { on_missing: "drop_row" });
    expect(rows).toEqual([
      [1, 10, 1],
      [8, 30, 4],
    ]);
    expect(warnings).toEqual(["`t.csv`: 2 rows of 4 left out because of 2 missing cells (a: 1, b: 1)."]);
    expect(jsonOf(outputs.train).missing).toEqual({ a: 1, b: 1 });
  });
  test("get the mean of their column in the training rows with mean, in the test file too", async () => {
    const { rows } = await read({
      train: write("t.csv", text),
      test: write("v.csv", "a,b,y\n?,7,9\n"),
      on_missing: "mean",
    });
    expect(rows).toEqual({
      train: [
        [1, 10, 1],
        [4, 20, 2],
        [3, 20, 3],
        [8, 30, 4],
      ],
      test: [[4, 7, 9]],
    });
  });
  test("are what `missing` says, and nothing else", async () => {
    expect((await one("x,y\n1,2\n-99,4\n", { missing: ["-99"], on_missing: "drop_row" })).rows).toEqual([[1, 2]]);
    await expect(one("x,y\n1,2\nNA,4\n", { missing: ["-99"] })).rejects.toThrow("`NA` stands where a number belongs");
  });
  test("are numbers that `missing` names in any spelling, and no other number", async () => {
    const rows = "x,y\n1,2\n-99.0,4\n-9.9e1,5\n-099,6\n-99.5,7\n99,8\n3,-99.00\n";
    for (const missing of [["-99"], [-99], ["", "-99.00"]])
      expect((await one(rows, { missing, on_missing: "drop_row" })).rows).toEqual([
        [1, 2],
        [-99.5, 7],
        [99, 8],
      ]);
    const long = "x,y\n9007199254740992,1\n9007199254740993,2\n";
    expect((await one(long, { missing: ["9007199254740993.0"], on_missing: "drop_row" })).rows).toEqual([[2 ** 53, 1]]);
    expect((await one("x,y\n1,2\n-99.0,4\n3,6\n", { missing: ["-99"], on_missing: "mean" })).rows).toContainEqual([
      2, 4,
    ]);
    await expect(one("x,y\n1,2\n-99.0,4\n", { missing: ["-99"] })).rejects.toThrow("`-99.0`");
  });
  test("in columns that are not read are no matter", async () => {
    expect((await one("a,b,y\n1,,2\n", { features: ["a"] })).rows).toEqual([[1, 2]]);
  });
  test("leave no trace where there are none", async () => {
    const { outputs, warnings } = await one("x,y\n1,2\n", { on_missing: "mean" });
    expect(outputs.train!.data).not.toHaveProperty("missing");
    expect(warnings).toEqual([]);
  });
});

test("the order of rows is known to check, and gone after a shuffle", async () => {
  const rows = Array.from({ length: 20 }, (_, index) => `${index},${(index * 7) % 20}`).join("\n");
  const train = write("sorted.csv", `x,y\n${rows}\n`);
  const { ports } = checkKind(load, { source: "csv", target: "y", train }, { folder });
  expect(ports.train!.ordered).toBe("sorted by `x`");
  const { shuffle } = await import("../../src/stages/shuffle.js");
  const { fold } = await import("../../src/stages/fold.js");
  const mixed = checkKind(shuffle, { data: "d" }, { inputs: { data: ports.train! } }).ports.data!;
  const told = (data: typeof mixed, options = {}) =>
    checkKind(fold, { data: "d", k: 5, ...options }, { inputs: { data } }).told.map(({ title }) => title);
  expect(told(ports.train!, { shuffle: false })).toEqual(["rows in an order"]);
  expect(told(mixed, { shuffle: false })).toEqual([]);
  expect(told(ports.train!)).toEqual([]);
});
