/**
 * Networks of dense layers, several members side by side: the forward pass and its gradients, as TF.js calls.
 *
 * Every array leads with the members' axis, and every call computes each member by itself: products go matrix by
 * matrix, all else number by number, and what is added up is added up by a product. So a member's numbers do not depend
 * on its company; a reduction of ONNX Runtime's would choose its order by the shape. Gradients are written out here,
 * because that takes half the calls of TF.js's own.
 *
 * A member's parameters lie side by side in one array, so that an optimiser's update of all of them is one chain of
 * calls; large weights are carried alone. Updates work number by number, so that changes no bit. The array's rows are as
 * wide as the first layer, so that the weights and biases of equally wide layers are whole rows of it, which a product
 * reads as they lie.
 */
import type { ArrayValue } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import { type Activation, type Derivative, functionOf } from "./activation.js";
import type { Parameter, PlacedLayer } from "./layer.js";
import type { Share } from "./penalties.js";
import { transposed } from "./transposed.js";

/** What a network is made of here: products with a bias, activations, masks. */
type Part =
  | { readonly type: "dense"; readonly weight: Place; readonly bias: Place | null }
  | { readonly type: "activation"; readonly derivative: Derivative }
  | { readonly type: "dropout"; readonly name: string; readonly rate: number };
/**
 * Where parameters of each member are carried: in rows of `width` numbers of the common array, or in an array of their
 * own.
 */
interface Place {
  readonly array: number;
  /** In the common array: which piece, of how many rows. */
  readonly piece: number;
  readonly rows: number;
  /** As a product reads them; of the transpose, where they are turned. */
  readonly shape: readonly [number, number];
  readonly isTurned: boolean;
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
  functionOf(activation).isIdentity === true || functionOf(activation).derivative !== undefined;

/**
 * A member's part of the common array is filled up to a multiple of this, so that the last numbers of a call, which may
 * be rounded by other code, are never a parameter's.
 */
const lane = 16;
/**
 * Weights of so many numbers, members added, are carried alone: copying them from and to the common array costs more
 * than calls of their own (256 units: 7 %). Where gradients are clipped it is the numbers of one member that count, so
 * that its squares are added up array by array in the same way in any company.
 */
const aloneSize = 2 ** 16;

const times = (x: tf.Tensor, factor: number): tf.Tensor => (factor === 1 ? x : tf.mul(x, factor));

export class DenseNetwork {
  readonly #parts: readonly Part[];
  readonly #parameters: readonly Parameter[];
  /** By parameter: the array it is in, from where on, and whether its transpose is. */
  readonly #at: readonly { readonly array: number; readonly offset: number; readonly isTurned: boolean }[];
  /** Rows of the common array's pieces, in order; what fills it up comes last. */
  readonly #pieces: readonly number[];
  /** Rows that fill it up. */
  readonly #filling: number;
  /** Shapes of what is carried: the common array first, [members, rows, width]. */
  readonly shapes: readonly (readonly number[])[];
  readonly outputs: number;

  constructor(
    layers: readonly PlacedLayer[],
    readonly members: number,
    isClipped = false,
  ) {
    const pieces: number[] = [];
    const shapes: (readonly number[])[] = [];
    const at: { array: number; offset: number; isTurned: boolean }[] = [];
    const width = layers.find(({ layer }) => layer.type === "dense")!.output[0]!;
    let rows = 0;
    /** Puts parameters side by side into rows of their own, of which a product reads them in a shape. */
    const inRows = (sizes: readonly number[], shape: readonly [number, number], isTurned = false): Place => {
      let offset = rows * width;
      for (const size of sizes) {
        at.push({ array: 0, offset, isTurned });
        offset += size;
      }
      const own = Math.ceil(offset / width) - rows;
      rows += own;
      return { array: 0, piece: pieces.push(own) - 1, rows: own, shape, isTurned };
    };
    const parts: Part[] = [];
    for (const { layer, name, parameters } of layers) {
      if (layer.type === "dense") {
        const [inputs, units] = parameters[0]!.shape as [number, number];
        const size = inputs * units;
        if (at.length === 0) {
          parts.push({ type: "dense", weight: inRows([size, units], [inputs + 1, units]), bias: null });
        } else {
          // Whether a matrix is turned must not depend on the number of members: a product may be rounded otherwise.
          const isTurned = units !== width && inputs === width;
          const shape: readonly [number, number] = isTurned ? [units, inputs] : [inputs, units];
          const isAlone = (isClipped ? 1 : members) * size >= aloneSize && size % lane === 0;
          if (isAlone) at.push({ array: shapes.push([members, ...shape]), offset: 0, isTurned });
          const weight: Place = isAlone
            ? { array: shapes.length, piece: -1, rows: 0, shape, isTurned }
            : inRows([size], shape, isTurned);
          parts.push({ type: "dense", weight, bias: inRows([units], [1, units]) });
        }
      }
      if (layer.type === "dense" || layer.type === "activation") {
        const { derivative } = functionOf(layer.activation);
        if (derivative) parts.push({ type: "activation", derivative });
      }
      if (layer.type === "dropout" && layer.rate > 0) parts.push({ type: "dropout", name, rate: layer.rate });
    }
    let filling = 0;
    while (((rows + filling) * width) % lane !== 0) filling++;
    this.#parts = parts;
    this.#parameters = layers.flatMap((layer) => layer.parameters);
    this.#at = at;
    this.#pieces = filling > 0 ? [...pieces, filling] : pieces;
    this.#filling = filling;
    this.shapes = [[members, rows + filling, width], ...shapes];
    this.outputs = layers[layers.length - 1]!.output[0]!;
  }

  /** From each member's arrays, parameter by parameter, to what is carried. */
  pack(arrays: readonly (readonly ArrayValue[])[]): readonly ArrayValue[] {
    return this.shapes.map((shape, array) => {
      const data = new Float32Array(sizeOfShape(shape));
      for (const [member, list] of arrays.entries())
        for (const [index, place] of this.#at.entries()) {
          if (place.array !== array) continue;
          const given = list[index]!;
          const own = place.isTurned ? transposed(given) : given;
          data.set(own.data, (member * data.length) / this.members + place.offset);
        }
      return { dtype: "float32", shape, data };
    });
  }

  /** One member's arrays, parameter by parameter. */
  unpack(carried: readonly ArrayValue[], member: number): readonly ArrayValue[] {
    return this.#parameters.map(({ shape }, index) => {
      const { array, offset, isTurned } = this.#at[index]!;
      const { data } = carried[array]!;
      const from = (member * data.length) / this.members + offset;
      const own = data.slice(from, from + sizeOfShape(shape)) as Float32Array;
      return isTurned
        ? transposed({ dtype: "float32", shape: shape.toReversed(), data: own })
        : { dtype: "float32", shape, data: own };
    });
  }

  /** Which numbers of a carried array are weights; the common one holds biases too, and what fills it up. */
  weights(): (array: number) => Share {
    let common: tf.Tensor | undefined;
    return (array) => {
      if (array > 0) return 1;
      common ??= this.#weightsOfCommon();
      return common;
    };
  }
  #weightsOfCommon(): tf.Tensor {
    const [, rows, width] = this.shapes[0] as [number, number, number];
    const marks = new Float32Array(rows * width);
    for (const [index, { isWeight, shape }] of this.#parameters.entries()) {
      const { array, offset } = this.#at[index]!;
      if (array === 0 && isWeight) marks.fill(1, offset, offset + sizeOfShape(shape));
    }
    return tf.tensor2d(marks, [rows, width]);
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
    const width = this.shapes[0]![2]!;
    const pieces = tf.split(carried[0]!, [...this.#pieces], 1);
    /** What a place holds; its rows may be longer than that. */
    const read = ({ array, piece, rows, shape }: Place): tf.Tensor => {
      if (array > 0) return carried[array]!;
      const [high, wide] = shape;
      const whole = pieces[piece]!;
      if (wide === width && high === rows) return whole;
      if (high === 1 && rows === 1) return tf.slice(whole, [0, 0, 0], [members, 1, wide]);
      const flat = tf.reshape(whole, [members, rows * width]);
      return tf.reshape(tf.slice(flat, [0, 0], [members, high * wide]), [members, high, wide]);
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
          value = times(tf.matMul(input, weights, false, weight.isTurned), inputScale * before);
          if (bias) value = tf.add(value, times(read(bias), before));
          scale = 1 / before;
          backs.push((d, factor, collect) => {
            const [left, right] = weight.isTurned ? [d, input] : [input, d];
            collect(weight, times(tf.matMul(left, right, true, false), inputScale * factor));
            if (!bias) return { d, factor };
            collect(bias, biasGradient(d, factor, width));
            return { d: times(tf.matMul(d, weights, false, !weight.isTurned), factor), factor: 1 };
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
        const collect: Collect = ({ array, piece, rows }, gradient) => {
          if (array > 0) arrays[array] = gradient;
          else parts[piece] = inRows(gradient, rows, width);
        };
        let state = { d, factor };
        for (const back of backs.toReversed()) state = back(state.d, state.factor, collect);
        const filling = this.#filling > 0 ? [tf.zeros([members, this.#filling, width])] : [];
        arrays[0] = tf.concat([...parts, ...filling], 1);
        return arrays;
      },
    };
  }
}

/** A gradient as rows of the common array; zeros fill them up. */
function inRows(gradient: tf.Tensor, rows: number, width: number): tf.Tensor {
  const [members, high, wide] = gradient.shape as [number, number, number];
  if (high === rows && wide === width) return gradient;
  const missing = rows * width - high * wide;
  const flat = tf.reshape(gradient, [members, high * wide]);
  return tf.reshape(missing > 0 ? tf.concat([flat, tf.zeros([members, missing])], 1) : flat, [members, rows, width]);
}

/**
 * Sums over the examples of d [members, batch, units], times a factor, as products: [members, 1, units]; of a single
 * unit with the zeros behind that fill up its row, [members, 1, width].
 */
function biasGradient(d: tf.Tensor, factor: number, width: number): tf.Tensor {
  const [, batch, units] = d.shape as [number, number, number];
  if (units > 1) return tf.matMul(tf.fill([1, 1, batch], factor), d);
  const first = new Float32Array(batch * width);
  for (let example = 0; example < batch; example++) first[example * width] = factor;
  return tf.matMul(d, tf.tensor3d(first, [1, batch, width]), true, false);
}
