/** The passes over a recorded step, in the order in which they are applied. */
import type { Recording } from "../record.js";
import { affineChains, affineSums } from "./affine.js";
import { blocks } from "./blocks.js";
import { convAffine } from "./conv-affine.js";
import { convBias } from "./conv-bias.js";
import { applied, type Pass } from "./pass.js";
import { sameShapes } from "./same-shape.js";

export const passes: readonly Pass[] = [sameShapes, convBias, affineChains, affineSums, convAffine, blocks];

/**
 * A step after all passes.
 *
 * @param without  names of passes that are left out
 * @param told     of each pass, in order: the step after it, or null where it is left out
 */
export function rewritten(
  recording: Recording,
  without: ReadonlySet<string>,
  told: (pass: string, after: Recording | null) => void = () => undefined,
): Recording {
  return passes.reduce((step, pass) => {
    const after = without.has(pass.name) ? null : applied(pass, step);
    told(pass.name, after);
    return after ?? step;
  }, recording);
}
