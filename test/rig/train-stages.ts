/** Small trainings by the kind `train`: of a sine, and of whatever a test looks into. */
import { train } from "../../src/stages/train.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { dataset, runKind } from "./stage.js";

/** Points of a sine whose phase is `shift`. */
export const sinePoints = (count: number, shift: number): Output =>
  dataset(Array.from({ length: count }, (_, row) => [row / count, Math.sin(5 * (row / count + shift))]));

/** Options that learn the sine, with a validation. */
export const sineTraining = {
  data: "points",
  validation: "rest",
  layers: [{ dense: { units: 4, activation: "tanh" } }, { dense: { units: 1 } }],
  loss: "mse",
  optimizer: { adam: { learning_rate: 0.05 } },
  epochs: 8,
};

/** A network after one epoch. */
export async function trainedBriefly(
  data: Output<"dataset">,
  layers: readonly unknown[],
  loss: string,
): Promise<Output<"model">> {
  const options = { data: "data", layers, loss, optimizer: "adam", batch_size: 10, epochs: 1 };
  const { outputs } = await runKind(train, options, { inputs: { data } });
  return outputOf(outputs.model, "model");
}
