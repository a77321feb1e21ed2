/**
 * Every trial of a search as a line through its parameters to its score; the better, the darker.
 *
 * A halved search has an axis of scores for each rung, since those of different lengths do not compare: a line ends at
 * the last rung that its trial ran.
 */

import { type Figure, faint, figureOf, ink } from "../../figure/figure.js";
import { isWide, logTicks, maximum, minimum } from "../../figure/scale.js";
import { type Column, tableSketch } from "../../figure/table.js";
import {
  isHalved,
  logRatioOf,
  metricText,
  partParameters,
  type ScoredTrial,
  someScored,
  valuesOf,
  valueText,
  withoutText,
} from "../../figure/trials.js";
import { type Json, ownOf } from "../../util/json.js";
import { grouped, numberText, rounded, shortText } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import type { SearchData } from "../../values/search.js";
import { declareFigure, theOne } from "../figure-declaration.js";

export const parallelCoordinatesFigure = declareFigure({
  name: "parallel_coordinates",
  summary: "Every configuration as a line through its parameters to its score. Of a search.",
  from: { accepts: ["search"], source: "a `search` stage" },
  draw: (given) => parallelCoordinates(theOne(given).data, given.options.title),
  sample: ({ wide }) => ({ from: [wide] }),
});

const axisDistance = 150;
const height = 330;
/** Above this many values an axis of numbers is a scale with five ticks. */
const mostValues = 12;
const sketchRows = 10;
/** Of the axis, over all trials of one value. */
const spreadWidth = 0.07;

interface Axis {
  readonly name: string;
  readonly ticks: readonly { readonly text: string; readonly at: number }[];
  /** 0 at the bottom … 1 at the top; null where the trial has no such value. */
  place(trial: ScoredTrial): number | null;
  /** Trials of one value are drawn beside each other, else a grid's lines would lie on one another. */
  readonly spread: boolean;
}

/** @throws MistakeError when no trial has a score */
export function parallelCoordinates(search: SearchData, title?: string): Figure {
  const trials = someScored(search);
  const { varying, constant } = partParameters(search);
  const metric = metricText(search);
  const scores = scoresOf(search, trials, metric);
  const axes = [
    ...varying.map((name) => parameterAxis(trials, name)),
    ...scores.map(({ name, scoreOf }) =>
      numberAxis(
        name,
        trials.flatMap((trial) => scoreOf(trial) ?? []),
        scoreOf,
        logRatioOf(search),
      ),
    ),
  ];
  const subtitle = [
    `${plural(trials.length, "configuration")}, a line each; the darker, the better; ` +
      `thick: the best${withoutText(search, trials)}`,
    ...(isHalved(search)
      ? ["scores after so many epochs have an axis for each rung; a line ends where its configuration was stopped"]
      : []),
    ...(constant.length > 0 ? [`the same in all: ${constant.join(", ")}`] : []),
  ];
  const width = Math.max(1, axes.length - 1) * axisDistance;
  const x = {
    field: "axis",
    type: "quantitative",
    axis: null,
    scale: { domain: [0, Math.max(1, axes.length - 1)], nice: false },
  };
  const y = { field: "at", type: "quantitative", axis: null, scale: { domain: [-0.04, 1.04], nice: false } };
  // The worst first, so that good trials are drawn over bad ones.
  const values = trials.toReversed().flatMap((trial, index) =>
    axes.map((axis, at) => ({
      trial: index,
      axis: at,
      at: placed(axis.place(trial), axis.spread ? (index / Math.max(1, trials.length - 1) - 0.5) * spreadWidth : 0),
      order: index + 1,
    })),
  );
  const labels = axes.flatMap(({ ticks }, axis) => ticks.map(({ text, at }) => ({ axis, at: rounded(at), text })));
  const columns: Column[] = [
    { title: "rank", align: "right" },
    ...varying.map((name) => ({ title: name })),
    ...scores.map(({ name }) => ({ title: name, align: "right" as const })),
  ];
  return figureOf(
    "parallel_coordinates",
    title ?? `Configurations and their ${metric}`,
    subtitle,
    {
      width,
      height,
      layer: [
        {
          data: { values },
          mark: { type: "line", opacity: 0.85, aria: false, invalid: "break-paths-show-domains" },
          encoding: {
            x,
            y,
            detail: { field: "trial" },
            color: {
              field: "order",
              type: "quantitative",
              scale: {
                domain: [1, Math.max(2, trials.length)],
                range: ["#d9dee6", "#7fa8cc", "#0d3b66"],
                interpolate: "lab",
              },
              legend: null,
            },
            strokeWidth: { condition: { test: `datum.order === ${trials.length}`, value: 4 }, value: 1.3 },
          },
        },
        {
          data: { values: axes.map((_, axis) => ({ axis })) },
          mark: { type: "rule", color: ink, aria: false },
          encoding: { x },
        },
        // A white edge keeps labels readable over lines.
        ...[{ stroke: "white", strokeWidth: 3, strokeOffset: 0 }, { color: ink }].flatMap((look) =>
          [false, true].map((isLast) => ({
            data: { values: labels.filter(({ axis }) => (axis === axes.length - 1) === isLast) },
            mark: {
              type: "text",
              align: isLast ? "left" : "right",
              dx: isLast ? 7 : -7,
              fontSize: 11,
              fontWeight: "bold",
              ...look,
              aria: false,
            },
            encoding: { x, y, text: { field: "text" } },
          })),
        ),
        {
          data: { values: axes.map(({ name }, axis) => ({ axis, name })) },
          mark: { type: "text", y: height + 20, baseline: "top", fontSize: 12, color: faint, aria: false },
          encoding: { x, text: { field: "name" } },
        },
      ],
    },
    [
      tableSketch(
        columns,
        trials.slice(0, sketchRows).map((trial, index) => ({
          cells: [
            String(trial.rank ?? index + 1),
            ...varying.map((name) => valueText(ownOf(trial.values, name))),
            ...scores.map(({ scoreOf }) => {
              const score = scoreOf(trial);
              return score === undefined ? "" : numberText(score);
            }),
          ],
        })),
        trials.length > sketchRows ? `the best ${sketchRows} of ${trials.length}` : undefined,
      ),
    ],
  );
}

const placed = (value: number | null, aside: number): number | null => (value === null ? null : rounded(value + aside));

function parameterAxis(trials: readonly ScoredTrial[], name: string): Axis {
  const values = valuesOf(trials, name);
  const spread = (index: number, count: number): number => (count < 2 ? 0.5 : index / (count - 1));
  if (values.length > mostValues && values.every((value) => typeof value === "number"))
    return numberAxis(name, values as number[], (trial) => ownOf(trial.values, name) as number | undefined, 10);
  const keys = values.map((value) => JSON.stringify(value));
  return {
    name,
    spread: true,
    ticks: values.map((value: Json, index) => ({ text: valueText(value), at: spread(index, values.length) })),
    place: ({ values: own }) =>
      !Object.hasOwn(own, name) ? null : spread(keys.indexOf(JSON.stringify(own[name])), values.length),
  };
}

/** What the scores of one axis are. */
interface Scores {
  readonly name: string;
  scoreOf(trial: ScoredTrial): number | undefined;
}
/** One axis, or of a halved search one for each rung, of those that ran it. */
function scoresOf(search: SearchData, trials: readonly ScoredTrial[], metric: string): readonly Scores[] {
  if (!isHalved(search)) return [{ name: metric, scoreOf: ({ score }) => score.mean }];
  const lengths = new Map(trials.flatMap(({ rungs = [] }) => rungs.map(({ rung, epochs }) => [rung, epochs] as const)));
  return [...lengths]
    .toSorted(([a], [b]) => a - b)
    .map(([rung, epochs], index) => ({
      // The metric is told at the first of them, since room is short.
      name: `${index === 0 ? `${metric} ` : ""}after ${grouped(epochs)}`,
      scoreOf({ rungs = [] }: ScoredTrial) {
        const mean = rungs.find((each) => each.rung === rung)?.score?.mean;
        return mean !== undefined && Number.isFinite(mean) ? mean : undefined;
      },
    }))
    .filter(({ scoreOf }) => trials.some((trial) => scoreOf(trial) !== undefined));
}

function numberAxis(
  name: string,
  values: readonly number[],
  numberOf: (trial: ScoredTrial) => number | undefined,
  ratio: number,
): Axis {
  const isLog = isWide(values, ratio);
  const scale = isLog ? Math.log10 : (value: number): number => value;
  const [low, high] = [scale(minimum(values)), scale(maximum(values))];
  const at = (value: number): number => (high === low ? 0.5 : (scale(value) - low) / (high - low));
  const ends = [minimum(values), maximum(values)];
  const inner = isLog ? logTicks(values) : [0.25, 0.5, 0.75].map((part) => low + part * (high - low));
  // The ends tell the range; ticks too near to them would run into their labels.
  const ticks = high === low ? [ends[0]!] : [...ends, ...inner.filter((value) => at(value) > 0.06 && at(value) < 0.94)];
  return {
    name: isLog ? `${name} (log)` : name,
    spread: false,
    ticks: ticks.map((value) => ({ text: shortText(value), at: at(value) })),
    place: (trial) => {
      const value = numberOf(trial);
      return value === undefined ? null : at(value);
    },
  };
}
