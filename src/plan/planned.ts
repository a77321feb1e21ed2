/** What a plan says of its steps and searches, as plain data: the first event of a run, and what `hw1 plan` prints. */
import type { JsonObject } from "../util/json.js";
import type { Over } from "../values/axes.js";
import type { ChosenTrial } from "../values/chosen-trials.js";
import type { Round, Strategy } from "../values/search.js";

type Verdict = "reuse" | "run" | "wait";
export type StepName = {
  readonly stage: string;
  /** Fold key ("1", "2" …), levels joined by "/", or null. */
  readonly element: string | null;
};
export interface PlannedStep extends StepName {
  readonly kind: string;
  readonly verdict: Verdict;
  readonly reason: string;
  /** From earlier runs of the kind, or null. */
  readonly estimateMs: number | null;
  /** Of one that trains, where it is known. */
  readonly epochs?: PlannedEpochs;
  readonly after: readonly string[];
  /** Of a cell of a search. */
  readonly trial?: PlannedCell;
  /** Of the step of a search that chooses what a round runs: the round's name. */
  readonly chooses?: string;
}
/** How long a training is, in epochs. */
export interface PlannedEpochs {
  /** As many as it is asked for; and at least, where something may end it before. */
  readonly most: number;
  readonly least: number;
  /** So many are there by then: of a shorter training that begins alike, or of an equal one all. */
  readonly from: number;
}
/** How many epochs the trainings of a search take, folds and seeds counted, and what trainings share counted once. */
export interface SearchEpochs {
  /** Trainings that differ, whoever of its cells reads them. */
  readonly trainings: number;
  /** Where nothing ends one before its length; and where all that may end one does so as soon as it can. */
  readonly most: number;
  readonly least: number;
  /** What that is, such as `early stopping`; [] where nothing is. */
  readonly by: readonly string[];
  /** So many of `most` need not be computed: they are stored, or stages before compute them. */
  readonly reused: number;
}
/**
 * A cell of a search: the stage is the search's name (or `search.stage` where a trial has several), the element is its
 * place.
 */
export interface PlannedCell {
  /** The search: its stage, and its own element where it runs under `each`. */
  readonly search: string;
  readonly element: string | null;
  /** Which trial, or which place of a round that is chosen; and which fold of it, null where a trial is one cell. */
  readonly key: string;
  /** Of such a place: its configuration, once that is chosen. */
  readonly trial?: string;
  readonly fold: string | null;
  /** Its result is what the objective reads; a trial of several stages has others. */
  readonly scores: boolean;
}
/** A round of a search. What it runs, if it is not known, is chosen by the step of its name. */
export interface PlannedRound extends Round {
  /** Of a round that was chosen in an earlier run: which configuration each place has, as far as there is one. */
  readonly chosen?: readonly PlacedTrial[];
}
/** A configuration in its place. */
export interface PlacedTrial extends ChosenTrial {
  /** Key of the element. */
  readonly place: string;
}
/** A search before it runs. Its collating step has the stage and element given here. */
export interface PlannedSearch extends StepName {
  readonly strategy: Strategy;
  readonly objective: { readonly metric: string; readonly direction: "minimize" | "maximize" };
  readonly parameters: readonly string[];
  /** Configurations of the grid, or null where a range has no end of them. */
  readonly total: number | null;
  readonly rejected: readonly { readonly rule: string; readonly count: number }[];
  /** Those known before anything has run, in the order of the space or in which they were drawn. */
  readonly trials: readonly { readonly key: string; readonly values: JsonObject }[];
  /** In order, one at least. */
  readonly rounds: readonly PlannedRound[];
  /**
   * What the whole search runs once for each of, under `each`: outer folds, seeds, winners of an earlier search; null
   * where it runs once.
   */
  readonly outer: "fold" | "seed" | "winner" | null;
  /** Keys of the folds or seeds of a trial, in order; [null] where a trial is one cell. */
  readonly folds: readonly (string | null)[];
  /** What these are, outermost first; [] where a trial is one cell. */
  readonly over: readonly Over[];
  /** Where it ends early, as soon as a trial of a round that has ended is there. */
  readonly target?: { readonly metric: string; readonly bound: string };
  /** Absent where nothing of it trains, null where it is not known yet how long. */
  readonly epochs?: SearchEpochs | null;
}
