/**
 * What the pictures of the reference page may be drawn from: small outputs that `scripts/figure-samples.ts` makes by
 * formula. A figure names those that show it best.
 */
import type { Behind } from "../pipeline/gathering.js";
import type { Output, PortType } from "../values/output.js";

/** By the key of the element. */
type Elements<Type extends PortType> = ReadonlyMap<string, Output<Type>>;

export interface Samples {
  /** Images of three classes, … */
  readonly images: Output<"dataset">;
  /** fewer of them, for validation, … */
  readonly fewer: Output<"dataset">;
  /** … larger ones with a recipe, and … */
  readonly augmented: Output<"dataset">;
  /** … points of a curve, with two intervals that hold no training points. */
  readonly train: Output<"dataset">;
  readonly test: Output<"dataset">;
  readonly profile: Output<"profile">;
  /** Of classes. */
  readonly model: Output<"model">;
  /** Of a regression, by fold. */
  readonly foldModels: Elements<"model">;
  /** Of four classes. */
  readonly classes: Output<"evaluation">;
  /** Of the images. */
  readonly mistaken: Output<"evaluation">;
  /** Three classifiers of one set, and how they were trained. */
  readonly rivals: readonly {
    readonly label: string;
    readonly evaluation: Output<"evaluation">;
    readonly behind: Pick<Behind, "choice" | "settings" | "prepared">;
  }[];
  /** Of models of the curve, by trial of `coarse`. */
  readonly fits: Elements<"evaluation">;
  /** Four configurations, … */
  readonly coarse: Output<"search">;
  /** … and twelve; … */
  readonly wide: Output<"search">;
  /** … twelve that were halved to four and two, and … */
  readonly halved: Output<"search">;
  /** … thirty by `tpe`, from ranges, some of which failed. */
  readonly sampled: Output<"search">;
  readonly winners: Output<"selection">;
  /** By outer fold. */
  readonly outerWinners: Elements<"selection">;
  readonly outerFits: Elements<"evaluation">;
  /** Of a small network, shown one of the images of each class. */
  readonly inspection: Output<"inspection">;
  readonly weightHistory: Output<"weight_history">;
}

/** What a figure's picture is drawn from. */
export interface Sample<Type extends PortType, Inputs extends Readonly<Record<string, PortType>>> {
  /** For each name in `from`. */
  readonly from?: readonly (Output<Type> | Elements<Type>)[];
  readonly inputs?: { readonly [Option in keyof Inputs]?: Output<Inputs[Option]> };
  /** Of each of these, how it was trained; for a figure that compares settings. */
  readonly behind?: readonly Behind[];
  /** Beside `figure` and what it reads. */
  readonly options?: Readonly<Record<string, unknown>>;
}
