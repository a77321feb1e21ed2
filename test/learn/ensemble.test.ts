/** What several models say together, against values that NumPy, scikit-learn and PyTorch 2 give in float64. */
import { expect, test } from "vitest";
import type { Examples } from "../../src/learn/data.js";
import { judgedBy, MeanOfClasses, MeanOfNumbers, outputsOfMean, type Speaker } from "../../src/learn/ensemble.js";
import { classificationMetrics } from "../../src/learn/metrics.js";

const speaker = (order: readonly number[] | null = null, more: Partial<Speaker> = {}): Speaker => ({
  loss: "cross_entropy",
  ...more,
  order: order && Int32Array.from(order),
});
// Logits of four examples for the classes a, b, c; the second member has them in the order c, a, b.
const turned = [1, 2, 0];
const first = Float32Array.of(2, 0.5, -1, 0, 0, 3, 1, 1.25, 0.5, -2, 0.5, 0.25);
const second = Float32Array.of(0.5, 1.5, 0, 1, -1, 2, 2, 0.75, 1, 0.25, -1, 1);
const third = Float32Array.of(-1, 2, 0, 0.5, 1.5, 1, 0.25, 0, 3, 4, -3, 0);
const labels = Int32Array.of(0, 2, 1, 0);
const examples = (own: Int32Array, classes: readonly string[]): Examples => ({
  ...{ count: own.length, shape: [1], classes, scale: 1, targets: 1, labels: own },
  features: new Float32Array(own.length),
  rows: Int32Array.from(own.keys()),
});
const three = (): MeanOfClasses => {
  const mean = new MeanOfClasses(4, 3);
  mean.add(speaker(), first);
  mean.add(speaker(turned), second);
  mean.add(speaker(), third);
  return mean;
};

test("the mean of probabilities, each member's classes in the order of the whole", () => {
  const logs = three().logProbabilities();
  const wanted = [
    ...[0.4853796066450348, 0.3864431699291549, 0.12817722342581034],
    ...[0.0889070836429388, 0.4190478014991747, 0.49204511485788643],
    ...[0.19217795650526456, 0.23709465496207519, 0.5707273885326603],
    ...[0.36980841925591723, 0.38675968568251157, 0.24343189506157115],
  ];
  for (const [at, value] of wanted.entries()) expect(Math.exp(logs[at]!)).toBeCloseTo(value, 14);
  const { loss, without } = judgedBy([speaker(), speaker(turned), speaker()], "mean");
  expect([loss, without]).toEqual([{ type: "cross_entropy" }, []]);
  const metrics = classificationMetrics(outputsOfMean(three(), loss), examples(labels, ["a", "b", "c"]), loss);
  expect(metrics.logLoss).toBeCloseTo(0.9665187231740427, 14);
  expect([metrics.loss, metrics.correct]).toEqual([metrics.logLoss, 2]);
  // torch.nn.functional.cross_entropy(ln p, labels, weight=[1, 2, 0.5], label_smoothing=0.1)
  const settings = { type: "cross_entropy", classWeight: [1, 2, 0.5], labelSmoothing: 0.1 } as const;
  const judged = classificationMetrics(outputsOfMean(three(), loss), examples(labels, ["a", "b", "c"]), settings);
  expect(judged.loss).toBeCloseTo(1.1129357444663541, 14);
});

test("probabilities too small for any float are no zero", () => {
  const mean = new MeanOfClasses(1, 2);
  mean.add(speaker(), Float32Array.of(2000, 0));
  mean.add(speaker(), Float32Array.of(3000, 0));
  const [, log] = mean.logProbabilities();
  expect(log).toBeCloseTo(-2000 - Math.LN2, 9);
});

test("a member by one logit and one by two, and the loss that is both's", () => {
  const mean = new MeanOfClasses(4, 2);
  const single = Float32Array.of(0.5, -2, 3, -0.25);
  mean.add(speaker(null, { loss: "binary_cross_entropy" }), single);
  mean.add(speaker(), Float32Array.of(1, 0, 0, 1, 0, -1, 0.5, 0.75));
  const { loss, without } = judgedBy([speaker(null, { loss: "binary_cross_entropy" }), speaker()], "mean");
  expect([loss, without]).toEqual([{ type: "cross_entropy" }, []]);
  const metrics = classificationMetrics(
    outputsOfMean(mean, loss),
    examples(Int32Array.of(1, 0, 1, 0), ["n", "y"]),
    loss,
  );
  expect(metrics.logLoss).toBeCloseTo(0.6369807578501693, 14);
  // By the log odds of the mean; sklearn.metrics.roc_auc_score of its probabilities.
  expect(metrics.auc).toBe(0.75);
});

test("most votes win, of a tie the larger mean probability, and shares have no loss", () => {
  const all = three().shares();
  expect([...all]).toEqual([2, 1, 0, 0, 2, 1, 0, 1, 2, 1, 2, 0].map((votes) => Math.fround(votes / 3)));
  const two = new MeanOfClasses(4, 3);
  two.add(speaker(), first);
  two.add(speaker(turned), second);
  // One vote for b and one for c, whose mean probability is the larger: c is ahead by the least that a float can tell.
  const [a, b, c] = two.shares().subarray(3, 6);
  expect([a, b]).toEqual([0, 0.5]);
  expect(c! - 0.5).toBe(2 ** -24);
  const { loss, without } = judgedBy([speaker(), speaker(turned)], "vote");
  expect(without).toEqual(["loss", "logLoss"]);
  const metrics = classificationMetrics(all, examples(labels, ["a", "b", "c"]), loss, without);
  expect([metrics.loss, metrics.logLoss, metrics.correct]).toEqual([null, null, 1]);
});

test("a loss in common is the whole's, weights in the order of its classes; others have none", () => {
  const weighted = (order: readonly number[] | null, ...classWeight: readonly number[]): Speaker =>
    speaker(order, { lossSettings: { classWeight: [...classWeight] } });
  const same = judgedBy([weighted(null, 1, 2, 3), weighted(turned, 3, 1, 2)], "mean");
  expect(same).toEqual({ loss: { type: "cross_entropy", classWeight: [1, 2, 3] }, without: [] });
  expect(judgedBy([weighted(null, 1, 2, 3), weighted(null, 3, 1, 2)], "mean")).toEqual({
    ...{ loss: { type: "cross_entropy" }, without: ["loss"] },
  });
  const numbers = (loss: string, delta?: number): Speaker =>
    speaker(null, { loss, ...(delta ? { lossSettings: { options: { delta } } } : {}) });
  expect(judgedBy([numbers("huber", 1), numbers("huber", 1)], "mean").loss).toMatchObject({ type: "huber" });
  expect(judgedBy([numbers("huber", 1), numbers("huber", 2)], "mean").loss).toEqual({ type: "mse" });
  expect(judgedBy([numbers("mae"), numbers("mae")], "mean").loss).toEqual({ type: "mae" });
});

test("the mean of numbers, target by target", () => {
  const mean = new MeanOfNumbers(2, 2);
  mean.add(speaker(null, { loss: "mse" }), Float32Array.of(1, 2, 3, 4));
  mean.add(speaker([1, 0], { loss: "mse" }), Float32Array.of(10, 20, 30, 40));
  expect([...mean.outputs()]).toEqual([10.5, 6, 21.5, 17]);
});
