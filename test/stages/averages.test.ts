/** What a training with an average leaves, and that an option's default is the same whether it is written or not. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { learningCurves } from "../../src/stages/figures/learning-curves.js";
import { train } from "../../src/stages/train.js";
import { schema } from "../../src/stages/train-options.js";
import { resumedFrom, stateOf, stateOutput } from "../../src/stages/trained-model.js";
import { float32Of } from "../../src/values/blob.js";
import { averageText, historyOf, modelHeadline, modelOf, trainedModelOf } from "../../src/values/model.js";
import { modelPreview } from "../../src/values/model-preview.js";
import { type Output, type Outputs, outputOf } from "../../src/values/output.js";
import { historyTable } from "../../src/values/saved-tables.js";
import { epochsOfMean } from "../../src/values/search.js";
import { runKind } from "../rig/stage.js";
import { sinePoints as points, sineTraining as settings } from "../rig/train-stages.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

async function trained(more: object): Promise<{ readonly model: Output<"model">; readonly state: Output }> {
  const inputs = { data: points(40, 0), validation: points(20, 0.01) };
  const states: Outputs[] = [];
  const saved = (state: Outputs): void => void states.push(state);
  const { outputs } = await runKind(train, { ...settings, ...more }, { inputs, saved });
  // The state decides nothing of the result, and is no part of it.
  expect(Object.keys(outputs)).toEqual(["model"]);
  return { model: outputOf(outputs.model, "model"), state: states.at(-1)!.state! };
}

const bytesOf = ({ blobs }: Output): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(blobs).map(([name, blob]) => [name, Buffer.from(blob.bytes()).toString("hex")]));

test("the metric of early stopping is the validation loss, written or not, and no average is no option", () => {
  const parsed = (more: object) => schema.parse({ ...settings, ...more });
  expect(parsed({ early_stopping: { patience: 3, metric: "validation.loss" } })).toEqual(
    parsed({ early_stopping: { patience: 3 } }),
  );
  expect(parsed({ early_stopping: { patience: 3 } }).early_stopping).toEqual({ patience: 3, min_delta: 0 });
  expect(Object.keys(parsed({}))).not.toContain("weight_average");
  expect(Object.keys(parsed({}))).not.toContain("average");
});

test("the model holds the average and says so; its state has both, and comes back as it was", async () => {
  for (const [options, text] of [
    [{ weight_average: { decay: 0.8 } }, "exponential average, decay 0.8"],
    [{ average: { last: 3 } }, "average of the last 3 epochs"],
  ] as const) {
    const { model, state } = await trained(options);
    const plain = await trained({});
    const { metrics, average } = modelOf(model);
    expect(average).toEqual(options[Object.keys(options)[0] as keyof typeof options]);
    expect(averageText(modelOf(model))).toBe(text);
    expect(metrics.unaveraged).toEqual(modelOf(plain.model).metrics.validation);
    expect(metrics.validation).not.toEqual(metrics.unaveraged);
    expect(historyOf(model).map(({ unaveraged }) => unaveraged)).toEqual(
      historyOf(plain.model).map(({ validation }) => validation),
    );
    const back = stateOf({ state })!;
    const again = stateOutput(back, resumedFrom({ state })!.elapsedMs!);
    expect(again.data).toEqual(state.data);
    expect(bytesOf(again)).toEqual(bytesOf(state));
    const weights = back.arrays.slice(0, 4).map(({ data }) => data);
    const held = modelOf(model).parameters.map(({ name }) => float32Of(model.blobs[name]!));
    expect(weights).toEqual(modelOf(plain.model).parameters.map(({ name }) => float32Of(plain.model.blobs[name]!)));
    expect(held).not.toEqual(weights);
    expect(back.arrays.map(({ data }) => data)).toEqual(expect.arrayContaining(held));

    expect(modelHeadline(model)).toContain(`(${text})`);
    expect(JSON.stringify(modelPreview(model))).toContain(`the model is the ${text}, which validation judges`);
    expect(JSON.stringify(modelPreview(model))).toContain("unaveraged loss");
    expect(JSON.stringify(learningCurves(trainedModelOf(model)))).toContain(`${text}; weights as trained: loss `);
    const csv = Buffer.concat([...historyTable(historyOf(model)).pieces()]).toString();
    expect(csv.split("\n")[0]).toBe("epoch,learning_rate,train.loss,validation.loss,unaveraged.loss");
  }
});

test("an average of the last epochs is told as what it is of: those up to the best, where training went on", async () => {
  const early = { average: { last: 3 }, early_stopping: { patience: 2, min_delta: 100 } };
  const { model } = await trained(early);
  expect(modelOf(model).metrics).toMatchObject({ epochs: 3, bestEpoch: 1 });
  expect(averageText(modelOf(model))).toBe("average of the last epoch");
  const short = await trained({ average: { last: 30 } });
  expect(averageText(modelOf(short.model))).toBe("average of the last 8 epochs");
});

test("the texts of a model say what its best epoch is the best by, where that is not the validation loss", async () => {
  const { model } = await trained({ early_stopping: { metric: "train.loss", patience: 2 } });
  expect(modelHeadline(model)).toContain("by train.loss, ");
  expect(JSON.stringify(modelPreview(model))).toContain(": best epoch by train.loss");
  expect(JSON.stringify(learningCurves(trainedModelOf(model)))).toContain("best epoch by train.loss");
  const usual = (await trained({ early_stopping: { patience: 2 } })).model;
  for (const text of [modelHeadline(usual), JSON.stringify(learningCurves(trainedModelOf(usual)))])
    expect(text).not.toContain("by validation");
});

test("a mean best epoch becomes a number of epochs: rounded half up, at least one", () => {
  expect([37.4, 37.5, 36.999, 1, 0.2].map(epochsOfMean)).toEqual([37, 38, 37, 1, 1]);
});

test("what a winner brings, and checking did not see, is refused where it meets what the file writes", async () => {
  const run = (options: object) => runKind(train, { ...settings, ...options }, { inputs: { data: points(40, 0) } });
  const alone = { validation: undefined };
  await expect(run({ ...alone, early_stopping: { patience: 2 } })).rejects.toThrow(
    "`early_stopping` watches the loss of a validation set. Add `validation:`, such as `validation: " +
      "parts.validation`, or leave out what the trial brings: `early_stopping: null`.",
  );
  await expect(run({ ...alone, weight_average: { decay: 0.9 }, average: { last: 3 } })).rejects.toThrow(
    "The model holds one average of its weights: either `weight_average`, over all steps, or `average`, over the " +
      "ends of the last epochs. Leave one of them out.",
  );
});
