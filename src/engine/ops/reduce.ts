/** Ops that fold axes away, softmax, and matrix products. */
import { sameShape, sizeOfShape } from "../../util/shape.js";
import type { Lowered, Lowering } from "../lower.js";
import type { Dtype, Node } from "../node.js";
import { blockedSum } from "./affine.js";
import { axesOf, castTo, type Op, reducedShape, type Sample } from "./op.js";

const reductionSamples = (axis: string): readonly Sample[] => [
  { inputs: [{ shape: [5, 6, 7] }], attributes: { [axis]: [1], keepDims: false } },
  { inputs: [{ shape: [5, 6, 7] }], attributes: { [axis]: [0, 2], keepDims: true } },
  // Fewer numbers than threads stay outside, or between.
  { inputs: [{ shape: [2, 60, 7] }], attributes: { [axis]: [1], keepDims: true } },
  { inputs: [{ shape: [30, 3, 50] }], attributes: { [axis]: [0, 2], keepDims: false } },
  { inputs: [{ shape: [64, 9, 9, 8] }], attributes: { [axis]: [0, 1, 2], keepDims: false } },
  { inputs: [{ shape: [130, 257] }], attributes: { [axis]: [0], keepDims: false } },
  { inputs: [{ shape: [130, 257] }], attributes: { [axis]: [0, 1], keepDims: false } },
];

/** @param axis  name of the attribute that holds the axes */
function reduction(op: string, axis: string, options: { wants?: Dtype; result?: Dtype; carriesNan?: true } = {}): Op {
  const resultOf = (dtype: Dtype): Dtype => options.result ?? (dtype === "bool" ? "int32" : dtype);
  return {
    inputs: ["x"],
    type: ([x], attributes) => ({
      dtype: resultOf(x!.dtype),
      shape: reducedShape(x!.shape, axesOf(attributes[axis], x!.shape.length), attributes.keepDims === true),
    }),
    lower(node, lowering) {
      const { graph } = lowering;
      const input = node.inputs[0]!;
      const rank = input.type.shape.length;
      const axes = axesOf(node.attributes[axis], rank);
      const wanted = options.wants ?? (input.type.dtype === "bool" ? "int32" : input.type.dtype);
      const asImage =
        rank === 4 &&
        lowering.layout(input) !== "logical" &&
        [0, 1, 2].every((each) => axes.includes(each)) &&
        axes.length === 3 &&
        node.attributes.keepDims !== true;
      if (asImage && (op === "ReduceSum" || op === "ReduceMean")) {
        const result = blockedSum(lowering, input, op === "ReduceMean");
        if (result) return { logical: result };
      }
      let x = asImage ? lowering.nchw(input) : lowering.logical(input);
      if (input.type.dtype !== wanted) x = castTo(lowering, x, wanted);
      const keepdims = { keepdims: { int: node.attributes.keepDims === true ? 1 : 0 } };
      const fold = (how: string, name: string): string =>
        graph.add(how, [name, graph.ints(asImage ? [0, 2, 3] : axes)], keepdims);
      const shape = asImage ? [0, 3, 1, 2].map((axis) => input.type.shape[axis]!) : input.type.shape;
      const parts = isSum(op) ? inParts(lowering, op, x, shape, asImage ? [0, 2, 3] : axes, node.type.shape) : null;
      // No axes means none to TF.js and all to ONNX.
      let result = parts ?? (axes.length === 0 ? graph.add("Identity", [x]) : fold(op, x));
      // ONNX Runtime's extremes may overlook a NaN; TF.js's never do.
      if (options.carriesNan && wanted === "float32" && axes.length > 0)
        result = graph.add("Where", [fold("ReduceMax", graph.add("IsNaN", [x])), graph.float(Number.NaN), result]);
      if (wanted !== node.type.dtype) result = castTo(lowering, result, node.type.dtype);
      return { logical: result };
    },
    samples: reductionSamples(axis),
  };
}

const isSum = (op: string): op is "ReduceSum" | "ReduceMean" => op === "ReduceSum" || op === "ReduceMean";

/**
 * Sums over axes around one that stays, or over one between two that stay, with the same bits for every number of
 * threads: where fewer numbers stay than there are threads, ONNX Runtime adds in another order than else. So the first
 * are added up in two steps, in the order in which it adds them where there are few threads; the others are turned, so
 * that they lie side by side. Null where the axes lie otherwise.
 */
function inParts(
  { graph }: Lowering,
  op: "ReduceSum" | "ReduceMean",
  x: string,
  shape: readonly number[],
  axes: readonly number[],
  result: readonly number[],
): string | null {
  const runs: { size: number; readonly isFolded: boolean }[] = [];
  for (const [axis, size] of shape.entries()) {
    const isFolded = axes.includes(axis);
    const last = runs[runs.length - 1];
    if (size === 1) continue;
    if (last?.isFolded === isFolded) last.size *= size;
    else runs.push({ size, isFolded });
  }
  if (runs.length !== 3) return null;
  const [a, b, c] = runs.map(({ size }) => size) as [number, number, number];
  const reshaped = (name: string, to: readonly number[]): string => graph.add("Reshape", [name, graph.ints(to)]);
  const sum = (name: string, axis: number): string =>
    graph.add("ReduceSum", [name, graph.ints([axis])], { keepdims: { int: 0 } });
  if (!runs[1]!.isFolded) {
    const total = sum(reshaped(sum(reshaped(x, [a * b, c]), 1), [a, b]), 0);
    return reshaped(op === "ReduceSum" ? total : graph.add("Div", [total, graph.float(a * c)]), result);
  }
  const turned = graph.add("Transpose", [reshaped(x, [a, b, c])], { perm: { ints: [0, 2, 1] } });
  return reshaped(graph.add(op, [reshaped(turned, [a * c, b]), graph.ints([1])], { keepdims: { int: 0 } }), result);
}

/** Whether all, or any, are true. */
function question(op: "ReduceMin" | "ReduceMax"): Op {
  const row = reduction(op, "axis", { wants: "int32", result: "bool" });
  const asked = (sample: Sample): Sample => ({
    ...sample,
    inputs: sample.inputs.map((input) => ({ ...input, draw: "bool" })),
  });
  return { ...row, supports: ([x]) => x!.dtype === "bool", samples: row.samples.map(asked) };
}

function argument(op: string): Op {
  return {
    inputs: ["x"],
    type: ([x], { axis }) => ({ dtype: "int32", shape: reducedShape(x!.shape, axesOf(axis, x!.shape.length), false) }),
    supports: ([x]) => x!.dtype !== "bool" && x!.shape.length > 0,
    lower(node, lowering) {
      const { graph } = lowering;
      const input = node.inputs[0]!;
      const [axis] = axesOf(node.attributes.axis, input.type.shape.length);
      const x = lowering.logical(input);
      const place = (name: string): string =>
        graph.add(op, [name], { axis: { int: axis! }, keepdims: { int: 0 }, select_last_index: { int: 0 } });
      if (input.type.dtype !== "float32") return { logical: castTo(lowering, place(x), "int32") };
      // As in TF.js, a NaN is never chosen over a number, unless it comes first.
      const passed = graph.float(op === "ArgMax" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
      const found = place(graph.add("Where", [graph.add("IsNaN", [x]), passed, x]));
      const first = graph.add("IsNaN", [graph.add("Gather", [x, graph.int(0)], { axis: { int: axis! } })]);
      return { logical: castTo(lowering, graph.add("Where", [first, graph.int(0), found]), "int32") };
    },
    samples: [
      { inputs: [{ shape: [50, 10] }], attributes: { axis: 1 } },
      { inputs: [{ shape: [50, 10], draw: "ties" }], attributes: { axis: 1 } },
      { inputs: [{ shape: [50, 10] }], attributes: { axis: 0 } },
    ],
  };
}

function normalized(op: string, attribute: string): Op {
  return {
    inputs: ["logits"],
    type: ([x]) => ({ dtype: "float32", shape: x!.shape }),
    supports: ([x]) => x!.shape.length > 0,
    lower(node, lowering) {
      const input = node.inputs[0]!;
      const [axis] = axesOf(node.attributes[attribute] ?? -1, input.type.shape.length);
      const x = lowering.logical(input);
      return {
        logical: lowering.graph.add(op, [input.type.dtype === "float32" ? x : castTo(lowering, x, "float32")], {
          axis: { int: axis! },
        }),
      };
    },
    samples: [
      { inputs: [{ shape: [33, 10] }], attributes: { [attribute]: 1 } },
      { inputs: [{ shape: [400, 200] }], attributes: { [attribute]: 1 } },
    ],
  };
}

/** Longest inner dimension at which ONNX Runtime's product is one block, whatever the number of threads. */
const oneBlock = 128;

/**
 * A B, [M, K] × [K, N], with the same bits for every number of threads.
 *
 * ONNX Runtime splits columns among threads where N > M, and the length of its blocks along K depends on how many
 * columns a thread got. It splits rows where M ≥ N, which changes nothing; so a wide product is computed as (Bᵀ Aᵀ)ᵀ.
 */
export function product(
  lowering: Lowering,
  a: string,
  b: string,
  size: {
    readonly m: number;
    readonly k: number;
    readonly n: number;
    readonly transposeA?: boolean;
    readonly transposeB?: boolean;
    readonly rank?: number;
  },
): string {
  const { graph } = lowering;
  const { m, k, n, transposeA = false, transposeB = false, rank = 2 } = size;
  const multiply = (left: string, right: string, turnLeft: boolean, turnRight: boolean): string =>
    turnLeft || turnRight
      ? graph.add("FusedMatMul", [left, right], {
          transA: { int: turnLeft ? 1 : 0 },
          transB: { int: turnRight ? 1 : 0 },
        })
      : graph.add("MatMul", [left, right]);
  if (n <= m || k <= oneBlock) return multiply(a, b, transposeA, transposeB);
  const perm = [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2];
  return graph.add("Transpose", [multiply(b, a, !transposeB, !transposeA)], { perm: { ints: perm } });
}

const BatchMatMul: Op = {
  inputs: ["a", "b"],
  type: ([a, b], { transposeA, transposeB }) => {
    const m = a!.shape[a!.shape.length - (transposeA ? 1 : 2)]!;
    const n = b!.shape[b!.shape.length - (transposeB ? 2 : 1)]!;
    const batchA = a!.shape.slice(0, -2);
    const batchB = b!.shape.slice(0, -2);
    const batch = batchA.length >= batchB.length ? batchA : batchB;
    return {
      dtype: a!.dtype,
      shape: [...batch.map((length, axis) => Math.max(length, batchB[axis - batch.length + batchB.length] ?? 1)), m, n],
    };
  },
  supports([a, b], { transposeA, transposeB }) {
    if (a!.dtype !== "float32" || b!.dtype !== "float32" || a!.shape.length < 2 || b!.shape.length < 2) return false;
    const [batchA, batchB] = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)];
    const inner = a!.shape[a!.shape.length - (transposeA ? 2 : 1)] === b!.shape[b!.shape.length - (transposeB ? 1 : 2)];
    // A batch of one is broadcast by TF.js, of whatever rank; other batches must be the same.
    return (
      inner &&
      (sameShape(batchA, batchB) ||
        (batchA.length === batchB.length && [batchA, batchB].some((batch) => sizeOfShape(batch) === 1)))
    );
  },
  lower(node, lowering): Lowered {
    const [a, b] = node.inputs as [Node, Node];
    const { transposeA, transposeB } = node.attributes as { transposeA: boolean; transposeB: boolean };
    const [m, n] = node.type.shape.slice(-2) as [number, number];
    const k = a.type.shape[a.type.shape.length - (transposeA ? 2 : 1)]!;
    return {
      logical: product(lowering, lowering.logical(a), lowering.logical(b), {
        m,
        k,
        n,
        transposeA,
        transposeB,
        rank: node.type.shape.length,
      }),
    };
  },
  samples: [
    { inputs: [{ shape: [3, 4] }, { shape: [4, 5] }], attributes: { transposeA: false, transposeB: false } },
    { inputs: [{ shape: [16, 300] }, { shape: [300, 64] }], attributes: { transposeA: false, transposeB: false } },
    { inputs: [{ shape: [300, 16] }, { shape: [300, 64] }], attributes: { transposeA: true, transposeB: false } },
    { inputs: [{ shape: [64, 700] }, { shape: [130, 700] }], attributes: { transposeA: false, transposeB: true } },
    {
      inputs: [{ shape: [3, 12, 300] }, { shape: [3, 300, 45] }],
      attributes: { transposeA: false, transposeB: false },
    },
    { inputs: [{ shape: [200, 150] }, { shape: [150, 10] }], attributes: { transposeA: false, transposeB: false } },
  ],
};

const Cumsum: Op = {
  inputs: ["x"],
  type: ([x]) => x!,
  supports: ([x]) => x!.dtype !== "bool" && x!.shape.length > 0,
  lower(node, lowering) {
    const { graph } = lowering;
    const { axis, exclusive, reverse } = node.attributes as { axis: number; exclusive?: boolean; reverse?: boolean };
    const [along] = axesOf(axis, node.type.shape.length);
    const flags = { exclusive: { int: exclusive ? 1 : 0 }, reverse: { int: reverse ? 1 : 0 } };
    return { logical: graph.add("CumSum", [lowering.logical(node.inputs[0]!), graph.int(along!)], flags) };
  },
  samples: [
    { inputs: [{ shape: [4, 5] }], attributes: { axis: 1, exclusive: false, reverse: false } },
    { inputs: [{ shape: [4, 5, 3] }], attributes: { axis: 0, exclusive: true, reverse: true } },
  ],
};

/** sum[s] = Σ x[i] over i with segment i = s, as a product with what marks the segments: the gradient of `gather`. */
const UnsortedSegmentSum: Op = {
  inputs: ["x", "segmentIds"],
  type: ([x], { numSegments }) => ({ dtype: "float32", shape: [numSegments as number, ...x!.shape.slice(1)] }),
  supports: ([x, segments]) =>
    x!.dtype === "float32" &&
    segments!.dtype === "int32" &&
    segments!.shape.length === 1 &&
    segments!.shape[0] === x!.shape[0],
  lower(node, lowering) {
    const { graph } = lowering;
    const [x, segments] = node.inputs as [Node, Node];
    const [count, ...rest] = node.type.shape as [number, ...number[]];
    const rows = x.type.shape[0]!;
    const width = sizeOfShape(rest);
    const numbers = graph.constant(
      "int32",
      [count, 1],
      new Uint8Array(Int32Array.from({ length: count }, (_, index) => index).buffer),
    );
    const marks = castTo(lowering, graph.add("Equal", [numbers, lowering.logical(segments)]), "float32");
    const sum = product(lowering, marks, graph.add("Reshape", [lowering.logical(x), graph.ints([rows, width])]), {
      m: count,
      k: rows,
      n: width,
    });
    return { logical: graph.add("Reshape", [sum, graph.ints(node.type.shape)]) };
  },
  samples: [{ inputs: [{ shape: [300, 4, 3] }, { shape: [300], draw: "labels" }], attributes: { numSegments: 3 } }],
};

export const reductions = {
  Sum: reduction("ReduceSum", "axis"),
  Mean: reduction("ReduceMean", "axis", { wants: "float32", result: "float32" }),
  Max: reduction("ReduceMax", "reductionIndices", { carriesNan: true }),
  Min: reduction("ReduceMin", "axis", { carriesNan: true }),
  All: question("ReduceMin"),
  Any: question("ReduceMax"),
  // Whole numbers that overflow wrap around in TF.js and are clipped here.
  Prod: { ...reduction("ReduceProd", "axis"), supports: ([x]) => x!.dtype === "float32" },
  ArgMax: argument("ArgMax"),
  ArgMin: argument("ArgMin"),
  Softmax: normalized("Softmax", "dim"),
  BatchMatMul,
  Cumsum,
  UnsortedSegmentSum,
} satisfies Record<string, Op>;
