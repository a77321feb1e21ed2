import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { dataOf } from "../../src/stages/dataset.js";
import { load } from "../../src/stages/load.js";
import { int32Of, numbersOf } from "../../src/values/blob.js";
import { checkKind, rowsIn, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-groups-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};
const given = (more: Readonly<Record<string, unknown>>) => ({ source: "csv", target: "y", ...more });
async function said(more: Readonly<Record<string, unknown>>): Promise<string> {
  const errors = checkKind(load, given(more), { folder }).told.filter(({ severity }) => severity === "error");
  return errors.map(({ title, message, at }) => `${at}  ${title}: ${message}`).join("\n");
}
const train = write("t.csv", "patient,x,when,y\np2,1,2024-01-02,5\np10,2,2024-01-01T12:00,6\np2,3,2023-12-31,7\n");

describe("a group", () => {
  test("travels with its rows by number, in words that are sorted, and is no feature", async () => {
    const { outputs } = await runKind(load, given({ train, group: "patient", leave_out: ["when"] }), { folder });
    const { featureNames, group, reading } = dataOf(outputs.train!);
    expect([featureNames, group, reading]).toEqual([["x"], { name: "patient", words: ["p10", "p2"] }, undefined]);
    expect([...int32Of(outputs.train!.blobs.groups!)]).toEqual([1, 0, 1]);
    expect(rowsIn(outputs.train!)).toEqual([
      [1, 5],
      [2, 6],
      [3, 7],
    ]);
    const { ports } = checkKind(load, given({ train, group: "patient", leave_out: ["when"] }), { folder });
    expect([ports.train!.group, ports.train!.order]).toEqual(["patient", undefined]);
  });
  test("is one in all files, with the same number, also where it is spelled as another number", async () => {
    const one = write("one.csv", "g,x,y\n2,1,1\n1,2,2\n");
    const two = write("two.csv", "g,x,y\n1.0,1,1\n3.0,2,2\n");
    const { outputs } = await runKind(load, given({ train: one, test: two, group: "g" }), { folder });
    expect(dataOf(outputs.test!).group).toEqual({ name: "g", words: ["1", "2", "3.0"] });
    expect([[...int32Of(outputs.train!.blobs.groups!)], [...int32Of(outputs.test!.blobs.groups!)]]).toEqual([
      [1, 0],
      [0, 2],
    ]);
  });
  test("is of the rows that are kept", async () => {
    const some = write("some.csv", "g,x,y\na,1,1\nb,,2\n,,3\nc,3,4\n");
    const { outputs } = await runKind(load, given({ train: some, group: "g", on_missing: "drop_row" }), { folder });
    expect(dataOf(outputs.train!).group!.words).toEqual(["a", "c"]);
    expect([...int32Of(outputs.train!.blobs.groups!)]).toEqual([0, 1]);
  });
  test("that is missing is told with its line", async () => {
    write("gap.csv", "g,x,y\na,1,1\n,2,2\nNA,3,3\n");
    expect(await said({ train: "gap.csv", group: "g" })).toBe(
      "group  a row without a group: `gap.csv:3`, column `g`: the cell is empty, so the row belongs to no group. " +
        "So is 1 more row. Fill it in, or take the row out of the file.",
    );
    expect(await said({ train, group: "patent" })).toBe(
      "group  no such column: `t.csv` has no column `patent`. Did you mean `patient`?\n\nColumns: patient, x, when, y",
    );
  });
});

describe("an order", () => {
  test("travels as a number in 64 bits, from numbers or dates, and is no feature", async () => {
    const { outputs } = await runKind(load, given({ train, order: "when", leave_out: ["patient"] }), { folder });
    const { featureNames, order, group } = dataOf(outputs.train!);
    expect([featureNames, order, group]).toEqual([["x"], { name: "when" }, undefined]);
    expect(outputs.train!.blobs.order!.dtype).toBe("float64");
    expect([...numbersOf(outputs.train!.blobs.order!)]).toEqual([19724, 19723.5, 19722]);
    const stamps = write("stamps.csv", "t,x,y\n1700000000123,1,1\n1e39,2,2\n-3,3,3\n");
    const numbers = await runKind(load, given({ train: stamps, order: "t" }), { folder });
    expect([...numbersOf(numbers.outputs.train!.blobs.order!)]).toEqual([1700000000123, 1e39, -3]);
    expect(checkKind(load, given({ train: stamps, order: "t" }), { folder }).ports.train!.order).toBe("t");
  });
  test("may be the group as well", async () => {
    const days = write("days.csv", "d,x,y\n2,1,1\n1,2,2\n");
    const { outputs } = await runKind(load, given({ train: days, order: "d", group: "d" }), { folder });
    expect([[...numbersOf(outputs.train!.blobs.order!)], [...int32Of(outputs.train!.blobs.groups!)]]).toEqual([
      [2, 1],
      [1, 0],
    ]);
  });
  test("that is missing or neither is told with its line", async () => {
    const column = async (cells: string): Promise<string> => {
      const rows = cells.split(" ").map((cell, row) => `${cell === "-" ? "" : cell},${row},1`);
      return await said({ train: write("o.csv", `t,x,y\n${rows.join("\n")}\n`), order: "t" });
    };
    expect(await column("1 -")).toBe(
      "order  a row without an order: `o.csv:3`, column `t`: the cell is empty, so the row has no place in the order.",
    );
    expect(await column("1 2 2024-01-01")).toBe(
      "order  a row without an order: `o.csv:4`, column `t`: `2024-01-01` is no number, as the column has above.",
    );
    expect(await column("2024-01-01 soon 7")).toBe(
      "order  a row without an order: `o.csv:3`, column `t`: `soon` is no date in ISO 8601, such as `2024-03-31` or " +
        "`2024-03-31T18:45:00Z`, as the column has above. So is 1 more row.",
    );
    expect(await column("soon later")).toBe(
      "order  a row without an order: `o.csv:2`, column `t`: `soon` is no date in ISO 8601, such as `2024-03-31` or " +
        "`2024-03-31T18:45:00Z`, nor a number. So is 1 more row.",
    );
  });
});

describe("a column that travels is nothing else", () => {
  test.each([
    [
      { group: "y" },
      "group  the target as group: The column `y` is the target, so it cannot say which rows belong together. Name another as `group`.",
    ],
    [
      { order: "y" },
      "order  the target as order: The column `y` is the target, so it cannot say in which order rows are. Name another as `order`.",
    ],
    [
      { group: "patient", features: ["x", "patient"] },
      "features.1  the group among the features: The column `patient` says which rows belong together (`group`), so " +
        "it travels with the rows and is no feature. Leave it out of `features`.",
    ],
    [
      { order: "when", features: ["when"] },
      "features.0  the order among the features: The column `when` says in which order rows are (`order`), so it " +
        "travels with the rows and is no feature. Leave it out of `features`.",
    ],
    [
      { order: "when", features: ["x"], dates: ["when"] },
      "dates.0  not a feature: `dates` names the column `when`, which is no feature: it says which rows belong where.",
    ],
  ])("%j", async (more, expected) => {
    expect(await said({ train, ...more })).toBe(expected);
  });
  test("also not the column that tells the splits", async () => {
    write("all.csv", "part,x,y\ntrain,1,1\ntest,2,2\n");
    expect(await said({ file: "all.csv", split: { column: "part", test: "test" }, group: "part" })).toBe(
      "group  the split as group: The column `part` says of which split a row is, and not which rows belong together. " +
        "Name another as `group`.",
    );
  });
});
