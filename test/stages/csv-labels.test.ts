import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { load } from "../../src/stages/load.js";
import { int32Of } from "../../src/values/blob.js";
import type { Output } from "../../src/values/output.js";
import { checkKind, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-labels-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Files of one feature and these labels, by the option that names them. */
const filesOf = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).map(([option, words]) => {
      writeFileSync(
        join(folder, `${option}.csv`),
        `x,y\n${words
          .split(" ")
          .map((word, index) => `${index + 0.5},${word}`)
          .join("\n")}\n`,
      );
      return [option, `${option}.csv`];
    }),
  );
/** The classes of each part, or what is said of them. */
async function read(
  labels: Readonly<Record<string, string>>,
  classes: unknown,
  more: Readonly<Record<string, unknown>> = {},
): Promise<unknown> {
  const options = { source: "csv", target: "y", classes, ...filesOf(labels), ...more };
  const { told } = checkKind(load, options, { folder });
  const errors = told.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return errors.map(({ message }) => message).join("\n");
  const { outputs } = await runKind(load, options, { folder });
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]: [string, Output]) => [
      name,
      [...int32Of(output.blobs.labels!)].join(" "),
    ]),
  );
}

describe("labels of classes", () => {
  test("that are names in one file are names in all", async () => {
    expect(await read({ train: "1 2 3", test: "1.0 2.0 2" }, ["1", "2", "3"])).toEqual({
      train: "0 1 2",
      test: "0 1 1",
    });
    expect(await read({ train: "1.0 2.0", test: "2 1" }, ["1", "2"])).toEqual({ train: "0 1", test: "1 0" });
    expect(await read({ train: "lily rose", test: "rose rose" }, ["lily", "rose"])).toEqual({
      train: "0 1",
      test: "1 1",
    });
  });
  test("are never shifted by one: a label that is none is told with its row", async () => {
    expect(await read({ train: "1 2 3", test: "2 0 1" }, ["1", "2", "3"])).toBe(
      "`test.csv:3`, column `y`: `0` is none of the classes.\n\nClasses: 1, 2, 3",
    );
    expect(await read({ train: "0 1 2", test: "1 2 3" }, ["1", "2", "3"])).toContain(
      "`train.csv:2`, column `y`: `0` is none of the classes.",
    );
    expect(await read({ train: "lily rose", test: "0 1" }, ["lily", "rose"])).toContain(
      "`test.csv:2`, column `y`: `0` is none of the classes.",
    );
    expect(await read({ train: "0 1", test: "lily rose" }, ["lily", "rose"])).toContain(
      "`train.csv:2`, column `y`: `0` is none of the classes.",
    );
  });
  test("are one file's parts as well as two files", async () => {
    writeFileSync(join(folder, "all.csv"), "x,y,part\n1,1,a\n2,2,a\n3,0,b\n");
    expect(await read({}, ["1", "2"], { file: "all.csv", split: { column: "part", train: "a", test: "b" } })).toContain(
      "`all.csv:4`, column `y`: `0` is none",
    );
  });
  test("are numbers from 0 where only their number is given, or where names are words and no label is one", async () => {
    expect(await read({ train: "0 1.0 2" }, 3)).toEqual({ train: "0 1 2" });
    expect(await read({ train: "0 1", test: "1 1" }, ["lily", "rose"])).toEqual({ train: "0 1", test: "1 1" });
  });
  test("that count from 0 under names that are numbers lead to a remedy that works", async () => {
    expect(await read({ train: "0 1 2" }, ["1", "2", "3"])).toContain(
      "if they count the classes from 0, write `classes: 3`",
    );
    expect(await read({ train: "0 1 2" }, 3)).toEqual({ train: "0 1 2" });
  });
  test("that count from 1 lead to one, too", async () => {
    const told = await read({ train: "1 2 3" }, 3);
    expect(told).toBe(
      "Row 3 of `train.csv` has the label 3, but the classes are 0 … 2. To take the labels as they stand in the file for names: `classes: [1, 2, 3]`.",
    );
    expect(await read({ train: "1 2 3" }, [1, 2, 3])).toEqual({ train: "0 1 2" });
  });
  test("may be a word that elsewhere means nothing", async () => {
    const labels = { train: "NA EU NA APAC" };
    expect(await read(labels, ["NA", "EU", "APAC"])).toEqual({ train: "0 1 0 2" });
    expect(await read(labels, ["NA", "EU", "APAC"], { on_missing: "drop_row" })).toEqual({ train: "0 1 0 2" });
    expect(
      await read({ train: "none EU ?" }, ["none", "EU"], { missing: ["none", "?"], on_missing: "drop_row" }),
    ).toEqual({ train: "0 1" });
    expect(await read({ train: "a b NA" }, ["a", "b"])).toContain("`NA` stands where a number belongs");
  });
  test("may be a number that in features means nothing, in any spelling of either", async () => {
    const drop = { on_missing: "drop_row" };
    expect(await read({ train: "0 1 0.0 1" }, 2, { missing: [0], ...drop })).toEqual({ train: "0 1 0 1" });
    expect(await read({ train: "0 1 0" }, 2, { missing: ["0.0"], ...drop })).toEqual({ train: "0 1 0" });
    expect(await read({ train: "-1 1 -1.0" }, ["1.0", "-1.0"], { missing: ["", -1], ...drop })).toEqual({
      train: "1 0 1",
    });
    // Labels that count the classes in the order of their names.
    expect(await read({ train: "0 1 0" }, ["healthy", "ill"], { missing: [0], ...drop })).toEqual({ train: "0 1 0" });
    expect(await read({ train: "2 1 -9.0 2" }, [1, 2], { missing: [0, -9], ...drop })).toEqual({ train: "1 0 1" });
    expect(await read({ train: "0 1 2.0 1" }, 2, { missing: [2], ...drop })).toEqual({ train: "0 1 1" });
  });
  test("are named once each", async () => {
    expect(await read({ train: "a b" }, ["a", "b", "a"])).toBe("`classes` names `a` twice. Name each class once.");
    expect(await read({ train: "1 2" }, ["1", "2", "1.0"])).toBe("`classes` names `1.0` twice. Name each class once.");
  });
});
