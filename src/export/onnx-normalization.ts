/** One step of what was done to features, as ops of ONNX in doubles. */
import type { OnnxGraph } from "../onnx/graph.js";
import type { Normalization } from "../values/dataset.js";
import { bytesOf } from "./onnx-network.js";

/** @param x  float64 [batch, …, channels]. @returns  the same of what it becomes */
export function normalizationOp(graph: OnnxGraph, step: Normalization, x: string): string {
  const wide = (values: readonly number[]): string =>
    graph.constant("float64", [values.length], bytesOf({ data: Float64Array.from(values) }));
  switch (step.method) {
    case "impute":
      return graph.add("Where", [graph.add("IsNaN", [x]), wide(step.fill), x]);
    case "standard":
    case "min_max":
      return graph.add("Div", [graph.add("Sub", [x, wide(step.offset)]), wide(step.divisor)]);
  }
}
