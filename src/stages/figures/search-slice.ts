/**
 * The score against each parameter in a panel of its own: numbers on their axis (logarithmic where they were drawn so),
 * other values side by side; with `tpe` the later configurations darker.
 */
import { darkColour, type Figure, figureOf, lightColour } from "../../figure/figure.js";
import { beside, isWide, logTicks, namedPlaces, paddedRange, scoreAxis } from "../../figure/scale.js";
import { clipped } from "../../figure/table.js";
import {
  bySize,
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
import { canonical, type Json } from "../../util/json.js";
import { rounded } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import type { SearchData } from "../../values/search.js";
import type { Sketch } from "../../values/sketch.js";
import { trialName } from "../../values/trial-name.js";
import { declareFigure, theOne } from "../figure-declaration.js";

export const searchSliceFigure = declareFigure({
  name: "search_slice",
  summary: "Scores against each parameter, numbers on their axis. Of a search.",
  from: { accepts: ["search"], source: "a `search` stage" },
  draw: (given) => searchSlice(theOne(given).data, given.options.title),
  sample: ({ sampled }) => ({ from: [sampled] }),
});

const [panelWidth, panelHeight, inRow] = [200, 180, 3];
/** A list of more values than this stands on an axis of numbers, where it can. */
const mostNames = 10;
/** Of the place of a name, over all trials that have it. */
const spread = 0.5;
const sketchedPanels = 4;

/** How values of a parameter are laid out. */
type Layout =
  | { readonly type: "names"; readonly names: readonly string[]; place(value: Json): number }
  | {
      readonly type: "numbers";
      readonly isLog: boolean;
      readonly isWhole: boolean;
      readonly domain: readonly [number, number];
    };

/** @throws MistakeError when no trial has a score */
export function searchSlice(search: SearchData, title?: string): Figure {
  const compared = someCompared(search);
  const { trials } = compared;
  const metric = metricText(search);
  const { varying, constant } = partParameters(search);
  const scores = trials.map(({ score }) => score.mean);
  const { scale, axis, log } = scoreAxis(scores, isWide(scores, logRatioOf(search)));
  const places = new Map(search.trials.map(({ key }, index) => [key, index + 1]));
  const best = trials.find(({ rank }) => rank === 1);
  const isShaded = search.strategy === "tpe" && search.trials.length > 1;
  const panels = varying.map((name) => {
    const having = trials.filter(({ values }) => Object.hasOwn(values, name));
    return { name, layout: layoutOf(search, name), having };
  });
  const y = (isFirst: boolean) => ({
    type: "quantitative",
    title: isFirst ? `mean ${metric}${log ? ", log scale" : ""}` : null,
    scale,
    axis,
  });
  return figureOf(
    "search_slice",
    title ?? `${metric.replace(/^./, (first) => first.toUpperCase())} by parameter`,
    [
      `${plural(trials.length, "configuration")}, one dot each in every panel${withoutText(search, trials)}`,
      ...comparedLines(compared),
      ...(isShaded ? ["the later a configuration was proposed, the darker"] : []),
      ...(best ? [`ring: the best, ${trialName(search, best)}`] : []),
      ...(constant.length > 0 ? [`the same in all: ${constant.join(", ")}`] : []),
    ],
    {
      columns: Math.min(inRow, Math.max(1, panels.length)),
      spacing: { row: 28, column: 28 },
      concat: panels.map(({ name, layout, having }, at) => {
        const x = axisOf(layout);
        const pointOf = (trial: ScoredTrial, index: number) => ({
          value: placeOf(layout, trial.values[name]!, index),
          score: rounded(trial.score.mean),
          order: places.get(trial.key)!,
        });
        const points = having.map(pointOf);
        const own = best ? points.filter((_, index) => having[index] === best) : [];
        const position = { x: { field: "value", ...x }, y: { field: "score", ...y(at % inRow === 0) } };
        return {
          title: {
            text: clipped(
              layout.type === "numbers" && layout.isLog ? `${name}, log scale` : name,
              panelWidth,
              true,
              12,
            ),
            ...{ fontSize: 12, offset: 8, anchor: "start", frame: "group" },
          },
          width: panelWidth,
          height: panelHeight,
          layer: [
            {
              data: { values: points },
              mark: { type: "point", filled: true, size: 26, opacity: 0.8, color: darkColour, aria: false },
              encoding: {
                ...position,
                ...(isShaded
                  ? {
                      color: {
                        field: "order",
                        type: "quantitative",
                        scale: { domain: [1, search.trials.length], range: shades, interpolate: "lab" },
                        legend: null,
                      },
                    }
                  : {}),
              },
            },
            {
              data: { values: own },
              mark: {
                type: "point",
                filled: false,
                size: 130,
                opacity: 1,
                strokeWidth: 2.2,
                color: lightColour,
                aria: false,
              },
              encoding: position,
            },
          ],
        };
      }),
    },
    sketchesOf(search, panels, log),
  );
}

const shades = ["#c3d3e4", "#6f9cc6", "#0d3b66"];

function layoutOf(search: SearchData, name: string): Layout {
  const own = search.space[name];
  const range = own && !Array.isArray(own) ? (own as Readonly<Record<string, readonly [number, number]>>) : undefined;
  if (range) {
    const [from, to] = Object.values(range)[0]!;
    const isLog = "log_uniform" in range;
    const room = isLog ? (to / from) ** 0.04 : (to - from) * 0.04;
    const domain = isLog ? ([from / room, to * room] as const) : ([from - room, to + room] as const);
    return { type: "numbers", isLog, isWhole: "integer" in range, domain };
  }
  // A value that every trial with it failed on is a place, too.
  const values = Array.isArray(own) ? bySize(own as readonly Json[]) : valuesOf(search.trials, name);
  if (values.length > mostNames && values.every((value) => typeof value === "number")) {
    const numbers = values as readonly number[];
    const isLog = isWide(numbers, 20);
    const [from, to] = paddedRange(isLog ? numbers.map(Math.log10) : numbers);
    const domain = isLog ? ([10 ** from, 10 ** to] as const) : ([from, to] as const);
    return { type: "numbers", isLog, isWhole: numbers.every(Number.isInteger), domain };
  }
  const at = new Map(values.map((value, index) => [canonical(value), index]));
  return { type: "names", names: values.map(valueText), place: (value) => at.get(canonical(value))! };
}

const placeOf = (layout: Layout, value: Json, index: number): number =>
  layout.type === "numbers" ? rounded(Number(value)) : rounded(layout.place(value) + spread * beside(index));

const isOn =
  ([from, to]: readonly [number, number]) =>
  (tick: number): boolean =>
    tick >= from && tick <= to;

function axisOf(layout: Layout): Readonly<Record<string, unknown>> {
  if (layout.type === "numbers")
    return {
      type: "quantitative",
      title: null,
      scale: { domain: layout.domain, nice: false, zero: false, ...(layout.isLog ? { type: "log" } : {}) },
      axis: layout.isLog
        ? { values: logTicks(layout.domain).filter(isOn(layout.domain)), format: "~g", grid: false, labelOverlap: true }
        : { tickCount: 4, ...(layout.isWhole ? { tickMinStep: 1 } : {}), grid: false },
    };
  return namedPlaces(layout.names);
}

/** The first panels as plots: values that are no numbers stand at 0, 1, …. */
function sketchesOf(
  search: SearchData,
  panels: readonly { readonly name: string; readonly layout: Layout; readonly having: readonly ScoredTrial[] }[],
  isLog: boolean,
): readonly Sketch[] {
  const metric = metricText(search);
  const scored = ({ score }: ScoredTrial): number => rounded(isLog ? Math.log10(score.mean) : score.mean, 5);
  const plots = panels.slice(0, sketchedPanels).map(({ name, layout, having }): Sketch => {
    const isX = layout.type === "numbers" && layout.isLog;
    const at = (value: Json): number => {
      if (layout.type === "names") return layout.place(value);
      return isX ? rounded(Math.log10(Number(value)), 5) : rounded(Number(value));
    };
    const names =
      layout.type === "names" ? `: ${layout.names.map((text, index) => `${text} at ${index}`).join(", ")}` : "";
    return {
      type: "plot",
      title: `by ${isX ? `log10 of ${name}` : name}${names}`,
      x: layout.type === "names" ? "" : name,
      y: `${isLog ? "log10 of the " : ""}mean ${metric}`,
      series: [
        {
          name: "configuration",
          marks: "points",
          points: having.map((trial) => [at(trial.values[name]!), scored(trial)] as const),
        },
      ],
    };
  });
  const more = panels.length - plots.length;
  return more > 0
    ? [...plots, { type: "text", lines: [`and ${plural(more, "parameter")} more in the picture`] }]
    : plots;
}
