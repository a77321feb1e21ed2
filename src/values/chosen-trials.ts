/**
 * Which configurations a round of a search runs: what survived the rung before, or what was proposed from the scores so
 * far.
 */
import type { JsonObject } from "../util/json.js";
import { plural } from "../util/words.js";
import type { Output } from "./output.js";
import type { RoundPlace } from "./search.js";

export type ChosenTrial = { readonly key: string; readonly values: JsonObject };
/** trials. No blobs. */
export type TrialsData = RoundPlace & {
  /** How many there is room for. */
  readonly places: number;
  /** In the order of the places, which is that of the space; fewer than places where `why` says so. */
  readonly trials: readonly ChosenTrial[];
  /** Why there are fewer, as a sentence without a full stop; null where there are not. */
  readonly why: string | null;
};

declare module "./output.js" {
  interface OutputTypes {
    readonly trials: TrialsData;
  }
}

/** `3 trials: 1, 4, 7`, and why there are no more. */
export const trialsHeadline = ({ data: { trials, why } }: Output<"trials">): string =>
  `${plural(trials.length, "trial")}${trials.length > 0 ? `: ${trials.map(({ key }) => key).join(", ")}` : ""}` +
  `${why === null ? "" : ` (${why})`}`;
