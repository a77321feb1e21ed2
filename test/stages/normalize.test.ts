import { describe, expect, test } from "vitest";
import { withRows } from "../../src/stages/dataset.js";
import { normalize } from "../../src/stages/normalize.js";
import { blobOf } from "../../src/values/blob.js";
import type { Output } from "../../src/values/output.js";
import { jsonOf } from "../rig/output.js";
import { checkKind, dataset, rowsIn, runKind } from "../rig/stage.js";

const data = { type: "dataset", shape: [1], classes: null, count: 3 } as const;
const run = async (inputs: Readonly<Record<string, Output>>, options = {}) => {
  const { outputs, warnings } = await runKind(
    normalize,
    { data: "d", ...("fit" in inputs ? { fit: "f" } : {}), ...options },
    { inputs },
  );
  return { output: outputs.data!, rows: rowsIn(outputs.data!), warnings };
};

describe("normalised features", () => {
  test("have mean 0 and sd 1 in each column, and labels stay", async () => {
    const { rows } = await run({
      data: dataset([
        [1, 10, 7],
        [3, 10, 8],
        [5, 40, 9],
      ]),
    });
    const sd = Math.sqrt(8 / 3);
    const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
    expect(rows).toEqual([
      [rounded(-2 / sd), rounded(-Math.SQRT1_2), 7],
      [0, rounded(-Math.SQRT1_2), 8],
      [rounded(2 / sd), rounded(Math.SQRT2), 9],
    ]);
  });
  test("lie in 0 … 1 with min_max", async () => {
    expect(
      (
        await run(
          {
            data: dataset([
              [1, 0],
              [3, 0],
              [5, 0],
            ]),
          },
          { method: "min_max" },
        )
      ).rows,
    ).toEqual([
      [0, 0],
      [0.5, 0],
      [1, 0],
    ]);
  });
  test("of a constant column are 0, not noise blown up", async () => {
    const constant = dataset([
      [0.1, 0],
      [0.1, 0],
      [0.1, 0],
    ]);
    for (const method of ["standard", "min_max"])
      expect((await run({ data: constant }, { method })).rows).toEqual([
        [0, 0],
        [0, 0],
        [0, 0],
      ]);
  });
  test("of large numbers that differ little keep their difference", async () => {
    const { rows } = await run({
      data: dataset([
        [16777214, 0],
        [16777216, 0],
      ]),
    });
    expect(rows.map((row) => row[0])).toEqual([-1, 1]);
  });
  test("use the statistics of `fit`", async () => {
    const { rows, warnings } = await run({
      data: dataset([[4, 0]], { split: "test" }),
      fit: dataset([
        [0, 0],
        [2, 0],
      ]),
    });
    expect(rows).toEqual([[3, 0]]);
    expect(warnings).toEqual([]);
  });
  test("use the statistics of the rows at hand, not of all that are stored", async () => {
    const part = withRows(
      dataset([
        [0, 0],
        [2, 0],
        [100, 0],
      ]),
      Int32Array.of(1, 0),
    );
    const { rows, output } = await run({ data: part });
    expect(rows).toEqual([
      [1, 0],
      [-1, 0],
    ]);
    expect(jsonOf(output).count).toBe(2);
  });
  test("of images are taken channel by channel, from bytes × scale", async () => {
    const image: Output = {
      type: "dataset",
      data: {
        count: 2,
        shape: [1, 2, 2],
        classes: null,
        scale: 1 / 255,
        featureNames: [],
        targetNames: ["y"],
        split: "train",
      },
      blobs: {
        features: blobOf("uint8", [2, 1, 2, 2], Uint8Array.of(0, 255, 0, 255, 255, 51, 255, 51)),
        labels: blobOf("float32", [2, 1], Float32Array.of(1, 2)),
      },
    };
    const { output, rows } = await run({ data: image }, { method: "min_max" });
    expect(rows).toEqual([
      [0, 1, 0, 1, 1],
      [1, 0, 1, 0, 2],
    ]);
    expect(jsonOf(output).scale).toBe(1);
    expect(output.blobs.features!.shape).toEqual([2, 1, 2, 2]);
  });
});

describe("statistics of held-out data", () => {
  test("are warned of in `fit`, by check and by run", async () => {
    const { told } = checkKind(
      normalize,
      { data: "d", fit: "f" },
      { inputs: { data: { ...data, split: "train" }, fit: { ...data, split: "test" } } },
    );
    expect(told).toEqual([
      {
        severity: "warning",
        title: "statistics of held-out data",
        message:
          "`fit` holds test examples, whose statistics leak into training, so that a score on them flatters. Name training examples.",
        at: "fit",
      },
    ]);
    const { warnings } = await run({ data: dataset([[1, 0]]), fit: dataset([[1, 0]], { split: "train+test" }) });
    expect(warnings).toEqual([
      "`fit` holds test examples, whose statistics leak into training, so that a score on them flatters. Name training examples.",
    ]);
  });
  test("are warned of where test data are normalised by their own", async () => {
    const { told } = checkKind(normalize, { data: "d" }, { inputs: { data: { ...data, split: "test" } } });
    expect(told.map(({ severity, at }) => [severity, at])).toEqual([["warning", "data"]]);
    const { warnings } = await run({ data: dataset([[1, 0]], { split: "test" }) });
    expect(warnings).toEqual([
      "`data` holds test examples and is normalised by its own statistics, so it gets another scale than the training examples. Name those in `fit`.",
    ]);
  });
  test("are warned of where test data are among the others", () => {
    const { told } = checkKind(normalize, { data: "d" }, { inputs: { data: { ...data, split: "train+test" } } });
    expect(told[0]!.message).toContain("Normalise after they are told apart");
  });
  test("are no matter where nothing is known of the split", () => {
    expect(checkKind(normalize, { data: "d", fit: "f" }, { inputs: { data, fit: data } }).told).toEqual([]);
  });
});

test("`fit` has examples of the same shape", async () => {
  const { told } = checkKind(normalize, { data: "d", fit: "f" }, { inputs: { data, fit: { ...data, shape: [2] } } });
  expect(told.map(({ message }) => message)).toEqual(["`data` has examples of [1], but `fit` has [2]."]);
  await expect(run({ data: dataset([[1, 0]]), fit: dataset([[1, 2, 0]]) })).rejects.toThrow(
    "`data` has examples of [1], but `fit` has [2].",
  );
});

test("an order of rows and the count stay known", () => {
  const { ports } = checkKind(
    normalize,
    { data: "d" },
    { inputs: { data: { ...data, split: "train", ordered: "sorted by `x`" } } },
  );
  expect(ports.data).toMatchObject({ count: 3, split: "train", ordered: "sorted by `x`" });
});
