/**
 * Which class was taken for which: counts in the cells, true classes down, predicted classes across.
 *
 * A cell's shade is its share of its row, so classes of unequal size can be compared. Shades are of one hue from light
 * to dark, which keeps their order in grey printing, and go by the root of the share: mistakes of a good model are
 * about a hundredth of a row, which would be white on a linear scale. The ink turns white on dark cells.
 */

import { axisNames, type Figure, faint, figureOf, ink, setName } from "../../figure/figure.js";
import { textWidth } from "../../figure/font.js";
import { grouped } from "../../util/numbers.js";
import type { ClassificationMetrics, EvaluationData } from "../../values/evaluation.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { needsClasses, noClasses } from "../figure-refusals.js";

const name = "confusion_matrix";

export const confusionMatrixFigure = declareFigure({
  name,
  summary: "Which class was taken for which. Of an evaluation of classes.",
  from: { accepts: ["evaluation"], source: "an `evaluate` stage" },
  problem: needsClasses(name, "evaluation"),
  draw: (given) => confusionMatrix(theOne(given).data, given.options.title),
  sample: ({ classes }) => ({ from: [classes] }),
});

/** Above this many classes counts are too small to read, and the shades speak alone. */
const countedClasses = 30;
const countFont = 12;
const shareTicks = [0, 0.02, 0.1, 0.3, 0.6, 1];
/** Lightness L* 100, 90, 73, 51, 24: white at a share of 0, dark blue at 1. */
const shades = ["#ffffff", "#d6e4f2", "#8fb8dc", "#3f7fb8", "#0d3b66"];

/**
 *   share[t][p] = confusion[t][p] / Σ over p of confusion[t][p]     (0 in a row without examples)
 *
 * @throws MistakeError when the evaluation is of a regression
 */
export function confusionMatrix(evaluation: EvaluationData, title?: string): Figure {
  if (!evaluation.classes) throw noClasses(name, "evaluation");
  const metrics = evaluation.metrics as ClassificationMetrics;
  const names = axisNames(evaluation.classes);
  const cells = metrics.confusion.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, predicted) => ({
      true: names[truth]!,
      predicted: names[predicted]!,
      count,
      label: grouped(count),
      share: total === 0 ? 0 : count / total,
    }));
  });
  const isCounted = names.length <= countedClasses;
  const widest = Math.max(...cells.map(({ label }) => textWidth(label, countFont)));
  const cell = isCounted
    ? Math.max(names.length <= 3 ? 72 : 36, Math.ceil(widest) + 12)
    : Math.max(5, Math.floor(900 / names.length));
  const isWide = names.some((name) => textWidth(name, 12) > cell - 4);
  const subtitle = [
    `${grouped(metrics.correct)} of ${grouped(metrics.count)} right: accuracy ${metrics.accuracy.toFixed(4)}`,
  ];
  const axis = { ticks: false, domain: false, labelOverlap: !isCounted, titlePadding: 12 };
  return figureOf("confusion_matrix", title ?? `Confusion matrix, ${setName(evaluation.split)}`, subtitle, {
    width: cell * names.length,
    height: cell * names.length,
    // Without counts a cell that nothing fell into is as white as the paper.
    data: { values: isCounted ? cells : cells.filter(({ count }) => count > 0) },
    encoding: {
      x: {
        field: "predicted",
        type: "nominal",
        sort: null,
        title: "Predicted class",
        scale: { domain: names, padding: 0 },
        axis: { ...axis, labelAngle: isWide ? -90 : 0 },
      },
      y: {
        field: "true",
        type: "nominal",
        sort: null,
        title: "True class",
        scale: { domain: names, padding: 0 },
        axis,
      },
    },
    layer: [
      {
        mark: { type: "rect", ...(isCounted ? { stroke: "#c3c8d0", strokeWidth: 0.5 } : { aria: false }) },
        encoding: {
          color: {
            field: "share",
            type: "quantitative",
            scale: { type: "sqrt", domain: [0, 1], range: shades, interpolate: "lab" },
            legend: {
              title: ["Share of true class", "(square-root scale)"],
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
          ]
        : []),
    ],
  });
}
