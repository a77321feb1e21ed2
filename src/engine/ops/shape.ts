/** Ops that move numbers and compute none. */
import type { Lowering } from "../lower.js";
import { type Dtype, sizeOf, type TensorType } from "../node.js";
import { axesOf, castTo, type Op } from "./op.js";

const constantOf = (lowering: Lowering, { dtype, shape }: TensorType, value: number): string => {
  const { graph } = lowering;
  const bytes =
    dtype === "float32"
      ? new Uint8Array(Float32Array.of(value).buffer)
      : dtype === "int32"
        ? new Uint8Array(Int32Array.of(value).buffer)
        : Uint8Array.of(value);
  return graph.add("Expand", [graph.constant(dtype, [], bytes), graph.ints(shape)]);
};

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
): Op {
  return {
    inputs: [input],
    type: ([x], given) => ({ dtype: x!.dtype, shape: shapeOf(x!, given) }),
    lower: (node, lowering) => ({ logical: lowering.graph.add("Reshape", [lowering.logical(node.inputs[0]!), lowering.graph.ints(node.type.shape)]) }),
    // ONNX reads a 0 in a shape as "the same as before"; empty tensors are TF.js's.
    supports: ([x]) => sizeOf(x!.shape) > 0,
    samples: [{ inputs: [{ shape }], attributes: { ...attributes } }],
  };
}

export const shapeOps = {
  Reshape: reshaped(
    "x",
    ({ shape }, attributes) => {
      const wanted = attributes["shape"] as readonly number[];
      const rest = sizeOf(shape) / -sizeOf(wanted);
      return wanted.map((length) => (length === -1 ? rest : length));
    },
    { shape: [4, -1] },
    [2, 6],
  ),
  ExpandDims: reshaped(
    "input",
    ({ shape }, attributes) => {
      const dim = attributes["dim"] as number;
      const at = dim < 0 ? shape.length + dim + 1 : dim;
      return [...shape.slice(0, at), 1, ...shape.slice(at)];
    },
    { dim: 1 },
    [2, 6],
  ),
  Transpose: {
    inputs: ["x"],
    type: ([x], { perm }) => ({ dtype: x!.dtype, shape: (perm as number[]).map((axis) => x!.shape[axis]!) }),
    lower: (node, lowering) => ({
      logical: lowering.graph.add("Transpose", [lowering.logical(node.inputs[0]!)], { perm: { ints: node.attributes["perm"] as number[] } }),
    }),
    samples: [{ inputs: [{ shape: [2, 3, 4] }], attributes: { perm: [2, 0, 1] } }],
  },
  Slice: {
    inputs: ["x"],
    type: ([x], { begin, size }) => {
      const starts = startsOf(begin, x!.shape.length);
      const sizes = Array.isArray(size) ? (size as number[]) : [size as number];
      return {
        dtype: x!.dtype,
        shape: x!.shape.map((length, axis) => (sizes[axis] === undefined || sizes[axis] === -1 ? length - starts[axis]! : sizes[axis]!)),
      };
    },
    supports: ([x]) => x!.shape.length > 0,
    lower(node, lowering) {
      const { graph } = lowering;
      const { shape } = node.type;
      const starts = startsOf(node.attributes["begin"], shape.length);
      const ends = shape.map((length, axis) => starts[axis]! + length);
      return {
        logical: graph.add("Slice", [lowering.logical(node.inputs[0]!), graph.ints(starts), graph.ints(ends), graph.ints(shape.map((_, axis) => axis))]),
      };
    },
    samples: [{ inputs: [{ shape: [5, 6] }], attributes: { begin: [1, 2], size: [3, -1] } }],
  },
  Concat: {
    inputs: "list",
    type: (inputs, { axis }) => {
      const [along] = axesOf(axis, inputs[0]!.shape.length);
      return {
        dtype: inputs[0]!.dtype,
        shape: inputs[0]!.shape.map((length, at) => (at === along ? inputs.reduce((sum, input) => sum + input.shape[at]!, 0) : length)),
      };
    },
    lower: (node, lowering) => ({
      logical: lowering.graph.add(
        "Concat",
        node.inputs.map((input) => lowering.logical(input)),
        { axis: { int: axesOf(node.attributes["axis"], node.type.shape.length)[0]! } },
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
    lower(node, lowering) {
      const { graph } = lowering;
      const [at] = axesOf(node.attributes["axis"] ?? 0, node.type.shape.length);
      const parts = node.inputs.map((input) => graph.add("Unsqueeze", [lowering.logical(input), graph.ints([at!])]));
      return { logical: graph.add("Concat", parts, { axis: { int: at! } }) };
    },
    samples: [{ inputs: [{ shape: [2, 3] }, { shape: [2, 3] }], attributes: { axis: 1 } }],
  },
  Tile: {
    inputs: ["x"],
    type: ([x], { reps }) => ({ dtype: x!.dtype, shape: x!.shape.map((length, axis) => length * (reps as number[])[axis]!) }),
    lower: (node, lowering) => ({
      logical: lowering.graph.add("Tile", [lowering.logical(node.inputs[0]!), lowering.graph.ints(node.attributes["reps"] as number[])]),
    }),
    samples: [{ inputs: [{ shape: [2, 3] }], attributes: { reps: [2, 3] } }],
  },
  PadV2: {
    inputs: ["x"],
    type: ([x], { paddings }) => ({
      dtype: x!.dtype,
      shape: x!.shape.map((length, axis) => length + (paddings as number[][])[axis]![0]! + (paddings as number[][])[axis]![1]!),
    }),
    supports: ([x]) => x!.dtype === "float32" && x!.shape.length > 0,
    lower(node, lowering) {
      const { graph } = lowering;
      const paddings = node.attributes["paddings"] as [number, number][];
      const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
      return { logical: graph.add("Pad", [lowering.logical(node.inputs[0]!), graph.ints(pads), graph.float(node.attributes["constantValue"] as number)]) };
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
    supports: ([x, indices], { batchDims }) => (batchDims === undefined || batchDims === 0) && x!.shape.length > 0 && indices!.dtype === "int32",
    lower(node, lowering) {
      const [x, indices] = node.inputs;
      const [at] = axesOf(node.attributes["axis"] ?? 0, x!.type.shape.length);
      return { logical: lowering.graph.add("Gather", [lowering.logical(x!), lowering.logical(indices!)], { axis: { int: at! } }) };
    },
    samples: [{ inputs: [{ shape: [5, 6] }, { shape: [7], draw: "labels" }], attributes: { axis: 0, batchDims: 0 } }],
  },
  OneHot: {
    inputs: ["indices"],
    type: ([indices], { depth, dtype }) => ({ dtype: ((dtype as Dtype | undefined) ?? "int32") as Dtype, shape: [...indices!.shape, depth as number] }),
    supports: ([indices], { dtype }) => indices!.dtype === "int32" && (dtype === undefined || dtype === "int32" || dtype === "float32"),
    lower(node, lowering) {
      const { graph } = lowering;
      const depth = node.attributes["depth"] as number;
      const { onValue = 1, offValue = 0 } = node.attributes as { onValue?: number; offValue?: number };
      const places = graph.constant("int32", [depth], new Uint8Array(Int32Array.from({ length: depth }, (_, index) => index).buffer));
      const hits = graph.add("Equal", [graph.add("Unsqueeze", [lowering.logical(node.inputs[0]!), graph.ints([-1])]), places]);
      const chosen = graph.add("Where", [hits, graph.float(onValue), graph.float(offValue)]);
      return { logical: node.type.dtype === "float32" ? chosen : castTo(lowering, chosen, node.type.dtype) };
    },
    samples: [{ inputs: [{ shape: [9], draw: "labels" }], attributes: { depth: 4, onValue: 1, offValue: 0, dtype: "float32" } }],
  },
  Fill: {
    inputs: [],
    type: (_inputs, { shape, dtype }) => ({ dtype: ((dtype as Dtype | undefined) ?? "float32") as Dtype, shape: shape as number[] }),
    supports: (_inputs, { value, dtype }) => typeof value === "number" && (dtype === undefined || dtype === "float32" || dtype === "int32"),
    lower: (node, lowering) => ({ logical: constantOf(lowering, node.type, node.attributes["value"] as number) }),
    samples: [{ inputs: [], attributes: { shape: [2, 3], value: 0.5, dtype: "float32" } }],
  },
  ZerosLike: like(0),
  OnesLike: like(1),
} satisfies Record<string, Op>;

function startsOf(begin: unknown, rank: number): number[] {
  const given = Array.isArray(begin) ? (begin as number[]) : [begin as number];
  return Array.from({ length: rank }, (_, axis) => given[axis] ?? 0);
}
