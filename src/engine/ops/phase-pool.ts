/** Max pooling of 2 × 2, and its gradient, on images in four phases (`blocked.ts`): number by number. */
import type { backend_util } from "@tensorflow/tfjs-core";
import { blockedPadding, blockedWindow, inPhase, type Phases, parities, phasesOf } from "../blocked.js";
import type { Lowered, Lowering } from "../lower.js";
import type { Node } from "../node.js";
import { castTo } from "./op.js";

type Info = backend_util.Conv2DInfo;

/** Windows of 2 × 2 side by side: what phases are made for. */
export const pairsUp = (info: Info): boolean =>
  info.filterHeight === 2 &&
  info.filterWidth === 2 &&
  info.strideHeight === 2 &&
  info.strideWidth === 2 &&
  info.padInfo.top + info.padInfo.left + info.padInfo.bottom + info.padInfo.right === 0;

/** What windows cover of each phase; an odd last row or column is in no window. */
function covered(lowering: Lowering, input: Node, info: Info): Phases {
  const phases = lowering.phases(input);
  return phasesOf((index) => {
    const [row, column] = parities[index]!;
    const shape = [
      info.batchSize,
      inPhase(info.inHeight, row),
      inPhase(info.inWidth, column),
      info.inChannels,
    ] as const;
    const window = { top: 0, left: 0, height: info.outHeight, width: info.outWidth };
    return lowering.memo(input, `covered ${index}`, () => blockedWindow(lowering.graph, phases[index]!, shape, window));
  });
}

export function maxOfPhases(lowering: Lowering, input: Node, info: Info): Lowered {
  const [a, b, c, d] = covered(lowering, input, info);
  const larger = (x: string, y: string): string => lowering.graph.add("Max", [x, y]);
  // A maximum of four would be computed on one thread.
  return { blocked: larger(larger(a, b), larger(c, d)) };
}

/**
 * The gradient goes to the first phase that equals the maximum; what is left after the first three goes to the last.
 *
 * A product with 0 or 1 chooses: `Where` takes the time of four passes, on one thread.
 */
export function gradientOfPhases(lowering: Lowering, info: Info, dy: Node, input: Node, output: Node): Lowered {
  const { graph } = lowering;
  const parts = covered(lowering, input, info);
  const maximum = lowering.blocked(output);
  let rest = lowering.blocked(dy);
  const given = parts.slice(0, 3).map((part) => {
    const share = graph.add("Mul", [rest, castTo(lowering, graph.add("Equal", [part, maximum]), "float32")]);
    rest = graph.add("Sub", [rest, share]);
    return share;
  });
  return {
    phases: phasesOf((index) => {
      const [row, column] = parities[index]!;
      const shape = [info.batchSize, info.outHeight, info.outWidth, info.inChannels] as const;
      const bottom = inPhase(info.inHeight, row) - info.outHeight;
      const right = inPhase(info.inWidth, column) - info.outWidth;
      return blockedPadding(graph, given[index] ?? rest, shape, [0, 0, bottom, right]);
    }),
  };
}
