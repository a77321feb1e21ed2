/**
 * Recipes: what a file says of its transforms → settings, in which every range is a pair and every default stands → what
 * is wrong with them for images of some shape.
 *
 * Settings are JSON, so they can travel with a data set and decide fingerprints.
 */
import * as z from "zod";
import type { ImageShape, Problem, Shift, TransformSettings } from "./transform.js";
import { type TransformName, transformOf, transforms } from "./transforms.js";

/** All that a file may say of a transform: its own options and how often it is applied. Made once: that takes a while. */
export function optionsOf(name: TransformName): ReturnType<typeof schemaOf> {
  let schema = known.get(name);
  if (!schema) {
    schema = schemaOf(name);
    known.set(name, schema);
  }
  return schema;
}
const known = new Map<TransformName, ReturnType<typeof schemaOf>>();

function schemaOf(name: TransformName) {
  const { options, probability } = transformOf(name);
  return z.strictObject({
    ...options,
    probability: z
      .number()
      .min(0)
      .max(1)
      .default(probability)
      .describe(`Share of the images to which it is applied; the others stay as they are. Default: ${probability}.`),
  });
}

/** Whether its name alone says enough: every option has a default. */
export const worksByName = (name: TransformName): boolean =>
  !transformOf(name).needsOptions && optionsOf(name).safeParse({}).success;

/** What stands in a recipe. @param options  as `optionsOf` reads them from a file */
export function settingsOf(name: TransformName, options: Readonly<Record<string, unknown>>): TransformSettings {
  const { probability, ...own } = optionsOf(name).parse(options);
  return { type: name, probability, ...transformOf(name).settings(own) };
}

/** A transform that cannot be done, with its place in the recipe. */
export interface PlacedProblem extends Problem {
  /** From 0. */
  readonly index: number;
  readonly type: TransformName;
}

/** Everything that is wrong with a recipe for images of this shape, in order. */
export const problemsOf = (recipe: readonly TransformSettings[], shape: ImageShape): readonly PlacedProblem[] =>
  recipe.flatMap((settings, index) => {
    const type = typeOf(settings);
    const problem = transformOf(type).problem?.(settings, shape);
    return problem ? [{ ...problem, index, type }] : [];
  });

/** Whatever moves what such images show, in order. */
export const shiftsOf = (
  recipe: readonly TransformSettings[],
  shape: ImageShape,
): readonly (Shift & { readonly index: number; readonly type: TransformName })[] =>
  recipe.flatMap((settings, index) => {
    const type = typeOf(settings);
    const shift = transformOf(type).shift?.(settings, shape);
    return shift ? [{ ...shift, index, type }] : [];
  });

/** @throws  where a recipe names what this version does not have */
export function typeOf({ type }: TransformSettings): TransformName {
  if (!Object.hasOwn(transforms, type)) throw new Error(`there is no transform \`${type}\``);
  // A key of the table, as has just been seen.
  return type as TransformName;
}

/** A transform of a recipe, told apart from others of its kind. */
export interface Placed {
  readonly settings: TransformSettings;
  readonly type: TransformName;
  /** The how many-th of its kind, from 1. */
  readonly place: number;
  /** What its draws are for: they do not depend on what else a recipe has. */
  readonly purpose: string;
}

export function placed(recipe: readonly TransformSettings[]): readonly Placed[] {
  const seen = new Map<TransformName, number>();
  return recipe.map((settings) => {
    const type = typeOf(settings);
    const place = (seen.get(type) ?? 0) + 1;
    seen.set(type, place);
    return { settings, type, place, purpose: `augment ${type} ${place}` };
  });
}
