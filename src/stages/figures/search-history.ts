/**
 * How a search went: the score of each configuration in the order in which they were tried, and the best so far.
 *
 * The best so far is of configurations that were trained whole; the score of one that was stopped is of fewer epochs,
 * so it is drawn hollow and never counts as the best.
 */
import { darkColour, type Figure, faint, figureOf, ink, lightColour } from "../../figure/figure.js";
import { isWide, scoreAxis } from "../../figure/scale.js";
import { logRatioOf, metricText, noScores, type ScoredTrial, scoredTrials } from "../../figure/trials.js";
import { comparisonIn, numberIn } from "../../util/comparison.js";
import { grouped, numberText, rounded } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import { type SearchData, type TrialData, targetText } from "../../values/search.js";
import { isBetter } from "../../values/search-words.js";
import type { Sketch } from "../../values/sketch.js";
import { trialName } from "../../values/trial-name.js";
import { declareFigure, theOne } from "../figure-declaration.js";

export const searchHistoryFigure = declareFigure({
  name: "search_history",
  summary: "Scores in the order in which configurations were tried, with the best so far. Of a search.",
  from: { accepts: ["search"], source: "a `search` stage" },
  draw: (given) => searchHistory(theOne(given).data, given.options.title),
  sample: ({ sampled }) => ({ from: [sampled] }),
});

const [width, height] = [480, 230];
/** px: below it numbers of generations would run into each other. */
const leastGeneration = 16;

interface Placed {
  /** From 1. */
  readonly at: number;
  readonly score: number;
}

/** @throws MistakeError when no trial has a score */
export function searchHistory(search: SearchData, title?: string): Figure {
  const scored = new Map<string, ScoredTrial>(scoredTrials(search).map((trial) => [trial.key, trial]));
  if (scored.size === 0) throw noScores();
  const metric = metricText(search);
  const placedOf = (status: TrialData["status"]): readonly Placed[] =>
    search.trials.flatMap(({ key }, index) => {
      const trial = scored.get(key);
      return trial?.status === status ? [{ at: index + 1, score: trial.score.mean }] : [];
    });
  const [whole, stopped] = [placedOf("ok"), placedOf("stopped")];
  const failed = search.trials.flatMap(({ key }, index) => (scored.has(key) ? [] : [index + 1]));
  const bests = bestsOf(search, scored);
  const bound = boundOf(search);
  const scores = [...[...whole, ...stopped].map(({ score }) => score), ...(bound === null ? [] : [bound])];
  const { scale, axis, log } = scoreAxis(scores, isWide(scores, logRatioOf(search)));
  const count = search.trials.length;
  const starts = generationStarts(search);
  const x = {
    type: "quantitative",
    title: `Configuration, in the order ${orders[search.strategy]}`,
    scale: { domain: [0.5, count + 0.5], nice: false, zero: false },
    axis: { tickMinStep: 1, tickCount: 8, format: ",d", grid: false },
  };
  const y = { type: "quantitative", title: `Mean ${metric}${log ? ", log scale" : ""}`, scale, axis };
  const points = (list: readonly Placed[], look: Readonly<Record<string, unknown>>) =>
    list.length === 0
      ? []
      : [
          {
            data: { values: list.map(({ at, score }) => ({ at, score: rounded(score) })) },
            mark: { type: "point", size: 34, opacity: 1, aria: false, ...look },
            encoding: { x: { field: "at", ...x }, y: { field: "score", ...y } },
          },
        ];
  const perGeneration = width / Math.max(1, starts.length);
  return figureOf(
    "search_history",
    title ?? `The search by its ${metric}`,
    subtitleOf(search, { whole, stopped, failed: failed.length, generations: starts.length }),
    {
      width,
      height,
      layer: [
        ...(starts.length > 1
          ? [
              {
                data: { values: starts.slice(1).map((at) => ({ at: at - 0.5 })) },
                mark: { type: "rule", color: "#d5d9e0", aria: false },
                encoding: { x: { field: "at", ...x } },
              },
            ]
          : []),
        ...(starts.length > 1 && perGeneration >= leastGeneration
          ? [
              {
                data: {
                  values: starts.map((at, index) => ({
                    at: (at - 0.5 + ((starts[index + 1] ?? count + 1) - 0.5)) / 2,
                    text: String(index + 1),
                  })),
                },
                mark: { type: "text", color: faint, fontSize: 11, baseline: "bottom", aria: false },
                encoding: { x: { field: "at", ...x }, y: { value: -3 }, text: { field: "text" } },
              },
            ]
          : []),
        ...(bound === null
          ? []
          : [
              {
                data: { values: [{ bound: rounded(bound) }] },
                mark: { type: "rule", color: ink, strokeDash: [5, 4], aria: false },
                encoding: { y: { field: "bound", ...y } },
              },
            ]),
        {
          data: { values: bests.map(({ at, score }) => ({ at, score: rounded(score) })) },
          mark: { type: "line", interpolate: "step-after", color: lightColour, strokeWidth: 2.5, aria: false },
          encoding: { x: { field: "at", ...x }, y: { field: "score", ...y } },
        },
        ...points(stopped, { filled: false, color: faint, strokeWidth: 1.3 }),
        ...points(whole, { filled: true, color: darkColour }),
        ...(failed.length > 0
          ? [
              {
                data: { values: failed.map((at) => ({ at })) },
                mark: { type: "text", text: "×", fontSize: 13, color: ink, aria: false },
                encoding: { x: { field: "at", ...x }, y: { value: height - 7 } },
              },
            ]
          : []),
      ],
    },
    [sketchOf(search, { whole, stopped, bests }, log)],
  );
}

const orders: Readonly<Record<SearchData["strategy"], string>> = {
  grid: "of the space",
  random: "in which they were drawn",
  tpe: "in which they were proposed",
};

/** The best of those trained whole, where it changes and at the last configuration. */
function bestsOf(search: SearchData, scored: ReadonlyMap<string, ScoredTrial>): readonly Placed[] {
  let best: ScoredTrial | null = null;
  const found = search.trials.flatMap(({ key }, index): readonly Placed[] => {
    const trial = scored.get(key);
    if (trial?.status !== "ok" || (best && !isBetter(trial.score, best.score, search.objective.direction))) return [];
    best = trial;
    return [{ at: index + 1, score: trial.score.mean }];
  });
  const last = found.at(-1);
  return last && last.at < search.trials.length ? [...found, { at: search.trials.length, score: last.score }] : found;
}

/** The target as a number, where it is one of the objective. */
function boundOf({ target, objective }: SearchData): number | null {
  if (!target || target.metric !== objective.metric) return null;
  const comparison = comparisonIn(target.bound);
  return comparison && "operand" in comparison ? numberIn(comparison.operand) : null;
}

/** At which configuration each generation begins, from 1; one of a search that has no others. */
function generationStarts({ trials }: SearchData): readonly number[] {
  const of = (trial: TrialData | undefined): number => trial?.round?.generation ?? 1;
  return trials.flatMap((trial, index) => (index === 0 || of(trial) !== of(trials[index - 1]) ? [index + 1] : []));
}

interface Counted {
  readonly whole: readonly Placed[];
  readonly stopped: readonly Placed[];
  readonly failed: number;
  readonly generations: number;
}

function subtitleOf(search: SearchData, { whole, stopped, failed, generations }: Counted): readonly string[] {
  const { trials } = search;
  const best = trials.find(({ rank, status }) => rank === 1 && status === "ok");
  const marks = [
    ...(stopped.length > 0 ? [`filled: trained whole (${whole.length})`] : []),
    ...(stopped.length > 0 ? [`hollow: stopped at a rung, by its score there (${stopped.length})`] : []),
    ...(failed > 0 ? [`×: without a score (${failed})`] : []),
    ...(generations > 1 ? ["upright lines: between generations"] : []),
  ];
  return [
    `${plural(trials.length, "configuration")}, a dot each; line: the best so far` +
      `${stopped.length > 0 ? " of those trained whole" : ""}`,
    ...(marks.length > 0 ? [marks.join("; ")] : []),
    ...(best?.score ? [`the best: ${trialName(search, best)}, ${numberText(best.score.mean, 4)}`] : []),
    ...(search.target ? [`${boundOf(search) === null ? "" : "dashed: "}target ${targetText(search)}`] : []),
  ];
}

function sketchOf(
  search: SearchData,
  { whole, stopped, bests }: Pick<Counted, "whole" | "stopped"> & { readonly bests: readonly Placed[] },
  isLog: boolean,
): Sketch {
  const points = (list: readonly Placed[]) =>
    list.map(({ at, score }) => [at, isLog ? rounded(Math.log10(score), 5) : rounded(score)] as const);
  const metric = `${isLog ? "log10 of the " : ""}mean ${metricText(search)}`;
  const count = search.trials.length;
  // A step is two points at one place.
  const steps = points(bests).flatMap((point, index, all) =>
    index === 0 ? [point] : [[point[0], all[index - 1]![1]] as const, point],
  );
  return {
    type: "plot",
    title: `${grouped(count)} configurations in the order ${orders[search.strategy]}`,
    x: "configuration",
    y: metric,
    series: [
      { name: "best so far", marks: "line", points: steps },
      ...(whole.length > 0
        ? [
            {
              name: stopped.length > 0 ? "trained whole" : "configuration",
              marks: "points" as const,
              points: points(whole),
            },
          ]
        : []),
      ...(stopped.length > 0
        ? [{ name: "stopped, at its rung", marks: "points" as const, points: points(stopped) }]
        : []),
    ],
  };
}
