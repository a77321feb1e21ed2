/** The pictures of the reference page: each figure, drawn from the sample that it names, and each transform. */
import { renderSvg } from "../src/figure/svg.js";
import type { ListItem } from "../src/pipeline/run-context.js";
import type { FigureDeclaration } from "../src/stages/figure-declaration.js";
import { figures } from "../src/stages/figures.js";
import { drawn, visualize } from "../src/stages/visualize.js";
import type { Output } from "../src/values/output.js";
import { samples } from "./figure-samples.js";
import { picturePath, transformPicture } from "./reference.js";
import { transformPictures } from "./transform-pictures.js";

/** SVG by path from the folder of the page. */
export async function pictures(): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const figure of figures) found[picturePath(figure.name)] = await pictureOf(figure);
  for (const [name, svg] of Object.entries(await transformPictures())) found[picturePath(transformPicture(name))] = svg;
  return found;
}

async function pictureOf({ name, sample }: FigureDeclaration): Promise<string> {
  const { from = [], inputs = {}, options } = sample(samples);
  const list = from.flatMap((value, source): readonly ListItem<Output>[] =>
    "get" in value
      ? [...value].map(([element, own]) => ({ source, element, value: own }))
      : [{ source, element: null, value }],
  );
  const figure = await drawn(visualize.schema.parse({ figure: name, ...options }), list, inputs, {
    seed: 7,
    folds: [],
  });
  return (await renderSvg(figure.specification)).svg;
}
