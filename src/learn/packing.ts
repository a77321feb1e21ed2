/**
 * Small parameters carried side by side in one array, and their optimiser's arrays likewise, so that the update of all of them is one
 * chain of calls. Updates work number by number, so packing changes no bit of any result.
 *
 * Outside a program arrays stand parameter by parameter; `pack` and `unpack` translate.
 */
import { tf } from "../util/tfjs.js";
import type { Parameter } from "./layer.js";
import type { ArrayValue } from "./program.js";

/** Parameters of so many numbers and fewer are packed. */
const smallSize = 8192;

interface Group {
  readonly members: readonly { readonly name: string; readonly shape: readonly number[]; readonly size: number; readonly offset: number }[];
  readonly size: number;
}
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

export class Packing {
  readonly #parameters: readonly Parameter[];
  readonly #slots: number;
  /** Trained parameters that share an array; a large one is alone in its group. */
  readonly groups: readonly Group[];
  readonly fixed: readonly Parameter[];

  constructor(parameters: readonly Parameter[], slots: number) {
    this.#parameters = parameters;
    this.#slots = slots;
    this.fixed = parameters.filter((parameter) => !parameter.trained);
    const trained = parameters.filter((parameter) => parameter.trained);
    const small = trained.filter((parameter) => sizeOf(parameter.shape) <= smallSize);
    const group = (members: readonly Parameter[]): Group => {
      let offset = 0;
      const placed = members.map(({ name, shape }) => {
        const size = sizeOf(shape);
        offset += size;
        return { name, shape, size, offset: offset - size };
      });
      return { members: placed, size: offset };
    };
    const alone = trained.filter((parameter) => small.length < 2 || !small.includes(parameter)).map((parameter) => group([parameter]));
    this.groups = small.length < 2 ? alone : [...alone, group(small)];
  }

  /** From parameters and each trained one's slots to: fixed parameters, groups, each group's slots. */
  pack(arrays: readonly ArrayValue[]): readonly ArrayValue[] {
    const byName = new Map(this.#parameters.map(({ name }, index) => [name, arrays[index]!]));
    const slotsOf = new Map(
      this.#parameters
        .filter((parameter) => parameter.trained)
        .map(({ name }, index) => [name, arrays.slice(this.#parameters.length + index * this.#slots, this.#parameters.length + (index + 1) * this.#slots)]),
    );
    const join = ({ members, size }: Group, read: (name: string) => ArrayValue): ArrayValue => {
      if (members.length === 1) return read(members[0]!.name);
      const data = new Float32Array(size);
      for (const { name, offset } of members) data.set(read(name).data, offset);
      return { dtype: "float32", shape: [size], data };
    };
    return [
      ...this.fixed.map(({ name }) => byName.get(name)!),
      ...this.groups.map((group) => join(group, (name) => byName.get(name)!)),
      ...this.groups.flatMap((group) => Array.from({ length: this.#slots }, (_, slot) => join(group, (name) => slotsOf.get(name)![slot]!))),
    ];
  }

  unpack(packed: readonly ArrayValue[]): readonly ArrayValue[] {
    const found = new Map<string, ArrayValue>(this.fixed.map(({ name }, index) => [name, packed[index]!]));
    const slots = new Map<string, ArrayValue[]>();
    const part = (array: ArrayValue, { members }: Group, at: number): ArrayValue => {
      const { shape, size, offset } = members[at]!;
      return members.length === 1 ? array : { dtype: "float32", shape, data: array.data.slice(offset, offset + size) as Float32Array };
    };
    for (const [index, group] of this.groups.entries())
      for (const [at, { name }] of group.members.entries()) {
        found.set(name, part(packed[this.fixed.length + index]!, group, at));
        const first = this.fixed.length + this.groups.length + index * this.#slots;
        slots.set(
          name,
          packed.slice(first, first + this.#slots).map((array) => part(array, group, at)),
        );
      }
    return [
      ...this.#parameters.map(({ name }) => found.get(name)!),
      ...this.#parameters.filter((parameter) => parameter.trained).flatMap(({ name }) => slots.get(name)!),
    ];
  }

  /** Each parameter by name, from a program's packed state. */
  parameters(state: readonly tf.Tensor[]): ReadonlyMap<string, tf.Tensor> {
    const found = new Map<string, tf.Tensor>(this.fixed.map(({ name }, index) => [name, state[index]!]));
    for (const [index, { members }] of this.groups.entries()) {
      const whole = state[this.fixed.length + index]!;
      for (const { name, shape, size, offset } of members)
        found.set(name, members.length === 1 ? whole : tf.reshape(tf.slice(whole as tf.Tensor1D, [offset], [size]), [...shape]));
    }
    return found;
  }

  /** The gradient of a group, from its members' gradients by name. */
  gradient({ members }: Group, gradients: ReadonlyMap<string, tf.Tensor>): tf.Tensor {
    if (members.length === 1) return gradients.get(members[0]!.name)!;
    return tf.concat1d(members.map(({ name }) => tf.reshape(gradients.get(name)!, [-1]) as tf.Tensor1D));
  }
}
