/**
 * A model as whoever writes it into a file needs it: what goes in, the networks with their numbers, and what is made of
 * what they give. Each format writes the same.
 */
import type { ArrayValue } from "../compute/program.js";
import type { PlacedLayer } from "../learn/layer.js";
import type { Normalization, Scaling } from "../values/dataset.js";
import type { ExportedArray } from "../values/exported.js";

/** Where each of a member's columns or classes stands among those of the whole; null where they stand alike. */
type Order = Int32Array | null;

export interface DescribedMember {
  /** Before the names of its layers and arrays; empty where it is the only one. */
  readonly prefix: string;
  readonly layers: readonly PlacedLayer[];
  readonly parameters: ReadonlyMap<string, ArrayValue>;
  /** Where its columns stand among those of the input. */
  readonly columns: Order;
  /** What features are multiplied by, before all normalisation. */
  readonly scale: number;
  readonly normalization: readonly Normalization[];
  /** Outputs of classes: the loss by which they are read. */
  readonly readAs: "softmax" | "sigmoid" | null;
  /** Outputs of numbers: value · divisor + offset is in the units of the targets. */
  readonly targetScaling: Pick<Scaling, "offset" | "divisor"> | null;
  /** Where the classes or targets of the whole stand among its own. */
  readonly outputs: Order;
}
export interface Described {
  readonly input: ExportedArray;
  readonly outputs: readonly ExportedArray[];
  readonly members: readonly DescribedMember[];
  /** Of several members: how they speak together. */
  readonly rule: "mean" | "vote" | null;
  /** Classes, or targets. */
  readonly width: number;
  readonly areClasses: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}
/** Files by their names. */
export type ExportedFiles = Readonly<Record<string, Uint8Array>>;
