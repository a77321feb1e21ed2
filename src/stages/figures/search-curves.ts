/**
 * How the configurations of a search learned, each in a small panel, the best first: mean over the folds as a line, one
 * standard deviation to either side as a band, training and validation.
 *
 * All panels share their axes (`figure/curve-sheet.ts`), so that they can be compared at a glance.
 */

import * as z from "zod";
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import {
  type CurvePanel,
  type CurvePoint,
  curveSets,
  curveSheet,
  layoutOf,
  type ValueAxis,
  valueAxis,
} from "../../figure/curve-sheet.js";
import { type Figure, figureOf } from "../../figure/figure.js";
import { isWide, maximum, thinned } from "../../figure/scale.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { metricText, partParameters, type ScoredTrial, someScored, withError } from "../../figure/trials.js";
import { learnsClasses, lossNamed } from "../../learn/losses.js";
import type { PortInfo } from "../../pipeline/port-info.js";
import { grouped, numberText, rounded } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import type { Output } from "../../values/output.js";
import type { SearchData } from "../../values/search.js";
import { type SearchCurve, searchCurvesOf } from "../../values/search-curves.js";
import { cellNoun, cellsText } from "../../values/search-words.js";
import type { Sketch } from "../../values/sketch.js";
import { trialName } from "../../values/trial-name.js";
import { declareFigure, type FigureOptions, theOne } from "../figure-declaration.js";

const name = "search_curves";
const measures = ["loss", "accuracy"] as const;
type Measure = (typeof measures)[number];
const [defaultTop, mostTop] = [100, 500];

export const searchCurvesFigure = declareFigure({
  name,
  summary: "Learning curves of all configurations, each in a panel, the best first. Of a search.",
  from: { accepts: ["search"], source: "a `search` stage whose trials train" },
  options: {
    top: z
      .number()
      .int()
      .min(1)
      .max(mostTop)
      .optional()
      .describe(`How many configurations, the best first. Default: all, of more than ${defaultTop} the best so many.`),
    measure: z
      .enum(measures)
      .optional()
      .describe("What is drawn by epoch: `loss`, or `accuracy` where classes are learned. Default: loss."),
  },
  problem: ({ search }) => (search && search.losses.length === 0 ? nothingTrained : undefined),
  together: ([source], _inputs, options) => source && misfit(source.port, options),
  draw: (given) => searchCurves(theOne(given), given.options),
  sample: ({ coarse }) => ({ from: [coarse] }),
});

const nothingTrained: Mistake = {
  title: "no learning curves",
  message:
    `\`${name}\` draws how each configuration learned, but the trials of this search train nothing. ` +
    "Let `from` name a search over a `train` stage, or draw its scores with `search_table`.",
};
const noAccuracy: Mistake = {
  title: "no accuracy to draw",
  message: "The models of this search learn numbers, which have no accuracy. Leave out `measure`, or draw the `loss`.",
  at: ["measure"],
};
function misfit({ search }: PortInfo, { top, measure }: FigureOptions): Mistake | undefined {
  if (!search) return undefined;
  const trials = search.keys.length;
  if (typeof top === "number" && top > trials)
    return {
      title: "more curves than trials",
      message:
        `\`top: ${top}\` wants ${top} configurations, but the search has ${plural(trials, "trial")}. ` +
        `Set it to ${trials} or less, or leave it out.`,
      at: ["top"],
    };
  const areNumbers = search.losses.every((loss) => loss !== undefined && !learnsClasses(loss));
  return measure === "accuracy" && areNumbers ? noAccuracy : undefined;
}

/** Losses that span more than this are read better on a logarithmic axis. */
const logRatio = 20;
const [sketchRows, sparkWidth] = [40, 12];
type Of = CurvePoint["of"];

interface SheetOptions {
  readonly top?: number | undefined;
  readonly measure?: Measure | undefined;
  readonly title?: string | undefined;
}
interface Panel extends CurvePanel {
  readonly trial: ScoredTrial;
  /** With the name of its stage, where a trial has several trainings. */
  readonly label: string;
  readonly curve: SearchCurve;
}

/** @throws MistakeError when no configuration has a score, or none has a curve of the measure */
export function searchCurves(
  output: Output<"search">,
  { top = defaultTop, measure = "loss", title }: SheetOptions,
): Figure {
  const { data: search } = output;
  const panels = panelsOf(output, someScored(search).slice(0, top), measure);
  if (panels.length === 0) throw new MistakeError({ ...nothingTrained, at: ["from"] });
  const points = panels.flatMap((panel) => panel.points);
  const means = points.flatMap(({ mean }) => mean ?? []);
  if (means.length === 0 && measure === "accuracy") throw new MistakeError(noAccuracy);
  const isLog = measure === "loss" && isWide(means, logRatio);
  // Below a mean less its sd a logarithm may have no value, so bands end where the axis does.
  const axis = isLog
    ? valueAxis(means, true)
    : valueAxis(
        [...means, ...points.flatMap(({ low, high }) => [low ?? [], high ?? []].flat())],
        false,
        measure === "accuracy" ? 1 : Infinity,
      );
  const unit = measure === "accuracy" ? "Accuracy (fraction right)" : lossNamed(panels[0]!.curve.loss).title;
  return figureOf(
    name,
    title ?? `${measure === "accuracy" ? "Accuracy" : "Loss"} of all configurations during training`,
    subtitleOf(search, panels, top, { isLog, isCut: axis.isCut }, measure),
    curveSheet(panels, axis, isLog ? `${unit}, log scale` : unit),
    sketchesOf(search, panels, axis, isLog, measure),
  );
}

function panelsOf(output: Output<"search">, trials: readonly ScoredTrial[], measure: Measure): readonly Panel[] {
  const curves = searchCurvesOf(output);
  const isSeveral = new Set(curves.map(({ part }) => part)).size > 1;
  // The last word of `validation loss`: the whole stands above, and room is short.
  const metric = metricText(output.data).split(" ").at(-1)!;
  const drawn = trials.flatMap((trial) =>
    curves.flatMap((curve) => (curve.trial === trial.key ? [{ trial, curve }] : [])),
  );
  const { points: most } = layoutOf(drawn.length);
  return drawn.map(({ trial, curve }): Panel => {
    const own = trialName(output.data, trial);
    const label = isSeveral ? `${own}, ${curve.part}` : own;
    const after = trial.status === "stopped" ? ` after ${grouped(curve.epochs)}` : "";
    return {
      trial,
      curve,
      label,
      head: `${trial.rank ?? "–"}. ${label}`,
      note: `${metric} ${withError(trial.score)}${after}`,
      points: curveSets.flatMap((of) => pointsOf(curve, of, measure, most)),
      best: curve.best && measure === "loss" ? { epoch: curve.best.epoch, value: curve.best.loss } : null,
    };
  });
}

function pointsOf(curve: SearchCurve, of: Of, measure: Measure, most: number): readonly CurvePoint[] {
  const column = `${of === "training" ? "train" : of}.${measure}` as const;
  const [mean, sd] = [curve.mean(column), curve.sd(column)];
  if (!mean?.some(Number.isFinite)) return [];
  return thinned(curve.epoch.length, most).map((at): CurvePoint => {
    const [epoch, value, spread] = [curve.epoch[at]!, mean[at]!, sd?.[at] ?? Number.NaN];
    if (!Number.isFinite(value)) return { of, epoch, mean: null, low: null, high: null };
    const hasBand = Number.isFinite(spread);
    return { of, epoch, mean: value, low: hasBand ? value - spread : null, high: hasBand ? value + spread : null };
  });
}

function subtitleOf(
  search: SearchData,
  panels: readonly Panel[],
  top: number,
  { isLog, isCut }: { readonly isLog: boolean; readonly isCut: boolean },
  measure: Measure,
): readonly string[] {
  const scored = someScored(search).length;
  const failed = search.trials.length - scored;
  const cells = maximum(panels.map(({ curve }) => curve.cells));
  const { varying, constant } = partParameters(search);
  const isCells = cells > 1;
  const isStopped = panels.some(({ trial }) => trial.status === "stopped");
  const kept = panels.filter(({ curve }) => curve.rows < curve.epochs);
  const leftOut = panels.reduce((sum, { curve }) => sum + curve.leftOut, 0);
  const unequal = panels.some(({ curve, trial }) => curve.cells < trial.cells.length);
  return [
    [
      scored > top ? `the best ${top} of ${scored} configurations` : plural(scored, "configuration"),
      `${isStopped ? "by rung, then " : ""}by mean ${metricText(search)}, which stands above each` +
        `${isCells ? ", ± its standard error" : ""}`,
    ].join(" "),
    ...(varying.length > 0
      ? [
          `named by ${search.strategy === "tpe" ? "number and " : ""}${varying.join("-")}${constant.length > 0 ? `; the same in all: ${constant.join(", ")}` : ""}`,
        ]
      : []),
    isCells
      ? `line: mean over ${cellsText(search, cells)}; band: ± sd${isLog || measure === "accuracy" ? ", cut off at the end of the axis" : ""}`
      : "one training each, so there is no band",
    ...(measure === "loss"
      ? [`dot: least ${isCells ? "mean " : ""}${hasValidation(panels) ? "validation" : "training"} loss`]
      : []),
    ...(isCut ? ["means a million times the least are cut off at the end of the axis"] : []),
    ...(isStopped
      ? ["stopped at a rung: those with `after`, whose score is of so many epochs and does not compare with others"]
      : []),
    ...(failed > 0 ? [`without a score, and not drawn: ${failed} of ${search.trials.length} trials`] : []),
    ...(unequal ? [`some ${cellNoun(search)}s left no model; their configurations' means are over the others`] : []),
    ...(kept.length > 0
      ? [`long trainings keep ${grouped(kept[0]!.curve.rows)} of their epochs, at equal distances`]
      : []),
    ...(leftOut > 0 ? [`values that are not finite: ${grouped(leftOut)}; means leave them out`] : []),
  ];
}
const hasValidation = (panels: readonly Panel[]): boolean =>
  panels.some(({ curve }) => curve.mean("validation.loss")?.some(Number.isFinite));

/** The best configuration by itself, then a line each: its curve in a row of signs, all of one scale. */
function sketchesOf(
  search: SearchData,
  panels: readonly Panel[],
  axis: ValueAxis,
  isLog: boolean,
  measure: Measure,
): readonly Sketch[] {
  const [best] = panels;
  const judged: Of = hasValidation(panels) ? "validation" : "training";
  const logged = (value: number | null): number | null =>
    value === null || !isLog ? value : rounded(Math.log10(value), 5);
  const series = curveSets.flatMap((of) => {
    const own = best!.points.filter((point) => point.of === of);
    return own.length === 0
      ? []
      : [{ name: of, marks: "line" as const, points: own.map(({ epoch, mean }) => [epoch, logged(mean)] as const) }];
  });
  const isStopped = panels.some(({ trial }) => trial.status === "stopped");
  const columns: Column[] = [
    { title: "rank", align: "right" },
    { title: "configuration" },
    { title: metricText(search), align: "right" },
    ...(isStopped ? [{ title: "after", align: "right" } as const] : []),
    { title: "curve" },
    { title: "best epoch", align: "right" },
  ];
  const shown = panels.slice(0, sketchRows);
  const rows = shown.map(({ trial, label, points, curve }) => ({
    cells: [
      String(trial.rank ?? "–"),
      label,
      numberText(trial.score.mean),
      ...(isStopped ? [grouped(curve.epochs)] : []),
      sparkOf(
        points.filter(({ of }) => of === judged),
        axis,
      ),
      curve.best ? grouped(curve.best.epoch) : "–",
    ],
  }));
  const without = search.trials.length - someScored(search).length;
  const notes = [
    ...(panels.length > shown.length ? [`and ${panels.length - shown.length} more in the picture`] : []),
    ...(without > 0 ? [`without a score: ${without}`] : []),
  ];
  return [
    {
      type: "plot",
      title: `the best, ${best!.label}`,
      x: "epoch",
      y: `${isLog ? "log10 of the " : ""}mean ${measure}`,
      series,
    },
    tableSketch(
      columns,
      [...rows, ...notes.map((note) => ({ cells: [note] }))],
      `curve: mean ${judged} ${measure}, one scale`,
      true,
    ),
  ];
}

const eighths = "▁▂▃▄▅▆▇█";
/** The curve at equal distances, a blank where it has no value. */
function sparkOf(points: readonly CurvePoint[], { place }: ValueAxis): string {
  return thinned(points.length, sparkWidth)
    .map((at) => {
      const { mean } = points[at]!;
      return mean === null ? " " : eighths[Math.min(7, Math.floor(8 * place(mean)))]!;
    })
    .join("");
}
