/**
 * How parameters are carried from step to step: small ones side by side in one array, the weights of a wide dense layer
 * in pieces of some rows.
 *
 * Side by side, the update of all small parameters is one chain of calls. In pieces, what an update reads and writes
 * stays in the processor's cache from the gradient to the new weights: the update of 784 × 4096 weights took 38 ms
 * whole and 21 ms in seven pieces. Updates work number by number, so carrying changes no bit of them; a product over
 * pieces adds up in another order than one over the whole.
 *
 * Of a first layer the pieces are turned, [units, inputs]. A product of few examples with weights is fastest where
 * ONNX Runtime reads the weights row by row along the inputs, and need not rearrange them: the forward pass of 784 ×
 * 4096 weights took 11.0 ms with pieces as they are and 6.1 ms turned, at 64 examples and one thread. A later layer
 * would lose in its input's gradient what it gains there.
 *
 * Outside a program arrays stand parameter by parameter; `pack` and `unpack` translate.
 */
import type { ArrayValue } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import type { Parameter } from "./layer.js";
import { transposed } from "./transposed.js";

/** Parameters of so many numbers and fewer share an array. */
const smallSize = 8192;
/** Weights of more numbers than this are carried in pieces of about so many: 1 MB. */
const pieceSize = 2 ** 18;

/** Some numbers of a parameter, and where they lie in what is carried. */
interface Segment {
  readonly name: string;
  readonly from: number;
  readonly size: number;
  readonly shape: readonly number[];
  readonly offset: number;
}
/** One carried array. */
interface Group {
  readonly segments: readonly Segment[];
  readonly shape: readonly number[];
  /** One piece of the transposed weights of so many inputs; places are those of the transpose. */
  readonly turned?: true;
}
/** A parameter as a step sees it: whole, or in pieces, rows of it in order, or of its transpose. */
export interface Pieces {
  readonly parts: readonly tf.Tensor[];
  readonly areTurned: boolean;
}

export class Packing {
  readonly #parameters: readonly Parameter[];
  readonly #slots: number;
  /** Trained parameters, as they are carried. */
  readonly groups: readonly Group[];
  readonly fixed: readonly Parameter[];

  /** @param pieces  whether wide weights are carried in pieces */
  constructor(parameters: readonly Parameter[], slots: number, pieces: boolean) {
    this.#parameters = parameters;
    this.#slots = slots;
    this.fixed = parameters.filter((parameter) => !parameter.trained);
    const trained = parameters.filter((parameter) => parameter.trained);
    const small = trained.filter((parameter) => sizeOfShape(parameter.shape) <= smallSize);
    const alone = trained.filter((parameter) => small.length < 2 || !small.includes(parameter));
    const groups = alone.flatMap((parameter) =>
      pieces ? inPieces(parameter, parameter === parameters[0]) : [whole(parameter)],
    );
    this.groups = small.length < 2 ? groups : [...groups, sideBySide(small)];
  }

  /**
   * From parameters, each trained one's slots, and copies of all parameters (averages) to: fixed parameters, groups,
   * each group's slots, and of each copy fixed parameters and groups.
   */
  pack(arrays: readonly ArrayValue[]): readonly ArrayValue[] {
    const byName = new Map(this.#parameters.map(({ name }, index) => [name, arrays[index]!]));
    const slotsOf = new Map(
      this.#parameters
        .filter((parameter) => parameter.trained)
        .map(({ name }, index) => [
          name,
          arrays.slice(
            this.#parameters.length + index * this.#slots,
            this.#parameters.length + (index + 1) * this.#slots,
          ),
        ]),
    );
    const transposes = new Map<ArrayValue, ArrayValue>();
    const join = ({ segments, shape, turned }: Group, given: (name: string) => ArrayValue): ArrayValue => {
      const [first] = segments as [Segment];
      const array = given(first.name);
      if (segments.length === 1 && first.size === array.data.length) return array;
      const read = turned ? (name: string) => once(transposes, given(name), transposed) : given;
      const data = new Float32Array(sizeOfShape(shape));
      for (const { name, from, size, offset } of segments)
        data.set(read(name).data.subarray(from, from + size), offset);
      return { dtype: "float32", shape, data };
    };
    const all = (named: ReadonlyMap<string, ArrayValue>): readonly ArrayValue[] => [
      ...this.fixed.map(({ name }) => named.get(name)!),
      ...this.groups.map((group) => join(group, (name) => named.get(name)!)),
    ];
    const copies = arrays.slice(this.#parameters.length + slotsOf.size * this.#slots);
    return [
      ...all(byName),
      ...this.groups.flatMap((group) =>
        Array.from({ length: this.#slots }, (_, slot) => join(group, (name) => slotsOf.get(name)![slot]!)),
      ),
      ...inParts(copies, this.#parameters.length).flatMap((copy) =>
        all(new Map(this.#parameters.map(({ name }, index) => [name, copy[index]!]))),
      ),
    ];
  }

  unpack(packed: readonly ArrayValue[]): readonly ArrayValue[] {
    const first = this.fixed.length + this.groups.length;
    const copies = first + this.groups.length * this.#slots;
    const trained = this.#parameters.filter((parameter) => parameter.trained);
    const gather = (parameter: Parameter, carried: (group: number) => ArrayValue): ArrayValue => {
      const { name, shape } = parameter;
      const size = sizeOfShape(shape);
      let data: Float32Array | undefined;
      let isTurned = false;
      for (const [index, { segments, turned }] of this.groups.entries())
        for (const segment of segments) {
          if (segment.name !== name) continue;
          isTurned = turned === true;
          const source = carried(index).data as Float32Array;
          if (source.length === size && segment.size === size) return { dtype: "float32", shape, data: source };
          data ??= new Float32Array(size);
          data.set(source.subarray(segment.offset, segment.offset + segment.size), segment.from);
        }
      if (!isTurned) return { dtype: "float32", shape, data: data! };
      return transposed({ dtype: "float32", shape: shape.toReversed(), data: data! });
    };
    const all = (carried: readonly ArrayValue[]): readonly ArrayValue[] => {
      const fixed = new Map(this.fixed.map(({ name }, index) => [name, carried[index]!]));
      return this.#parameters.map(
        (parameter) => fixed.get(parameter.name) ?? gather(parameter, (group) => carried[this.fixed.length + group]!),
      );
    };
    return [
      ...all(packed),
      ...trained.flatMap((parameter) =>
        Array.from({ length: this.#slots }, (_, slot) =>
          gather(parameter, (group) => packed[first + group * this.#slots + slot]!),
        ),
      ),
      ...inParts(packed.slice(copies), first).flatMap(all),
    ];
  }

  /** Each parameter by name, from a program's packed state. */
  parameters(state: readonly tf.Tensor[]): ReadonlyMap<string, Pieces> {
    const found = new Map<string, Pieces>(
      this.fixed.map(({ name }, index) => [name, { parts: [state[index]!], areTurned: false }]),
    );
    for (const [index, { segments, turned }] of this.groups.entries()) {
      const carried = state[this.fixed.length + index]!;
      for (const { name, shape, size, offset } of segments) {
        const part =
          segments.length === 1 ? carried : tf.reshape(tf.slice(carried as tf.Tensor1D, [offset], [size]), [...shape]);
        found.set(name, { parts: [...(found.get(name)?.parts ?? []), part], areTurned: turned === true });
      }
    }
    return found;
  }

  /** Which numbers of a group belong to parameters that are `wanted`: 0 for none, 1 for all, else 1 or 0 for each. */
  share(group: number, wanted: (name: string) => boolean): 0 | 1 | tf.Tensor {
    const { segments, shape } = this.groups[group]!;
    const some = segments.filter(({ name }) => wanted(name));
    if (some.length === 0) return 0;
    if (some.length === segments.length) return 1;
    const marks = new Float32Array(sizeOfShape(shape));
    for (const { offset, size } of some) marks.fill(1, offset, offset + size);
    return tf.tensor1d(marks);
  }

  /** The gradient of each group, from the gradients of each parameter's pieces by name. */
  gradients(pieces: ReadonlyMap<string, readonly tf.Tensor[]>): readonly tf.Tensor[] {
    const taken = new Map<string, number>();
    const next = (name: string): tf.Tensor => {
      const at = taken.get(name) ?? 0;
      taken.set(name, at + 1);
      return pieces.get(name)![at]!;
    };
    return this.groups.map(({ segments }) =>
      segments.length === 1
        ? next(segments[0]!.name)
        : tf.concat1d(segments.map(({ name }) => tf.reshape(next(name), [-1]) as tf.Tensor1D)),
    );
  }
}

/** A list in parts of so many. */
export const inParts = <T>(list: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: list.length / size }, (_, index) => list.slice(index * size, (index + 1) * size));

const whole = ({ name, shape }: Parameter): Group => ({
  segments: [{ name, from: 0, size: sizeOfShape(shape), shape, offset: 0 }],
  shape,
});

/** The weights of a dense layer, [inputs, units], in about equal numbers of rows: of inputs, or turned of units. */
function inPieces(parameter: Parameter, turned: boolean): readonly Group[] {
  const { name, shape } = parameter;
  const [rows, columns] = (turned ? shape.toReversed() : shape) as [number, number];
  const count = shape.length === 2 ? Math.min(rows, Math.ceil((rows * columns) / pieceSize)) : 1;
  if (count < 2) return [whole(parameter)];
  return Array.from({ length: count }, (_, index) => {
    const [from, to] = [Math.round((index * rows) / count), Math.round(((index + 1) * rows) / count)];
    const piece = [to - from, columns];
    return {
      segments: [{ name, from: from * columns, size: sizeOfShape(piece), shape: piece, offset: 0 }],
      shape: piece,
      ...(turned ? { turned } : {}),
    };
  });
}

function once<K, V>(known: Map<K, V>, key: K, make: (key: K) => V): V {
  const value = known.get(key) ?? make(key);
  known.set(key, value);
  return value;
}

function sideBySide(parameters: readonly Parameter[]): Group {
  let offset = 0;
  const segments = parameters.map(({ name, shape }) => {
    const size = sizeOfShape(shape);
    offset += size;
    return { name, from: 0, size, shape, offset: offset - size };
  });
  return { segments, shape: [offset] };
}
