/**
 * Curves of one class against the rest: which of them a figure draws of its evaluations.
 *
 * Of one evaluation: the second of two classes, the class that is asked for, or the mean over the classes and each of
 * them. Of several: one curve each, of that class or the mean.
 */
import type { Point } from "../figure/points.js";
import { type ClassCurve, classCurve } from "../learn/class-curves.js";
import type { Interval } from "../statistics/intervals.js";
import { meanOf } from "../util/statistics.js";
import type { JudgedClasses } from "./judged-classes.js";

/** What is made of a class and its examples: points, and the number that they come to. */
export interface CurveMeasure {
  /** null where it is undefined. */
  area(curve: ClassCurve): number | null;
  /** [] where it is undefined. */
  points(curve: ClassCurve): readonly Point[];
  mean(points: readonly (readonly Point[])[]): readonly Point[];
  /** Of the number, where the evaluation knows one. */
  interval?(judged: JudgedClasses): Interval | null;
}

export interface RestCurve {
  /** The class or `mean`; of several evaluations that which tells them apart. */
  readonly label: string;
  readonly points: readonly Point[];
  readonly area: number | null;
  readonly interval: Interval | null;
  /** Examples of the class, or of all of them. */
  readonly examples: number;
  /** Of the class among all examples; of a mean the mean. */
  readonly share: number;
  readonly isMean: boolean;
  /** Why something is not there. */
  readonly undefined: readonly string[];
}

export function curvesOf(
  measure: CurveMeasure,
  all: readonly JudgedClasses[],
  name: string | undefined,
): readonly RestCurve[] {
  const isOne = all.length === 1;
  if (name !== undefined) return all.map((judged) => ofClass(measure, judged, name, isOne ? name : judged.label));
  // A class may have any name.
  if (isOne) return ofEachClass(measure, all[0]!, all[0]!.names.includes("mean") ? "(mean)" : "mean");
  return all.map((judged) => ofEachClass(measure, judged, judged.label)[0]!);
}

function ofClass(measure: CurveMeasure, judged: JudgedClasses, name: string, label: string): RestCurve {
  const { names, predictions, labels } = judged;
  const curve = classCurve(predictions, names.length, labels, names.indexOf(name));
  const area = measure.area(curve);
  const others = curve.positives === 0 ? name : `classes other than ${name}`;
  return {
    label,
    points: measure.points(curve),
    area,
    interval: area === null ? null : (measure.interval?.(judged) ?? null),
    examples: curve.positives,
    share: curve.positives / labels.length,
    isMean: false,
    undefined: area === null ? [`no examples of ${others}`] : [],
  };
}

/** The mean first: it is over the classes of which it is defined. */
function ofEachClass(measure: CurveMeasure, judged: JudgedClasses, label: string): readonly RestCurve[] {
  const each = judged.names.map((name) => ofClass(measure, judged, name, name));
  const known = each.filter(({ area }) => area !== null);
  const isNone = known.length === 0;
  const mean: RestCurve = {
    label,
    points: isNone ? [] : measure.mean(known.map(({ points }) => points)),
    area: isNone ? null : meanOf(known.map(({ area }) => area!)),
    interval: null,
    examples: judged.labels.length,
    share: isNone ? 0 : meanOf(known.map(({ share }) => share)),
    isMean: true,
    undefined: each.flatMap((own) => own.undefined),
  };
  return [mean, ...each];
}
