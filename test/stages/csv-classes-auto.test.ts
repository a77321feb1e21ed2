import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { dataOf } from "../../src/stages/dataset.js";
import { load } from "../../src/stages/load.js";
import { int32Of } from "../../src/values/blob.js";
import { checkKind, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-auto-"));
afterAll(() => rmSync(folder, { recursive: true }));
/** Files of one feature and these labels, by the option that names them. */
const filesOf = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).map(([option, words]) => {
      const rows = words.split(" ").map((word, index) => `${index + 0.5},${word}`);
      writeFileSync(join(folder, `${option}.csv`), `x,y\n${rows.join("\n")}\n`);
      return [option, `${option}.csv`];
    }),
  );
/** Classes and labels of each part, or what is said of them. */
async function read(labels: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}) {
  const options = { source: "csv", target: "y", classes: "auto", ...filesOf(labels), ...more };
  const { told, ports } = checkKind(load, options, { folder });
  const errors = told.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return errors.map(({ title, message, at }) => `${at}  ${title}: ${message}`).join("\n");
  const { outputs } = await runKind(load, options, { folder });
  const classes = dataOf(outputs.train!).classes!;
  for (const [name, output] of Object.entries(outputs)) {
    expect(dataOf(output).classes).toEqual(classes);
    expect(ports[name]!.classes).toEqual(classes);
  }
  const found = Object.values(outputs).map((output) => [...int32Of(output.blobs.labels!)].join(" "));
  return [classes.join(" "), ...found];
}

describe("classes: auto", () => {
  test("are the words of the training file, sorted by code unit, whatever order its rows have", async () => {
    expect(await read({ train: "rose lily rose éclair Zinnia" })).toEqual(["Zinnia lily rose éclair", "2 1 2 3 0"]);
    expect(await read({ train: "éclair Zinnia lily rose rose" })).toEqual(["Zinnia lily rose éclair", "3 0 1 2 2"]);
  });
  test("may be numbers as they are spelled, of which `1` and `1.0` are one", async () => {
    expect(await read({ train: "2 1.0 1 10", test: "10.0 2.00" })).toEqual(["1 10 2", "2 0 0 1", "1 2"]);
    expect(await read({ train: "1.0 0.0", test: "0 1" })).toEqual(["0.0 1.0", "1 0", "0 1"]);
    expect(await read({ train: "-1 1" })).toEqual(["-1 1", "0 1"]);
  });
  test("may be codes: zeros in front and exponents make other words, where both are there", async () => {
    expect(await read({ train: "01 1 1.0 001", test: "1.00 01 0001" })).toBe(
      "classes  an unknown class: `test.csv:4`, column `y`: `0001` is no class of the training rows. " +
        "Did you mean `001`?\n\nClasses: 001, 01, 1",
    );
    expect(await read({ train: "01 1 1.0 001", test: "1.00 01 001" })).toEqual(["001 01 1", "1 2 2 0", "2 1 0"]);
    expect(await read({ train: "1E2 100 100.0 1e2" })).toEqual(["100 1E2 1e2", "1 0 0 2"]);
    // A program that made numbers of them has lost the zeros, and one alone is meant.
    expect(await read({ train: "01 02", test: "2 1.0" })).toEqual(["01 02", "0 1", "1 0"]);
  });
  test("may be booleans as they are spelled", async () => {
    expect(await read({ train: "True False True" })).toEqual(["False True", "1 0 1"]);
  });
  test("of a part of one file are those of its training rows", async () => {
    writeFileSync(join(folder, "all.csv"), "x,y,part\n1,b,train\n2,c,test\n3,a,train\n");
    const split = { column: "part", test: "test" };
    expect(await read({}, { file: "all.csv", split })).toBe(
      "classes  an unknown class: `all.csv:3`, column `y`: `c` is no class of the training rows.\n\nClasses: a, b",
    );
  });
  test("that a test file has besides are told with the line, the word and a near one", async () => {
    expect(await read({ train: "virginica setosa", test: "setosa virginca" })).toBe(
      "classes  an unknown class: `test.csv:3`, column `y`: `virginca` is no class of the training rows. " +
        "Did you mean `virginica`?\n\nClasses: setosa, virginica",
    );
    expect(await read({ train: "1 2", test: "2 0" })).toBe(
      "classes  an unknown class: `test.csv:3`, column `y`: `0` is no class of the training rows.\n\nClasses: 1, 2",
    );
  });
  test("of which there is one, or too many, are told", async () => {
    expect(await read({ train: "yes yes" })).toBe(
      "target  a single class: The target `y` is `yes` in every training row of `train.csv`, so there is nothing to " +
        "tell apart. Name another column as `target`, or rows of other classes.",
    );
    const many = Array.from({ length: 20_001 }, (_, row) => String(row / 8)).join(" ");
    expect(await read({ train: many })).toBe(
      "classes  too many classes: The target `y` of `train.csv` has more than 20,000 classes, which is the limit " +
        "`classes`. If it is a number to predict, leave out `classes`.",
    );
  });
  test("have no class of what stands for no value, unless `missing` leaves it out", async () => {
    expect(await read({ train: "NA AA NA" })).toBe(
      "train  missing values: `train.csv:2`, column `y`: `NA` stands where a class belongs.\n" +
        "`train.csv:4`, column `y`: `NA` stands where a class belongs.\n" +
        "Fill them in, or choose `on_missing: drop_row` (leaves out such rows). Rows whose target is to be predicted " +
        "belong into a file of their own, for `hw1 predict`. If `NA` is a class, list in `missing` only what stands " +
        "for no value.",
    );
    expect(await read({ train: "NA AA NA" }, { missing: [""] })).toEqual(["AA NA", "1 0 1"]);
  });
  test("are of one target", async () => {
    expect(await read({ train: "a b" }, { target: ["x", "y"], features: ["x"] })).toContain(
      "classes of several targets",
    );
  });
  test("are no other word", () => {
    const parsed = load.schema.safeParse({ source: "csv", target: "y", train: "t.csv", classes: "atuo" });
    expect(parsed.error?.issues.map(({ message }) => message)).toEqual([
      "a number of classes, a list of their names, or `auto`: the words of the training rows",
    ]);
  });
});
