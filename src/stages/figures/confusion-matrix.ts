/**
 * Which class was taken for which: true classes down, predicted classes across, with the totals of rows and columns.
 *
 * Cells have counts, or on request shares of the true or of the predicted class. A cell's shade is its share, so
 * classes of unequal size can be compared. Shades are of one hue from light to dark, which keeps their order in grey
 * printing, and go by the root of the share: mistakes of a good model are about a hundredth of a row, which would be
 * white on a linear scale. The ink turns white on dark cells.
 */

import * as z from "zod";
import { axisNames, type Figure, faint, figureOf, ink, setName } from "../../figure/figure.js";
import { textWidth } from "../../figure/font.js";
import { grouped } from "../../util/numbers.js";
import type { ClassificationMetrics, EvaluationData } from "../../values/evaluation.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { needsClasses, noClasses } from "../figure-refusals.js";
import { accuracyText } from "../figure-values.js";

const name = "confusion_matrix";
const normalizations = ["true_class", "predicted_class"] as const;
type Normalize = (typeof normalizations)[number];

export const confusionMatrixFigure = declareFigure({
  name,
  summary: "Which class was taken for which, with totals. Of an evaluation of classes.",
  from: { accepts: ["evaluation"], source: "an `evaluate` stage" },
  options: {
    normalize: z
      .enum(normalizations)
      .optional()
      .describe(
        "Shares with two decimals in place of counts: of the examples of each true class, so that rows sum to 1, or " +
          "of what was predicted as each class, so that columns do. Default: counts.",
      ),
  },
  problem: needsClasses(name, "evaluation"),
  draw: (given) => confusionMatrix(theOne(given).data, given.options.title, given.options.normalize),
  sample: ({ classes }) => ({ from: [classes] }),
});

/** Above this many classes counts are too small to read, and the shades speak alone. */
const countedClasses = 30;
const uprightClasses = 12;
/** Above this many a terminal has no room for a matrix either. */
const sketchedClasses = 300;
const countFont = 12;
/** px: a longer one is clipped. */
const longestName = 260;
const shareTicks = [0, 0.02, 0.1, 0.3, 0.6, 1];
/** Lightness L* 100, 90, 73, 51, 24: white at a share of 0, dark blue at 1. */
const shades = ["#ffffff", "#d6e4f2", "#8fb8dc", "#3f7fb8", "#0d3b66"];

/**
 *   share[t][p] = confusion[t][p] / Σ over p of confusion[t][p]     (of the predicted class: / Σ over t)
 *
 * Of what there is none there is no share: such a cell is white, and where cells have shares its text is a dash.
 *
 * @throws MistakeError when the evaluation is of a regression
 */
export function confusionMatrix(evaluation: EvaluationData, title?: string, normalize?: Normalize): Figure {
  if (!evaluation.classes) throw noClasses(name, "evaluation");
  const metrics = evaluation.metrics as ClassificationMetrics;
  const { confusion } = metrics;
  const names = axisNames(evaluation.classes);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const ofRows = confusion.map(sum);
  const ofColumns = names.map((_, at) => sum(confusion.map((row) => row[at]!)));
  const cells = confusion.flatMap((row, truth) =>
    row.map((count, predicted) => {
      const whole = normalize === "predicted_class" ? ofColumns[predicted]! : ofRows[truth]!;
      const share = whole === 0 ? 0 : count / whole;
      const text = whole === 0 ? "–" : share.toFixed(2);
      return {
        true: names[truth]!,
        predicted: names[predicted]!,
        count,
        label: normalize ? text : grouped(count),
        share,
      };
    }),
  );
  const isCounted = names.length <= countedClasses;
  const totals = isCounted ? totalsOf(names, ofRows, ofColumns, normalize) : { cells: [], across: [], down: [] };
  const labels = [...cells, ...totals.cells].map(({ label }) => label);
  // The heading of the totals stands upright where that costs little.
  const headings = names.length <= uprightClasses ? totals.across : [];
  const widest = Math.max(...[...labels, ...headings].map((label) => textWidth(label, countFont)));
  const cell = isCounted
    ? Math.max(names.length <= 3 ? 72 : 36, Math.ceil(widest) + 12)
    : Math.max(5, Math.floor(900 / names.length));
  const [across, down] = [
    [...names, ...totals.across],
    [...names, ...totals.down],
  ];
  const isWide = across.some((name) => textWidth(name, 12) > cell - 4);
  const subtitle = [
    `${grouped(metrics.correct)} of ${grouped(metrics.count)} right: ${accuracyText(metrics)}`,
    ...(normalize ? [normalizedText[normalize]] : []),
  ];
  const axis = { ticks: false, domain: false, labelOverlap: !isCounted, labelLimit: longestName, titlePadding: 12 };
  const position = {
    x: {
      field: "predicted",
      type: "nominal",
      sort: null,
      title: "Predicted class",
      scale: { domain: across, padding: 0 },
      axis: { ...axis, labelAngle: isWide ? -90 : 0 },
    },
    y: {
      field: "true",
      type: "nominal",
      sort: null,
      title: "True class",
      scale: { domain: down, padding: 0 },
      axis,
    },
  };
  return figureOf(
    name,
    title ?? `Confusion matrix, ${setName(evaluation.split)}`,
    subtitle,
    {
      width: cell * across.length,
      height: cell * down.length,
      // Without counts a cell that nothing fell into is as white as the paper.
      data: { values: isCounted ? cells : cells.filter(({ count }) => count > 0) },
      encoding: position,
      layer: [
        {
          mark: { type: "rect", ...(isCounted ? { stroke: "#c3c8d0", strokeWidth: 0.5 } : { aria: false }) },
          encoding: {
            color: {
              field: "share",
              type: "quantitative",
              scale: { type: "sqrt", domain: [0, 1], range: shades, interpolate: "lab" },
              legend: {
                title: [
                  `Share of ${normalize === "predicted_class" ? "predicted" : "true"} class`,
                  "(square-root scale)",
                ],
                format: ".0%",
                values: shareTicks,
                gradientStrokeColor: faint,
                gradientStrokeWidth: 0.5,
                orient: "right",
                offset: 20,
                gradientLength: Math.min(220, Math.max(150, cell * names.length - 40)),
              },
            },
          },
        },
        ...(isCounted
          ? [
              {
                mark: { type: "text", fontSize: countFont, baseline: "middle" },
                encoding: {
                  text: { field: "label" },
                  color: {
                    condition: [
                      { test: "datum.share > 0.45", value: "#ffffff" },
                      { test: "datum.count === 0", value: faint },
                    ],
                    value: ink,
                  },
                },
              },
              {
                data: { values: totals.cells },
                mark: { type: "text", fontSize: countFont, baseline: "middle", fontWeight: "bold", color: faint },
                encoding: { text: { field: "label" } },
              },
            ]
          : []),
      ],
    },
    names.length > sketchedClasses
      ? []
      : [
          {
            type: "matrix",
            names,
            counts: confusion,
            ...(normalize ? ({ shares: normalize === "true_class" ? "row" : "column" } as const) : {}),
          },
        ],
  );
}

const normalizedText: Readonly<Record<Normalize, string>> = {
  true_class: "cells: shares of the true class; each row sums to 1 before rounding, and its count stands at its end",
  predicted_class:
    "cells: shares of the predicted class; each column sums to 1 before rounding, and its count stands at its end",
};

interface Total {
  readonly true: string;
  readonly predicted: string;
  readonly label: string;
}
/** Beside the matrix and below it; where cells are shares, only that of which they are shares. */
function totalsOf(
  names: readonly string[],
  ofRows: readonly number[],
  ofColumns: readonly number[],
  normalize: Normalize | undefined,
): { readonly cells: readonly Total[]; readonly across: readonly string[]; readonly down: readonly string[] } {
  // A class may have this name.
  let total = normalize ? "Count" : "Total";
  while (names.includes(total)) total += " of all";
  const rows = ofRows.map((count, at) => ({ true: names[at]!, predicted: total, label: grouped(count) }));
  const columns = ofColumns.map((count, at) => ({ true: total, predicted: names[at]!, label: grouped(count) }));
  if (normalize === "true_class") return { cells: rows, across: [total], down: [] };
  if (normalize === "predicted_class") return { cells: columns, across: [], down: [total] };
  const all = ofRows.reduce((sum, count) => sum + count, 0);
  const corner = { true: total, predicted: total, label: grouped(all) };
  return { cells: [...rows, ...columns, corner], across: [total], down: [total] };
}
