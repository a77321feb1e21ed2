/**
 * What batch normalisation makes of images: a factor and an offset for each channel, and sums over all but channels.
 *
 * The kernel `(affine)` is not TF.js's: passes over a recorded step put it in the place of several (`passes/`).
 */
import { inPhase, longestPlane, parities, phasesOf } from "../blocked.js";
import type { Lowering } from "../lower.js";
import type { Node } from "../node.js";
import type { Op } from "./op.js";
import { as4 } from "./windows.js";

export const affineKernel = "(affine)";

/**
 * y[n, h, w, c] = x[n, h, w, c] · scale[c] + offset[c] (+ addend[n, h, w, c]): float32 [batch, height, width, channels]
 * from x, scale and offset [channels], and an addend of x's shape.
 *
 * In blocks, and in phases, that is one convolution of 1 × 1 for each channel: one pass over memory.
 */
export const affine: Op = {
  inputs: ["x", "scale", "offset", "addend"],
  type: ([x]) => x!,
  lower(node, lowering) {
    const [x, scale, offset, addend] = node.inputs as [Node, Node, Node, Node | undefined];
    const { graph } = lowering;
    const channels = x.type.shape[3]!;
    const layout = lowering.layout(x);
    if (layout !== "phases" && layout !== "blocked") {
      const scaled = lowering.elementwise({ type: node.type, inputs: [x, scale] }, (names) => graph.add("Mul", names));
      const at = { ...node, inputs: [] };
      lowering.set(at, scaled);
      const moved = lowering.elementwise({ type: node.type, inputs: [at, offset] }, (names) => graph.add("Add", names));
      if (!addend) return moved;
      lowering.set(at, moved);
      return lowering.elementwise({ type: node.type, inputs: [at, addend] }, (names) => graph.add("Add", names));
    }
    const weights = graph.add("Reshape", [lowering.logical(scale), graph.ints([channels, 1, 1, 1])]);
    const write = (image: string, added: string | undefined): string =>
      graph.add("nchwc.Conv", [image, weights, lowering.logical(offset), ...(added === undefined ? [] : [added])], {
        kernel_shape: { ints: [1, 1] },
        group: { int: channels },
      });
    if (layout === "blocked" || (addend && lowering.layout(addend) !== "phases"))
      return { blocked: write(lowering.blocked(x), addend && lowering.blocked(addend)) };
    return {
      phases: phasesOf((index) => write(lowering.phases(x)[index]!, addend && lowering.phases(addend)[index]!)),
    };
  },
  samples: [],
};

/**
 * Sum, or mean, over batch, height and width of an image in blocks or phases; undefined in another layout, and for
 * planes that are too long to add up.
 *
 * The mean of each plane is ONNX Runtime's pooling of whole planes, which all threads share; planes are then added up.
 */
export function blockedSum(lowering: Lowering, image: Node, mean: boolean): string | undefined {
  const { graph } = lowering;
  const [batch, height, width, channels] = as4(image.type.shape);
  const layout = lowering.layout(image);
  if (
    image.type.dtype !== "float32" ||
    height * width > 4 * longestPlane ||
    (layout !== "blocked" && layout !== "phases")
  )
    return undefined;
  const parts =
    layout === "blocked"
      ? [{ name: lowering.blocked(image), pixels: height * width }]
      : parities
          .map(([row, column], index) => ({
            name: lowering.phases(image)[index]!,
            pixels: inPhase(height, row) * inPhase(width, column),
          }))
          .filter(({ pixels }) => pixels > 0);
  const most = parts[0]!.pixels;
  // Means of planes as rows: a product with a last axis of length 1 goes number by number.
  const sums = parts
    .map(({ name, pixels }) => {
      const means = graph.add("Reshape", [graph.add("nchwc.GlobalAveragePool", [name]), graph.ints([batch, channels])]);
      return pixels === most ? means : graph.add("Mul", [means, graph.float(pixels / most)]);
    })
    .reduce((sum, next) => graph.add("Add", [sum, next]));
  const sum = graph.add("ReduceSum", [sums, graph.ints([0])], { keepdims: { int: 0 } });
  return graph.add("Mul", [sum, graph.float(mean ? most / (batch * height * width) : most)]);
}
