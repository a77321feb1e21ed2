/**
 * Data meet a model, or each other: names put in order or refused, raw data normalised, other scales refused; the same
 * at check time.
 */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { dataOf, withRows } from "../../src/stages/dataset.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { explore } from "../../src/stages/explore.js";
import { merge } from "../../src/stages/merge.js";
import { normalize } from "../../src/stages/normalize.js";
import { train } from "../../src/stages/train.js";
import { blobOf, float32Of, int32Of } from "../../src/values/blob.js";
import type { DatasetData, Scaling } from "../../src/values/dataset.js";
import { modelOf } from "../../src/values/model.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { jsonOf } from "../rig/output.js";
import { dataset, rowsIn, runKind } from "../rig/stage.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

const noise = (index: number): number => Math.abs(Math.sin(index * 12.9898) * 43758.5453) % 1;
const columns = ["height", "width", "depth"] as const;
/** A table of three columns on scales of their own; the target is a sum of them, or which is largest. */
function table(
  count: number,
  start: number,
  order: readonly string[] = columns,
  data: Partial<DatasetData> = {},
): Output<"dataset"> {
  const classes = data.classes;
  const rows = Array.from({ length: count }, (_, index) => {
    const value = (column: number): number => noise(3 * (start + index) + column);
    const named: Readonly<Record<string, number>> = {
      height: 1000 * value(0),
      width: value(1) - 5,
      depth: 0.01 * value(2),
    };
    const biggest = [0, 1, 2].reduce((best, column) => (value(column) > value(best) ? column : best), 0);
    const label = classes ? classes.indexOf(["tall", "wide", "deep"][biggest]!) : value(0) - 2 * value(1) + value(2);
    return [...order.map((name) => named[name]!), label];
  });
  return dataset(rows, { featureNames: order, targetNames: ["price"], ...data });
}
const ready = async (data: Output, fit?: Output, method = "standard"): Promise<Output> => {
  const { outputs } = await runKind(
    normalize,
    { data: "d", method, ...(fit ? { fit: "f" } : {}) },
    { inputs: { data, ...(fit ? { fit } : {}) } },
  );
  return outputs.data!;
};
const settings = (classes: boolean) => ({
  layers: [{ dense: { units: 4, activation: "tanh" } }, { dense: { units: classes ? 3 : 1 } }],
  loss: classes ? "cross_entropy" : "mse",
  optimizer: { adam: { learning_rate: 0.05 } },
  epochs: 3,
});
async function trained(data: Output, validation?: Output) {
  const classes = dataOf(data).classes !== null;
  const options = { data: "d", ...(validation ? { validation: "v" } : {}), ...settings(classes) };
  const { outputs, remarks } = await runKind(train, options, {
    inputs: { data, ...(validation ? { validation } : {}) },
  });
  return { model: outputs.model!, meta: modelOf(outputOf(outputs.model, "model")), remarks };
}
async function judged(model: Output, data: Output) {
  const { outputs, remarks, warnings } = await runKind(
    evaluate,
    { model: "m", data: "d" },
    { inputs: { model, data } },
  );
  const evaluation = outputs.evaluation!;
  const meta = outputOf(evaluation, "evaluation").data;
  return {
    evaluation,
    meta,
    remarks,
    warnings,
    metrics: meta.metrics,
    predictions: Buffer.from(evaluation.blobs.predictions!.bytes()),
  };
}

test("a column that is a date for the model and a number in the data is refused, and the other way round", async () => {
  const dated = (name: string): Partial<DatasetData> => ({
    reading: {
      of: "table",
      columns: columns.map((column) => ({ name: column, as: column === name ? "date" : "number" })),
      missing: [],
      delimiter: ",",
    },
  });
  const { model } = await trained(table(40, 0, columns, dated("width")));
  await expect(judged(model, table(20, 100))).rejects.toThrow(
    "The model was trained on `width` as a date (days since 1970-01-01), and `data` has it as a number. Give the `load` stages the same `dates`.",
  );
  await expect(judged(model, table(20, 100, columns, dated("none")))).rejects.toThrow("`data` has it as a number");
  const plain = (await trained(table(40, 0))).model;
  await expect(judged(plain, table(20, 100, columns, dated("depth")))).rejects.toThrow(
    "The model was trained on `depth` as a number, and `data` has it as a date (days since 1970-01-01).",
  );
  const same = await judged(model, table(20, 100, ["depth", "width", "height"], dated("width")));
  expect(same.meta.featureNames).toEqual(columns);
  await expect(trained(table(40, 0), table(20, 100, columns, dated("depth")))).rejects.toThrow("`validation` has it");
});

describe("columns in another order", () => {
  test("are put in order at a model, and the metrics and predictions are those of the right order to the last bit", async () => {
    const { model } = await trained(table(40, 0));
    const right = await judged(model, table(20, 100));
    for (const order of [
      ["depth", "height", "width"],
      ["width", "height", "depth"],
      ["depth", "width", "height"],
    ]) {
      const other = await judged(model, table(20, 100, order));
      expect([other.metrics, other.predictions]).toEqual([right.metrics, right.predictions]);
      expect(other.meta.featureNames).toEqual(columns);
      expect(other.evaluation.blobs.features!.bytes()).toEqual(right.evaluation.blobs.features!.bytes());
      expect(other.remarks[0]).toContain("are put in the order of the model (`height`, `width`, `depth`)");
      expect(other.warnings).toEqual([]);
    }
    expect(right.remarks).toEqual([]);
  });
  test("are put in order in a validation set", async () => {
    const right = await trained(table(40, 0), table(20, 100));
    const other = await trained(table(40, 0), table(20, 100, ["depth", "height", "width"]));
    expect(other.meta.metrics).toEqual(right.meta.metrics);
    expect(other.remarks).toHaveLength(1);
  });
  test("are put in order in `fit`, whose statistics then belong to their columns", async () => {
    const [other, right] = [
      await ready(table(20, 100), table(40, 0, ["depth", "height", "width"])),
      await ready(table(20, 100), table(40, 0)),
    ];
    expect([other.data, float32Of(other.blobs.features!)]).toEqual([right.data, float32Of(right.blobs.features!)]);
  });
  test("take their statistics with them where the data are normalised already", async () => {
    const { model } = await trained(await ready(table(40, 0)));
    const right = await judged(model, await ready(table(20, 100), table(40, 0)));
    const order = ["width", "depth", "height"];
    const other = await judged(model, await ready(table(20, 100, order), table(40, 0, order)));
    expect([other.metrics, other.predictions]).toEqual([right.metrics, right.predictions]);
  });
  test("are put in order in what is merged, row for row", async () => {
    const { outputs, remarks } = await runKind(
      merge,
      { data: ["a", "b"] },
      { list: [table(2, 0), withRows(table(5, 100, ["depth", "height", "width"]), Int32Array.of(3, 1))] },
    );
    expect(rowsIn(outputs.data!)).toEqual([
      ...rowsIn(table(2, 0)),
      ...rowsIn(withRows(table(5, 100), Int32Array.of(3, 1))),
    ]);
    expect(remarks).toEqual([
      "the columns of part 2 (`depth`, `height`, `width`) are put in the order of the first dataset (`height`, `width`, `depth`)",
    ]);
  });
  test("are compared column with column when `explore` sets test data beside", async () => {
    const look = async (test: Output) =>
      jsonOf(
        (await runKind(explore, { data: "d", test: "t" }, { inputs: { data: table(60, 0), test } })).outputs.profile,
      );
    expect(await look(table(60, 200, ["depth", "height", "width"]))).toEqual(await look(table(60, 200)));
  });
  test("stay bytes where they are bytes", async () => {
    const bytes = (names: readonly string[], values: readonly number[]): Output => {
      const { data, blobs } = dataset([[0, 0, 1]], { featureNames: names, scale: 1 / 255 });
      return { type: "dataset", data, blobs: { ...blobs, features: blobOf("uint8", [1, 2], Uint8Array.from(values)) } };
    };
    const { outputs } = await runKind(
      merge,
      { data: ["a", "b"] },
      { list: [bytes(["a", "b"], [1, 2]), bytes(["b", "a"], [4, 3])] },
    );
    expect([...outputs.data!.blobs.features!.bytes()]).toEqual([1, 2, 3, 4]);
  });
});

describe("other names", () => {
  const strange = ["height", "width", "weight"];
  const refusal =
    "where `data` has `weight`. The columns are `height`, `width`, `depth` there, `height`, `width`, `weight` here.";
  const other = (): Output => ({ ...table(20, 100), data: { ...table(20, 100).data, featureNames: strange } });
  test("are refused at a model, with both lists", async () => {
    const { model } = await trained(table(40, 0));
    await expect(judged(model, other())).rejects.toThrow(`The model was trained on \`depth\` ${refusal}`);
  });
  test("are refused in a validation set, in `fit`, in what is merged and beside explored data", async () => {
    await expect(trained(table(40, 0), other())).rejects.toThrow("`data` has `depth` where `validation` has `weight`.");
    await expect(ready(table(20, 100), other())).rejects.toThrow("`data` has `depth` where `fit` has `weight`.");
    await expect(runKind(merge, { data: ["a", "b"] }, { list: [table(2, 0), other()] })).rejects.toThrow(
      "The first dataset has `depth` where this one has `weight`.",
    );
    await expect(
      runKind(explore, { data: "d", test: "t" }, { inputs: { data: table(20, 0), test: other() } }),
    ).rejects.toThrow("where `test` has `weight`.");
  });
  test("are compared as they are written: another case, a space or another Unicode form is another name", async () => {
    const { model } = await trained(table(40, 0));
    for (const name of ["Depth", "depth ", "\uff44epth"]) {
      const data: Output = {
        ...table(20, 100),
        data: { ...table(20, 100).data, featureNames: ["height", "width", name] },
      };
      await expect(judged(model, data)).rejects.toThrow(
        "`depth` differs only in case, spaces or Unicode form. The columns are",
      );
    }
  });
  test("of very many columns are told at once, with the first of each", async () => {
    const wide = (prefix: string): Output<"dataset"> => {
      const names = Array.from({ length: 50_000 }, (_, index) => `${prefix}${index}`);
      const { data, blobs } = dataset([[0, 1]]);
      const features = blobOf("float32", [1, names.length], new Float32Array(names.length));
      return {
        type: "dataset",
        data: { ...data, shape: [names.length], featureNames: names },
        blobs: { ...blobs, features },
      };
    };
    await expect(runKind(merge, { data: ["a", "b"] }, { list: [wide("a"), wide("b")] })).rejects.toThrow(
      "`a11`, … (50000) there, `b0`, ",
    );
    const turned = {
      ...wide("a"),
      data: { ...wide("a").data, featureNames: [...wide("a").data.featureNames].reverse() },
    };
    const { remarks } = await runKind(merge, { data: ["a", "b"] }, { list: [wide("a"), turned] });
    expect(remarks[0]!.length).toBeLessThan(500);
  });
  test("of another number of columns are told with the shapes and both lists", async () => {
    const { model } = await trained(table(40, 0));
    await expect(judged(model, table(20, 100, ["height", "width"]))).rejects.toThrow(
      "The model takes examples of [3], but `data` has [2]. The columns are `height`, `width`, `depth` there, `height`, `width` here.",
    );
  });
  test("of another target are refused, be it a number or a class", async () => {
    const rent = { targetNames: ["rent"] };
    await expect(judged((await trained(table(40, 0))).model, table(20, 100, columns, rent))).rejects.toThrow(
      "The model was trained on `price` where `data` has `rent`.",
    );
    const classes = ["tall", "wide", "deep"];
    const { model } = await trained(table(40, 0, columns, { classes }));
    await expect(judged(model, table(20, 100, columns, { classes, ...rent }))).rejects.toThrow(
      "The model was trained on `price` where `data` has `rent`.",
    );
  });
  test("are no matter where one side has none", async () => {
    const nameless = { ...table(20, 100), data: { ...table(20, 100).data, featureNames: [], targetNames: [] } };
    expect((await judged((await trained(table(40, 0))).model, nameless)).remarks).toEqual([]);
    expect((await judged((await trained(nameless)).model, table(20, 100))).remarks).toEqual([]);
  });
});

describe("classes", () => {
  const classes = ["tall", "wide", "deep"];
  test("in another order keep their meaning: labels, confusion and predictions are those of the model's order", async () => {
    const { model } = await trained(table(60, 0, columns, { classes }));
    const right = await judged(model, table(30, 100, columns, { classes }));
    const other = await judged(model, table(30, 100, columns, { classes: ["deep", "tall", "wide"] }));
    expect([other.metrics, other.predictions]).toEqual([right.metrics, right.predictions]);
    expect(int32Of(other.evaluation.blobs.labels!)).toEqual(int32Of(right.evaluation.blobs.labels!));
    expect(other.remarks).toEqual([
      "the classes of `data` (`deep`, `tall`, `wide`) are put in the order of the model (`tall`, `wide`, `deep`)",
    ]);
  });
  test("in another order keep their meaning in a validation set and in what is merged", async () => {
    const data = table(40, 0, columns, { classes });
    const turned = table(20, 100, columns, { classes: ["wide", "deep", "tall"] });
    expect((await trained(data, turned)).meta.metrics).toEqual(
      (await trained(data, table(20, 100, columns, { classes }))).meta.metrics,
    );
    const merged = async (part: Output) =>
      rowsIn((await runKind(merge, { data: ["a", "b"] }, { list: [data, part] })).outputs.data!);
    expect(await merged(turned)).toEqual(await merged(table(20, 100, columns, { classes })));
  });
  test("of other names, or in other numbers, are refused with both lists", async () => {
    const { model } = await trained(table(40, 0, columns, { classes }));
    const named = (other: readonly string[]): Output => ({
      ...table(20, 100, columns, { classes }),
      data: { ...table(20, 100, columns, { classes }).data, classes: other } as never,
    });
    for (const other of [
      ["tall", "wide", "high"],
      ["tall", "wide"],
    ])
      await expect(judged(model, named(other))).rejects.toThrow(
        `The model was trained on the classes tall, wide, deep, but \`data\` has the classes ${other.join(", ")}.`,
      );
    await expect(judged(model, table(20, 100))).rejects.toThrow("but `data` has numbers as labels.");
  });
  test("that are counted from 0 are not those that are numbered from 1", async () => {
    const counted = {
      ...table(40, 0, columns, { classes }),
      data: { ...table(40, 0, columns, { classes }).data, classes: ["0", "1", "2"] },
    };
    const fromOne = { ...counted, data: { ...counted.data, classes: ["1", "2", "3"] } };
    await expect(judged((await trained(counted)).model, fromOne)).rejects.toThrow(
      "the classes 0, 1, 2, but `data` has the classes 1, 2, 3.",
    );
  });
  test("that one side counts and the other names go by their number, which is said", async () => {
    const counted = {
      ...table(20, 100, columns, { classes }),
      data: { ...table(20, 100, columns, { classes }).data, classes: ["0", "1", "2"] },
    };
    const { remarks } = await judged((await trained(table(40, 0, columns, { classes }))).model, counted);
    expect(remarks).toEqual([
      "one of the model and `data` names its classes and the other counts them, so label 0 stands for `tall`, and so on",
    ]);
  });
});

describe("a model of normalised data", () => {
  test("keeps the names and the normalisation of its data, one entry for each step", async () => {
    const once = await ready(table(40, 0));
    const twice = await ready(once, undefined, "min_max");
    const { meta } = await trained(twice);
    expect(meta.featureNames).toEqual(columns);
    expect(meta.targetNames).toEqual(["price"]);
    expect(
      (meta.normalization as readonly Scaling[]).map(({ method, offset, divisor }) => [
        method,
        offset.length,
        divisor.length,
      ]),
    ).toEqual([
      ["standard", 3, 3],
      ["min_max", 3, 3],
    ]);
    expect((await trained(table(40, 0))).meta).not.toHaveProperty("normalization");
  });
  test.each(["standard", "min_max"])(
    "judges raw data as it judges those of a `normalize` stage, to the last bit (%s)",
    async (method) => {
      const { model } = await trained(await ready(table(40, 0), undefined, method));
      const staged = await judged(model, await ready(table(20, 100), table(40, 0), method));
      const raw = await judged(model, table(20, 100));
      expect([raw.metrics, raw.predictions]).toEqual([staged.metrics, staged.predictions]);
      expect(raw.remarks).toEqual([`\`data\` is raw, so it is normalised by the statistics of the model (${method})`]);
      expect([raw.warnings, staged.remarks]).toEqual([[], []]);
      // What is kept for figures is what was given.
      expect(raw.meta).not.toHaveProperty("normalization");
      expect(raw.evaluation.blobs.features!.bytes()).toEqual(table(20, 100).blobs.features!.bytes());
      expect(staged.meta.normalization).toHaveLength(1);
    },
  );
  test("puts raw data through several steps, in order", async () => {
    const once = await ready(table(40, 0));
    const { model } = await trained(await ready(once, undefined, "min_max"));
    const test = await ready(await ready(table(20, 100), table(40, 0)), once, "min_max");
    expect((await judged(model, table(20, 100, ["depth", "height", "width"]))).predictions).toEqual(
      (await judged(model, test)).predictions,
    );
    await expect(judged(model, await ready(table(20, 100), table(40, 0)))).rejects.toThrow(
      "standard instead of standard, then min_max",
    );
  });
  test("takes data that were normalised by equal numbers, whichever stage computed them", async () => {
    const { model } = await trained(await ready(table(40, 0)));
    const reversed = withRows(
      table(40, 0),
      Int32Array.from({ length: 40 }, (_, index) => 39 - index),
    );
    expect((await judged(model, await ready(table(20, 100), reversed))).remarks).toEqual([]);
  });
  test("refuses data normalised otherwise, and a model of raw data refuses normalised ones", async () => {
    const { model } = await trained(await ready(table(40, 0)));
    await expect(judged(model, await ready(table(20, 100), table(40, 0), "min_max"))).rejects.toThrow(
      "`data` is normalised otherwise than what the model was trained on: min_max instead of standard. Name data that are not normalised: they are then normalised by the statistics of the model.",
    );
    await expect(judged(model, await ready(table(20, 100)))).rejects.toThrow("`height` becomes (x − ");
    const raw = await trained(table(40, 0));
    await expect(judged(raw.model, await ready(table(20, 100)))).rejects.toThrow(
      "`data` is normalised (standard), but what the model was trained on is not.",
    );
  });
  test("is validated by raw data as by those of a `normalize` stage", async () => {
    const data = await ready(table(40, 0));
    const staged = await trained(data, await ready(table(20, 100), table(40, 0)));
    const raw = await trained(data, table(20, 100));
    expect(raw.meta.metrics).toEqual(staged.meta.metrics);
    expect(raw.remarks).toEqual(["`validation` is raw, so it is normalised by the statistics of `data` (standard)"]);
    await expect(trained(data, await ready(table(20, 100)))).rejects.toThrow(
      "`validation` is normalised otherwise than `data`:",
    );
    await expect(trained(table(40, 0), await ready(table(20, 100)))).rejects.toThrow(
      "`validation` is normalised (standard), but `data` is not.",
    );
  });
  test("of one feature draws its curve over the feature as it was given", async () => {
    const line = (count: number): Output =>
      dataset(
        Array.from({ length: count }, (_, index) => [100 + index, index / count]),
        { featureNames: ["x"] },
      );
    const { model } = await trained(await ready(line(30)));
    const curveOf = async (data: Output) => float32Of((await judged(model, data)).evaluation.blobs.curve!);
    const [raw, staged] = [await curveOf(line(20)), await curveOf(await ready(line(20), line(30)))];
    expect([raw[0], raw[raw.length - 2]]).toEqual([100, 119]);
    expect(staged[0]).toBeCloseTo((100 - 114.5) / Math.sqrt((30 ** 2 - 1) / 12), 5);
    for (const at of [1, 401, 801]) expect(raw[at]).toBeCloseTo(staged[at]!, 5);
  });
  test("of images normalises raw ones channel by channel, from bytes", async () => {
    const images = (count: number, start: number): Output => ({
      type: "dataset",
      data: {
        count,
        shape: [2, 2, 2],
        classes: ["0", "1", "2"],
        scale: 1 / 255,
        featureNames: [],
        targetNames: ["label"],
        split: "train",
      },
      blobs: {
        features: blobOf(
          "uint8",
          [count, 2, 2, 2],
          Uint8Array.from({ length: 8 * count }, (_, at) => 255 * noise(start + at)),
        ),
        labels: blobOf(
          "int32",
          [count],
          Int32Array.from({ length: count }, (_, at) => at % 3),
        ),
      },
    });
    const options = { data: "d", ...settings(true), layers: ["flatten", { dense: { units: 3 } }] };
    const { outputs } = await runKind(train, options, { inputs: { data: await ready(images(12, 0)) } });
    const model = outputs.model!;
    expect((modelOf(outputOf(model, "model")).normalization![0] as Scaling).offset).toHaveLength(2);
    const [raw, staged] = [
      await judged(model, images(6, 500)),
      await judged(model, await ready(images(6, 500), images(12, 0))),
    ];
    expect([raw.metrics, raw.predictions]).toEqual([staged.metrics, staged.predictions]);
  });
});

describe("scales that must be one already", () => {
  test("`fit` and `data`: statistics of normalised examples say nothing of raw ones, nor the other way", async () => {
    await expect(ready(table(20, 100), await ready(table(40, 0)))).rejects.toThrow(
      "`fit` is normalised (standard), but `data` is not.",
    );
    await expect(ready(await ready(table(20, 0)), table(40, 0))).rejects.toThrow(
      "`fit` is raw, but `data` is normalised (standard).",
    );
  });
  test("parts of a merged dataset", async () => {
    const [raw, once, other] = [table(5, 0), await ready(table(5, 0)), await ready(table(5, 0), undefined, "min_max")];
    const merged = (...list: Output[]) => runKind(merge, { data: ["a", "b"] }, { list });
    await expect(merged(raw, once)).rejects.toThrow("This one is normalised (standard), but the first dataset is not.");
    await expect(merged(once, raw)).rejects.toThrow("This one is raw, but the first dataset is normalised (standard).");
    await expect(merged(once, other)).rejects.toThrow("min_max instead of standard");
    const { outputs } = await merged(once, await ready(table(5, 100), table(5, 0)));
    expect(jsonOf(outputs.data).normalization).toEqual(jsonOf(once).normalization);
  });
  test("what is stored as bytes and what is stored as numbers are of one scale", async () => {
    const bytes = dataset([[0, 1]], { scale: 1 / 255 });
    const image: Output = { ...bytes, blobs: { ...bytes.blobs, features: blobOf("uint8", [1, 1], Uint8Array.of(51)) } };
    const { model } = await trained(
      dataset([
        [0.2, 1],
        [0.4, 2],
      ]),
    );
    expect((await judged(model, image)).predictions).toEqual(
      (await judged(model, dataset([[Math.fround(51 * Math.fround(1 / 255)), 1]]))).predictions,
    );
  });
});
