/**
 * The forward pass: placed layers and their parameters applied to a batch, as TF.js calls.
 *
 * In training, batch normalisation uses the batch's statistics and leaves new running ones, and dropout multiplies by a
 * mask drawn by the caller. Otherwise running statistics are used and dropout does nothing.
 */
import { tf } from "../util/tfjs.js";
import { type Activation, functionOf } from "./activation.js";
import { type Arranged, arranged } from "./arrangement.js";
import { type NormParameters, normalizedByBatch, normalizedByRunning, type Pool, signed } from "./batch-norm.js";
import { type PlacedLayer, paddingOf, pathsOf } from "./layer.js";
import { normalizedByRow } from "./layer-norm.js";
import type { Pieces } from "./packing.js";

/** Each parameter by name. Only the weights of a dense layer may come in several pieces. */
type Parameters = ReadonlyMap<string, tf.Tensor | Pieces>;
interface ForwardPass {
  readonly output: tf.Tensor;
  /** New running statistics by parameter name; empty outside training. */
  readonly running: ReadonlyMap<string, tf.Tensor>;
}
/** Is shown what each layer gives, by the layer's name, in the order in which they are computed. */
export type Tap = (layer: string, output: tf.Tensor) => void;
/** @param arrange  `asWritten` outside training, where all that the tap is shown should be as the file says it */
export function forward(
  layers: readonly PlacedLayer[],
  parameters: Parameters,
  input: tf.Tensor,
  training: { readonly masks: ReadonlyMap<string, tf.Tensor> } | null,
  tap: Tap = () => undefined,
  arrange: (layers: readonly PlacedLayer[]) => readonly Arranged[] = arranged,
): ForwardPass {
  const running = new Map<string, tf.Tensor>();
  const pieces = (name: string): Pieces => {
    const value = parameters.get(name);
    if (!value) throw new Error(`hw1 bug: no parameter ${name}`);
    return value instanceof tf.Tensor ? { parts: [value], areTurned: false } : value;
  };
  const read = (name: string): tf.Tensor => pieces(name).parts[0]!;
  const normalize = (x: tf.Tensor, name: string, before: { readonly bias: tf.Tensor } | null, pool: Pool | null) => {
    const parameters: NormParameters = {
      weight: read(`${name}.weight`),
      bias: read(`${name}.bias`),
      mean: read(`${name}.running_mean`),
      variance: read(`${name}.running_variance`),
    };
    if (!training) {
      const output = normalizedByRunning(x, parameters);
      return pool ? maxPool(output, pool) : output;
    }
    const { output, mean, variance } = normalizedByBatch(x, parameters, before, pool);
    running.set(`${name}.running_mean`, mean);
    running.set(`${name}.running_variance`, variance);
    return output;
  };
  /** One layer, with the normalisation and the pooling that are computed with it. */
  const through = (input: tf.Tensor, { placed, norm, pool }: Arranged): tf.Tensor => {
    const { layer, name, input: shape } = placed;
    let x = input;
    // The bias before a normalisation by the batch is taken away again: it is left out.
    const isNormed = training !== null && norm !== null;
    switch (layer.type) {
      case "conv": {
        const [top, bottom, left, right] = paddingOf(layer, shape);
        const padding: tf.backend_util.ExplicitPadding = [
          [0, 0],
          [top, bottom],
          [left, right],
          [0, 0],
        ];
        const even = top === 0 && bottom === 0 && left === 0 && right === 0;
        const weight = read(`${name}.weight`);
        const convolved = tf.conv2d(
          x as tf.Tensor4D,
          (isNormed && pool ? signed(weight, read(`${norm.name}.weight`)) : weight) as tf.Tensor4D,
          [...layer.stride],
          even ? "valid" : padding,
          "NHWC",
          [1, 1],
          even ? undefined : "floor",
        );
        x = isNormed ? convolved : activate(tf.add(convolved, read(`${name}.bias`)), layer.activation);
        break;
      }
      case "dense": {
        const multiplied = product(x, pieces(`${name}.weight`));
        x = isNormed ? multiplied : activate(tf.add(multiplied, read(`${name}.bias`)), layer.activation);
        break;
      }
      case "max_pool":
        x = maxPool(x, layer);
        break;
      case "avg_pool":
        x = tf.avgPool(x as tf.Tensor4D, [...layer.size], [...layer.stride], "valid");
        break;
      case "global_avg_pool":
        x = tf.mean(x, [1, 2]);
        break;
      case "flatten":
        x = tf.reshape(x, [x.shape[0]!, -1]);
        break;
      case "activation":
        x = activate(x, layer.activation);
        break;
      case "dropout": {
        const mask = training?.masks.get(name);
        if (mask) x = tf.mul(x, tf.mul(tf.reshape(mask, x.shape), 1 / (1 - layer.rate)));
        break;
      }
      case "batch_norm":
        x = normalize(x, name, null, null);
        break;
      case "layer_norm":
        x = normalizedByRow(x, read(`${name}.weight`), read(`${name}.bias`));
        break;
      case "residual": {
        const [own, around] = pathsOf(placed).map((path) => arrange(path).reduce(through, x));
        x = activate(tf.add(own!, around!), layer.activation);
        break;
      }
    }
    tap(name, x);
    if (!norm) return x;
    const output = normalize(x, norm.name, { bias: read(`${name}.bias`) }, pool);
    tap(norm.name, output);
    return output;
  };
  return { output: arrange(layers).reduce(through, input), running };
}

/** x W for W in pieces of some rows: each piece times its columns of x, added up; or of Wᵀ: columns of x W each. */
function product(x: tf.Tensor, { parts, areTurned }: Pieces): tf.Tensor {
  if (areTurned)
    return tf.concat(
      parts.map((part) => tf.matMul(x, part, false, true)),
      1,
    );
  if (parts.length === 1) return tf.matMul(x, parts[0]!);
  const rows = parts.map(({ shape }) => shape[0]!);
  const products = tf.split(x, rows, 1).map((columns, index) => tf.matMul(columns, parts[index]!));
  return products.reduce((sum, part) => tf.add(sum, part));
}

const maxPool = (x: tf.Tensor, { size, stride }: Pool): tf.Tensor =>
  tf.maxPool(x as tf.Tensor4D, [...size], [...stride], "valid");
const activate = (x: tf.Tensor, activation: Activation): tf.Tensor => functionOf(activation).forward(tf, x);
