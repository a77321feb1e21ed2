/** Dropout layers, and the masks that are drawn for them. */
import { sizeOfShape } from "../util/shape.js";
import { leaves, type PlacedLayer } from "./layer.js";

/** A dropout layer. */
export interface Drop {
  readonly name: string;
  readonly rate: number;
  /** Numbers of one example. */
  readonly size: number;
}
export const dropoutLayers = (layers: readonly PlacedLayer[]): readonly Drop[] =>
  leaves(layers).flatMap(({ layer, name, output }) =>
    layer.type === "dropout" && layer.rate > 0 ? [{ name, rate: layer.rate, size: sizeOfShape(output) }] : [],
  );

/** Bytes that the masks of one example take. */
export const maskBytes = (layers: readonly PlacedLayer[]): number =>
  dropoutLayers(layers).reduce((sum, { size }) => sum + size, 0);

/** 1 with probability 1 − rate, else 0, drawn in order, so it does not matter how many steps a call takes. */
export function drawMask(values: Uint8Array, rate: number, draw: { uniform(): number }): void {
  for (let index = 0; index < values.length; index++) values[index] = draw.uniform() >= rate ? 1 : 0;
}
