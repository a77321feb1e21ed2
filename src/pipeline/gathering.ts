/**
 * What the step that gathers a search is given in place of the options in the file: its trials as they were run, and by
 * what they are compared; and what a step is given that chooses the trials of a round. The plan writes it; it is part
 * of that step's fingerprint.
 */
import type { JsonObject } from "../util/json.js";
import type { AxisOf } from "../values/axes.js";
import type { RoundPlace, SearchData, TrialData } from "../values/search.js";

/**
 * What judges a stage: whether it is other examples at another element, and how many they are against those that teach.
 * It decides what can be tested of scores over folds or seeds.
 */
export type Judging = {
  /** Of what the stage runs over, outermost first. */
  readonly axes: readonly {
    readonly of: AxisOf;
    readonly count: number;
    /** Its elements are judged by other examples. */
    readonly redrawn: boolean;
    /** As of `Axis`. */
    readonly repeats?: number;
  }[];
  /** Examples that judge per example that teaches; null where it is not known. */
  readonly ratio: number | null;
};

/** A trial in a round that ran it. */
export type GatheredTrial = {
  readonly key: string;
  readonly values: JsonObject;
  /** Its place in the lists of what cells left. */
  readonly source: number;
  /** Absent where the search has one round. */
  readonly round?: RoundPlace;
  /** The folds that were run, in order; null where a trial is one cell. */
  readonly cells: readonly (string | null)[];
};
export type GatheredRun = GatheredTrial & {
  readonly options: TrialData["options"];
  /** Metrics of its stages whose means are kept; absent where there is none. */
  readonly means?: readonly {
    readonly part: string;
    readonly metric: string;
    /** The list that the stage's cells are in, and which those are. */
    readonly list: string;
    readonly cells: readonly (string | null)[];
  }[];
};
export type Gathering = {
  readonly strategy: SearchData["strategy"];
  readonly objective: SearchData["objective"] & { readonly path: readonly string[] };
  readonly space: JsonObject;
  readonly parameters: readonly string[];
  readonly counts: Pick<SearchData["counts"], "total" | "rejected">;
  /** Of a trial's cells, which stand in the order of its axes, the last one fastest. */
  readonly judging: Judging;
  /** Null where all but one may fail. */
  readonly max_failures: number | null;
  /** Where it ends early. */
  readonly target?: { readonly metric: string; readonly path: readonly string[]; readonly bound: string };
  /** Where there are several. */
  readonly rounds?: NonNullable<SearchData["rounds"]>;
  /** In the order of the rounds, and of the space within one; there for each round that ran it. */
  readonly trials: readonly GatheredRun[];
};
/** What the step is given that chooses what a round of a search runs. */
export type Choosing = Pick<Gathering, "objective" | "judging" | "target"> & {
  readonly choosing: RoundPlace & { readonly places: number };
  /** The rounds that it follows from, in order; of one that was chosen, why it has fewer trials than places. */
  readonly before: readonly (NonNullable<SearchData["rounds"]>[number] & { readonly why: string | null })[];
  readonly trials: readonly GatheredTrial[];
  /** What else decides it (`Kind.choosing`). */
  readonly by: JsonObject;
};

/** A stage that prepared what a training learned from, without what it read. */
export type Preparation = { readonly kind: string; readonly options: JsonObject | typeof varies };
/** Stands for settings in which several trainings of one model differ. */
export const varies = "varies";
/**
 * What is behind one of the results that a step gathers, for a kind that compares them (`Kind.comparesSettings`): which
 * of them are of one model, and how that was trained. The plan writes it beside the options, as `behind`; it is part of
 * that step's fingerprint.
 */
export type Behind = {
  /** Which of the names, and the keys that it was gathered over: those of its `ListItem`. */
  readonly source: number;
  readonly element: string | null;
  /** Of these the keys of choices, of folds and of seeds; null where it runs over none. */
  readonly choice: string | null;
  readonly fold: string | null;
  readonly seed: string | null;
  /** Examples that judge per example that teaches, where it runs over folds or seeds; null where it is not known. */
  readonly ratio: number | null;
  /** How often all of them are judged by the same examples in other folds, where that is more than once. */
  readonly repeats?: number;
  /**
   * Of the training, without what it reads; of a model made of several those that its trainings share, and under the
   * name of its kind how it was made of how many.
   */
  readonly settings: JsonObject;
  /** What was done to its data, the last first. */
  readonly prepared: readonly Preparation[];
};
