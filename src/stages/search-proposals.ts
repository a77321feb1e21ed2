/**
 * What TPE proposes for a generation: from what the trials of all generations before scored, in the order of their
 * numbers, and from nothing else, so that it is the same whatever ended first.
 *
 * A trial that was left behind at a rung counts as one that was stopped there, with the score that it had; one that
 * failed teaches nothing.
 */

import { stream } from "../learn/random.js";
import type { Choosing, GatheredTrial } from "../pipeline/gathering.js";
import type { JsonObject } from "../util/json.js";
import { plural } from "../util/words.js";
import type { TrialsData } from "../values/chosen-trials.js";
import { isLeftBehind, type Round } from "../values/search.js";
import { type Observation, proposed } from "./samplers/tpe.js";
import type { Places } from "./search-curves.js";
import { scored } from "./search-scores.js";
import { type Asked, batchesOf } from "./search-trials.js";
import { type Parameter, rulesOf } from "./space.js";
import type { Rule } from "./space-rules.js";

/** What decides them beside the scores and the seed. */
interface Basis {
  /** Number of the first. */
  readonly first: number;
  /** Parameters in the order of the space, because draws follow it. */
  readonly space: readonly (readonly [name: string, parameter: Parameter])[];
  readonly constraints: readonly Rule[];
  /** Configurations that were drawn before, where this generation follows from no scores. */
  readonly drawn: readonly JsonObject[];
}

/**
 * A `Basis`, for `proposedFor`.
 *
 * @param drawn  trials that were drawn before anything has run
 */
export function basisOf(options: Asked, { generation }: Round, drawn: TrialsData["trials"]): JsonObject {
  const { first, count } = batchesOf(options)[generation - 1]!;
  const own = new Set(Array.from({ length: count }, (_, index) => String(first + index)));
  const basis: Basis = {
    first,
    space: Object.entries(options.space),
    constraints: options.constraints,
    drawn: drawn.filter(({ key }) => own.has(key)).map(({ values }) => values),
  };
  // Options are JSON, as the file was read.
  return basis as unknown as JsonObject;
}

export function proposedFor(
  options: Choosing,
  places: ReadonlyMap<string, Places>,
  count: number,
  seed: number,
): Pick<TrialsData, "trials" | "why"> {
  // Made by `basisOf`.
  const basis = options.by as unknown as Basis;
  const space = Object.fromEntries(basis.space);
  const found =
    basis.drawn.length > 0
      ? basis.drawn
      : proposed({
          space,
          rules: rulesOf(space, basis.constraints),
          observations: observationsOf(options, places),
          direction: options.objective.direction,
          count,
          random: stream(seed, [], "proposals", options.choosing.generation),
        });
  return {
    trials: found.map((values, index) => ({ key: String(basis.first + index), values })),
    why: found.length === count ? null : `no more than ${plural(found.length, "configuration")} was left untried`,
  };
}

/** Each trial once, as the last round left it that ran it. */
function observationsOf(options: Choosing, places: ReadonlyMap<string, Places>): readonly Observation[] {
  const last = new Map<string, GatheredTrial>();
  for (const trial of options.trials) last.set(trial.key, trial);
  return [...last.values()].map((trial): Observation => {
    const { round } = trial;
    return {
      values: trial.values,
      score: scored(trial, options, places).score?.mean ?? null,
      epochs: round && isLeftBehind(round, options.before) ? round.epochs : null,
    };
  });
}
