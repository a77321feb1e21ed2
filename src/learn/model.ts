/**
 * The forward pass: placed layers and their parameters applied to a batch, as TF.js calls.
 *
 * In training, batch normalisation uses the batch's statistics and leaves new running ones, and dropout multiplies by a
 * mask drawn by the caller. Otherwise running statistics are used and dropout does nothing.
 */
import { tf } from "../util/tfjs.js";
import { type Activation, activations } from "./activation.js";
import { type Layer, type PlacedLayer, paddingOf } from "./layer.js";
import type { Pieces } from "./packing.js";

/** Each parameter by name. Only the weights of a dense layer may come in several pieces. */
type Parameters = ReadonlyMap<string, tf.Tensor | Pieces>;
interface ForwardPass {
  readonly output: tf.Tensor;
  /** New running statistics by parameter name; empty outside training. */
  readonly running: ReadonlyMap<string, tf.Tensor>;
}
/** Weight of the batch in the running statistics, and what is added to a variance (PyTorch's defaults). */
const batchNormMomentum = 0.1;
const batchNormEpsilon = 1e-5;

export function forward(
  layers: readonly PlacedLayer[],
  parameters: Parameters,
  input: tf.Tensor,
  training: { readonly masks: ReadonlyMap<string, tf.Tensor> } | null,
): ForwardPass {
  const running = new Map<string, tf.Tensor>();
  const pieces = (name: string): Pieces => {
    const value = parameters.get(name);
    if (!value) throw new Error(`hw1 bug: no parameter ${name}`);
    return value instanceof tf.Tensor ? { parts: [value], areTurned: false } : value;
  };
  const read = (name: string): tf.Tensor => pieces(name).parts[0]!;
  let x = input;
  for (const { layer, name, input: shape } of poolBeforeActivation(layers)) {
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
        const convolved = tf.conv2d(
          x as tf.Tensor4D,
          read(`${name}.weight`) as tf.Tensor4D,
          [...layer.stride],
          even ? "valid" : padding,
          "NHWC",
          [1, 1],
          even ? undefined : "floor",
        );
        x = activate(tf.add(convolved, read(`${name}.bias`)), layer.activation);
        break;
      }
      case "dense":
        x = activate(tf.add(product(x, pieces(`${name}.weight`)), read(`${name}.bias`)), layer.activation);
        break;
      case "max_pool":
        x = tf.maxPool(x as tf.Tensor4D, [...layer.size], [...layer.stride], "valid");
        break;
      case "avg_pool":
        x = tf.avgPool(x as tf.Tensor4D, [...layer.size], [...layer.stride], "valid");
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
      case "batch_norm": {
        const [weight, bias] = [read(`${name}.weight`), read(`${name}.bias`)];
        const [mean, variance] = [read(`${name}.running_mean`), read(`${name}.running_variance`)];
        if (!training) {
          const scale = tf.mul(weight, tf.rsqrt(tf.add(variance, batchNormEpsilon)));
          x = tf.add(tf.mul(tf.sub(x, mean), scale), bias);
          break;
        }
        const axes = x.shape.slice(0, -1).map((_, axis) => axis);
        const size = x.size / x.shape[x.shape.length - 1]!;
        const [batchMean, batchVariance] = moments(x, axes);
        x = batchNorm(x, weight, bias, batchMean, batchVariance, axes, size);
        // The running variance is unbiased (n − 1), the one used in the batch is biased (n), as in PyTorch.
        const unbiased = tf.mul(batchVariance, size > 1 ? size / (size - 1) : 1);
        running.set(`${name}.running_mean`, blend(mean, batchMean));
        running.set(`${name}.running_variance`, blend(variance, unbiased));
        break;
      }
    }
  }
  return { output: x, running };
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

/** Where an activation commutes with the maximum: after the pool there are a quarter as many elements. */
function poolBeforeActivation(layers: readonly PlacedLayer[]): readonly PlacedLayer[] {
  const list = [...layers];
  for (let index = 0; index + 1 < list.length; index++) {
    const [first, second] = [list[index]!, list[index + 1]!];
    if (second.layer.type !== "max_pool") continue;
    if (first.layer.type === "activation" && commutes(first.layer.activation))
      [list[index], list[index + 1]] = [second, first];
    else if (first.layer.type === "conv" && commutes(first.layer.activation)) {
      const { activation } = first.layer;
      const plain: Layer = { ...first.layer, activation: "linear" };
      const after: PlacedLayer = {
        layer: { type: "activation", activation },
        name: `${first.name}.activation`,
        input: second.output,
        output: second.output,
        parameters: [],
      };
      list.splice(index, 2, { ...first, layer: plain }, second, after);
    }
  }
  return list;
}
const commutes = (activation: Activation): boolean => activations[activation].commutesWithMaximum === true;

function blend(old: tf.Tensor, fresh: tf.Tensor): tf.Tensor {
  return tf.add(tf.mul(old, 1 - batchNormMomentum), tf.mul(fresh, batchNormMomentum));
}

/** Mean and biased variance over the given axes. */
function moments(x: tf.Tensor, axes: number[]): [tf.Tensor, tf.Tensor] {
  const mean = tf.mean(x, axes);
  return [mean, tf.mean(tf.square(tf.sub(x, mean)), axes)];
}

/**
 * Batch normalisation with its gradient in closed form.
 *
 *   y  = (x − μ) s + b,  s = w / √(σ² + ε)
 *   dx = s (dy − Σdy / n − (x − μ) Σ(dy (x − μ)) / (n (σ² + ε)))
 *   dw = Σ(dy (x − μ)) / √(σ² + ε),  db = Σdy
 *
 * Sums run over all axes but the channels; n is their product. Source: Ioffe & Szegedy (2015).
 */
function batchNorm(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  axes: number[],
  size: number,
): tf.Tensor {
  const operation = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, w, b, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const inverse = tf.rsqrt(tf.add(variance, batchNormEpsilon));
    const scale = tf.mul(w, inverse);
    const centred = tf.sub(input, mean);
    save([inverse, scale, centred]);
    return {
      value: tf.add(tf.mul(centred, scale), b),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [inverse, scale, centred] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const sum = tf.sum(dy, axes);
        const sumCentred = tf.sum(tf.mul(dy, centred), axes);
        const slope = tf.div(tf.mul(sumCentred, tf.square(inverse)), size);
        const inner = tf.sub(tf.sub(dy, tf.div(sum, size)), tf.mul(centred, slope));
        return [tf.mul(inner, scale), tf.mul(sumCentred, inverse), sum];
      },
    };
  });
  return operation(x, weight, bias);
}

const activate = (x: tf.Tensor, activation: Activation): tf.Tensor => activations[activation].forward(tf, x);
