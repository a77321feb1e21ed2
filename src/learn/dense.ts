/**
 * Networks of dense layers, several members side by side: the forward pass and its gradients, as TF.js calls.
 *
 * Every array leads with the members' axis, and every call computes each member by itself: products go matrix by
 * matrix, all else number by number, and what is added up is added up by a product. So a member's numbers do not depend
 * on its company; a reduction of ONNX Runtime's would choose its order by the shape. Gradients are written out here,
 * because that takes half the calls of TF.js's own.
 *
 * A member's parameters lie side by side in one row, so that an optimiser's update of all of them is one chain of
 * calls; large weights are carried alone. Updates work number by number, so that changes no bit.
 */
import type { ArrayValue } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import { type Activation, activations, type Derivative } from "./activation.js";
import type { Loss } from "./choices.js";
import type { Parameter, PlacedLayer } from "./layer.js";
import { isWeight, type Share } from "./penalties.js";

/** What a network is made of here: products with a bias, activations, masks. */
type Part =
  | { readonly type: "dense"; readonly weight: Place; readonly bias: Place | null }
  | { readonly type: "activation"; readonly derivative: Derivative }
  | { readonly type: "dropout"; readonly name: string; readonly rate: number };
/** Where some parameters of each member are carried: in the row, or in an array of their own. */
interface Place {
  readonly array: number;
  /** In the row: which piece. */
  readonly piece: number;
  readonly shape: readonly [number, number];
}

/**
 * Whether a network is of the kind that is computed here: dense layers, starting with one; activations that have a
 * derivative, or are none.
 */
export function isDense(layers: readonly PlacedLayer[]): boolean {
  const [first] = layers.filter(({ layer }) => layer.type !== "flatten");
  return (
    first?.layer.type === "dense" &&
    layers.every(
      ({ layer }) =>
        layer.type === "flatten" ||
        layer.type === "dropout" ||
        ((layer.type === "dense" || layer.type === "activation") && hasDerivative(layer.activation)),
    )
  );
}
const hasDerivative = (activation: Activation): boolean =>
  activations[activation].isIdentity === true || activations[activation].derivative !== undefined;

/**
 * Rows are filled up to a multiple of this, so that the last numbers of a call, which may be rounded by other code, are
 * never a parameter's.
 */
const lane = 16;
/**
 * Weights of so many numbers, members added, are carried alone: copying them from and to the row costs more than calls
 * of their own (256 units: 7 %).
 */
const aloneSize = 2 ** 16;

const times = (x: tf.Tensor, factor: number): tf.Tensor => (factor === 1 ? x : tf.mul(x, factor));

export class DenseNetwork {
  readonly #parts: readonly Part[];
  readonly #parameters: readonly Parameter[];
  /** By parameter: the array it is in, and from where on. */
  readonly #at: readonly { readonly array: number; readonly offset: number }[];
  /** Sizes of the row's pieces, in order; the last one is filled up. */
  readonly #pieces: readonly number[];
  /** Shapes of what is carried: the row first. */
  readonly shapes: readonly (readonly number[])[];
  readonly outputs: number;

  constructor(
    layers: readonly PlacedLayer[],
    readonly members: number,
  ) {
    const pieces: number[] = [];
    const shapes: (readonly number[])[] = [];
    const at: { array: number; offset: number }[] = [];
    let offset = 0;
    const inRow = (...list: readonly number[]): number => {
      for (const size of list) {
        at.push({ array: 0, offset });
        offset += size;
      }
      return pieces.push(list.reduce((a, b) => a + b, 0)) - 1;
    };
    const parts: Part[] = [];
    for (const { layer, name, parameters } of layers) {
      if (layer.type === "dense") {
        const [inputs, units] = parameters[0]!.shape as [number, number];
        const size = inputs * units;
        if (at.length === 0) {
          parts.push({
            type: "dense",
            weight: { array: 0, piece: inRow(size, units), shape: [inputs + 1, units] },
            bias: null,
          });
        } else {
          const alone = members * size >= aloneSize && size % lane === 0;
          if (alone) at.push({ array: shapes.push([members, inputs, units]), offset: 0 });
          const weight: Place = {
            array: alone ? shapes.length : 0,
            piece: alone ? -1 : inRow(size),
            shape: [inputs, units],
          };
          parts.push({ type: "dense", weight, bias: { array: 0, piece: inRow(units), shape: [1, units] } });
        }
      }
      if (layer.type === "dense" || layer.type === "activation") {
        const { derivative } = activations[layer.activation];
        if (derivative) parts.push({ type: "activation", derivative });
      }
      if (layer.type === "dropout" && layer.rate > 0) parts.push({ type: "dropout", name, rate: layer.rate });
    }
    const size = Math.ceil(offset / lane) * lane;
    this.#parts = parts;
    this.#parameters = layers.flatMap((layer) => layer.parameters);
    this.#at = at;
    this.#pieces = pieces.with(-1, pieces[pieces.length - 1]! + size - offset);
    this.shapes = [[members, size], ...shapes];
    this.outputs = layers[layers.length - 1]!.output[0]!;
  }

  /** From each member's arrays, parameter by parameter, to what is carried. */
  pack(arrays: readonly (readonly ArrayValue[])[]): readonly ArrayValue[] {
    return this.shapes.map((shape, array) => {
      const data = new Float32Array(sizeOfShape(shape));
      for (const [member, list] of arrays.entries())
        for (const [index, place] of this.#at.entries())
          if (place.array === array) data.set(list[index]!.data, (member * data.length) / this.members + place.offset);
      return { dtype: "float32", shape, data };
    });
  }

  /** One member's arrays, parameter by parameter. */
  unpack(carried: readonly ArrayValue[], member: number): readonly ArrayValue[] {
    return this.#parameters.map(({ shape }, index) => {
      const { array, offset } = this.#at[index]!;
      const { data } = carried[array]!;
      const from = (member * data.length) / this.members + offset;
      return { dtype: "float32", shape, data: data.slice(from, from + sizeOfShape(shape)) as Float32Array };
    });
  }

  /** Which numbers of a carried array are weights; the row holds biases too, and what fills it up. */
  weights(): (array: number) => Share {
    let ofRow: tf.Tensor | undefined;
    return (array) => {
      if (array > 0) return 1;
      ofRow ??= tf.tensor1d(this.#weightsOfRow());
      return ofRow;
    };
  }
  #weightsOfRow(): Float32Array {
    const marks = new Float32Array(this.shapes[0]![1]!);
    for (const [index, { name, shape }] of this.#parameters.entries()) {
      const { array, offset } = this.#at[index]!;
      if (array === 0 && isWeight(name)) marks.fill(1, offset, offset + sizeOfShape(shape));
    }
    return marks;
  }

  /**
   * @param carried  what `pack` makes, as tensors
   * @param x        float32 [members, batch, inputs + 1]; the last column is 1, so that the first layer's bias is a row
   *   of its weights
   * @param masks    of dropout layers by name, float32 [members, batch, units]; null outside training
   * @returns        output float32 [members, batch, outputs]; from its gradient, divided by a factor, that of each
   *   carried array
   */
  forward(
    carried: readonly tf.Tensor[],
    x: tf.Tensor,
    masks: ReadonlyMap<string, tf.Tensor> | null,
  ): { readonly output: tf.Tensor; readonly gradients: (d: tf.Tensor, factor: number) => readonly tf.Tensor[] } {
    const { members } = this;
    const pieces = tf.split(carried[0]!, [...this.#pieces], 1);
    /** A parameter that is in the row; its last piece is longer than the parameter. */
    const read = ({ array, piece, shape }: Place): tf.Tensor => {
      if (array > 0) return carried[array]!;
      const size = sizeOfShape(shape);
      const whole = pieces[piece]!;
      return tf.reshape(whole.shape[1] === size ? whole : tf.slice(whole, [0, 0], [members, size]), [
        members,
        ...shape,
      ]);
    };
    /** Takes the gradient of what a place holds. */
    type Collect = (place: Place, gradient: tf.Tensor) => void;
    /** From the gradient of a part's output to that of its input; both are to be multiplied by their `factor`. */
    type Back = (d: tf.Tensor, factor: number, collect: Collect) => { readonly d: tf.Tensor; readonly factor: number };
    const backs: Back[] = [];
    // What the value has to be multiplied by: constant factors wait for the next product.
    let [value, scale] = [x, 1];
    for (const [index, part] of this.#parts.entries())
      switch (part.type) {
        case "dense": {
          const { weight, bias } = part;
          const next = this.#parts[index + 1];
          const before = next?.type === "activation" ? next.derivative.before : 1;
          const [input, inputScale] = [value, scale];
          const weights = read(weight);
          value = times(tf.matMul(input, weights), inputScale * before);
          if (bias) value = tf.add(value, times(read(bias), before));
          scale = 1 / before;
          backs.push((d, factor, collect) => {
            collect(weight, times(tf.matMul(input, d, true, false), inputScale * factor));
            if (!bias) return { d, factor };
            collect(bias, tf.matMul(tf.fill([1, 1, d.shape[1]!], factor), d));
            return { d: times(tf.matMul(d, weights, false, true), factor), factor: 1 };
          });
          break;
        }
        case "activation": {
          const { before, after, slope, of } = part.derivative;
          const { y, back } = of(tf, this.#parts[index - 1]!.type === "dense" ? value : times(value, scale * before));
          [value, scale] = [y, after];
          backs.push((d, factor) => ({ d: back(d), factor: factor * slope }));
          break;
        }
        case "dropout": {
          const mask = masks?.get(part.name);
          if (!mask) break;
          const shaped = tf.reshape(mask, value.shape);
          const input = value;
          value = tf.mul(input, shaped);
          scale /= 1 - part.rate;
          backs.push((d, factor) => ({ d: tf.mul(d, shaped), factor: factor / (1 - part.rate) }));
          break;
        }
      }
    return {
      output: times(value, scale),
      gradients: (d, factor) => {
        const parts: tf.Tensor[] = [];
        const arrays: tf.Tensor[] = [];
        const collect: Collect = ({ array, piece, shape }, gradient) => {
          if (array > 0) arrays[array] = gradient;
          else parts[piece] = tf.reshape(gradient, [members, sizeOfShape(shape)]);
        };
        let state = { d, factor };
        for (const back of backs.toReversed()) state = back(state.d, state.factor, collect);
        const missing = this.shapes[0]![1]! - parts.reduce((sum, { shape }) => sum + shape[1]!, 0);
        arrays[0] = tf.concat(missing > 0 ? [...parts, tf.zeros([members, missing])] : parts, 1);
        return arrays;
      },
    };
  }
}

/**
 * The gradient of each member's mean loss by its outputs, d times a factor: 2 (output − target) / (batch · targets) for
 * mse, (softmax − one-hot) / batch for cross_entropy.
 *
 * @param output  float32 [members, batch, outputs]
 * @param wanted  the same shape: targets, or one-hot classes
 */
export function lossGradient(
  loss: Loss,
  output: tf.Tensor,
  wanted: tf.Tensor,
): { readonly d: tf.Tensor; readonly factor: number } {
  const [, batch, outputs] = output.shape as [number, number, number];
  if (loss === "mse") return { d: tf.sub(output, wanted), factor: 2 / (batch * outputs) };
  return { d: tf.sub(tf.softmax(output), wanted), factor: 1 / batch };
}
