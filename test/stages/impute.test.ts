/** Cells without a value: what fills them, where that travels, and who refuses them. */
import { beforeAll, describe, expect, test } from "vitest";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { imputation } from "../../src/learn/imputation.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { explore } from "../../src/stages/explore.js";
import { impute } from "../../src/stages/impute.js";
import { inspect } from "../../src/stages/inspect.js";
import { normalize } from "../../src/stages/normalize.js";
import { train } from "../../src/stages/train.js";
import { blobOf } from "../../src/values/blob.js";
import type { Dataset, Imputation } from "../../src/values/dataset.js";
import { modelOf } from "../../src/values/model.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { exported, installAll } from "../rig/exporting.js";
import { checkKind, dataset, rowsIn, runKind } from "../rig/stage.js";

beforeAll(installAll);

const no = Number.NaN;
/** Features and a target; the middle column has an even number of values, the last a tie of the most frequent. */
const rows = [
  [1, 2, no, 1],
  [no, 2, 5, 2],
  [4, no, 7, 3],
  [4, 9, no, 4],
  [10, -1, 5, 5],
  [1, no, 8.5, 6],
];
const filled = async (
  data: Output,
  more: { readonly method?: string; readonly fit?: Output } = {},
): Promise<{ readonly data: Dataset; readonly warnings: readonly string[] }> => {
  const { method = "mean", fit } = more;
  const { outputs, warnings } = await runKind(
    impute,
    { data: "d", method, ...(fit ? { fit: "f" } : {}) },
    { inputs: { data, ...(fit ? { fit } : {}) } },
  );
  return { data: outputOf(outputs.data, "dataset"), warnings };
};
const normalised = async (data: Output): Promise<Dataset> =>
  outputOf((await runKind(normalize, { data: "d" }, { inputs: { data } })).outputs.data, "dataset");
const settings = { layers: [{ dense: { units: 1 } }], loss: "mse", optimizer: "adam", epochs: 2 };
const trained = async (data: Output, validation?: Output): Promise<Output<"model">> =>
  outputOf(
    (
      await runKind(
        train,
        { data: "d", ...settings, ...(validation ? { validation: "v" } : {}) },
        { inputs: { data, ...(validation ? { validation } : {}) } },
      )
    ).outputs.model,
    "model",
  );
const told = async (made: Promise<unknown>): Promise<unknown> => {
  const error = await made.catch((caught: unknown) => caught);
  if (!(error instanceof MistakeError)) throw error;
  return { title: error.title, message: error.message, at: error.at };
};

describe("what fills a cell", () => {
  // scikit-learn 1.9: SimpleImputer(strategy).fit(X).statistics_
  test.each([
    ["mean", [4, 3, 6.375]],
    ["median", [4, 2, 6]],
    ["most_frequent", [1, 2, 5]],
  ])("is the %s of the column's values, as of SimpleImputer", async (method, fill) => {
    const { data } = await filled(dataset(rows), { method });
    expect(data.data.normalization).toEqual([{ method: "impute", fill }]);
    expect(rowsIn(data)).toEqual(rows.map((row) => row.map((value, at) => (Number.isNaN(value) ? fill[at]! : value))));
    expect(data.blobs.features!.dtype).toBe("float32");
  });
  test("is of `fit`, whose own gaps do not count, and of its rows alone", async () => {
    const fit = dataset([
      [1, no, 0],
      [3, 5, 0],
      [100, 100, 0],
    ]);
    const part: Output = {
      ...fit,
      data: { ...fit.data, count: 2 },
      blobs: { ...fit.blobs, rows: blobOf("int32", [2], Int32Array.of(0, 1)) },
    };
    expect(rowsIn((await filled(dataset([[no, no, 7]]), { fit: part })).data)).toEqual([[2, 5, 7]]);
  });
  test("of numbers that 32 bits cannot hold keeps all their digits", async () => {
    const times = [1.7e9, 1.7e9 + 1, no, 1.7e9 + 4];
    const data: Output = {
      ...dataset(times.map(() => [0, 1])),
      blobs: {
        features: blobOf("float64", [4, 1], Float64Array.from(times)),
        labels: dataset(times.map(() => [0, 1])).blobs.labels!,
      },
    };
    const { data: done } = await filled(data, { method: "median" });
    expect(done.blobs.features!.dtype).toBe("float64");
    expect(rowsIn(done).map(([time]) => time)).toEqual([1.7e9, 1.7e9 + 1, 1.7e9 + 1, 1.7e9 + 4]);
    expect(rowsIn(await normalised(done)).map(([time]) => time)).toEqual([-1, -0.333333, -0.333333, 1.666667]);
  });
  test("is nothing where a column has no value", async () => {
    const empty = dataset([
      [1, no, 0],
      [2, no, 0],
    ]);
    expect(
      imputation({ features: Float32Array.of(1, no), rows: Int32Array.of(0), shape: [2], scale: 1 }, "mean"),
    ).toEqual({ empty: 1 });
    expect(await told(filled(empty))).toEqual({
      title: "an empty column",
      message:
        "No example of `data` has a value in the column `x2`, so nothing says what to fill it with. Leave it out: `leave_out` of its `load` stage names it.",
      at: ["data"],
    });
    expect(await told(filled(dataset([[1, 2, 0]]), { fit: empty }))).toMatchObject({ at: ["fit"] });
  });
  test("of pictures is refused", () => {
    const { told: mistakes } = checkKind(
      impute,
      { data: "d", method: "mean" },
      { inputs: { data: { type: "dataset", shape: [28, 28, 1], classes: null } } },
    );
    expect(mistakes.map(({ message }) => message)).toEqual([
      "`impute` fills cells of tables, but the examples of `data` are [28, 28, 1], which all have their values. Leave this stage out.",
    ]);
  });
});

describe("statistics of held-out data", () => {
  test("are doubted", async () => {
    expect((await filled(dataset(rows, { split: "test" }))).warnings).toEqual([
      "`data` holds test examples and is filled by its own statistics, so it gets other values than the training examples. Name those in `fit`.",
    ]);
    expect((await filled(dataset(rows), { fit: dataset(rows, { split: "validation" }) })).warnings).toEqual([
      "`fit` holds validation examples, whose statistics leak into training, so that a score on them flatters. Name training examples.",
    ]);
  });
});

describe("a model of filled data", () => {
  test("fills and normalises raw ones by its own statistics, as scikit-learn's pipeline does", async () => {
    const ready = await normalised((await filled(dataset(rows), { method: "median" })).data);
    // make_pipeline(SimpleImputer("median"), StandardScaler()).fit(X).transform(X), scikit-learn 1.9
    const expected = [
      [-1, -0.219529, -0.205557],
      [0, -0.219529, -1.027783],
      [0, -0.219529, 0.61667],
      [0, 2.085521, -0.205557],
      [2, -1.207407, -1.027783],
      [-1, -0.219529, 1.85001],
    ];
    expect(rowsIn(ready).map((row) => row.slice(0, 3))).toEqual(expected);
    const model = await trained(ready, dataset(rows, { split: "validation" }));
    expect(modelOf(model).normalization!.map(({ method }) => method)).toEqual(["impute", "standard"]);
    const { validation } = modelOf(model).metrics;
    const judged = async (data: Output): Promise<Float32Array> => {
      const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
      return Float32Array.from(new Float32Array(outputs.evaluation!.blobs.predictions!.bytes().slice().buffer));
    };
    expect(await judged(dataset(rows))).toEqual(await judged(ready));
    expect(validation!.loss).toBeCloseTo(
      (await judged(ready)).reduce((sum, value, at) => sum + (value - rows[at]![3]!) ** 2, 0) / 6,
      4,
    );
  });
  test("is exported with its imputation", async () => {
    const model = await trained(await normalised((await filled(dataset(rows), { method: "median" })).data));
    expect((await exported(model, dataset(rows))).data.check).toMatchObject({ of: "examples", count: 6 });
    expect((await exported(model)).data.check.largest).toBeLessThan(1e-6);
    const alone = await trained((await filled(dataset(rows))).data);
    expect((await exported(alone)).data.check.largest).toBeLessThan(1e-6);
  });
  test("refuses data that are filled otherwise, with the numbers", async () => {
    const model = await trained((await filled(dataset(rows), { method: "median" })).data);
    const other = (await filled(dataset(rows), { method: "mean" })).data;
    expect(await told(runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data: other } }))).toEqual({
      title: "data on another scale",
      message:
        "`data` is normalised otherwise than what the model was trained on: `x2`, where it has no value, becomes 3 instead of 2. Name data that are not normalised: they are then normalised by the statistics of the model.",
      at: ["data"],
    });
  });
});

describe("cells without a value are refused", () => {
  const gaps = { type: "dataset", shape: [3], classes: null, count: 6, hasGaps: true, normalization: [] } as const;
  const listed = " (x1: 1, x2: 2, x3: 2)";
  const before = "Put an `impute` stage before it (`{kind: impute, data: …}`), and name what that leaves.";
  test("by train, at check and with the columns counted at run", async () => {
    const { told: mistakes } = checkKind(train, { data: "d", ...settings }, { inputs: { data: gaps } });
    expect(mistakes.map(({ title, message, at }) => ({ title, message, at }))).toEqual([
      {
        title: "cells without a value",
        message: `\`data\` has cells without a value, and a network learns from numbers. ${before}`,
        at: "data",
      },
    ]);
    expect(await told(trained(dataset(rows)))).toEqual({
      title: "cells without a value",
      message: `\`data\` has cells without a value${listed}, and a network learns from numbers. ${before}`,
      at: ["data"],
    });
  });
  test("by normalize", async () => {
    const { told: mistakes } = checkKind(normalize, { data: "d" }, { inputs: { data: gaps } });
    expect(mistakes.map(({ message }) => message)).toEqual([
      `\`data\` has cells without a value, and \`normalize\` takes statistics of numbers. ${before}`,
    ]);
    expect(await told(normalised(dataset(rows)))).toMatchObject({
      message: `\`data\` has cells without a value${listed}, and \`normalize\` takes statistics of numbers. ${before}`,
    });
  });
  test("by a model that has no imputation", async () => {
    const whole = dataset(rows.map((row) => row.map((value) => (Number.isNaN(value) ? 0 : value))));
    const model = await trained(whole);
    const remedy =
      "Let the training read what an `impute` stage leaves (`{kind: impute, data: …}`): raw data that meet its model are then filled by the same statistics.";
    const why = "and nothing says what the model would have in their place";
    expect(
      await told(runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data: dataset(rows) } })),
    ).toEqual({
      title: "cells without a value",
      message: `\`data\` has cells without a value${listed}, ${why}. ${remedy}`,
      at: ["data"],
    });
    const port = { type: "model", inputShape: [3], normalization: [] } as const;
    const { told: mistakes } = checkKind(
      evaluate,
      { model: "m", data: "d" },
      { inputs: { model: { ...port, classes: null }, data: gaps } },
    );
    expect(mistakes.map(({ message }) => message)).toEqual([`\`data\` has cells without a value, ${why}. ${remedy}`]);
    expect(await told(trained(whole, dataset(rows)))).toMatchObject({
      message: `\`validation\` has cells without a value${listed}, and nothing says what \`data\` would have in their place. ${remedy}`,
    });
  });
  test("by nobody once they are filled, nor where data are only looked at", async () => {
    const { ports } = checkKind(impute, { data: "d", method: "mean" }, { inputs: { data: gaps } });
    expect(ports.data!.hasGaps).toBeUndefined();
    const span = { start: 0, end: 0 } as never;
    const model = {
      type: "model",
      inputShape: [3],
      classes: null,
      normalization: [{ method: "impute", of: undefined, span }],
    } as const;
    expect(checkKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data: gaps } }).told).toEqual([]);
    const both = { data: dataset(rows), test: dataset(rows, { split: "test" }) };
    const { outputs } = await runKind(explore, { data: "d", test: "t" }, { inputs: both });
    const profile = outputOf(outputs.profile, "profile").data;
    expect(profile.columns.map(({ missing }) => missing)).toEqual([1, 2, 2, 0]);
    expect(profile.columns.map(({ mean }) => mean)).toEqual([4, 3, 6.375, 3.5]);
  });
  test("and many rows with some are in no order for that", async () => {
    const mixed = Array.from({ length: 60 }, (_, at) => [at % 4 === 0 ? no : (at * 37) % 61, (at * 29) % 53]);
    const { outputs } = await runKind(explore, { data: "d" }, { inputs: { data: dataset(mixed) } });
    expect(outputOf(outputs.profile, "profile").data.order).toBeNull();
  });
});

test("an inspection shows raw examples as they are and the network filled ones", async () => {
  const model = await trained((await filled(dataset(rows))).data);
  const { outputs } = await runKind(
    inspect,
    { model: "m", data: "d", inputs: { rows: [1, 2] }, what: ["activations"] },
    { inputs: { model, data: dataset(rows) } },
  );
  const values = outputs.inspection!.blobs;
  const all = Object.entries(values).filter(([name]) => name !== "inputs");
  expect(all.length).toBeGreaterThan(0);
  for (const [, blob] of all)
    if (blob.dtype === "float32") {
      const numbers = new Float32Array(blob.bytes().slice().buffer);
      expect(numbers.every((value) => Number.isFinite(value))).toBe(true);
    }
});

test("fills of the same values in another order are one imputation, others are not", async () => {
  const [one, two] = [(await filled(dataset(rows))).data, (await filled(dataset([...rows].reverse()))).data].map(
    ({ data }) => data.normalization![0] as Imputation,
  );
  expect(one!.fill).toEqual(two!.fill);
});
