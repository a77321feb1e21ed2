/**
 * What an aspect of `inspect` declares of itself, in one file of `aspects/`: its options, what it needs, which layers
 * it can look at, how check time tells a misfit, and how it is computed.
 *
 * `inspect`, the editor's schema, the reference page and the messages ask declarations and know no aspect by name.
 * `aspects.ts` lists them; `aspect-layers.ts` knows the options that all of them spell alike.
 */
import type * as z from "zod";
import type { Compute } from "../compute/program.js";
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { LookedAt, Pause, Shown } from "../inspect/looked-at.js";
import type { PlacedLayer } from "../learn/layer.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { Seeds } from "../pipeline/run-context.js";
import type { Blob } from "../values/blob.js";
import type { Normalization } from "../values/dataset.js";
import type { AspectName, Aspects } from "../values/inspection.js";
import type { CommonOptions, LayerFit } from "./aspect-layers.js";

export interface AspectDeclaration<
  Name extends AspectName = AspectName,
  Options extends z.ZodRawShape = z.ZodRawShape,
> {
  /** As pipelines name it, such as `feature_maps`. */
  readonly name: Name;
  /** What it computes, and of what: a sentence for the editor and the reference page. */
  readonly summary: string;
  /** Its own options, each described, with defaults or optional: the name alone is an aspect. */
  readonly options?: Options;
  /** Which layers it looks at, so that `layers` is among its options. Default: all that fit. */
  readonly layers?: LayerFit;
  /**
   * Looks at units, so that `units` is among its options: how many of each layer are looked at where a file does not
   * say; Infinity for all.
   */
  readonly units?: number;
  /** Options of `inspect` that it cannot do without. */
  readonly needs: readonly ("inputs" | "data")[];
  /** Draws with the seed, which is then part of what it is made of. Absent: it does not. */
  readonly drawsRandomNumbers?: boolean;
  /**
   * Why it cannot be done to this network, of whose layers `layers` and `units` are known to fit; `at` is an option of
   * the aspect, such as ["of"]. Asked while checking, where the layers are known then, and again before it is run.
   */
  problem?(given: AspectScene<z.infer<z.ZodObject<Options>>>): Mistake | undefined;
  /**
   * Computes it. TF.js is loaded here, by `await import` of a file of `inspect/`, and not by the declaration. Blobs are
   * named as in `AspectWords.meaning`: the aspect's name is put before.
   *
   * @throws MistakeError; InterruptedError by `pause`
   */
  run(given: AspectRun<z.infer<z.ZodObject<Options>>>): Promise<Inspected<Name>>;
}

export interface Inspected<Name extends AspectName = AspectName> {
  readonly data: Aspects[Name];
  readonly blobs?: Readonly<Record<string, Blob>>;
}

/** What check time knows, too. */
export interface AspectScene<Options = unknown> {
  readonly options: Options & CommonOptions;
  /** Those that it looks at, in order of computation. */
  readonly layers: readonly PlacedLayer[];
  /** Units of one of them that it looks at, counted from 0, in the order of the option. */
  unitsOf(layer: PlacedLayer): readonly number[];
  /** The whole network, in the order of the file. */
  readonly network: readonly PlacedLayer[];
  /** Shape of one example. */
  readonly inputShape: readonly number[];
  readonly classes: readonly string[] | null | undefined;
  /** How many examples the network is shown; null where that is not known. */
  readonly inputCount: number | null;
  /** Of `data`, while checking. */
  readonly data?: PortInfo | undefined;
}

export interface AspectRun<Options = unknown> extends Omit<AspectScene<Options>, "data"> {
  readonly compute: Compute;
  readonly looked: LookedAt;
  /** Of `inputs`: as the network is shown them. Present where `needs` says so. */
  readonly inputs: Shown;
  /** All examples of `data`, the same way. Present where `needs` says so. */
  readonly data: Shown;
  /** The same examples in the same order as they were given: on the scale of `data`, which pictures are of. */
  readonly given: Shown;
  /** What features went through before the network read them, to be undone for who reads pictures; often nothing. */
  readonly normalization: readonly Normalization[];
  readonly seeds: Seeds;
  /** Threads that it may use. */
  readonly threads: number;
  /**
   * Between two calls of the engine, and at least every second of other work: tells how much of this aspect is done, 0
   * … 1. @throws InterruptedError
   */
  readonly pause: Pause;
  /** What was done that one may want to know, a sentence without a full stop. */
  remark(text: string): void;
}

/** Infers what an aspect's `run` is given from what it declares. */
export const declareAspect = <Name extends AspectName, Options extends z.ZodRawShape = Record<never, never>>(
  declaration: AspectDeclaration<Name, Options>,
): AspectDeclaration => declaration;
