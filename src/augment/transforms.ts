/** The transforms that there are. A transform is a row, and nothing else knows its name. */
import type { Transform } from "./transform.js";
import { affine } from "./transforms/affine.js";
import { blur } from "./transforms/blur.js";
import { brightness } from "./transforms/brightness.js";
import { contrast } from "./transforms/contrast.js";
import { crop } from "./transforms/crop.js";
import { elastic } from "./transforms/elastic.js";
import { erase } from "./transforms/erase.js";
import { flip } from "./transforms/flip.js";
import { noise } from "./transforms/noise.js";
import { perspective } from "./transforms/perspective.js";
import { rotate } from "./transforms/rotate.js";

export const transforms = {
  rotate,
  affine,
  perspective,
  elastic,
  flip,
  crop,
  blur,
  noise,
  brightness,
  contrast,
  erase,
};
export type TransformName = keyof typeof transforms;
export const transformNames = Object.keys(transforms) as readonly TransformName[];

/** A row, whatever its options. */
export const transformOf = (name: TransformName): Transform => transforms[name];
