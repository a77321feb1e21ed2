/** feature_maps: what convolutions make of the inputs, step by step up to the next layer with weights. */
import { outputName } from "../../inspect/unfolded.js";
import { type PlacedLayer, pathsOf } from "../../learn/layer.js";
import type { Blob } from "../../values/blob.js";
import { blobOf } from "../../values/blob.js";
import { activationsOf } from "../../values/inspected-activations.js";
import type { FeatureMapPart } from "../../values/inspected-feature-maps.js";
import { declareAspect } from "../aspect-declaration.js";
import { convolutions, tooManyKept } from "../aspect-layers.js";

export const featureMaps = declareAspect({
  name: "feature_maps",
  summary:
    "What convolutions make of each input: the convolution itself, then each normalisation, activation and pooling " +
    "up to the next layer with weights.",
  layers: {
    ...convolutions,
    reason: ({ layer, name }) =>
      layer.type === "conv"
        ? undefined
        : `\`feature_maps\` begins at convolutions, and \`${name}\` is none; what it gives is in \`activations\`.`,
  },
  needs: ["inputs"],
  problem: ({ layers, network, inputCount }) =>
    tooManyKept(
      "feature_maps",
      layers.flatMap((layer) => partsOf(layer, network).map(({ shape }) => shape)),
      inputCount,
    ),
  async run({ layers, network, compute, looked, inputs, pause }) {
    // Loaded here, so that checking and planning load no TF.js.
    const { collected } = await import("../../inspect/watch.js");
    const all = layers.map((layer) => ({ layer: layer.name, steps: partsOf(layer, network) }));
    const taps = all.flatMap(({ steps }) => steps.map(({ tap }) => tap));
    const found = await collected(compute, looked, inputs, [...new Set(taps)], pause);
    const blobs: Record<string, Blob> = {};
    const told = all.map(({ layer, steps }) => ({
      layer,
      parts: steps.map(({ part, tap, of, shape }): FeatureMapPart => {
        const values = found.get(tap)!;
        blobs[`${layer}.${part}`] = blobOf("float32", [inputs.rows.length, ...shape], values);
        return { part, ...activationsOf(of, shape, values) };
      }),
    }));
    return { data: { layers: told }, blobs };
  },
});

interface Part {
  readonly part: string;
  /** What the unfolded network calls it. */
  readonly tap: string;
  /** The layer whose it is. */
  readonly of: string;
  readonly shape: readonly number[];
}

/** Of a convolution: itself, its own activation, and what follows it on its path while that stays images. */
function partsOf(convolution: PlacedLayer, network: readonly PlacedLayer[]): readonly Part[] {
  const path = pathWith(convolution, network)!;
  const parts: Part[] = [];
  const counts = new Map<string, number>();
  const add = (name: string, { name: of, output }: PlacedLayer, tap: string): void => {
    const number = (counts.get(name) ?? 0) + 1;
    counts.set(name, number);
    parts.push({ part: number === 1 ? name : `${name}_${number}`, tap, of, shape: output });
  };
  add("convolution", convolution, convolution.name);
  if (outputName(convolution) !== convolution.name) add("activation", convolution, outputName(convolution));
  for (const layer of path.slice(path.indexOf(convolution) + 1)) {
    if (!following.has(layer.layer.type)) break;
    // Outside training it changes nothing.
    if (layer.layer.type !== "dropout") add(layer.layer.type, layer, layer.name);
  }
  return parts;
}
const following: ReadonlySet<string> = new Set([
  ...["batch_norm", "layer_norm", "activation", "max_pool", "avg_pool", "dropout"],
]);

/** The layers that are computed one after the other, among which it stands: the network, or a path of a block. */
function pathWith(layer: PlacedLayer, path: readonly PlacedLayer[]): readonly PlacedLayer[] | undefined {
  if (path.includes(layer)) return path;
  for (const block of path) {
    if (!block.within) continue;
    const found = pathsOf(block)
      .map((inner) => pathWith(layer, inner))
      .find((inner) => inner);
    if (found) return found;
  }
  return undefined;
}
