/**
 * Small outputs, made by formula, that the pictures of the reference page are drawn from. Each figure says which it
 * takes (`sample` in its file).
 *
 * Nothing is trained, so no number depends on the machine.
 */

import { settingsOf } from "../src/augment/recipe.js";
import { softmaxRows } from "../src/learn/logits.js";
import { measured, type Resampling } from "../src/learn/metric-intervals.js";
import { stream } from "../src/learn/random.js";
import type { Preparation } from "../src/pipeline/gathering.js";
import { datasetOutput } from "../src/stages/dataset.js";
import type { Samples } from "../src/stages/figure-samples.js";
import { gappedCurve, makeGappedCurve } from "../src/stages/load-synthetic.js";
import { profileOf } from "../src/stages/profile.js";
import { curvesOf, placesOf } from "../src/stages/search-curves.js";
import { correctedResampledT, significance } from "../src/statistics/tests.js";
import { digestJson } from "../src/util/digest.js";
import type { JsonObject } from "../src/util/json.js";
import { rounded } from "../src/util/numbers.js";
import { type ScoreSpread, spreadOf } from "../src/util/statistics.js";
import { blobOf, float32Of, int32Of } from "../src/values/blob.js";
import type { JudgedTraining } from "../src/values/evaluation.js";
import { type EpochScore, historyBlob } from "../src/values/model.js";
import { type Output, outputOf } from "../src/values/output.js";
import type { SearchData, TrialData } from "../src/values/search.js";
import { withFields } from "./field-sample.js";
import { inspectionOf } from "./inspection-sample.js";
import { sampleWeightHistory } from "./weight-samples.js";

const random = (purpose: string) => stream(7, [], purpose);

const shapes = ["ring", "cross", "bars"];
/** 16 × 16 grey pixels: a shape that is a little off its place, under noise. */
function imageOf(shape: number, noise: { uniform(): number }): number[] {
  const [x0, y0] = [7.5 + 2 * (noise.uniform() - 0.5), 7.5 + 2 * (noise.uniform() - 0.5)];
  return Array.from({ length: 256 }, (_, at) => {
    const [x, y] = [(at % 16) - x0, Math.floor(at / 16) - y0];
    const ring = 1 - Math.abs(Math.sqrt(x * x + y * y) - 5) / 2;
    const cross = Math.max(Math.abs(x), Math.abs(y)) < 6 ? 1.6 - Math.abs(Math.abs(x) - Math.abs(y)) / 1.2 : 0;
    const bars = Math.abs(y) < 6 ? 1.2 - Math.abs(((x + 32) % 5) - 2.5) : 0;
    const ink = [ring, cross, bars][shape]!;
    return Math.round(255 * Math.min(1, Math.max(0, ink) * 0.85 + 0.15 * noise.uniform()));
  });
}
function images(counts: readonly number[], split: string): Output<"dataset"> {
  const noise = random("images");
  const labels = counts.flatMap((count, shape) => new Array<number>(count).fill(shape));
  const data = { count: labels.length, shape: [16, 16, 1], classes: shapes, scale: 1 / 255, split };
  const pixels = Uint8Array.from(labels.flatMap((shape) => imageOf(shape, noise)));
  const output = datasetOutput(
    { ...data, featureNames: [], targetNames: [] },
    {
      features: blobOf("uint8", [labels.length, 16, 16, 1], pixels),
      labels: blobOf("int32", [labels.length], Int32Array.from(labels)),
    },
  );
  return outputOf(output, "dataset");
}

/** 28 × 28 grey pixels of a letter F, of which every turn and reflection is another picture. */
export function letter(): Float32Array {
  const strokes = [
    [9, 5, 9, 22],
    [9, 5, 19, 5],
    [9, 13, 16, 13],
  ] as const;
  return Float32Array.from({ length: 784 }, (_, at) => {
    const [x, y] = [at % 28, Math.floor(at / 28)];
    const away = strokes.map(([x0, y0, x1, y1]) =>
      Math.hypot(x - Math.min(x1, Math.max(x0, x)), y - Math.min(y1, Math.max(y0, y))),
    );
    return Math.min(0.8, Math.max(0, 2 - Math.min(...away)));
  });
}
/** The letter, with a recipe of three transforms. */
function augmented(): Output<"dataset"> {
  const pixels = Uint8Array.from(letter(), (value) => Math.round(255 * value));
  const transforms = [
    settingsOf("rotate", { degrees: 20 }),
    settingsOf("elastic", { alpha: 40, sigma: 4 }),
    settingsOf("brightness", { factor: 0.4 }),
  ];
  const output = datasetOutput(
    {
      ...{ count: 1, shape: [28, 28, 1], classes: ["F"], scale: 1 / 255, split: "train", featureNames: [] },
      ...{ targetNames: [], recipe: { transforms, scale: 1 / 255 } },
    },
    { features: blobOf("uint8", [1, 28, 28, 1], pixels), labels: blobOf("int32", [1], Int32Array.of(0)) },
  );
  return outputOf(output, "dataset");
}

const [lowX, highX] = [-5, 5];
const curve = makeGappedCurve(
  {
    count: 60,
    gaps: [
      [-3.2, -1.2],
      [1.4, 3.4],
    ],
    noise: 0.5,
    test_noise: 0.1,
  },
  { seed: 7, folds: [] },
);
const [train, test] = [outputOf(curve.train, "dataset"), outputOf(curve.test, "dataset")];

const judged = {
  model: { digest: "sha256:01", parameters: 1185, epochs: 500, bestEpoch: 430, train: { loss: 0.2 } },
  examples: "sha256:02",
} as const;

const resampling = (): Resampling => ({ random: stream(0, [], "intervals"), before: () => undefined });

/** A model that says `model(x)`, on the test points. */
function fitOf(model: (x: number) => number): Output<"evaluation"> {
  const { features, labels } = test.blobs;
  const xs = float32Of(features!);
  const predictions = Float32Array.from(xs, model);
  const rows = Int32Array.from(xs.keys());
  const line = Float32Array.from({ length: 2 * 81 }, (_, at) => {
    const x = lowX + ((highX - lowX) * Math.floor(at / 2)) / 80;
    return at % 2 === 0 ? x : model(x);
  });
  const examples = { ...test.data, features: xs, labels: float32Of(labels!), targets: 1, rows };
  return {
    type: "evaluation",
    data: {
      loss: "mse",
      classes: null,
      shape: [1],
      scale: 1,
      split: "test",
      ...judged,
      ...measured(predictions, examples, { type: "mse" }, [], resampling()),
    },
    blobs: {
      features: features!,
      labels: labels!,
      rows: blobOf("int32", [rows.length], rows),
      predictions: blobOf("float32", [rows.length, 1], predictions),
      curve: blobOf("float32", [81, 2], line),
    },
  };
}
/** A model that is off by a wave of this height and number, most where there were no training points. */
const off = (height: number, waves: number) => (x: number) =>
  gappedCurve(x) + height * Math.sin(waves * x) * (0.3 + 1 / (1 + (x + 2) ** 2) + 0.7 / (1 + (x - 2.5) ** 2));

/** Four classes: what was taken for what. */
function classes(): Output<"evaluation"> {
  const names = ["cat", "dog", "fox", "hare"];
  const confusion = [
    [46, 3, 1, 0],
    [5, 41, 4, 0],
    [0, 7, 33, 2],
    [1, 0, 2, 55],
  ];
  const pairs = confusion.flatMap((row, truth) =>
    row.flatMap((count, predicted) => new Array<[number, number]>(count).fill([truth, predicted])),
  );
  const noise = random("classes");
  const logits = pairs.map(([truth, predicted]) => {
    const row = names.map((_, at) => noise.normal() + (at === truth ? 1.6 : 0));
    const best = row.indexOf(Math.max(...row));
    [row[best], row[predicted]] = [row[predicted]!, row[best]!];
    return row.map((logit) => (truth === predicted ? 2.2 : 1.2) * logit);
  });
  const labels = pairs.map(([truth]) => truth);
  const shape = [8];
  const features = Float32Array.from({ length: 8 * labels.length }, () => rounded(noise.normal(), 3));
  return evaluationOf({ classes: names, shape, scale: 1, split: "test", labels, logits }, features);
}

export interface Said {
  readonly classes: readonly string[];
  readonly shape: readonly number[];
  readonly scale: number;
  readonly split: string;
  readonly labels: readonly number[];
  /** Of each example. */
  readonly logits: readonly (readonly number[])[];
}
export function evaluationOf(
  { classes, shape, scale, split, labels, logits }: Said,
  features: Float32Array | Uint8Array,
): Output<"evaluation"> {
  const rows = Int32Array.from(labels.keys());
  const count = rows.length;
  const outputs = Float32Array.from(logits.flat());
  const examples = { count, shape, scale, classes, features, labels: Int32Array.from(labels), targets: 1, rows };
  const sure = measured(outputs, examples, { type: "cross_entropy" }, [], resampling());
  const dtype = features instanceof Uint8Array ? "uint8" : "float32";
  return {
    type: "evaluation",
    data: { loss: "cross_entropy", classes, shape, scale, split, ...judged, ...sure },
    blobs: {
      features: blobOf(dtype, [count, ...shape], features),
      labels: blobOf("int32", [count], examples.labels),
      rows: blobOf("int32", [count], rows),
      predictions: blobOf("float32", [count, classes.length], softmaxRows(outputs, classes.length)),
    },
  };
}

/** Of the images: a model that takes every fourth for another shape. */
function mistaken({ data, blobs }: Output<"dataset">): Output<"evaluation"> {
  const noise = random("mistaken");
  const labels = [...int32Of(blobs.labels!)];
  const logits = labels.map((truth, at) => {
    const said = at % 4 === 3 ? (truth + 1 + (at % 8 > 3 ? 1 : 0)) % 3 : truth;
    return shapes.map((_, shape) => noise.normal() / 2 + (shape === said ? 1 + 3 * noise.uniform() : 0));
  });
  const { shape, scale } = data;
  return evaluationOf({ classes: shapes, shape, scale, split: "test", labels, logits }, blobs.features!.bytes());
}

/** Three classifiers of the same 800 examples; what one mistakes, a weaker one mostly mistakes too. */
function rivals(): Samples["rivals"] {
  const noise = random("rivals");
  const names = ["cat", "dog", "fox", "hare"];
  const labels = Array.from({ length: 800 }, () => noise.int(4));
  const hardness = labels.map(() => noise.uniform());
  const features = Float32Array.from({ length: 8 * labels.length }, () => rounded(noise.normal(), 3));
  const dense = (units: number, activation?: string) => ({ dense: { units, activation: activation ?? "linear" } });
  const conv = (kernels: number, size: number) => ({ conv: { kernels, size, padding: 0, activation: "relu" } });
  const common = { loss: "cross_entropy", batch_size: 64, epochs: 40 };
  const rotated: Preparation = { kind: "augment", options: { transforms: [{ rotate: { degrees: 10 } }] } };
  const rival = (
    label: string,
    skill: number,
    { parameters, bestEpoch }: Pick<JudgedTraining, "parameters" | "bestEpoch">,
    settings: JsonObject,
    ...prepared: readonly Preparation[]
  ): Samples["rivals"][number] => {
    const logits = labels.map((truth, at) => {
      const said = hardness[at]! + 0.03 * noise.normal() < skill ? truth : (truth + 1) % 4;
      return names.map((_, index) => (index === said ? 2 : noise.normal() / 2));
    });
    const said: Said = { classes: names, shape: [8], scale: 1, split: "test", labels, logits };
    const evaluation = evaluationOf(said, features);
    const train = { loss: 0.02, accuracy: 0.99 };
    const validation = { loss: 1.2 * (1 - skill), accuracy: rounded(skill - 0.004, 4) };
    const model: JudgedTraining = { digest: digestJson(label), parameters, epochs: 40, bestEpoch, train, validation };
    return {
      label,
      evaluation: { ...evaluation, data: { ...evaluation.data, model } },
      behind: { choice: null, settings: { ...common, ...settings }, prepared },
    };
  };
  const adam = { adam: { learning_rate: 0.003 } };
  const rmsprop = { rmsprop: { learning_rate: 0.001 } };
  return [
    rival(
      "dense",
      0.895,
      { parameters: 7_431_178, bestEpoch: 31 },
      {
        ...{ layers: ["flatten", dense(4096, "leaky_relu"), "batch_norm", dense(1024, "leaky_relu"), dense(10)] },
        optimizer: adam,
      },
    ),
    rival(
      "cnn",
      0.9,
      { parameters: 227_130, bestEpoch: 18 },
      {
        ...{
          layers: [conv(16, 7), conv(64, 3), { max_pool: 2 }, conv(16, 3), "flatten", dense(512, "relu"), dense(10)],
        },
        optimizer: rmsprop,
      },
    ),
    rival(
      "cnn_aug",
      0.955,
      { parameters: 544_842, bestEpoch: 32 },
      {
        ...{
          layers: [
            conv(128, 5),
            { max_pool: 2 },
            conv(128, 5),
            { max_pool: 2 },
            "flatten",
            dense(64, "relu"),
            dense(10),
          ],
        },
        optimizer: rmsprop,
      },
      rotated,
    ),
  ];
}

function modelOf(loss: "cross_entropy" | "mse", history: readonly EpochScore[]): Output<"model"> {
  const best = history.toSorted((a, b) => a.validation!.loss - b.validation!.loss)[0]!;
  const { train: last, validation } = history.at(-1)!;
  return {
    type: "model",
    data: {
      layers: [],
      inputShape: [8],
      outputShape: [4],
      scale: 1,
      classes: null,
      loss,
      parameters: [],
      stopped: "epochs",
      metrics: { train: last, validation: validation!, epochs: history.length, bestEpoch: best.epoch },
    },
    blobs: { history: historyBlob(history) },
  };
}
/** Loss and accuracy that improve, and later those of the validation examples no more. */
function model(): Output<"model"> {
  const noise = random("model");
  const scoreAt = (epoch: number, floor: number, late: number) => {
    const loss = floor + 1.5 * Math.exp(-epoch / 3) + late * Math.max(0, epoch - 9) + 0.02 * noise.normal();
    return { loss, accuracy: Math.min(1, 0.99 - 0.35 * loss) };
  };
  const history = Array.from({ length: 14 }, (_, at): EpochScore => {
    const epoch = at + 1;
    return { epoch, learningRate: 0.001, train: scoreAt(epoch, 0.1, 0), validation: scoreAt(epoch, 0.26, 0.02) };
  });
  return modelOf("cross_entropy", history);
}
function foldModel(fold: number): Output<"model"> {
  const noise = random(`fold ${fold}`);
  const lossAt = (epoch: number, floor: number): number =>
    (floor + 5 * Math.exp(-epoch / (6 + fold))) * (1 + 0.03 * noise.normal());
  const history = Array.from({ length: 40 }, (_, at): EpochScore => {
    const epoch = at + 1;
    const validation = { loss: lossAt(epoch, 0.3 + 0.06 * fold) };
    return { epoch, learningRate: 0.001, train: { loss: lossAt(epoch, 0.2) }, validation };
  });
  return modelOf("mse", history);
}

type Space = Readonly<Record<string, readonly (string | number)[]>>;
/** The full grid, with scores of five folds around `scoreOf`. */
async function searchOf(space: Space, scoreOf: (values: JsonObject) => number): Promise<Output<"search">> {
  const noise = random(`search ${Object.keys(space).join()}`);
  let grid: readonly JsonObject[] = [{}];
  for (const [name, values] of Object.entries(space))
    grid = grid.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  const folds = grid.map((values): readonly number[] => {
    const mean = scoreOf(values) * (1 + 0.08 * noise.normal());
    return [0, 1, 2, 3, 4].map(() => mean * (1 + 0.12 * noise.normal()));
  });
  const scores = folds.map((list): ScoreSpread => spreadOf(list));
  const best = scores.toSorted((a, b) => a.mean - b.mean);
  const trials = grid.map((values, index): TrialData => {
    const score = scores[index]!;
    const rank = best.indexOf(score) + 1;
    const own = folds[scores.indexOf(best[0]!)]!;
    const differences = folds[index]!.map((value, fold) => value - own[fold]!);
    const p = correctedResampledT(differences, 1 / 4)!.p;
    return {
      key: Object.values(values).join("-"),
      values,
      status: "ok",
      rank,
      score,
      metrics: { validation: { loss: score } },
      cells: [],
      parameters: 33 * Number(values.units ?? 16) + 1,
      p,
      tied: p >= significance,
      options: { trial: values },
    };
  });
  const data: SearchData = {
    strategy: "grid",
    objective: { metric: "validation.loss", direction: "minimize" },
    space,
    parameters: Object.keys(space),
    counts: { total: trials.length, rejected: [], trials: trials.length, failed: 0 },
    comparison: { test: "corrected_t", over: "folds", count: 5, ratio: 1 / 4 },
    trials,
    metrics: {},
  };
  const curves = await sampleCurves(
    trials.map(({ key }) => key),
    folds,
  );
  return { type: "search", data: { ...data, curves: curves.data }, blobs: { curves: curves.blob } };
}
/**
 * Losses that fall, each fold's towards its score, and a training loss that falls below it.
 *
 * @param epochs  that each trial is trained
 */
async function sampleCurves(
  keys: readonly string[],
  folds: readonly (readonly number[])[],
  epochs: readonly number[] = keys.map(() => 40),
) {
  const historyOf = (score: number, trial: number): readonly EpochScore[] =>
    Array.from({ length: epochs[trial]! }, (_, at): EpochScore => {
      const start = 2 * Math.exp(-at / (3 + 0.5 * (trial % 4)));
      const late = 0.004 * (trial % 3) * Math.max(0, at - 20);
      const [train, validation] = [{ loss: 0.8 * score + start }, { loss: score + 1.2 * start + late * score }];
      return { epoch: at + 1, learningRate: 0.001, train, validation };
    });
  const cells = folds.flatMap((list, source) =>
    list.map((score, fold) => ({ source, element: String(fold + 1), value: modelOf("mse", historyOf(score, source)) })),
  );
  const elements = folds[0]!.map((_, fold) => String(fold + 1));
  const means = [{ part: "trial", metric: "bestEpoch", list: "cells", cells: elements }];
  const runs = keys.map((key, source) => ({ key, source, means }));
  return (await curvesOf(runs, new Map([["cells", placesOf(cells)]])))!;
}
/** The same grid, halved: after some epochs a third survives, by its mean over the folds. */
async function halvedOf({ data }: Output<"search">, lengths: readonly number[]): Promise<Output<"search">> {
  const keys = data.trials.map(({ key }) => key);
  const folds = data.trials.map(({ score }) => [0.9, 1, 1.1].map((times) => times * score!.mean));
  const after = (trial: number, epochs: number): ScoreSpread => {
    const start = 2 * Math.exp(-(epochs - 1) / (3 + 0.5 * (trial % 4)));
    const late = 0.004 * (trial % 3) * Math.max(0, epochs - 21);
    return spreadOf(folds[trial]!.map((score) => score + 1.2 * start + late * score));
  };
  let left = keys.map((_, trial) => trial);
  const ran = keys.map((): { rung: number; epochs: number; score: ScoreSpread }[] => []);
  for (const [index, epochs] of lengths.entries()) {
    for (const trial of left) ran[trial]!.push({ rung: index + 1, epochs, score: after(trial, epochs) });
    if (index + 1 === lengths.length) break;
    const best = left.toSorted((a, b) => after(a, epochs).mean - after(b, epochs).mean);
    left = best.slice(0, Math.ceil(left.length / 3));
  }
  const order = keys
    .map((_, trial) => trial)
    .toSorted((a, b) => ran[b]!.length - ran[a]!.length || ran[a]!.at(-1)!.score.mean - ran[b]!.at(-1)!.score.mean);
  const trials = data.trials.map((trial, index): TrialData => {
    const rungs = ran[index]!;
    const { rung, epochs, score } = rungs.at(-1)!;
    const cells = folds[index]!.map((_, fold) => ({ element: String(fold + 1), score: score.mean, error: null }));
    const status = rungs.length === lengths.length ? "ok" : "stopped";
    const round = { generation: 1, rung, epochs };
    return { ...trial, cells, status, rank: order.indexOf(index) + 1, score, round, rungs, p: null, tied: false };
  });
  const curves = await sampleCurves(
    keys,
    folds,
    ran.map((rungs) => rungs.at(-1)!.epochs),
  );
  const rounds = lengths.map((epochs, at) => {
    const count = ran.filter((rungs) => rungs.length > at).length;
    return { generation: 1, rung: at + 1, epochs, places: count, ran: count };
  });
  return { type: "search", data: { ...data, trials, rounds, curves: curves.data }, blobs: { curves: curves.blob } };
}
/** Thirty configurations in five generations, each nearer to the best values than those before; two of them failed. */
function sampledOf(): Output<"search"> {
  const noise = random("sampled");
  const [count, batch] = [30, 6];
  const activations = ["relu", "gelu", "tanh"];
  const space = { rate: { log_uniform: [1e-4, 1e-1] }, units: { integer: [8, 64] }, activation: activations };
  const found = Array.from({ length: count }, (_, index) => {
    const narrow = 1 - 0.15 * Math.floor(index / batch);
    const at = (middle: number): number => middle + narrow * (noise.uniform() - middle);
    const rate = rounded(10 ** (-4 + 3 * at(0.6)), 3);
    const units = Math.round(8 + 56 * at(0.8));
    const activation = activations[noise.uniform() < narrow ? noise.int(3) : 1]!;
    const off = Math.log10(rate) + 2.2;
    const base = 0.1 + 0.25 * off ** 2 + 2 / units + (activation === "gelu" ? 0 : 0.06);
    const isFailed = index === 2 || index === 9;
    return { values: { rate, units, activation }, score: isFailed ? null : base * (1 + 0.04 * noise.normal()) };
  });
  const order = found
    .flatMap(({ score }, index) => (score === null ? [] : [{ score, index }]))
    .sort((a, b) => a.score - b.score)
    .map(({ index }) => index);
  const trials = found.map(({ values, score }, index): TrialData => {
    const error = score === null ? "loss is no longer a number" : null;
    return {
      key: String(index + 1),
      values,
      status: score === null ? "failed" : "ok",
      rank: score === null ? null : order.indexOf(index) + 1,
      score: score === null ? null : spreadOf([score]),
      round: { generation: Math.floor(index / batch) + 1, rung: 1, epochs: null },
      metrics: null,
      cells: [{ element: null, score, error }],
      parameters: 33 * values.units + 1,
      p: null,
      tied: false,
      options: { trial: values },
    };
  });
  const reached = order.filter((index) => found[index]!.score! <= 0.16).toSorted((a, b) => a - b)[0];
  const data: SearchData = {
    strategy: "tpe",
    objective: { metric: "validation.loss", direction: "minimize" },
    space,
    parameters: Object.keys(space),
    counts: { total: null, rejected: [], trials: count, failed: 2 },
    rounds: Array.from({ length: count / batch }, (_, at) => ({
      ...{ generation: at + 1, rung: 1, epochs: null },
      ...{ places: batch, ran: batch },
    })),
    target: {
      metric: "validation.loss",
      bound: "<= 0.16",
      reached: reached === undefined ? null : String(reached + 1),
    },
    comparison: { test: null, reason: "one_training" },
    trials,
    metrics: {},
  };
  return { type: "search", data, blobs: {} };
}
function selectionOf({ data }: Output<"search">, ...ranks: readonly number[]): Output<"selection"> {
  const winners = ranks.map((rank) => {
    const { key, values, score, parameters, options } = data.trials.find((trial) => trial.rank === rank)!;
    return { rank, key, values, score: score!, parameters, source: 0, options };
  });
  const { objective, parameters } = data;
  return {
    type: "selection",
    data: { rule: "best", objective, parameters, candidates: data.trials.length, winners },
    blobs: {},
  };
}

const coarse = await searchOf(
  { hidden: [1, 2], units: [8, 32] },
  ({ hidden, units }) => 2.6 / (Number(hidden) * Number(units) ** 0.5),
);
const wide = await searchOf(
  { hidden: [2, 3], units: [16, 32, 64], activation: ["elu", "gelu"] },
  ({ hidden, units, activation }) =>
    (activation === "gelu" ? 0.7 : 1) / (0.6 * Number(hidden) + 0.4 * Math.log2(Number(units))),
);
const shapeImages = images([18, 14, 10], "train");
const outerFolds = ["1", "2", "3"];

export const samples: Samples = {
  images: shapeImages,
  fewer: images([6, 5, 4], "validation"),
  augmented: augmented(),
  train,
  test,
  profile: { type: "profile", data: profileOf(train, test), blobs: {} },
  model: model(),
  foldModels: new Map([1, 2, 3, 4, 5].map((fold) => [String(fold), foldModel(fold)])),
  classes: classes(),
  mistaken: mistaken(shapeImages),
  rivals: rivals(),
  fits: new Map(coarse.data.trials.map(({ key, rank }) => [key, fitOf(off(0.25 * rank!, 1 + rank!))])),
  coarse,
  wide,
  halved: await halvedOf(wide, [4, 12, 36]),
  sampled: sampledOf(),
  winners: selectionOf(wide, 1, 2),
  outerWinners: new Map(outerFolds.map((fold, at) => [fold, selectionOf(wide, at === 1 ? 2 : 1)])),
  inspection: withFields(inspectionOf(shapeImages), shapeImages),
  weightHistory: sampleWeightHistory(),
  outerFits: new Map(outerFolds.map((fold, at) => [fold, fitOf(off(0.2 + 0.15 * at, 2))])),
};
