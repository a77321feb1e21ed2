/**
 * Small searches, evaluations and trainings of a regression, made here so that every number in a test can be followed.
 */
import type { ScoreSpread } from "../../src/util/statistics.js";
import { blobOf } from "../../src/values/blob.js";
import type { EvaluationData } from "../../src/values/evaluation.js";
import type { EpochScore, TrainedModel } from "../../src/values/model.js";
import type { Output } from "../../src/values/output.js";
import type { SearchData } from "../../src/values/search.js";
import type { SelectionData } from "../../src/values/selection.js";
import { judged, modelData, outputOf } from "./data.js";

export const spread = (mean: number, sd = mean / 10, count = 4): ScoreSpread => ({
  mean,
  sd,
  se: sd / Math.sqrt(count),
  count,
});

type Trial = SearchData["trials"][number];
/** Trials of the full grid of `space`, in its order; a score of null is a failure. Ranks follow from the scores. */
export function searchData(
  space: Readonly<Record<string, readonly (string | number)[]>>,
  scores: readonly (number | null)[],
  over: Partial<SearchData> = {},
): SearchData {
  let grid: Record<string, string | number>[] = [{}];
  for (const [name, values] of Object.entries(space))
    grid = grid.flatMap((point) => values.map((value) => ({ ...point, [name]: value })));
  const sorted = scores.filter((score) => score !== null).toSorted((a, b) => a - b);
  const trials = grid.map((values, index): Trial => {
    const score = scores[index] ?? null;
    return {
      key: Object.values(values).join("-"),
      values,
      status: score === null ? "failed" : "ok",
      rank: score === null ? null : sorted.indexOf(score) + 1,
      score: score === null ? null : spread(score),
      metrics: score === null ? null : { train: { loss: spread(score / 2) }, validation: { loss: spread(score) } },
      cells: ["1", "2"].map((element) => ({
        element,
        score,
        error: score === null && element === "2" ? `The loss of ${index} is not a number` : null,
      })),
      parameters: score === null ? null : 1000 + index,
      p: score === null ? null : ([1, 0.12][sorted.indexOf(score)] ?? 0.004),
      tied: score !== null && sorted.indexOf(score) <= 1,
      options: { trial: values },
    };
  });
  return {
    strategy: "grid",
    objective: { metric: "validation.loss", direction: "minimize" },
    space,
    parameters: Object.keys(space),
    counts: {
      total: trials.length,
      rejected: [],
      trials: trials.length,
      failed: scores.filter((score) => score === null).length,
    },
    comparison: { test: "corrected_t", over: "folds", count: 2, ratio: 1 },
    trials,
    metrics: {},
    ...over,
  };
}
/**
 * The same search, halved: after the first rung's epochs who has no second score is stopped; a score of null is a
 * failure there. Ranks: who went further first, then by score.
 */
export function halvedData(
  search: SearchData,
  epochs: readonly number[],
  scores: readonly (readonly (number | null)[])[],
) {
  const sign = search.objective.direction === "minimize" ? 1 : -1;
  const last = (index: number): number | null => scores[index]!.at(-1) ?? null;
  const order = search.trials
    .map((_, index) => index)
    .filter((index) => last(index) !== null)
    .toSorted((a, b) => scores[b]!.length - scores[a]!.length || sign * (last(a)! - last(b)!));
  const trials = search.trials.map((trial, index): Trial => {
    const own = scores[index]!;
    const rungs = own.map((score, at) => ({
      ...{ rung: at + 1, epochs: epochs[at]! },
      score: score === null ? null : spread(score),
    }));
    const score = last(index);
    const whole = own.length === epochs.length ? "ok" : "stopped";
    return {
      ...trial,
      status: score === null ? "failed" : whole,
      rank: score === null ? null : order.indexOf(index) + 1,
      score: score === null ? null : spread(score),
      ...{ p: null, tied: false, rungs },
      round: { generation: 1, rung: own.length, epochs: epochs[own.length - 1]! },
    };
  });
  const rounds = epochs.map((length, at) => {
    const ran = scores.filter((own) => own.length > at).length;
    return { generation: 1, rung: at + 1, epochs: length, places: ran, ran };
  });
  return { ...search, trials, rounds };
}
export function selectionData(search: SearchData, keys: readonly string[]): SelectionData {
  const winners = keys.map((key, index) => {
    const { values, score, parameters, options } = search.trials.find((trial) => trial.key === key)!;
    return { rank: index + 1, key, values, score: score!, parameters, source: 0, options };
  });
  return {
    rule: "best",
    objective: search.objective,
    parameters: search.parameters,
    candidates: search.trials.length,
    winners,
  };
}

/** One feature, one target, as float32; `rows` are all, in order. */
export function pairsOutput(pairs: readonly (readonly [number, number])[], split = "train"): Output {
  return {
    type: "dataset",
    data: {
      count: pairs.length,
      shape: [1],
      classes: null,
      scale: 1,
      featureNames: ["input"],
      targetNames: ["label"],
      split,
    },
    blobs: {
      features: blobOf(
        "float32",
        [pairs.length, 1],
        Float32Array.from(pairs, ([x]) => x),
      ),
      labels: blobOf(
        "float32",
        [pairs.length, 1],
        Float32Array.from(pairs, ([, y]) => y),
      ),
    },
  };
}
/** Of a model that says `model(x)`, with a curve of 21 points from the least to the greatest x. */
export function evaluationOutput(
  pairs: readonly (readonly [number, number])[],
  model: (x: number) => number,
  split = "test",
): Output {
  const predictions = Float32Array.from(pairs, ([x]) => model(x));
  const mse = pairs.reduce((sum, [x, y]) => sum + (model(x) - y) ** 2, 0) / pairs.length;
  const [low, high] = [Math.min(...pairs.map(([x]) => x)), Math.max(...pairs.map(([x]) => x))];
  const curve = Float32Array.from({ length: 42 }, (_, at) => {
    const x = low + ((high - low) * Math.floor(at / 2)) / 20;
    return at % 2 === 0 ? x : model(x);
  });
  const data: EvaluationData = {
    loss: "mse",
    classes: null,
    shape: [1],
    scale: 1,
    split,
    ...judged,
    metrics: { mse, rmse: Math.sqrt(mse), mae: 0, r2: 0, count: pairs.length },
    intervals: { mse: [mse / 2, 2 * mse], rmse: null, mae: null, r2: null },
  };
  const { blobs } = pairsOutput(pairs);
  return {
    type: "evaluation",
    data: data as never,
    blobs: {
      ...blobs,
      rows: blobOf("int32", [pairs.length], Int32Array.from(pairs.keys())),
      predictions: blobOf("float32", [pairs.length, 1], predictions),
      curve: blobOf("float32", [21, 2], curve),
    },
  };
}

export function training(losses: readonly number[], offset = 0): TrainedModel {
  const history = losses.map(
    (loss, index): EpochScore => ({
      epoch: index + 1,
      learningRate: 0.01,
      train: { loss: loss + offset },
      validation: { loss: 2 * (loss + offset) },
    }),
  );
  return modelData(history, "mse", losses.length);
}
export const trainingOutput = (losses: readonly number[], offset = 0): Output =>
  outputOf("model", training(losses, offset));
