/**
 * Which configurations a round of a search runs: what survived the rung before, or what was proposed from the scores
 * so far.
 */
import type { JsonObject } from "../util/json.js";
import { firstFew, plural } from "../util/words.js";
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

/** `3 trials: 1, 4, 7`, at most so many by name, and why there are no more. */
const mostNamed = 12;
export function trialsHeadline({ data: { trials, why } }: Output<"trials">): string {
  const names = trials.map(({ key }) => key);
  const named = names.length > 0 ? `: ${firstFew(names, mostNamed)}` : "";
  return `${plural(trials.length, "trial")}${named}${why === null ? "" : ` (${why})`}`;
}
