/**
 * Models of TF.js: its own loader reads them, its own kernels compute what the engine computes, of numbers as they stood
 * in the file; and what TF.js has no layer for is refused.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { evaluate } from "../../src/stages/evaluate.js";
import { exportKind } from "../../src/stages/export.js";
import { blobOf, float32Of } from "../../src/values/blob.js";
import type { Dataset } from "../../src/values/dataset.js";
import { modelOf } from "../../src/values/model.js";
import { outputOf } from "../../src/values/output.js";
import {
  asked,
  every,
  exported,
  filesIn,
  installAll,
  labelled,
  type Model,
  normalised,
  pictures,
  points,
  pooled,
  table,
  target,
  threeOfClasses,
  trained,
  turned,
} from "../rig/exporting.js";
import { checkKind, dataset, runKind } from "../rig/stage.js";

beforeAll(installAll);
const rows = points.map((row) => [...row]);

describe("of pictures a model computes what the engine does", () => {
  for (const [what, given] of Object.entries(every))
    test(what, async () => {
      const data = pictures(40, 2);
      // The one that TF.js lacks is the one that its own test has.
      const layers = JSON.parse(JSON.stringify(given).replace('{"elu":{"alpha":0.5}}', '"elu"')) as unknown[];
      const model = await trained(data, { layers: [...layers, { dense: { units: 3 } }], loss: "cross_entropy" });
      const { check } = (await exported(model, undefined, "tfjs")).data;
      expect(check).toMatchObject({
        by: expect.stringMatching(/^@tensorflow\/tfjs-layers \d/),
        of: "inputs",
        count: 64,
      });
      expect(check.largest).toBeLessThan(5e-6);
      const judged = (await exported(model, data, "tfjs")).data.check;
      expect(judged).toMatchObject({ of: "examples", count: 40 });
    });
});

test("normalised pictures and tables go in as they stand in the file", async () => {
  const data = pictures(40, 3);
  const layers = ["flatten", { dense: { units: 3 } }];
  const model = await trained(await normalised(data), { layers, loss: "cross_entropy" });
  expect((await exported(model, data, "tfjs")).data.check.largest).toBeLessThan(3e-6);

  const line = await trained(await normalised(await normalised(table()), "min_max"), {
    layers: [{ dense: { units: 8, activation: "tanh" } }, { dense: { units: 1 } }],
    loss: "mse",
  });
  const file = await exported(line, table(), "tfjs");
  expect(file.data.outputs.map(({ name }) => name)).toEqual(["predictions"]);
  const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model: line, data: table() } });
  const wanted = float32Of(outputs.evaluation!.blobs.predictions!);
  const { predictions } = await asked(file, rows, [2]);
  for (const [at, value] of predictions!.entries()) expect(value).toBeCloseTo(wanted[at]!, 4);
  // WebGL fills textures up with places whose variance is 0: without an epsilon they are no numbers.
  const epsilons = new TextDecoder().decode(filesIn(file)["model.json"]).match(/"epsilon":[^,]*/g);
  expect(epsilons).toEqual([`"epsilon":${2 ** -10}`, `"epsilon":${2 ** -10}`]);
  // Its description says what the file is about.
  const description = JSON.parse(new TextDecoder().decode(filesIn(file)["model.json"])) as Record<string, unknown>;
  expect(description).toMatchObject({ format: "layers-model", userDefinedMetadata: { columns: '["x1","x2"]' } });
});

test("the mean of members with other columns, scales, outputs and orders of classes has probabilities", async () => {
  const model = await pooled(await threeOfClasses());
  const data = labelled(["no", "yes"]);
  const file = await exported(model, data, "tfjs");
  expect(file.data.outputs.map(({ name }) => name)).toEqual(["probabilities"]);
  const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
  const wanted = float32Of(outputs.evaluation!.blobs.predictions!);
  const { probabilities } = await asked(file, rows, [2]);
  for (const [at, value] of probabilities!.entries()) expect(value).toBeCloseTo(wanted[at]!, 5);

  const options = { layers: [{ dense: { units: 1 } }], loss: "mse" };
  const numbers = [await trained(table(), options), await trained(await normalised(turned(table())), options, 1)];
  expect((await exported(await pooled(numbers), table(), "tfjs")).data.check.largest).toBeLessThan(1e-5);
});

test("the mean of members that are surer than float32 can say is the same, and its loss is the engine's", async () => {
  const data = labelled(["no", "yes"]);
  const options = {
    layers: [{ dense: { units: 2 } }],
    loss: "cross_entropy",
    optimizer: { sgd: { learning_rate: 9 } },
  };
  const model = await pooled([await trained(data, options, 1), await trained(data, options, 2)]);
  const { outputs } = await runKind(evaluate, { model: "m", data: "d" }, { inputs: { model, data } });
  const { metrics } = outputOf(outputs.evaluation, "evaluation").data as unknown as { metrics: { loss: number } };
  // Above −ln of the smallest float32, in the mean: the file's own probabilities cannot have it.
  expect(metrics.loss).toBeGreaterThan(104);
  const { check } = (await exported(model, data, "tfjs")).data;
  expect(check.largest).toBeLessThan(1e-6);
  expect(check.scores!.loss).toBe(metrics.loss);
  expect((await exported(model, undefined, "tfjs")).data.check.largest).toBeLessThan(1e-6);
});

test("the mean of one model has that model's probabilities", async () => {
  const [member] = (await threeOfClasses()) as [Model];
  const [alone, file] = [
    await exported(member, undefined, "tfjs"),
    await exported(await pooled([member]), undefined, "tfjs"),
  ];
  expect(file.data.outputs.map(({ name }) => name)).toEqual(["probabilities"]);
  const wanted = (await asked(alone, rows, [2])).probabilities!;
  expect([...(await asked(file, rows, [2])).probabilities!]).toEqual([...wanted]);
});

describe("what TF.js has no layer for is refused", () => {
  const without = "Write `format: onnx`, which has all that hw1 has, or train without it.";

  test("an activation, when the pipeline is checked and when it runs", async () => {
    const data = labelled(["no", "yes"]);
    const layers = [{ residual: { layers: [{ dense: { units: 2, activation: { elu: { alpha: 0.5 } } } }] } }];
    const model = await trained(data, { layers, loss: "cross_entropy" });
    const message = `\`format: tfjs\` has nothing for \`elu\` with \`alpha: 0.5\`: its layer has an \`alpha\` of 1 alone. ${without}`;
    await expect(exported(model, undefined, "tfjs")).rejects.toThrow(message);
    const port = { type: "model", layers: modelOf(model).layers, inputShape: [2], classes: ["no", "yes"] } as const;
    const options = { model: "m", format: "tfjs" };
    expect(checkKind(exportKind, options, { inputs: { model: port } }).told).toEqual([
      { severity: "error", title: "TF.js lacks a layer", message, at: "format" },
    ]);
    expect(checkKind(exportKind, { ...options, format: "onnx" }, { inputs: { model: port } }).told).toEqual([]);
  });

  test("votes", async () => {
    await expect(exported(await pooled(await threeOfClasses(), "vote"), undefined, "tfjs")).rejects.toThrow(
      `\`format: tfjs\` has nothing for an ensemble by \`vote\`: no layer of TF.js counts votes. ${without}`,
    );
  });

  test("cells without a value", () => {
    const span = { file: { path: "p.yaml", text: "" }, start: 0, end: 0 };
    const port = { type: "model", normalization: [{ method: "impute", of: undefined, span }] } as const;
    expect(checkKind(exportKind, { model: "m", format: "tfjs" }, { inputs: { model: port } }).told).toEqual([
      {
        severity: "error",
        title: "TF.js lacks a layer",
        message:
          "`format: tfjs` has nothing for cells without a value, which `impute` fills: no layer of TF.js replaces NaN. " +
          without,
        at: "format",
      },
    ]);
  });

  test("numbers that 32 bits would round", async () => {
    const far = points.map((row) => [1.7e9 + row[0], row[1], target(row)]);
    const narrow = dataset(far);
    const features = Float64Array.from(far.flatMap(([a, b]) => [a!, b!]));
    const data: Dataset = { ...narrow, blobs: { ...narrow.blobs, features: blobOf("float64", [60, 2], features) } };
    const model = await trained(await normalised(data), { layers: [{ dense: { units: 1 } }], loss: "mse" });
    await expect(exported(model, undefined, "tfjs")).rejects.toThrow(
      "`format: tfjs` has nothing for numbers far from 0, which 64 bits hold, of `x1`: TF.js computes in 32 bits. " +
        without,
    );
  });
});
