/** Each transform of a recipe alone, by its strength: for figures, and for the pictures of the reference page. */
import { CounterDraws } from "../augment/draws.js";
import { type Placed, placed } from "../augment/recipe.js";
import type { ImageShape, TransformSettings } from "../augment/transform.js";
import { transformOf } from "../augment/transforms.js";
import type { Strip } from "../figure/image-sheet.js";
import type { Captioned } from "../figure/tiles.js";
import type { Seeds } from "../pipeline/run-context.js";

/** An image, float32 in 0 … 1, and its number among the stored ones. */
interface Source {
  readonly image: Float32Array;
  readonly shape: ImageShape;
  readonly row: number;
}

/**
 * A strip for each transform, named after it and, from the second of its kind on, its number.
 *
 * From its weakest to its strongest; where the settings leave one strength, several draws of it. What looks and reads
 * the same is there once: a flip is done or not.
 */
export function stripsOf(
  transforms: readonly TransformSettings[],
  source: Source,
  strengths: number,
  seeds: Seeds,
): readonly Strip[] {
  if (strengths === 0) return [];
  return placed(transforms).map((each) => ({
    name: each.place === 1 ? each.type : `${each.type} ${each.place}`,
    images: stripOf(each, source, strengths, seeds),
  }));
}

function stripOf(
  { settings, type, purpose }: Placed,
  { image, shape, row }: Source,
  strengths: number,
  { seed, folds }: Seeds,
): readonly Captioned[] {
  const prepared = transformOf(type).prepare(settings, shape);
  const draws = new CounterDraws();
  const applied = (epoch: number, parametersOf: () => unknown): Captioned => {
    draws.key(seed, folds, purpose, epoch);
    draws.image(row, 0);
    const parameters = parametersOf();
    const result = new Float32Array(image.length);
    prepared.apply(parameters, image, result);
    return { image: result, caption: prepared.told(parameters) };
  };
  const steps = Array.from({ length: strengths }, (_, at) => at);
  // What is drawn beside the strength is the same for all: one field of shifts, say, that grows.
  const byStrength = distinct(
    steps.map((at) => applied(1, () => prepared.atStrength(strengths === 1 ? 1 : at / (strengths - 1), draws))),
  );
  if (byStrength.length > 1) return byStrength;
  return distinct(steps.map((at) => applied(at + 1, () => prepared.draw(draws))));
}

const distinct = (shown: readonly Captioned[]): readonly Captioned[] =>
  shown.filter((one, at) => !shown.slice(0, at).some((other) => isSame(one, other)));

const isSame = (a: Captioned, b: Captioned): boolean =>
  a.caption === b.caption && Array.from(a.image).every((value, at) => value === b.image[at]);
