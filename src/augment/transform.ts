/**
 * What a transform declares of itself: one file of `transforms/`. `transforms.ts` lists them, and nothing else knows
 * one by name.
 *
 * A transform is given what a file asks of it as *settings*, in which every range is a pair and every default stands.
 * They are JSON, for they travel with a data set. Prepared for images of one shape, it draws *parameters* for each
 * image, and what it does with given parameters has nothing random left.
 */
import type * as z from "zod";
import type { JsonObject } from "../util/json.js";

/** Drawn between the two, both of which are possible; [a, a] is exactly a. */
export type Range = readonly [number, number];

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  /** 1 or 3. */
  readonly channels: number;
}

/** Float32 [height, width, channels], row-major; mostly in 0 … 1. */
export type Image = Float32Array;

/** The random numbers of one transform on one image, in order. */
export interface Draws {
  /** Uniform in [0, 1), with 32 random bits. */
  uniform(): number;
  /** As many as there is room for, the same as one by one. */
  uniforms(into: Float64Array): void;
  /** Standard normal, as many as there is room for. */
  normals(into: Float64Array): void;
  /** Uniform whole number in 0 … n − 1. */
  int(n: number): number;
  /** Uniform between the two. */
  between(range: Range): number;
}

export interface Transform<
  Options extends z.ZodRawShape = z.ZodRawShape,
  Own extends JsonObject = JsonObject,
  Parameters = unknown,
> {
  /** A sentence for the editor and the reference page: what it does, with the formula or the source. */
  readonly summary: string;
  /** The option that its short form sets, such as `degrees` of `rotate: 10`. */
  readonly main: string;
  /** As a file spells them, each a single word, with defaults and descriptions; `probability` is added to all. */
  readonly options: Options;
  /** Where a file sets none. */
  readonly probability: number;
  /** Every option has a default, but together they change nothing: the name alone is no transform. */
  readonly needsOptions?: true;
  settings(options: z.infer<z.ZodObject<Options>>): Own;
  /** Why it cannot be done to such images, with the option to blame; undefined where it can. */
  problem?(settings: Own, shape: ImageShape): Problem | undefined;
  /** How far it may move what images show; absent, or undefined, where it leaves them in their place. */
  shift?(settings: Own, shape: ImageShape): Shift | undefined;
  /** Made ready for images of one shape: what it needs of memory and tables is made once. */
  prepare(settings: Own, shape: ImageShape): Prepared<Parameters>;
}

export interface Prepared<Parameters = unknown> {
  /**
   * The parameters of one image, which hold until the next are drawn. Draws in a fixed order; how many numbers it draws
   * may depend on the settings and the shape, and on what was drawn before.
   */
  draw(draws: Draws): Parameters;
  /** @param to  another array than `from`; every number of it is written */
  apply(parameters: Parameters, from: Image, to: Image): void;
  /**
   * Parameters of a given strength, for pictures that show the transform alone: 0 is its weakest and 1 its strongest
   * under these settings. Where a direction is drawn, it is that of the larger numbers.
   */
  atStrength(strength: number, draws: Draws): Parameters;
  /** The parameters in words, such as `15°`. */
  told(parameters: Parameters): string;
}

export interface Problem {
  readonly option: string;
  readonly title: string;
  readonly message: string;
}

/** The option that says how far, and the largest share of the width or height that it allows. */
export interface Shift {
  readonly option: string;
  readonly share: number;
}

/** Settings of the transform `type`, as they travel with a data set. */
export type TransformSettings = JsonObject & { readonly type: string; readonly probability: number };

/** Ties a row's types together. */
export const transform = <Options extends z.ZodRawShape, Own extends JsonObject, Parameters>(
  given: Transform<Options, Own, Parameters> & { readonly main: keyof Options },
): Transform<Options, Own, Parameters> => given;
