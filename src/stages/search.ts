/**
 * search: trials of one or more stages, each with other values, compared by one metric.
 *
 * What a trial runs is checked and run as ordinary stages, one step per trial and fold. What is left here is the space,
 * and gathering: mean, standard deviation and standard error of the objective over a trial's cells, and ranks; which
 * trials cannot be told from the best is `search-ties.ts`'s.
 */

import * as z from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Gathering } from "../pipeline/gathering.js";
import type { Kind } from "../pipeline/kind.js";
import { most } from "../pipeline/limits.js";
import { aggregateMetrics } from "../util/aggregate.js";
import type { JsonObject } from "../util/json.js";
import { levelsOf } from "../util/levels.js";
import { type ScoreSpread, spreadOf } from "../util/statistics.js";
import { modelOf, parameterCountOf } from "../values/model.js";
import { metricsOf, type Output, outputOf, type PortType } from "../values/output.js";
import { type SearchData, searchHeadline, type TrialData } from "../values/search.js";
import { searchInBrief, searchPreview } from "../values/search-preview.js";
import { roundsOf } from "./rounds.js";
import { curvesOf, type Places, placesOf } from "./search-curves.js";
import { isTied, type Tried, tiesOf } from "./search-ties.js";
import { drawnFrom, gridOf, type Space, spaceOption } from "./space.js";
import { constraintsOption } from "./space-rules.js";

const metric = z.string({ error: "the name of a metric, such as `validation.loss`" });
const schema = z.strictObject({
  strategy: z
    .enum(["grid", "random"])
    .describe("`grid` tries every configuration, `random` as many as `budget` says, each once."),
  space: spaceOption,
  constraints: constraintsOption,
  trial: z
    .record(z.string(), z.unknown(), { error: "a stage, such as {kind: train, …}, or several by name" })
    .describe(
      "What is run for each configuration: a stage with its `kind`, or several by name, which read each " +
        "other. `each:` in it runs it once per fold or seed; configurations are drawn once for all seeds.",
    ),
  objective: z
    .strictObject({
      minimize: metric
        .optional()
        .describe("Metric whose mean over the folds or seeds is best when small, such as `validation.loss`."),
      maximize: metric
        .optional()
        .describe("Metric whose mean over the folds or seeds is best when large, such as `validation.accuracy`."),
    })
    .refine((value) => Object.keys(value).length === 1, { error: "one of `minimize: metric` and `maximize: metric`" })
    .describe(
      "What trials are compared by: a metric of the trial's last stage, or `stage.metric` where a trial has several.",
    ),
  budget: z
    .number()
    .int()
    .min(1)
    .refine(...most("trials"))
    .optional()
    .describe("`random`: how many configurations are tried."),
  max_failures: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "How many trials may fail (a loss that is no longer a number, say) before the search does. Failed " +
        "trials are kept with their reason and left out of the ranking. Default: all but one.",
    ),
});
type Options = z.infer<typeof schema>;

export const search: Kind<Options, Record<never, never>, Record<string, PortType>> = {
  name: "search",
  version: 5,
  summary:
    "Tries configurations of a stage and compares them, by cross-validation where the trial runs over folds, or " +
    "over seeds.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [],
  outputs: {
    results:
      "Every trial with its score: mean, standard deviation and standard error over its folds or seeds, rank, the " +
      "mean best epoch of its trainings, and failures with their reason; and whether it cannot be told from the best, " +
      "by a test of the paired differences: over folds the corrected resampled t-test, over seeds a t-test, of one " +
      "evaluation each McNemar's exact test (accuracy) or a paired bootstrap. A single training of each cannot be " +
      "tested. The blob `curves` has their mean learning curves.",
  },
  example: `
stages:
  points: {kind: load, source: csv, train: points.csv, target: label}
  mixed:  {kind: shuffle, data: points.train}
  folds:  {kind: fold, data: mixed, k: 10}
  coarse:
    kind: search
    strategy: grid
    space: {hidden: [2, 3], units: [16, 32, 64], activation: [elu, gelu], learning_rate: [0.01, 0.001]}
    constraints:
      - never: {hidden: 3, units: '> 32'}
    trial:
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers:
        - repeat: {times: "\${trial.hidden}", layers: [{dense: {units: "\${trial.units}", activation: "\${trial.activation}"}}]}
        - dense: {units: 1}
      loss: mse
      optimizer: {adam: {learning_rate: "\${trial.learning_rate}"}}
      batch_size: 18
      epochs: 500
    objective: {minimize: validation.loss}
  winners: {kind: select, from: coarse, top: 2}
  final:   {kind: train, each: winners, use: winners.trial, data: mixed}
`,
  usesEngine: false,
  decides: "search",
  drawsRandomNumbers: true,
  preview: (_name, output) => searchPreview(outputOf(output, "search")),
  brief: ({ results }) => searchInBrief(outputOf(results, "search")),
  headline: ({ results }) => searchHeadline(outputOf(results, "search")),
  trials(options, seed) {
    const space = options.space as Space;
    if (options.strategy === "random" && options.budget === undefined)
      return {
        problem: {
          title: "no budget",
          message: "A random search needs `budget: N`, the number of configurations to try.",
          at: ["strategy"],
        },
      };
    if (options.strategy === "grid" && options.budget !== undefined)
      return {
        problem: {
          title: "a budget for a grid",
          message: "A grid tries every configuration. Leave out `budget`, or use `strategy: random`.",
          at: ["budget"],
        },
      };
    const found =
      options.strategy === "grid"
        ? gridOf(space, options.constraints)
        : drawnFrom(space, options.constraints, options.budget!, seed);
    if ("problem" in found) return found;
    return {
      strategy: options.strategy,
      space: space as JsonObject,
      parameters: Object.keys(space),
      ...found,
      rounds: roundsOf([found.trials.map(({ key }) => key)], null),
    };
  },
  failuresAllowed: ({ max_failures: most = null }) => most,
  settings({ results }, key) {
    const { trials, parameters } = outputOf(results, "search").data;
    const found = trials.find((trial) => trial.key === key);
    return found && { ...found, parameters };
  },
  check: () => ({ results: { type: "search" } }),
  async run({ options, lists, warn }) {
    // What it is run with is written by the plan, and is no longer what stands in the file.
    const gathering = options as unknown as Gathering;
    const places = new Map(Object.entries(lists).map(([name, list]) => [name, placesOf(list)]));
    const data = gathered(gathering, places);
    const failed = data.trials.filter((trial) => trial.status === "failed");
    if (failed.length > 0) {
      const [first] = failed;
      warn(
        `${failed.length} of ${data.counts.trials} trials failed and ${failed.length === 1 ? "is" : "are"} ` +
          `left out of the ranking (${first!.key}: ${firstError(first!)}).`,
      );
    }
    const curves = curvesOf(gathering.trials, places);
    const results: Output<"search"> = curves
      ? { type: "search", data: { ...data, curves: curves.data }, blobs: { curves: curves.blob } }
      : { type: "search", data, blobs: {} };
    return { results };
  },
};

const firstError = (trial: TrialData): string =>
  trial.cells.find((cell) => cell.error !== null)?.error?.split("\n", 1)[0] ?? "";

/** @throws MistakeError where more trials failed than may, or all */
function gathered(options: Gathering, places: ReadonlyMap<string, Places>): SearchData {
  const { direction, metric: name, path } = options.objective;
  const sign = direction === "minimize" ? 1 : -1;
  const byPlace = places.get("cells") ?? new Map<string, Output>();
  const over = options.judging.axes.map(({ of, count }) => ({ of, count }));
  const isOverSeeds = over.some(({ of }) => of === "seeds");
  // An axis of one element is no level: nothing is averaged over it.
  const level =
    isOverSeeds && over.length > 1
      ? Math.max(
          0,
          over.findIndex(({ count }) => count > 1),
        )
      : null;
  const left = new Map<TrialData, readonly (Output | undefined)[]>();
  const trials = options.trials.map((trial, index): TrialData => {
    const found = trial.cells.map((element) => byPlace.get(`${index} ${element}`));
    const scored = trial.cells.map((element, at) => ({ element, ...cellOf(found[at], path) }));
    const isOk = scored.every(({ score }) => score !== null);
    const measured = found.flatMap((output, at) => {
      const metrics = output && metricsOf(output);
      return metrics ? [{ element: trial.cells[at]!, metrics }] : [];
    });
    const model = found.find((output): output is Output<"model"> => output?.type === "model");
    const data: TrialData = {
      key: trial.key,
      values: trial.values,
      status: isOk ? "ok" : "failed",
      rank: null,
      score: isOk ? scoreOf(scored, level) : null,
      metrics: measured.length > 0 ? metricsOver(measured, level) : null,
      cells: scored,
      parameters: model ? parameterCountOf(modelOf(model)) : null,
      ...bestEpochsOf(trial, index, places),
      p: null,
      tied: false,
      options: trial.options,
    };
    left.set(data, found);
    return data;
  });
  const ok = trials.filter((trial) => trial.status === "ok");
  const failed = trials.length - ok.length;
  const example = trials.find((trial) => trial.status === "failed");
  if (ok.length === 0)
    throw new MistakeError({
      title: "every trial failed",
      message: `None of the ${trials.length} trials has a result. ${example!.key}: ${firstError(example!)}`,
      at: ["trial"],
    });
  if (options.max_failures !== null && failed > options.max_failures)
    throw new MistakeError({
      title: "too many trials failed",
      message:
        `${failed} of ${trials.length} trials failed, and \`max_failures\` allows ${options.max_failures}. ` +
        `${example!.key}: ${firstError(example!)}`,
      at: ["max_failures"],
    });
  // The first of equals is the better one, in the order of the space.
  const ranked = [...ok].sort((a, b) => sign * (a.score!.mean - b.score!.mean));
  const best = ranked[0]!;
  const rank = new Map(ranked.map((trial, index) => [trial.key, index + 1]));
  const tried = ranked.map(
    (trial): Tried => ({ scores: trial.cells.map(({ score }) => score!), outputs: left.get(trial)! }),
  );
  const { comparison, ps } = tiesOf(tried, tried[0]!, options.judging, path.join("."));
  const byKey = new Map(ranked.map((trial, index) => [trial.key, ps[index]!]));
  return {
    strategy: options.strategy,
    objective: { metric: name, direction },
    space: options.space,
    parameters: options.parameters,
    counts: { ...options.counts, trials: trials.length, failed },
    comparison,
    ...(isOverSeeds ? { over } : {}),
    trials: trials.map((trial) => {
      const p = byKey.get(trial.key) ?? null;
      return { ...trial, rank: rank.get(trial.key) ?? null, p, tied: isTied(p) };
    }),
    metrics: { trials: trials.length, failed, best: best.score!.mean },
  };
}

/** Over the cells; of seeds and folds over those of a level, each a mean over those within. */
function metricsOver(
  cells: readonly { readonly element: string | null; readonly metrics: JsonObject }[],
  level: number | null,
): JsonObject {
  if (level === null) return aggregateMetrics(cells.map(({ metrics }) => metrics));
  return levelsOf(cells.map(({ element, metrics }) => ({ keys: element!.split("/"), metrics })))[level]![0]!.metrics;
}
/** The same of scores, none of which is missing. */
const scoreOf = (cells: TrialData["cells"], level: number | null): ScoreSpread =>
  // Numbers of which none is missing have a mean.
  metricsOver(
    cells.map(({ element, score }) => ({ element, metrics: { score } })),
    level,
  ).score as ScoreSpread;

/** Of the trial's stages whose means are kept; of one that left nothing there is none. */
function bestEpochsOf(
  { means = [] }: Gathering["trials"][number],
  index: number,
  places: ReadonlyMap<string, Places>,
): Pick<TrialData, "bestEpochs"> {
  const found = means.flatMap(({ part, metric, list, cells }) => {
    const values = cells.flatMap((element) => {
      const output = places.get(list)?.get(`${index} ${element}`);
      const value = output && output.type !== "failure" ? metricsOf(output)?.[metric] : undefined;
      return typeof value === "number" ? [value] : [];
    });
    return values.length > 0 ? [[part, spreadOf(values)] as const] : [];
  });
  return found.length > 0 ? { bestEpochs: Object.fromEntries(found) } : {};
}

function cellOf(
  output: Output | undefined,
  path: readonly string[],
): { readonly score: number | null; readonly error: string | null } {
  if (!output) return { score: null, error: "its process was lost" };
  if (output.type === "failure") {
    const { title, message } = output.data;
    return { score: null, error: `${title}\n${message}` };
  }
  const value = path.reduce<unknown>((found, part) => (found as JsonObject | undefined)?.[part], metricsOf(output));
  if (typeof value === "number" && Number.isFinite(value)) return { score: value, error: null };
  if (value === null) return { score: null, error: `${path.join(".")} is undefined` };
  return { score: null, error: `${path.join(".")} is ${typeof value === "number" ? String(value) : "missing"}` };
}
