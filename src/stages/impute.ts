/**
 * impute: cells of tables that have no value are filled, each column by a statistic of those that it has. Labels stay.
 * `fitted-step.ts` says by whose statistics.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { imputation, imputationMethods } from "../learn/imputation.js";
import type { Kind } from "../pipeline/kind.js";
import { columnName, datasetWords } from "./dataset.js";
import { checkStep, type FittedInputs, fittedInputs, fittedSchema, runStep, type StepWords } from "./fitted-step.js";

const schema = z.strictObject({
  ...fittedSchema("fill"),
  method: z
    .enum(imputationMethods)
    .describe(
      "What fills a cell, of the values that its column has in `fit`: their `mean`, their `median` (of an even count " +
        "the mean of the two middle ones), or the one that is `most_frequent` (of several the smallest).",
    ),
});
type Options = z.infer<typeof schema>;

const words: StepWords = { imperative: "Impute", done: "filled", other: "other values" };

export const impute: Kind<Options, FittedInputs> = {
  name: "impute",
  version: 1,
  summary: "Fills cells of tables that have no value, column by column. Labels stay as they are.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: fittedInputs("fill"),
  outputs: {
    data:
      "The same examples with a number in each cell. What fills cells stays with them, " +
      "and with a model that learns from them: raw data that meet it are filled alike.",
  },
  example: `
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve}   # a table: source: csv, on_missing: keep
  folds:  {kind: fold, data: points.train, k: 5}
  filled: {kind: impute, each: folds, data: folds.train, method: median}
  ready:  {kind: normalize, each: folds, data: filled}
  net:
    kind: train
    each: folds
    data: ready
    validation: folds.validation     # raw: filled and normalised by the statistics of ready
    layers: [{dense: {units: 16, activation: relu}}, {dense: {units: 1}}]
    loss: mse
    optimizer: adam
    epochs: 50
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  ...datasetWords,
  check(context) {
    const { options, inputs, report } = context;
    const { method } = options;
    const shape = inputs.data?.shape;
    if (shape && shape.length !== 1) report(ofTables(shape));
    const data = checkStep(context, words, {
      method: "impute",
      by: method,
      numbers(examples) {
        const found = imputation(examples, method);
        // The run names an empty column; until then it has no number that could agree with another.
        return "empty" in found ? { method: "impute", fill: [] } : found;
      },
    });
    return { data: { ...data, hasGaps: undefined } };
  },
  async run(context) {
    const { options, inputs } = context;
    const { shape, featureNames } = inputs.data.data;
    if (shape.length !== 1) throw new MistakeError(ofTables(shape));
    const data = runStep(context, words, (examples, option) => {
      const found = imputation(examples, options.method);
      if (!("empty" in found)) return found;
      throw new MistakeError({
        title: "an empty column",
        message:
          `No example of \`${option}\` has a value in the column \`${columnName(featureNames, found.empty)}\`, so ` +
          "nothing says what to fill it with. Leave it out: `leave_out` of its `load` stage names it.",
        at: [option],
      });
    });
    return { data };
  },
};

const ofTables = (shape: readonly number[]): Mistake => ({
  title: "no table",
  message:
    `\`impute\` fills cells of tables, but the examples of \`data\` are [${shape.join(", ")}], which all have their ` +
    "values. Leave this stage out.",
  at: ["data"],
});
