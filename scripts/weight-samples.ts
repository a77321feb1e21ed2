/** Weights over a training, made by formula: a first layer that widens from an even spread, and a last one that parts. */
import { WeightKeeper } from "../src/inspect/weight-keeper.js";
import { type Layer, placeLayers } from "../src/learn/layer.js";
import { stream } from "../src/learn/random.js";
import { sizeOfShape } from "../src/util/shape.js";
import type { Output } from "../src/values/output.js";

const epochs = 40;

export function sampleWeightHistory(): Output<"weight_history"> {
  const dense = (units: number): Layer => ({ type: "dense", units, activation: "linear", initializer: "pytorch" });
  const placed = placeLayers([dense(64), dense(10)], [144]);
  if (!placed.ok) throw new Error("hw1 bug: the layers of a sample do not fit");
  const { layers } = placed;
  const noise = stream(7, [], "weight history");
  const parameters = layers.flatMap((layer) => layer.parameters);
  const start = parameters.map(({ shape }) =>
    Float32Array.from({ length: sizeOfShape(shape) }, () => 0.2 * (noise.uniform() - 0.5)),
  );
  const end = parameters.map(({ name, shape }) =>
    Float32Array.from({ length: sizeOfShape(shape) }, () => {
      const side = name === "dense_2.weight" ? 0.25 * Math.sign(noise.normal()) : 0;
      return side + 0.12 * noise.normal();
    }),
  );
  const keeper = new WeightKeeper(layers, undefined, undefined);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const part = 1 - Math.exp(-(epoch - 1) / 12);
    keeper.take(
      epoch,
      parameters.map(({ shape }, index) => ({
        dtype: "float32",
        shape,
        data: start[index]!.map((value, at) => value + part * end[index]![at]!),
      })),
    );
  }
  return keeper.output(epochs, "result");
}
