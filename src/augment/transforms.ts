/** The transforms that there are. A transform is a row, and nothing else knows its name. */
import type { Transform } from "./transform.js";
import { rotate } from "./transforms/rotate.js";

export const transforms = {
  rotate,
};
export type TransformName = keyof typeof transforms;
export const transformNames = Object.keys(transforms) as readonly TransformName[];

/** A row, whatever its options. */
export const transformOf = (name: TransformName): Transform => transforms[name];
