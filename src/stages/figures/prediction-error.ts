/**
 * What was predicted against what is true, or what is left of it: whether a regression errs at the ends, by more where
 * values are large, or in a few examples.
 *
 *   values:    true value y (up) by prediction ŷ (right), on axes of one scale; on the dotted line ŷ = y
 *   residuals: y − ŷ (up) by ŷ (right); above the dotted line at 0 the model says too little
 *
 * The prediction is to the right in both, so that a residual is looked for where its point was. Folds and seeds of one
 * name are drawn together.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { suggestion } from "../../diagnostic/nearest.js";
import { cellsOf } from "../../figure/cells.js";
import { darkColour, type Figure, faint, figureOf, setName } from "../../figure/figure.js";
import { distinctLabels, type Interval, type Point } from "../../figure/points.js";
import { maximum, minimum, paddedRange, roundedOn } from "../../figure/scale.js";
import { type Column, clipped, tableSketch } from "../../figure/table.js";
import { outermostOf } from "../../util/levels.js";
import { grouped, numberText } from "../../util/numbers.js";
import type { Spread } from "../../util/statistics.js";
import { meanOf } from "../../util/statistics.js";
import { overText } from "../../values/axes.js";
import { float32Of } from "../../values/blob.js";
import type { RegressionMetrics } from "../../values/evaluation.js";
import type { Output } from "../../values/output.js";
import type { Sketch } from "../../values/sketch.js";
import { rowsOf } from "../dataset.js";
import { declareFigure, type Item } from "../figure-declaration.js";
import { needsNumbers } from "../figure-refusals.js";
import { checkNumbers } from "../figure-values.js";
import { axesOf, type ItemGroup, itemGroups } from "../item-groups.js";

const name = "prediction_error";
const shows = ["values", "residuals"] as const;

export const predictionErrorFigure = declareFigure({
  name,
  summary:
    "True values against predictions, or what is left of them (residuals); folds and seeds of a name together. " +
    "Of evaluations of a regression.",
  from: { accepts: ["evaluation"], many: true, source: "an `evaluate` stage" },
  options: {
    show: z
      .enum(shows)
      .default("values")
      .describe("`values`: true values against predictions; `residuals`: true less predicted. Default: `values`."),
    target: z.string().optional().describe("One of several targets, by its name. Default: a panel for each."),
  },
  knowsAxes: true,
  problem: needsNumbers(name),
  together(sources, _inputs, { target }) {
    const at = sources.findIndex(({ port }) => port.targetNames && unknownTarget(target, port.targetNames));
    return at < 0 ? undefined : unknownTarget(target, sources[at]!.port.targetNames!);
  },
  draw: ({ items, options }) => predictionError(items, options),
  sample: ({ fits }) => ({ from: [[...fits.values()].at(-1)!] }),
});

interface Options {
  readonly show: (typeof shows)[number];
  readonly target?: string | undefined;
  readonly title?: string | undefined;
}
/** Predictions of one target by one name. */
interface Panel {
  /** What tells it from the others: of several names, and of several targets. */
  readonly label: string;
  readonly target: string;
  /** [prediction, true value] */
  readonly pairs: readonly Point[];
  /** `r2 0.91, rmse 0.21`, over folds or seeds with their sd. */
  readonly score: string;
  readonly over: string;
}

const mostPanels = 12;
const layouts = [
  { most: 1, columns: 1, side: 360 },
  { most: 4, columns: 2, side: 300 },
  { most: mostPanels, columns: 3, side: 230 },
] as const;
/** Where there are more points than this in a panel, cells are coloured by how many fall into them. */
const mostPoints = 1500;
const cellsAcross = 60;
const sketchCells = 160;
const shades = ["#d3e0ec", "#0c2a47"] as const;

/** @throws MistakeError for evaluations of classes, an unknown target, or more panels than can be looked at */
export function predictionError(items: readonly Item<"evaluation">[], options: Options): Figure {
  const panels = panelsOf(items, options.target);
  if (panels.length > mostPanels)
    throw new MistakeError({
      title: "too many panels",
      message:
        `\`${name}\` would have ${panels.length} panels, one for each name and target, and ${mostPanels} can be ` +
        "looked at. Name fewer evaluations in `from`, or one `target`.",
      at: ["from"],
    });
  const { columns, side } = layouts.find(({ most }) => panels.length <= most)!;
  const isResidual = options.show === "residuals";
  const isOne = panels.length === 1;
  const splits = [...new Set(items.map(({ value }) => value.data.split))];
  const [first] = panels as [Panel];
  const areMany = panels.some(({ pairs }) => pairs.length > mostPoints);
  const subtitle = [
    ...(isOne ? [headOf(first)] : []),
    ...[...new Set(panels.map(({ over }) => over))]
      .filter((over) => over !== "")
      .map((over) => `mean ± sd over ${over}`),
    ...(areMany ? ["darker: more predictions in a cell (logarithmic)"] : []),
    isResidual
      ? "residual: true less predicted; above the dotted line the model says too little"
      : "dotted: as predicted; above it the model says too little",
  ];
  const heading = isResidual ? "Residuals" : "True against predicted";
  return figureOf(
    name,
    options.title ?? `${heading}, ${setName(splits.length === 1 ? splits[0]! : "")}`,
    subtitle,
    {
      columns,
      spacing: { row: 30, column: 36 },
      concat: panels.map((panel) => ({
        ...(isOne
          ? {}
          : {
              title: {
                text: clipped(panel.label, side, true, 12),
                subtitle: [panel.score, countOf(panel)].map((line) => clipped(line, side, false, 11)),
                ...{ fontSize: 12, subtitleFontSize: 11, offset: 8, anchor: "start", frame: "group" },
              },
            }),
        width: side,
        height: side,
        ...bodyOf(panel, domainsOf(panel, panels, isResidual), isResidual),
      })),
    },
    [...panels.map((panel) => plotOf(panel, isResidual, isOne)), tableOf(panels)],
  );
}

const countOf = ({ pairs: { length } }: Panel): string =>
  length === 1 ? "1 prediction" : `${grouped(length)} predictions`;
const headOf = (panel: Panel): string =>
  `${panel.label === "" ? "" : `${panel.label}: `}${panel.score}; ${countOf(panel)}`;

function panelsOf(items: readonly Item<"evaluation">[], wanted: string | undefined): readonly Panel[] {
  const groups = itemGroups(items);
  const labels = distinctLabels(groups.map(({ label }) => label));
  return groups.flatMap((group, at) => {
    const targets = targetsOf(group.members[0]!.value);
    const mistake = unknownTarget(wanted, targets);
    if (mistake) throw new MistakeError(mistake);
    return targets.flatMap((target, column): Panel[] => {
      if (wanted !== undefined && target !== wanted) return [];
      const names = [...(groups.length > 1 ? [labels[at]!] : []), ...(targets.length > 1 ? [target] : [])];
      const pairs = group.members.flatMap(({ value }) => pairsOf(value, column));
      return [{ label: names.join(", "), target, pairs, ...scoresOf(group, column) }];
    });
  });
}

function targetsOf({ data, blobs }: Output<"evaluation">): readonly string[] {
  const width = blobs.predictions!.shape[1]!;
  return Array.from({ length: width }, (_, at) => data.targetNames?.[at] || (width === 1 ? "" : `target ${at + 1}`));
}
function unknownTarget(wanted: unknown, targets: readonly string[]): Mistake | undefined {
  if (typeof wanted !== "string" || targets.includes(wanted)) return undefined;
  return {
    title: "no such target",
    message: `There is no target \`${wanted}\`.${suggestion(wanted, targets)}\n\nTargets: ${targets.join(", ")}`,
    at: ["target"],
  };
}

function pairsOf(value: Output<"evaluation">, column: number): readonly Point[] {
  checkNumbers(name, value);
  const [predictions, labels] = [float32Of(value.blobs.predictions!), float32Of(value.blobs.labels!)];
  const width = value.blobs.predictions!.shape[1]!;
  return [...rowsOf(value)].map(
    (row, at) => [predictions[at * width + column]!, labels[row * width + column]!] as const,
  );
}

function scoresOf(group: ItemGroup<"evaluation">, column: number): Pick<Panel, "score" | "over"> {
  const elements = group.members.map(({ keys, value }) => {
    const all = value.data.metrics as RegressionMetrics;
    const { r2, rmse } = all.perTarget?.[column] ?? all;
    return { keys, metrics: { r2, rmse } };
  });
  const [first, ...others] = elements as [(typeof elements)[number]];
  if (others.length === 0) {
    const { r2, rmse } = first.metrics;
    return { score: `r2 ${numberText(r2)}, rmse ${numberText(rmse)}`, over: "" };
  }
  const { r2, rmse } = outermostOf(elements).metrics as Readonly<Record<"r2" | "rmse", Spread>>;
  const text = ({ mean, sd }: Spread): string =>
    sd === null ? numberText(mean) : `${numberText(mean)} ± ${numberText(sd)}`;
  return { score: `r2 ${text(r2)}, rmse ${text(rmse)}`, over: overText(axesOf(group)) };
}

const shown = ([predicted, truth]: Point, isResidual: boolean): Point =>
  isResidual ? [predicted, truth - predicted] : [predicted, truth];

/** Panels of one target have one scale, so that they can be compared. */
function domainsOf({ target }: Panel, panels: readonly Panel[], isResidual: boolean): readonly [Interval, Interval] {
  const points = panels
    .filter((other) => other.target === target)
    .flatMap(({ pairs }) => pairs.map((pair) => shown(pair, isResidual)));
  const [x, y] = [points.map(([at]) => at), points.map(([, at]) => at)];
  if (isResidual) return [paddedRange(x), paddedRange([...y, 0])];
  const both = paddedRange([minimum(x), maximum(x), minimum(y), maximum(y)]);
  return [both, both];
}

function bodyOf(
  { target, pairs }: Panel,
  [domainX, domainY]: readonly [Interval, Interval],
  isResidual: boolean,
): Readonly<Record<string, unknown>> {
  const of = target === "" ? "" : ` ${target}`;
  const axis = (title: string, domain: Interval) => ({
    type: "quantitative",
    title,
    scale: { domain, nice: false, zero: false },
    axis: { tickCount: 5, labelOverlap: "greedy", labelSeparation: 10 },
  });
  const x = axis(`Predicted${of}`, domainX);
  const y = axis(isResidual ? `Residual${of === "" ? "" : ` of${of}`}` : `True${of}`, domainY);
  const precise = roundedOn(domainX, domainY);
  const ends = domainX.map((end) => precise(isResidual ? [end, 0] : [end, end]));
  const line = {
    data: { values: ends.map(([px, py]) => ({ x: px, y: py })) },
    mark: { type: "line", color: faint, strokeDash: [2, 3], strokeWidth: 1.4, aria: false },
    encoding: { x: { field: "x", ...x }, y: { field: "y", ...y } },
  };
  const points = pairs.map((pair) => shown(pair, isResidual));
  if (points.length > mostPoints) return { layer: [cellLayer(points, domainX, domainY, x, y), line] };
  return {
    layer: [
      line,
      {
        data: { values: points.map(precise).map(([px, py]) => ({ x: px, y: py })) },
        mark: {
          ...{ type: "point", filled: true, color: darkColour, aria: false },
          ...(points.length > 300 ? { size: 16, opacity: 0.45 } : { size: 34, opacity: 0.65 }),
        },
        encoding: { x: { field: "x", ...x }, y: { field: "y", ...y } },
      },
    ],
  };
}

const powersTo = (most: number): readonly number[] =>
  Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, power) => 10 ** power);

function cellLayer(
  points: readonly Point[],
  domainX: Interval,
  domainY: Interval,
  x: object,
  y: object,
): Readonly<Record<string, unknown>> {
  const precise = roundedOn(domainX, domainY);
  const values = cellsOf(points, domainX, domainY, cellsAcross).map((cell) => {
    const [[fromX, fromY], [toX, toY]] = [precise([cell.x[0], cell.y[0]]), precise([cell.x[1], cell.y[1]])];
    return { x: fromX, x2: toX, y: fromY, y2: toY, count: cell.count };
  });
  const most = maximum(values.map(({ count }) => count));
  return {
    data: { values },
    mark: { type: "rect", aria: false },
    encoding: {
      ...{ x: { field: "x", ...x }, x2: { field: "x2" }, y: { field: "y", ...y }, y2: { field: "y2" } },
      color: {
        ...{ field: "count", type: "quantitative" },
        scale: { type: "log", domain: [1, Math.max(2, most)], range: shades, interpolate: "lab" },
        legend: { title: "Predictions", format: ",d", values: powersTo(most), gradientLength: 120 },
      },
    },
  };
}

function plotOf(panel: Panel, isResidual: boolean, isOne: boolean): Sketch {
  const points = panel.pairs.map((pair) => shown(pair, isResidual));
  const [x, y] = [points.map(([at]) => at), points.map(([, at]) => at)];
  const [domainX, domainY] = [paddedRange(x, 0), paddedRange(y, 0)];
  const precise = roundedOn(domainX, domainY, 5);
  const ends = isResidual ? [minimum(x), maximum(x)] : [minimum([...x, ...y]), maximum([...x, ...y])];
  const middle = ([low, high]: Interval): number => (low + high) / 2;
  // A terminal tells no more places apart.
  const drawn =
    points.length > mostPoints
      ? cellsOf(points, domainX, domainY, sketchCells).map((cell): Point => [middle(cell.x), middle(cell.y)])
      : points;
  return {
    type: "plot",
    ...(isOne ? {} : { title: headOf(panel) }),
    x: "predicted",
    y: isResidual ? "residual" : "true",
    series: [
      {
        name: isResidual ? "no residual" : "as predicted",
        marks: "line",
        points: ends.map((end) => precise(isResidual ? [end, 0] : [end, end])),
      },
      { name: "predictions", marks: "points", points: drawn.map(precise) },
    ],
  };
}

/** What the points do not tell in numbers: whether the model says too much or too little, and by how much at most. */
function tableOf(panels: readonly Panel[]): Sketch {
  const right = (title: string): Column => ({ title, align: "right" });
  const isNamed = panels.some(({ label }) => label !== "");
  return tableSketch(
    [
      ...(isNamed ? [{ title: "of" }] : []),
      ...["predictions", "mean residual", "least", "greatest"].map(right),
      { title: "score" },
    ],
    panels.map(({ label, pairs, score }) => {
      const residuals = pairs.map(([predicted, truth]) => truth - predicted);
      const numbers = [meanOf(residuals), minimum(residuals), maximum(residuals)].map((value) => numberText(value));
      return { cells: [...(isNamed ? [label] : []), grouped(pairs.length), ...numbers, score] };
    }),
  );
}
