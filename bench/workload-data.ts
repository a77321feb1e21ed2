/** The data of a workload: MNIST, as it is or augmented, or 90 noisy points of a curve. */
import { settingsOf } from "../src/augment/recipe.js";
import { type Examples, examplesOf } from "../src/learn/data.js";
import { stream } from "../src/learn/random.js";
import { loadMnist } from "../src/stages/load-mnist.js";
import type { Recipe } from "../src/values/dataset.js";
import type { Workload } from "./networks.js";

export function workloadData(name: Workload): Examples {
  return name === "regression" ? curve() : examplesOf(loadMnist()[name === "inference" ? "test" : "train"]);
}

/** Rotation, shear and scale, and an elastic distortion; `peer.py` has the same. */
const transforms = [
  settingsOf("affine", { degrees: 10, scale: [0.9, 1.1], shear: 10 }),
  settingsOf("elastic", { alpha: 34, sigma: 4 }),
  // Settings are JSON.
] as Recipe["transforms"];

export function augmentedData(name: Workload): Examples {
  const data = workloadData(name);
  const { features: originals, scale } = data;
  return { ...data, augmentation: { recipe: { transforms, scale }, originals, normalization: [] } };
}

function curve(): Examples {
  const random = stream(1, [], "points");
  const values = Float32Array.from({ length: 90 }, () => random.uniform() * 4 - 2);
  return {
    shape: [1],
    count: 90,
    features: values,
    scale: 1,
    labels: values.map((x) => Math.sin(3 * x) + 0.1 * random.normal()),
    targets: 1,
    classes: null,
    rows: Int32Array.from({ length: 90 }, (_, index) => index),
  };
}
