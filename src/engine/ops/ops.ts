/** The table of kernels that the engine lowers. A kernel that has no row is TF.js's own, on plain JavaScript. */
import { affine, affineKernel } from "./affine.js";
import { convolutions } from "./conv.js";
import { depthwiseOps } from "./depthwise.js";
import { elementwise } from "./elementwise.js";
import type { Op } from "./op.js";
import { poolings } from "./pool.js";
import { reductions } from "./reduce.js";
import { shapeOps } from "./shape.js";

export const ops = { ...elementwise, ...reductions, ...shapeOps, ...convolutions, ...poolings, ...depthwiseOps };
export type Kernel = keyof typeof ops;

/** Kernels that TF.js does not have: passes over a recorded step put them there. */
const own: Readonly<Record<string, Op>> = { [affineKernel]: affine };

export const opOf = (kernel: string): Op | undefined =>
  own[kernel] ?? (Object.hasOwn(ops, kernel) ? (ops as Readonly<Record<string, Op>>)[kernel] : undefined);
