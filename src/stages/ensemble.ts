/**
 * ensemble: several models that speak as one, by the mean of what they say or by what most of them vote for.
 *
 * Members are the models that `models` names, and all elements of a stage that runs over some which the ensemble does
 * not run over. What they say together is computed where the ensemble is asked (`model-outputs.ts`); here it is only
 * gathered, so that nothing is stored twice.
 */
import * as z from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Kind } from "../pipeline/kind.js";
import type { AxisOf } from "../values/axes.js";
import { ensembleHeadline, ensemblePreview } from "../values/ensemble.js";
import { judgedModel } from "../values/evaluation.js";
import { type EnsembleData, memberArray, modelOf } from "../values/model.js";
import { outputOf } from "../values/output.js";
import { references } from "./dataset.js";
import { checkMembers, requireMembers, sameMembers } from "./ensemble-members.js";

const schema = z.strictObject({
  models: references("A model.", "the name of a stage that leaves models, or a list of them").describe(
    "The members: one name or a list of them. Of a stage that runs over folds, seeds, trials or winners which this " +
      "one does not run over, all elements are members.",
  ),
  rule: z
    .enum(["mean", "vote"])
    .default("mean")
    .describe(
      "`mean`: the mean of the members' probabilities, or of their values where they predict numbers. `vote`: the " +
        "class that most members predict; of a tie the one with the largest mean probability. Default: mean.",
    ),
});
type Options = z.infer<typeof schema>;

export const ensemble: Kind<Options, Record<never, never>, { models: "model" }> = {
  name: "ensemble",
  version: 1,
  summary: "Makes one model of several: the mean of what they say, or what most of them vote for.",
  schema,
  optionNames: Object.keys(schema.shape),
  elsewhere: {
    rule: {
      soft: "Write `mean`, the mean of the members' probabilities.",
      average: "Write `mean`, of probabilities or of values.",
      hard: "Write `vote`, the class that most members predict.",
      majority: "Write `vote`, the class that most members predict.",
    },
  },
  inputs: [{ option: "models", accepts: ["model"], many: true, description: "The members." }],
  outputs: {
    model:
      "A model of models: evaluated and compared like one network, each member with its own normalisation and order " +
      "of columns. Its `members` share their arrays with the models that they are.",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  parts:  {kind: split, data: digits.train, validation: 10000}
  seeds:  {kind: seeds, count: 5}
  net:
    kind: train
    each: seeds
    data: parts.train
    layers: [flatten, {dense: {units: 64, activation: relu}}, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 3
  five:   {kind: ensemble, models: net}                          # gathers the seeds
  score:  {kind: evaluate, model: five, data: digits.test}
  single: {kind: evaluate, each: seeds, model: net, data: digits.test}
  gain:   {kind: visualize, figure: model_comparison, from: [score, single], labels: [five, one]}
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  toldOver: () => "all",
  preview: (_name, output) => ensemblePreview(outputOf(output, "model")),
  headline: ({ model }) => ensembleHeadline(outputOf(model, "model")),
  check: checkMembers,
  async run({ options, lists, warn }) {
    const { rule, over } = options as Options & { readonly over?: readonly (readonly AxisOf[])[] };
    const items = lists.models;
    if (items.length === 0)
      throw new MistakeError({ title: "no members", message: "`models` gives no model.", at: ["models"] });
    requireMembers(items, options, over);
    const alike = sameMembers(items.map(({ value }) => judgedModel(value).digest));
    if (alike) warn(alike, "repeated_member");
    const data: EnsembleData = {
      rule,
      members: items.map(({ value }) => modelOf(value)),
      from: items.map(({ source, element }) => ({ source, element })),
      ...(over ? { over } : {}),
    };
    const blobs = items.flatMap(({ value }, index) =>
      modelOf(value).parameters.map(({ name }) => [memberArray(data, index, name), value.blobs[name]!] as const),
    );
    return { model: { type: "model", data, blobs: Object.fromEntries(blobs) } };
  },
};
