/**
 * What the units of a layer give, as TF.js calls: with the layer's own activation, and what a gradient ascent climbs.
 *
 * That is the sum before the activation, where the activation never falls: it rises with the sum, and the sum has a
 * slope where a rectifier is shut or a sigmoid full. Of an activation that falls somewhere (gelu, softmax) it is what
 * it gives.
 */
import type { ArrayValue } from "../compute/program.js";
import { functionOf } from "../learn/activation.js";
import { arranged, asWritten } from "../learn/arrangement.js";
import { type PlacedLayer, paddingOf } from "../learn/layer.js";
import { forward } from "../learn/model.js";
import { tf } from "../util/tfjs.js";
import { outputName } from "./unfolded.js";
import type { UnitView } from "./unit-view.js";

/** Of a batch: [batch, units] each. */
export interface UnitOutputs {
  readonly climbed: tf.Tensor;
  readonly given: tf.Tensor;
}

/** Whether what is climbed is the sum before the layer's own activation; else both are the same. */
export const climbsSum = ({ layer }: PlacedLayer): boolean => {
  if (!("activation" in layer)) return false;
  const { isIdentity, commutesWithMaximum } = functionOf(layer.activation);
  return commutesWithMaximum === true && isIdentity !== true;
};

/** @param x  [batch, ...view.input] */
export function unitOutputs(
  view: UnitView,
  target: PlacedLayer,
  parameters: ReadonlyMap<string, tf.Tensor>,
  x: tf.Tensor,
): UnitOutputs {
  const at = view.layers.findIndex(({ name }) => name === target.name);
  const placed = view.layers[at];
  return view.place && placed?.layer.type === "conv"
    ? convolvedAt(view.place, view.layers.slice(0, at), placed, target, parameters, x)
    : tapped(view, target, parameters, x);
}

/**
 * A convolution at one place alone: the product of what its kernels see there with them as a matrix. As a convolution
 * it would be computed over the whole map, or its weights would be put into another order at every step.
 */
function convolvedAt(
  [row, column]: readonly [number, number],
  before: readonly PlacedLayer[],
  { layer, name, input }: PlacedLayer,
  target: PlacedLayer,
  parameters: ReadonlyMap<string, tf.Tensor>,
  x: tf.Tensor,
): UnitOutputs {
  if (layer.type !== "conv" || target.layer.type !== "conv") throw new Error(`hw1 bug: ${name} is no convolution`);
  const [top, bottom, left, right] = paddingOf(layer, input);
  const { output } = forward(before, parameters, x, null);
  const zeros: [number, number][] = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  const padded = zeros.flat().some((count) => count > 0) ? tf.pad(output, zeros) : output;
  const [batch, channels] = [x.shape[0]!, input[2]!];
  const [height, width] = layer.size;
  const from = [0, row * layer.stride[0], column * layer.stride[1], 0];
  const patch = tf.reshape(tf.slice(padded, from, [batch, height, width, channels]), [batch, -1]);
  const weight = tf.reshape(parameters.get(`${name}.weight`)!, [height * width * channels, layer.kernels]);
  const sum = tf.add(tf.matMul(patch as tf.Tensor2D, weight as tf.Tensor2D), parameters.get(`${name}.bias`)!);
  const given = functionOf(target.layer.activation).forward(tf, sum);
  return { given, climbed: climbsSum(target) ? sum : given };
}

function tapped(
  { layers, place }: UnitView,
  target: PlacedLayer,
  parameters: ReadonlyMap<string, tf.Tensor>,
  x: tf.Tensor,
): UnitOutputs {
  const taps = new Map<string, tf.Tensor>();
  // Pools before activations, where the layer itself is the last: what it gives is the same, in a quarter of the time.
  const arrange = target.name.includes(".") ? asWritten : arranged;
  forward(layers, parameters, x, null, (layer, output) => taps.set(layer, output), arrange);
  const unitsAt = (name: string): tf.Tensor => {
    const output = taps.get(name);
    if (!output) throw new Error(`hw1 bug: nothing is told of ${name}`);
    if (!place) return output;
    const [batch, units] = [output.shape[0]!, output.shape[3]!];
    return tf.reshape(tf.slice(output, [0, place[0], place[1], 0], [batch, 1, 1, units]), [batch, units]);
  };
  const given = unitsAt(outputName(target));
  return { given, climbed: climbsSum(target) ? unitsAt(target.name) : given };
}

/** Those that a view's layers use. */
export function parametersUsed({ layers }: Pick<UnitView, "layers">, parameters: ReadonlyMap<string, ArrayValue>) {
  const used = new Set(layers.flatMap((layer) => layer.parameters.map(({ name }) => name)));
  const names = [...parameters.keys()].filter((name) => used.has(name));
  return { names, arrays: names.map((name) => parameters.get(name)!) };
}

/** What of an example the units see. */
export const freeShape = ({ input, seen }: UnitView): readonly number[] =>
  seen ? [seen.height, seen.width, input[2]!] : input;

/** What is seen, with zeros around where the layers are placed on more: no unit sees these. */
export function framed({ crop, seen }: UnitView, x: tf.Tensor): tf.Tensor {
  if (!crop || !seen || (crop.height === seen.height && crop.width === seen.width)) return x;
  const [above, before] = [seen.top - crop.top, seen.left - crop.left];
  return tf.pad(x, [
    [0, 0],
    [above, crop.height - seen.height - above],
    [before, crop.width - seen.width - before],
    [0, 0],
  ]);
}
