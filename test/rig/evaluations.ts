/** Evaluations of few examples, of which a test says which are right or how far off. */
import { blobOf } from "../../src/values/blob.js";
import type { EvaluationData } from "../../src/values/evaluation.js";
import type { Output } from "../../src/values/output.js";

const judged = {
  ...{ shape: [1], scale: 1, split: "test", examples: "sha256:e" },
  model: { digest: "sha256:m", parameters: 3, epochs: 20, bestEpoch: 12, train: { loss: 0.1 } },
} as const;

/** Of two classes, which take turns. */
export function classes(right: readonly boolean[], over: Partial<EvaluationData> = {}): Output<"evaluation"> {
  const labels = Int32Array.from(right, (_, at) => at % 2);
  const said = right.flatMap((isRight, at) => (isRight === (at % 2 === 0) ? [0.75, 0.25] : [0.25, 0.75]));
  const correct = right.filter(Boolean).length;
  const count = right.length;
  const data = {
    ...{ ...judged, loss: "cross_entropy", classes: ["a", "b"] },
    metrics: { accuracy: correct / count, correct, count, loss: 0.5, logLoss: 0.5 },
    intervals: { accuracy: [0.5, 0.75] },
    ...over,
  };
  return evaluation(data as unknown as EvaluationData, labels, Float32Array.from(said), 2);
}
/** Every target is 2. */
export function numbers(errors: readonly number[], over: Partial<EvaluationData> = {}): Output<"evaluation"> {
  const count = errors.length;
  const mse = errors.reduce((sum, error) => sum + error * error, 0) / count;
  const data = {
    ...{ ...judged, loss: "mse", classes: null },
    metrics: { mse, rmse: Math.sqrt(mse), count },
    intervals: { mse: [mse / 2, 2 * mse] },
    ...over,
  };
  const wanted = Float32Array.from(errors, () => 2);
  return evaluation(
    data as unknown as EvaluationData,
    wanted,
    Float32Array.from(errors, (error) => 2 + error),
    1,
  );
}
function evaluation(
  data: EvaluationData,
  labels: Int32Array | Float32Array,
  said: Float32Array,
  width: number,
): Output<"evaluation"> {
  const count = labels.length;
  return {
    type: "evaluation",
    data,
    blobs: {
      labels: blobOf(labels instanceof Int32Array ? "int32" : "float32", [count], labels),
      predictions: blobOf("float32", [count, width], said),
      rows: blobOf("int32", [count], Int32Array.from(labels.keys())),
    },
  };
}
