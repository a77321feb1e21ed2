/**
 * What a transform declares of itself: one file of `transforms/`. `transforms.ts` lists them, and nothing else knows
 * one by name.
 *
 * A transform is given what a file asks of it as *settings*, in which every range is a pair and every default stands.
 * They are JSON, for they travel with a data set. For each image it draws *parameters* from them, and what it does
 * with given parameters has nothing random left.
 */
import type * as z from "zod";

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
  /** Standard normal. */
  normal(): number;
  /** Uniform whole number in 0 … n − 1. */
  int(n: number): number;
  /** Uniform between the two. */
  between(range: Range): number;
}

/** A JSON object. */
export type Settings = Readonly<Record<string, unknown>>;

export interface Transform<
  Options extends z.ZodRawShape = z.ZodRawShape,
  Own extends Settings = Settings,
  Parameters = unknown,
> {
  /** As a file spells it. */
  readonly name: string;
  /** A sentence for the editor and the reference page: what it does, with the formula or the source. */
  readonly summary: string;
  /** The option that its short form sets, such as `degrees` of `rotate: 10`. */
  readonly main: keyof Options & string;
  /** As a file spells them, each described with its default; `probability` is added to all. */
  readonly options: Options;
  /** Where a file sets none. */
  readonly probability: number;
  settings(options: z.infer<z.ZodObject<Options>>): Own;
  /** Why it cannot be done to such images, with the option to blame; undefined where it can. */
  problem?(settings: Own, shape: ImageShape): Problem | undefined;
  /**
   * The parameters of one image. Draws in a fixed order; how many numbers it draws may depend on the settings and the
   * shape, and on what was drawn before.
   */
  draw(settings: Own, shape: ImageShape, draws: Draws): Parameters;
  /** Prepares for images of one shape: what it needs of memory and tables is made once. */
  prepare(settings: Own, shape: ImageShape): (parameters: Parameters, from: Image, to: Image) => void;
  /**
   * Parameters of a given strength, for pictures that show the transform alone: 0 is its weakest and 1 its strongest
   * under these settings. Where a direction is drawn, it is that of the larger numbers.
   */
  atStrength(settings: Own, shape: ImageShape, strength: number, draws: Draws): Parameters;
  /** The parameters in words, such as `15°`. */
  told(parameters: Parameters): string;
}
export interface Problem {
  readonly option: string;
  readonly title: string;
  readonly message: string;
}
