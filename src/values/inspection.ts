/**
 * What `inspect` leaves of a trained network: what it was shown, and one entry for each aspect that was looked at.
 *
 * An aspect is a file `inspected-NAME.ts` of this folder: its data, the line that adds it to `Aspects`, and its words;
 * `inspected.ts` lists the words. Figures read an inspection and compute nothing that needs an engine.
 */
import type { Normalization } from "./dataset.js";
import type { Output } from "./output.js";

/** Each aspect, by the name that a file gives it, with its data. Filled by the files that define them. */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared beside the data that they name.
export interface Aspects {}
export type AspectName = keyof Aspects;

/** A layer as it can be named: of a block those within come first, then the block, which gives their sum. */
export type InspectedLayer = {
  /** As in the network's table: `conv_1`, `residual_1.conv_1`. */
  readonly name: string;
  /** Such as `conv`, `dense`, `max_pool`, `residual`. */
  readonly type: string;
  /** Of what it gives for one example; its last axis are its units (kernels, channels). */
  readonly shape: readonly number[];
};

/** One of the examples that the network was shown. */
export type InspectedInput = {
  /** Its place among the examples of `data`, counted from 1. */
  readonly row: number;
  /** Its class; of numbers its targets. */
  readonly label: string | readonly number[];
  /** The class that the network predicts; of numbers what it predicts. */
  readonly predicted: string | readonly number[];
  /** Of the predicted class; null of numbers. */
  readonly probability: number | null;
};

/**
 * inspection. Everything people read is counted from 1: rows, units, channels. blobs: `inputs` [inputs, ...inputShape],
 * the examples shown, as they are stored in `data` (bytes or numbers, used as value × `scale`, and normalised as
 * `normalization` says where `data` were); then those of the aspects, each behind the aspect's name:
 * `activations.conv_1`, `feature_maps.conv_1.max_pool`.
 */
export type InspectionData = {
  readonly classes: readonly string[] | null;
  readonly inputShape: readonly number[];
  /** Of the model where no data were given. */
  readonly scale: number;
  /** Of the data as they were given; without data of those that the model learned from. Absent where they are raw. */
  readonly normalization?: readonly Normalization[];
  readonly featureNames?: readonly string[];
  readonly targetNames?: readonly string[];
  /** Of `data`; null where none were given. */
  readonly split: string | null;
  /** In order of computation. */
  readonly layers: readonly InspectedLayer[];
  readonly inputs?: readonly InspectedInput[];
  readonly aspects: Partial<Aspects>;
};

declare module "./output.js" {
  interface OutputTypes {
    readonly inspection: InspectionData;
  }
}

export type Inspection = Output<"inspection">;

type Named = Pick<InspectionData, "classes" | "layers">;

/** What each unit of a classifier's last layer stands for; null of other layers. */
export function classesOfUnits({ classes, layers }: Named, layer: string): readonly string[] | null {
  const last = layers[layers.length - 1]!;
  return classes && last.name === layer && last.shape[0] === classes.length ? classes : null;
}

/** What a layer's units are called: those of the last layer of a classifier by their class beside their number. */
export function unitName(data: Named, layer: string, unit: number): string {
  const name = classesOfUnits(data, layer)?.[unit - 1];
  return name === undefined ? String(unit) : `${unit} (${name})`;
}
