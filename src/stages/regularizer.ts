/**
 * The option `regularizer` of a training: one choice of what regularises its network, so that two exclude each other.
 *
 * What it puts into the network are layers as a file could write them, so that names, streams of random numbers and
 * weights are those of the network that is written out.
 */
import * as z from "zod";
import type { OptionPath } from "../diagnostic/diagnostic.js";
import { functionOf } from "../learn/activation.js";
import type { Layer } from "../learn/layer.js";
import { settingText } from "../util/words.js";

const byName = z.enum(["none", "batch_norm"]);
const byOptions = z
  .strictObject({
    dropout: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe("A `dropout` layer of this share after each hidden dense layer and its activation."),
    l2: z.number().min(0).optional().describe("The same as the option `l2`."),
  })
  .refine((value) => Object.keys(value).length === 1, {
    error: "one of `{dropout: p}` and `{l2: x}`; or `none`, or `batch_norm`",
  });
export const regularizerOption = z
  .union([byName, byOptions], { error: "`none`, `{dropout: p}`, `{l2: x}` or `batch_norm`" })
  // The same step as without the option.
  .transform((value) => (value === "none" ? undefined : value))
  .describe(
    "One choice of what regularises the network, in the place of the option `l2` and of `dropout` and `batch_norm` " +
      "layers: none; {dropout: p}, after each hidden dense layer; {l2: x}; or batch_norm, after each hidden " +
      "convolution and dense layer, before its activation. Hidden are all but the last of them.",
  );
export type Regularizer = z.infer<typeof regularizerOption>;

/** What the choice has to do with the layers and the penalty of a training. */
interface Regularized {
  readonly regularizer?: Regularizer;
  readonly l2: number;
}

/** The factor of the penalty, from whichever option it comes. */
export const l2Of = ({ regularizer, l2 }: Regularized): number =>
  typeof regularizer === "object" ? (regularizer.l2 ?? l2) : l2;

/**
 * Layers with those that a regularizer adds.
 *
 * @param last    the layer that is not hidden
 * @param became  told of each layer that is not among those given: which of them it was, null for an added one
 */
export function regularized(
  layers: readonly Layer[],
  regularizer: Regularizer,
  last: Layer | undefined,
  became: (fresh: Layer, given: Layer | null) => void,
): readonly Layer[] {
  const made = (fresh: Layer, given: Layer | null): Layer => {
    became(fresh, given);
    return fresh;
  };
  if (regularizer === "batch_norm") return normalized(layers, last, made);
  if (regularizer?.dropout === undefined) return layers;
  return dropped(layers, regularizer.dropout, last, made);
}
type Make = (fresh: Layer, given: Layer | null) => Layer;

function normalized(layers: readonly Layer[], last: Layer | undefined, made: Make): readonly Layer[] {
  return layers.flatMap((layer): readonly Layer[] => {
    if (layer.type === "residual") return [made({ ...layer, layers: normalized(layer.layers, last, made) }, layer)];
    if ((layer.type !== "conv" && layer.type !== "dense") || layer === last) return [layer];
    const { activation } = layer;
    const linear = made({ ...layer, activation: "linear" }, layer);
    const norm = made({ type: "batch_norm" }, null);
    if (functionOf(activation).isIdentity) return [linear, norm];
    return [linear, norm, made({ type: "activation", activation }, layer)];
  });
}

/** An activation, or a layer_norm before it, may stand as a layer of its own. */
function dropped(layers: readonly Layer[], rate: number, last: Layer | undefined, made: Make): readonly Layer[] {
  const found: Layer[] = [];
  let isOwed = false;
  for (const layer of [...layers, null]) {
    if (isOwed && layer?.type !== "activation" && layer?.type !== "layer_norm") {
      found.push(made({ type: "dropout", rate }, null));
      isOwed = false;
    }
    if (!layer) break;
    if (layer.type === "residual")
      found.push(made({ ...layer, layers: dropped(layer.layers, rate, last, made) }, layer));
    else found.push(layer);
    isOwed ||= layer.type === "dense" && layer !== last;
  }
  return found;
}

/** What regularises a network beside the choice, which is one. */
export function secondRegularizer(
  { regularizer, l2 }: Regularized,
  layers: readonly Layer[],
  placeOf: (layer: Layer) => OptionPath,
): { readonly title: string; readonly message: string; readonly at: OptionPath; readonly other: OptionPath } | null {
  const said = regularizer === undefined ? "none" : settingText(regularizer);
  const twice = (what: string, other: OptionPath): ReturnType<typeof secondRegularizer> => ({
    title: "regularised twice",
    message:
      `\`regularizer\` is the one choice of what regularises a network, here ${said}, but there is ${what} ` +
      "beside it. Leave one of them out.",
    at: ["regularizer"],
    other,
  });
  if (l2 > 0) return twice(`\`l2: ${l2}\``, ["l2"]);
  const layer = firstOf(layers);
  return layer ? twice(`a layer \`${layer.type}\``, placeOf(layer)) : null;
}
const firstOf = (layers: readonly Layer[]): Layer | undefined =>
  layers.flatMap(allOf).find(({ type }) => type === "dropout" || type === "batch_norm");
const allOf = (layer: Layer): readonly Layer[] => (layer.type === "residual" ? layer.layers.flatMap(allOf) : [layer]);
