/**
 * Loss against the epoch over the folds of a cross-validation: the mean as a line, from the least to the greatest fold
 * as a band.
 *
 * The band is min to max and not ± sd, because a mean less its sd may be below zero, where a logarithmic axis ends.
 */

import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf } from "../../figure/figure.js";
import { epochAxis, isWide, logTicks, maximum, minimum, paddedRange, thinned } from "../../figure/scale.js";
import { setStrokes } from "../../figure/strokes.js";
import { clipped } from "../../figure/table.js";
import { lossTitle } from "../../learn/losses.js";
import type { Axis } from "../../pipeline/scope.js";
import { grouped, numberText, rounded } from "../../util/numbers.js";
import { meanOf } from "../../util/statistics.js";
import { plural } from "../../util/words.js";
import { elementText } from "../../values/axes.js";
import { type TrainedModel, trainedModelOf } from "../../values/model.js";
import type { Sketch } from "../../values/sketch.js";
import { declareFigure, type Item } from "../figure-declaration.js";
import { needsTraining, requireTrainings } from "../figure-refusals.js";

export const foldCurvesFigure = declareFigure({
  name: "fold_curves",
  summary: "Mean loss by epoch, and its range over the folds or seeds. Of the models of a cross-validation.",
  from: { accepts: ["model"], many: true, source: "a `train` stage that runs under `each`" },
  problem: needsTraining("fold_curves"),
  together(sources) {
    const index = sources.findIndex(({ scope }) => scope && !runsOverFolds(scope.gathered));
    return index < 0 ? undefined : { ...noFolds(sources[index]!.scope!.all), at: ["from", index] };
  },
  draw({ options, items }) {
    requireTrainings("fold_curves", items);
    if (items.every(({ element }) => element === null)) throw new MistakeError({ ...noFolds([]), at: ["from"] });
    const over = [...new Set(items.flatMap((item) => item.over.at(-1) ?? []))];
    return foldCurves(foldGroups(items), options.title, over.length === 1 && over[0] === "seeds" ? "seed" : "fold");
  },
  sample: ({ foldModels }) => ({ from: [foldModels] }),
});

const runsOverFolds = (axes: readonly Axis[]): boolean => axes.some(({ of }) => of !== "choices");
function noFolds(axes: readonly Axis[]): Mistake {
  const folds = axes.findLast(({ of }) => of !== "choices");
  const found = folds
    ? `but under \`each: ${folds.stage}\` it is given one of them at a time. Leave \`${folds.stage}\` out of \`each\``
    : "but this training runs over none. `learning_curves` draws a training by itself";
  return {
    title: "no folds to compare",
    message: `\`fold_curves\` draws the folds of a cross-validation, or seeds, together, ${found}.`,
  };
}

/**
 * The last level of an element is the fold or seed; what stands before it, and the name in `from`, tell the groups
 * apart.
 */
function foldGroups(items: readonly Item<"model">[]): readonly FoldGroup[] {
  const groups = new Map<string, { label: string; models: TrainedModel[] }>();
  for (const { source, element, name, over, value } of items) {
    const above = element?.includes("/") ? element.slice(0, element.lastIndexOf("/")) : "";
    const key = `${source}/${above}`;
    const label = [name, above && elementText(above, over)].filter((text) => text !== "").join(", ");
    const group = groups.get(key) ?? { label, models: [] };
    group.models.push(trainedModelOf(value));
    groups.set(key, group);
  }
  const all = [...groups.values()];
  return all.length === 1 ? [{ ...all[0]!, label: all[0]!.label === "1" ? "" : all[0]!.label }] : all;
}

/** Models that differ in their fold only. */
interface FoldGroup {
  /** Tells it from the others; empty for one alone. */
  readonly label: string;
  readonly models: readonly TrainedModel[];
}

/** Long histories are drawn at so many epochs: an SVG of two panels then takes some tens of kilobytes. */
const drawnEpochs = 200;
const sketchEpochs = 120;
/** Losses that span more than this are read better on a logarithmic axis. */
const logRatio = 20;
const layouts = [
  { most: 1, columns: 1, width: 560, height: 330 },
  { most: 4, columns: 2, width: 380, height: 270 },
  { most: Infinity, columns: 3, width: 280, height: 200 },
] as const;
const sets = ["training", "validation"] as const;

interface FoldPoint {
  readonly epoch: number;
  readonly of: (typeof sets)[number];
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** @throws MistakeError when no model has a history */
export function foldCurves(groups: readonly FoldGroup[], title?: string, noun: "fold" | "seed" = "fold"): Figure {
  const drawn = groups.filter(({ models }) => models.some(({ history }) => history.length > 0));
  if (drawn.length === 0)
    throw new MistakeError({
      title: "no epochs to draw",
      message:
        "`from` gives no model with a history: there are no models, or `epochs` is 0. Train for at least one epoch.",
      at: ["from"],
    });
  const { columns, width, height } = layouts.find(({ most }) => drawn.length <= most)!;
  const panels = drawn.map((group) => ({ ...group, points: foldPoints(group.models) }));
  const finite = panels.flatMap(({ points }) =>
    points.flatMap(({ low, high, mean }) => [low, high, mean].filter((value) => value !== null)),
  );
  const isLog = isWide(finite, logRatio);
  const unit = lossTitle(drawn[0]!.models[0]!);
  // No losses at all have an axis from 0 to 1.
  const domain = isLog ? [minimum(finite) / 1.1, maximum(finite) * 1.1] : paddedRange(finite);
  const most = maximum(drawn.flatMap(({ models }) => models.map(({ history }) => history.length)));
  const counts = [...new Set(drawn.map(({ models }) => models.length))];
  const spacing = most > drawnEpochs ? [`drawn at ${drawnEpochs} of ${grouped(most)} epochs, at equal distances`] : [];
  const unequal = drawn.some(({ models }) => new Set(models.map(({ history }) => history.length)).size > 1);
  const bad = drawn.reduce(
    (sum, { models }) =>
      sum +
      models.filter(({ history }) =>
        history.some(
          ({ train, validation }) => !Number.isFinite(train.loss) || (validation && !Number.isFinite(validation.loss)),
        ),
      ).length,
    0,
  );
  const folds = counts.length === 1 ? plural(counts[0]!, noun) : `${minimum(counts)} to ${maximum(counts)} ${noun}s`;
  const isBand = counts.some((count) => count > 1);
  const subtitle = [
    isBand
      ? `line: mean over ${folds}; band: from the least to the greatest ${noun}`
      : "one model, so there is no band",
    ...spacing,
    ...(unequal ? ["trainings ended at different epochs; each epoch's mean is over those that reached it"] : []),
    ...(bad > 0 ? [`losses that are not finite: in ${plural(bad, "training")}; means leave them out`] : []),
  ];
  const headings = panels.map(({ label }, index) => label || (panels.length > 1 ? String(index + 1) : ""));
  const bests = panels.map(bestText);
  const present = sets.filter((set) => panels.some(({ points }) => points.some(({ of }) => of === set)));
  const series = setStrokes(present);
  const y = {
    type: "quantitative",
    title: isLog ? `${unit}, log scale` : unit,
    scale: { ...(isLog ? { type: "log" } : { zero: false }), domain, nice: false },
    axis: isLog
      ? { values: logTicks(finite).filter((tick) => tick >= domain[0]! && tick <= domain[1]!), format: "~g" }
      : { tickCount: 6 },
  };
  return figureOf(
    "fold_curves",
    title ?? `Loss during training, over the ${noun}s`,
    subtitle,
    {
      columns,
      spacing: { row: 26, column: 36 },
      concat: panels.map(({ points }, index) => {
        const [first, last] = [points[0]!.epoch, points.at(-1)!.epoch];
        const x = epochAxis(first, last, 6);
        return {
          title: {
            text: clipped(headings[index]!, width, true, 12),
            subtitle: bests[index],
            fontSize: 12,
            subtitleFontSize: 11,
            subtitlePadding: 3,
            offset: 8,
            anchor: "start",
            frame: "group",
          },
          width,
          height,
          data: { values: points },
          layer: [
            ...(isBand
              ? [
                  {
                    mark: { type: "area", opacity: 0.22, clip: true, aria: false, invalid: "break-paths-show-domains" },
                    encoding: { x, y: { field: "low", ...y }, y2: { field: "high" }, color: series.color },
                  },
                ]
              : []),
            {
              mark: { type: "line", strokeWidth: 2, clip: true, aria: false, invalid: "break-paths-show-domains" },
              encoding: { x, y: { field: "mean", ...y }, ...series },
            },
          ],
        };
      }),
      resolve: { scale: { color: "shared", strokeDash: "shared" }, legend: { color: "shared", strokeDash: "shared" } },
    },
    panels.map((panel, index) =>
      sketchOf(panel.points, [headings[index]!, bests[index]!].filter((text) => text !== "").join(": "), isLog),
    ),
  );
}

/**
 * At each drawn epoch: mean, least and greatest loss of the models that reached it, values that are not finite left
 * out.
 */
export function foldPoints(models: readonly TrainedModel[]): readonly FoldPoint[] {
  const longest = models.reduce((best, model) => (model.history.length > best.history.length ? model : best)).history;
  const places = thinned(longest.length, drawnEpochs);
  const points = (of: (typeof sets)[number]): FoldPoint[] =>
    places.map((at) => {
      const epoch = longest[at]!.epoch;
      const values = models.flatMap(({ history }) => {
        const score = of === "training" ? history[at]?.train : history[at]?.validation;
        return score && Number.isFinite(score.loss) ? [score.loss] : [];
      });
      if (values.length === 0) return { epoch, of, mean: null, low: null, high: null };
      return {
        epoch,
        of,
        mean: rounded(meanOf(values), 5),
        low: rounded(minimum(values), 5),
        high: rounded(maximum(values), 5),
      };
    });
  const hasValidation = models.some(({ history }) => history.some(({ validation }) => validation));
  // Epoch by epoch, so that the first and the last point are the first and the last epoch.
  const [training, validation] = [points("training"), hasValidation ? points("validation") : []];
  return training.flatMap((point, index) => (validation[index] ? [point, validation[index]] : [point]));
}

/** Of the means, over all epochs and not only those drawn. */
function bestText({ models }: FoldGroup): string {
  const longest = models.reduce((best, model) => (model.history.length > best.history.length ? model : best)).history;
  let best: { readonly epoch: number; readonly loss: number } | null = null;
  const hasValidation = longest.some(({ validation }) => validation);
  for (const [at, { epoch }] of longest.entries()) {
    const scores = models.flatMap(
      ({ history }) => (hasValidation ? history[at]?.validation : history[at]?.train) ?? [],
    );
    // An epoch that some folds did not reach would be compared on other folds than the rest.
    if (scores.length < models.length) break;
    const loss = meanOf(scores.map((score) => score.loss));
    if (Number.isFinite(loss) && (best === null || loss < best.loss)) best = { epoch, loss };
  }
  if (best === null) return `${grouped(longest.length)} epochs`;
  const of = hasValidation ? "validation" : "training";
  return `least mean ${of} loss ${numberText(best.loss)} at epoch ${grouped(best.epoch)}`;
}

function sketchOf(points: readonly FoldPoint[], title: string, isLog: boolean): Sketch {
  const series = sets.flatMap((name) => {
    const own = points.filter(({ of }) => of === name);
    return own.length === 0
      ? []
      : [
          {
            name,
            marks: "line" as const,
            points: thinned(own.length, sketchEpochs).map((at) => [own[at]!.epoch, own[at]!.mean] as const),
          },
        ];
  });
  // The terminal's plot has a linear axis, so a wide range goes there as powers of ten.
  const shown = isLog
    ? series.map((each) => ({
        ...each,
        points: each.points.map(([x, y]) => [x, y === null ? null : rounded(Math.log10(y), 5)] as const),
      }))
    : series;
  return { type: "plot", title, x: "epoch", y: isLog ? "log10 of the mean loss" : "mean loss", series: shown };
}
