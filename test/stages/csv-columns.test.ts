import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { matches } from "../../src/stages/csv-patterns.js";
import { dataOf } from "../../src/stages/dataset.js";
import { load } from "../../src/stages/load.js";
import { checkKind, rowsIn, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-columns-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
write("t.csv", "id,sepal_length,sepal_width,petal_length,y\n9,1,2,3,4\n8,5,6,7,8\n");
const options = (more: Readonly<Record<string, unknown>>) => ({ source: "csv", train: "t.csv", target: "y", ...more });
/** Names of the features, or what is said. */
async function features(more: Readonly<Record<string, unknown>>): Promise<readonly string[] | string> {
  const { told, ports } = checkKind(load, options(more), { folder });
  const errors = told.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return errors.map(({ title, message, at }) => `${at}  ${title}: ${message}`).join("\n");
  const { outputs } = await runKind(load, options(more), { folder });
  expect(ports.train!.featureNames).toEqual(dataOf(outputs.train!).featureNames);
  return dataOf(outputs.train!).featureNames;
}

describe("a pattern", () => {
  test("stands for any characters by `*`, for one by `?`, and for itself else", () => {
    for (const [pattern, name, is] of [
      ["sepal_*", "sepal_length", true],
      ["sepal_*", "sepal_", true],
      ["*_width", "sepal_width", true],
      ["*l*_*h", "sepal_length", true],
      ["?", "é", true],
      ["?", "🙂", true],
      ["?", "", false],
      ["?", "ab", false],
      ["*", "", true],
      ["a.c*", "abcd", false],
      ["A*", "abc", false],
      ["a**b", "ab", true],
      ["*a*b*", "xxbxxa", false],
    ] as const)
      expect([pattern, name, matches(pattern, name)]).toEqual([pattern, name, is]);
  });
  test("of many stars is not slow", () => {
    expect(matches(`${"a*".repeat(50)}b`, "a".repeat(2000))).toBe(false);
  });
});

describe("a test file", () => {
  test("without the target is one to predict, and is told so", async () => {
    write("unlabelled.csv", "id,sepal_length,sepal_width,petal_length\n9,1,2,3\n");
    expect(await features({ test: "unlabelled.csv" })).toBe(
      "test  a test file without the target: `unlabelled.csv` has no column `y`, so nothing says there whether a model " +
        "is right. Rows whose target is to be predicted are no test: leave out `test`, and ask the model about them with " +
        "`hw1 predict`.\n\nColumns: id, sepal_length, sepal_width, petal_length",
    );
    write("named-otherwise.csv", "id,sepal_length,sepal_width,petal_length,Y\n9,1,2,3,1\n");
    expect(await features({ test: "named-otherwise.csv" })).toContain("is right. Did you mean `Y`? Rows");
  });
});

describe("features", () => {
  test("of a pattern come in the order of the file, those by name as they are written, each once", async () => {
    expect(await features({ features: ["petal_*", "sepal_*"] })).toEqual([
      "petal_length",
      "sepal_length",
      "sepal_width",
    ]);
    expect(await features({ features: ["sepal_width", "sepal_*", "*"] })).toEqual([
      "sepal_width",
      "sepal_length",
      "id",
      "petal_length",
    ]);
    const { outputs } = await runKind(load, options({ features: ["petal_*", "sepal_w????"] }), { folder });
    expect(rowsIn(outputs.train!)).toEqual([
      [3, 2, 4],
      [7, 6, 8],
    ]);
  });
  test("may be left out, by name or pattern", async () => {
    expect(await features({ leave_out: ["id", "*_width"] })).toEqual(["sepal_length", "petal_length"]);
    expect(await features({ features: ["sepal_*", "id"], leave_out: ["*_width"] })).toEqual(["sepal_length", "id"]);
  });
  test("never are a target that a pattern stands for too", async () => {
    expect(await features({ features: ["*"], leave_out: ["id"] })).toEqual([
      "sepal_length",
      "sepal_width",
      "petal_length",
    ]);
  });
  test("may have the signs of a pattern in their names", async () => {
    write("star.csv", "a*,ab,a?,y\n1,2,3,4\n");
    expect(await features({ train: "star.csv", features: ["a*"] })).toEqual(["a*"]);
    expect(await features({ train: "star.csv", leave_out: ["a?"] })).toEqual(["a*", "ab"]);
    expect(await features({ train: "star.csv", features: ["?b", "a??", "*"] })).toContain("a pattern without a column");
  });
  test("of the training file are those of the test file", async () => {
    write("test.csv", "sepal_extra,y,sepal_width,sepal_length\n1,2,3,4\n");
    const { outputs } = await runKind(load, options({ test: "test.csv", features: ["sepal_*"] }), { folder });
    expect(rowsIn(outputs.test!)).toEqual([[4, 3, 2]]);
    expect(await features({ test: "test.csv", leave_out: ["id"] })).toBe(
      "test  no such column: `test.csv` has no column `petal_length`. Did you mean `sepal_length`?\n\n" +
        "Columns: sepal_extra, y, sepal_width, sepal_length",
    );
  });
  test("are not known to `check` before the file is read, where patterns say which", () => {
    const { ports } = checkKind(load, options({ train: "none.csv", features: ["x*"] }), { folder });
    expect(ports.train!.featureNames).toBeNull();
  });
});

describe("what is said of columns that cannot be", () => {
  test("a pattern that stands for none, with the columns", async () => {
    expect(await features({ features: ["sepal_*", "stem_*"] })).toBe(
      "features.1  a pattern without a column: `stem_*` stands for no column of `t.csv`.\n\n" +
        "Columns: id, sepal_length, sepal_width, petal_length, y",
    );
    expect(await features({ leave_out: ["x?"] })).toBe(
      "leave_out.0  a pattern without a column: `x?` stands for no column of `t.csv`.\n\n" +
        "Columns: id, sepal_length, sepal_width, petal_length, y",
    );
    expect(await features({ features: ["y*"] })).toBe(
      "features.0  a pattern without a column: `y*` stands for no column of `t.csv` that may be one here; it stands " +
        "for `y`, which is taken for something else.\n\nColumns: id, sepal_length, sepal_width, petal_length, y",
    );
    expect(await features({ leave_out: ["sepal"] })).toBe(
      "leave_out.0  no such column: `t.csv` has no column `sepal`.\n\n" +
        "Columns: id, sepal_length, sepal_width, petal_length, y",
    );
  });
  test("nothing that is left, and a feature that is left out", async () => {
    expect(await features({ leave_out: ["*"] })).toBe(
      "leave_out  no features: `leave_out` leaves no column of `t.csv` to learn from.",
    );
    expect(await features({ features: ["id", "sepal_*"], leave_out: ["id"] })).toBe(
      "leave_out.0  a feature that is left out: The column `id` is in `features` and in `leave_out`. Name it in one " +
        "of them.",
    );
  });
  test("a list of columns to read in a way that are no features", async () => {
    expect(await features({ features: ["sepal_*"], categories: ["id"] })).toBe(
      "categories.0  not a feature: `categories` names the column `id`, which is no feature: `features` does not name " +
        "it.",
    );
    expect(await features({ leave_out: ["id"], dates: ["id"] })).toBe(
      "dates.0  not a feature: `dates` names the column `id`, which is no feature: `leave_out` takes it out, or " +
        "`features` does not name it.",
    );
    expect(await features({ categories: ["y"] })).toBe(
      "categories.0  not a feature: `categories` names the column `y`, which is no feature: it is the target. Words " +
        "of a target are classes: `classes: auto`.",
    );
    expect(await features({ categories: ["id"], dates: ["id"] })).toBe(
      "dates  a category and a date: The column `id` is in `categories` and in `dates`. Name it in one of them.",
    );
    expect(await features({ unknown: "ignore" })).toBe(
      "unknown  no categories: `unknown` says what is done about a category that no training row has, and no column " +
        "has categories here. Name those that do in `categories`, or leave out `unknown`.",
    );
  });
});
