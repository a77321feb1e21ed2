import { expect, test } from "vitest";
import { merge } from "../../src/stages/merge.js";
import type { ColumnReading, PictureReading, Reading, TableReading } from "../../src/values/reading.js";
import { dataset, runKind } from "../rig/stage.js";

const pictures = (more: Partial<PictureReading> = {}): Reading => ({ of: "pictures", grey: false, ...more });
const column = (name: string, ...categories: readonly string[]): ColumnReading =>
  categories.length === 0 ? { name, as: "number" } : { name, as: "category", categories, unknown: "error" };
const table = (columns: readonly ColumnReading[], more: Partial<TableReading> = {}): Reading => ({
  ...{ of: "table", columns, missing: [""], delimiter: "," },
  ...more,
});
/** Of the whole, or why there is none. */
async function merged(...readings: readonly (Reading | undefined)[]): Promise<unknown> {
  const list = readings.map((reading, index) => dataset([[index, 1]], reading ? { reading } : {}));
  return await runKind(merge, { data: list.map((_, index) => `d${index}`) }, { list }).then(
    ({ outputs }) => (outputs.data!.data as { readonly reading?: Reading }).reading,
    ({ title, message, at }) => `${title} at ${at.join(".")}: ${message}`,
  );
}

test("merged data keep how they were read, also where one of them has nothing to say", async () => {
  expect(await merged(undefined, undefined)).toBeUndefined();
  expect(await merged(pictures(), pictures())).toEqual(pictures());
  expect(await merged(undefined, pictures({ grey: true }))).toEqual(pictures({ grey: true }));
  expect(await merged(pictures({ resize: [2, 3] }), undefined)).toEqual(pictures({ resize: [2, 3] }));
});
test("how a file's text was taken apart does not matter, nor the order of its columns", async () => {
  const [a, b] = [column("a", "x", "y"), column("b")];
  expect(await merged(table([a, b]), table([b, a], { delimiter: ";", missing: ["NA"] }))).toEqual(
    table([a, b], { missing: ["", "NA"] }),
  );
});
test("columns are in the order of the merged features, where another dataset than the first says how it was read", async () => {
  const of = (names: readonly string[], reading?: Reading) =>
    dataset([[1, 2, 0]], { featureNames: [...names], shape: [2], ...(reading ? { reading } : {}) });
  const list = [of(["a", "b"]), of(["b", "a"], table([column("b"), column("a")], { missing: ["-999"] }))];
  const { outputs } = await runKind(merge, { data: ["d0", "d1"] }, { list });
  expect((outputs.data!.data as { readonly reading?: Reading }).reading).toEqual(
    table([column("a"), column("b")], { missing: ["-999"] }),
  );
});
test("data that were read in different ways are refused, with the difference", async () => {
  const end = " A model of both could not say how to read the next example. Give the `load` stages the same options.";
  const title = "data that were read in different ways at data.1: ";
  expect(await merged(pictures({ grey: true }), pictures({ resize: [2, 3] }))).toBe(
    `${title}Of the first dataset \`grey\` was true and \`resize\` not there; of this one \`grey\` was false and ` +
      `\`resize\` [2, 3].${end}`,
  );
  expect(await merged(table([column("a", "x", "y")]), table([column("a", "x", "z")]))).toBe(
    `${title}The column \`a\` became other features than in the first dataset.${end}`,
  );
  expect(await merged(table([column("a"), column("b")]), table([column("a")]))).toBe(
    `${title}The first dataset has columns that this one lacks.${end}`,
  );
  expect(await merged(table([column("a")]), pictures())).toBe(
    `${title}One dataset was read from pictures, and another one from a table.${end}`,
  );
});
