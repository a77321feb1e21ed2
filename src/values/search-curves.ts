/**
 * Learning curves of a search: for each training of each trial the mean over its cells, epoch by epoch.
 *
 * They are gathered with the search, so that hundreds of configurations can be drawn without reading thousands of
 * models. A long training keeps some of its epochs, at equal distances.
 */
import { type Blob, float32Of } from "./blob.js";
import type { Output } from "./output.js";

export const curveMeasures = ["train.loss", "validation.loss", "train.accuracy", "validation.accuracy"] as const;
export type CurveMeasure = (typeof curveMeasures)[number];

/**
 * In the blob `curves`, float32 [rows, columns]: `epoch`, `cells` (how many reached it), and of each measure that some
 * training has its mean and, as `MEASURE.sd`, its standard deviation (n − 1). NaN where there is none: of a measure
 * that this training has not, the sd of a single cell, values that are not finite.
 */
export type CurvesData = {
  readonly columns: readonly string[];
  /** In the order of the trials and of their stages; each has the rows after those before it. */
  readonly trainings: readonly CurveData[];
};
export type CurveData = {
  /** Key of the trial, and the name of its stage. */
  readonly trial: string;
  readonly part: string;
  readonly loss: string;
  /** Cells that left a model. */
  readonly cells: number;
  /** Of the longest of them. */
  readonly epochs: number;
  /** Epochs that are kept: the first, the last, and those at equal distances between them. */
  readonly rows: number;
  /** Least mean validation loss (training loss where nothing validates) of the epochs that all cells reached. */
  readonly best: { readonly epoch: number; readonly loss: number } | null;
  /** Values that are not finite: means leave them out. */
  readonly leftOut: number;
};

/** One training of a trial, with numbers by epoch that is kept; NaN where there is none. */
export interface SearchCurve extends CurveData {
  readonly epoch: Float32Array;
  mean(measure: CurveMeasure): Float32Array | null;
  sd(measure: CurveMeasure): Float32Array | null;
}

/** None of a search that trains nothing. */
export function searchCurvesOf({ data, blobs }: Output<"search">): readonly SearchCurve[] {
  const { curves } = data;
  if (!curves) return [];
  const numbers = float32Of(blobs.curves as Blob);
  const width = curves.columns.length;
  let start = 0;
  return curves.trainings.map((training): SearchCurve => {
    const from = start;
    start += training.rows;
    const column = (name: string): Float32Array | null => {
      const at = curves.columns.indexOf(name);
      return at < 0
        ? null
        : Float32Array.from({ length: training.rows }, (_, row) => numbers[(from + row) * width + at]!);
    };
    return { ...training, epoch: column("epoch")!, mean: column, sd: (measure) => column(`${measure}.sd`) };
  });
}
