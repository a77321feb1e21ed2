/** The option `layers` of figures about weights: which are drawn, and why they cannot be. */
import * as z from "zod";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { namesInWords, suggestion } from "../diagnostic/nearest.js";
import { plural } from "../util/words.js";

/** In one figure; more are no longer read. */
const mostLayers = 12;

export const weightLayers = z
  .array(z.string({ error: "the name of a layer, such as `dense_1`" }).min(1))
  .min(1)
  .max(mostLayers)
  .optional()
  .describe(
    `Which layers, by their names in the network's table; at most ${mostLayers}. Default: all that have weights, of ` +
      `more the first ${mostLayers}.`,
  );

/** @param names  that there are, undefined where that is not known */
export function weightLayersMistake(wanted: unknown, names: readonly string[] | null | undefined): Mistake | undefined {
  if (!Array.isArray(wanted) || !names) return undefined;
  for (const [index, layer] of (wanted as readonly string[]).entries()) {
    const at = ["layers", index];
    if (!names.includes(layer))
      return {
        title: "no such layer",
        message:
          `There are no weights of \`${layer}\` here.${suggestion(layer, names)}` +
          `\n\nLayers: ${namesInWords(names)}`,
        at,
      };
    if (wanted.indexOf(layer) < index)
      return { title: "a layer twice", message: `\`${layer}\` is named already. Name each layer once.`, at };
  }
  return undefined;
}

/** Those that are drawn, in order of computation, and what is said of others. @throws MistakeError */
export function drawnLayers<Layer>(
  layers: readonly Layer[],
  nameOf: (layer: Layer) => string,
  wanted: readonly string[] | undefined,
): { readonly drawn: readonly Layer[]; readonly lines: readonly string[] } {
  const mistake = weightLayersMistake(wanted, layers.map(nameOf));
  if (mistake) throw new MistakeError(mistake);
  const drawn = wanted ? layers.filter((layer) => wanted.includes(nameOf(layer))) : layers.slice(0, mostLayers);
  const without = wanted ? 0 : layers.length - drawn.length;
  return { drawn, lines: without > 0 ? [`the first ${mostLayers} of ${plural(layers.length, "layer")}`] : [] };
}
