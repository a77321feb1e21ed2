/** Ops that move numbers and compute none. */
import { sameShape, sizeOfShape } from "../../util/shape.js";
import { tf } from "../../util/tfjs.js";
import type { Lowering } from "../lower.js";
import type { Attributes, Dtype, TensorType } from "../node.js";
import { axesOf, castTo, type Op } from "./op.js";

const constantOf = (lowering: Lowering, { dtype, shape }: TensorType, value: number): string => {
  const { graph } = lowering;
  return graph.add("Expand", [graph.constant(dtype, [], bytesOfNumber(dtype, value)), graph.ints(shape)]);
};

function bytesOfNumber(dtype: Dtype, value: number): Uint8Array {
  if (dtype === "float32") return new Uint8Array(Float32Array.of(value).buffer);
  if (dtype === "int32") return new Uint8Array(Int32Array.of(value).buffer);
  return Uint8Array.of(value);
}

const like = (value: number): Op => ({
  inputs: ["x"],
  type: ([x]) => x!,
  lower: (node, lowering) => ({ logical: constantOf(lowering, node.type, value) }),
  samples: [{ inputs: [{ shape: [3, 4] }] }],
});

function reshaped(
  input: string,
  shapeOf: (input: TensorType, attributes: Readonly<Record<string, unknown>>) => readonly number[],
  attributes: object,
  shape: readonly number[],
  fits: (input: TensorType, attributes: Readonly<Record<string, unknown>>) => boolean,
): Op {
  return {
    inputs: [input],
    type: ([x], given) => ({ dtype: x!.dtype, shape: shapeOf(x!, given) }),
    lower: (node, lowering) => ({
      logical: lowering.graph.add("Reshape", [lowering.logical(node.inputs[0]!), lowering.graph.ints(node.type.shape)]),
    }),
    supports: ([x], given) => fits(x!, given),
    samples: [{ inputs: [{ shape }], attributes: { ...attributes } }],
  };
}

export const shapeOps = {
  Reshape: reshaped(
    "x",
    ({ shape }, attributes) => {
      const wanted = attributes.shape as readonly number[];
      const rest = sizeOfShape(shape) / -sizeOfShape(wanted);
      return wanted.map((length) => (length === -1 ? rest : length));
    },
    { shape: [4, -1] },
    [2, 6],
    ({ shape }, attributes) => {
      const wanted = attributes.shape as readonly number[];
      const known = sizeOfShape(wanted.filter((length) => length !== -1));
      return wanted.includes(-1) ? Number.isInteger(sizeOfShape(shape) / known) : known === sizeOfShape(shape);
    },
  ),
  ExpandDims: reshaped(
    "input",
    ({ shape }, attributes) => {
      const dim = attributes.dim as number;
      const at = dim < 0 ? shape.length + dim + 1 : dim;
      return [...shape.slice(0, at), 1, ...shape.slice(at)];
    },
    { dim: 1 },
    [2, 6],
    ({ shape }, { dim }) => (dim as number) >= -(shape.length + 1) && (dim as number) <= shape.length,
  ),
  Transpose: {
    inputs: ["x"],
    type: ([x], { perm }) => ({ dtype: x!.dtype, shape: (perm as number[]).map((axis) => x!.shape[axis]!) }),
    lower: (node, lowering) => ({
      logical: lowering.graph.add("Transpose", [lowering.logical(node.inputs[0]!)], {
        perm: { ints: node.attributes.perm as number[] },
      }),
    }),
    samples: [{ inputs: [{ shape: [2, 3, 4] }], attributes: { perm: [2, 0, 1] } }],
  },
  Slice: {
    inputs: ["x"],
    type: ([x], { begin, size }) => ({ dtype: x!.dtype, shape: sliceOf(x!.shape, begin, size)!.sizes }),
    supports: ([x], { begin, size }) => x!.shape.length > 0 && sliceOf(x!.shape, begin, size) !== undefined,
    lower(node, lowering) {
      const { graph } = lowering;
      const { shape } = node.inputs[0]!.type;
      const { starts, sizes } = sliceOf(shape, node.attributes.begin, node.attributes.size)!;
      // Axes that stay whole are left out: ONNX Runtime makes one split of slices that are cut along one axis.
      const cut = shape.flatMap((length, axis) => (sizes[axis] === length ? [] : [axis]));
      const x = lowering.logical(node.inputs[0]!);
      if (cut.length === 0) return { logical: graph.add("Identity", [x]) };
      const from = cut.map((axis) => starts[axis]!);
      return {
        logical: graph.add("Slice", [
          x,
          graph.ints(from),
          graph.ints(from.map((start, index) => start + sizes[cut[index]!]!)),
          graph.ints(cut),
        ]),
      };
    },
    samples: [{ inputs: [{ shape: [5, 6] }], attributes: { begin: [1, 2], size: [3, -1] } }],
  },
  StridedSlice: {
    inputs: ["x"],
    type: ([x], attributes) => ({ dtype: x!.dtype, shape: stridedSlice(x!.shape, attributes).finalShape }),
    supports: ([x]) => x!.shape.length > 0,
    lower(node, lowering) {
      const { graph } = lowering;
      const x = node.inputs[0]!;
      const { begin, end, strides } = stridedSlice(x.type.shape, node.attributes);
      // An end before the first place is written as far out as can be; −1 would mean the last place.
      const ends = end.map((place, axis) => (strides[axis]! < 0 && place < 0 ? -(2 ** 31) : place));
      const axes = begin.map((_, axis) => axis);
      const cut = graph.add("Slice", [
        lowering.logical(x),
        graph.ints(begin),
        graph.ints(ends),
        graph.ints(axes),
        graph.ints(strides),
      ]);
      return { logical: graph.add("Reshape", [cut, graph.ints(node.type.shape)]) };
    },
    samples: [
      {
        inputs: [{ shape: [5, 6] }],
        attributes: {
          begin: [4, 1],
          end: [0, 6],
          strides: [-2, 2],
          beginMask: 0,
          endMask: 1,
          ellipsisMask: 0,
          newAxisMask: 0,
          shrinkAxisMask: 0,
        },
      },
    ],
  },
  Reverse: {
    inputs: ["x"],
    type: ([x]) => x!,
    supports([x], { dims }) {
      const rank = x!.shape.length;
      return rank > 0 && axesOf(dims, rank).every((axis) => Number.isInteger(axis) && axis >= 0 && axis < rank);
    },
    lower(node, lowering) {
      const { graph } = lowering;
      const axes = axesOf(node.attributes.dims, node.type.shape.length);
      if (axes.length === 0) return { logical: graph.add("Identity", [lowering.logical(node.inputs[0]!)]) };
      const all = (value: number): string => graph.ints(axes.map(() => value));
      return {
        logical: graph.add("Slice", [
          lowering.logical(node.inputs[0]!),
          all(-1),
          all(-(2 ** 31)),
          graph.ints(axes),
          all(-1),
        ]),
      };
    },
    samples: [{ inputs: [{ shape: [3, 4, 5] }], attributes: { dims: [0, 2] } }],
  },
  Concat: {
    inputs: "list",
    type: (inputs, { axis }) => {
      const [along] = axesOf(axis, inputs[0]!.shape.length);
      return {
        dtype: inputs[0]!.dtype,
        shape: inputs[0]!.shape.map((length, at) =>
          at === along ? inputs.reduce((sum, input) => sum + input.shape[at]!, 0) : length,
        ),
      };
    },
    supports(inputs, { axis }) {
      const [{ dtype, shape }] = inputs as [TensorType];
      const [along] = axesOf(axis, shape.length);
      return inputs.every(
        (input) => input.dtype === dtype && sameShape(input.shape.with(along!, 0), shape.with(along!, 0)),
      );
    },
    lower: (node, lowering) => ({
      logical: lowering.graph.add(
        "Concat",
        node.inputs.map((input) => lowering.logical(input)),
        { axis: { int: axesOf(node.attributes.axis, node.type.shape.length)[0]! } },
      ),
    }),
    samples: [{ inputs: [{ shape: [2, 3] }, { shape: [2, 5] }], attributes: { axis: 1 } }],
  },
  Pack: {
    inputs: "list",
    type: (inputs, { axis }) => {
      const { dtype, shape } = inputs[0]!;
      const [at] = axesOf(axis ?? 0, shape.length + 1);
      return { dtype, shape: [...shape.slice(0, at), inputs.length, ...shape.slice(at)] };
    },
    supports: (inputs) =>
      inputs.every(({ dtype, shape }) => dtype === inputs[0]!.dtype && sameShape(shape, inputs[0]!.shape)),
    lower(node, lowering) {
      const { graph } = lowering;
      const [at] = axesOf(node.attributes.axis ?? 0, node.type.shape.length);
      const parts = node.inputs.map((input) => graph.add("Unsqueeze", [lowering.logical(input), graph.ints([at!])]));
      return { logical: graph.add("Concat", parts, { axis: { int: at! } }) };
    },
    samples: [{ inputs: [{ shape: [2, 3] }, { shape: [2, 3] }], attributes: { axis: 1 } }],
  },
  Tile: {
    inputs: ["x"],
    type: ([x], { reps }) => ({
      dtype: x!.dtype,
      shape: x!.shape.map((length, axis) => length * (reps as number[])[axis]!),
    }),
    lower: (node, lowering) => ({
      logical: lowering.graph.add("Tile", [
        lowering.logical(node.inputs[0]!),
        lowering.graph.ints(node.attributes.reps as number[]),
      ]),
    }),
    samples: [{ inputs: [{ shape: [2, 3] }], attributes: { reps: [2, 3] } }],
  },
  PadV2: {
    inputs: ["x"],
    type: ([x], { paddings }) => ({
      dtype: x!.dtype,
      shape: x!.shape.map(
        (length, axis) => length + (paddings as number[][])[axis]![0]! + (paddings as number[][])[axis]![1]!,
      ),
    }),
    supports: ([x]) => x!.dtype === "float32" && x!.shape.length > 0,
    lower(node, lowering) {
      const { graph } = lowering;
      const paddings = node.attributes.paddings as [number, number][];
      const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
      return {
        logical: graph.add("Pad", [
          lowering.logical(node.inputs[0]!),
          graph.ints(pads),
          graph.float(node.attributes.constantValue as number),
        ]),
      };
    },
    samples: [
      {
        inputs: [{ shape: [2, 3] }],
        attributes: {
          paddings: [
            [1, 0],
            [2, 1],
          ],
          constantValue: 0.5,
        },
      },
    ],
  },
  GatherV2: {
    inputs: ["x", "indices"],
    type: ([x, indices], { axis }) => {
      const [at] = axesOf(axis ?? 0, x!.shape.length);
      return { dtype: x!.dtype, shape: [...x!.shape.slice(0, at), ...indices!.shape, ...x!.shape.slice(at! + 1)] };
    },
    supports([x, indices], { axis, batchDims }, [, known]) {
      if ((batchDims !== undefined && batchDims !== 0) || x!.shape.length === 0 || indices!.dtype !== "int32")
        return false;
      const length = x!.shape[axesOf(axis ?? 0, x!.shape.length)[0]!]!;
      return known?.every((index) => index >= 0 && index < length) ?? true;
    },
    lower(node, lowering) {
      const [x, indices] = node.inputs;
      const [at] = axesOf(node.attributes.axis ?? 0, x!.type.shape.length);
      return {
        logical: lowering.graph.add("Gather", [lowering.logical(x!), lowering.logical(indices!)], {
          axis: { int: at! },
        }),
      };
    },
    samples: [{ inputs: [{ shape: [5, 6] }, { shape: [7], draw: "labels" }], attributes: { axis: 0, batchDims: 0 } }],
  },
  OneHot: {
    inputs: ["indices"],
    type: ([indices], { depth, dtype }) => ({
      dtype: ((dtype as Dtype | undefined) ?? "int32") as Dtype,
      shape: [...indices!.shape, depth as number],
    }),
    supports: ([indices], { dtype }) =>
      indices!.dtype === "int32" && (dtype === undefined || dtype === "int32" || dtype === "float32"),
    lower(node, lowering) {
      const { graph } = lowering;
      const depth = node.attributes.depth as number;
      const { onValue = 1, offValue = 0 } = node.attributes as { onValue?: number; offValue?: number };
      const places = graph.constant(
        "int32",
        [depth],
        new Uint8Array(Int32Array.from({ length: depth }, (_, index) => index).buffer),
      );
      const matches = graph.add("Equal", [
        graph.add("Unsqueeze", [lowering.logical(node.inputs[0]!), graph.ints([-1])]),
        places,
      ]);
      const chosen = graph.add("Where", [matches, graph.float(onValue), graph.float(offValue)]);
      return { logical: node.type.dtype === "float32" ? chosen : castTo(lowering, chosen, node.type.dtype) };
    },
    samples: [
      { inputs: [{ shape: [9], draw: "labels" }], attributes: { depth: 4, onValue: 1, offValue: 0, dtype: "float32" } },
    ],
  },
  Fill: {
    inputs: [],
    type: (_inputs, { shape, dtype }) => ({
      dtype: ((dtype as Dtype | undefined) ?? "float32") as Dtype,
      shape: shape as number[],
    }),
    supports: (_inputs, { value, dtype }) =>
      typeof value === "number" && (dtype === undefined || dtype === "float32" || dtype === "int32"),
    lower: (node, lowering) => ({ logical: constantOf(lowering, node.type, node.attributes.value as number) }),
    samples: [{ inputs: [], attributes: { shape: [2, 3], value: 0.5, dtype: "float32" } }],
  },
  ZerosLike: like(0),
  OnesLike: like(1),
} satisfies Record<string, Op>;

/** Where a slice begins and how long it is, by axis; undefined where it does not lie within. */
function sliceOf(
  shape: readonly number[],
  begin: unknown,
  size: unknown,
): { readonly starts: readonly number[]; readonly sizes: readonly number[] } | undefined {
  const [from, wanted] = [begin, size].map((given) =>
    Array.isArray(given) ? (given as number[]) : [given as number],
  ) as [number[], number[]];
  if (from.length > shape.length || wanted.length > shape.length) return undefined;
  const starts = shape.map((_, axis) => from[axis] ?? 0);
  const sizes = shape.map((length, axis) =>
    wanted[axis] === undefined || wanted[axis] === -1 ? length - starts[axis]! : wanted[axis]!,
  );
  return starts.every((start, axis) => start >= 0 && sizes[axis]! >= 0 && start + sizes[axis]! <= shape[axis]!)
    ? { starts, sizes }
    : undefined;
}

type Sparse = Parameters<typeof tf.slice_util.sliceInfo>;
const stridedSlice = (shape: readonly number[], attributes: Attributes): ReturnType<typeof tf.slice_util.sliceInfo> =>
  tf.slice_util.sliceInfo(
    [...shape],
    ...(["begin", "end", "strides", "beginMask", "endMask", "ellipsisMask", "newAxisMask", "shrinkAxisMask"].map(
      (name) => attributes[name],
    ) as Sparse extends [unknown, ...infer Rest] ? Rest : never),
  );
