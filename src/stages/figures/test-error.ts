/** The mean squared error of each evaluation on its set, with an interval. */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { darkColour, type Figure, faint, figureOf } from "../../figure/figure.js";
import { distinctLabels } from "../../figure/points.js";
import { maximum } from "../../figure/scale.js";
import { type Column, clipped, tableSketch } from "../../figure/table.js";
import type { Interval } from "../../statistics/intervals.js";
import { outermostOf } from "../../util/levels.js";
import { grouped, numberText, rounded } from "../../util/numbers.js";
import type { Spread } from "../../util/statistics.js";
import { type AxisOf, overText } from "../../values/axes.js";
import type { RegressionIntervals, RegressionMetrics } from "../../values/evaluation.js";
import { declareFigure, type Item } from "../figure-declaration.js";
import { needsNumbers } from "../figure-refusals.js";
import { checkNumbers } from "../figure-values.js";

const name = "test_error";

export const testErrorFigure = declareFigure({
  name,
  summary: "Mean squared error with a 95 % interval. Of evaluations of a regression.",
  from: { accepts: ["evaluation"], many: true, source: "an `evaluate` stage" },
  problem: needsNumbers(name),
  draw({ options, items }) {
    const evaluations = items.map(({ label, value }): Errors => {
      checkNumbers(name, value);
      const { data } = value;
      const { mse, count } = data.metrics as RegressionMetrics;
      return { label, mse, interval: (data.intervals as RegressionIntervals).mse, count, split: data.split };
    });
    return testError(evaluations, options.title, meansOf(items, evaluations));
  },
  sample: ({ fits }) => ({ from: [fits] }),
});

interface Errors {
  /** Tells it from the others; empty for one alone. */
  readonly label: string;
  readonly mse: number;
  /** 95 %; null where the evaluation has none. */
  readonly interval: Interval | null;
  readonly count: number;
  readonly split: string;
}

/** Of names that are gathered over seeds: mean and sd of the errors over them, which no interval above tells. */
function meansOf(items: readonly Item<"evaluation">[], evaluations: readonly Errors[]): readonly string[] {
  const sources = [...new Set(items.filter(({ over }) => isAveraged(over)).map(({ source }) => source))];
  return sources.flatMap((source) => {
    const own = items.flatMap((item, at) => (item.source === source ? [{ item, at }] : []));
    const { name, over } = own[0]!.item;
    const elements = own.map(({ item, at }) => ({
      keys: item.element!.split("/"),
      metrics: { mse: evaluations[at]!.mse },
    }));
    const { mean, sd } = outermostOf(elements).metrics.mse as Spread;
    if (sd === null) return [];
    const counts = over.map((of, at) => ({ of, count: new Set(elements.map(({ keys }) => keys[at])).size }));
    const who = name === "" ? "" : `${name}: `;
    return [`${who}mean ± sd over ${overText(counts)}: ${numberText(mean, 4)} ± ${numberText(sd)}`];
  });
}
const isAveraged = (over: readonly AxisOf[]): boolean => over.includes("seeds") && !over.includes("choices");

/** @throws MistakeError when there are no evaluations */
export function testError(evaluations: readonly Errors[], title?: string, means: readonly string[] = []): Figure {
  if (evaluations.length === 0)
    throw new MistakeError({
      title: "nothing to draw",
      message: "`from` gives no evaluations, so there are no errors to draw.",
      at: ["from"],
    });
  const isOne = evaluations.length === 1;
  const labels = distinctLabels(
    evaluations.map(({ label, split }) => (isOne && label === "" ? split || "data" : label)),
  );
  const rows = evaluations.map(({ mse, interval, count }, index) => ({
    label: clipped(labels[index]!, 220),
    ...{ count, mse, low: interval?.[0] ?? null, high: interval?.[1] ?? null },
  }));
  const splits = [...new Set(evaluations.map(({ split }) => split))];
  const set = splits.length === 1 && splits[0] !== "" ? `${splits[0]} set` : "the set evaluated on";
  const counts = [...new Set(rows.map(({ count }) => count))];
  const examples = counts.length === 1 ? `${grouped(counts[0]!)} examples` : "examples";
  const subtitle = [
    `mean squared error of the ${examples}; whiskers: 95 % interval`,
    "interval: percentile bootstrap, over the choice of examples, not of trainings",
    ...means,
  ];
  const text = (row: (typeof rows)[number]): string =>
    row.low === null
      ? `${numberText(row.mse)}  (no interval)`
      : `${numberText(row.mse)}  (${numberText(row.low)} to ${numberText(row.high)})`;
  const finite = rows.flatMap(({ mse, high }) => [mse, high ?? mse]).filter(Number.isFinite);
  const most = finite.length === 0 ? 1 : maximum(finite) || 1;
  const names = rows.map(({ label }) => label);
  const y = {
    field: "label",
    type: "nominal",
    sort: null,
    title: null,
    scale: { domain: names },
    axis: { ticks: false, domain: false, labelLimit: 240 },
  };
  const axis = {
    title: "Mean squared error",
    scale: { domain: [0, most * 1.05], nice: false },
    axis: { tickCount: 6 },
  };
  const values = rows.map((row) => ({
    label: row.label,
    mse: Number.isFinite(row.mse) ? rounded(row.mse) : null,
    low: row.low === null ? null : rounded(row.low),
    high: row.high === null ? null : rounded(row.high),
    text: text(row),
  }));
  const columns: Column[] = [
    { title: "evaluation" },
    { title: "examples", align: "right" },
    { title: "mse", align: "right" },
    { title: "95 % from", align: "right" },
    { title: "to", align: "right" },
  ];
  return figureOf(
    "test_error",
    title ?? `Error on the ${set}`.replace("on the the", "on the"),
    subtitle,
    {
      width: 420,
      height: { step: 40 },
      data: { values },
      encoding: { y },
      layer: [
        {
          transform: [{ filter: "isValid(datum.mse)" }],
          mark: { type: "bar", color: "#a9c3da", height: { band: 0.5 }, aria: false },
          encoding: { x: { field: "mse", type: "quantitative", ...axis } },
        },
        {
          transform: [{ filter: "isValid(datum.low)" }],
          mark: { type: "rule", color: darkColour, strokeWidth: 2, aria: false },
          encoding: { x: { field: "low", type: "quantitative", ...axis }, x2: { field: "high" } },
        },
        ...["low", "high"].map((end) => ({
          transform: [{ filter: `isValid(datum.${end})` }],
          mark: { type: "tick", color: darkColour, thickness: 2, height: 10, aria: false },
          encoding: { x: { field: end, type: "quantitative", ...axis } },
        })),
        {
          transform: [{ filter: "isValid(datum.mse)" }],
          mark: { type: "point", filled: true, color: darkColour, size: 60, opacity: 1, aria: false },
          encoding: { x: { field: "mse", type: "quantitative", ...axis } },
        },
        // Beside the drawing, where no whisker reaches.
        {
          mark: { type: "text", align: "left", x: 432, fontSize: 12, color: faint, aria: false },
          encoding: { text: { field: "text" } },
        },
      ],
    },
    [
      tableSketch(
        columns,
        rows.map((row, index) => ({
          cells: [
            labels[index]!,
            grouped(row.count),
            numberText(row.mse, 4),
            numberText(row.low),
            numberText(row.high),
          ],
        })),
      ),
    ],
  );
}
