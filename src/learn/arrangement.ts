/**
 * The order in which layers are computed: where a max pooling changes places with what stands before it, without a
 * change of values, it comes first, because after it there are a quarter as many elements; and a normalisation is
 * computed with the layer before it, whose bias it takes away.
 */
import { type Activation, functionOf } from "./activation.js";
import type { Pool } from "./batch-norm.js";
import type { Layer, PlacedLayer } from "./layer.js";

export interface Arranged {
  readonly placed: PlacedLayer;
  /** The batch normalisation that follows the layer, which is a convolution or dense, without an activation. */
  readonly norm: PlacedLayer | null;
  /** The max pooling that follows the normalisation. */
  readonly pool: Pool | null;
}

/** The order of the file, each layer by itself: for who looks at what every one of them gives. */
export const asWritten = (layers: readonly PlacedLayer[]): readonly Arranged[] =>
  layers.map((placed) => ({ placed, norm: null, pool: null }));

export function arranged(layers: readonly PlacedLayer[]): readonly Arranged[] {
  const list = poolBeforeActivation(layers);
  const found: Arranged[] = [];
  for (let index = 0; index < list.length; index++) {
    const [placed, next, third] = [list[index]!, list[index + 1], list[index + 2]];
    if (!isLinear(placed.layer) || next?.layer.type !== "batch_norm") {
      found.push({ placed, norm: null, pool: null });
      continue;
    }
    const pool = placed.layer.type === "conv" && third?.layer.type === "max_pool" ? third.layer : null;
    found.push({ placed, norm: next, pool });
    index += pool ? 2 : 1;
  }
  return found;
}

const isLinear = (layer: Layer): boolean =>
  (layer.type === "conv" || layer.type === "dense") && functionOf(layer.activation).isIdentity === true;

function poolBeforeActivation(layers: readonly PlacedLayer[]): readonly PlacedLayer[] {
  const list = [...layers];
  for (let index = 0; index + 1 < list.length; index++) {
    const [first, second] = [list[index]!, list[index + 1]!];
    if (second.layer.type !== "max_pool") continue;
    if (first.layer.type === "activation" && commutes(first.layer.activation))
      [list[index], list[index + 1]] = [second, first];
    else if (first.layer.type === "conv" && commutes(first.layer.activation)) {
      const { activation } = first.layer;
      const plain: Layer = { ...first.layer, activation: "linear" };
      const after: PlacedLayer = {
        layer: { type: "activation", activation },
        name: `${first.name}.activation`,
        input: second.output,
        output: second.output,
        parameters: [],
      };
      list.splice(index, 2, { ...first, layer: plain }, second, after);
    }
  }
  return list;
}
const commutes = (activation: Activation): boolean => functionOf(activation).commutesWithMaximum === true;
