/** Ops that work number by number, with broadcasting. They compute in whatever layout their inputs have. */
import { sameShape } from "../../util/shape.js";
import { tf } from "../../util/tfjs.js";
import type { Lowering } from "../lower.js";
import type { Attributes, Dtype } from "../node.js";
import { broadcastShape, castTo, type Op, type Sample, type SampleInput } from "./op.js";

type Draw = SampleInput["draw"];
const some = (draw: Draw): readonly Sample[] =>
  [[], [7], [3, 4, 5, 2], [70, 500]].map((shape) => ({ inputs: [{ shape, ...(draw ? { draw } : {}) }] }));

/** @param write  from input name to output name */
function unary(
  write: (lowering: Lowering, x: string, attributes: Attributes, dtype: Dtype) => string,
  options: { result?: Dtype; draw?: Draw; attributes?: object } = {},
): Op {
  return {
    inputs: ["x"],
    type: ([x]) => ({ dtype: options.result ?? (x!.dtype === "bool" ? "int32" : x!.dtype), shape: x!.shape }),
    supports: ([x]) => x!.dtype !== "bool" || options.draw === "bool",
    lower(node, lowering) {
      return lowering.elementwise(node, ([x]) => write(lowering, x!, node.attributes, node.inputs[0]!.type.dtype));
    },
    samples: some(options.draw).map((sample) => ({
      ...sample,
      ...(options.attributes ? { attributes: { ...options.attributes } } : {}),
    })),
  };
}
const plain =
  (op: string) =>
  (lowering: Lowering, x: string): string =>
    lowering.graph.add(op, [x]);
/** Kernels whose input TF.js may leave int32 although the result is float32. */
function floating(
  write: (lowering: Lowering, x: string, attributes: Attributes) => string,
  draw?: Draw,
  attributes?: object,
): Op {
  return unary(
    (lowering, x, given, dtype) => write(lowering, dtype === "float32" ? x : castTo(lowering, x, "float32"), given),
    {
      result: "float32",
      ...(draw ? { draw } : {}),
      ...(attributes ? { attributes } : {}),
    },
  );
}

/** `Log` gives other bits for other numbers of threads; the logarithm of a sum over an axis of length 1 does not. */
const logarithm = ({ graph }: Lowering, x: string): string =>
  graph.add("ReduceLogSum", [graph.add("Unsqueeze", [x, graph.ints([-1])]), graph.ints([-1])], {
    keepdims: { int: 0 },
  });

function binary(op: string, options: { result?: Dtype; draw?: Draw; wants?: Dtype; not?: true } = {}): Op {
  const draw = options.draw ? { draw: options.draw } : {};
  return {
    inputs: ["a", "b"],
    type: ([a, b]) => ({
      dtype: options.result ?? (a!.dtype === "bool" ? "int32" : a!.dtype),
      shape: broadcastShape(a!.shape, b!.shape),
    }),
    lower(node, lowering) {
      const wanted =
        options.wants ??
        (node.inputs[0]!.type.dtype === "bool" && op !== "Equal" ? "int32" : node.inputs[0]!.type.dtype);
      return lowering.elementwise(node, (inputs) => {
        const cast = inputs.map((name, index) =>
          node.inputs[index]!.type.dtype === wanted ? name : castTo(lowering, name, wanted),
        );
        const result = lowering.graph.add(op, cast);
        return options.not ? lowering.graph.add("Not", [result]) : result;
      });
    },
    samples: [
      {
        inputs: [
          { shape: [], ...draw },
          { shape: [], ...draw },
        ],
      },
      {
        inputs: [
          { shape: [3, 4, 5, 2], ...draw },
          { shape: [2], ...draw },
        ],
      },
      {
        inputs: [
          { shape: [3, 1], ...draw },
          { shape: [4], ...draw },
        ],
      },
      {
        inputs: [
          { shape: [90, 400], ...draw },
          { shape: [90, 400], ...draw },
        ],
      },
    ],
  };
}

/** 0 where not, 1 where so, as floats. */
const indicator = (lowering: Lowering, how: "Greater" | "Less", x: string, bound: string): string =>
  castTo(lowering, lowering.graph.add(how, [x, bound]), "float32");
const numberLike = ({ graph }: Lowering, dtype: Dtype, value: number): string =>
  dtype === "int32" ? graph.int32(value) : graph.float(value);
/** x where it is a number, else NaN, put over a result that lost it. */
const keepingNan = ({ graph }: Lowering, x: string, result: string): string =>
  graph.add("Where", [graph.add("IsNaN", [x]), x, result]);
const question = (write: (lowering: Lowering, x: string) => string): Op => ({
  ...unary(write, { result: "bool" }),
  supports: ([x]) => x!.dtype === "float32",
});
/** Whole numbers stay as they are. */
const rounding = (op: string): Op =>
  unary(({ graph }, x, _attributes, dtype) => (dtype === "float32" ? graph.add(op, [x]) : graph.add("Identity", [x])));
/** eˣ − 1 = 2 tanh(x/2) / (1 − tanh(x/2)), which keeps its digits near 0. */
function exponentialMinusOne({ graph }: Lowering, x: string): string {
  const tanh = graph.add("Tanh", [graph.add("Mul", [x, graph.float(0.5)])]);
  const near = graph.add("Div", [graph.add("Add", [tanh, tanh]), graph.add("Sub", [graph.float(1), tanh])]);
  const far = graph.add("Sub", [graph.add("Exp", [x]), graph.float(1)]);
  return graph.add("Where", [graph.add("Less", [graph.add("Abs", [x]), graph.float(1)]), near, far]);
}
/**
 * log(1 + x) = log(u) x / (u − 1) with u = 1 + x as it is rounded, and x itself where u is 1: the digits of a small x
 * are kept.
 */
function logarithmOfOnePlus(lowering: Lowering, x: string): string {
  const { graph } = lowering;
  const sum = graph.add("Add", [x, graph.float(1)]);
  const rest = graph.add("Sub", [sum, graph.float(1)]);
  const plain = logarithm(lowering, sum);
  const small = graph.add("Less", [graph.add("Abs", [x]), graph.float(0.5)]);
  const exact = graph.add("Where", [
    graph.add("Equal", [rest, graph.float(0)]),
    x,
    graph.add("Div", [graph.add("Mul", [plain, x]), rest]),
  ]);
  return graph.add("Where", [small, exact, plain]);
}
/**
 * x where x ≥ 0, else α (eˣ − 1), times a scale; ONNX's own `Elu` and `Selu` give other bits for other numbers of
 * threads.
 */
const exponentialUnit =
  (alpha: number, scale: number) =>
  ({ graph }: Lowering, x: string): string => {
    const below = graph.add("Sub", [graph.add("Exp", [x]), graph.float(1)]);
    const bent = graph.add("Where", [
      graph.add("Less", [x, graph.float(0)]),
      alpha === 1 ? below : graph.add("Mul", [below, graph.float(alpha)]),
      x,
    ]);
    return scale === 1 ? bent : graph.add("Mul", [bent, graph.float(scale)]);
  };
/** Towards 0. NaN and what is out of range become 0; the processor would make them the smallest number there is. */
function wholeNumbers(lowering: Lowering, x: string): string {
  const { graph } = lowering;
  const fits = graph.add("Less", [graph.add("Abs", [x]), graph.float(2 ** 31)]);
  return castTo(lowering, graph.add("Where", [fits, x, graph.float(0)]), "int32");
}
const clip = ({ graph }: Lowering, x: string, low: string, high: string): string => graph.add("Clip", [x, low, high]);

/**
 * The gradient of ReLU is dy · step(x). Where that is all that becomes of a step, it is made without one: dy times 0
 * where x ≤ 0, else times 1. (`Where` would take the time of four passes, on one thread.)
 *
 * The step itself, and the cast of it that TF.js puts between, are then read by nobody; they get the product's name.
 */
function slopeOf(step: Op): Op {
  return {
    ...step,
    lower(node, lowering) {
      const x = node.inputs[0]!;
      let [product, factor] = [lowering.onlyReader(node), node];
      if (product?.kernel === "Cast" && product.type.dtype === "float32")
        [product, factor] = [lowering.onlyReader(product), product];
      const dy = product?.kernel === "Multiply" && product.inputs[1] === factor ? product.inputs[0]! : undefined;
      const fits =
        dy !== undefined &&
        x.type.dtype === "float32" &&
        (node.attributes.alpha ?? 0) === 0 &&
        sameShape(dy.type.shape, x.type.shape) &&
        sameShape(product!.type.shape, x.type.shape) &&
        lowering.has(dy);
      if (!fits) return step.lower(node, lowering);
      const { graph } = lowering;
      const value = lowering.elementwise({ type: product!.type, inputs: [x, dy] }, ([x, dy]) => {
        const passes = graph.add("Not", [graph.add("LessOrEqual", [x!, graph.float(0)])]);
        return graph.add("Mul", [dy!, castTo(lowering, passes, "float32")]);
      });
      lowering.set(product!, { ...value });
      return value;
    },
  };
}

export const elementwise = {
  Abs: unary(plain("Abs")),
  Neg: unary(plain("Neg")),
  /** −1, 0 or 1; 0 for NaN. */
  Sign: unary((lowering, x, _attributes, dtype) =>
    dtype === "float32"
      ? lowering.graph.add("Sub", [
          indicator(lowering, "Greater", x, lowering.graph.float(0)),
          indicator(lowering, "Less", x, lowering.graph.float(0)),
        ])
      : lowering.graph.add("Sign", [x]),
  ),
  Relu: unary(plain("Relu")),
  Relu6: unary((lowering, x, _attributes, dtype) =>
    clip(lowering, x, numberLike(lowering, dtype, 0), numberLike(lowering, dtype, 6)),
  ),
  Square: unary(({ graph }, x) => graph.add("Mul", [x, x])),
  Floor: rounding("Floor"),
  Ceil: rounding("Ceil"),
  Round: rounding("Round"),
  Sqrt: floating(plain("Sqrt"), "positive"),
  Rsqrt: floating(({ graph }, x) => graph.add("Reciprocal", [graph.add("Sqrt", [x])]), "positive"),
  Reciprocal: floating(plain("Reciprocal"), "nonzero"),
  /** Of whole numbers in double precision, as TF.js does. */
  Exp: unary(
    (lowering, x, _attributes, dtype) => {
      const { graph } = lowering;
      return dtype === "float32"
        ? graph.add("Exp", [x])
        : castTo(lowering, graph.add("Exp", [castTo(lowering, x, "float64")]), "float32");
    },
    { result: "float32" },
  ),
  Expm1: floating(exponentialMinusOne),
  Log: floating(logarithm, "positive"),
  Log1p: floating(logarithmOfOnePlus, "positive"),
  Sin: floating(plain("Sin")),
  Cos: floating(plain("Cos")),
  Asin: floating(plain("Asin"), "unit"),
  Acos: floating(plain("Acos"), "unit"),
  Atan: floating(plain("Atan")),
  Sinh: floating(plain("Sinh")),
  Cosh: floating(plain("Cosh")),
  Asinh: floating(plain("Asinh")),
  Acosh: floating(plain("Acosh"), "above one"),
  Atanh: floating(plain("Atanh"), "unit"),
  Erf: floating(plain("Erf")),
  Sigmoid: floating(plain("Sigmoid")),
  Tanh: floating(plain("Tanh")),
  Elu: floating(exponentialUnit(1, 1)),
  Selu: floating(
    exponentialUnit(tf.backend_util.SELU_SCALEALPHA / tf.backend_util.SELU_SCALE, tf.backend_util.SELU_SCALE),
  ),
  /** max(x, 0) + log(1 + e^−|x|) */
  Softplus: floating((lowering, x) => {
    const { graph } = lowering;
    const small = graph.add("Exp", [graph.add("Neg", [graph.add("Abs", [x])])]);
    return graph.add("Add", [graph.add("Relu", [x]), logarithm(lowering, graph.add("Add", [small, graph.float(1)]))]);
  }),
  LeakyRelu: floating(
    ({ graph }, x, attributes) => graph.add("LeakyRelu", [x], { alpha: { float: attributes.alpha as number } }),
    "normal",
    {
      alpha: 0.01,
    },
  ),
  /** 1 where x > 0, else alpha; NaN for NaN. */
  Step: slopeOf({
    ...unary(
      (lowering, x, attributes, dtype) => {
        const { graph } = lowering;
        const alpha = (attributes.alpha as number | undefined) ?? 0;
        const positive = graph.add("Greater", [x, numberLike(lowering, dtype, 0)]);
        const step = graph.add("Where", [positive, numberLike(lowering, dtype, 1), numberLike(lowering, dtype, alpha)]);
        return dtype === "float32" ? keepingNan(lowering, x, step) : step;
      },
      { attributes: { alpha: 0 } },
    ),
    supports: ([x], { alpha = 0 }) => x!.dtype === "float32" || (x!.dtype === "int32" && Number.isInteger(alpha)),
  }),
  ClipByValue: {
    ...unary(
      (lowering, x, attributes, dtype) =>
        clip(
          lowering,
          x,
          numberLike(lowering, dtype, attributes.clipValueMin as number),
          numberLike(lowering, dtype, attributes.clipValueMax as number),
        ),
      { attributes: { clipValueMin: -0.5, clipValueMax: 0.5 } },
    ),
    supports: ([x], { clipValueMin, clipValueMax }) =>
      x!.dtype === "float32" ||
      (x!.dtype === "int32" && Number.isInteger(clipValueMin) && Number.isInteger(clipValueMax)),
  },
  LogicalNot: unary(plain("Not"), { result: "bool", draw: "bool" }),
  IsNan: question(({ graph }, x) => graph.add("IsNaN", [x])),
  IsInf: question(({ graph }, x) => graph.add("IsInf", [x])),
  IsFinite: question(({ graph }, x) =>
    graph.add("Less", [graph.add("Abs", [x]), graph.float(Number.POSITIVE_INFINITY)]),
  ),
  Add: binary("Add"),
  Sub: binary("Sub"),
  Multiply: binary("Mul"),
  RealDiv: binary("Div", { draw: "nonzero", wants: "float32", result: "float32" }),
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  Pow: {
    ...binary("Pow", { draw: "positive" }),
    supports: ([a, b]) => a!.dtype === "float32" && b!.dtype === "float32",
  },
  /** a − ⌊a / b⌋ b: the sign of b. */
  Mod: {
    ...binary("Mod", { draw: "nonzero" }),
    supports: ([a, b]) => a!.dtype === "float32" && b!.dtype === "float32",
    lower(node, lowering) {
      const { graph } = lowering;
      return lowering.elementwise(node, (inputs) => {
        const [a, b] = inputs as [string, string];
        const rest = (x: string): string => graph.add("Mod", [x, b], { fmod: { int: 1 } });
        const negative = (x: string): string => graph.add("Less", [x, graph.float(0)]);
        const first = rest(a);
        const same = graph.add("Equal", [negative(a), negative(b)]);
        return graph.add("Where", [same, first, rest(graph.add("Add", [first, b]))]);
      });
    },
  },
  FloorDiv: {
    ...binary("Div", { draw: "nonzero", result: "int32" }),
    supports: ([a, b]) => a!.dtype === "float32" && b!.dtype === "float32",
    lower(node, lowering) {
      const { graph } = lowering;
      return lowering.elementwise(node, (inputs) =>
        wholeNumbers(lowering, graph.add("Floor", [graph.add("Div", inputs)])),
      );
    },
  },
  /** x where x ≥ 0, else alpha x. */
  Prelu: {
    ...binary("PRelu"),
    inputs: ["x", "alpha"],
    supports: ([x, alpha]) => x!.dtype === "float32" && alpha!.dtype === "float32",
    lower(node, lowering) {
      const { graph } = lowering;
      return lowering.elementwise(node, (inputs) => {
        const [x, alpha] = inputs as [string, string];
        return graph.add("Where", [graph.add("Less", [x, graph.float(0)]), graph.add("Mul", [alpha, x]), x]);
      });
    },
  },
  SquaredDifference: ((): Op => {
    const op = binary("Sub");
    return {
      ...op,
      lower(node, lowering) {
        return lowering.elementwise(node, (inputs) => {
          const difference = lowering.graph.add("Sub", inputs);
          return lowering.graph.add("Mul", [difference, difference]);
        });
      },
    };
  })(),
  Equal: binary("Equal", { result: "bool", draw: "labels" }),
  NotEqual: binary("Equal", { result: "bool", draw: "labels", not: true }),
  Less: binary("Less", { result: "bool" }),
  LessEqual: binary("LessOrEqual", { result: "bool" }),
  Greater: binary("Greater", { result: "bool" }),
  GreaterEqual: binary("GreaterOrEqual", { result: "bool" }),
  LogicalAnd: binary("And", { result: "bool", draw: "bool", wants: "bool" }),
  LogicalOr: binary("Or", { result: "bool", draw: "bool", wants: "bool" }),
  /** dy where y ≥ 0, else dy (y + 1): the gradient of elu from its output. */
  EluGrad: {
    inputs: ["dy", "y"],
    type: ([dy]) => dy!,
    lower(node, lowering) {
      const { graph } = lowering;
      return lowering.elementwise(node, (inputs) => {
        const [dy, y] = inputs as [string, string];
        const slope = graph.add("Add", [graph.add("Min", [y, graph.float(0)]), graph.float(1)]);
        return graph.add("Mul", [dy, slope]);
      });
    },
    samples: [{ inputs: [{ shape: [40, 30] }, { shape: [40, 30], draw: "unit" }] }],
  },
  Select: {
    inputs: ["condition", "t", "e"],
    type: ([, t]) => t!,
    supports: ([condition, t, e]) =>
      sameShape(condition!.shape, t!.shape) && sameShape(t!.shape, e!.shape) && t!.dtype !== "bool",
    lower(node, lowering) {
      return lowering.elementwise(node, (inputs) => {
        const [condition, t, e] = inputs as [string, string, string];
        return lowering.graph.add("Where", [
          node.inputs[0]!.type.dtype === "bool" ? condition : castTo(lowering, condition, "bool"),
          t,
          e,
        ]);
      });
    },
    samples: [{ inputs: [{ shape: [6, 7], draw: "bool" }, { shape: [6, 7] }, { shape: [6, 7] }] }],
  },
  Cast: {
    inputs: ["x"],
    type: ([x], { dtype }) => ({ dtype: dtype as Dtype, shape: x!.shape }),
    supports: (_inputs, { dtype }) => dtype === "float32" || dtype === "int32" || dtype === "bool",
    lower(node, lowering) {
      const { dtype: from } = node.inputs[0]!.type;
      const { dtype: to } = node.type;
      return lowering.elementwise(node, ([x]) => {
        if (from === to) return x!;
        return from === "float32" && to === "int32" ? wholeNumbers(lowering, x!) : castTo(lowering, x!, to);
      });
    },
    samples: [
      { inputs: [{ shape: [5, 6] }], attributes: { dtype: "int32" } },
      { inputs: [{ shape: [5, 6], draw: "bool" }], attributes: { dtype: "float32" } },
      { inputs: [{ shape: [5, 6], draw: "labels" }], attributes: { dtype: "float32" } },
    ],
  },
  AddN: {
    inputs: "list",
    type: ([first]) => first!,
    lower(node, lowering) {
      return lowering.elementwise(node, (inputs) =>
        inputs.slice(1).reduce((sum, next) => lowering.graph.add("Add", [sum, next]), inputs[0]!),
      );
    },
    samples: [{ inputs: [{ shape: [3, 4] }, { shape: [3, 4] }, { shape: [3, 4] }] }],
  },
} satisfies Record<string, Op>;
