/**
 * A trained network and the examples that it is shown, as aspects are given them; plain data, without TF.js.
 *
 * `layers` are those of the file, `unfolded` those that are computed (`unfolded.ts`).
 */
import type { ArrayValue } from "../compute/program.js";
import type { Examples } from "../learn/data.js";
import type { PlacedLayer } from "../learn/layer.js";

export interface LookedAt {
  readonly layers: readonly PlacedLayer[];
  readonly unfolded: readonly PlacedLayer[];
  /** By name (`conv_1.weight`), in the order in which layers use them. */
  readonly parameters: ReadonlyMap<string, ArrayValue>;
}

/** Examples on the scale of the network: `features` × `scale` is what it computes with. */
export type Shown = Pick<Examples, "features" | "rows" | "shape" | "scale">;

/** Between two calls of the engine. @throws where the run is to stop */
export type Pause = (fraction: number) => Promise<void>;
