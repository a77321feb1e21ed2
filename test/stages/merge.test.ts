import { describe, expect, test } from "vitest";
import { rowsOf, withRows } from "../../src/stages/dataset.js";
import { fold } from "../../src/stages/fold.js";
import { merge } from "../../src/stages/merge.js";
import { blobOf, float64Of, int32Of } from "../../src/values/blob.js";
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

describe("groups and order of merged datasets", () => {
  /** One example for each word. */
  const withGroups = (words: readonly string[], codes: readonly number[], name = "patient"): Output<"dataset"> => {
    const data = dataset(codes.map((code, row) => [row, code]));
    return {
      ...data,
      data: { ...data.data, group: { name, words }, order: { name: "day" } },
      blobs: {
        ...data.blobs,
        groups: blobOf("int32", [codes.length], Int32Array.from(codes)),
        order: blobOf(
          "float64",
          [codes.length],
          Float64Array.from(codes, (code) => code + 0.5),
        ),
      },
    };
  };
  const wordsOf = (output: Output): readonly (string | undefined)[] => {
    const words = (output as Output<"dataset">).data.group!.words;
    return [...rowsOf(output)].map((row) => words[int32Of(output.blobs.groups!)[row]!]);
  };

  test("words are united, each once, and rows keep theirs", async () => {
    const first = withRows(withGroups(["a", "b", "c"], [0, 1, 2]), Int32Array.of(2, 0));
    const { output } = await run(first, withGroups(["c", "d"], [1, 0, 1]));
    expect(wordsOf(output)).toEqual(["c", "a", "d", "c", "d"]);
    expect(output.data).toMatchObject({ group: { name: "patient", words: ["a", "b", "c", "d"] } });
    expect([...float64Of(output.blobs.order!)]).toEqual([2.5, 0.5, 1.5, 0.5, 1.5]);
  });
  test("parts of one dataset share them", async () => {
    const whole = withGroups(["a", "b", "c"], [0, 1, 2]);
    const { output } = await run(withRows(whole, Int32Array.of(2)), withRows(whole, Int32Array.of(1, 0)));
    expect(output.blobs.groups).toBe(whole.blobs.groups);
    expect(output.blobs.order).toBe(whole.blobs.order);
    expect(wordsOf(output)).toEqual(["c", "b", "a"]);
  });
  test("the same numbers under other words are other groups", async () => {
    const first = withGroups(["a", "b"], [0, 1]);
    const second = { ...first, data: { ...first.data, group: { name: "patient", words: ["c", "d"] } } };
    expect(wordsOf((await run(first, second)).output)).toEqual(["a", "b", "c", "d"]);
  });
  test("what some have and others have not is a mistake, before the run and in it", async () => {
    const plain = dataset([[1, 1]]);
    const grouped = withGroups(["a"], [0]);
    const { order: _order, ...orderless } = grouped.data;
    const cases = [
      [
        grouped,
        plain,
        "groups in some of the data",
        "The first dataset has groups (`patient`), but this one has none. Load all of them with `group: patient`, or none of them with `group`.",
      ],
      [
        plain,
        grouped,
        "groups in some of the data",
        "This one has groups (`patient`), but the first dataset has none. Load all of them with `group: patient`, or none of them with `group`.",
      ],
      [
        grouped,
        { ...grouped, data: orderless },
        "an order in some of the data",
        "The first dataset has an order (`day`), but this one has none. Load all of them with `order: day`, or none of them with `order`.",
      ],
      [
        grouped,
        withGroups(["a"], [0], "subject"),
        "groups by another column",
        "The first dataset has groups by `patient`, but this one by `subject`, and whether both mean the same is not guessed. Let one name stand in all files, or load none of them with `group`.",
      ],
    ] as const;
    const portOf = ({ data }: Output<"dataset">) => ({
      ...port,
      rows: { id: "a", within: [] },
      group: data.group?.name,
      order: data.order?.name,
    });
    for (const [first, second, title, message] of cases) {
      await expect(run(first, second)).rejects.toMatchObject({ title, message, at: ["data", 1] });
      const { told } = checkKind(merge, { data: ["a", "b"] }, { list: [portOf(first), portOf(second)] });
      expect(told).toEqual([{ severity: "error", title, message, at: "data.1" }]);
    }
  });
});
