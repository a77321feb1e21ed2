/**
 * The tree-structured Parzen estimator: which configurations to try next, of those that were tried.
 *
 * The better tenth of the observations and the others are estimated each by a density over the space, l and g;
 * candidates are drawn from l, and the one where l / g is largest is proposed, which is where the expected improvement
 * is. Settings are the published defaults of Optuna 5.0.0 (`TPESampler()`): the multivariate estimator, ten trials at
 * random before the first estimate, 24 candidates. Proposals of one call differ because each stands among the worse
 * observations for the next ones, as Optuna's running trials do (its constant liar).
 *
 * It is a function of its arguments: when a proposal is made, and what is done with it, is the search's. Other than
 * Optuna it proposes each configuration once, and none that is ruled out: candidates are drawn from what is left of l.
 *
 * Sources: Bergstra, Bardenet, Bengio & Kégl (2011), Algorithms for hyper-parameter optimization; Watanabe (2023),
 * Tree-structured Parzen estimator: understanding its algorithm components.
 */

import type { Stream } from "../../learn/random.js";
import { canonical, type Json, type JsonObject } from "../../util/json.js";
import { rounded } from "../../util/numbers.js";
import { anotherOf, type Parameter, type Space } from "../space.js";
import type { ReadRule } from "../space-rules.js";
import { type Dimension, parzenOf } from "./parzen.js";

/** A configuration that was tried. */
export interface Observation {
  readonly values: JsonObject;
  /** null where it failed: nothing is learned of it, but it is not proposed again. */
  readonly score: number | null;
  /** After how many epochs it was stopped, its score being that of then; null of one that ran to its end. */
  readonly epochs: number | null;
}
export type Direction = "minimize" | "maximize";

/** So many observations with a score there are before anything is estimated; until then draws are at random. */
export const startUpTrials = 10;
const candidates = 24;
/** Draws for the candidates of a proposal, of which some may be ruled out or have been tried. */
const mostDraws = 40 * candidates;
/** The better ones are a tenth, rounded up, and no more than these. */
const mostBetter = 25;

/**
 * Configurations to try next, each another one and none that was tried.
 *
 * @param observations  in the order in which they were tried
 * @returns             `count` of them, or fewer where no more are left, or none was found in many draws
 */
export function proposed({
  space,
  rules,
  observations,
  direction,
  count,
  random,
}: {
  readonly space: Space;
  readonly rules: readonly ReadRule[];
  readonly observations: readonly Observation[];
  readonly direction: Direction;
  readonly count: number;
  readonly random: Stream;
}): readonly JsonObject[] {
  const seen = new Set(observations.map(({ values }) => canonical(values)));
  const sides = sidesOf(observations, direction);
  const isStartUp = sides.better.length + sides.worse.length < startUpTrials;
  const coded = codeOf(space);
  const better = parzenOf(
    coded.dimensions,
    sides.better.map(({ values }) => coded.pointOf(values)),
  );
  const worse = sides.worse.map(({ values }) => coded.pointOf(values));
  const found: JsonObject[] = [];
  while (found.length < count) {
    const others = isStartUp ? null : parzenOf(coded.dimensions, worse);
    let best: { readonly values: JsonObject; readonly point: readonly number[] } | null = null;
    let most = Number.NEGATIVE_INFINITY;
    for (let draw = 0, kept = 0; others && draw < mostDraws && kept < candidates; draw++) {
      const values = coded.valuesOf(better.drawn(random));
      if (seen.has(canonical(values)) || !rules.every((rule) => rule.holds(values))) continue;
      kept++;
      // What is judged is what would be tried, after rounding.
      const point = coded.pointOf(values);
      const gain = better.logDensity(point) - others.logDensity(point);
      if (gain > most) [best, most] = [{ values, point }, gain];
    }
    const values = best?.values ?? anotherOf(space, rules, seen, random);
    if (!values) return found;
    found.push(values);
    seen.add(canonical(values));
    worse.push(best?.point ?? coded.pointOf(values));
  }
  return found;
}

/**
 * The better tenth, rounded up and at most 25, and the others, both in the order in which they were tried.
 *
 * Those that ran to their end come before those that were stopped; of these who ran longer is better, and of equal
 * length the score decides. Of equals the earlier is better. Failed ones are on neither side.
 */
export function sidesOf(
  observations: readonly Observation[],
  direction: Direction,
): { readonly better: readonly Observation[]; readonly worse: readonly Observation[] } {
  const scored = observations.filter((each): each is Observation & { score: number } => each.score !== null);
  const sign = direction === "minimize" ? 1 : -1;
  const length = ({ epochs }: Observation): number => epochs ?? Number.POSITIVE_INFINITY;
  const ranked = [...scored].sort((a, b) =>
    length(a) === length(b) ? sign * (a.score - b.score) : length(b) - length(a),
  );
  const count = Math.min(Math.ceil(0.1 * scored.length), mostBetter);
  const chosen = new Set<Observation>(ranked.slice(0, count));
  return { better: scored.filter((each) => chosen.has(each)), worse: scored.filter((each) => !chosen.has(each)) };
}

/** Configurations as points, and points as configurations: of a list the place of the value, of a range the number. */
export function codeOf(space: Space): {
  readonly dimensions: readonly Dimension[];
  pointOf(values: JsonObject): readonly number[];
  valuesOf(point: readonly number[]): JsonObject;
} {
  const parameters = Object.entries(space).map(([name, one]) => ({ name, ...codeOfParameter(one) }));
  return {
    dimensions: parameters.map(({ dimension }) => dimension),
    pointOf: (values) => parameters.map(({ name, numberOf }) => numberOf(values[name]!)),
    valuesOf: (point) => Object.fromEntries(parameters.map(({ name, jsonOf }, at) => [name, jsonOf(point[at]!)])),
  };
}

function codeOfParameter(one: Parameter): {
  readonly dimension: Dimension;
  numberOf(value: Json): number;
  jsonOf(number: number): Json;
} {
  if (Array.isArray(one)) {
    // Checked when the file was read: a list has JSON values, each once.
    const values = one as readonly Json[];
    const places = new Map(values.map((value, place) => [canonical(value), place]));
    return {
      dimension: { choices: values.length },
      numberOf: (value) => places.get(canonical(value))!,
      jsonOf: (place) => values[place]!,
    };
  }
  const [from, to] = (one.integer ?? one.uniform ?? one.log_uniform)!;
  const scale = scaleOf(one);
  return {
    dimension: { from, to, scale },
    // Numbers are written with six digits, which may lie beyond an end.
    numberOf: (value) => Math.min(to, Math.max(from, value as number)),
    jsonOf: (number) => (scale === "whole" ? number : Math.min(to, Math.max(from, rounded(number)))),
  };
}
function scaleOf(one: Exclude<Parameter, readonly unknown[]>): "whole" | "linear" | "logarithmic" {
  if (one.integer) return "whole";
  return one.uniform ? "linear" : "logarithmic";
}
