/** What the reference page shows of each transform: a letter, from the weakest to the strongest of a few settings. */
import { optionsOf, settingsOf } from "../src/augment/recipe.js";
import { type TransformName, transformNames } from "../src/augment/transforms.js";
import { figureOf } from "../src/figure/figure.js";
import { imageSheet } from "../src/figure/image-sheet.js";
import { renderSvg } from "../src/figure/svg.js";
import { stripsOf } from "../src/stages/transform-strips.js";
import { letter } from "./figure-samples.js";

const shape = { height: 28, width: 28, channels: 1 };

/** By what is written of the settings beside their row. */
type Rows = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const shown: Readonly<Record<TransformName, Rows>> = {
  rotate: { "degrees: [0, 40]": { degrees: [0, 40] } },
  affine: {
    "degrees: [0, 40]": { degrees: [0, 40] },
    "shear: [0, 30]": { shear: [0, 30] },
    "scale: [1, 1.4]": { scale: [1, 1.4] },
    "translate: [0.2, 0.1]": { translate: [0.2, 0.1] },
  },
  perspective: { "distortion: [0, 0.6]": { distortion: [0, 0.6] } },
  elastic: {
    "alpha: [0, 60], sigma: 4": { alpha: [0, 60], sigma: 4 },
    "alpha: [0, 150], sigma: 6": { alpha: [0, 150], sigma: 6 },
  },
  flip: { horizontal: { direction: "horizontal" }, vertical: { direction: "vertical" } },
  crop: { "padding: 4": { padding: 4 } },
  blur: { "sigma: [0.1, 2]": { size: 9, sigma: [0.1, 2] } },
  noise: { "sd: [0, 0.4]": { sd: [0, 0.4] } },
  brightness: { "factor: [0.2, 1]": { factor: [0.2, 1] }, "factor: [1, 1.6]": { factor: [1, 1.6] } },
  contrast: { "factor: [0.2, 1]": { factor: [0.2, 1] }, "factor: [1, 1.6]": { factor: [1, 1.6] } },
  erase: { "area: [0.02, 0.2]": { area: [0.02, 0.2] } },
};

export async function transformPictures(): Promise<Readonly<Record<TransformName, string>>> {
  const found: [TransformName, string][] = [];
  for (const name of transformNames) found.push([name, await pictureOf(name)]);
  // One for each name.
  return Object.fromEntries(found) as Record<TransformName, string>;
}

async function pictureOf(name: TransformName): Promise<string> {
  const source = { image: letter(), shape, row: 0 };
  const strips = Object.entries(shown[name]).flatMap(([label, options]) => {
    const settings = settingsOf(name, optionsOf(name).parse(options));
    return stripsOf([settings], source, 5, { seed: 7, folds: [] }).map((strip) => ({ ...strip, name: label }));
  });
  const body = await imageSheet({ strips }, [shape.height, shape.width, shape.channels]);
  return (await renderSvg(figureOf("augmentation", name, [], body).specification)).svg;
}
