/**
 * Networks of dense layers, several members side by side: the forward pass and its gradients, as TF.js calls.
 *
 * Every array leads with the members' axis, and every call computes each member by itself: products go matrix by matrix, all else number by
 * number, and what is added up is added up by a product. So a member's numbers do not depend on its company; a reduction of ONNX Runtime's
 * would choose its order by the shape. Gradients are written out here, because that takes half the calls of TF.js's own.
 *
 * A member's parameters lie side by side in one row, so that an optimiser's update of all of them is one chain of calls.
 */
import { tf } from "../util/tfjs.js";
import type { Activation } from "./choices.js";
import type { Parameter, PlacedLayer } from "./layer.js";
import { leakySlope } from "./model.js";
import type { ArrayValue } from "./program.js";

/** An activation in a hidden place: its value, and how a gradient passes back through it. */
interface Bend {
  readonly y: tf.Tensor;
  back(dy: tf.Tensor): tf.Tensor;
}
const bends: { readonly [A in Exclude<Activation, "linear" | "softmax">]: (z: tf.Tensor) => Bend } = {
  relu: (z) => ({ y: tf.relu(z), back: (dy) => tf.mul(dy, tf.step(z)) }),
  leaky_relu: (z) => ({ y: tf.leakyRelu(z, leakySlope), back: (dy) => tf.where(tf.greater(z, 0), dy, tf.mul(dy, leakySlope)) }),
  /** With s = e^min(z, 0) the value is max(z, s − 1) and the slope is s. */
  elu(z) {
    const slope = tf.exp(tf.minimum(z, 0));
    return { y: tf.maximum(z, tf.sub(slope, 1)), back: (dy) => tf.mul(dy, slope) };
  },
  /** z Φ(z), and Φ(z) + z φ(z); with t = z/√2: Φ = (1 + erf t) / 2, φ = e^−t² / √2π. */
  gelu(z) {
    const t = tf.mul(z, Math.SQRT1_2);
    const half = tf.mul(z, 0.5);
    const twice = tf.add(tf.erf(t), 1);
    return {
      y: tf.mul(half, twice),
      // 2 Φ + 2 z φ, halved with the gradient; ln √(2/π)·… goes into the exponent.
      back: (dy) => tf.mul(tf.mul(dy, 0.5), tf.add(twice, tf.mul(t, tf.exp(tf.sub(Math.log(2 / Math.sqrt(Math.PI)), tf.square(t)))))),
    };
  },
  sigmoid(z) {
    const y = tf.sigmoid(z);
    return { y, back: (dy) => tf.mul(dy, tf.sub(y, tf.square(y))) };
  },
  tanh(z) {
    const y = tf.tanh(z);
    return { y, back: (dy) => tf.sub(dy, tf.mul(dy, tf.square(y))) };
  },
  softplus: (z) => ({ y: tf.softplus(z), back: (dy) => tf.mul(dy, tf.sigmoid(z)) }),
};

/** What a network is made of here: products with a bias, bends, masks. */
type Part =
  | { readonly type: "dense"; readonly inputs: number; readonly units: number; readonly offset: number; readonly first: boolean }
  | { readonly type: "bend"; readonly activation: keyof typeof bends }
  | { readonly type: "dropout"; readonly name: string; readonly rate: number };

/** Whether a network is of the kind that is computed here: dense layers, starting with one; a softmax inside has no row above. */
export function isDense(layers: readonly PlacedLayer[]): boolean {
  const [first] = layers.filter(({ layer }) => layer.type !== "flatten");
  return (
    first?.layer.type === "dense" &&
    layers.every(
      ({ layer }) =>
        layer.type === "flatten" || layer.type === "dropout" || ((layer.type === "dense" || layer.type === "activation") && layer.activation !== "softmax"),
    )
  );
}

/** Rows are filled up to a multiple of this, so that the last numbers of a call, which may be rounded by other code, are never a parameter's. */
const lane = 16;

export class DenseNetwork {
  readonly #parts: readonly Part[];
  readonly #parameters: readonly Parameter[];
  /** Numbers of a member's row. */
  readonly size: number;
  readonly outputs: number;

  constructor(
    layers: readonly PlacedLayer[],
    readonly members: number,
  ) {
    let offset = 0;
    const parts: Part[] = [];
    for (const { layer, name, input, output } of layers) {
      if (layer.type === "dense") {
        parts.push({ type: "dense", inputs: input[0]!, units: output[0]!, offset, first: offset === 0 });
        offset += (input[0]! + 1) * output[0]!;
      }
      if ((layer.type === "dense" || layer.type === "activation") && layer.activation !== "linear")
        parts.push({ type: "bend", activation: layer.activation as keyof typeof bends });
      if (layer.type === "dropout" && layer.rate > 0) parts.push({ type: "dropout", name, rate: layer.rate });
    }
    this.#parts = parts;
    this.#parameters = layers.flatMap((layer) => layer.parameters);
    this.size = Math.ceil(offset / lane) * lane;
    this.outputs = layers[layers.length - 1]!.output[0]!;
  }

  /** Arrays of each member, parameter by parameter → [members, size], one for each of `stride` arrays that a parameter has. */
  pack(arrays: readonly (readonly ArrayValue[])[]): ArrayValue {
    const data = new Float32Array(this.members * this.size);
    for (const [member, list] of arrays.entries()) {
      let at = member * this.size;
      for (const each of list) {
        data.set(each.data, at);
        at += each.data.length;
      }
    }
    return { dtype: "float32", shape: [this.members, this.size], data };
  }

  /** One member's arrays, parameter by parameter. */
  unpack({ data }: ArrayValue, member: number): readonly ArrayValue[] {
    let at = member * this.size;
    return this.#parameters.map(({ shape }) => {
      const from = at;
      at += shape.reduce((product, length) => product * length, 1);
      return { dtype: "float32", shape, data: data.slice(from, at) as Float32Array };
    });
  }

  /** 1 for the weights, 0 for biases and what fills up the row. */
  weights(): tf.Tensor {
    const marks = new Float32Array(this.size);
    let at = 0;
    for (const { name, shape } of this.#parameters) {
      const size = shape.reduce((product, length) => product * length, 1);
      if (name.endsWith(".weight")) marks.fill(1, at, at + size);
      at += size;
    }
    return tf.tensor1d(marks);
  }

  /**
   * @param row    float32 [members, size]
   * @param x      float32 [members, batch, inputs + 1]; the last column is 1, so that the first layer's bias is a row of its weights
   * @param masks  of dropout layers by name, float32 [members, batch, units]; null outside training
   * @returns      output float32 [members, batch, outputs], and from its gradient that of the row
   */
  forward(
    row: tf.Tensor,
    x: tf.Tensor,
    masks: ReadonlyMap<string, tf.Tensor> | null,
  ): { readonly output: tf.Tensor; readonly gradient: (d: tf.Tensor) => tf.Tensor } {
    const { members } = this;
    const backs: ((d: tf.Tensor, collect: tf.Tensor[]) => tf.Tensor)[] = [];
    const dense = this.#parts.filter((part) => part.type === "dense");
    const sizes = dense.flatMap(({ inputs, units, first }) => (first ? [(inputs + 1) * units] : [inputs * units, units]));
    const used = sizes.reduce((sum, size) => sum + size, 0);
    const pieces = tf.split(row, used < this.size ? [...sizes, this.size - used] : sizes, 1);
    let next = 0;
    let value = x;
    for (const part of this.#parts)
      switch (part.type) {
        case "dense": {
          const { inputs, units, first } = part;
          const before = value;
          const weights = tf.reshape(pieces[next++]!, [members, first ? inputs + 1 : inputs, units]);
          if (first) value = tf.matMul(before, weights);
          else value = tf.add(tf.matMul(before, weights), tf.reshape(pieces[next++]!, [members, 1, units]));
          backs.push((d, collect) => {
            if (!first) collect.unshift(tf.reshape(tf.matMul(tf.ones([1, 1, d.shape[1]!]), d), [members, units]));
            collect.unshift(tf.reshape(tf.matMul(before, d, true, false), [members, -1]));
            return first ? d : tf.matMul(d, weights, false, true);
          });
          break;
        }
        case "bend": {
          const bend = bends[part.activation](value);
          value = bend.y;
          backs.push((d) => bend.back(d));
          break;
        }
        case "dropout": {
          const mask = masks?.get(part.name);
          if (!mask) break;
          const factor = tf.mul(tf.reshape(mask, value.shape), 1 / (1 - part.rate));
          value = tf.mul(value, factor);
          backs.push((d) => tf.mul(d, factor));
          break;
        }
      }
    return {
      output: value,
      gradient(d) {
        const collect: tf.Tensor[] = [];
        for (const back of [...backs].reverse()) d = back(d, collect);
        return tf.concat(used < row.shape[1]! ? [...collect, tf.zeros([members, row.shape[1]! - used])] : collect, 1);
      },
    };
  }
}

/**
 * The gradient of each member's mean loss by its outputs: 2 (output − target) / (batch · targets) for mse, (softmax − one-hot) / batch for
 * cross_entropy.
 *
 * @param output  float32 [members, batch, outputs]
 * @param wanted  the same shape: targets, or one-hot classes
 */
export function lossGradient(loss: "mse" | "cross_entropy", output: tf.Tensor, wanted: tf.Tensor): tf.Tensor {
  const [, batch, outputs] = output.shape as [number, number, number];
  if (loss === "mse") return tf.mul(tf.sub(output, wanted), 2 / (batch * outputs));
  return tf.mul(tf.sub(tf.softmax(output), wanted), 1 / batch);
}
