/** The pictures of the reference page: each figure, drawn from the sample that it names, and each transform. */
import type { Figure } from "../src/figure/figure.js";
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

const pictureOf = async (figure: FigureDeclaration): Promise<string> =>
  (await renderSvg((await sampleFigure(figure)).specification)).svg;

/** A figure of the sample that it names. */
export function sampleFigure({ name, sample }: FigureDeclaration): Promise<Figure> {
  const { from = [], inputs = {}, options, behind } = sample(samples);
  const list = from.flatMap((value, source): readonly ListItem<Output>[] =>
    "get" in value
      ? [...value].map(([element, own]) => ({ source, element, value: own }))
      : [{ source, element: null, value }],
  );
  const checked = visualize.schema.parse({ figure: name, ...options });
  return drawn({ ...checked, behind }, list, inputs, { seed: 7, folds: [] });
}
