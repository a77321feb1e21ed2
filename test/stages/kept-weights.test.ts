/** What `train: {keep: [weight_statistics]}` leaves beside its model, and that the model is the same with it. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { provideCompute } from "../../src/compute/provider.js";
import { onnxCompute } from "../../src/engine/compute.js";
import { installOnnx } from "../../src/engine/install.js";
import { momentsOf } from "../../src/inspect/weight-statistics.js";
import { train } from "../../src/stages/train.js";
import { schema } from "../../src/stages/train-options.js";
import { float32Of } from "../../src/values/blob.js";
import { modelOf, trainingStateOf } from "../../src/values/model.js";
import { type Output, type Outputs, outputOf } from "../../src/values/output.js";
import { savedFilesOf } from "../../src/values/saved.js";
import { epochHistogramsOf, epochWeightsOf } from "../../src/values/weight-history.js";
import { weightHistoryPreview } from "../../src/values/weight-preview.js";
import { checkKind, dataset, runKind, runKindTogether } from "../rig/stage.js";
import { sinePoints as points, sineTraining as settings } from "../rig/train-stages.js";

beforeAll(async () => {
  tf.enableProdMode();
  await installOnnx({ threads: 1 });
  provideCompute(onnxCompute());
});

const kept = { keep: ["weight_statistics"] };
const inputs = (shift = 0) => ({ data: points(40, shift), validation: points(20, 0.01) });

/** All of an output that is stored of it. */
const bytesOf = ({ data, blobs }: Output): unknown => [
  data,
  Object.fromEntries(Object.entries(blobs).map(([name, blob]) => [name, Buffer.from(blob.bytes()).toString("hex")])),
];
const historyIn = (outputs: Outputs): Output<"weight_history"> => outputOf(outputs.weight_statistics, "weight_history");
async function trained(more: object): Promise<Outputs> {
  return (await runKind(train, { ...settings, ...more }, { inputs: inputs() })).outputs;
}

test("the model is the same with kept statistics and without, alone and in a stack", async () => {
  const conv = {
    layers: [{ conv: { kernels: 2, size: 3, activation: "relu" } }, "batch_norm", "flatten", { dense: { units: 1 } }],
  };
  const images = dataset(
    Array.from({ length: 20 }, (_, row) => Array.from({ length: 26 }, (_, at) => Math.sin(row * 26 + at))),
    { shape: [5, 5, 1], featureNames: [] },
  );
  const image = async (more: object): Promise<Outputs> =>
    (await runKind(train, { ...settings, ...conv, validation: undefined, ...more }, { inputs: { data: images } }))
      .outputs;
  const average = { average: { last: 2 }, early_stopping: { patience: 2 } };
  for (const [plain, watched] of [
    [await image({}), await image(kept)],
    [await trained(average), await trained({ ...average, ...kept })],
  ] as const) {
    expect(Object.keys(plain)).toEqual(["model"]);
    expect(Object.keys(watched)).toEqual(["model", "weight_statistics"]);
    expect(bytesOf(watched.model!)).toEqual(bytesOf(plain.model!));
  }
  const members = [0, 0.1, 0.2].map((shift, fold) => ({ inputs: inputs(shift), folds: [String(fold)] }));
  const together = (await runKindTogether(train, { ...settings, ...kept }, members)) as readonly Outputs[];
  const without = (await runKindTogether(train, settings, members)) as readonly Outputs[];
  for (const [fold, outputs] of together.entries()) {
    expect(bytesOf(outputs.model!)).toEqual(bytesOf(without[fold]!.model!));
    const alone = (await runKind(train, { ...settings, ...kept }, members[fold]!)).outputs;
    expect(bytesOf(historyIn(outputs))).toEqual(bytesOf(historyIn(alone)));
  }
  expect(bytesOf(historyIn(together[0]!))).not.toEqual(bytesOf(historyIn(together[1]!)));
});

test("statistics are of every epoch that ran, and those of the model's epoch are of the weights that it holds", async () => {
  for (const more of [
    {},
    { weight_average: { decay: 0.8 } },
    { early_stopping: { patience: 2, min_delta: 100 }, epochs: 30 },
  ]) {
    const outputs = await trained({ ...kept, ...more });
    const model = outputOf(outputs.model, "model");
    const { metrics } = modelOf(model);
    const history = historyIn(outputs);
    expect(history.data).toMatchObject({
      epochs: metrics.epochs,
      layers: [
        { name: "dense_1", type: "dense", shape: [1, 4] },
        { name: "dense_2", type: "dense", shape: [4, 1] },
      ],
    });
    const epoch = "early_stopping" in more ? metrics.bestEpoch : metrics.epochs;
    for (const { name } of history.data.layers) {
      const { count, ...moments } = momentsOf(float32Of(model.blobs[`${name}.weight`]!));
      expect(count).toBe(4);
      expect(epochWeightsOf(history, name)[epoch - 1]).toMatchObject(moments);
      for (const { axis, counts } of epochHistogramsOf(history, name))
        expect(axis.below + axis.above + counts.reduce((sum, each) => sum + each, 0)).toBe(4);
    }
    expect(history.data.average).toEqual("weight_average" in more ? { decay: 0.8 } : undefined);
  }
});

test("a training that is stopped, and a longer one, go on to what one that was left alone keeps", async () => {
  const run = async (
    epochs: number,
    given: { readonly resumed?: Outputs | undefined; readonly stopping?: () => boolean } = {},
  ): Promise<{ readonly outputs: Outputs | undefined; readonly state: Outputs }> => {
    let state: Outputs = {};
    const saved = (left: Outputs): void => {
      state = left;
    };
    const all = { inputs: inputs(), ...given, saved };
    const ran = runKind(train, { ...settings, ...kept, epochs }, all);
    return { outputs: (await ran.catch(() => undefined))?.outputs, state };
  };
  const whole = (await run(150)).outputs!;
  // Of more than 64 epochs every second has a histogram, and the last three.
  const { histograms } = historyIn(whole).data;
  expect(histograms.slice(60, 68)).toEqual([61, 62, 63, 64, 66, 68, 70, 72]);
  expect(histograms.slice(-5)).toEqual([140, 144, 148, 149, 150]);

  const short = await run(67);
  expect(historyIn(short.outputs!).data).toMatchObject({ epochs: 67 });
  expect(historyIn(short.outputs!).data.histograms.slice(-4)).toEqual([64, 65, 66, 67]);
  let asked = 0;
  const stopped = await run(150, { resumed: short.state, stopping: () => ++asked > 20 });
  expect(stopped.outputs).toBeUndefined();
  const { epoch } = trainingStateOf(outputOf(stopped.state.state, "model"));
  expect(epoch).toBeGreaterThan(67);
  expect(epoch).toBeLessThan(150);
  const resumed = (await run(150, { resumed: stopped.state })).outputs!;
  expect(bytesOf(historyIn(resumed))).toEqual(bytesOf(historyIn(whole)));
  expect(bytesOf(resumed.model!)).toEqual(bytesOf(whole.model!));
});

test("a training that diverges keeps what it had, from which one that ends there is the result", async () => {
  let state: Outputs = {};
  const saved = (left: Outputs): void => {
    state = left;
  };
  const wild = { ...kept, optimizer: { sgd: { learning_rate: 20 } }, layers: [{ dense: { units: 1 } }], epochs: 200 };
  const run = (more: object, resumed?: Outputs) =>
    runKind(train, { ...settings, ...wild, ...more }, { inputs: inputs(), resumed, saved });
  await expect(run({})).rejects.toThrow(/^In epoch \d+, step \d+, the update left a network whose outputs/);
  const { epoch } = trainingStateOf(outputOf(state.state, "model"));
  expect(epoch).toBeGreaterThan(3);
  const left = state;
  const short = { epochs: epoch };
  const [goneOn, inOneGo] = [(await run(short, left)).outputs, (await run(short)).outputs];
  expect(bytesOf(historyIn(goneOn))).toEqual(bytesOf(historyIn(inOneGo)));
  expect(Math.abs(epochWeightsOf(historyIn(goneOn), "dense_1")[epoch - 1]!.mean)).toBeGreaterThan(1e6);
});

test("what is kept is told and saved: a row for each layer and epoch, and one for each bin", async () => {
  const history = historyIn(await trained({ ...kept, weight_average: { decay: 0.5 } }));
  const text = JSON.stringify(weightHistoryPreview(history));
  expect(text).toContain("over 8 epochs, without biases and what normalisations learn");
  expect(text).toContain("of the exponential average, decay 0.5, as the model holds them");
  const files = savedFilesOf(history);
  expect(files.map(({ name, holds }) => [name, holds])).toEqual([
    ["weights.csv", "16 rows of 9 columns"],
    ["histograms.csv", "1008 rows of 5 columns"],
  ]);
  const [weights, histograms] = files.map(({ pieces }) =>
    Buffer.concat([...pieces()])
      .toString()
      .split("\n"),
  );
  expect(weights![0]).toBe("layer,epoch,mean,sd,min,max,skewness,excess_kurtosis,near_zero");
  expect(weights![1]).toMatch(/^dense_1,1,/);
  expect(weights!.length).toBe(18);
  expect(histograms![1]).toMatch(/^dense_1,1,,-\d\S+,0$/);
});

test("absent, it is no option; twice, nothing, or of a network without weights it is refused", () => {
  const parsed = (more: object) => schema.safeParse({ ...settings, ...more });
  expect(Object.keys(parsed({}).data!)).not.toContain("keep");
  for (const keep of [[], ["weight_statistics", "weight_statistics"], ["weights"]])
    expect(parsed({ keep }).success).toBe(false);
  const data = { type: "dataset", shape: [2], classes: null, count: 30 } as const;
  const rest = { layers: ["layer_norm"], validation: undefined, data: "points" };
  expect(
    checkKind(train, { ...settings, ...rest, ...kept }, { inputs: { data } }).told.map(({ title }) => title),
  ).toContain("no weights to keep");
  const { ports } = checkKind(train, { ...settings, ...kept, validation: undefined }, { inputs: { data } });
  expect(ports.weight_statistics).toEqual({ type: "weight_history", weightedLayers: ["dense_1", "dense_2"] });
});
