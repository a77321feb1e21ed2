/**
 * Initial parameters, each from a stream of its own, so that no layer's draw depends on another's.
 *
 *   pytorch         uniform ± 1/√fan_in, biases too      (torch.nn.Linear, torch.nn.Conv2d)
 *   glorot_uniform  uniform ± √(6 / (fan_in + fan_out))   glorot_normal  sd √(2 / (fan_in + fan_out))
 *   he_uniform      uniform ± √(6 / fan_in)               he_normal      sd √(2 / fan_in)
 *   uniform         uniform ± 0.05
 *
 * Biases are 0 with every initialiser but `pytorch`.
 * Sources: Glorot & Bengio (2010); He, Zhang, Ren & Sun (2015).
 */
import type { ArrayValue } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { type Average, initialAverages } from "./average.js";
import type { Parameter, PlacedLayer } from "./layer.js";
import { type Optimizer, ruleOf } from "./optimizer.js";
import { stream } from "./random.js";

/** What a training starts from: parameters, then each optimiser slot of each trained one, then averages. */
export function initialArrays(
  layers: readonly PlacedLayer[],
  optimizer: Optimizer,
  seed: number,
  folds: readonly string[],
  average?: Average,
): readonly ArrayValue[] {
  const parameters = layers.flatMap((layer) => layer.parameters);
  const array = ({ shape }: Parameter, data: Float32Array): ArrayValue => ({ dtype: "float32", shape, data });
  const values = parameters.map((parameter) => array(parameter, initialValues(parameter, seed, folds)));
  return [
    ...values,
    ...parameters
      .filter((parameter) => parameter.trained)
      .flatMap((parameter) =>
        ruleOf(optimizer).slots.map(() => array(parameter, new Float32Array(sizeOfShape(parameter.shape)))),
      ),
    ...initialAverages(average, values),
  ];
}

export function initialValues(parameter: Parameter, seed: number, folds: readonly string[]): Float32Array {
  const { fanIn, fanOut, start } = parameter;
  const values = new Float32Array(sizeOfShape(parameter.shape));
  if (start === "zeros") return values;
  if (start === "ones") return values.fill(1);
  const random = stream(seed, folds, `initial ${parameter.name}`);
  const uniform = (bound: number): Float32Array => values.map(() => (2 * random.uniform() - 1) * bound);
  const normal = (deviation: number): Float32Array => values.map(() => random.normal() * deviation);
  switch (start) {
    case "pytorch":
    case "pytorch_bias":
      return uniform(1 / Math.sqrt(fanIn));
    case "glorot_uniform":
      return uniform(Math.sqrt(6 / (fanIn + fanOut)));
    case "glorot_normal":
      return normal(Math.sqrt(2 / (fanIn + fanOut)));
    case "he_uniform":
      return uniform(Math.sqrt(6 / fanIn));
    case "he_normal":
      return normal(Math.sqrt(2 / fanIn));
    case "uniform":
      return uniform(0.05);
  }
}
