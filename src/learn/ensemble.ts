/**
 * What several models say together.
 *
 *   mean of classes   ln p[c] = ln (1/M Σ over members of pₘ[c]), in float64 and in logarithms, so that no probability
 *                     becomes 0 and that of one member alone stays what it is
 *   mean of numbers   y[t] = 1/M Σ over members of yₘ[t], summed in float64
 *   vote              share[c] = votes for c / M, where each member votes for the class that it predicts; the class
 *                     with most votes is predicted, of those with equally many the one with the largest mean
 *                     probability, and of equal ones the first
 *
 * Members are added one by one, so that what is held does not grow with them.
 *
 * Sources: Hansen & Salamon (1990), Neural network ensembles; Lakshminarayanan, Pritzel & Blundell (2017), Simple and
 * scalable predictive uncertainty estimation using deep ensembles, §2.4, which takes the mean of probabilities.
 */
import { canonical, type JsonObject } from "../util/json.js";
import type { Outputs } from "./criterion.js";
import { keepFirst } from "./logits.js";
import { type Loss, type LossName, learnsClasses, lossOfModel, readingOf, storedLoss } from "./losses.js";
import type { UndefinedLosses } from "./metrics.js";

export type Rule = "mean" | "vote";
/** Where each class or target of the whole stands among a member's; null where they stand alike. */
export type Order = Int32Array | null;
/** What has to be known of a member. */
export interface Speaker {
  readonly loss: string;
  readonly lossSettings?: JsonObject;
  readonly order: Order;
}

/** The loss that a member learned by: its name, and what it computes, in the same text for the same. */
interface Learnt {
  readonly loss: string;
  readonly text: string;
  /** Nothing is set of it, weights of classes say. */
  readonly isPlain: boolean;
}
/**
 * By what the whole is judged: the loss that all members learned by. Where they have none in common it is the plain one
 * of what they learn, and `loss` is undefined; of votes every loss is. Plain losses of classes are −ln p of the true
 * class, all of them.
 */
export function lossOfAll(
  members: readonly Learnt[],
  rule: Rule,
): { readonly type: LossName; readonly isCommon: boolean; readonly without: UndefinedLosses } {
  const isCommon = members.every(({ text }) => text === members[0]!.text);
  const { type } = lossOfModel(members[0]!);
  if (!learnsClasses(type)) return { type: isCommon ? type : "mse", isCommon, without: [] };
  if (rule === "vote") return { type: "cross_entropy", isCommon: false, without: ["loss", "logLoss"] };
  if (isCommon) return { type, isCommon, without: [] };
  return { type: "cross_entropy", isCommon, without: members.every(({ isPlain }) => isPlain) ? [] : ["loss"] };
}
/** The same of trained members. */
export function judgedBy(
  members: readonly Speaker[],
  rule: Rule,
): { readonly loss: Loss; readonly without: UndefinedLosses } {
  const losses = members.map(lossInOrder);
  const learnt = losses.map((loss): Learnt => {
    const { type, ...settings } = loss;
    return { loss: type, text: canonical(storedLoss(loss)), isPlain: Object.keys(settings).length === 0 };
  });
  const { type, isCommon, without } = lossOfAll(learnt, rule);
  return { loss: isCommon ? losses[0]! : { type }, without };
}

/** Its weights in the order of the classes of the whole. */
function lossInOrder({ order, ...stored }: Speaker): Loss {
  const loss = lossOfModel(stored);
  const { classWeight } = loss;
  if (!order || !classWeight || classWeight === "balanced") return loss;
  return { ...loss, classWeight: Array.from(order, (from) => classWeight[from]!) };
}

interface Combination {
  /** @param outputs  float32 [count, width] of the member */
  add(member: Speaker, outputs: Float32Array): void;
}
/** Means of numbers. @param width  targets of an example */
export class MeanOfNumbers implements Combination {
  readonly #sums: Float64Array;
  #members = 0;

  constructor(
    count: number,
    readonly width: number,
  ) {
    this.#sums = new Float64Array(count * width);
  }

  add({ order }: Speaker, outputs: Float32Array): void {
    this.#members++;
    for (let at = 0; at < outputs.length; at += this.width)
      for (let target = 0; target < this.width; target++)
        this.#sums[at + target]! += outputs[at + (order ? order[target]! : target)]!;
  }

  /** float32 [count, width] */
  outputs(): Float32Array {
    return Float32Array.from(this.#sums, (sum) => sum / this.#members);
  }
}

/** Means of probabilities, and beside them the votes. */
export class MeanOfClasses implements Combination {
  /** ln Σ over the members of p. */
  readonly #logs: Float64Array;
  readonly #votes: Float64Array;
  #members = 0;

  constructor(
    readonly count: number,
    readonly classes: number,
  ) {
    this.#logs = new Float64Array(count * classes).fill(Number.NEGATIVE_INFINITY);
    this.#votes = new Float64Array(count * classes);
  }

  add({ loss, order }: Speaker, outputs: Float32Array): void {
    const reading = readingOf(loss);
    if (!reading) throw new Error(`hw1 bug: classes by ${loss}`);
    const { classes } = this;
    const width = outputs.length / this.count;
    const places = order ?? Int32Array.from({ length: classes }, (_, own) => own);
    this.#members++;
    for (let row = 0; row < this.count; row++) {
      const logs = reading.logProbabilities(outputs, row * width, width);
      const voted = places.indexOf(reading.predicted(outputs, row * width, width));
      this.#votes[row * classes + voted]!++;
      for (const [own, from] of places.entries()) {
        const at = row * classes + own;
        this.#logs[at] = logSum(this.#logs[at]!, logs[from]!);
      }
    }
  }

  /** ln of the mean probabilities, float64 [count, classes]. */
  logProbabilities(): Float64Array {
    const members = Math.log(this.#members);
    return this.#logs.map((log) => log - members);
  }

  /**
   * float32 [count, classes]: each class's share of the votes. Where several have the most, that of the predicted one
   * is the next float32 if another stands before it, as `softmaxRows` has it of probabilities.
   */
  shares(): Float32Array {
    const shares = Float32Array.from(this.#votes, (votes) => votes / this.#members);
    for (let start = 0; start < shares.length; start += this.classes) keepFirst(shares, start, this.#elected(start));
    return shares;
  }

  #elected(start: number): number {
    let best = 0;
    for (let own = 1; own < this.classes; own++) {
      const ahead = this.#votes[start + own]! - this.#votes[start + best]!;
      if (ahead > 0 || (ahead === 0 && this.#logs[start + own]! > this.#logs[start + best]!)) best = own;
    }
    return best;
  }
}

/** ln (eᵃ + eᵇ) */
function logSum(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}

/** Outputs of the whole, as its loss reads them. */
export function outputsOfMean(mean: MeanOfClasses, { type }: Loss): Outputs {
  return readingOf(type)!.outputsOf(mean.logProbabilities(), mean.classes);
}
