/**
 * What is said of a training whose numbers go wrong: where it diverged, what made it overflow at once, and losses that
 * are worse than a guess.
 */

import { MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import type { WarningName } from "../diagnostic/warnings.js";
import { loneBatchNorm } from "../learn/batches.js";
import type { Examples } from "../learn/data.js";
import type { DivergedError } from "../learn/diverged.js";
import { guessOf } from "../learn/guess.js";
import type { Layer, PlacedLayer } from "../learn/layer.js";
import type { Loss } from "../learn/losses.js";
import { rounded } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { plural } from "../util/words.js";
import type { DatasetData } from "../values/dataset.js";
import type { EpochScore } from "../values/model.js";
import { columnName } from "./dataset.js";
import { causeOf, divergedSentence, divergedTitles } from "./diverged-words.js";
import type { OptimizerOption } from "./optimizer.js";

/** The examples learned from, and what their columns are called. */
interface Learned {
  readonly examples: Examples;
  readonly names: Pick<DatasetData, "featureNames" | "targetNames">;
}

function short(value: number, digits = 4): string {
  const near = rounded(value, digits);
  return Math.abs(near) >= 1e9 && Number.isFinite(near) ? near.toExponential() : String(near);
}

/**
 * The mistake that a diverged training is, at the learning rate; or at the data, where no step had been taken yet.
 *
 * @param placeOf  where a file writes the layer of a name, if it does
 */
export function divergedMistake(
  error: DivergedError,
  { optimizer }: { readonly optimizer: OptimizerOption },
  learned: Learned,
  placeOf: (layer: string) => OptionPath | null,
): MistakeError {
  const { epoch, step, learningRate, lost, aftermath } = error;
  const first = lost === "loss" && epoch === 1 && step === 1 ? overflowAtStart(error, learned) : null;
  if (first) return first;
  const { origin } = aftermath;
  const at = origin?.layer ? placeOf(origin.layer) : null;
  return new MistakeError({
    title: divergedTitles[lost],
    message:
      `${divergedSentence(error)}.\n` +
      `The learning rate was ${short(learningRate)}: try a tenth of it. ${scaleHint(learned)}`,
    at: ["optimizer", Object.keys(optimizer)[0]!, "learning_rate"],
    ...(origin && at ? { also: [{ at, label: causeOf(origin) }] } : {}),
  });
}

/** The column whose values lie farthest from 0. */
interface Range {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly reach: number;
}
const between = ({ name, low, high }: Range): string =>
  `\`${name}\`, which lies between ${short(low)} and ${short(high)}`;

function widest(
  rows: Int32Array,
  width: number,
  valueAt: (index: number) => number,
  nameOf: (column: number) => string,
): Range {
  const [low, high] = [
    new Float64Array(width).fill(Number.POSITIVE_INFINITY),
    new Float64Array(width).fill(Number.NEGATIVE_INFINITY),
  ];
  for (const row of rows)
    for (let column = 0; column < width; column++) {
      const value = valueAt(row * width + column);
      if (value < low[column]!) low[column] = value;
      if (value > high[column]!) high[column] = value;
    }
  let most = 0;
  const reach = (column: number): number => Math.max(Math.abs(low[column]!), Math.abs(high[column]!));
  for (let column = 1; column < width; column++) if (reach(column) > reach(most)) most = column;
  return { name: nameOf(most), low: low[most]!, high: high[most]!, reach: reach(most) };
}

const targetRange = ({ examples: { rows, targets, labels, classes }, names }: Learned): Range | null =>
  classes
    ? null
    : widest(
        rows,
        targets,
        (index) => labels[index]!,
        (column) => columnName(names.targetNames, column),
      );
const featureRange = ({ examples: { rows, shape, features, scale }, names }: Learned): Range =>
  widest(
    rows,
    sizeOfShape(shape),
    (index) => features[index]! * scale,
    (column) => columnName(names.featureNames, column),
  );

/**
 * Values beyond this are named where a training diverges: networks start near 0 and take steps of about the learning
 * rate.
 */
const farReach = 1e4;
const withNormalize =
  "put a `normalize` stage before the training (`{kind: normalize, data: …}`) and train on what it gives";

/** Before the first update only the data can have made a loss overflow. */
function overflowAtStart({ losses, aftermath }: DivergedError, learned: Learned): MistakeError | null {
  const [target, feature] = [targetRange(learned), featureRange(learned)];
  const output = aftermath.origin?.part === "output" ? `${causeOf(aftermath.origin)}, and ` : "";
  const start = `In epoch 1, step 1, before any update, ${output}the loss is ${losses[0]}`;
  const limit = "float32 holds numbers up to 3.4e+38, and squares of such values are more";
  if (target && target.reach >= feature.reach && target.reach > farReach)
    return new MistakeError({
      title: "the scale of the targets is too large",
      message:
        `${start}: the cause is the scale of the target ${between(target)}; ${limit}.\n` +
        "Set `scale_targets: standard` in this stage: it learns (y − mean) / sd, and its predictions stay in the " +
        "units of the target. (`normalize` scales features alone.)",
      at: ["data"],
    });
  if (feature.reach <= farReach) return null;
  return new MistakeError({
    title: "the scale of the features is too large",
    message:
      `${start}: the cause is the scale of the feature ${between(feature)}; ${limit}.\n` +
      `To scale it, ${withNormalize}.`,
    at: ["data"],
  });
}

function scaleHint(learned: Learned): string {
  const [target, feature] = [targetRange(learned), featureRange(learned)];
  if (target && target.reach >= feature.reach && target.reach > farReach)
    return (
      `If that does not help, look at the target ${between(target)}: \`scale_targets: standard\` learns ` +
      "(y − mean) / sd, and predictions stay in the units of the target."
    );
  if (feature.reach > farReach)
    return `If that does not help, look at the feature ${between(feature)}: ${withNormalize}.`;
  return "If that does not help, look at the data: very large or missing values do the same.";
}

/** A loss above this many times that of a guess is told. */
const muchWorse = 10;

/** mean and variance (over n) of each target column. */
function columnsOf({
  rows,
  targets,
  labels,
}: Examples): readonly { readonly mean: number; readonly variance: number }[] {
  return Array.from({ length: targets }, (_, column) => {
    let [sum, squares] = [0, 0];
    for (const row of rows) sum += labels[row * targets + column]!;
    const mean = sum / rows.length;
    for (const row of rows) squares += (labels[row * targets + column]! - mean) ** 2;
    return { mean, variance: squares / rows.length };
  });
}

/**
 * Nearer to 0 a few epochs more are all that a training needs; a bias that moves by a rate of 0.001 a step needs a
 * million to come so far.
 */
const farFromZero = 1000;

/**
 * What to warn of in a training that came to its end: an epoch whose mean loss is more than ten times that of a guess
 * and more than the first epoch's; or targets so far from 0 that the training did not come near a guess.
 *
 * A guess is the mean of each target (or what else the loss says), or equal probabilities. Constant targets have no
 * such measure.
 *
 * @param loss  whose weights are numbers
 */
export function lossWarnings(
  history: readonly EpochScore[],
  loss: Loss,
  learned: Learned,
): readonly { readonly message: string; readonly name: WarningName }[] {
  const { examples } = learned;
  const classes = examples.classes?.length ?? 0;
  const columns = classes === 0 ? columnsOf(examples) : [];
  const { loss: guess, text } = guessOf(loss, examples);
  const [first, last] = [history[0], history[history.length - 1]];
  if (!first || !last || !(guess > 0)) return [];
  const isLogarithm = short(guess) === short(Math.log(classes));
  const guessing = `${text} (${isLogarithm ? `ln ${classes} = ` : ""}${short(guess)})`;
  const worse = history.find(({ train }) => train.loss > muchWorse * guess && train.loss > first.train.loss);
  if (worse)
    return [
      {
        name: "growing_loss",
        message:
          `In epoch ${worse.epoch} the mean loss is ${short(worse.train.loss)}: more than ten times that of ` +
          `${guessing}, and more than in the first epoch (${short(first.train.loss)}). The updates lead away from ` +
          `the data: try a tenth of the learning rate, which was ${short(worse.learningRate)}.`,
      },
    ];
  const far = columns.findIndex(
    ({ mean, variance }) => Math.abs(mean) > Math.max(farFromZero, 3 * Math.sqrt(variance)),
  );
  if (last.train.loss <= muchWorse * guess || far < 0) return [];
  return [
    {
      name: "unscaled_target",
      message:
        `From the first step on the loss is more than ten times that of ${guessing}, and after ` +
        `${plural(last.epoch, "epoch")} it is still ${short(last.train.loss)}. The cause is the scale of the ` +
        `target ${between(targetRange(learned)!)}, far from 0, where a network starts. Set ` +
        "`scale_targets: standard`: it learns (y − mean) / sd, and its predictions stay in the units of the target. " +
        "Or train for longer.",
    },
  ];
}

/**
 * A batch normalisation that would get one number per channel in every batch, as PyTorch refuses it: that number is its
 * own mean, whatever it is.
 *
 * @param count  of the examples, null where it is not known yet
 */
export function loneNumbers(
  layers: readonly PlacedLayer[],
  batchSize: number,
  count: number | null,
): {
  readonly title: string;
  readonly message: string;
  readonly at: "batch_size" | "data";
  readonly layer: Layer;
} | null {
  const lone = loneBatchNorm(layers, Math.min(batchSize, count ?? batchSize));
  if (!lone) return null;
  const [why, remedy] =
    batchSize === 1
      ? ["with `batch_size: 1`", "Set `batch_size: 2` or more, or leave the batch normalisation out."]
      : ["of data with one example", "Learn from more examples, or leave the batch normalisation out."];
  return {
    title: "batch_norm needs more than one number per channel",
    message:
      `\`${lone.name}\` takes the mean and variance of each channel over a batch of [${lone.input.join(", ")}], ` +
      `and ${why} that is one number, which is its own mean. ${remedy}`,
    at: batchSize === 1 ? "batch_size" : "data",
    layer: lone.block ?? lone.layer,
  };
}

export const nothingToLearn = (option: string) => ({
  title: "no examples",
  message: `\`${option}\` has no examples to learn from.`,
});
