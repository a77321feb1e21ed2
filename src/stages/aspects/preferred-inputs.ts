/** preferred_inputs: the input that excites each unit most, by gradient ascent from seeded noise. */
import * as z from "zod";
import type { Mistake } from "../../diagnostic/diagnostic.js";
import { MistakeError } from "../../diagnostic/diagnostic.js";
import { FieldView } from "../../inspect/field-view.js";
import type { Shown } from "../../inspect/looked-at.js";
import { receptiveFields } from "../../inspect/receptive-field.js";
import { denormalised } from "../../learn/normalization.js";
import { stream } from "../../learn/random.js";
import { rounded } from "../../util/numbers.js";
import { sizeOfShape } from "../../util/shape.js";
import { plural } from "../../util/words.js";
import { type Blob, blobOf } from "../../values/blob.js";
import type { Normalization } from "../../values/dataset.js";
import type { PreferredInput, PreferredInputsOfLayer } from "../../values/inspected-preferred-inputs.js";
import { type AspectScene, declareAspect } from "../aspect-declaration.js";
import { tooManyPictures, weighted } from "../aspect-layers.js";

/** In pixels, where a file does not say: so much keeps noise of single pixels out of pictures. */
const usualBlur = 0.5;

interface Options {
  readonly steps: number;
  readonly blur?: number | undefined;
}

export const preferredInputs = declareAspect({
  name: "preferred_inputs",
  summary:
    "The input that excites each unit most, by gradient ascent from seeded noise, of convolutions for the unit in " +
    "the middle of its map, as much of the image as it sees.",
  options: {
    steps: z.number().int().min(1).max(10_000).default(32).describe("Steps tried, at most. Default: 32."),
    step: z
      .number()
      .positive()
      .max(1)
      .default(0.3)
      .describe("The first step, as a share of the norm; refused ones are halved, kept ones grow. Default: 0.3."),
    norm: z
      .number()
      .positive()
      .max(100)
      .default(1)
      .describe(
        "How far every input is from the mean of the data (L2), in mean distances of its examples. Default: 1.",
      ),
    blur: z
      .number()
      .min(0)
      .max(100)
      .optional()
      .describe(
        "Standard deviation in pixels of the Gaussian that smooths starts and steps; 0: none. Default: 0.5 for images.",
      ),
    starts: z
      .number()
      .int()
      .min(1)
      .max(100)
      .default(4)
      .describe("Starts from noise, of which the best is kept. Default: 4."),
  },
  layers: weighted,
  units: 16,
  needs: ["data"],
  drawsRandomNumbers: true,
  problem: (scene) => blurMistake(scene) ?? tooMuch(scene),
  async run({ options, layers, unitsOf, inputShape, compute, looked, data, normalization, seeds, pause, remark }) {
    const { steps, step, norm, starts } = options;
    const blur = inputShape.length === 3 ? (options.blur ?? usualBlur) : 0;
    // Loaded here, so that checking and planning load no TF.js.
    const [{ preferredInputs: climb }, { climbsSum }, { meanColour }] = await Promise.all([
      import("../../inspect/preferred-inputs.js"),
      import("../../inspect/unit-outputs.js"),
      import("../../inspect/ascent-starts.js"),
    ]);
    if (data.rows.length === 0) throw new MistakeError(noExamples);
    const own = ownNumbers(data.scale, normalization);
    const found: PreferredInputsOfLayer[] = [];
    const blobs: Record<string, Blob> = {};
    for (const [index, layer] of layers.entries()) {
      const units = unitsOf(layer);
      const made = await climb(
        compute,
        looked,
        layer,
        units,
        data,
        { blur, step, norm, starts, tries: steps },
        (purpose) => stream(seeds.seed, seeds.folds, purpose),
        (fraction) => pause((index + fraction) / layers.length),
      );
      if (!(made.radius > 0)) throw new MistakeError(allAlike(layer.name));
      const told: PreferredInput[] = [];
      const pictures: Float32Array[] = [];
      const [activations, sums]: [Float32Array[], Float32Array[]] = [[], []];
      for (const { unit, from, climb: best, ends, silence } of made.units) {
        const common = { unit: unit + 1, ends };
        if (!best) {
          told.push({ ...common, picture: null, from: silence!, to: silence!, kept: 0, start: null });
          continue;
        }
        const start = "example" in from ? { row: from.example + 1 } : from;
        const [first, last] = [best.activations[0]!, best.activations.at(-1)!];
        told.push({
          ...common,
          picture: pictures.length,
          from: first + 0,
          to: last + 0,
          kept: risesOf(best.heights),
          start,
        });
        pictures.push(own(best.input));
        activations.push(best.activations);
        sums.push(best.heights);
      }
      const { view, shape, radius } = made;
      const { seen, middle } = view;
      found.push({
        layer: layer.name,
        shape,
        seen: seen && { row: seen.top + 1, column: seen.left + 1, height: seen.height, width: seen.width },
        place: middle && [middle[0] + 1, middle[1] + 1],
        radius,
        climbsSum: climbsSum(layer),
        units: told,
      });
      blobs[layer.name] = stacked(pictures, shape);
      blobs[`${layer.name}.activations`] = stacked(activations, [steps + 1]);
      if (climbsSum(layer)) blobs[`${layer.name}.sums`] = stacked(sums, [steps + 1]);
      const saturated = told.filter(({ picture }) => picture === null).length;
      if (saturated > 0) remark(saturatedRemark(layer.name, saturated, told.length));
    }
    const origin = [...own(Float32Array.from(meanColour(data)))];
    return {
      data: { steps, step, norm, blur, starts, origin, range: rangeOf(data, own), layers: found },
      blobs,
    };
  },
});

const blurMistake = ({ options: { blur }, inputShape }: AspectScene<Options>): Mistake | undefined =>
  blur !== undefined && blur > 0 && inputShape.length !== 3
    ? {
        title: "a blur without images",
        message:
          `\`blur\` smooths along height and width, and the examples are no images but [${inputShape.join(", ")}]. ` +
          "Leave `blur` out.",
        at: ["blur"],
      }
    : undefined;

/** Pictures, with activations and sums step by step. */
function tooMuch(scene: AspectScene<Options>): Mistake | undefined {
  const fields = receptiveFields(scene.network, scene.inputShape);
  return tooManyPictures("preferred_inputs", scene, (layer) => {
    const { shape } = new FieldView(layer, fields?.get(layer.name), scene.inputShape);
    return sizeOfShape(shape) + 2 * (scene.options.steps + 1);
  });
}

const saturatedRemark = (layer: string, count: number, all: number): string => {
  const [are, them] = count === 1 ? ["is", "it"] : ["are", "them"];
  return (
    `${count} of ${plural(all, "unit")} of ${layer} ${are} saturated: the activation rises from no start, nor from ` +
    `the example that excites ${them} most, so there is no picture`
  );
};

const noExamples = {
  title: "no examples",
  message:
    "`preferred_inputs` takes the mean of `data` and how far its examples are from it, and there is no example. " +
    "Name data that have some.",
  at: ["data"],
};

const allAlike = (layer: string) => ({
  title: "examples that are all alike",
  message:
    `Of what a unit of \`${layer}\` sees all examples are one flat colour, so that no input is as far from it as ` +
    "they are on average. Name data whose examples differ there, or leave the layer out of `layers`.",
  at: ["data"],
});

/** Steps that were kept: those after which it stands higher. */
const risesOf = (heights: Float32Array): number =>
  heights.reduce((sum, height, at) => sum + (at > 0 && height > heights[at - 1]! ? 1 : 0), 0);

/** From numbers that a network reads to those of the data: what they were before they were normalised, or bytes. */
const ownNumbers =
  (scale: number, normalization: readonly Normalization[]) =>
  (values: Float32Array): Float32Array =>
    normalization.length > 0
      ? Float32Array.from(denormalised({ features: values, scale: 1 }, normalization))
      : values.map((value) => value / scale);

const stacked = (arrays: readonly Float32Array[], shape: readonly number[]): Blob => {
  const size = sizeOfShape(shape);
  const all = new Float32Array(arrays.length * size);
  for (const [index, array] of arrays.entries()) all.set(array, index * size);
  return blobOf("float32", [arrays.length, ...shape], all);
};

/** Of images over all channels, so that these stay comparable; of rows column by column. */
function rangeOf(
  { features, rows, shape, scale }: Shown,
  own: (values: Float32Array) => Float32Array,
): readonly (readonly [number, number])[] {
  const size = sizeOfShape(shape);
  const channels = shape[shape.length - 1]!;
  const least = new Float32Array(channels).fill(Number.POSITIVE_INFINITY);
  const most = new Float32Array(channels).fill(Number.NEGATIVE_INFINITY);
  for (const row of rows)
    for (let at = 0; at < size; at++) {
      const value = features[row * size + at]! * scale;
      const channel = at % channels;
      if (value < least[channel]!) least[channel] = value;
      if (value > most[channel]!) most[channel] = value;
    }
  const [low, high] = [own(least), own(most)];
  if (shape.length === 1) return Array.from(low, (value, column) => readable(value, high[column]!));
  return [readable(Math.min(...low), Math.max(...high))];
}

/** Without what 32 bits left of the way there and back. */
function readable(low: number, high: number): readonly [number, number] {
  const [from, to] = [low, high].map((end) => (Math.abs(end) < 1e-6 * (high - low) ? 0 : rounded(end)));
  return [from!, to!];
}
