/**
 * What a model says of inputs that come without labels: pictures or rows of a table, read as the data were that it
 * learned from. They are of no split, so nothing is opened and nothing is judged.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { isImputation } from "../learn/normalization.js";
import { type Blob, blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { ensembleOf, type ModelData, membersOf, rawScaleOf } from "../values/model.js";
import type { Output } from "../values/output.js";
import { datasetOutput, warnRounded } from "./dataset.js";
import { meetings, withMembers } from "./meetings.js";
import { outputsOf } from "./model-outputs.js";

export interface Predictions {
  readonly classes: readonly string[] | null;
  /** Of numbers: what they are called; of one without a name []. */
  readonly targets: readonly string[];
  /** float32 [inputs, width]: probabilities of the classes, shares of votes, or numbers. */
  readonly values: Float32Array;
  readonly width: number;
  /** By what an ensemble speaks: shares of votes are no probabilities. */
  readonly areVotes: boolean;
}

/** What pictures and numbers a model takes in: that of its first member, on whose terms the others speak. */
export function takenIn(model: Output<"model">): ModelData {
  const [first] = membersOf(model);
  return first!.model;
}
/** Whether every network of a model fills cells without a value before it looks at them. */
export const fillsGaps = (model: Output<"model">): boolean =>
  membersOf(model).every(({ model: { normalization = [] } }) => normalization.some(isImputation));

/** @throws MistakeError where pictures are not what the model learned from, though they may have its shape */
export function checkTakesPictures(model: Output<"model">): void {
  if (membersOf(model).every(({ model: its }) => rawScaleOf(its) === 1 / 255)) return;
  throw new MistakeError({
    title: "no model of pictures",
    message:
      "The model learned from images whose numbers were used as they are, and not from bytes as pictures have them, " +
      "so nobody knows what a byte would mean to it. Save images as uint8 (0 … 255), and train on these.",
  });
}

/**
 * Each as `evaluate` asks, to the bit (`learn/predict.ts`).
 *
 * @param features  [inputs, ...shape], at least one, used as feature × `scale`
 * @param warn      told what may surprise
 * @throws          MistakeError where outputs are not finite
 */
export async function predictionsOf(
  model: Output<"model">,
  features: Blob,
  scale: number,
  warn: (message: string) => void,
): Promise<Predictions> {
  const whole = takenIn(model);
  const count = features.shape[0]!;
  const given = unlabelled(whole, features, scale);
  const several = membersOf(model).length > 1;
  if (membersOf(model).some(({ model: { normalization } }) => !normalization)) warnRounded(given, warn);
  const meeting = several ? withMembers(meetings.predict) : meetings.predict;
  const said = await outputsOf(model, given, null, meeting, { progress: () => undefined, stopping: () => false });
  const values = said.probabilities ?? Float32Array.from(said.outputs);
  const width = values.length / count;
  return {
    classes: whole.classes,
    targets: whole.targetNames ?? [],
    values,
    width,
    areVotes: ensembleOf(model)?.rule === "vote",
  };
}

function unlabelled(model: ModelData, features: Blob, scale: number): Dataset {
  const stored = features.shape[0]!;
  const { classes, featureNames = [], targetNames = [], inputShape, outputShape } = model;
  const width = outputShape[0]!;
  return datasetOutput(
    { count: stored, shape: inputShape, classes, scale, featureNames, targetNames, split: "inputs" },
    {
      features,
      labels: classes
        ? blobOf("int32", [stored], new Int32Array(stored))
        : blobOf("float32", [stored, width], new Float32Array(stored * width)),
    },
  );
}
