/** The figure of curves of one class against the rest: its words, its picture, and its sketch. */
import { type Figure, figureOf, setName } from "../figure/figure.js";
import { outline } from "../figure/outline.js";
import type { Point } from "../figure/points.js";
import { tableSketch } from "../figure/table.js";
import { type SquareCurve, unitSquare } from "../figure/unit-square.js";
import { fractionText, grouped, rounded } from "../util/numbers.js";
import { listed } from "../util/words.js";
import { intervalText } from "../values/interval.js";
import type { Sketch } from "../values/sketch.js";
import { declareFigure, type FigureDeclaration, type Item } from "./figure-declaration.js";
import { needsClasses } from "./figure-refusals.js";
import {
  areOfOneSet,
  classNamed,
  classOption,
  type JudgedClasses,
  judgedTogether,
  overOneAnother,
} from "./judged-classes.js";
import { type CurveMeasure, curvesOf, type RestCurve } from "./one-against-rest.js";

interface CurveWords {
  readonly figure: string;
  readonly title: string;
  /** Of the number that a curve comes to, such as `AUC`, and in words. */
  readonly short: string;
  readonly long: string;
  /** The metric of an evaluation that it is. */
  readonly metric: string;
  readonly x: string;
  readonly y: string;
  readonly best: "left" | "right";
  /** What the dotted lines are. */
  readonly guess: string;
  /** Joined by straight lines. */
  line(points: readonly Point[]): readonly Point[];
  /** Of the curves that are named: the shares of examples that are of their class. */
  guides(shares: readonly number[]): readonly (readonly [Point, Point])[];
}

/** More cannot be told apart: the classes of the lowest numbers are named, the others stand behind them. */
const mostNamed = 10;

/** A figure of such curves. @param numbers  what it shows, such as "Precision by recall and average precision" */
export const oneAgainstRestFigure = (numbers: string, words: CurveWords & CurveMeasure): FigureDeclaration =>
  declareFigure({
    name: words.figure,
    summary: `${numbers}, each class against the rest. Of an evaluation of classes, or of several on one set.`,
    from: { accepts: ["evaluation"], many: true, source: "an `evaluate` stage" },
    options: {
      class: classOption(
        "The class whose examples are to be found. Default: the second of two; of more, the mean over the classes and, " +
          "of one evaluation, each of them.",
      ),
    },
    problem: needsClasses(words.figure, "evaluation"),
    together: overOneAnother(words.figure, "class"),
    draw: ({ items, options }) => oneAgainstRest(words, items, options),
    sample: ({ classes }) => ({ from: [classes] }),
  });

/** @throws MistakeError for evaluations of numbers, of different sets or classes, or an unknown class */
function oneAgainstRest(
  words: CurveWords & CurveMeasure,
  items: readonly Item<"evaluation">[],
  options: { readonly class?: unknown; readonly title?: string | undefined },
): Figure {
  const all = judgedTogether(words.figure, items);
  const [first] = all as [JudgedClasses];
  const target = classNamed("class", options.class, first.names) ?? (first.names.length === 2 ? 1 : undefined);
  const name = target === undefined ? undefined : first.names[target]!;
  const curves = curvesOf(words, all, name);
  const drawn = curves.filter(({ points }) => points.length > 0);
  const named = drawn.filter(isNamedIn(drawn));
  const splits = [...new Set(all.map(({ data }) => data.split))];
  const subtitle = [
    subject(words, all, curves, name),
    ...(areOfOneSet(items) ? [] : ["each on its own examples"]),
    ...undefinedText(words, curves),
    ...(named.length < drawn.length ? [`named: the ${mostNamed} classes of the lowest ${words.short}`] : []),
    `dotted: ${words.guess}`,
  ];
  const square = unitSquare({
    curves: drawn.map((curve): SquareCurve => {
      const label = `${curve.label}  ${numberOf(words, curve)}`;
      const points = words.line(curve.points);
      if (!named.includes(curve)) return { label, points, role: "behind" };
      return { label, points, ...(curve.isMean && all.length === 1 ? { role: "mean" } : {}) };
    }),
    guides: words.guides([...new Set(named.map(({ share }) => share))]),
    x: words.x,
    y: words.y,
    best: words.best,
  });
  const title = options.title ?? `${words.title}, ${setName(splits.length === 1 ? splits[0]! : "")}`;
  return figureOf(words.figure, title, subtitle, square, sketchOf(words, curves, named, name));
}

/** Of each class all where they are few enough, else the lowest. */
function isNamedIn(drawn: readonly RestCurve[]): (curve: RestCurve) => boolean {
  if (!drawn[0]?.isMean || drawn[1]?.isMean) return () => true;
  const lowest = drawn.slice(1).toSorted((a, b) => a.area! - b.area!);
  const named = new Set([drawn[0], ...lowest.slice(0, mostNamed)]);
  return (curve) => named.has(curve);
}

const numberOf = ({ metric }: CurveWords, { area, interval }: RestCurve): string => {
  if (area === null) return "–";
  return interval ? `${fractionText(area)} (${intervalText(metric, interval)})` : fractionText(area);
};

/** What is drawn, of how many examples, and its number. */
function subject(
  words: CurveWords,
  all: readonly JudgedClasses[],
  curves: readonly RestCurve[],
  name: string | undefined,
): string {
  const [{ names }] = all as [JudgedClasses];
  const [top] = curves as [RestCurve];
  const totals = new Set(all.map(({ labels }) => labels.length));
  const total = totals.size === 1 ? `${grouped(all[0]!.labels.length)} ` : "";
  const own = new Set(curves.map(({ examples }) => examples)).size === 1 ? `${grouped(top.examples)} of ` : "";
  const rest = names.length === 2 ? names.find((other) => other !== name)! : "the rest";
  const what =
    name === undefined
      ? `each of ${names.length} classes against the rest, ${total}examples`
      : `${name} against ${rest}, ${own}${total}examples`;
  const beside = curves.some(({ interval }) => interval) ? " and 95 % interval" : "";
  if (all.length > 1) return `${what}; beside each ${name === undefined ? "mean" : "its"} ${words.long}${beside}`;
  const interval = top.interval ? `, 95 % interval ${intervalText(words.metric, top.interval)}` : "";
  const number = top.area === null ? "–" : fractionText(top.area);
  return `${what}; ${name === undefined ? "mean " : ""}${words.long} ${number}${interval}`;
}

function undefinedText({ short }: CurveWords, curves: readonly RestCurve[]): readonly string[] {
  const why = [...new Set(curves.flatMap((curve) => curve.undefined))];
  if (why.length === 0) return [];
  const few = why.length > 6 ? [...why.slice(0, 6), `${why.length - 6} more`] : why;
  return [`${short} is undefined where there are ${listed(few).replaceAll(" and no ", " or no ")}`];
}

/** What a terminal can tell apart: the mean and the lowest of many; and the numbers of all that have a name. */
function sketchOf(
  words: CurveWords,
  curves: readonly RestCurve[],
  named: readonly RestCurve[],
  target: string | undefined,
): readonly Sketch[] {
  const few = named.length <= 4 ? named : [named[0]!, named.slice(1).reduce((a, b) => (b.area! < a.area! ? b : a))];
  const told = curves.filter((curve) => curve.area === null || named.includes(curve));
  const hasIntervals = told.some(({ interval }) => interval);
  const columns = [
    { title: curves.some(({ isMean }) => isMean) && curves.length > 1 && !curves[1]!.isMean ? "class" : "curve" },
    { title: "examples", align: "right" as const },
    { title: words.short, align: "right" as const },
    ...(hasIntervals ? [{ title: "95 % interval", align: "right" as const }] : []),
  ];
  const rows = told.map(({ label, examples, area, interval }) => ({
    cells: [
      ...[label, grouped(examples), area === null ? "–" : fractionText(area)],
      ...(hasIntervals ? [intervalText(words.metric, interval)] : []),
    ],
  }));
  const plot: Sketch = {
    type: "plot",
    ...(target === undefined ? {} : { title: `${target} against the rest` }),
    x: words.x.toLowerCase(),
    y: words.y.toLowerCase(),
    series: few.map((curve) => ({
      name: curve.label,
      marks: "line",
      points: outline(words.line(curve.points), 1 / 200).map(([x, y]) => [rounded(x, 4), rounded(y, 4)] as const),
    })),
  };
  return [...(few.length > 0 ? [plot] : []), tableSketch(columns, rows)];
}
