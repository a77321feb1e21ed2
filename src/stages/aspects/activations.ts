/** activations: what layers give for the inputs. */
import { outputName } from "../../inspect/unfolded.js";
import { blobOf } from "../../values/blob.js";
import { activationsOf } from "../../values/inspected-activations.js";
import { declareAspect } from "../aspect-declaration.js";
import { anyLayer, tooManyKept } from "../aspect-layers.js";

export const activations = declareAspect({
  name: "activations",
  summary: "What layers give for each of the inputs, with their own activation, in evaluation mode.",
  layers: anyLayer,
  needs: ["inputs"],
  problem: ({ layers, inputCount }) =>
    tooManyKept(
      "activations",
      layers.map(({ output }) => output),
      inputCount,
    ),
  async run({ layers, compute, looked, inputs, pause }) {
    // Loaded here, so that checking and planning load no TF.js.
    const { collected } = await import("../../inspect/watch.js");
    const found = await collected(compute, looked, inputs, layers.map(outputName), pause);
    const valuesOf = (layer: (typeof layers)[number]): Float32Array => found.get(outputName(layer))!;
    return {
      data: { layers: layers.map((layer) => activationsOf(layer.name, layer.output, valuesOf(layer))) },
      blobs: Object.fromEntries(
        layers.map((layer) => [layer.name, blobOf("float32", [inputs.rows.length, ...layer.output], valuesOf(layer))]),
      ),
    };
  },
});
