/** The passes over a recorded step, in the order in which they are applied. */
import { affineChains, affineSums } from "./affine.js";
import { blocks } from "./blocks.js";
import { convAffine } from "./conv-affine.js";
import { convBias } from "./conv-bias.js";
import type { Pass } from "./pass.js";
import { sameShapes } from "./same-shape.js";

export const passes: readonly Pass[] = [sameShapes, convBias, affineChains, affineSums, convAffine, blocks];
