/**
 * A table of how well each class is recognised, in the layout of scikit-learn's classification report: a line a class,
 * a blank one, then accuracy, macro and weighted averages.
 */

import * as z from "zod";
import { axisNames, type Figure, figureOf, setName, sketchNames } from "../../figure/figure.js";
import { type Column, type Row, tableSketch, tableView } from "../../figure/table.js";
import { fixedToEven, grouped } from "../../util/numbers.js";
import type { ClassAverages, ClassificationMetrics, EvaluationData } from "../../values/evaluation.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { needsClasses, noClasses } from "../figure-refusals.js";
import { accuracyText } from "../figure-values.js";

const name = "classification_report";
const fewestDecimals = 2;

export const classificationReportFigure = declareFigure({
  name,
  summary: "Precision, recall and F1 of each class, and their averages. Of an evaluation of classes.",
  from: { accepts: ["evaluation"], source: "an `evaluate` stage" },
  options: {
    decimals: z
      .number()
      .int()
      .min(fewestDecimals)
      .max(6)
      .optional()
      .describe("How many decimals fractions are given in, 2 to 6. Default: 2."),
  },
  problem: needsClasses(name, "evaluation"),
  draw: (given) => classificationReport(theOne(given).data, given.options.title, given.options.decimals),
  sample: ({ classes }) => ({ from: [classes] }),
});

const columns: readonly Column[] = [
  { title: "" },
  { title: "precision", align: "right" },
  { title: "recall", align: "right" },
  { title: "f1-score", align: "right" },
  { title: "support", align: "right" },
];

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
 * of all classes pooled. Values are fractions, "–" where a value is undefined.
 */
export function reportLines(
  metrics: ClassificationMetrics,
  names: readonly string[],
  decimals = fewestDecimals,
): readonly ReportLine[] {
  const fraction = (value: number | null): string =>
    value !== null && Number.isFinite(value) ? fixedToEven(value, decimals) : "–";
  const { perClass } = metrics;
  const support = String(perClass.reduce((sum, line) => sum + line.support, 0));
  const averages = (name: string, { precision, recall, f1 }: ClassAverages): ReportLine => ({
    name,
    cells: [fraction(precision), fraction(recall), fraction(f1), support],
    isSummary: true,
  });
  return [
    ...perClass.map((line, index) => ({
      name: names[index]!,
      cells: [fraction(line.precision), fraction(line.recall), fraction(line.f1), String(line.support)],
      isSummary: false,
    })),
    { name: "accuracy", cells: ["", "", fraction(metrics.accuracy), String(metrics.count)], isSummary: true },
    averages("macro avg", metrics.macro),
    averages("weighted avg", metrics.weighted),
  ];
}

/** Said where a class was never predicted, or has no example. */
const undefinedNote = "– is undefined: precision without predictions, and averages with it; recall without examples";

/** @throws MistakeError when the evaluation is of a regression */
export function classificationReport(evaluation: EvaluationData, title?: string, decimals?: number): Figure {
  if (!evaluation.classes) throw noClasses(name, "evaluation");
  const metrics = evaluation.metrics as ClassificationMetrics;
  const [lines, sketched] = [axisNames, sketchNames].map((named) =>
    reportLines(metrics, named(evaluation.classes!), decimals),
  ) as [readonly ReportLine[], readonly ReportLine[]];
  const isDefined = metrics.perClass.every(
    ({ precision, recall, f1 }) => precision !== null && recall !== null && f1 !== null,
  );
  return figureOf(
    name,
    title ?? `Classification report, ${setName(evaluation.split)}`,
    [
      `${grouped(metrics.count)} examples; ${accuracyText(metrics)}`,
      "precision, recall, F1 and accuracy are fractions, support is a count",
      ...(isDefined ? [] : [undefinedNote]),
    ],
    tableView(columns, rowsOf(lines)),
    [tableSketch(columns, rowsOf(sketched), undefined, true)],
  );
}

function rowsOf(lines: readonly ReportLine[]): readonly Row[] {
  const rows = lines.map(({ name, cells, isSummary }): Row => ({ cells: [name, ...cells], bold: isSummary }));
  const classes = lines.filter(({ isSummary }) => !isSummary).length;
  return [...rows.slice(0, classes), { cells: columns.map(() => "") }, ...rows.slice(classes)];
}
