/**
 * Reliability diagram: whether a model is as often right as it is sure. Confidences go into bins of equal width; each
 * bin is a point at its mean confidence and the share that came true, with Wilson's interval, and below stands how many
 * examples it is of.
 */
import * as z from "zod";
import { type Figure, faint, figureOf, setName, shapes } from "../../figure/figure.js";
import { textWidth } from "../../figure/font.js";
import { colourOf, dashOf, strokes } from "../../figure/strokes.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { type Calibration, type CalibrationBin, calibration } from "../../learn/calibration.js";
import { type Interval, wilson } from "../../statistics/intervals.js";
import { fractionText, grouped, rounded } from "../../util/numbers.js";
import { meanOf } from "../../util/statistics.js";
import { areVotes } from "../../values/evaluation.js";
import { intervalText } from "../../values/interval.js";
import type { Sketch } from "../../values/sketch.js";
import { declareFigure, type Item } from "../figure-declaration.js";
import { needsClasses } from "../figure-refusals.js";
import {
  areOfOneSet,
  classNamed,
  classOption,
  type JudgedClasses,
  judgedTogether,
  overOneAnother,
} from "../judged-classes.js";

const name = "reliability";

export const reliabilityFigure = declareFigure({
  name,
  summary:
    "Reliability diagram: confidence against accuracy, with the expected calibration error. " +
    "Of an evaluation of classes, or of several on one set.",
  from: { accepts: ["evaluation"], many: true, source: "an `evaluate` stage" },
  options: {
    bins: z
      .number()
      .int()
      .min(2)
      .max(100)
      .default(15)
      .describe("Into how many bins of equal width confidences go. Default: 15."),
    class: classOption(
      "The class whose probability is compared with how often it is the true one. " +
        "Default: the probability of the predicted class is compared with how often that is right.",
    ),
  },
  problem: needsClasses(name, "evaluation"),
  together: overOneAnother(name, "class"),
  draw: ({ items, options }) => reliability(items, options),
  sample: ({ classes }) => ({ from: [classes], options: { bins: 10 } }),
});

interface Options {
  readonly bins: number;
  readonly class?: unknown;
  readonly title?: string | undefined;
}
interface Told extends Calibration {
  readonly label: string;
  readonly count: number;
  readonly right: number;
  readonly confidence: number;
  readonly accuracy: number;
}

const side = 340;
/** Of the counts, px. */
const low = 90;
/** Of counts above bars, px: the largest that has room; neighbours are rarely as high, so some may stand over. */
const countFonts = [10, 9, 8];

/** @throws MistakeError for evaluations of numbers, of different sets or classes, or an unknown class */
export function reliability(items: readonly Item<"evaluation">[], options: Options): Figure {
  const all = judgedTogether(name, items);
  const [{ names }] = all as [JudgedClasses];
  const target = classNamed("class", options.class, names);
  const wanted = target === undefined ? undefined : names[target]!;
  const told = all.map((judged) => toldOf(judged, wanted, options.bins));
  const [first] = told as [Told];
  const isOne = told.length === 1;
  const totals = new Set(told.map(({ count }) => count));
  const examples = `${totals.size === 1 ? `${grouped(first.count)} ` : ""}examples in ${options.bins} bins`;
  const of = wanted === undefined ? "confidence of the predicted class" : `probability of ${wanted}`;
  const interval = intervalText("share", wilson(first.right, first.count));
  const means = [
    `mean ${wanted === undefined ? "confidence" : "probability"} ${fractionText(first.confidence)}`,
    `${cameTrue(wanted)} ${fractionText(first.accuracy)} (95 % interval ${interval})`,
  ].join(", ");
  const errors = [
    `expected calibration error (ECE) ${fractionText(first.expectedError)}`,
    `greatest of a bin (MCE) ${fractionText(first.maximumError)}`,
  ].join(", ");
  const subtitle = [
    `${of}, ${examples}`,
    ...(isOne ? [means, errors] : ["beside each its expected calibration error (ECE)"]),
    ...(areOfOneSet(items) ? [] : ["each on its own examples"]),
    ...(all.some(({ data }) => areVotes(data)) ? ["of votes: the share of the members that vote for the class"] : []),
    `whiskers: 95 % intervals of the bins; dotted: as often ${wanted === undefined ? "right" : "true"} as it is sure`,
  ];
  const splits = [...new Set(all.map(({ data }) => data.split))];
  const title = options.title ?? `Reliability, ${setName(splits.length === 1 ? splits[0]! : "")}`;
  return figureOf(name, title, subtitle, body(told, wanted), sketchOf(told, wanted));
}

const cameTrue = (wanted: string | undefined): string => (wanted === undefined ? "accuracy" : "share");

function toldOf(
  { label, names, predictions, labels, predicted }: JudgedClasses,
  wanted: string | undefined,
  bins: number,
): Told {
  const target = wanted === undefined ? null : names.indexOf(wanted);
  const said = (at: number): number => target ?? predicted[at]!;
  const confidences = Float32Array.from(labels, (_, at) => predictions[at * names.length + said(at)]!);
  const isRight = Array.from(labels, (truth, at) => Number(truth === said(at)));
  const right = isRight.reduce((sum, value) => sum + value, 0);
  return {
    ...calibration(confidences, isRight, bins),
    ...{ label, count: labels.length, right },
    ...{ confidence: meanOf([...confidences]), accuracy: right / labels.length },
  };
}

const filled = ({ bins }: Told): readonly CalibrationBin[] => bins.filter(({ count }) => count > 0);
const legendOf = ({ label, expectedError }: Told): string => `${label}  ECE ${fractionText(expectedError)}`;

function body(told: readonly Told[], wanted: string | undefined): Readonly<Record<string, unknown>> {
  const isOne = told.length === 1;
  const names = told.map(legendOf);
  const looks = strokes("of", names, isOne ? null : { orient: "right" });
  const rate = (title: string | null) => ({
    type: "quantitative",
    title,
    scale: { domain: [0, 1], nice: false, zero: false },
    axis: { tickCount: 6, format: "~g" },
  });
  const x = rate(wanted === undefined ? "Confidence (probability of the predicted class)" : `Probability of ${wanted}`);
  const y = rate(wanted === undefined ? "Accuracy (fraction right)" : `Share that is ${wanted}`);
  const points = told.flatMap((own, at) =>
    filled(own).map(({ confidence, accuracy, right, count }) => {
      const [from, to] = wilson(right, count) as Interval;
      return { x: rounded(confidence!), y: rounded(accuracy!), low: rounded(from), high: rounded(to), of: names[at]! };
    }),
  );
  const whiskers = { type: "rule", strokeWidth: 1.2, opacity: 0.75, aria: false };
  return {
    spacing: 14,
    vconcat: [
      {
        width: side,
        height: side,
        layer: [
          {
            data: { values: [0, 1].map((end) => ({ x: end, y: end })) },
            mark: { type: "line", color: faint, strokeDash: [2, 3], strokeWidth: 1.2, aria: false },
            encoding: { x: { field: "x", ...x, title: null }, y: { field: "y", ...y } },
          },
          {
            data: { values: points },
            encoding: { x: { field: "x", ...x, title: null } },
            layer: [
              { mark: whiskers, encoding: { y: { field: "low", ...y }, y2: { field: "high" }, color: looks.color } },
              {
                mark: { type: "line", strokeWidth: 1.6, aria: false },
                encoding: { y: { field: "y", ...y }, ...looks },
              },
              ...told.map((_, at) => ({
                transform: [{ filter: { field: "of", equal: names[at] } }],
                mark: {
                  ...{ type: "point", filled: true, size: 46, opacity: 1, aria: false },
                  ...{ color: colourOf(at), shape: shapes[at % shapes.length] },
                },
                encoding: { y: { field: "y", ...y } },
              })),
            ],
          },
        ],
      },
      { width: side, height: low, ...(isOne ? bars(told[0]!, x) : steps(told, names, x)) },
    ],
  };
}

/** Counts spread over powers of ten, and a bin of one should be seen beside one of thousands. */
const countAxis = (most: number) => ({
  type: "quantitative",
  title: ["Examples", "(root scale)"],
  scale: { type: "sqrt", domain: [0, most * 1.35], nice: false },
  axis: { tickCount: 3, format: ",d", grid: false },
});

function bars({ bins }: Told, x: object): Readonly<Record<string, unknown>> {
  const values = bins.map(({ from, to, count }) => ({
    ...{ from: rounded(from), to: rounded(to), middle: rounded((from + to) / 2) },
    ...{ count, label: grouped(count) },
  }));
  const room = (1.3 * side) / bins.length;
  const widest = (font: number): number => Math.max(...values.map(({ label }) => textWidth(label, font)));
  const font = countFonts.find((size) => widest(size) <= room);
  const y = { field: "count", ...countAxis(Math.max(1, ...bins.map(({ count }) => count))) };
  return {
    data: { values },
    layer: [
      {
        mark: { type: "rect", color: "#a9c3da", stroke: "white", strokeWidth: 0.5, aria: false },
        encoding: { x: { field: "from", ...x }, x2: { field: "to" }, y, y2: { datum: 0 } },
      },
      ...(font !== undefined
        ? [
            {
              transform: [{ filter: "datum.count > 0" }],
              mark: { type: "text", fontSize: font, baseline: "bottom", dy: -2, aria: false },
              encoding: { x: { field: "middle", ...x }, y, text: { field: "label" } },
            },
          ]
        : []),
    ],
  };
}

/** Outlines, so that several can be seen behind one another. */
function steps(told: readonly Told[], names: readonly string[], x: object): Readonly<Record<string, unknown>> {
  const values = told.flatMap(({ bins }, at) =>
    bins.flatMap(({ from, to, count }) => [from, to].map((end) => ({ x: rounded(end), count, of: names[at]! }))),
  );
  const most = Math.max(1, ...told.flatMap(({ bins }) => bins.map(({ count }) => count)));
  return {
    data: { values },
    mark: { type: "line", strokeWidth: 1.4, aria: false },
    encoding: {
      x: { field: "x", ...x },
      y: { field: "count", ...countAxis(most) },
      order: { value: null },
      ...strokes("of", names, { orient: "right" }, { colour: colourOf, dash: dashOf }),
    },
  };
}

function sketchOf(told: readonly Told[], wanted: string | undefined): readonly Sketch[] {
  const isOne = told.length === 1;
  const plot: Sketch = {
    type: "plot",
    x: wanted === undefined ? "confidence" : `probability of ${wanted}`,
    y: wanted === undefined ? "accuracy" : `share that is ${wanted}`,
    series: [
      ...told.map((own, at) => ({
        name: own.label || cameTrue(wanted),
        marks: "line" as const,
        points: filled(told[at]!).map(
          ({ confidence, accuracy }) => [rounded(confidence!, 4), rounded(accuracy!, 4)] as const,
        ),
      })),
      {
        name: "as sure as right",
        marks: "line" as const,
        points: [
          [0, 0],
          [1, 1],
        ],
      },
    ],
  };
  const right = (title: string): Column => ({ title, align: "right" });
  if (isOne)
    return [
      plot,
      tableSketch(
        [...["up to", "examples", "confidence", cameTrue(wanted), "95 % interval"].map(right)],
        filled(told[0]!).map(({ to, count, right: hits, confidence, accuracy }) => ({
          cells: [
            to.toFixed(3),
            ...[grouped(count), fractionText(confidence!), fractionText(accuracy!)],
            intervalText("recall", wilson(hits, count)),
          ],
        })),
      ),
    ];
  return [
    plot,
    tableSketch(
      [{ title: "evaluation" }, ...["examples", "ECE", "MCE", "confidence", cameTrue(wanted)].map(right)],
      told.map(({ label, count, expectedError, maximumError, confidence, accuracy }) => ({
        cells: [
          ...[label, grouped(count), fractionText(expectedError), fractionText(maximumError)],
          ...[fractionText(confidence), fractionText(accuracy)],
        ],
      })),
    ),
  ];
}
