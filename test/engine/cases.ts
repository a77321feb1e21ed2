/**
 * Random calls of every kernel that the engine answers: what a call may look like, as fast-check arbitraries.
 *
 * Values hold ties, zeros, NaN and infinities; shapes hold empty axes, single numbers and ranks 0 to 5; whole numbers
 * and truth values where a kernel takes them. A kernel without an entry does not compile.
 */
import { backend_util } from "@tensorflow/tfjs-core";
import fc from "fast-check";
import type { composites } from "../../src/engine/ops/composite.js";
import type { Kernel } from "../../src/engine/ops/ops.js";

export type Dtype = "float32" | "int32" | "bool";
export interface Given {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
export interface Case {
  readonly inputs: readonly Given[];
  readonly attributes?: Readonly<Record<string, unknown>>;
  /**
   * The last input is computed by this kernel from the one before, by TF.js: an output that a gradient kernel wants.
   */
  readonly derive?: string;
}
/** Which numbers a kernel gets. */
export type Draw = "wild" | "finite" | "positive" | "quarters" | "odd quarters";

const size = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);
const rounded = (value: number): number => Math.fround(value);
const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true, noDefaultInfinity: true }).map(rounded);
const finite = fc.oneof(
  { weight: 3, arbitrary: between(-4, 4) },
  { weight: 2, arbitrary: fc.integer({ min: -3, max: 3 }) },
);
const numbers: Readonly<Record<Draw, fc.Arbitrary<number>>> = {
  finite,
  wild: fc.oneof(
    { weight: 12, arbitrary: finite },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0) },
  ),
  positive: between(0.2, 5),
  // Exact in float32, so that quotients which are whole are whole on both sides.
  quarters: fc.integer({ min: -16, max: 16 }).map((value) => value / 4),
  "odd quarters": fc.integer({ min: -8, max: 7 }).map((value) => value / 2 + 0.25),
};

export function given(shape: readonly number[], dtype: Dtype = "float32", draw: Draw = "wild"): fc.Arbitrary<Given> {
  const whole = dtype === "bool" ? fc.integer({ min: 0, max: 1 }) : fc.integer({ min: -5, max: 5 });
  const each = dtype === "float32" ? numbers[draw] : whole;
  return fc.array(each, { minLength: size(shape), maxLength: size(shape) }).map((values) => ({ dtype, shape, values }));
}
const length = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);
const positiveLength = fc.integer({ min: 1, max: 5 });
const shapes = (minRank = 0, maxRank = 5, each: fc.Arbitrary<number> = length): fc.Arbitrary<number[]> =>
  fc.array(each, { minLength: minRank, maxLength: maxRank }).filter((shape) => size(shape) <= 400);
const dtypes = (...list: readonly Dtype[]): fc.Arbitrary<Dtype> => fc.constantFrom(...list);

const unary = (
  draw: Draw = "wild",
  of: readonly Dtype[] = ["float32"],
  attributes: fc.Arbitrary<object> = fc.constant({}),
): fc.Arbitrary<Case> =>
  fc
    .tuple(shapes(), dtypes(...of), attributes)
    .chain(([shape, dtype, given_]) =>
      given(shape, dtype, draw).map((x) => ({ inputs: [x], attributes: { ...given_ } })),
    );

/**
 * Two shapes that broadcast against each other: a common one, of each of which axes are set to 1 and leading ones
 * dropped.
 */
const broadcastable = shapes(0, 5).chain((shape) =>
  fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: shape.length, maxLength: shape.length }).chain((ones) =>
    fc.tuple(
      fc.constant(shape.map((each, axis) => (ones[axis]![0] && !ones[axis]![1] ? 1 : each))),
      fc
        .nat(shape.length)
        .map((drop) => shape.map((each, axis) => (ones[axis]![1] && !ones[axis]![0] ? 1 : each)).slice(drop)),
    ),
  ),
);
const binary = (
  of: readonly Dtype[] = ["float32", "int32"],
  draws: readonly [Draw, Draw] = ["wild", "wild"],
): fc.Arbitrary<Case> =>
  fc
    .tuple(broadcastable, dtypes(...of), fc.boolean())
    .chain(([[left, right], dtype, swap]) =>
      fc
        .tuple(given(swap ? right : left, dtype, draws[0]), given(swap ? left : right, dtype, draws[1]))
        .map((inputs) => ({ inputs })),
    );

const axesOf = (rank: number): fc.Arbitrary<number[]> => fc.subarray(Array.from({ length: rank }, (_, axis) => axis));
const reduction = (
  axis: string,
  of: readonly Dtype[] = ["float32", "int32"],
  draw: Draw = "wild",
): fc.Arbitrary<Case> =>
  shapes().chain((shape) =>
    fc
      .tuple(axesOf(shape.length), fc.boolean(), dtypes(...of))
      .chain(([axes, keepDims, dtype]) =>
        given(shape, dtype, draw).map((x) => ({ inputs: [x], attributes: { [axis]: axes, keepDims } })),
      ),
  );
const alongAxis = (
  name: string,
  draw: Draw = "wild",
  more: fc.Arbitrary<object> = fc.constant({}),
  of: readonly Dtype[] = ["float32"],
): fc.Arbitrary<Case> =>
  shapes(1, 4, positiveLength).chain((shape) =>
    fc
      .tuple(fc.nat(shape.length - 1), more, dtypes(...of))
      .chain(([axis, rest, dtype]) =>
        given(shape, dtype, draw).map((x) => ({ inputs: [x], attributes: { [name]: axis, ...rest } })),
      ),
  );
/** Some of one shape. */
const list = (
  count: fc.Arbitrary<number>,
  attributesOf: (shape: readonly number[]) => fc.Arbitrary<object>,
  minRank = 0,
): fc.Arbitrary<Case> =>
  fc.tuple(shapes(minRank, 4), count, dtypes("float32", "int32")).chain(([shape, many, dtype]) =>
    fc
      .tuple(fc.tuple(...Array.from({ length: many }, () => given(shape, dtype))), attributesOf(shape))
      .map(([inputs, attributes]) => ({
        inputs,
        attributes: { ...attributes },
      })),
  );

const products = fc
  .record({
    batch: shapes(0, 2, fc.integer({ min: 1, max: 3 })),
    m: positiveLength,
    k: fc.oneof(positiveLength, fc.integer({ min: 100, max: 150 })),
    n: positiveLength,
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    one: fc.constantFrom("a", "b", "neither"),
  })
  .map(({ batch, m, k, n, transposeA, transposeB, one }) => ({
    a: [...(one === "a" ? batch.map(() => 1) : batch), ...(transposeA ? [k, m] : [m, k])],
    b: [...(one === "b" ? batch.map(() => 1) : batch), ...(transposeB ? [n, k] : [k, n])],
    attributes: { transposeA, transposeB },
  }));

/** Images, a filter and how it is moved over them. */
const convolutions = (depthwise: boolean, dilated: boolean) =>
  fc
    .record({
      batch: fc.integer({ min: 1, max: 3 }),
      height: fc.integer({ min: 3, max: 9 }),
      width: fc.integer({ min: 3, max: 9 }),
      channels: fc.integer({ min: 1, max: 4 }),
      kernels: fc.integer({ min: 1, max: 4 }),
      filterHeight: fc.integer({ min: 1, max: 3 }),
      filterWidth: fc.integer({ min: 1, max: 3 }),
      stride: fc.integer({ min: 1, max: 2 }),
      dilation: fc.integer({ min: 1, max: 2 }),
      pad: fc.constantFrom("same" as const, "valid" as const, 1),
    })
    .map(({ batch, height, width, channels, kernels, filterHeight, filterWidth, stride, dilation, pad }) => {
      const x: [number, number, number, number] = [batch, height, width, channels];
      const filter: [number, number, number, number] = [filterHeight, filterWidth, channels, kernels];
      const padding = pad === 1 ? ([[0, 0], [1, 1], [1, 1], [0, 0]] as backend_util.ExplicitPadding) : pad; // biome-ignore format: a table
      const dilations: [number, number] = dilated && stride === 1 ? [dilation, dilation] : [1, 1];
      const rounding = pad === 1 ? ("floor" as const) : undefined;
      const { outShape } = backend_util.computeConv2DInfo(
        x,
        filter,
        stride,
        dilations,
        padding,
        rounding,
        depthwise,
        "channelsLast",
      );
      const attributes = {
        strides: [stride, stride],
        pad: padding,
        dataFormat: "NHWC",
        dilations,
        ...(rounding ? { dimRoundingMode: rounding } : {}),
      };
      return { x, filter, out: outShape, attributes };
    })
    .filter(({ out }) => size(out) > 0);

const pools = fc
  .record({
    batch: fc.integer({ min: 1, max: 3 }),
    height: fc.integer({ min: 3, max: 9 }),
    width: fc.integer({ min: 3, max: 9 }),
    channels: fc.integer({ min: 1, max: 3 }),
    window: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    pad: fc.constantFrom("same" as const, "valid" as const),
  })
  .map(({ batch, height, width, channels, window, stride, pad }) => {
    const x: [number, number, number, number] = [batch, height, width, channels];
    const { outShape } = backend_util.computePool2DInfo(x, [window, window], [stride, stride], 1, pad);
    return { x, out: outShape, attributes: { filterSize: [window, window], strides: [stride, stride], pad } };
  });

const slices = (shape: readonly number[]): fc.Arbitrary<{ begin: number[]; size: number[] }> =>
  fc
    .tuple(
      ...shape.map((all) =>
        fc.tuple(fc.nat(Math.max(0, all - 1)), fc.double({ min: 0, max: 1, noNaN: true }), fc.boolean()),
      ),
    )
    .map((axes) => ({
      begin: axes.map(([start]) => start),
      size: axes.map(([start, part, rest], axis) => (rest ? -1 : Math.ceil((shape[axis]! - start) * part))),
    }));
const labels = (shape: readonly number[], count: number): fc.Arbitrary<Given> =>
  fc
    .array(fc.nat(count - 1), { minLength: size(shape), maxLength: size(shape) })
    .map((values) => ({ dtype: "int32", shape, values }));

export const cases: { readonly [K in Kernel | keyof typeof composites]: fc.Arbitrary<Case> } = {
  Abs: unary("wild", ["float32", "int32"]),
  Neg: unary("wild", ["float32", "int32"]),
  Sign: unary("wild", ["float32", "int32"]),
  Relu: unary("wild", ["float32", "int32"]),
  Relu6: unary("wild", ["float32", "int32"]),
  Square: unary("wild", ["float32", "int32"]),
  Floor: unary("wild", ["float32", "int32"]),
  Ceil: unary("wild", ["float32", "int32"]),
  Round: unary("wild", ["float32", "int32"]),
  Sqrt: unary(),
  Rsqrt: unary(),
  Reciprocal: unary(),
  Exp: unary("wild", ["float32", "int32"]),
  Expm1: unary(),
  Log: unary(),
  Log1p: unary(),
  Sin: unary(),
  Cos: unary(),
  Asin: unary(),
  Acos: unary(),
  Atan: unary(),
  Sinh: unary(),
  Cosh: unary(),
  Asinh: unary(),
  Acosh: unary(),
  Atanh: unary(),
  Erf: unary("finite"),
  Sigmoid: unary(),
  Tanh: unary(),
  Elu: unary(),
  Selu: unary(),
  Softplus: unary(),
  LeakyRelu: unary("wild", ["float32", "int32"], fc.record({ alpha: between(0.01, 0.5) })),
  Step: unary("wild", ["float32"], fc.record({ alpha: between(0, 1) })),
  ClipByValue: unary("wild", ["float32"], fc.record({ clipValueMin: between(-3, 0), clipValueMax: between(0, 3) })),
  IsNan: unary(),
  IsInf: unary(),
  IsFinite: unary(),
  LogicalNot: unary("wild", ["bool"]),
  Add: binary(),
  Sub: binary(),
  Multiply: binary(),
  RealDiv: binary(["float32"]),
  Maximum: binary(),
  Minimum: binary(),
  Pow: binary(["float32"], ["positive", "finite"]),
  Mod: binary(["float32"], ["quarters", "odd quarters"]),
  FloorDiv: binary(["float32"], ["quarters", "odd quarters"]),
  Prelu: fc
    .tuple(broadcastable)
    .chain(([[left, right]]) => fc.tuple(given(left), given(right)).map((inputs) => ({ inputs }))),
  SquaredDifference: binary(),
  Equal: binary(["float32", "int32", "bool"]),
  NotEqual: binary(["float32", "int32", "bool"]),
  Less: binary(),
  LessEqual: binary(),
  Greater: binary(),
  GreaterEqual: binary(),
  LogicalAnd: binary(["bool"]),
  LogicalOr: binary(["bool"]),
  EluGrad: shapes().chain((shape) =>
    fc.tuple(given(shape, "float32", "finite"), given(shape, "float32", "finite")).map((inputs) => ({ inputs })),
  ),
  Select: fc
    .tuple(shapes(), dtypes("float32", "int32"))
    .chain(([shape, dtype]) =>
      fc.tuple(given(shape, "bool"), given(shape, dtype), given(shape, dtype)).map((inputs) => ({ inputs })),
    ),
  Cast: unary("wild", ["float32", "int32", "bool"], fc.record({ dtype: dtypes("float32", "int32", "bool") })),
  AddN: list(fc.integer({ min: 1, max: 4 }), () => fc.constant({})),
  Sum: reduction("axis", ["float32", "int32", "bool"]),
  Mean: reduction("axis", ["float32"]),
  Max: reduction("reductionIndices"),
  Min: reduction("axis"),
  Prod: reduction("axis", ["float32", "int32"], "finite"),
  All: reduction("axis", ["bool"]),
  Any: reduction("axis", ["bool"]),
  ArgMax: alongAxis("axis", "wild", fc.constant({}), ["float32", "int32"]),
  ArgMin: alongAxis("axis", "wild", fc.constant({}), ["float32", "int32"]),
  Softmax: shapes(1, 4, positiveLength).chain((shape) =>
    given(shape, "float32", "finite").map((x) => ({ inputs: [x], attributes: { dim: shape.length - 1 } })),
  ),
  Cumsum: alongAxis("axis", "finite", fc.record({ exclusive: fc.boolean(), reverse: fc.boolean() }), [
    "float32",
    "int32",
  ]),
  UnsortedSegmentSum: fc
    .tuple(positiveLength, shapes(0, 2, positiveLength), fc.integer({ min: 1, max: 4 }))
    .chain(([rows, rest, count]) =>
      fc
        .tuple(given([rows, ...rest], "float32", "finite"), labels([rows], count))
        .map((inputs) => ({ inputs, attributes: { numSegments: count } })),
    ),
  BatchMatMul: products.chain(({ a, b, attributes }) =>
    fc.tuple(given(a, "float32", "finite"), given(b, "float32", "finite")).map((inputs) => ({ inputs, attributes })),
  ),
  Reshape: unary("wild", ["float32", "int32", "bool"]).map(({ inputs }) => {
    const { shape } = inputs[0]!;
    const filled = shape.length > 1 ? [-1, shape[shape.length - 1]] : [1, size(shape)];
    return { inputs, attributes: { shape: size(shape) === 0 ? [...shape, 1] : filled } };
  }),
  ExpandDims: shapes().chain((shape) =>
    fc
      .tuple(given(shape), fc.integer({ min: -(shape.length + 1), max: shape.length }))
      .map(([x, dim]) => ({ inputs: [x], attributes: { dim } })),
  ),
  Transpose: shapes().chain((shape) =>
    fc
      .tuple(given(shape), fc.shuffledSubarray(shape.map((_, axis) => axis), { minLength: shape.length })) // biome-ignore format: one line
      .map(([x, perm]) => ({ inputs: [x], attributes: { perm } })),
  ),
  Slice: shapes(1).chain((shape) =>
    fc.tuple(given(shape), slices(shape)).map(([x, attributes]) => ({ inputs: [x], attributes })),
  ),
  StridedSlice: shapes(1, 4, positiveLength).chain((shape) => {
    /** Any places at all, which often lie the wrong way round, or a stretch that is not empty. */
    const anywhere = (all: number) =>
      fc.tuple(fc.integer({ min: -all, max: all }), fc.integer({ min: -all, max: all }), fc.constantFrom(-2, -1, 1, 2));
    const stretch = (all: number) =>
      fc
        .tuple(fc.nat(all - 1), fc.nat(all - 1), fc.constantFrom(-2, -1, 1, 2))
        .map(([a, b, stride]): [number, number, number] =>
          stride > 0
            ? [Math.min(a, b), Math.max(a, b) + 1, stride]
            : [Math.max(a, b), Math.min(a, b) === 0 ? -(all + 1) : Math.min(a, b) - 1, stride],
        );
    const axis = (all: number) =>
      fc.oneof({ weight: 1, arbitrary: anywhere(all) }, { weight: 9, arbitrary: stretch(all) });
    const masks = fc.nat(2 ** shape.length - 1);
    return fc.tuple(given(shape), fc.tuple(...shape.map(axis)), masks, masks).map(([x, axes, beginMask, endMask]) => ({
      inputs: [x],
      attributes: {
        begin: axes.map(([begin]) => begin),
        end: axes.map(([, end]) => end),
        strides: axes.map(([, , stride]) => stride),
        ...{ beginMask, endMask, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 },
      },
    }));
  }),
  Reverse: shapes().chain((shape) =>
    fc.tuple(given(shape), axesOf(shape.length)).map(([x, dims]) => ({ inputs: [x], attributes: { dims } })),
  ),
  Concat: list(fc.integer({ min: 1, max: 4 }), (shape) => fc.nat(shape.length - 1).map((axis) => ({ axis })), 1),
  Pack: list(fc.integer({ min: 1, max: 4 }), (shape) => fc.nat(shape.length).map((axis) => ({ axis }))),
  Tile: shapes(1, 4).chain((shape) =>
    fc
      .tuple(given(shape), fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 3 }))))
      .map(([x, reps]) => ({ inputs: [x], attributes: { reps } })),
  ),
  PadV2: shapes(1, 4).chain((shape) =>
    fc
      .tuple(given(shape), fc.tuple(...shape.map(() => fc.tuple(fc.nat(2), fc.nat(2)))), between(-1, 1))
      .map(([x, paddings, constantValue]) => ({ inputs: [x], attributes: { paddings, constantValue } })),
  ),
  GatherV2: fc
    .tuple(shapes(1, 3, positiveLength), shapes(0, 2, positiveLength))
    .chain(([shape, rows]) =>
      fc
        .nat(shape.length - 1)
        .chain((axis) =>
          fc
            .tuple(given(shape), labels(rows, shape[axis]!))
            .map((inputs) => ({ inputs, attributes: { axis, batchDims: 0 } })),
        ),
    ),
  OneHot: fc
    .tuple(shapes(0, 3), fc.integer({ min: 1, max: 6 }), dtypes("float32", "int32"))
    .chain(([shape, depth, dtype]) =>
      given(shape, "int32").map((indices) => ({
        inputs: [indices],
        attributes: { depth, dtype, onValue: dtype === "int32" ? 3 : 0.5, offValue: 0 },
      })),
    ),
  Fill: fc
    .record({ shape: shapes(), value: fc.integer({ min: -3, max: 3 }), dtype: dtypes("float32", "int32") })
    .map((attributes) => ({ inputs: [], attributes })),
  ZerosLike: unary("wild", ["float32", "int32", "bool"]),
  OnesLike: unary("wild", ["float32", "int32", "bool"]),
  Conv2D: convolutions(false, true).chain(({ x, filter, attributes }) =>
    fc
      .tuple(given(x, "float32", "finite"), given(filter, "float32", "finite"))
      .map((inputs) => ({ inputs, attributes })),
  ),
  Conv2DBackpropInput: convolutions(false, false).chain(({ x, filter, out, attributes }) =>
    fc
      .tuple(given(out, "float32", "finite"), given(filter, "float32", "finite"))
      .map((inputs) => ({ inputs, attributes: { ...attributes, inputShape: x } })),
  ),
  Conv2DBackpropFilter: convolutions(false, false).chain(({ x, filter, out, attributes }) =>
    fc
      .tuple(given(x, "float32", "finite"), given(out, "float32", "finite"))
      .map((inputs) => ({ inputs, attributes: { ...attributes, filterShape: filter } })),
  ),
  DepthwiseConv2dNative: convolutions(true, true).chain(({ x, filter, attributes }) =>
    fc
      .tuple(given(x, "float32", "finite"), given(filter, "float32", "finite"))
      .map((inputs) => ({ inputs, attributes })),
  ),
  DepthwiseConv2dNativeBackpropInput: convolutions(true, false).chain(({ x, filter, out, attributes }) =>
    fc
      .tuple(given(out, "float32", "finite"), given(filter, "float32", "finite"))
      .map((inputs) => ({ inputs, attributes: { ...attributes, inputShape: x } })),
  ),
  DepthwiseConv2dNativeBackpropFilter: convolutions(true, false).chain(({ x, filter, out, attributes }) =>
    fc
      .tuple(given(x, "float32", "finite"), given(out, "float32", "finite"))
      .map((inputs) => ({ inputs, attributes: { ...attributes, filterShape: filter } })),
  ),
  MaxPool: pools.chain(({ x, attributes }) =>
    given(x, "float32", "finite").map((image) => ({ inputs: [image], attributes })),
  ),
  AvgPool: pools.chain(({ x, attributes }) =>
    given(x, "float32", "finite").map((image) => ({ inputs: [image], attributes })),
  ),
  MaxPoolGrad: pools.chain(({ x, out, attributes }) =>
    fc
      .tuple(given(out, "float32", "finite"), given(x, "float32", "finite"))
      .map(([dy, image]) => ({ inputs: [dy, image, dy], attributes, derive: "MaxPool" })),
  ),
  AvgPoolGrad: pools.chain(({ x, out, attributes }) =>
    fc.tuple(given(out, "float32", "finite"), given(x, "float32", "finite")).map((inputs) => ({ inputs, attributes })),
  ),
  _FusedMatMul: products
    .filter(({ a, b }) => a.length === 2 && b.length === 2)
    .chain(({ a, b, attributes }) => {
      const n = attributes.transposeB ? b[0]! : b[1]!;
      return fc
        .tuple(
          given(a, "float32", "finite"),
          given(b, "float32", "finite"),
          given([n], "float32", "finite"),
          fc.constantFrom("linear", "relu", "relu6", "elu", "sigmoid"),
        )
        .map(([left, right, bias, activation]) => ({
          inputs: [left, right, bias],
          attributes: { ...attributes, activation },
        }));
    }),
  FusedConv2D: convolutions(false, true).chain(({ x, filter, attributes }) =>
    fc
      .tuple(
        given(x, "float32", "finite"),
        given(filter, "float32", "finite"),
        given([filter[3]], "float32", "finite"),
        fc.constantFrom("linear", "relu", "elu"),
      )
      .map(([image, weights, bias, activation]) => ({
        inputs: [image, weights, bias],
        attributes: { ...attributes, activation },
      })),
  ),
  FusedDepthwiseConv2D: convolutions(true, false).chain(({ x, filter, attributes }) =>
    fc
      .tuple(
        given(x, "float32", "finite"),
        given(filter, "float32", "finite"),
        given([filter[2] * filter[3]], "float32", "finite"),
      )
      .map(([image, weights, bias]) => ({
        inputs: [image, weights, bias],
        attributes: { ...attributes, activation: "relu" },
      })),
  ),
  FusedBatchNorm: fc
    .tuple(shapes(0, 3, positiveLength), positiveLength)
    .chain(([rest, channels]) =>
      fc
        .tuple(
          given([...rest, channels], "float32", "finite"),
          given([channels], "float32", "finite"),
          given([channels], "float32", "positive"),
          given([channels], "float32", "finite"),
          given([channels], "float32", "finite"),
        )
        .map((inputs) => ({ inputs, attributes: { varianceEpsilon: 0.01 } })),
    ),
  Unpack: alongAxis("axis", "wild", fc.constant({}), ["float32", "int32"]),
  SplitV: shapes(1, 4, positiveLength).chain((shape) =>
    fc
      .nat(shape.length - 1)
      .chain((axis) =>
        fc
          .tuple(given(shape), fc.nat(shape[axis]!))
          .map(([x, first]) => ({ inputs: [x], attributes: { numOrSizeSplits: [first, shape[axis]! - first], axis } })),
      ),
  ),
};
