/**
 * How well the probabilities of one class order the examples: its receiver operating characteristic and its precision
 * by recall, each class against the rest.
 *
 * Both are counted in steps: a step is one score, and examples of equal scores are taken together, since no threshold
 * lies between them. Counts are whole numbers up to the last division, so the areas do not depend on an order.
 */

/** One class against the rest, by thresholds from the strictest on; a threshold takes what scores at least as much. */
export interface ClassCurve {
  /** Examples of the class, and of the others. */
  readonly positives: number;
  readonly negatives: number;
  /** Examples of the class above each threshold, and of the others; both rise to all of them. */
  readonly truePositives: Int32Array;
  readonly falsePositives: Int32Array;
}
type Point = readonly [x: number, y: number];

/**
 * Scores are the probabilities of the class. In 32 bits those near 1 run together, though what is left for the other
 * classes still differs: of equal ones above a half, that with less left scores more. So of two classes the order is
 * that of the logits, which the metric `auc` goes by.
 *
 * @param predictions  float32 [count, classes]: probabilities
 * @param labels       [count]; each in 0 … classes − 1
 */
export function classCurve(
  predictions: Float32Array,
  classes: number,
  labels: ArrayLike<number>,
  target: number,
): ClassCurve {
  const count = labels.length;
  const own = Float32Array.from({ length: count }, (_, at) => predictions[at * classes + target]!);
  const left = Float64Array.from(own, (value, at) => (value > 0.5 ? leftOf(predictions, classes, at, target) : 0));
  const order = Int32Array.from(own.keys()).sort((a, b) => own[b]! - own[a]! || left[a]! - left[b]!);
  const [truePositives, falsePositives]: [number[], number[]] = [[], []];
  let [positives, negatives] = [0, 0];
  for (const [place, at] of order.entries()) {
    if (labels[at] === target) positives++;
    else negatives++;
    const next = order[place + 1];
    if (next !== undefined && own[next] === own[at] && left[next] === left[at]) continue;
    truePositives.push(positives);
    falsePositives.push(negatives);
  }
  return {
    positives,
    negatives,
    truePositives: Int32Array.from(truePositives),
    falsePositives: Int32Array.from(falsePositives),
  };
}
function leftOf(predictions: Float32Array, classes: number, at: number, target: number): number {
  let sum = 0;
  for (let other = 0; other < classes; other++) if (other !== target) sum += predictions[at * classes + other]!;
  return sum;
}

/**
 * Area under the receiver operating characteristic: the probability that an example of the class scores more than one
 * of the others, with half of that of a tie; the area of trapezoids between the steps.
 *
 * @returns  null where there are no examples of the class, or of the others
 * Source: Fawcett (2006), An introduction to ROC analysis; `roc_auc_score` of scikit-learn.
 */
export function rocArea({ positives, negatives, truePositives, falsePositives }: ClassCurve): number | null {
  if (positives === 0 || negatives === 0) return null;
  let [area, right, wrong] = [0, 0, 0];
  for (const [step, hits] of truePositives.entries()) {
    area += (falsePositives[step]! - wrong) * (hits + right);
    [right, wrong] = [hits, falsePositives[step]!];
  }
  return area / (2 * positives * negatives);
}

/**
 * [false positive rate, true positive rate] after each step, from [0, 0] to [1, 1]: FP / negatives, TP / positives.
 *
 * Points on the line between their neighbours are left out, which changes nothing of the curve.
 *
 * @returns  [] where the area is undefined
 */
export function rocPoints({ positives, negatives, truePositives, falsePositives }: ClassCurve): readonly Point[] {
  if (positives === 0 || negatives === 0) return [];
  const corners: Point[] = [[0, 0]];
  for (const [step, hits] of truePositives.entries()) {
    const point: Point = [falsePositives[step]!, hits];
    const [before, last] = [corners.at(-2), corners.at(-1)!];
    if (before && isBetween(before, last, point)) corners[corners.length - 1] = point;
    else corners.push(point);
  }
  return corners.map(([wrong, right]) => [wrong / negatives, right / positives]);
}
/** Of whole numbers, so that it is exact. */
const isBetween = (a: Point, b: Point, c: Point): boolean =>
  (b[0] - a[0]) * (c[1] - a[1]) === (c[0] - a[0]) * (b[1] - a[1]);

/**
 * Mean true positive rate of several curves at each false positive rate, straight between the points of each. Where one
 * rises at a rate, so does the mean; the area below it is the mean of theirs.
 */
export function macroRoc(curves: readonly (readonly Point[])[]): readonly Point[] {
  const rates = sortedRates(curves);
  const ends = curves.map((curve) => endsAt(curve, rates));
  const mean: Point[] = [];
  for (const [at, rate] of rates.entries()) {
    const [low, high] = [0, 1].map((end) => ends.reduce((sum, own) => sum + own[2 * at + end]!, 0) / curves.length);
    mean.push([rate, low!], ...(high! > low! ? [[rate, high!] as const] : []));
  }
  return mean;
}
/** The lowest and the highest point of a rising curve at each rate, one behind the other. */
function endsAt(curve: readonly Point[], rates: readonly number[]): Float64Array {
  const ends = new Float64Array(2 * rates.length);
  let at = 0;
  for (const [index, rate] of rates.entries()) {
    while (curve[at]![0] < rate) at++;
    const [x, y] = curve[at]!;
    if (x > rate) {
      const [x0, y0] = curve[at - 1]!;
      ends.fill(y0 + ((y - y0) * (rate - x0)) / (x - x0), 2 * index, 2 * index + 2);
      continue;
    }
    ends[2 * index] = y;
    let last = at;
    while (curve[last + 1]?.[0] === rate) last++;
    ends[2 * index + 1] = curve[last]![1];
  }
  return ends;
}
const sortedRates = (curves: readonly (readonly Point[])[]): readonly number[] => [
  ...Float64Array.from(new Set(curves.flatMap((curve) => curve.map(([rate]) => rate)))).sort(),
];

/**
 * Average precision: Σ (recall of a step − recall of the one before) × precision of the step, without interpolation.
 *
 * @returns  null where the class has no examples
 * Source: `average_precision_score` of scikit-learn; Davis & Goadrich (2006), on why points are not joined by lines.
 */
export function averagePrecision(curve: ClassCurve): number | null {
  if (curve.positives === 0) return null;
  let [area, recall] = [0, 0];
  for (const [reached, precision] of precisionSteps(curve)) {
    area += (reached - recall) * precision;
    recall = reached;
  }
  return area;
}

/**
 * [recall, precision] of the first threshold that reaches each recall: TP / positives, TP / (TP + FP). The precision is
 * that of all recalls from the one before on, so the area below these stairs is the average precision.
 *
 * @returns  [] where the class has no examples
 */
export function precisionSteps({ positives, truePositives, falsePositives }: ClassCurve): readonly Point[] {
  const steps: Point[] = [];
  let reached = 0;
  for (const [step, hits] of truePositives.entries()) {
    if (hits === reached) continue;
    reached = hits;
    steps.push([hits / positives, hits / (hits + falsePositives[step]!)]);
  }
  return steps;
}

/** Mean precision of several stairs at each recall; the area below it is the mean of theirs. */
export function macroPrecision(stairs: readonly (readonly Point[])[]): readonly Point[] {
  const places = stairs.map(() => 0);
  return sortedRates(stairs).map((recall) => {
    let sum = 0;
    for (const [index, steps] of stairs.entries()) {
      while (steps[places[index]!]![0] < recall) places[index]!++;
      sum += steps[places[index]!]![1];
    }
    return [recall, sum / stairs.length];
  });
}
