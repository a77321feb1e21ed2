/** Recipes in action: order, probability, and pictures that depend on nothing but what they are drawn for. */
import { expect, test } from "vitest";
import { Chain } from "../../src/augment/chain.js";
import { CounterDraws } from "../../src/augment/draws.js";
import { settingsOf } from "../../src/augment/recipe.js";
import type { TransformSettings } from "../../src/augment/transform.js";
import { type TransformName, transformNames, transformOf } from "../../src/augment/transforms.js";
import { type ImageName, imageOf, shapes, sizeOf } from "./images.js";

/** Of each transform what it needs at least. */
const least: { readonly [K in TransformName]: Readonly<Record<string, unknown>> } = {
  rotate: { degrees: 20 },
  affine: { degrees: 10, translate: [0.1, 0.1], scale: [0.8, 1.2], shear: 10 },
  perspective: {},
  elastic: { alpha: 20, sigma: [1, 1.5] },
  flip: {},
  crop: { padding: 3, mode: "reflect" },
  blur: { size: 3 },
  noise: { sd: 0.05 },
  brightness: { factor: 0.3 },
  contrast: { factor: 0.3 },
  erase: { value: "random" },
};
const recipeOf = (...names: readonly TransformName[]): TransformSettings[] =>
  names.map((name) => settingsOf(name, least[name]));
const whole = recipeOf(...transformNames);

function picture(
  recipe: readonly TransformSettings[],
  epoch: number,
  row: number,
  repetition = 0,
  image: ImageName = "grey",
) {
  const chain = new Chain(recipe, shapes[image]);
  chain.start(5, ["a"], epoch);
  return chain.apply(imageOf(image), row, repetition).slice();
}

test.each(["grey", "colour"] as const)(
  "the same key is the same picture, in whatever order and company: %s",
  (image) => {
    const chain = new Chain(whole, shapes[image]);
    const keys = [
      [1, 0, 0],
      [1, 1, 0],
      [2, 0, 0],
      [1, 0, 1],
      [7, 59_999, 3],
      [1, 17, 0],
    ] as const;
    const alone = keys.map(([epoch, row, repetition]) => picture(whole, epoch, row, repetition, image));
    expect(new Set(alone.map(String)).size).toBe(keys.length);
    for (const order of [
      [0, 1, 2, 3, 4, 5],
      [5, 3, 1, 4, 2, 0],
      [2, 2, 0, 5, 5, 2],
    ])
      for (const at of order) {
        const [epoch, row, repetition] = keys[at]!;
        chain.start(5, ["a"], epoch);
        expect(chain.apply(imageOf(image), row, repetition)).toEqual(alone[at]);
      }
  },
);

test("transforms are applied in their order, each on what the one before it left", () => {
  const [turned, noisy] = [recipeOf("rotate"), recipeOf("noise")];
  const chain = new Chain(noisy, shapes.grey);
  chain.start(5, ["a"], 3);
  const wanted = chain.apply(picture(turned, 3, 11), 11, 0).slice();
  expect(picture([...turned, ...noisy], 3, 11)).toEqual(wanted);
  expect(picture([...noisy, ...turned], 3, 11)).not.toEqual(wanted);
});

test("what else a recipe has changes no transform's draws; a second of its kind has its own", () => {
  const factors = recipeOf("brightness", "brightness");
  const grey = { height: 1, width: 1, channels: 1 };
  const dim = Float32Array.of(0.25);
  const after = (recipe: readonly TransformSettings[]): number => {
    const chain = new Chain(recipe, grey);
    chain.start(5, [], 1);
    return chain.apply(dim, 0, 0)[0]!;
  };
  const first = after(factors.slice(0, 1)) / 0.25;
  expect(after([settingsOf("flip", { probability: 1 }), factors[0]!]) / 0.25).toBe(first);
  const draws = new CounterDraws();
  draws.key(5, [], "augment brightness 2", 1);
  const second = draws.between([0.7, 1.3]);
  expect(after(factors)).toBeCloseTo(0.25 * first * second, 6);
  expect(second).not.toBeCloseTo(first, 3);
});

test("the image that is given stays as it is, and may be the last result", () => {
  const chain = new Chain(whole, shapes.grey);
  chain.start(5, ["a"], 1);
  const image = imageOf("grey");
  const once = chain.apply(image, 0, 0).slice();
  expect(image).toEqual(imageOf("grey"));
  expect(chain.apply(chain.apply(image, 0, 0), 1, 0)).toEqual(chain.apply(once, 1, 0).slice());
});

test("an image that nothing is done to is given back as it is, in an array of the chain's own", () => {
  const chain = new Chain([settingsOf("flip", { probability: 0 })], shapes.grey);
  chain.start(5, [], 1);
  const image = imageOf("grey");
  const result = chain.apply(image, 0, 0);
  expect(result).toEqual(image);
  expect(result).not.toBe(image);
  expect(new Chain([], shapes.grey).apply(image, 0, 0)).toEqual(image);
});

test("a transform is applied to its share of the images; probability 1 and 0 draw nothing for it", () => {
  const image = imageOf("grey");
  for (const probability of [0, 0.1, 0.5, 0.9, 1]) {
    const chain = new Chain([settingsOf("flip", { probability })], shapes.grey);
    chain.start(5, [], 1);
    let done = 0;
    for (let row = 0; row < 4000; row++) if (chain.apply(image, row, 0)[0] !== image[0]) done++;
    const error = Math.sqrt((probability * (1 - probability)) / 4000);
    expect(Math.abs(done / 4000 - probability)).toBeLessThanOrEqual(5 * error);
  }
  const draws = new CounterDraws();
  draws.key(5, ["a"], "augment rotate 1", 1);
  const settings = settingsOf("rotate", { degrees: 20 });
  const prepared = transformOf("rotate").prepare(settings, shapes.grey);
  const to = new Float32Array(784);
  prepared.apply(draws.between([-20, 20]), image, to);
  expect(picture([settings], 1, 0)).toEqual(to);
  // Below 1 the first number decides, and the next is the angle.
  draws.image(0, 0);
  expect(draws.uniform()).toBeLessThan(0.999);
  prepared.apply(draws.between([-20, 20]), image, to);
  expect(picture([{ ...settings, probability: 0.999 }], 1, 0)).toEqual(to);
});

test.each(transformNames)("%s writes every number of its result, whatever stood there", (name) => {
  for (const image of ["grey", "colour"] as const) {
    const prepared = transformOf(name).prepare(settingsOf(name, least[name]), shapes[image]);
    const draws = new CounterDraws();
    draws.key(1, [], "augment", 1);
    const parameters = prepared.draw(draws);
    const [clean, dirty] = [
      new Float32Array(sizeOf(shapes[image])),
      new Float32Array(sizeOf(shapes[image])).fill(Number.NaN),
    ];
    prepared.apply(parameters, imageOf(image), clean);
    prepared.apply(parameters, imageOf(image), dirty);
    expect(dirty).toEqual(clean);
    expect(clean.every(Number.isFinite)).toBe(true);
  }
});

test.each(transformNames)("%s tells its parameters, from its weakest to its strongest", (name) => {
  const prepared = transformOf(name).prepare(settingsOf(name, least[name]), shapes.grey);
  const told = [0, 0.5, 1].map((strength) => {
    const draws = new CounterDraws();
    draws.key(1, [], "figure", 1);
    return prepared.told(prepared.atStrength(strength, draws));
  });
  expect(told).toMatchSnapshot();
});

test("an unknown transform is no part of a recipe", () => {
  expect(() => new Chain([{ type: "constructor", probability: 1 }], shapes.grey)).toThrow(
    "there is no transform `constructor`",
  );
});
