/**
 * receptive_fields: how much of an image the units of each layer see, which patches of the data excite a unit most, and
 * what it weighs each number of the input with when all that is not linear is left out.
 */
import * as z from "zod";
import type { Mistake } from "../../diagnostic/diagnostic.js";
import { MistakeError } from "../../diagnostic/diagnostic.js";
import { FieldView } from "../../inspect/field-view.js";
import type { Pause, Shown } from "../../inspect/looked-at.js";
import { layersTo, type ReceptiveField, receptiveFields } from "../../inspect/receptive-field.js";
import { nameable, outputName } from "../../inspect/unfolded.js";
import type { PlacedLayer } from "../../learn/layer.js";
import { grouped } from "../../util/numbers.js";
import { sizeOfShape } from "../../util/shape.js";
import { plural } from "../../util/words.js";
import { type Blob, blobOf, type Dtype } from "../../values/blob.js";
import {
  constantUnits,
  type FieldOfLayer,
  type FieldOfUnit,
  type FieldsOfUnits,
} from "../../values/inspected-receptive-fields.js";
import { type AspectRun, type AspectScene, declareAspect } from "../aspect-declaration.js";
import { type LayerFit, tooManyPictures, unitCountOf, weighted } from "../aspect-layers.js";

const options = {
  count: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(8)
    .describe("How many of the strongest patches of each unit, each of another example. Default: 8."),
};
type Options = { readonly count: number };
/** Looked at where a file does not say which. */
export const unitsOfLayer = 8;

/** Units of what a layer only passes on are those of the layer before it. */
const withUnits: LayerFit = {
  words: "layers whose units it can tell apart",
  accepts: ({ layer, output }) =>
    layer.type !== "flatten" && layer.type !== "dropout" && (output.length === 1 || output.length === 3),
  usual: weighted,
  reason: ({ layer, name }) =>
    layer.type === "flatten" || layer.type === "dropout"
      ? `\`${name}\` passes on what it is given: look at the layer before it.`
      : undefined,
};

export const receptiveFieldsAspect = declareAspect({
  name: "receptive_fields",
  summary:
    "How much of an image the units of every layer see, by the arithmetic; of each unit the patches of `data` that " +
    "excite it most, and its projection back to the input through the network without its activations.",
  options,
  layers: withUnits,
  units: unitsOfLayer,
  needs: ["data"],
  problem: tooMuch,
  async run(given) {
    const { options, layers, unitsOf, looked, compute, data, inputShape, normalization, pause, remark } = given;
    if (data.rows.length === 0)
      throw new MistakeError({ title: "no examples", message: "`data` has no examples to look at.", at: ["data"] });
    const fields = receptiveFields(looked.layers, inputShape);
    const { strongest, NotFiniteError } = await import("../../inspect/strongest.js");
    const wanted = layers.map((layer) => ({
      ...{ tap: outputName(layer), units: unitsOf(layer) },
      ...{ width: unitCountOf(layer), isMap: layer.output.length === 3 },
    }));
    const excited = await strongest(compute, looked, data, wanted, options.count, (done) => pause(0.9 * done)).catch(
      (error: unknown) => {
        if (!(error instanceof NotFiniteError)) throw error;
        throw new MistakeError(notFinite(layers[error.wanted]!.name, error.example));
      },
    );
    const found: FieldsOfUnits[] = [];
    const blobs: Record<string, Blob> = {};
    for (const [index, layer] of layers.entries()) {
      const view = new FieldView(layer, fields?.get(layer.name), inputShape);
      const units = unitsOf(layer);
      const told = units.map((unit, nth): FieldOfUnit => {
        const { best, ...rest } = excited[index]![nth]!;
        const patches = best.map(({ example, value, place }) => ({
          ...{ row: example + 1, value },
          ...view.at(view.placeOf(unit, place)),
        }));
        return { unit: unit + 1, ...rest, patches };
      });
      blobs[`${layer.name}.patches`] = patchesBlob(given, view, told);
      const share = (done: number): number => 0.9 + (0.1 * (index + done)) / layers.length;
      const projected = await projectedBlob(given, layer, view, units, (done) => pause(share(done)));
      if (typeof projected !== "string") blobs[`${layer.name}.back_projection`] = projected;
      found.push({
        layer: layer.name,
        shape: view.shape,
        units: told.map((unit) => ({
          ...unit,
          ...(fields && typeof projected !== "string" ? { projected: view.at(view.middle(unit.unit - 1)) } : {}),
        })),
        ...(typeof projected === "string" ? { notLinear: projected } : {}),
      });
    }
    for (const text of remarksOn(found)) remark(text);
    return {
      data: {
        fields: fields && nameable(looked.layers).map((layer) => told(layer, fields.get(layer.name)!)),
        examples: data.rows.length,
        count: options.count,
        isNormalised: normalization.length > 0,
        layers: found,
      },
      blobs,
    };
  },
});

const told = ({ name, layer }: PlacedLayer, { steps: _, ...field }: ReceptiveField): FieldOfLayer => ({
  layer: name,
  type: layer.type,
  ...field,
});

/** Patches and back-projections. */
function tooMuch(scene: AspectScene<Options>): Mistake | undefined {
  const fields = receptiveFields(scene.network, scene.inputShape);
  return tooManyPictures("receptive_fields", scene, (layer) => {
    const { shape } = new FieldView(layer, fields?.get(layer.name), scene.inputShape);
    return (scene.options.count + 1) * sizeOfShape(shape);
  });
}

/** @param example  from 0 */
const notFinite = (layer: string, example: number): Mistake => ({
  title: "a layer's outputs are not finite",
  message:
    `For example ${grouped(example + 1)} \`${layer}\` gives NaN or infinite numbers, so that no strongest one is ` +
    "told. Either the training of the model diverged (try a smaller learning rate), or this example lies far from " +
    "those that it learned from (compare their features).",
  at: ["model"],
});

/** The patches of all units, as they are stored in the data; 0 where there is none. */
function patchesBlob(
  { given, options }: Pick<AspectRun<Options>, "given" | "options">,
  view: FieldView,
  units: readonly FieldOfUnit[],
): Blob {
  const { features, rows } = given;
  const size = sizeOfShape(view.shape);
  const values = ofSameType(features, units.length * options.count * size);
  for (const [nth, { patches }] of units.entries())
    for (const [rank, patch] of patches.entries())
      view.cut(features, rows[patch.row - 1]!, patch, values, (nth * options.count + rank) * size);
  return blobOf(dtypeOf(features), [units.length, options.count, ...view.shape], values);
}
const ofSameType = (features: Shown["features"], length: number): Shown["features"] => {
  if (features instanceof Uint8Array) return new Uint8Array(length);
  return features instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
};
const dtypeOf = (features: Shown["features"]): Dtype => {
  if (features instanceof Uint8Array) return "uint8";
  return features instanceof Float64Array ? "float64" : "float32";
};

/** @returns the name of the layer on the way that is not linear, where one is */
async function projectedBlob(
  { compute, looked }: Pick<AspectRun, "compute" | "looked">,
  layer: PlacedLayer,
  view: FieldView,
  units: readonly number[],
  pause: Pause,
): Promise<Blob | string> {
  const { backProjected, notLinear } = await import("../../inspect/back-projection.js");
  const through = layersTo(looked.unfolded, layer.name);
  const other = notLinear(through);
  if (other) return other.name;
  const isMap = layer.output.length === 3;
  const places = units.map((unit) => (isMap ? [...view.middle(unit), unit] : [unit]));
  const whole = await backProjected(compute, looked, through, places, pause);
  const size = sizeOfShape(view.shape);
  const values = new Float32Array(units.length * size);
  for (const [nth, unit] of units.entries()) view.cut(whole, nth, view.at(view.middle(unit)), values, nth * size);
  return blobOf("float32", [units.length, ...view.shape], values);
}

function remarksOn(layers: readonly FieldsOfUnits[]): readonly string[] {
  return layers.flatMap((layer) => {
    const constant = constantUnits(layer).length;
    return [
      ...(constant > 0
        ? [`${layer.layer}: ${plural(constant, "unit")} of ${layer.units.length} the same for all examples, no patches`]
        : []),
      ...(layer.notLinear ? [`${layer.layer}: no back-projection, ${layer.notLinear} is not linear`] : []),
    ];
  });
}
