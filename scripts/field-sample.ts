/**
 * What `receptive_fields` would have found of the network of `inspection-sample.ts`: the sizes of its layers, and of its
 * kernels the strongest patches among some images.
 */
import { FieldView } from "../src/inspect/field-view.js";
import { receptiveFields } from "../src/inspect/receptive-field.js";
import { leaves, placeLayers } from "../src/learn/layer.js";
import { blobOf } from "../src/values/blob.js";
import type { Dataset } from "../src/values/dataset.js";
import type { FieldOfUnit, StrongestPatch } from "../src/values/inspected-receptive-fields.js";
import type { Inspection } from "../src/values/inspection.js";
import { sampleWeights } from "./inspection-sample.js";

const [kernels, count, size] = [8, 8, 5] as const;

/** @param images  16 × 16 bytes */
export function withFields(inspection: Inspection, images: Dataset): Inspection {
  const shape = images.data.shape as readonly [number, number, number];
  const initializer = "pytorch";
  const placed = placeLayers(
    [
      { type: "conv", kernels, size: [size, size], stride: [1, 1], padding: 0, activation: "relu", initializer },
      { type: "max_pool", size: [2, 2], stride: [2, 2] },
      { type: "flatten" },
      { type: "dense", units: 24, activation: "relu", initializer },
      { type: "dense", units: 3, activation: "linear", initializer },
    ],
    shape,
  );
  if (!placed.ok) throw new Error(placed.misfit.message);
  const layers = leaves(placed.layers);
  const fields = receptiveFields(placed.layers, shape)!;
  const view = new FieldView(layers[0]!, fields.get("conv_1"), shape);
  const pixels = images.blobs.features!.bytes();
  const side = shape[0] - size + 1;
  /** The largest sum of a kernel over an image, and where. */
  const strongest = (kernel: number, example: number): StrongestPatch => {
    let best: StrongestPatch = { row: example + 1, value: Number.NEGATIVE_INFINITY };
    for (let place = 0; place < side * side; place++) {
      const [y, x] = [Math.floor(place / side), place % side];
      let value = 0;
      for (let at = 0; at < size * size; at++) {
        const pixel = pixels[(example * shape[0] + y + Math.floor(at / size)) * shape[1] + x + (at % size)]!;
        value += (pixel / 255) * sampleWeights.conv_1[at * kernels + kernel]!;
      }
      if (value > best.value) best = { ...best, value, ...view.at([y, x]) };
    }
    return best;
  };
  const units = Array.from({ length: kernels }, (_, kernel): FieldOfUnit => {
    const all = Array.from({ length: images.data.count }, (_, example) => strongest(kernel, example));
    const patches = all.sort((a, b) => b.value - a.value).slice(0, count);
    const highest = patches[0]!.value;
    return { unit: kernel + 1, lowest: 0, highest, active: images.data.count, patches, projected: view.at([5, 5]) };
  });
  const patches = new Uint8Array(kernels * count * size * size);
  for (const [unit, { patches: best }] of units.entries())
    for (const [rank, patch] of best.entries())
      view.cut(pixels, patch.row - 1, patch, patches, (unit * count + rank) * size * size);
  const weights = Float32Array.from({ length: kernels * size * size }, (_, index) => {
    const [kernel, at] = [Math.floor(index / (size * size)), index % (size * size)];
    return sampleWeights.conv_1[at * kernels + kernel]!;
  });
  const found = {
    fields: layers.map(({ name, layer }) => {
      const { steps: _, ...field } = fields.get(name)!;
      return { layer: name, type: layer.type, ...field };
    }),
    ...{ examples: images.data.count, count, isNormalised: false },
    layers: [{ layer: "conv_1", shape: view.shape, units }],
  };
  return {
    ...inspection,
    data: { ...inspection.data, aspects: { ...inspection.data.aspects, receptive_fields: found } },
    blobs: {
      ...inspection.blobs,
      "receptive_fields.conv_1.patches": blobOf("uint8", [kernels, count, ...view.shape], patches),
      "receptive_fields.conv_1.back_projection": blobOf("float32", [kernels, ...view.shape], weights),
    },
  };
}
