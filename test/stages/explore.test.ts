import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withRows } from "../../src/stages/dataset.js";
import { explore } from "../../src/stages/explore.js";
import { load } from "../../src/stages/load.js";
import { loadMnist } from "../../src/stages/load-mnist.js";
import { merge } from "../../src/stages/merge.js";
import { orderOf, profileOf, shown } from "../../src/stages/profile.js";
import { type Output, outputOf } from "../../src/values/output.js";
import type { ProfileData } from "../../src/values/profile.js";
import { checkKind, dataset, runKind } from "../rig/stage.js";

const look = async (data: Output, test?: Output) => {
  const { outputs, warnings } = await runKind(
    explore,
    { data: "d", ...(test ? { test: "t" } : {}) },
    { inputs: { data, ...(test ? { test } : {}) } },
  );
  return { profile: outputs.profile!.data as unknown as ProfileData, warnings };
};
const titles = (profile: ProfileData): readonly string[] => profile.warnings.map(({ title }) => title);
/** Rows in no order, without an empty interval: x uniform by the golden ratio, y a wave. */
const plainRows = (count: number, offset = 0): number[][] =>
  Array.from({ length: count }, (_, index) => {
    const x = ((index + offset + 1) * 0.618034) % 1;
    return [x, Math.sin(9 * x) + 0.1 * ((index * 7) % 5)];
  });

describe("a profile", () => {
  test("has the numbers of each column, features and targets", async () => {
    const { profile } = await look(
      dataset([
        [1, 5, 0],
        [2, 5, 1],
        [3, 5, 5],
      ]),
    );
    expect(
      profile.columns.map(({ name, role, min, max, mean, sd, missing, distinct }) => [
        name,
        role,
        min,
        max,
        mean,
        sd,
        missing,
        distinct,
      ]),
    ).toEqual([
      ["x1", "feature", 1, 3, 2, 1, 0, 3],
      ["x2", "feature", 5, 5, 5, 0, 0, 1],
      ["y", "target", 0, 5, 2, Math.sqrt(7), 0, 3],
    ]);
    expect(titles(profile)).toEqual(["constant column"]);
  });
  test("is of the rows at hand, in their order", async () => {
    const sorted = dataset(Array.from({ length: 30 }, (_, index) => [index, (index * 11) % 30]));
    expect((await look(sorted)).profile.order).toBe("sorted by `x1`");
    const odd = withRows(
      sorted,
      Int32Array.from({ length: 10 }, (_, index) => 2 * ((index * 7) % 10) + 1),
    );
    const { profile } = await look(odd);
    expect(profile.order).toBeNull();
    expect([profile.count, profile.columns[0]!.min, profile.columns[0]!.max]).toEqual([10, 1, 19]);
  });
  test("of good data has no warnings", async () => {
    const { profile, warnings } = await look(dataset(plainRows(100)), dataset(plainRows(80, 300), { split: "test" }));
    expect(profile.warnings).toEqual([]);
    expect(warnings).toEqual([]);
  });
  test("can be asked for what a terminal can draw", async () => {
    const { profile } = await look(
      dataset([
        [1, 0],
        [2, 1],
      ]),
    );
    expect(profile.sketch).toEqual([
      {
        type: "table",
        title: "2 rows (train)",
        columns: ["column", "min", "max", "mean", "sd", "missing", "distinct"],
        numbers: ["min", "max", "mean", "sd", "missing", "distinct"],
        rows: [
          ["x1", "1", "2", "1.5", "0.707", "0", "2"],
          ["y", "0", "1", "0.5", "0.707", "0", "2"],
        ],
      },
    ]);
  });
});

describe("what explore warns of", () => {
  test("the gapped curve: rows in groups and two empty intervals with their test rows, told by run and by check alike", async () => {
    const options = { source: "synthetic", generator: "gapped_curve" };
    const { outputs } = await runKind(load, options, { seed: 6 });
    const { profile, warnings } = await look(outputs.train!, outputs.test!);
    expect(titles(profile)).toEqual(["rows in an order", "empty interval", "empty interval"]);
    expect(profile.columns[0]!.empty.every(({ test: inside }) => inside! > 0)).toBe(true);
    expect(warnings[0]).toBe(
      "The rows are grouped by `input`, so a part cut out in this order does not resemble the whole. Put a `shuffle` stage before it, or let `fold` keep `shuffle: true`.",
    );
    expect(warnings[1]).toMatch(
      /^No training `input` lies between −3\.\d+ and −\d\S*; \d+ test rows lie there\. What a model says there is a guess/,
    );
    const { ports } = checkKind(load, options, { seed: 6 });
    const { told } = checkKind(
      explore,
      { data: "d", test: "t" },
      { inputs: { data: ports.train!, test: ports.test! } },
    );
    expect(told.map(({ severity }) => severity)).toEqual(["warning", "warning", "warning"]);
    expect(told.map(({ message }) => message)).toEqual(warnings);
  });
  test("rows in order of their classes", async () => {
    const classes = ["a", "b"];
    const rows = plainRows(40).map(([x], index) => [x!, Math.floor(index / 20)]);
    expect(orderOf(dataset(rows, { classes }))).toBe("sorted by class");
    expect(titles((await look(dataset(rows, { classes }))).profile)).toContain("rows in an order");
  });
  test("classes of unequal size, and accuracy is called fair only where they are equal", async () => {
    const classes = ["a", "b"];
    const labelled = (isFirst: (index: number) => boolean): Output =>
      dataset(
        plainRows(60).map(([x], index) => [x!, isFirst(index) ? 0 : 1]),
        { classes },
      );
    const { profile: fair } = await look(labelled((index) => index % 2 === 0));
    expect(fair.classes).toMatchObject({ counts: [30, 30], ratio: 1, evenness: 1, balanced: true });
    expect(fair.classes!.remark).toContain("so accuracy is a fair measure");
    const { profile: unfair } = await look(labelled((index) => index % 5 === 0));
    expect(unfair.classes).toMatchObject({ counts: [12, 48], ratio: 4, balanced: false });
    expect(unfair.classes!.remark).toBe(
      "The classes differ in size (the largest has 4 times the examples of the smallest), so accuracy says little about the small ones. Look at recall and F1 of each class, and keep shares with `stratify: true`.",
    );
    expect(titles(unfair)).toEqual(["classes of unequal size"]);
  });
  test("repeated rows, and those with another label", async () => {
    const { profile, warnings } = await look(dataset([...plainRows(50), plainRows(1)[0]!, [plainRows(2)[1]![0]!, 7]]));
    expect(profile.duplicates).toEqual({ rows: 2, contradictory: 1, test: null });
    expect(warnings).toEqual([
      "2 rows of 52 repeat the features of an earlier one, 1 of them with another label. Copies may fall into training and validation alike, which flatters the validation metrics.",
    ]);
  });
  test("test rows that are in the training data", async () => {
    const { profile } = await look(dataset(plainRows(50)), dataset(plainRows(50), { split: "test" }));
    expect(profile.duplicates.test).toBe(50);
    expect(titles(profile)).toEqual(["test rows seen in training"]);
  });
  test("test data that are distributed differently", async () => {
    const { profile } = await look(
      dataset(plainRows(100)),
      dataset(
        plainRows(100, 200).map(([x, y]) => [0.4 + 0.6 * x!, y!]),
        { split: "test" },
      ),
    );
    expect(profile.columns[0]!.shift!.statistic).toBeGreaterThan(0.35);
    expect(titles(profile)).toEqual(["test data differ"]);
  });
  test("missing values, here or in the file", () => {
    const profile = profileOf(
      dataset(
        [
          [Number.NaN, 0],
          [2, 1],
          [3, 5],
        ],
        { missing: { x1: 2 } },
      ),
    );
    expect(profile.columns[0]).toMatchObject({ missing: 2, mean: 2.5 });
    expect(titles(profile)).toEqual(["missing values"]);
  });
  test("missing values of what was loaded, of which a part says no more than that", async () => {
    const text = (profile: ProfileData) =>
      profile.warnings.filter(({ title }) => title === "missing values").map(({ message }) => message);
    const rows = [1, 5, 2].map((x) => [x, x * x]);
    const data = dataset(rows, { missing: { x1: 2 } });
    const told = "`x1` had 2 missing values in what was loaded (3 rows).";
    const part = profileOf(withRows(data, Int32Array.of(2, 0)));
    expect([part.columns[0]!.missing, text(part)]).toEqual([0, [told]]);
    const mixed = profileOf(withRows(data, Int32Array.of(2, 0, 1, 1)));
    expect([mixed.columns[0]!.missing, text(mixed)]).toEqual([2, ["`x1` has 2 missing values among 4 rows."]]);
    const merged = (
      await runKind(merge, { data: ["a", "b"] }, { list: [withRows(data, Int32Array.of(1)), dataset(rows)] })
    ).outputs.data!;
    expect(text(profileOf(outputOf(merged, "dataset")))).toEqual([]);
  });
  test("no missing values of rows that were left out because of them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hw1-explore-"));
    writeFileSync(join(folder, "t.csv"), "x1,y\n1,0\nNA,1\n5,1\nNA,2\n2,5\n");
    for (const [on_missing, missing, told] of [
      ["drop_row", 0, "`x1` had 2 missing values in what was loaded (5 rows)."],
      ["mean", 2, "`x1` has 2 missing values among 5 rows."],
    ] as const) {
      const { outputs } = await runKind(load, { source: "csv", train: "t.csv", target: "y", on_missing }, { folder });
      const { profile, warnings } = await look(outputs.train!);
      expect(profile.columns[0]!.missing).toBe(missing);
      expect(warnings).toContain(told);
    }
    rmSync(folder, { recursive: true });
  });
});

test("data of unlike shapes are not compared", async () => {
  await expect(look(dataset([[1, 0]]), dataset([[1, 2, 0]]))).rejects.toThrow(
    "`data` has examples of [1], but `test` has [2].",
  );
});

test("MNIST has ten balanced classes, and no repeated image", async () => {
  const { train, test: last } = loadMnist() as { train: Output; test: Output };
  const { profile } = await look(train, last);
  expect(profile.columns.map(({ name, min, max, missing, distinct }) => [name, min, max, missing, distinct])).toEqual([
    ["pixels", 0, 1, 0, 256],
  ]);
  expect(profile.columns[0]!.mean).toBeCloseTo(0.1307, 4);
  expect(profile.columns[0]!.sd).toBeCloseTo(0.3081, 4);
  expect(profile.classes!.counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  expect(profile.duplicates).toEqual({ rows: 0, contradictory: 0, test: 0 });
  expect(profile.warnings).toEqual([]);
});

test("numbers are shown with three digits and a minus sign", () => {
  expect([-3.0311, -0.93957, 12345.6, 0, 100, 1e-9].map(shown)).toEqual([
    "−3.03",
    "−0.94",
    "12346",
    "0",
    "100",
    "1e−9",
  ]);
});
