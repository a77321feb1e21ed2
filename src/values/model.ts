/** A trained network: layers, weights and history; or several of them that speak as one. */

import type { JsonObject } from "../util/json.js";
import { formatNumber, formatPercent, numberOrDash } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import type { AxisOf } from "./axes.js";
import { type Blob, blobOf } from "./blob.js";
import type { Normalization, Scaling } from "./dataset.js";
import { columnBytes, rowsIn } from "./history-columns.js";
import type { Output } from "./output.js";
import type { Reading } from "./reading.js";

/** Mean loss and, for classes, the fraction right. */
export type Score = { readonly loss: number; readonly accuracy?: number };
export type EpochScore = {
  readonly epoch: number;
  readonly learningRate: number;
  /** Of the weights as they were trained, batch by batch. */
  readonly train: Score;
  /** Of what the model would hold: the averages, where weights are averaged. */
  readonly validation?: Score;
  /** Where weights are averaged: of the same examples, by the weights as trained. */
  readonly unaveraged?: Score;
};

/**
 * model. blobs: one float32 array per parameter, by the parameter's name (`conv_1.weight`); and `history`, bytes
 * (`history-columns.ts`), apart from the rest because it is long and seldom wanted. `layers` are the checked layers
 * with their shapes; `parameters` keep the order in which the layers use them. Names, classes and normalisation are
 * those of the data that it learned from, which other data are brought to; absent where those had none.
 */
export type ModelData = {
  readonly layers: readonly JsonObject[];
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Of the features that it learned from, and of those before they were normalised, as `DatasetData` has them. */
  readonly scale: number;
  readonly rawScale?: number;
  readonly rawDoubles?: boolean;
  readonly classes: readonly string[] | null;
  readonly featureNames?: readonly string[];
  readonly targetNames?: readonly string[];
  readonly normalization?: readonly Normalization[];
  /** How those data were made of their files, which `predict` and `export` do again. */
  readonly reading?: Reading;
  /** Its outputs are on this scale: (target − offset) / divisor, target by target; absent where they are targets. */
  readonly targetScaling?: Scaling;
  readonly loss: string;
  /** How it was set, where it was: options of its own, weights of the classes, smoothing of labels. */
  readonly lossSettings?: JsonObject;
  readonly parameters: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly trained: boolean;
  }[];
  readonly stopped: "epochs" | "early_stopping";
  /** What early stopping watched, where that was not the validation loss. */
  readonly stoppedBy?: string;
  /** Where the parameters are an average of the weights: which, and of the ends of how many epochs. */
  readonly average?: { readonly decay: number } | { readonly last: number };
  readonly metrics: {
    readonly train: Score;
    readonly validation?: Score;
    /** Of an average: the validation score of the weights as trained. */
    readonly unaveraged?: Score;
    readonly epochs: number;
    readonly bestEpoch: number;
  };
};
/**
 * A model of several models: the mean of what its members say, or what most of them vote for. blobs: the arrays of the
 * members, each by its name behind the member's (`member_02.conv_1.weight`); they are those of the members' own models,
 * so that they are stored once. What data are brought to, and put into the order of, is what each member learned from;
 * classes, names and outputs of the whole are in the order of the first.
 */
export type EnsembleData = {
  readonly rule: "mean" | "vote";
  readonly members: readonly ModelData[];
  /** Of each member: which of the names it came from, counted from 0, and the keys that it was gathered over. */
  readonly from: readonly { readonly source: number; readonly element: string | null }[];
  /** What those keys are keys of, by name; absent where nothing was gathered over anything. */
  readonly over?: readonly (readonly AxisOf[])[];
};
/**
 * What a longer training goes on from, under the type of the model that it belongs to. blobs: `history`, and the arrays
 * of the last epoch and of the best one.
 */
type TrainingState = {
  readonly epoch: number;
  readonly best: number | null;
  /** Milliseconds that it took to come here, over all runs; absent where that is not known. */
  readonly elapsedMs?: number;
  /** Of a training that diverged after this epoch: what was said of it. */
  readonly diverged?: { readonly title: string; readonly message: string };
};

declare module "./output.js" {
  interface OutputTypes {
    readonly model: ModelData | EnsembleData | TrainingState;
  }
}

/** A model, with the history that is stored apart. */
export type TrainedModel = ModelData & { readonly history: readonly EpochScore[] };

export const trainedModelOf = (output: Output<"model">): TrainedModel => ({
  ...modelOf(output),
  history: historyOf(output),
});

/** What is known of a model that is no state of a training and no ensemble. */
export function modelOf({ data }: Output<"model">): ModelData {
  if ("epoch" in data) throw new Error("hw1 bug: the state of a training where a model is read");
  if ("members" in data) throw new Error("hw1 bug: an ensemble where one trained model is read");
  return data;
}
/** Undefined of a model that is one network. */
export const ensembleOf = ({ data }: Output<"model">): EnsembleData | undefined =>
  "members" in data ? data : undefined;

/** A network with its arrays, by the names of its parameters. */
export interface Member {
  readonly model: ModelData;
  readonly arrays: Readonly<Record<string, Blob>>;
}
/** The networks that a model consists of: its members, or itself alone. */
export function membersOf(output: Output<"model">): readonly Member[] {
  const ensemble = ensembleOf(output);
  if (!ensemble) return [{ model: modelOf(output), arrays: output.blobs }];
  return ensemble.members.map((model, index) => ({
    model,
    arrays: Object.fromEntries(
      model.parameters.map(({ name }) => [name, output.blobs[memberArray(ensemble, index, name)]!] as const),
    ),
  }));
}
/** What an ensemble calls an array of its member, so that names stand in their order. @param index  from 0 */
export const memberArray = ({ members }: Pick<EnsembleData, "members">, index: number, name: string): string =>
  `member_${String(index + 1).padStart(String(members.length).length, "0")}.${name}`;
/** What the features of its data were multiplied by first, as they came from their file: 1/255 of bytes of images. */
export const rawScaleOf = ({ scale, rawScale, normalization }: ModelData): number =>
  normalization ? (rawScale ?? 1) : scale;
/** The same of a state. */
export function trainingStateOf({ data }: Output<"model">): TrainingState {
  if (!("epoch" in data)) throw new Error("hw1 bug: a model where the state of a training is read");
  return data;
}

/** Numbers that a model learns. */
export const parameterCountOf = ({ parameters }: Pick<ModelData, "parameters">): number =>
  parameters.reduce((sum, { shape, trained }) => sum + (trained ? sizeOfShape(shape) : 0), 0);

/** Of a model or a state: how its training went, epoch by epoch. */
export function historyOf({ blobs: { history } }: Output): readonly EpochScore[] {
  // What `historyBlob` was given.
  return history ? (rowsIn(history.bytes()) as readonly EpochScore[]) : [];
}
export function historyBlob(history: readonly EpochScore[]): Blob {
  const bytes = columnBytes(history);
  return blobOf("bytes", [bytes.length], bytes);
}

/** `20 epochs, best 12, validation loss 0.0349, accuracy 99.10 %`, and where that is an average's what it is. */
export const modelHeadline = (output: Output<"model">): string => trainingText(modelOf(output));
export function trainingText(model: ModelData): string {
  const { epochs, bestEpoch, train, validation } = model.metrics;
  const score = validation
    ? `validation loss ${numberOrDash(validation.loss)}${accuracyText(validation)}`
    : `train loss ${numberOrDash(train.loss)}`;
  const held = averageText(model);
  const by = model.stoppedBy ? ` by ${model.stoppedBy}` : "";
  const of = model.targetScaling ? " of scaled targets" : "";
  return `${epochs} epochs, best ${bestEpoch}${by}, ${score}${of}${held ? ` (${held})` : ""}`;
}
/** `exponential average, decay 0.999` · `average of the last 5 epochs`; null where weights are as trained. */
export function averageText({ average }: Pick<ModelData, "average">): string | null {
  if (!average) return null;
  if ("decay" in average) return `exponential average, decay ${average.decay}`;
  return average.last === 1 ? "average of the last epoch" : `average of the last ${average.last} epochs`;
}
/** `loss 0.0349, accuracy 99.10 %` */
export const scoreText = (score: Score): string => `loss ${formatNumber(score.loss)}${accuracyText(score)}`;
const accuracyText = ({ accuracy }: Score): string =>
  accuracy === undefined ? "" : `, accuracy ${formatPercent(accuracy)}`;
