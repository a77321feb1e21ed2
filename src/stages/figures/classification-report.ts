/**
 * A table of how well each class is recognised, in the manner of scikit-learn's classification report: a line a class,
 * then accuracy, macro and weighted averages.
 */

import { axisNames, type Figure, faint, figureOf, ink, setName } from "../../figure/figure.js";
import { textWidth } from "../../figure/font.js";
import { grouped } from "../../util/numbers.js";
import type { ClassAverages, ClassificationMetrics, EvaluationData } from "../../values/evaluation.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { needsClasses, noClasses } from "../figure-refusals.js";

const name = "classification_report";

export const classificationReportFigure = declareFigure({
  name,
  summary: "Precision, recall and F1 of each class, and their averages. Of an evaluation of classes.",
  from: { accepts: ["evaluation"], source: "an `evaluate` stage" },
  problem: needsClasses(name, "evaluation"),
  draw: (given) => classificationReport(theOne(given).data, given.options.title),
  sample: ({ classes }) => ({ from: [classes] }),
});

const columns = ["Precision", "Recall", "F1", "Support"] as const;
const columnWidth = 96;
const lineHeight = 24;
const fontSize = 13;
const longestName = 260;

interface ReportLine {
  readonly name: string;
  /** As printed, in the order of the columns; empty where a column has no meaning. */
  readonly cells: readonly string[];
  readonly isSummary: boolean;
}

/**
 * Averages are those of the evaluation (`learn/metrics.ts`): over the classes that have examples, undefined where one
 * of them is.
 *
 * Accuracy stands in the F1 column, where readers of such reports look for it: for one label an example, it is the F1
 * of all classes pooled. Values are fractions with four decimals, "–" where a value is undefined.
 */
export function reportLines(metrics: ClassificationMetrics, names: readonly string[]): readonly ReportLine[] {
  const { perClass } = metrics;
  const support = grouped(perClass.reduce((sum, line) => sum + line.support, 0));
  const averages = (name: string, { precision, recall, f1 }: ClassAverages): ReportLine => ({
    name,
    cells: [fraction(precision), fraction(recall), fraction(f1), support],
    isSummary: true,
  });
  return [
    ...perClass.map((line, index) => ({
      name: names[index]!,
      cells: [fraction(line.precision), fraction(line.recall), fraction(line.f1), grouped(line.support)],
      isSummary: false,
    })),
    { name: "Accuracy", cells: ["", "", fraction(metrics.accuracy), grouped(metrics.count)], isSummary: true },
    averages("Macro average", metrics.macro),
    averages("Weighted average", metrics.weighted),
  ];
}
const fraction = (value: number | null): string => (value !== null && Number.isFinite(value) ? value.toFixed(4) : "–");

/** Said where a class was never predicted, or has no example. */
const undefinedNote = "– is undefined: precision without predictions, and averages with it; recall without examples";

/** @throws MistakeError when the evaluation is of a regression */
export function classificationReport(evaluation: EvaluationData, title?: string): Figure {
  if (!evaluation.classes) throw noClasses(name, "evaluation");
  const metrics = evaluation.metrics as ClassificationMetrics;
  const lines = reportLines(metrics, axisNames(evaluation.classes));
  const isDefined = metrics.perClass.every(
    ({ precision, recall, f1 }) => precision !== null && recall !== null && f1 !== null,
  );
  const nameWidth =
    Math.min(longestName, Math.ceil(Math.max(...lines.map(({ name }) => textWidth(name, fontSize, "bold"))))) + 16;
  const width = nameWidth + columns.length * columnWidth;
  const rightOf = (column: number): number => nameWidth + (column + 1) * columnWidth - 8;
  // Rule positions in lines from the top: under the head, under the classes, at the end.
  const rules = [1, 1 + lines.filter(({ isSummary }) => !isSummary).length, 1 + lines.length];
  const height = rules[2]! * lineHeight;
  const texts = [
    { text: "Class", x: 8, line: 0, bold: true, align: "left" },
    ...columns.map((text, column) => ({ text, x: rightOf(column), line: 0, bold: true, align: "right" })),
    ...lines.flatMap(({ name, cells, isSummary }, index) => [
      { text: name, x: 8, line: index + 1, bold: isSummary, align: "left" },
      ...cells.map((text, column) => ({ text, x: rightOf(column), line: index + 1, bold: false, align: "right" })),
    ]),
  ].filter(({ text }) => text !== "");
  const position = {
    x: { field: "x", type: "quantitative", axis: null, scale: { domain: [0, width], nice: false } },
    y: { field: "y", type: "quantitative", axis: null, scale: { domain: [height, 0], nice: false, reverse: false } },
  };
  const textLayer = (align: "left" | "right", bold: boolean): Readonly<Record<string, unknown>> => ({
    data: {
      values: texts
        .filter((text) => text.align === align && text.bold === bold)
        .map(({ text, x, line }) => ({ text, x, y: (line + 0.5) * lineHeight })),
    },
    mark: {
      type: "text",
      align,
      baseline: "middle",
      fontSize,
      fontWeight: bold ? "bold" : "normal",
      color: ink,
      ...(align === "left" ? { limit: longestName } : {}),
    },
    encoding: { ...position, text: { field: "text" } },
  });
  return figureOf(
    "classification_report",
    title ?? `Classification report, ${setName(evaluation.split)}`,
    [
      `${grouped(metrics.count)} examples; precision, recall, F1 and accuracy are fractions, support is a count`,
      ...(isDefined ? [] : [undefinedNote]),
    ],
    {
      width,
      height,
      layer: [
        {
          data: { values: rules.map((line) => ({ y: line * lineHeight, x: 0, end: width })) },
          mark: { type: "rule", color: faint },
          encoding: { ...position, x2: { field: "end" } },
        },
        textLayer("left", false),
        textLayer("left", true),
        textLayer("right", true),
        textLayer("right", false),
      ],
    },
  );
}
