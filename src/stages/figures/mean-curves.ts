/**
 * Learning curves of several trainings: of each name the mean over its folds or seeds as a line, with a band of ± sd.
 *
 * Names differ in colour and training and validation in dash, so a single one looks as a single training does.
 */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { curveSketch } from "../../figure/curve-sketch.js";
import { type Figure, figureOf } from "../../figure/figure.js";
import { distinctLabels } from "../../figure/points.js";
import { epochAxis, isWide, logTicks, maximum, minimum, paddedRange } from "../../figure/scale.js";
import { legendBelow, setStrokes, strokes } from "../../figure/strokes.js";
import { learnsClasses, lossTitle } from "../../learn/losses.js";
import { grouped, rounded } from "../../util/numbers.js";
import type { Spread } from "../../util/statistics.js";
import { plural } from "../../util/words.js";
import {
  bestText,
  type CurveGroup,
  drawnEpochs,
  type EpochMeans,
  epochsOf,
  lengthOf,
  type Measure,
  meanText,
} from "./curve-means.js";

/** Losses that span more than this are read better on a logarithmic axis. */
const logRatio = 50;
const panel = { width: 400, height: 290 };
const sets = ["training", "validation"] as const;

/** @throws MistakeError where nothing was trained */
export function meanCurves(given: readonly CurveGroup[], title?: string): Figure {
  const some = given.filter(({ trainings }) => trainings.some(({ model }) => model.history.length > 0));
  const [first] = some;
  if (!first)
    throw new MistakeError({
      title: "no epochs to draw",
      message: "The histories of these models are empty: `epochs` is 0. Train for at least one epoch.",
      at: ["from"],
    });
  const { loss } = first.trainings[0]!.model;
  const isOfClasses = learnsClasses(loss);
  const measures: readonly Measure[] = isOfClasses ? ["loss", "accuracy"] : ["loss"];
  const labels = distinctLabels(some.map(({ label }) => label));
  const groups = some.length > 1 ? some.map((group, at) => ({ ...group, label: labels[at]! })) : some;
  const drawn = groups.map((group) => ({
    group,
    label: groups.length > 1 ? group.label : "",
    epochs: epochsOf(group),
  }));
  const panels = measures.map((measure) => panelOf(drawn, measure));
  const units = measures.map((measure) =>
    measure === "accuracy" ? "Accuracy (fraction right)" : lossTitle(first.trainings[0]!.model),
  );
  const heading = title ?? (isOfClasses ? "Loss and accuracy during training" : "Loss during training");
  return figureOf(
    "learning_curves",
    heading,
    subtitleOf(
      drawn,
      panels.some(({ isCut }) => isCut),
    ),
    {
      spacing: 40,
      hconcat: panels.map((each, at) =>
        viewOf(
          each,
          drawn.map(({ label }) => label),
          units[at]!,
        ),
      ),
      resolve: { scale: { color: "shared", strokeDash: "shared" }, legend: { color: "shared", strokeDash: "shared" } },
    },
    panels.map(({ points, isLog, measure }) =>
      curveSketch(
        { title: `${measure}, ${meanText(drawn.map(({ group }) => group))}`, y: measure, isLog },
        drawn.flatMap(({ label }) =>
          sets.map((set) => ({
            name: label === "" ? set : `${label}, ${set}`,
            points: points
              .filter((point) => point.of === set && point.name === label)
              .map(({ epoch, mean }) => [epoch, mean] as const),
          })),
        ),
      ),
    ),
  );
}

interface Drawn {
  readonly group: CurveGroup;
  readonly label: string;
  readonly epochs: readonly EpochMeans[];
}
interface Point {
  readonly epoch: number;
  readonly of: (typeof sets)[number];
  readonly name: string;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}
interface Panel {
  readonly measure: Measure;
  readonly points: readonly Point[];
  readonly isLog: boolean;
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** Whether a band goes on below a logarithmic axis. */
  readonly isCut: boolean;
}

function panelOf(drawn: readonly Drawn[], measure: Measure): Panel {
  const points = drawn.flatMap(({ label, epochs }) =>
    epochs.flatMap((means) => sets.flatMap((of) => pointOf(means.epoch, of, label, means[of][measure]))),
  );
  const finite = (value: number | null): number[] => (value === null ? [] : [value]);
  const means = points.flatMap(({ mean }) => finite(mean));
  const isLog = measure === "loss" && isWide(means, logRatio);
  const ends = points.flatMap(({ low, high }) => [...finite(low), ...finite(high)]);
  const all = [...means, ...ends];
  if (!isLog) return { measure, points, isLog, domain: paddedRange(all), ticks: [], isCut: false };
  // A mean less its sd may be no number that a logarithm has.
  const domain = [minimum(means) / 1.5, maximum(all) * 1.1] as const;
  const isCut = points.some(({ low }) => low !== null && low < domain[0]);
  const cut = (low: number | null): number | null => (low === null ? null : Math.max(low, rounded(domain[0], 5)));
  const ticks = logTicks(means).filter((tick) => tick >= domain[0] && tick <= domain[1]);
  return { measure, points: points.map((point) => ({ ...point, low: cut(point.low) })), isLog, domain, ticks, isCut };
}

function pointOf(epoch: number, of: Point["of"], name: string, spread: Spread | undefined): readonly Point[] {
  if (!spread) return [];
  const { mean, sd } = spread;
  const ends = mean === null || sd === null ? null : { low: rounded(mean - sd, 5), high: rounded(mean + sd, 5) };
  return [
    {
      epoch,
      of,
      name,
      mean: mean === null ? null : rounded(mean, 5),
      low: ends?.low ?? null,
      high: ends?.high ?? null,
    },
  ];
}

function viewOf(
  { points, isLog, domain, ticks }: Panel,
  labels: readonly string[],
  unit: string,
): Readonly<Record<string, unknown>> {
  const present = sets.filter((set) => points.some(({ of }) => of === set));
  const isOne = labels.length === 1;
  const epochs = points.map(({ epoch }) => epoch);
  const [first, last] = [minimum(epochs), maximum(epochs)];
  const x = epochAxis(first, last);
  const y = {
    type: "quantitative",
    title: isLog ? `${unit}, log scale` : unit,
    scale: { ...(isLog ? { type: "log" } : { zero: false }), domain, nice: false },
    axis: isLog ? { values: ticks, format: "~g" } : { tickCount: 6 },
  };
  const bySet = setStrokes(present);
  const { strokeDash } = bySet;
  const { color } = isOne ? bySet : strokes("name", labels, legendBelow);
  const detail = [{ field: "name" }, { field: "of" }];
  const isBand = points.some(({ low }) => low !== null);
  const mark = { clip: true, invalid: "break-paths-show-domains" };
  return {
    ...panel,
    data: { values: points },
    layer: [
      ...(isBand
        ? [
            {
              mark: { type: "area", opacity: 0.2, aria: false, ...mark },
              encoding: { x, y: { field: "low", ...y }, y2: { field: "high" }, color, detail },
            },
          ]
        : []),
      {
        mark: { type: "line", strokeWidth: 2, aria: false, ...mark },
        encoding: { x, y: { field: "mean", ...y }, color, strokeDash, detail },
      },
    ],
  };
}

function subtitleOf(drawn: readonly Drawn[], isCut: boolean): readonly string[] {
  const groups = drawn.map(({ group }) => group);
  const models = groups.flatMap(({ trainings }) => trainings.map(({ model }) => model));
  const most = maximum(models.map(lengthOf));
  const isUnequal = groups.some(({ trainings }) => new Set(trainings.map(({ model }) => lengthOf(model))).size > 1);
  const bad = models.filter(({ history }) =>
    history.some(({ train, validation }) => [train, validation].some((score) => score && !Number.isFinite(score.loss))),
  ).length;
  const isBand = groups.some(({ trainings }) => trainings.length > 1);
  return [
    isBand ? `lines: ${meanText(groups)}; bands: ± sd` : meanText(groups),
    ...groups.map((group) => bestText(group, meanText(groups) === "means")),
    ...(most > drawnEpochs ? [`drawn at ${drawnEpochs} of ${grouped(most)} epochs, at equal distances`] : []),
    ...(isUnequal ? ["trainings ended at different epochs; each epoch's mean is over those that reached it"] : []),
    ...(isCut ? ["a band that goes on below the axis ends there"] : []),
    ...(bad > 0 ? [`losses that are not finite: in ${plural(bad, "training")}; means leave them out`] : []),
  ];
}
