/**
 * Which configuration of a search stands where: a place of a round that is chosen while the search runs has none until
 * then, and may stay without one.
 */
import type { PlannedRound, PlannedSearch, RunEvent } from "../run/event.js";
import type { ChosenTrial } from "../values/chosen-trials.js";
import { trialName } from "../values/trial-name.js";

/** What the cells of a key are of. */
export interface Place {
  readonly round: PlannedRound;
  /** Null until it is chosen, and of a place that stays empty. */
  readonly trial: ChosenTrial | null;
}

/** By the key of its cells, round by round. */
export function placesOf({ trials, rounds }: PlannedSearch): ReadonlyMap<string, Place> {
  const known = new Map(trials.map((trial) => [trial.key, trial]));
  const places = new Map<string, Place>();
  for (const round of rounds) {
    const chosen = new Map(round.chosen?.map(({ place, key, values }) => [place, { key, values }]));
    for (const place of round.places)
      places.set(place, { round, trial: (round.isKnown ? known : chosen).get(place) ?? null });
  }
  return places;
}

/** What the trial of a cell is called: its key until it is known which one that is. */
export function nameAt(
  { planned, places }: { readonly planned: PlannedSearch; readonly places: ReadonlyMap<string, Place> },
  key: string,
): string {
  const { trial = null } = places.get(key) ?? {};
  return trial ? trialName(planned, trial) : key;
}

/** Configurations that it tries: those of first rungs. */
export const configurationsOf = ({ rounds }: Pick<PlannedSearch, "rounds">): number =>
  rounds.reduce((sum, { rung, places }) => sum + (rung === 1 ? places.length : 0), 0);

/** Whether it is known which configurations a round has. */
export const isChosen = ({ isKnown, chosen }: PlannedRound): boolean => isKnown || chosen !== undefined;

/** Searches, of which one got to know what a round runs. */
export const withChosen = (
  searches: readonly PlannedSearch[],
  { stage, element, round: name, trials }: Extract<RunEvent, { event: "trials" }>,
): readonly PlannedSearch[] =>
  searches.map((search) =>
    search.stage === stage && search.element === element
      ? {
          ...search,
          rounds: search.rounds.map((round) => (round.name === name ? { ...round, chosen: trials } : round)),
        }
      : search,
  );
