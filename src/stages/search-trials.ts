/**
 * Which trials a search has: those of the space that are known before anything has run, and the rounds of all.
 *
 * With `tpe` the start-up trials are those that `random` draws with the same seed and budget; trials are numbered over
 * the whole search. A configuration that may be proposed is not known, but whether a value fits the trial is: each
 * value of a list and both ends of a range are checked as a trial is (`TrialList.samples`).
 */
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { TrialList } from "../pipeline/kind.js";
import { canonical, type Json, type JsonObject } from "../util/json.js";
import { plural } from "../util/words.js";
import type { Strategy } from "../values/search.js";
import { type Halving, roundsOf } from "./rounds.js";
import { startUpTrials } from "./samplers/tpe.js";
import { drawnFrom, gridOf, rulesOf, type Space } from "./space.js";
import type { ReadRule, Rule } from "./space-rules.js";

/** Options that decide it. */
export interface Asked {
  readonly strategy: Strategy;
  readonly space: Space;
  readonly constraints: readonly Rule[];
  readonly budget?: number | undefined;
  readonly batch?: number | undefined;
  readonly halving?: Halving | undefined;
  readonly target?: Readonly<Record<string, string>> | undefined;
}
type Found = TrialList | { readonly problem: Mistake; readonly others?: readonly Mistake[] };

/** So many configurations TPE proposes at once where the file does not say it. */
export const usualBatch = 8;
/** More values than these are not tried one by one. */
const mostSamples = 200;

export function trialsAsked(options: Asked, seed: number): Found {
  const { strategy, space, constraints, budget } = options;
  const problem = mistakeIn(options);
  if (problem) return { problem };
  const found = strategy === "grid" ? gridOf(space, constraints) : drawnFrom(space, constraints, budget!, seed);
  if ("problem" in found) return found;
  const all = {
    ...{ strategy, space: space as JsonObject, parameters: Object.keys(space) },
    ...{ total: found.total, rejected: found.rejected, doubts: found.doubts },
  };
  if (strategy !== "tpe") {
    const keys = found.trials.map(({ key }) => key);
    return checked(options, {
      ...all,
      ...{ keys, trials: found.trials, drawn: [], samples: [] },
      rounds: roundsOf([keys], options.halving ?? null),
    });
  }
  const drawn = found.trials.map(({ values }, index) => ({ key: String(index + 1), values }));
  const batches = batchesOf(options);
  // With a target, what follows a generation depends on its scores, even where configurations do not.
  const known = options.target ? batches.slice(0, 1) : batches.filter(({ isStartUp }) => isStartUp);
  const startUp = batches.filter(({ isStartUp }) => isStartUp).reduce((sum, { count }) => sum + count, 0);
  const first = known.reduce((sum, { count }) => sum + count, 0);
  return checked(options, {
    ...all,
    keys: drawn.map(({ key }) => key),
    trials: drawn.slice(0, first),
    drawn: drawn.slice(first, startUp),
    samples: samplesOf(
      space,
      rulesOf(space, constraints),
      drawn.map(({ values }) => values),
      startUp,
    ),
    rounds: roundsOf(
      batches.map((batch) =>
        known.includes(batch)
          ? drawn.slice(batch.first - 1, batch.first - 1 + batch.count).map(({ key }) => key)
          : batch.count,
      ),
      options.halving ?? null,
    ),
  });
}

export interface Batch {
  /** Number of its first trial, from 1. */
  readonly first: number;
  readonly count: number;
  /** So early that its trials do not follow from scores. */
  readonly isStartUp: boolean;
}
/** Of a search by TPE: its generations, in order. */
export function batchesOf({ budget = 0, batch = usualBatch }: Pick<Asked, "budget" | "batch">): readonly Batch[] {
  return Array.from({ length: Math.ceil(budget / batch) }, (_, index) => ({
    first: index * batch + 1,
    count: Math.min(batch, budget - index * batch),
    isStartUp: index * batch < startUpTrials,
  }));
}

function mistakeIn({ strategy, budget, batch }: Asked): Mistake | undefined {
  if (strategy !== "grid" && budget === undefined)
    return {
      title: "no budget",
      message:
        strategy === "random"
          ? "A random search needs `budget: N`, the number of configurations to try."
          : "A search by TPE needs `budget: N`, the number of configurations to try in all.",
      at: ["strategy"],
    };
  if (strategy === "grid" && budget !== undefined)
    return {
      title: "a budget for a grid",
      message: "A grid tries every configuration. Leave out `budget`, or use `strategy: random`.",
      at: ["budget"],
    };
  if (strategy !== "tpe" && batch !== undefined)
    return {
      title: "a batch without proposals",
      message:
        "`batch` is how many configurations TPE proposes at once, and " +
        `\`strategy: ${strategy}\` knows all of them before. Leave out \`batch\`, or use \`strategy: tpe\`.`,
      at: ["batch"],
    };
  if (batch !== undefined && batch > budget!)
    return {
      title: "a batch larger than the budget",
      message:
        `The batch is ${batch}, but the budget is ${plural(budget!, "configuration")} in all. ` +
        `Lower \`batch\` to ${budget} or less, or raise \`budget\`: TPE learns from one batch for the next.`,
      at: ["batch"],
    };
  return undefined;
}

/** A target has rounds between which it is looked at. */
function checked({ strategy, target }: Asked, list: TrialList): Found {
  if (!target || list.rounds.length > 1) return list;
  const why =
    strategy === "tpe"
      ? "its budget is one batch. Raise `budget`, or lower `batch`"
      : "all of its trials are known before. Search with `strategy: tpe`, or with `halving`";
  return {
    problem: {
      title: "a target without rounds",
      message:
        `A target is looked at between the rounds of a search, and this one has a single round: ${why}, ` +
        "or leave out `target`.",
      at: ["target"],
    },
  };
}

/**
 * Configurations in which each value of the space stands once that none of the first has, as far as the rules allow it:
 * one that was drawn, with that value in it.
 *
 * @param drawn   configurations that the rules allow
 * @param known   how many of them are trials
 */
function samplesOf(
  space: Space,
  rules: readonly ReadRule[],
  drawn: readonly JsonObject[],
  known: number,
): readonly JsonObject[] {
  const samples: JsonObject[] = [];
  for (const [name, one] of Object.entries(space)) {
    const seen = new Set(drawn.slice(0, known).map((values) => canonical(values[name])));
    // A list has JSON values, as the file was read.
    const values = (Array.isArray(one) ? one : (one.integer ?? one.uniform ?? one.log_uniform)!) as readonly Json[];
    for (const value of values) {
      if (samples.length === mostSamples) return samples;
      if (seen.has(canonical(value))) continue;
      const sample = drawn
        .map((configuration) => ({ ...configuration, [name]: value }))
        .find((configuration) => rules.every((rule) => rule.holds(configuration)));
      if (sample) samples.push(sample);
    }
  }
  return samples;
}
