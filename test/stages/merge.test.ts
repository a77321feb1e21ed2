import { describe, expect, test } from "vitest";
import { withRows } from "../../src/stages/dataset.js";
import { fold } from "../../src/stages/fold.js";
import { merge } from "../../src/stages/merge.js";
import { blobOf } from "../../src/values/blob.js";
import type { Output } from "../../src/values/output.js";
import { jsonOf } from "../rig/output.js";
import { checkKind, dataset, rowsIn, runKind } from "../rig/stage.js";

const run = async (...list: Output[]) => {
  const { outputs, warnings } = await runKind(merge, { data: list.map((_, index) => `d${index}`) }, { list });
  return { output: outputs.data!, warnings };
};
const port = { type: "dataset", shape: [1], classes: null, count: 3, split: "train" } as const;

describe("merged datasets", () => {
  test("have the rows of all, in the order given, and the splits of all in their name", async () => {
    const { output } = await run(
      dataset([
        [1, 10],
        [2, 20],
      ]),
      dataset([[3, 30]], { split: "test" }),
    );
    expect(rowsIn(output)).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
    expect(output.data).toMatchObject({ count: 3, split: "train+test", featureNames: ["x1"] });
  });
  test("of one loaded dataset share its bytes", async () => {
    const whole = dataset([
      [1, 10],
      [2, 20],
      [3, 30],
      [4, 40],
    ]);
    const { output, warnings } = await run(
      withRows(whole, Int32Array.of(3, 1), "train"),
      withRows(whole, Int32Array.of(0), "validation"),
    );
    expect(output.blobs.features).toBe(whole.blobs.features);
    expect(rowsIn(output)).toEqual([
      [4, 40],
      [2, 20],
      [1, 10],
    ]);
    expect(jsonOf(output).split).toBe("train+validation");
    expect(warnings).toEqual([]);
  });
  test("with a row in both say so", async () => {
    const whole = dataset([
      [1, 10],
      [2, 20],
    ]);
    const { output, warnings } = await run(whole, withRows(whole, Int32Array.of(1)));
    expect(jsonOf(output).count).toBe(3);
    expect(warnings).toEqual(["1 of 3 rows are in more than one of the datasets, so they count more than once."]);
  });
  test("take only the rows meant, in their order", async () => {
    const { output } = await run(
      withRows(
        dataset([
          [1, 10],
          [2, 20],
          [3, 30],
        ]),
        Int32Array.of(2, 0),
      ),
      dataset([[9, 90]]),
    );
    expect(rowsIn(output)).toEqual([
      [3, 30],
      [1, 10],
      [9, 90],
    ]);
  });
  test("of bytes stay bytes; beside numbers they become what they stand for", async () => {
    const bytes = (value: number): Output => ({
      ...dataset([[0, 1]]),
      data: { ...dataset([[0, 1]]).data, scale: 1 / 255 },
      blobs: {
        features: blobOf("uint8", [1, 1], Uint8Array.of(value)),
        labels: blobOf("float32", [1, 1], Float32Array.of(value)),
      },
    });
    expect((await run(bytes(3), bytes(4))).output.blobs.features!.dtype).toBe("uint8");
    const { output } = await run(bytes(51), dataset([[7, 8]]));
    expect(rowsIn(output)).toEqual([
      [0.2, 51],
      [7, 8],
    ]);
    expect(jsonOf(output).scale).toBe(1);
  });
  test("with classes keep integer labels", async () => {
    const classes = ["a", "b"];
    const { output } = await run(dataset([[1, 0]], { classes }), dataset([[2, 1]], { classes, split: "test" }));
    expect(output.blobs.labels!.dtype).toBe("int32");
    expect(rowsIn(output)).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });
  test("of 100 training and 100 test rows make 4 outer folds of 50", async () => {
    const rows = Array.from({ length: 100 }, (_, index) => [index, index]);
    const { output } = await run(dataset(rows), dataset(rows, { split: "test" }));
    const { outputs } = await runKind(fold, { data: "all", k: 4 }, { inputs: { data: output } });
    expect(outputs.folds!.data).toMatchObject({ count: 200, k: 4 });
  });
});

describe("datasets that do not fit together", () => {
  test.each<[string, Output, string]>([
    ["another shape", dataset([[1, 2, 10]]), "The first dataset has examples of [1], but this one has [2]."],
    [
      "classes beside numbers",
      dataset([[1, 0]], { classes: ["a", "b"] }),
      "The first dataset has numbers as labels, but this one has the classes a, b.",
    ],
    [
      "another feature",
      dataset([[1, 0]], { featureNames: ["z"] }),
      "The first dataset has `x1` where this one has `z`.",
    ],
    ["another target", dataset([[1, 0]], { targetNames: ["z"] }), "The first dataset has `y` where this one has `z`."],
  ])("%s", async (_name, other, message) => {
    await expect(run(dataset([[1, 10]]), other)).rejects.toThrow(message);
  });
  test("classes of another target, though they are called the same", async () => {
    const labelled = (target: string): Output => dataset([[1, 0]], { classes: ["0", "1"], targetNames: [target] });
    await expect(run(labelled("survived"), labelled("male"))).rejects.toThrow(
      "The first dataset has `survived` where this one has `male`.",
    );
    await expect(run(labelled("survived"), labelled("survived"))).resolves.toBeDefined();
  });
  test("are told by check, at the one that is out of line", () => {
    const { told } = checkKind(merge, { data: ["a", "b", "c"] }, { list: [port, port, { ...port, shape: [4] }] });
    expect(told.map(({ title, at }) => [title, at])).toEqual([["data has another shape", "data.2"]]);
  });
});

test("check knows the count and the splits, and asks for nothing it cannot know", () => {
  expect(
    checkKind(merge, { data: ["a", "b"] }, { list: [port, { ...port, split: "test", count: 4 }] }).ports.data,
  ).toMatchObject({
    count: 7,
    split: "train+test",
    shape: [1],
  });
  const { ports, told } = checkKind(
    merge,
    { data: ["a", "b"] },
    { list: [port, { type: "dataset", shape: null, classes: null, count: null }] },
  );
  expect(told).toEqual([]);
  expect(ports.data!.count).toBeNull();
});

test("missing cells are counted by column, whatever it is called", async () => {
  const missing = Object.fromEntries(["constructor", "__proto__", "2019"].map((name) => [name, 2]));
  const part = dataset([[1, 2]], { missing });
  const { outputs } = await runKind(merge, { data: ["a", "b"] }, { list: [part, dataset([[3, 4]], { missing })] });
  const counts = jsonOf(Object.values(outputs)[0]).missing as Record<string, number>;
  expect(Object.entries(counts).sort()).toEqual([
    ["2019", 4],
    ["__proto__", 4],
    ["constructor", 4],
  ]);
});
