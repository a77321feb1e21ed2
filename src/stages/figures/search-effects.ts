/**
 * What each parameter of a search does to the score: all trials by its value, the median marked, the most telling
 * parameter first.
 */

import { darkColour, type Figure, figureOf, lightColour } from "../../figure/figure.js";
import { beside, isWide, namedPlaces, scoreAxis } from "../../figure/scale.js";
import { type Column, clipped, tableSketch } from "../../figure/table.js";
import {
  comparedLines,
  logRatioOf,
  metricText,
  partParameters,
  type ScoredTrial,
  someCompared,
  valuesOf,
  valueText,
  withoutText,
} from "../../figure/trials.js";
import type { Json } from "../../util/json.js";
import { numberText, rounded, shortText } from "../../util/numbers.js";
import { meanOf, median, quantile } from "../../util/statistics.js";
import { plural } from "../../util/words.js";
import type { SearchData } from "../../values/search.js";
import { declareFigure, theOne } from "../figure-declaration.js";

export const searchEffectsFigure = declareFigure({
  name: "search_effects",
  summary: "Scores by the values of each parameter. Of a search.",
  from: { accepts: ["search"], source: "a `search` stage" },
  draw: (given) => searchEffects(theOne(given).data, given.options.title),
  sample: ({ wide }) => ({ from: [wide] }),
});

/**
 * A number drawn from a range has about as many values as there are trials; above this many they are put into five
 * groups of equal size.
 */
const mostValues = 10;
const groupCount = 5;

interface Effect {
  readonly parameter: string;
  /** 0 … 1: how much of the variance of the scores its values explain. */
  readonly share: number;
  readonly levels: readonly { readonly value: string; readonly scores: readonly number[]; readonly median: number }[];
}

/**
 * Main effects, the largest share first.
 *
 *   share = Σ over values  nᵥ (meanᵥ − mean)²  /  Σ over trials (score − mean)²
 *
 * of the logarithm of the scores where all are positive, so that one diverged trial does not decide alone. Shares of a
 * full grid add up to 1 with those of interactions; of random trials they overlap. 0 where all scores are equal.
 */
export function effectsOf(search: SearchData): readonly Effect[] {
  const { trials } = someCompared(search);
  const scale = trials.every(({ score }) => score.mean > 0) ? Math.log : (score: number): number => score;
  const scores = trials.map(({ score }) => scale(score.mean));
  const mean = meanOf(scores);
  // Told by the scores themselves: of equal ones rounding may leave a variance, all of which any parameter would
  // explain.
  const isConstant = scores.every((score) => score === scores[0]);
  const total = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0);
  const effects = partParameters(search).varying.map((parameter): Effect => {
    const levels = levelsOf(trials, parameter);
    const between = levels.reduce(
      (sum, { members }) => sum + members.length * (meanOf(members.map(({ score }) => scale(score.mean))) - mean) ** 2,
      0,
    );
    return {
      parameter,
      share: isConstant || total === 0 ? 0 : between / total,
      levels: levels.map(({ value, members }) => ({
        value,
        scores: members.map(({ score }) => score.mean),
        median: median(members.map(({ score }) => score.mean)),
      })),
    };
  });
  return effects.toSorted((a, b) => b.share - a.share);
}

function levelsOf(
  trials: readonly ScoredTrial[],
  parameter: string,
): readonly { readonly value: string; readonly members: readonly ScoredTrial[] }[] {
  const values = valuesOf(trials, parameter);
  const having = trials.filter(({ values: own }) => Object.hasOwn(own, parameter));
  const of = (test: (value: Json) => boolean): readonly ScoredTrial[] =>
    having.filter((trial) => test(trial.values[parameter]!));
  if (values.length <= mostValues || !values.every((value) => typeof value === "number"))
    return values.map((value) => ({
      value: valueText(value),
      members: of((own) => JSON.stringify(own) === JSON.stringify(value)),
    }));
  const numbers = having.map((trial) => trial.values[parameter] as number);
  const edges = Array.from({ length: groupCount + 1 }, (_, index) => quantile(numbers, index / groupCount));
  return edges
    .slice(1)
    .map((high, index) => ({
      value: `≤ ${shortText(high, 2)}`,
      members: of((own) => (index === 0 || (own as number) > edges[index]!) && (own as number) <= high),
    }))
    .filter(({ members }) => members.length > 0);
}

const panelWidth = 250;
const panelHeight = 210;

/** @throws MistakeError when no trial has a score, or no parameter has two values */
export function searchEffects(search: SearchData, title?: string): Figure {
  const compared = someCompared(search);
  const { trials } = compared;
  const effects = effectsOf(search);
  const metric = metricText(search);
  const { constant } = partParameters(search);
  const scores = trials.map(({ score }) => score.mean);
  const { scale, axis, log } = scoreAxis(scores, isWide(scores, logRatioOf(search)));
  const of = scores.every((score) => score > 0) ? "logarithm of the scores" : "scores";
  const subtitle = [
    `${plural(trials.length, "configuration")}, one dot each; bar: the median${withoutText(search, trials)}`,
    ...comparedLines(compared),
    `percentages: share of the variance of the ${of} that a parameter explains alone`,
    ...(constant.length > 0 ? [`the same in all: ${constant.join(", ")}`] : []),
  ];
  const columns: Column[] = [
    { title: "parameter" },
    { title: "explains", align: "right" },
    { title: "value" },
    { title: "trials", align: "right" },
    { title: "best", align: "right" },
    { title: "median", align: "right" },
  ];
  const best = search.objective.direction === "minimize" ? Math.min : Math.max;
  const rows = effects.flatMap(({ parameter, share, levels }) =>
    levels.map(({ value, scores: own, median: middle }, index) => ({
      cells: [
        index === 0 ? parameter : "",
        index === 0 ? percent(share) : "",
        value,
        String(own.length),
        numberText(own.length > 0 ? best(...own) : null),
        numberText(own.length > 0 ? middle : null),
      ],
    })),
  );
  return figureOf(
    "search_effects",
    title ?? `What each parameter does to the ${metric}`,
    subtitle,
    {
      columns: Math.min(3, Math.max(1, effects.length)),
      spacing: { row: 28, column: 30 },
      concat: effects.map(({ parameter, share, levels }, place) => {
        const x = namedPlaces(levels.map(({ value }) => value));
        const y = {
          type: "quantitative",
          // The first of a row speaks for all.
          title: place % 3 === 0 ? `mean ${metric}${log ? ", log scale" : ""}` : null,
          scale,
          axis,
        };
        return {
          title: {
            text: clipped(`${parameter}: ${percent(share)}`, panelWidth, true, 12),
            fontSize: 12,
            offset: 8,
            anchor: "start",
            frame: "group",
          },
          width: panelWidth,
          height: panelHeight,
          layer: [
            {
              // Dots of one value stand beside each other by rank, so that equal scores are not one dot.
              data: {
                values: levels.flatMap(({ scores: own }, at) =>
                  own
                    .toSorted((a, b) => a - b)
                    .map((score, index) => ({ at: rounded(at + 0.5 * beside(index)), score: rounded(score) })),
                ),
              },
              mark: { type: "point", filled: true, size: 22, opacity: 0.65, color: darkColour, aria: false },
              encoding: { x: { field: "at", ...x }, y: { field: "score", ...y } },
            },
            {
              data: {
                values: levels.flatMap(({ scores: own, median: middle }, at) =>
                  own.length > 0 ? [{ from: at - 0.36, to: at + 0.36, median: rounded(middle) }] : [],
                ),
              },
              mark: { type: "rule", color: lightColour, strokeWidth: 3.5, aria: false },
              encoding: { x: { field: "from", ...x }, x2: { field: "to" }, y: { field: "median", ...y } },
            },
          ],
        };
      }),
    },
    [tableSketch(columns, rows, `${metric} by value`)],
  );
}
const percent = (share: number): string => `${Math.round(100 * share)} %`;
