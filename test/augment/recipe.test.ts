/** What a file says of transforms, as settings: ranges, defaults, and what is refused. */
import { describe, expect, test } from "vitest";
import { optionsOf, problemsOf, settingsOf, worksByName } from "../../src/augment/recipe.js";
import { type TransformName, transformNames } from "../../src/augment/transforms.js";

const grey = { height: 28, width: 28, channels: 1 };
const colour = { height: 20, width: 32, channels: 3 };
const sampled = { interpolation: "bilinear", fill: 0 };

test.each<[TransformName, object, object]>([
  ["rotate", { degrees: 10 }, { probability: 1, degrees: [-10, 10], center: null, ...sampled }],
  [
    "rotate",
    { degrees: [15, 15], center: [3, 4.5] },
    { probability: 1, degrees: [15, 15], center: [3, 4.5], ...sampled },
  ],
  [
    "affine",
    {},
    { probability: 1, degrees: [0, 0], translate: null, scale: null, shear: null, center: null, ...sampled },
  ],
  [
    "affine",
    { degrees: 5, translate: [0.1, 0.2], scale: [0.9, 1.1], shear: 8 },
    {
      ...{ probability: 1, degrees: [-5, 5], scale: [0.9, 1.1], center: null, ...sampled },
      ...{
        translate: [
          [-0.1, 0.1],
          [-0.2, 0.2],
        ],
        shear: [[-8, 8], null],
      },
    },
  ],
  [
    "affine",
    {
      translate: [
        [0, 0.1],
        [-0.2, 0],
      ],
      shear: [-1, 2, -3, 4],
    },
    {
      ...{ probability: 1, degrees: [0, 0], scale: null, center: null, ...sampled },
      ...{
        translate: [
          [0, 0.1],
          [-0.2, 0],
        ],
        shear: [
          [-1, 2],
          [-3, 4],
        ],
      },
    },
  ],
  ["perspective", {}, { probability: 0.5, distortion: [0.5, 0.5], ...sampled }],
  ["elastic", {}, { probability: 1, alpha: [50, 50], sigma: [5, 5], ...sampled }],
  [
    "elastic",
    { alpha: [20, 34], fill: [0.1, 0, 1] },
    { probability: 1, alpha: [20, 34], sigma: [5, 5], interpolation: "bilinear", fill: [0.1, 0, 1] },
  ],
  ["flip", {}, { probability: 0.5, direction: "horizontal" }],
  ["crop", { padding: 2 }, { probability: 1, padding: 2, mode: "constant", fill: 0 }],
  ["blur", { size: 3 }, { probability: 1, size: 3, sigma: [0.1, 2] }],
  ["noise", { probability: 0.25 }, { probability: 0.25, sd: [0.1, 0.1], clip: true }],
  ["brightness", { factor: 0.25 }, { probability: 1, factor: [0.75, 1.25] }],
  ["contrast", { factor: 1.5 }, { probability: 1, factor: [0, 2.5] }],
  ["erase", { value: "random" }, { probability: 0.5, area: [0.02, 0.33], ratio: [0.3, 3.3], value: "random" }],
])("%s %j", (name, options, settings) => {
  const made = settingsOf(name, options as Readonly<Record<string, unknown>>);
  expect(made).toEqual({ type: name, ...settings });
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
});

test("a name alone is a transform where every option has a default and together they do something", () => {
  expect(transformNames.filter(worksByName)).toEqual(["perspective", "elastic", "flip", "noise", "erase"]);
});

describe("refused", () => {
  test.each<[TransformName, object]>([
    ["rotate", { degrees: -10 }],
    ["rotate", { degrees: [10, -10] }],
    ["rotate", { degrees: 10, center: 3 }],
    ["rotate", { degrees: 10, fill: 128 }],
    ["rotate", { degrees: 10, interpolation: "bicubic" }],
    ["rotate", { degrees: 10, probability: 1.5 }],
    ["rotate", { degrees: 10, probability: -0.1 }],
    ["affine", { scale: 0.9 }],
    ["affine", { scale: [0, 1] }],
    ["affine", { scale: [1.1, 0.9] }],
    ["affine", { translate: [1.1, 0] }],
    ["affine", { translate: 0.1 }],
    ["affine", { shear: 90 }],
    ["affine", { shear: [0, 10, 20, 10] }],
    ["perspective", { distortion: 1.2 }],
    ["elastic", { alpha: -1 }],
    ["elastic", { sigma: -1 }],
    ["flip", { direction: "diagonal" }],
    ["crop", { padding: 1.5 }],
    ["crop", { padding: -1 }],
    ["blur", { size: 4 }],
    ["blur", { size: 3, sigma: 0 }],
    ["noise", { sd: -0.1 }],
    ["noise", { sd: 0.1, mean: 1 }],
    ["brightness", { factor: -0.5 }],
    ["contrast", { factor: [1.2, 0.8] }],
    ["erase", { area: 1.5 }],
    ["erase", { ratio: 0 }],
    ["erase", { value: "noise" }],
  ])("%s %j", (name, options) => {
    expect(optionsOf(name).safeParse(options).success).toBe(false);
  });
});

test.each<[TransformName, object, typeof grey, string, string, string]>([
  [
    ...(["elastic", { sigma: 7 }, grey, "sigma", "too smooth for the images"] as const),
    "Smoothing with `sigma` 7 takes a kernel of 57 pixels, but an image of 28 × 28 can be mirrored for up to 55. Set " +
      "`sigma` below 6.875.",
  ],
  [
    ...(["blur", { size: 41 }, colour, "size", "a kernel too large for the images"] as const),
    "A kernel of 41 pixels mirrors 20 of an image of 32 × 20, which has only 19 beside its border. Set `size: 39` or less.",
  ],
  [
    ...(["crop", { padding: 28, mode: "reflect" }, grey, "padding", "more padding than image"] as const),
    "`mode: reflect` mirrors up to 27 pixels of an image of 28 × 28, but `padding` is 28. Set `padding: 27` or less, or " +
      "another `mode`.",
  ],
  [
    ...(["erase", { area: 1 }, grey, "area", "a rectangle that never fits"] as const),
    "A rectangle of 1 of the area and with a height of 0.3 to 3.3 times its width is never lower and narrower than " +
      "28 × 28, so nothing would be erased. Take less area, or a ratio nearer to the image's.",
  ],
  [
    ...(["rotate", { degrees: 1, fill: [0, 0, 0] }, grey, "fill", "one number per channel"] as const),
    "The images have 1 channel, but `fill` names 3 numbers. Give a single number.",
  ],
  [
    ...(["erase", { value: [0.5] }, colour, "value", "one number per channel"] as const),
    "The images have 3 channels, but `value` names 1 number. Give a single number, or a list of 3.",
  ],
])("%s %j cannot be done to these images", (name, options, shape, option, title, message) => {
  const fine = settingsOf("flip", {});
  const bad = settingsOf(name, options as Readonly<Record<string, unknown>>);
  expect(problemsOf([fine, bad], shape)).toEqual([{ index: 1, type: name, option, title, message }]);
});

test("what is just possible is no problem", () => {
  const recipe = [
    settingsOf("elastic", { sigma: 6.87 }),
    settingsOf("blur", { size: 55 }),
    settingsOf("crop", { padding: 27, mode: "reflect" }),
    settingsOf("crop", { padding: 40 }),
    settingsOf("erase", { area: 0.9, ratio: 1 }),
    settingsOf("rotate", { degrees: 400, center: [-100, 200] }),
  ];
  expect(problemsOf(recipe, grey)).toEqual([]);
});
