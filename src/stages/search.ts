/**
 * search: trials of one or more stages, each with other values, compared by one metric.
 *
 * What a trial runs is checked and run as ordinary stages, one step per trial and fold. What is left here are the
 * trials of the space and their rounds (`search-trials.ts`), what a later round runs (`search-choosing.ts`), and the
 * results (`search-gathering.ts`).
 */

import * as z from "zod";
import type { Choosing, Gathering } from "../pipeline/gathering.js";
import type { Kind } from "../pipeline/kind.js";
import { most } from "../pipeline/limits.js";
import { trialsHeadline } from "../values/chosen-trials.js";
import { type Output, type Outputs, outputOf, type PortType } from "../values/output.js";
import { searchHeadline } from "../values/search.js";
import { searchInBrief, searchPreview, trialsPreview } from "../values/search-preview.js";
import { trialName } from "../values/trial-name.js";
import { boundOption, checkTarget } from "./expectations.js";
import { chosenFor } from "./search-choosing.js";
import { curvesOf, placesOf } from "./search-curves.js";
import { firstError, gathered } from "./search-gathering.js";
import { basisOf } from "./search-proposals.js";
import { type Asked, trialsAsked, usualBatch } from "./search-trials.js";
import { spaceOption } from "./space.js";
import { constraintsOption } from "./space-rules.js";
import { limitOf, ruleAgainst, timeLimitOption } from "./trial-limit.js";

const metric = z.string({ error: "the name of a metric, such as `validation.loss`" });
const schema = z.strictObject({
  strategy: z
    .enum(["grid", "random", "tpe"])
    .describe(
      "`grid` tries every configuration, `random` as many as `budget` says, each once; `tpe` as many, proposed batch " +
        "by batch from the scores of those before (tree-structured Parzen estimator).",
    ),
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
  halving: z
    .strictObject({
      epochs: z
        .array(
          z
            .number()
            .int()
            .min(1)
            .refine(...most("epochs")),
        )
        .min(2, { error: "at least two rungs, such as [1, 3, 9]" })
        .refine((rungs) => rungs.every((epochs, at) => at === 0 || epochs > rungs[at - 1]!), {
          error: "rising numbers, such as [1, 3, 9]",
        })
        .describe("Epochs that a trial has been trained for at the end of each rung, rising. The trial names none."),
      factor: z
        .number()
        .min(2, { error: "a number from 2, such as 3" })
        .describe("Of the n trials of a rung the best n / factor, rounded up, are trained on in the next."),
    })
    .optional()
    .describe(
      "Trains all trials for few epochs and the best of them on, rung by rung (successive halving). The others are " +
        "stopped, and keep their score and what they have learned: they go on where the file says so later.",
    ),
  budget: z
    .number()
    .int()
    .min(1)
    .refine(...most("trials"))
    .optional()
    .describe("`random`, `tpe`: how many configurations are tried."),
  batch: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      "`tpe`: how many configurations are proposed at once, from those before; they run side by side. " +
        `Default: ${usualBatch}, or the budget where that is less.`,
    ),
  target: z
    .record(z.string(), boundOption)
    .refine((target) => Object.keys(target).length === 1, {
      error: "one metric with its bound, such as {validation.accuracy: '>= 0.99'}",
    })
    .optional()
    .describe(
      "Ends the search when a trial's mean of a metric is within a bound, such as {validation.accuracy: '>= 0.99'}; " +
        "looked at after each generation of `tpe` and each rung of `halving`.",
    ),
  max_failures: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "How many trials may fail (a loss that is no longer a number, say) before the search does. Failed " +
        "trials are kept with their reason and left out of the ranking. Default: all but one.",
    ),
  time_limit: timeLimitOption,
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
  preview: (_name, output) =>
    output.type === "trials" ? trialsPreview(output) : searchPreview(outputOf(output, "search")),
  brief: ({ results, trials }) =>
    trials ? trialsHeadline(outputOf(trials, "trials")) : searchInBrief(outputOf(results, "search")),
  headline: ({ results, trials }) =>
    trials ? trialsHeadline(outputOf(trials, "trials")) : searchHeadline(outputOf(results, "search")),
  trials: (options, seed) => trialsAsked(options as Asked, seed),
  choosing: (options, round, drawn) => (round.rung > 1 ? {} : basisOf(options as Asked, round, drawn)),
  guards: ["time_limit"],
  trialLimit: ({ time_limit: limit }) => (limit === undefined ? undefined : limitOf(limit)),
  ruleAgainst: ({ space }, values) => ruleAgainst(space, values),
  failuresAllowed: ({ max_failures: most = null }) => most,
  settings({ results }, key) {
    const { trials, parameters } = outputOf(results, "search").data;
    const found = trials.find((trial) => trial.key === key);
    return found && { ...found, parameters };
  },
  check({ options: { target = {} }, report }) {
    for (const [metric, bound] of Object.entries(target)) checkTarget(metric, bound, report);
    return { results: { type: "search" } };
  },
  async run({ options, lists, seeds, warn }): Promise<Outputs> {
    // What it is run with is written by the plan, and is no longer what stands in the file.
    const asked = options as unknown as Gathering | Choosing;
    const places = new Map(Object.entries(lists).map(([name, list]) => [name, placesOf(list)]));
    if ("choosing" in asked) {
      const trials: Output<"trials"> = { type: "trials", data: chosenFor(asked, places, seeds.seed), blobs: {} };
      return { trials };
    }
    const data = gathered(asked, places);
    const failed = data.trials.filter((trial) => trial.status === "failed");
    if (failed.length > 0) {
      const [first] = failed;
      warn(
        `${failed.length} of ${data.counts.trials} trials failed and ${failed.length === 1 ? "is" : "are"} ` +
          `left out of the ranking (${trialName(data, first!)}: ${firstError(first!)}).`,
      );
    }
    const curves = await curvesOf(asked.trials, places);
    const results: Output<"search"> = curves
      ? { type: "search", data: { ...data, curves: curves.data }, blobs: { curves: curves.blob } }
      : { type: "search", data, blobs: {} };
    return { results };
  },
};
