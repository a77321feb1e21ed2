/** Ops that work number by number, with broadcasting. They compute in whatever layout their inputs have. */
import type { Lowering } from "../lower.js";
import type { Dtype } from "../node.js";
import { broadcastShape, castTo, type Op, type Sample, type SampleInput } from "./op.js";

type Draw = SampleInput["draw"];
const some = (draw: Draw): readonly Sample[] => [[], [7], [3, 4, 5, 2], [70, 500]].map((shape) => ({ inputs: [{ shape, ...(draw ? { draw } : {}) }] }));

/** @param write  from input name to output name */
function unary(
  write: (lowering: Lowering, x: string, attributes: Readonly<Record<string, unknown>>) => string,
  options: { result?: Dtype; draw?: Draw; attributes?: object } = {},
): Op {
  return {
    inputs: ["x"],
    type: ([x]) => ({ dtype: options.result ?? (x!.dtype === "bool" ? "int32" : x!.dtype), shape: x!.shape }),
    lower(node, lowering) {
      const { inputs, done } = lowering.elementwise(node);
      return done(write(lowering, inputs[0]!, node.attributes));
    },
    samples: some(options.draw).map((sample) => ({ ...sample, ...(options.attributes ? { attributes: { ...options.attributes } } : {}) })),
  };
}
const plain =
  (op: string) =>
  (lowering: Lowering, x: string): string =>
    lowering.graph.add(op, [x]);
/** Kernels whose input TF.js may leave int32 although the result is float32. */
function floating(write: (lowering: Lowering, x: string) => string, draw?: Draw): Op {
  const op = unary(write, { result: "float32", ...(draw ? { draw } : {}) });
  return {
    ...op,
    lower(node, lowering) {
      const { inputs, done } = lowering.elementwise(node);
      const x = node.inputs[0]!.type.dtype === "float32" ? inputs[0]! : castTo(lowering, inputs[0]!, "float32");
      return done(write(lowering, x));
    },
  };
}

/** `Log` gives other bits for other numbers of threads; the logarithm of a sum over an axis of length 1 does not. */
export const logarithm = ({ graph }: Lowering, x: string): string =>
  graph.add("ReduceLogSum", [graph.add("Unsqueeze", [x, graph.ints([-1])]), graph.ints([-1])], { keepdims: { int: 0 } });

function binary(op: string, options: { result?: Dtype; draw?: Draw; wants?: Dtype } = {}): Op {
  const draw = options.draw ? { draw: options.draw } : {};
  return {
    inputs: ["a", "b"],
    type: ([a, b]) => ({ dtype: options.result ?? (a!.dtype === "bool" ? "int32" : a!.dtype), shape: broadcastShape(a!.shape, b!.shape) }),
    lower(node, lowering) {
      const { inputs, done } = lowering.elementwise(node);
      const wanted = options.wants ?? (node.inputs[0]!.type.dtype === "bool" && op !== "Equal" ? "int32" : node.inputs[0]!.type.dtype);
      const cast = inputs.map((name, index) => (node.inputs[index]!.type.dtype === wanted ? name : castTo(lowering, name, wanted)));
      return done(lowering.graph.add(op, cast));
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
const not = (op: Op): Op => ({
  ...op,
  lower(node, lowering) {
    const value = op.lower(node, lowering);
    return value.nchw === undefined ? { logical: lowering.graph.add("Not", [value.logical!]) } : { nchw: lowering.graph.add("Not", [value.nchw]) };
  },
});

export const elementwise = {
  Abs: unary(plain("Abs")),
  Neg: unary(plain("Neg")),
  Sign: unary(plain("Sign")),
  Relu: unary(plain("Relu")),
  Relu6: unary(({ graph }, x) => graph.add("Clip", [x, graph.float(0), graph.float(6)]), {}),
  Square: unary(({ graph }, x) => graph.add("Mul", [x, x])),
  Floor: floating(plain("Floor")),
  Ceil: floating(plain("Ceil")),
  Round: floating(plain("Round")),
  Sqrt: floating(plain("Sqrt"), "positive"),
  Rsqrt: floating(({ graph }, x) => graph.add("Reciprocal", [graph.add("Sqrt", [x])]), "positive"),
  Reciprocal: floating(plain("Reciprocal"), "nonzero"),
  Exp: floating(plain("Exp")),
  Log: floating(logarithm, "positive"),
  Log1p: floating((lowering, x) => logarithm(lowering, lowering.graph.add("Add", [x, lowering.graph.float(1)])), "positive"),
  Sin: floating(plain("Sin")),
  Cos: floating(plain("Cos")),
  Erf: floating(plain("Erf")),
  Sigmoid: floating(plain("Sigmoid")),
  Tanh: floating(plain("Tanh")),
  /** x where x ≥ 0, else eˣ − 1; ONNX's own `Elu` gives other bits for other numbers of threads. */
  Elu: floating(({ graph }, x) => graph.add("Where", [graph.add("Less", [x, graph.float(0)]), graph.add("Sub", [graph.add("Exp", [x]), graph.float(1)]), x])),
  /** max(x, 0) + log(1 + e^−|x|) */
  Softplus: floating((lowering, x) => {
    const { graph } = lowering;
    const small = graph.add("Exp", [graph.add("Neg", [graph.add("Abs", [x])])]);
    return graph.add("Add", [graph.add("Relu", [x]), logarithm(lowering, graph.add("Add", [small, graph.float(1)]))]);
  }),
  LeakyRelu: unary(({ graph }, x, attributes) => graph.add("LeakyRelu", [x], { alpha: { float: attributes["alpha"] as number } }), {
    attributes: { alpha: 0.01 },
  }),
  /** 1 where x > 0, else alpha. */
  Step: unary(
    ({ graph }, x, attributes) =>
      graph.add("Where", [graph.add("Greater", [x, graph.float(0)]), graph.float(1), graph.float((attributes["alpha"] as number | undefined) ?? 0)]),
    {
      result: "float32",
      attributes: { alpha: 0 },
    },
  ),
  ClipByValue: unary(
    ({ graph }, x, attributes) => graph.add("Clip", [x, graph.float(attributes["clipValueMin"] as number), graph.float(attributes["clipValueMax"] as number)]),
    {
      attributes: { clipValueMin: -0.5, clipValueMax: 0.5 },
    },
  ),
  LogicalNot: unary(plain("Not"), { result: "bool", draw: "bool" }),
  IsNan: unary(plain("IsNaN"), { result: "bool" }),
  IsInf: unary(plain("IsInf"), { result: "bool" }),
  Add: binary("Add"),
  Sub: binary("Sub"),
  Multiply: binary("Mul"),
  RealDiv: binary("Div", { draw: "nonzero", wants: "float32", result: "float32" }),
  Maximum: binary("Max"),
  Minimum: binary("Min"),
  Pow: binary("Pow", { draw: "positive" }),
  SquaredDifference: ((): Op => {
    const op = binary("Sub");
    return {
      ...op,
      lower(node, lowering) {
        const { inputs, done } = lowering.elementwise(node);
        const difference = lowering.graph.add("Sub", inputs);
        return done(lowering.graph.add("Mul", [difference, difference]));
      },
    };
  })(),
  Equal: binary("Equal", { result: "bool", draw: "labels" }),
  NotEqual: not(binary("Equal", { result: "bool", draw: "labels" })),
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
      const { inputs, done } = lowering.elementwise(node);
      const { graph } = lowering;
      const [dy, y] = inputs as [string, string];
      const slope = graph.add("Add", [graph.add("Min", [y, graph.float(0)]), graph.float(1)]);
      return done(graph.add("Mul", [dy, slope]));
    },
    samples: [{ inputs: [{ shape: [40, 30] }, { shape: [40, 30], draw: "unit" }] }],
  },
  Select: {
    inputs: ["condition", "t", "e"],
    type: ([, t]) => t!,
    supports: ([condition, t, e]) => condition!.shape.join() === t!.shape.join() && t!.shape.join() === e!.shape.join() && t!.dtype !== "bool",
    lower(node, lowering) {
      const { inputs, done } = lowering.elementwise(node);
      const [condition, t, e] = inputs as [string, string, string];
      return done(lowering.graph.add("Where", [node.inputs[0]!.type.dtype === "bool" ? condition : castTo(lowering, condition, "bool"), t, e]));
    },
    samples: [{ inputs: [{ shape: [6, 7], draw: "bool" }, { shape: [6, 7] }, { shape: [6, 7] }] }],
  },
  Cast: {
    inputs: ["x"],
    type: ([x], { dtype }) => ({ dtype: dtype as Dtype, shape: x!.shape }),
    supports: (_inputs, { dtype }) => dtype === "float32" || dtype === "int32" || dtype === "bool",
    lower(node, lowering) {
      const { inputs, done } = lowering.elementwise(node);
      return done(node.inputs[0]!.type.dtype === node.type.dtype ? inputs[0]! : castTo(lowering, inputs[0]!, node.type.dtype));
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
      const { inputs, done } = lowering.elementwise(node);
      return done(inputs.slice(1).reduce((sum, next) => lowering.graph.add("Add", [sum, next]), inputs[0]!));
    },
    samples: [{ inputs: [{ shape: [3, 4] }, { shape: [3, 4] }, { shape: [3, 4] }] }],
  },
} satisfies Record<string, Op>;
