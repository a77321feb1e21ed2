/** Nodes → a graph: each by its row of the ops table, inputs before readers. */

import { OnnxGraph } from "../onnx/graph.js";
import { EngineError } from "./error.js";
import { Lowering } from "./lower.js";
import type { Node, Values } from "./node.js";
import { opOf } from "./ops/ops.js";

/**
 * @param order  what `pending` says of `wanted`
 * @returns      the names of values that are there already, in their order, and of those that are wanted
 */
export function graphOf(
  order: readonly Node[],
  wanted: readonly Node[],
): { readonly graph: OnnxGraph; readonly feeds: readonly string[]; readonly fetches: readonly string[] } {
  const graph = new OnnxGraph();
  const lowering = new Lowering(graph, order, wanted);
  const feeds: string[] = [];
  lowerNodes(lowering, order, ({ type }) => {
    const name = graph.input(type.dtype, type.shape);
    feeds.push(name);
    return name;
  });
  const fetches = graph.outputs(
    wanted.map((node) => ({ name: lowering.logical(node), type: node.type.dtype, shape: node.type.shape })),
  );
  return { graph, feeds, fetches };
}

/**
 * @param order  inputs before readers; what has a name already keeps it
 * @param known  names a value that is there already
 */
export function lowerNodes(
  lowering: Lowering,
  order: readonly Node[],
  known: (node: Node, value: Values) => string,
): void {
  for (const node of order) {
    if (lowering.has(node)) continue;
    if (node.value !== undefined) {
      lowering.set(node, { logical: known(node, node.value) });
      continue;
    }
    const row = opOf(node.kernel);
    if (!row) throw new EngineError(`there is no lowering for ${node.kernel}`);
    lowering.set(node, row.lower(node, lowering));
  }
}
