/**
 * A network as it is looked at: layer by layer in the order of its file, each activation a layer of its own.
 *
 * A convolution or dense layer with an activation becomes two: the same layer without it, under its own name, and
 * `conv_1.activation` behind it. A residual block becomes the sum of its paths, under its own name, and
 * `residual_1.activation`. Parameters keep their names. Computed by `learn/model.ts` in this order (`asWritten`), in
 * evaluation mode, every step is there to be tapped; a training computes pools before activations and folds biases.
 */
import { type Activation, functionOf } from "../learn/activation.js";
import type { Layer, PlacedLayer } from "../learn/layer.js";

export const unfolded = (layers: readonly PlacedLayer[]): readonly PlacedLayer[] => layers.flatMap(unfoldedLayer);

function unfoldedLayer(placed: PlacedLayer): readonly PlacedLayer[] {
  const { layer, name, output } = placed;
  if (layer.type !== "conv" && layer.type !== "dense" && layer.type !== "residual") return [placed];
  const { activation } = layer;
  return [
    plain(placed),
    ...(isIdentity(activation)
      ? []
      : [{ layer: { type: "activation", activation } as const, name: behind(name), ...sameShape(output) }]),
  ];
}
const sameShape = (shape: readonly number[]) => ({ input: shape, output: shape, parameters: [] });

/** Without its own activation; of a block the layers within unfolded, too. */
function plain(placed: PlacedLayer): PlacedLayer {
  const { layer, within = [] } = placed;
  if (layer.type === "conv" || layer.type === "dense") return { ...placed, layer: { ...layer, activation: "linear" } };
  if (layer.type !== "residual") return placed;
  const own = unfolded(within.slice(0, layer.layers.length));
  const around = unfolded(within.slice(layer.layers.length));
  const inside: readonly Layer[] = own.map((each) => each.layer);
  return { ...placed, layer: { ...layer, layers: inside, activation: "linear" }, within: [...own, ...around] };
}

const isIdentity = (activation: Activation): boolean => functionOf(activation).isIdentity === true;
const behind = (name: string): string => `${name}.activation`;

/** What a tap is told of what a layer gives in the end, with its own activation, by the name in the network's table. */
export function outputName({ layer, name }: PlacedLayer): string {
  const has = layer.type === "conv" || layer.type === "dense" || layer.type === "residual";
  return has && !isIdentity(layer.activation) ? behind(name) : name;
}

/**
 * The layers that can be named, in order of computation: of a block those within, then the block, whose output is the
 * sum.
 */
export const nameable = (layers: readonly PlacedLayer[]): readonly PlacedLayer[] =>
  layers.flatMap((placed) => [...nameable(placed.within ?? []), placed]);
