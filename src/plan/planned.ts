/** What a plan says of its steps and searches, as plain data: the first event of a run, and what `hw1 plan` prints. */
import type { JsonObject } from "../util/json.js";
import type { Over } from "../values/axes.js";

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
  readonly after: readonly string[];
  /** Of a cell of a search. */
  readonly trial?: PlannedCell;
}
/**
 * A cell of a search: the stage is the search's name (or `search.stage` where a trial has several), the element is its
 * place.
 */
export interface PlannedCell {
  /** The search: its stage, and its own element where it runs under `each`. */
  readonly search: string;
  readonly element: string | null;
  /** Which trial, and which fold of it; null where a trial is one cell. */
  readonly key: string;
  readonly fold: string | null;
  /** Its result is what the objective reads; a trial of several stages has others. */
  readonly scores: boolean;
}
/** A search before it runs. Its collating step has the stage and element given here. */
export interface PlannedSearch extends StepName {
  readonly strategy: "grid" | "random";
  readonly objective: { readonly metric: string; readonly direction: "minimize" | "maximize" };
  readonly parameters: readonly string[];
  /** Configurations of the grid, or null where a range has no end of them. */
  readonly total: number | null;
  readonly rejected: readonly { readonly rule: string; readonly count: number }[];
  /** In the order of the space. */
  readonly trials: readonly { readonly key: string; readonly values: JsonObject }[];
  /**
   * What the whole search runs once for each of, under `each`: outer folds, seeds, winners of an earlier search; null
   * where it runs once.
   */
  readonly outer: "fold" | "seed" | "winner" | null;
  /** Keys of the folds or seeds of a trial, in order; [null] where a trial is one cell. */
  readonly folds: readonly (string | null)[];
  /** What these are, outermost first; [] where a trial is one cell. */
  readonly over: readonly Over[];
}
