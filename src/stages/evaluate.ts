/**
 * evaluate: a model's predictions on a dataset, and their metrics. An `expect` that does not hold fails the run with
 * exit code 3.
 */

import * as z from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { type Examples, examplesOf } from "../learn/data.js";
import { learnsClasses, lossNamed } from "../learn/losses.js";
import { measured } from "../learn/metric-intervals.js";
import { stream } from "../learn/random.js";
import type { Kind } from "../pipeline/kind.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { InterruptedError } from "../pipeline/run-context.js";
import { listed } from "../util/words.js";
import { blobOf, digestOf } from "../values/blob.js";
import type { DatasetData } from "../values/dataset.js";
import { type EvaluationData, evaluationHeadline, examplesDigest, judgedModel } from "../values/evaluation.js";
import { classMeasures, confusionPreview, targetMeasures } from "../values/evaluation-preview.js";
import { membersOf } from "../values/model.js";
import { metricsOf, outputOf } from "../values/output.js";
import { inOrder, normalisedRemark, stepsTo, traitsOf } from "./agreement.js";
import { checkMeeting } from "./agreement-check.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { columnName, namesIn, reference, reportRounded, warnRounded } from "./dataset.js";
import { boundOption, brokenExpectations, checkExpectations } from "./expectations.js";
import { checkJudging } from "./honesty.js";
import { meetings, withMembers } from "./meetings.js";
import { type Grid, outputsOf } from "./model-outputs.js";

const schema = z.strictObject({
  model: reference("The model to judge."),
  data: reference(
    "The dataset to judge it on. Its columns and classes are put in the order of the model by their names; " +
      "raw data are normalised as the model's data were.",
  ),
  expect: z
    .record(z.string(), boundOption)
    .optional()
    .describe(
      "Bounds on metrics, such as {accuracy: '>= 0.99', macro.f1: '> 0.9'}; where one does not hold, the run ends " +
        "with exit code 3.",
    ),
});
type Options = z.infer<typeof schema>;

export const evaluate: Kind<Options, { model: "model"; data: "dataset" }> = {
  name: "evaluate",
  version: 8,
  summary: "Predicts a dataset with a model and computes metrics.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [
    { option: "model", accepts: ["model"], description: "The model to judge." },
    { option: "data", accepts: ["dataset"], description: "The dataset to judge it on." },
  ],
  outputs: {
    evaluation:
      "Metrics and predictions. Classes: accuracy, loss (the model's own, with its `class_weight` and " +
      "`label_smoothing`), logLoss (mean −ln p of the true class, in nats, whatever the loss), correct, count, " +
      "balancedAccuracy (mean recall), macro and weighted (precision, recall and f1 over the classes that have " +
      "examples, each class alike or by its examples), of two classes auc (that a second class has the larger " +
      "logit than a first; ties count half), perClass, confusion. Numbers: mse, rmse, mae, r2, count, over all " +
      "targets, and the model's loss where it is none of these; of several targets r2 is the mean of theirs, and " +
      "perTarget has the metrics of each; of a model of one feature also its curve. What is undefined is null: " +
      "precision of a class that was never predicted, and averages with it (scikit-learn takes 0), recall of one " +
      "without examples, auc without both classes, r2 of equal targets, loss of an ensemble whose members learned by " +
      "several, loss and logLoss of its votes. Beside them `intervals`: 95 % intervals " +
      "under the same names, over the choice of the examples (docs/how-sure.md).",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  net:
    kind: train
    data: digits.train
    layers: [flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 3
  score: {kind: evaluate, model: net, data: digits.test, expect: {accuracy: '>= 0.9'}}
`,
  usesEngine: true,
  judges: { model: "model", data: "data" },
  drawsRandomNumbers: false,
  metricsPreview: (metrics, outputs, times) => ({
    measures: [...classMeasures(metrics), ...targetMeasures(metrics)],
    others: confusionPreview(metrics, outputs, times),
  }),
  expectations: ({ expect }) =>
    expect && (({ evaluation }) => brokenExpectations(expect, (evaluation && metricsOf(evaluation)) ?? {})),
  headline: ({ evaluation }) => evaluationHeadline(outputOf(evaluation, "evaluation")),
  check({ options, inputs, report }) {
    const { model, data } = inputs;
    if (checkPlain(data, readers.evaluate, report)) {
      checkMeeting(model, data, meetings.evaluate, report, "follows");
      checkJudging(model, data, report);
    }
    if (data?.count === 0) report({ ...nothingToJudge, at: ["data"] });
    if (model?.normalization?.length === 0) reportRounded(data, report);
    const known = model ? metricNames(model) : [];
    if (model?.loss)
      for (const metric of Object.keys(options.expect ?? {}))
        if (!known.includes(metric))
          report({ title: "no such metric", message: noMetric(model, metric, known), at: ["expect", metric] });
    if (model?.loss) checkExpectations(options.expect ?? {}, known, data?.count ?? null, report);
    return {
      evaluation: {
        type: "evaluation",
        shape: data?.shape ?? null,
        classes: model?.classes,
        ...(model?.loss ? { loss: model.loss, metrics: known } : {}),
        criterion: criterionOf(model, known),
        count: data?.count ?? null,
        featureNames: data?.featureNames,
        targetNames: data?.targetNames,
        normalization: data?.normalization,
        model,
        judgedBy: data && { rows: data.rows, split: data.split },
        origin: data?.origin,
      },
    };
  },
  async run({ inputs, progress, warn, stopping }) {
    const members = membersOf(inputs.model);
    const whole = members[0]!.model;
    if (inputs.data.data.count === 0) throw new MistakeError({ ...nothingToJudge, at: ["data"] });
    requirePlain(inputs.data, readers.evaluate);
    // Kept on the scale on which they were given, which is that of figures; the model is shown them on its own.
    const { output: data, remarks } = inOrder(inputs.data, traitsOf(whole), meetings.evaluate);
    const meeting = members.length > 1 ? withMembers(meetings.evaluate) : meetings.evaluate;
    const scales = members.map(({ model }) =>
      stepsTo(inOrder(data, traitsOf(model), { ...meeting, featuresOnly: true }).output, model.normalization, meeting),
    );
    const scaled = [...new Set(scales.flatMap((steps) => normalisedRemark(steps, meeting)))];
    for (const remark of [...remarks, ...scaled]) progress({ remark });
    if (scales.some((steps) => steps.length === 0)) warnRounded(data, warn);
    const given = examplesOf(data);
    const grid = !whole.classes && given.shape.join() === "1" ? gridOver(given) : null;
    const said = await outputsOf(inputs.model, data, grid, meeting, { progress, stopping });
    const { outputs, width, loss, without } = said;
    const { scale, shape, split, featureNames, targetNames, normalization } = data.data;
    const predictions = said.probabilities ?? Float32Array.from(outputs);
    const evaluation: EvaluationData = {
      loss: loss.type,
      classes: whole.classes,
      shape,
      scale,
      ...namesIn({ featureNames, targetNames, normalization }),
      split,
      model: judgedModel(inputs.model),
      examples: examplesDigest(inputs.data, given.rows),
      ...measured(
        outputs,
        given,
        loss,
        targetsIn(data.data, width),
        {
          // The same predictions have the same interval, wherever they come from.
          random: stream(0, [digestOf(blobOf("float32", [predictions.length], predictions))], "intervals"),
          before() {
            if (stopping()) throw new InterruptedError();
          },
        },
        without,
      ),
    };
    const { features, labels } = data.blobs as { features: never; labels: never };
    return {
      evaluation: {
        type: "evaluation",
        data: evaluation,
        blobs: {
          predictions: blobOf("float32", [given.count, predictions.length / given.count], predictions),
          features,
          labels,
          rows: blobOf("int32", [given.count], given.rows),
          ...(grid
            ? {
                curve: blobOf(
                  grid instanceof Float64Array ? "float64" : "float32",
                  [grid.length, 1 + width],
                  curveOf(grid, given.scale, said.atGrid, width),
                ),
              }
            : {}),
        },
      },
    };
  },
};

const averaged = ["macro", "weighted"].flatMap((way) => ["precision", "recall", "f1"].map((of) => `${way}.${of}`));
/** Metrics of numbers whatever the loss. */
const ofNumbers = ["mse", "rmse", "mae", "r2", "count"];
/** Why a model does not have it. */
function noMetric({ loss, ensemble }: PortInfo, metric: string, known: readonly string[]): string {
  const isLoss = metric === "loss" || metric === "logLoss";
  if (ensemble && isLoss && learnsClasses(loss!))
    return ensemble.rule === "vote"
      ? `Shares of votes are no probabilities, so that an ensemble by \`vote\` has no \`${metric}\`. ` +
          "Expect its `accuracy`, or let the ensemble have `rule: mean`."
      : "The members of this ensemble learned by different losses, so that it has no `loss` of its own. " +
          "Expect its `logLoss`, which is −ln p whatever they learned by.";
  return (
    `A model with the loss \`${loss}\` has no metric \`${metric}\`.${nearMetrics(metric, known)}` +
    `\n\nMetrics: ${known.join(", ")}`
  );
}

/** The metric that is the model's own loss; undefined where that is one which every model has. */
function ownMetric(loss: string): string | undefined {
  const { metric } = lossNamed(loss);
  if (learnsClasses(loss)) return "loss";
  return ofNumbers.includes(metric) ? undefined : metric;
}
/** @param known  the metrics of its evaluation */
function criterionOf(model: PortInfo | undefined, known: readonly string[]): PortInfo["criterion"] {
  const { criterion, loss } = model ?? {};
  if (!criterion || loss === undefined) return undefined;
  return {
    text: criterion.text,
    metrics: known.filter((metric) => metric === ownMetric(loss)),
    instead: `Compare by its \`${learnsClasses(loss) ? "logLoss" : "mse"}\`.`,
  };
}
/** Dotted names of the metrics that are numbers, and that may be defined. */
function metricNames({ loss, classes, ensemble }: PortInfo): readonly string[] {
  if (!loss) return [];
  if (learnsClasses(loss))
    return [
      "accuracy",
      ...["loss", "logLoss"].filter((name) => !ensemble?.without.includes(name)),
      ...["balancedAccuracy", ...averaged],
      ...(!classes || classes.length === 2 ? ["auc"] : []),
      ...["correct", "count"],
    ];
  const own = ownMetric(loss);
  return own === undefined ? ofNumbers : [own, ...ofNumbers];
}
/** Near names; of one that is the end of others these. */
function nearMetrics(metric: string, known: readonly string[]): string {
  const longer = known.filter((name) => name.endsWith(`.${metric}`)).map((name) => `\`${name}\``);
  return longer.length > 0 ? ` Did you mean ${listed(longer, "or")}?` : suggestion(metric, known);
}
const targetsIn = ({ targetNames = [] }: Pick<DatasetData, "targetNames">, count: number): readonly string[] =>
  Array.from({ length: count }, (_, target) => columnName(targetNames, target));

const nothingToJudge = { title: "no examples", message: "`data` has no examples to judge the model on." };

/** Places at which a curve over one feature is drawn. */
const gridPoints = 401;

/** Equal distances over the range of all stored features, so that every split of them gets the same places. */
function gridOver({ features }: Examples): Grid {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of features) if (!Number.isNaN(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const place = (_: unknown, index: number): number => low + ((high - low) * index) / (gridPoints - 1);
  return features instanceof Float64Array
    ? Float64Array.from({ length: gridPoints }, place)
    : Float32Array.from({ length: gridPoints }, place);
}

/** Rows of the feature, feature × scale as the data were given, and the model's outputs there. */
function curveOf<T extends Float32Array | Float64Array>(
  grid: T,
  scale: number,
  outputs: Float32Array,
  width: number,
): T {
  const curve = (
    grid instanceof Float64Array
      ? new Float64Array(grid.length * (1 + width))
      : new Float32Array(grid.length * (1 + width))
  ) as T;
  for (const [index, place] of grid.entries()) {
    curve[index * (1 + width)] = place * scale;
    curve.set(outputs.subarray(index * width, (index + 1) * width), index * (1 + width) + 1);
  }
  return curve;
}
