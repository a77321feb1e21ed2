/**
 * What a unit weighs each number of the input with, in the network that is left when everything is left out that is not
 * linear: the input's image of a unit, however deep it lies.
 *
 *   unit(x) ≈ Σ b · x,  b = ∂ unit / ∂ x of that network, which is the same for every x
 *
 * Left out are activations and all that does not depend on x (biases, what a normalisation subtracts and adds). Batch
 * normalisation is a factor γ / √(running variance + ε), a max pooling is the mean of its window, the paths of a block
 * are added up. So of dense layers b is the product of their weight matrices, a column for each unit. `layer_norm`
 * divides each example by its own spread, so that no linear network is near it.
 *
 * b is about the input as the network is given it, normalised where its data are.
 */
import type { ArrayValue, Compute } from "../compute/program.js";
import { asWritten } from "../learn/arrangement.js";
import type { Layer, PlacedLayer } from "../learn/layer.js";
import { forward } from "../learn/model.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import type { LookedAt, Pause } from "./looked-at.js";

/** One number of what a layer gives, counted from 0: [unit], or [row, column, channel]. */
export type UnitPlace = readonly number[];

/** Units whose numbers of the input are computed together. */
const together = 16;

/**
 * @param through  the layers before the last one and itself, without a `layer_norm` (`linearThrough`)
 * @param units    of what the last one gives
 * @returns        float32 [units, ...shape of the input]
 */
export async function backProjected(
  compute: Compute,
  { parameters }: Pick<LookedAt, "parameters">,
  through: readonly PlacedLayer[],
  units: readonly UnitPlace[],
  pause: Pause,
): Promise<Float32Array> {
  const [first, last] = [through[0]!, through[through.length - 1]!];
  const [size, outputs] = [sizeOfShape(first.input), sizeOfShape(last.output)];
  const made = new Float32Array(units.length * size);
  const batch = Math.min(together, units.length);
  const own = new Set(through.flatMap((layer) => layer.parameters.map(({ name }) => name)));
  const held = [...parameters].filter(([name]) => own.has(name));
  const state = held.map(([name, value]) => (isOffset(name) ? zeros(value) : value));
  const layers = through.map(linear);
  const program = compute.program([], state, (_constants, [chosen], values) => {
    const given = new Map(held.map(([name], index) => [name, values[index]!] as const));
    const unit = (input: tf.Tensor): tf.Tensor =>
      tf.sum(tf.mul(forward(layers, given, input, null, undefined, asWritten).output, chosen!));
    return { state: values, outputs: [tf.grad(unit)(tf.zeros([batch, ...first.input]))] };
  });
  try {
    for (let done = 0; done < units.length; done += batch) {
      const now = units.slice(done, done + batch);
      const data = new Float32Array(batch * outputs);
      for (const [at, place] of now.entries()) data[at * outputs + indexOf(place, last.output)] = 1;
      const [part] = program.run([{ dtype: "float32", shape: [1, batch, ...last.output], data }]);
      made.set((part!.data as Float32Array).subarray(0, now.length * size), done * size);
      await pause((done + now.length) / units.length);
    }
  } finally {
    program.dispose();
  }
  return made;
}

/** The first layer on the way for which no linear network stands. */
export function notLinear(through: readonly PlacedLayer[]): PlacedLayer | undefined {
  for (const layer of through) {
    if (layer.layer.type === "layer_norm") return layer;
    const within = layer.within && notLinear(layer.within);
    if (within) return within;
  }
  return undefined;
}

/** What there is of a layer where only what is linear stays. */
function linear(placed: PlacedLayer): PlacedLayer {
  const { layer, within } = placed;
  switch (layer.type) {
    case "conv":
    case "dense":
      return { ...placed, layer: { ...layer, activation: "linear" } };
    case "activation":
      // Which changes nothing when a network is judged.
      return { ...placed, layer: { type: "dropout", rate: 0 } };
    case "max_pool":
      return { ...placed, layer: { ...layer, type: "avg_pool" } };
    case "residual": {
      const inside = (within ?? []).map(linear);
      const own: readonly Layer[] = inside.slice(0, layer.layers.length).map((each) => each.layer);
      return { ...placed, layer: { ...layer, layers: own, activation: "linear" }, within: inside };
    }
    default:
      return placed;
  }
}

const isOffset = (name: string): boolean => name.endsWith(".bias") || name.endsWith(".running_mean");
const zeros = ({ shape, data }: ArrayValue): ArrayValue => ({
  dtype: "float32",
  shape,
  data: new Float32Array(data.length),
});

const indexOf = (place: UnitPlace, shape: readonly number[]): number =>
  place.reduce((index, at, axis) => index * shape[axis]! + at, 0);
