/**
 * augment: training images that a training sees distorted anew in every epoch.
 *
 * It leaves the same images with a recipe beside them: names, counts and splits travel, whoever ignores the recipe sees
 * images as they are, and nothing is drawn before a training draws, with its own seed. With `copies` it draws itself,
 * and leaves distorted images as a dataset like any other.
 */
import type { TransformSettings } from "../augment/transform.js";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { examplesOf } from "../learn/data.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { Kind } from "../pipeline/kind.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { sizeOfShape } from "../util/shape.js";
import { listed } from "../util/words.js";
import type { Dataset, Recipe } from "../values/dataset.js";
import { type Outputs, outputOf } from "../values/output.js";
import { recipeInWords } from "../values/recipe-words.js";
import { copiesOf } from "./augment-copies.js";
import {
  copiesMistake,
  heldOutMistake,
  normalisedMistake,
  rangeMistake,
  recipeMistakes,
  shapeMistake,
  shiftDoubts,
} from "./augment-mistakes.js";
import { type AugmentOptions, elsewhere, recipeOf, schema } from "./augment-options.js";
import { areCentredImages, cutFrom, datasetPort, datasetWords, heldOutIn, imageShapeOf } from "./dataset.js";

export const augment: Kind<AugmentOptions, { data: "dataset" }> = {
  name: "augment",
  version: 1,
  summary: "Distorts training images anew in every epoch of a training, or leaves distorted copies of them.",
  schema,
  optionNames: Object.keys(schema.shape),
  elsewhere: { transforms: elsewhere },
  inputs: [{ option: "data", accepts: ["dataset"], description: "The training examples to augment." }],
  outputs: {
    data:
      "The same images with a recipe, which a training follows: it draws with its own seed, anew for every image " +
      "and epoch. `shuffle` and `normalize` pass it on (the transforms come first); figures and `explore` show " +
      "images as they are. " +
      "With `copies` the distorted images themselves.",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  parts:  {kind: split, data: digits.train, validation: 10000, stratify: true}
  warped: {kind: augment, data: parts.train, transforms: [{rotate: {degrees: 10}}]}
  net:
    kind: train
    data: warped
    validation: parts.validation
    layers: [flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 3
  score: {kind: evaluate, model: net, data: digits.test}
  copies: {kind: augment, data: parts.train, transforms: [elastic, {erase: 0.1}], copies: 2, seed: 5}
`,
  usesEngine: false,
  drawsRandomNumbers: ({ copies }) => copies !== undefined && copies !== null,
  ...datasetWords,
  headline: (outputs) => headline(outputs),
  check,
  async run(context) {
    const { options, inputs, warn } = context;
    const { data } = inputs;
    const own = recipeOf(options);
    const [mistake] = mistakesOf(data, own);
    if (mistake) throw new MistakeError(mistake);
    const doubts = shiftDoubts(own, imageShapeOf(data.data.shape)!);
    if (doubts.length > 0 && areCentredImages(data)) for (const { message, name } of doubts) warn(message, name);
    const recipe: Recipe = {
      transforms: [...(data.data.recipe?.transforms ?? []), ...own],
      scale: data.data.scale,
    };
    const augmented: Dataset = { ...data, data: { ...data.data, recipe } };
    return { data: options.copies === undefined ? augmented : await copiesOf(augmented, options.copies, context) };
  },
};

function headline({ data }: Outputs): string {
  const set = outputOf(data, "dataset").data;
  return `data ${set.count}, ${recipeInWords(set)}`;
}

/** What the data at hand say against it, the first thing first. */
function* mistakesOf(data: Dataset, own: readonly TransformSettings[]) {
  const { split, normalization = [], shape } = data.data;
  const all = [heldOutMistake(split), normalization.length > 0 ? normalisedMistake : undefined, shapeMistake(shape)];
  yield* all.filter((mistake) => mistake !== undefined);
  yield* recipeMistakes(own, imageShapeOf(shape)!);
  const range = rangeMistake(examplesOf(data));
  if (range) yield range;
}

function check(context: CheckContext<AugmentOptions, { data: "dataset" }>): Readonly<Record<string, PortInfo>> {
  const { options, inputs, identity, report, span } = context;
  const { data } = inputs;
  const { copies } = options;
  const heldOut = heldOutMistake(data?.split);
  const label = `${listed(heldOutIn(data?.split))} examples from here`;
  if (heldOut) report({ ...heldOut, notes: data?.splitAt ? [{ span: data.splitAt, label }] : undefined });
  const [normalised] = data?.normalization ?? [];
  if (normalised) report({ ...normalisedMistake, notes: [{ span: normalised.span, label: "normalised here" }] });
  const wrongShape = data?.shape && shapeMistake(data.shape);
  if (wrongShape) report(wrongShape);
  const shape = data?.shape && imageShapeOf(data.shape);
  if (shape) {
    const own = recipeOf(options);
    for (const mistake of recipeMistakes(own, shape)) report(mistake);
    const doubts = shiftDoubts(own, shape);
    if (doubts.length > 0 && data.isCentred?.()) for (const doubt of doubts) report(doubt);
    const range = data.examples && rangeMistake(examplesOf(data.examples()));
    if (range) report(range);
  }
  const count = data?.count ?? null;
  if (copies === undefined)
    return {
      data: {
        ...datasetPort(data, count),
        recipe: { span: span() },
        classCounts: data?.classCounts,
        examples: data?.examples,
      },
    };
  const tooMany = count !== null && shape ? copiesMistake(copies, count, sizeOfShape(data.shape!)) : undefined;
  if (tooMany) report(tooMany);
  const counts = data?.classCounts;
  return {
    data: {
      ...datasetPort(data, count === null ? null : count * copies),
      recipe: undefined,
      ordered: undefined,
      rows: { ...cutFrom(data, `${identity()}.copies`), ...repeatsIn(data, copies) },
      classCounts: counts && (() => counts().map((each) => each * copies)),
    },
  };
}

/** Of copies each image is there again, however distorted: they are not to stand on both sides of a cut. */
function repeatsIn(data: PortInfo | undefined, copies: number): { readonly repeats?: number | null } {
  const before = data?.rows?.repeats;
  if (copies === 1 && before === undefined) return {};
  const count = data?.count;
  return { repeats: typeof count === "number" && before !== null ? (copies - 1) * count + (before ?? 0) : null };
}
