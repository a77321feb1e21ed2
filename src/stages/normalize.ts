/**
 * normalize: features brought to a common scale, each column by itself, each channel of images by itself. Labels stay.
 * `fitted-step.ts` says by whose statistics.
 */
import * as z from "zod";
import { statistics } from "../learn/normalization.js";
import type { Kind } from "../pipeline/kind.js";
import { datasetWords } from "./dataset.js";
import { checkStep, type FittedInputs, fittedInputs, fittedSchema, runStep, type StepWords } from "./fitted-step.js";
import { checkFilled, needs, requireFilled } from "./gaps.js";

const schema = z.strictObject({
  ...fittedSchema("normalise"),
  method: z
    .enum(["standard", "min_max"])
    .default("standard")
    .describe(
      "`standard`: (x − mean) / sd, with the sd over n. `min_max`: (x − min) / (max − min), " +
        "so that the examples of `fit` lie in 0 … 1. A constant column becomes 0.",
    ),
});
type Options = z.infer<typeof schema>;

const words: StepWords = { imperative: "Normalise", done: "normalised", other: "another scale" };

export const normalize: Kind<Options, FittedInputs> = {
  name: "normalize",
  version: 3,
  summary: "Brings features to a common scale: per column, or per channel of images. Labels stay as they are.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: fittedInputs("normalise"),
  outputs: {
    data:
      "The same examples with normalised features. The statistics stay with them, " +
      "and with a model that learns from them.",
  },
  example: `
stages:
  points:      {kind: load, source: synthetic, generator: gapped_curve}
  train_ready: {kind: normalize, data: points.train}
  test_ready:  {kind: normalize, data: points.test, fit: points.train}
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  ...datasetWords,
  check(context) {
    const { options, inputs, report } = context;
    for (const option of ["data", "fit"] as const) checkFilled(inputs[option], needs.normalize(option), report);
    const { method } = options;
    const data = checkStep(context, words, { method, numbers: (examples) => statistics(examples, method) });
    return { data: { ...data, rounded: undefined, hasGaps: undefined } };
  },
  async run(context) {
    const { options, inputs } = context;
    for (const option of ["data", "fit"] as const) {
      const set = inputs[option];
      if (set) requireFilled(set, needs.normalize(option));
    }
    return { data: runStep(context, words, (examples) => statistics(examples, options.method)) };
  },
};
