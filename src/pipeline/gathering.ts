/**
 * What the step that gathers a search is given in place of the options in the file: its trials as they were run, and by
 * what they are compared. The plan writes it; it is part of that step's fingerprint.
 */
import type { JsonObject } from "../util/json.js";
import type { SearchData, TrialData } from "../values/search.js";

export type Gathering = {
  readonly strategy: SearchData["strategy"];
  readonly objective: SearchData["objective"] & { readonly path: readonly string[] };
  readonly parameters: readonly string[];
  readonly counts: Pick<SearchData["counts"], "total" | "rejected">;
  /** Null where all but one may fail. */
  readonly max_failures: number | null;
  readonly trials: readonly {
    readonly key: string;
    readonly values: JsonObject;
    readonly options: TrialData["options"];
    /** The folds that were run, in order; null where a trial is one cell. */
    readonly cells: readonly (string | null)[];
    /** Metrics of its stages whose means are kept; absent where there is none. */
    readonly means?: readonly {
      readonly part: string;
      readonly metric: string;
      /** The list that the stage's cells are in, and which those are. */
      readonly list: string;
      readonly cells: readonly (string | null)[];
    }[];
  }[];
};
