/**
 * Error inside and outside the intervals that hold no training points, for each evaluation: bars and the table behind
 * them.
 */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { darkColour, type Figure, figureOf, lightColour } from "../../figure/figure.js";
import { distinctLabels, gapText, type Interval } from "../../figure/points.js";
import { maximum } from "../../figure/scale.js";
import { type Column, clipped, tableSketch, tableView } from "../../figure/table.js";
import { grouped, numberText, rounded } from "../../util/numbers.js";
import { meanOf } from "../../util/statistics.js";
import { outputOf } from "../../values/output.js";
import { declareFigure } from "../figure-declaration.js";
import { needsOneFeature } from "../figure-refusals.js";
import { featureOf, gapsOf, squaredErrorsOf } from "../figure-values.js";

const name = "gap_error";

export const gapErrorFigure = declareFigure({
  name,
  summary:
    "Error inside and outside the intervals without training points. " +
    "Of evaluations of a regression on one feature.",
  from: { accepts: ["evaluation"], many: true, source: "an `evaluate` stage" },
  inputs: {
    data: {
      accepts: "dataset",
      description: "The training examples; inside is where intervals of their feature hold none.",
      missing: {
        title: "no data to compare with",
        message:
          "`gap_error` needs the training examples, to know where there are none. " +
          "Let `data` name a stage that loads or cuts data.",
      },
      problem(port) {
        const isFull = port.examples && gapsOf(name, outputOf(port.examples(), "dataset"), "data").length === 0;
        return needsOneFeature(name)(port) ?? (isFull ? noGaps : undefined);
      },
    },
  },
  sharesAxis: true,
  problem: needsOneFeature(name),
  draw({ options, items, inputs: { data } }) {
    const evaluations = items.map(({ label, value }) => {
      const squared = squaredErrorsOf(name, value);
      const errors = featureOf(name, value).map((x, index) => ({ x, squared: squared[index]! }));
      return { label, split: value.data.split, errors };
    });
    return gapError(evaluations, data ? gapsOf(name, data, "data") : [], options.title);
  },
  sample: ({ fits, train }) => ({ from: [fits], inputs: { data: train } }),
});

interface PlacedErrors {
  readonly label: string;
  /** The feature, and (prediction − target)² there. */
  readonly errors: readonly { readonly x: number; readonly squared: number }[];
  readonly split: string;
}
interface GapErrors {
  /** Each null for no examples there. */
  readonly inside: number | null;
  readonly outside: number | null;
  readonly insideCount: number;
  readonly outsideCount: number;
  /** inside / outside */
  readonly ratio: number | null;
}

/**
 * An example is inside where it lies strictly between the ends of an interval, which are training points themselves.
 */
export function gapErrors({ errors }: Pick<PlacedErrors, "errors">, gaps: readonly Interval[]): GapErrors {
  const isInside = (x: number): boolean => gaps.some(([from, to]) => x > from && x < to);
  const of = (wanted: boolean): readonly number[] =>
    errors.filter(({ x }) => isInside(x) === wanted).map(({ squared }) => squared);
  const [within, without] = [of(true), of(false)];
  const [inside, outside] = [within, without].map((values) => (values.length === 0 ? null : meanOf(values))) as [
    number | null,
    number | null,
  ];
  return {
    inside,
    outside,
    insideCount: within.length,
    outsideCount: without.length,
    ratio: inside === null || !outside ? null : inside / outside,
  };
}

const noGaps = {
  title: "no empty intervals",
  message:
    "`data` has no interval without points that is long for its number of examples, so there is no inside to compare.",
};

function comparison(rows: readonly Pick<GapErrors, "ratio">[]): string {
  const ratios = rows.flatMap(({ ratio }) => ratio ?? []);
  if (ratios.length === 0) return "there are no examples to compare on one of the sides";
  if (ratios.length === 1) return `the error inside is ${numberText(ratios[0])} times the error outside`;
  const larger = ratios.filter((ratio) => ratio > 1).length;
  return `the error inside is larger in ${larger} of ${ratios.length} evaluations`;
}

/** @throws MistakeError when there are no evaluations, or the data has no empty interval */
export function gapError(evaluations: readonly PlacedErrors[], gaps: readonly Interval[], title?: string): Figure {
  if (evaluations.length === 0)
    throw new MistakeError({
      title: "nothing to draw",
      message: "`from` gives no evaluations, so there are no errors to draw.",
      at: ["from"],
    });
  if (gaps.length === 0) throw new MistakeError({ ...noGaps, at: ["data"] });
  const labels =
    evaluations.length === 1 && evaluations[0]!.label === ""
      ? [evaluations[0]!.split || "data"]
      : distinctLabels(evaluations.map(({ label }) => label));
  const rows = evaluations.map((evaluation, index) => ({ label: labels[index]!, ...gapErrors(evaluation, gaps) }));
  const subtitle = [gapText(gaps)[0]!.replace("shaded: ", "inside: "), comparison(rows)];
  const columns: Column[] = [
    { title: "Evaluation" },
    { title: "Inside: mse", align: "right" },
    { title: "examples", align: "right" },
    { title: "Outside: mse", align: "right" },
    { title: "examples ", align: "right" },
    { title: "Ratio", align: "right" },
  ];
  const table = rows.map((row) => ({
    cells: [
      row.label,
      numberText(row.inside),
      grouped(row.insideCount),
      numberText(row.outside),
      grouped(row.outsideCount),
      numberText(row.ratio),
    ],
  }));
  const names = rows.map(({ label }) => clipped(label, 200));
  const places = ["inside", "outside"];
  const values = rows.flatMap((row, index) =>
    (["inside", "outside"] as const).map((where) => {
      const value = row[where];
      return {
        label: names[index]!,
        where,
        mse: value !== null && Number.isFinite(value) ? rounded(value) : null,
        text: numberText(value),
      };
    }),
  );
  const finite = values.flatMap(({ mse }) => (mse === null ? [] : [mse]));
  const most = finite.length === 0 ? 1 : maximum(finite) || 1;
  return figureOf(
    "gap_error",
    title ?? "Error where there were no training points",
    subtitle,
    {
      spacing: 26,
      vconcat: [
        {
          width: 420,
          height: { step: 20 },
          data: { values },
          encoding: {
            y: {
              field: "label",
              type: "nominal",
              sort: null,
              title: null,
              scale: { domain: names, paddingInner: 0.35 },
              axis: { ticks: false, domain: false, labelLimit: 220 },
            },
            yOffset: { field: "where", sort: null, scale: { domain: places } },
            x: {
              field: "mse",
              type: "quantitative",
              title: "Mean squared error",
              scale: { domain: [0, most * 1.18], nice: false },
              axis: { tickCount: 6 },
            },
          },
          layer: [
            {
              mark: { type: "bar", aria: false },
              encoding: {
                color: {
                  field: "where",
                  type: "nominal",
                  scale: { domain: places, range: [lightColour, darkColour] },
                  legend: { title: null, orient: "top", symbolType: "square", symbolSize: 120 },
                },
              },
            },
            {
              mark: { type: "text", align: "left", dx: 5, fontSize: 11, aria: false },
              encoding: { text: { field: "text" } },
            },
          ],
        },
        tableView(columns, table),
      ],
    },
    [
      tableSketch(
        columns.map((column) => ({
          ...column,
          title: column.title.trim() === column.title ? column.title : "examples (out)",
        })),
        table,
      ),
    ],
  );
}
