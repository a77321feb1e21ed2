/**
 * A network in a table, before or after it is trained; nothing here computes.
 *
 * Multiply-adds are those of weights, for one example: `multiplyAdds` of a layer for the forward pass. A training step
 * has them again for the gradient of the weights, and once more for the gradient of the layer's input, which a layer
 * needs where something learned stands before it: of the first one there is none.
 *
 *   step = Σ over layers  m (2 + [something learned before it])
 *
 * Memory of a step, with 4 bytes a number:
 *
 *   batch · |output|                               what the layer gives is kept for the way back; of `flatten`, which
 *                                                  gives what it was given, nothing; of dropout a byte more, the mask
 *   |parameters| (2 + slots) + |parameters| copies a value, its gradient, what the optimiser keeps, and averages
 *   |running statistics| (1 + copies)              of a batch normalisation
 *
 * What an engine takes beside that (gradients of outputs, which live one at a time, and what it lays out for itself) is
 * not counted, and neither are the data.
 */
import { sizeOfShape } from "../util/shape.js";
import type { LayerRow, NetworkTable } from "../values/network.js";
import { type Average, copiesOf } from "./average.js";
import { multiplyAdds, type PlacedLayer, pathsOf } from "./layer.js";
import { type Optimizer, ruleOf } from "./optimizer.js";

const bytesPerNumber = 4;

interface TableOptions {
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  readonly average?: Average | undefined;
}

export function networkTable(layers: readonly PlacedLayer[], options: TableOptions): NetworkTable {
  const rows = rowsOf(layers, options, 0);
  const sum = (of: (row: LayerRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
  return {
    batchSize: options.batchSize,
    layers: rows,
    total: {
      parameters: sum(({ parameters }) => parameters),
      multiplyAdds: sum((row) => row.multiplyAdds),
      stepMultiplyAdds: stepMultiplyAdds(layers),
      bytes: sum(({ bytes }) => bytes),
    },
  };
}

/** Of a training step, for one example. */
export const stepMultiplyAdds = (layers: readonly PlacedLayer[]): number => passed(layers, false);

/** @param before  whether something learned stands before them */
function passed(layers: readonly PlacedLayer[], before: boolean): number {
  let [count, isLearned] = [0, before];
  for (const layer of layers) {
    if (layer.within) {
      // Both read what the block does.
      for (const path of pathsOf(layer)) count += passed(path, isLearned);
    } else count += multiplyAdds(layer) * (isLearned ? 3 : 2);
    isLearned ||= layer.parameters.some(({ trained }) => trained);
  }
  return count;
}

function rowsOf(layers: readonly PlacedLayer[], options: TableOptions, depth: number): readonly LayerRow[] {
  return layers.flatMap((layer) => {
    const own = layer.within ? [] : layer.parameters;
    const row: LayerRow = {
      name: layer.name,
      depth,
      output: layer.output,
      parameters: own.reduce((sum, { trained, shape }) => sum + (trained ? sizeOfShape(shape) : 0), 0),
      multiplyAdds: layer.within ? 0 : multiplyAdds(layer),
      bytes: bytesOf(layer, own, options),
    };
    return [row, ...(layer.within ? rowsOf(layer.within, options, depth + 1) : [])];
  });
}

function bytesOf(
  { layer, output }: PlacedLayer,
  parameters: PlacedLayer["parameters"],
  { batchSize, optimizer, average }: TableOptions,
): number {
  const slots = ruleOf(optimizer).slots.length;
  const copies = copiesOf(average);
  const kept = layer.type === "flatten" ? 0 : batchSize * sizeOfShape(output);
  const mask = layer.type === "dropout" && layer.rate > 0 ? kept : 0;
  const learned = parameters.reduce(
    (sum, { trained, shape }) => sum + sizeOfShape(shape) * ((trained ? 2 + slots : 1) + copies),
    0,
  );
  return bytesPerNumber * (kept + learned) + mask;
}
