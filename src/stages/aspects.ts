/**
 * The table of aspects, in the order of the reference page; and the option `what` of `inspect`, which is made of it. To
 * add one: a file in `aspects/`, its import and its line here; and its data and words, `values/inspected-NAME.ts`.
 */
import * as z from "zod";
import type { AspectName } from "../values/inspection.js";
import type { AspectDeclaration } from "./aspect-declaration.js";
import { layersOption, unitsOption } from "./aspect-layers.js";
import { activations } from "./aspects/activations.js";
import { featureMaps } from "./aspects/feature-maps.js";
import { filters } from "./aspects/filters.js";
import { kernels } from "./aspects/kernels.js";
import { preferredInputs } from "./aspects/preferred-inputs.js";
import { receptiveFieldsAspect } from "./aspects/receptive-fields.js";
import { weights } from "./aspects/weights.js";

export const aspects: { readonly [Name in AspectName]: AspectDeclaration } = {
  weights,
  activations,
  feature_maps: featureMaps,
  kernels,
  receptive_fields: receptiveFieldsAspect,
  preferred_inputs: preferredInputs,
  filters,
};
export const aspectNames = Object.keys(aspects) as readonly AspectName[];

/** All options of an aspect: those that are spelled alike, and its own. */
function optionsOf({ layers, units, options = {} }: AspectDeclaration) {
  return z.strictObject({
    ...(layers ? { layers: layersOption(layers) } : {}),
    ...(units === undefined ? {} : { units: unitsOption(units) }),
    ...options,
  });
}
/** As a file may say them, every default written: both spellings of an aspect are the same step. */
const options = Object.fromEntries(aspectNames.map((name) => [name, optionsOf(aspects[name])]));
/** Options of an aspect, whichever it is. */
export type Given = Readonly<Record<string, unknown>>;
/** One aspect, by name, with its options. */
type Item = { readonly [Name in AspectName]?: Given | undefined };

const byOptions: z.ZodType<Item> = z
  .strictObject(
    Object.fromEntries(aspectNames.map((name) => [name, options[name]!.optional().describe(aspects[name].summary)])),
  )
  .refine((value) => Object.keys(value).length === 1, { error: "one aspect, such as `{kernels: {layers: conv_1}}`" });
const byName = z.enum(aspectNames).transform((name): Item => ({ [name]: options[name]!.parse({}) }));

export const whatOption = z
  .array(z.union([byName, byOptions], { error: `an aspect: ${aspectNames.join(", ")}, or a map of one` }), {
    error: "a list of aspects, such as `[weights, {kernels: {layers: conv_1}}]`",
  })
  .min(1)
  .describe(`What to compute: ${aspectNames.join(", ")}; each once, by name or with options.`);

/** The aspects that a file asks for, in its order. */
export const askedFor = (what: readonly Item[]): readonly { readonly name: AspectName; readonly options: Given }[] =>
  what.map((item) => {
    const [[name, given]] = Object.entries(item) as [[AspectName, Given]];
    return { name, options: given };
  });

/** The same of options as they are written, which may be anything. */
export const namesWritten = (what: unknown): readonly string[] =>
  Array.isArray(what)
    ? what.flatMap((item: unknown) => (typeof item === "string" ? [item] : Object.keys(Object(item))))
    : [];
