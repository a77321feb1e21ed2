/** Each activation as ops of ONNX, opset 17, by the definitions of `learn/activation.ts`. */
import { type Activation, type ActivationName, activationName, activationValues } from "../learn/activation.js";
import type { OnnxGraph } from "../onnx/graph.js";

/** Its options, defaults included. */
type Settings = Readonly<Record<string, unknown>>;
/** @returns the name of its value, which is `to` */
type Write = (graph: OnnxGraph, x: string, to: string, settings: Settings) => string;

const one =
  (op: string): Write =>
  (graph, x, to) =>
    graph.addAs(to, op, [x]);

const rows: { readonly [N in Exclude<ActivationName, "linear">]: Write } = {
  relu: one("Relu"),
  leaky_relu: (graph, x, to, { slope }) => graph.addAs(to, "LeakyRelu", [x], { alpha: { float: Number(slope) } }),
  elu: (graph, x, to, { alpha }) => graph.addAs(to, "Elu", [x], { alpha: { float: Number(alpha) } }),
  // x Φ(x), exact: opset 20 is the first that has it as an op.
  gelu(graph, x, to) {
    const erf = graph.add("Erf", [graph.add("Mul", [x, graph.float(Math.SQRT1_2)])]);
    return graph.addAs(to, "Mul", [graph.add("Mul", [x, graph.float(0.5)]), graph.add("Add", [erf, graph.float(1)])]);
  },
  silu: (graph, x, to) => graph.addAs(to, "Mul", [x, graph.add("Sigmoid", [x])]),
  sigmoid: one("Sigmoid"),
  tanh: one("Tanh"),
  softplus: one("Softplus"),
  // Over the last axis, which channels are where it is written.
  softmax: (graph, x, to) => graph.addAs(to, "Softmax", [x], { axis: { int: -1 } }),
};

/** Whether channels must be the last axis of what it is applied to. */
export const needsLastAxis = (activation: Activation): boolean => activationName(activation) === "softmax";

/** @returns the name of its value: `to`, or x itself where it changes nothing */
export function writeActivation(graph: OnnxGraph, activation: Activation, x: string, to: string): string {
  const name = activationName(activation);
  return name === "linear" ? x : rows[name](graph, x, to, activationValues(activation));
}
