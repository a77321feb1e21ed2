/**
 * Loss, and for classes accuracy, against the epoch: training and validation, with the best epoch marked. Of several
 * trainings `mean-curves.ts` draws means.
 *
 * Training is a solid dark line, validation a dashed lighter one, so that the two differ on grey paper too. A value
 * that is not finite is a gap in its line and is told in the subtitle.
 */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { curveSketch } from "../../figure/curve-sketch.js";
import { darkColour, type Figure, faint, figureOf, lightColour } from "../../figure/figure.js";
import { epochAxis, isWide, logTicks, maximum, minimum } from "../../figure/scale.js";
import { setStrokes } from "../../figure/strokes.js";
import { learnsClasses, lossTitle } from "../../learn/losses.js";
import { grouped, rounded } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import { averageText, type EpochScore, type Score, type TrainedModel, trainedModelOf } from "../../values/model.js";
import type { Sketch } from "../../values/sketch.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { needsTraining, requireTrainings } from "../figure-refusals.js";
import { curveGroups, curvesTogether } from "./curve-means.js";
import { meanCurves } from "./mean-curves.js";

export const learningCurvesFigure = declareFigure({
  name: "learning_curves",
  summary:
    "Loss and, of classes, accuracy by epoch. Of models; of several folds or seeds their mean and a band of ± sd.",
  from: { accepts: ["model"], many: true, source: "a `train` stage" },
  knowsAxes: true,
  problem: needsTraining("learning_curves"),
  together: curvesTogether,
  draw(given) {
    const { items, options } = given;
    requireTrainings("learning_curves", items);
    return items.length === 1
      ? learningCurves(trainedModelOf(theOne(given)), options.title)
      : meanCurves(curveGroups(items), options.title);
  },
  sample: ({ model }) => ({ from: [model] }),
});

type Measure = "loss" | "accuracy";
const panelWidth = 380;
const panelHeight = 270;
/** Up to this many epochs each one gets a point; more would run together. */
const pointEpochs = 40;
/** Losses that span more than this are read better on a logarithmic axis. */
const logRatio = 50;

/** @throws MistakeError when not one epoch was trained */
export function learningCurves(model: TrainedModel, title?: string): Figure {
  const { history } = model;
  if (history.length === 0)
    throw new MistakeError({
      title: "no epochs to draw",
      message: "The history of this model is empty: `epochs` is 0. Train it for at least one epoch.",
      at: ["from"],
    });
  const isOfClasses = learnsClasses(model.loss);
  const measures: Measure[] = isOfClasses ? ["loss", "accuracy"] : ["loss"];
  const { epochs } = model.metrics;
  const subtitle = [
    `${plural(epochs, "epoch", grouped(epochs))}, ${bestText(model)}`,
    ...averageLines(model),
    ...gapText(history, measures),
  ];
  const heading = title ?? (isOfClasses ? "Loss and accuracy during training" : "Loss during training");
  return figureOf(
    "learning_curves",
    heading,
    subtitle,
    {
      spacing: 40,
      hconcat: measures.map((measure) => panel(model, measure)),
      resolve: { scale: { color: "shared", strokeDash: "shared" }, legend: { color: "shared", strokeDash: "shared" } },
    },
    measures.map((measure) => sketchOf(model, measure)),
  );
}

function sketchOf(model: TrainedModel, measure: Measure): Sketch {
  const points = pointsOf(model.history, measure);
  const isLog = measure === "loss" && isWide(finiteOf(points), logRatio);
  return curveSketch(
    { title: `${measure}, best epoch${byText(model)} ${model.metrics.bestEpoch}`, y: measure, isLog },
    (["training", "validation"] as const).map((name) => ({
      name,
      points: points.filter(({ of }) => of === name).map(({ epoch, value }) => [epoch, value] as const),
    })),
  );
}
const finiteOf = (points: readonly Point[]): readonly number[] =>
  points.flatMap(({ value }) => (value === null ? [] : [value]));

function panel(model: TrainedModel, measure: Measure): Readonly<Record<string, unknown>> {
  const { history } = model;
  const points = pointsOf(history, measure);
  const finite = finiteOf(points);
  const isLog = measure === "loss" && isWide(finite, logRatio);
  const unit = measure === "accuracy" ? "Accuracy (fraction right)" : lossTitle(model);
  const [first, last] = [history[0]!.epoch, history.at(-1)!.epoch];
  const names = history.some(({ validation }) => validation) ? ["training", "validation"] : ["training"];
  const x = epochAxis(first, last);
  const series = setStrokes(names);
  return {
    width: panelWidth,
    height: panelHeight,
    data: { values: points },
    layer: [
      bestMark(model, x),
      {
        mark: { type: "line", strokeWidth: 2, clip: true, invalid: "break-paths-show-domains" },
        encoding: {
          x,
          y: {
            field: "value",
            type: "quantitative",
            title: isLog ? `${unit}, log scale` : unit,
            scale: valueScale(finite, measure, isLog),
            axis: isLog ? { values: logTicks(finite), format: "~g" } : { tickCount: 6 },
          },
          ...series,
        },
      },
      // Points have their colours and shapes without a scale, so the legend shows the lines.
      ...(history.length <= pointEpochs ? names.map((name, index) => pointMark(name, index, x)) : []),
    ],
  };
}

function pointMark(
  name: string,
  index: number,
  x: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return {
    transform: [
      {
        filter: {
          and: [
            { field: "of", equal: name },
            { field: "value", valid: true },
          ],
        },
      },
    ],
    mark: {
      type: "point",
      filled: true,
      size: 40,
      opacity: 1,
      color: index === 0 ? darkColour : lightColour,
      shape: index === 0 ? "circle" : "diamond",
    },
    encoding: { x, y: { field: "value", type: "quantitative" } },
  };
}

/** A dotted line at the best epoch; its label stands on the side that has room. */
function bestMark(model: TrainedModel, x: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { bestEpoch } = model.metrics;
  const [first, last] = [model.history[0]!.epoch, model.history.at(-1)!.epoch];
  const isLate = bestEpoch > (first + last) / 2;
  return {
    data: { values: [{ epoch: bestEpoch, label: `best epoch${byText(model)}: ${bestEpoch}` }] },
    encoding: { x },
    layer: [
      { mark: { type: "rule", color: faint, strokeDash: [2, 3], strokeWidth: 1.5 } },
      {
        mark: {
          type: "text",
          color: faint,
          fontSize: 12,
          align: isLate ? "right" : "left",
          dx: isLate ? -6 : 6,
          y: -6,
          baseline: "bottom",
        },
        encoding: { text: { field: "label" } },
      },
    ],
  };
}

interface Point {
  readonly epoch: number;
  readonly of: "training" | "validation";
  readonly value: number | null;
}
function pointsOf(history: readonly EpochScore[], measure: Measure): readonly Point[] {
  const point = (epoch: number, of: Point["of"], value: number | undefined): Point[] =>
    value === undefined ? [] : [{ epoch, of, value: Number.isFinite(value) ? value : null }];
  return history.flatMap(({ epoch, train, validation }) => [
    ...point(epoch, "training", train[measure]),
    ...point(epoch, "validation", validation?.[measure]),
  ]);
}

/**
 * Not from zero, because what is worth seeing is the difference between late epochs; an axis of one value gets room
 * around it.
 */
function valueScale(finite: readonly number[], measure: Measure, isLog: boolean): Readonly<Record<string, unknown>> {
  if (finite.length === 0) return { domain: [0, 1] };
  if (isLog) return { type: "log", nice: false, domain: [logTicks(finite)[0], logTicks(finite).at(-1)] };
  const [low, high] = [minimum(finite), maximum(finite)];
  if (low === high && measure === "accuracy")
    return { domain: [Math.max(0, low - 0.05), Math.min(1, high + 0.05)], nice: false };
  if (low === high)
    return {
      domain: [low - Math.max(Math.abs(low) * 0.1, 1e-6), high + Math.max(Math.abs(high) * 0.1, 1e-6)],
      nice: false,
    };
  return { zero: false, nice: 6 };
}

/** What the best epoch is the best by, where that is not the validation loss. */
const byText = ({ stoppedBy }: TrainedModel): string => (stoppedBy ? ` by ${stoppedBy}` : "");

function bestText(model: TrainedModel): string {
  const { bestEpoch } = model.metrics;
  const best = model.history.find(({ epoch }) => epoch === bestEpoch);
  const score = best?.validation ?? best?.train;
  const epoch = `best epoch${byText(model)} ${bestEpoch}`;
  if (!score || !Number.isFinite(score.loss)) return epoch;
  return `${epoch}: ${best?.validation ? "validation" : "training"} ${scoreText(score)}`;
}
const scoreText = ({ loss, accuracy }: Score): string =>
  `loss ${rounded(loss, 4)}${accuracy === undefined ? "" : `, accuracy ${accuracy.toFixed(4)}`}`;

/** What validation judges, where that is an average, beside the weights as trained. */
function averageLines(model: TrainedModel): readonly string[] {
  const held = averageText(model);
  if (!held) return [];
  const best = model.history.find(({ epoch }) => epoch === model.metrics.bestEpoch)?.unaveraged;
  return [`${held}${best ? `; weights as trained: ${scoreText(best)}` : ""}`];
}

function gapText(history: readonly EpochScore[], measures: readonly Measure[]): readonly string[] {
  const isBad = (value: number | undefined): boolean => value !== undefined && !Number.isFinite(value);
  const bad = history.filter(({ train, validation }) =>
    measures.some((measure) => isBad(train[measure]) || isBad(validation?.[measure])),
  );
  if (bad.length === 0) return [];
  const epochs = `${grouped(bad.length)} of ${grouped(history.length)} epochs, from epoch ${bad[0]!.epoch}`;
  return [`values that are not finite: ${epochs}; the lines have gaps there`];
}
