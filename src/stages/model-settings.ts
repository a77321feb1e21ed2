/**
 * The settings by which trainings differ, as a table tells them: what all share, defaults too, is left out, and
 * networks are written shortly, `conv 16 7×7 relu, max_pool 2, flatten, dense 10`.
 */
import { type Behind, varies } from "../pipeline/gathering.js";
import { canonical, type Json, type JsonObject } from "../util/json.js";
import { roundedText } from "../util/numbers.js";
import { settingText } from "../util/words.js";

/** One setting: its dotted name, and what it is in each of the trainings. */
export interface DifferingSetting {
  readonly name: string;
  readonly values: readonly string[];
}

type Trained = Pick<Behind, "settings" | "prepared">;

/** In the order of the options; then by what prepared the data, `augment` say. */
export function differingSettings(trainings: readonly Trained[]): readonly DifferingSetting[] {
  const settings = trainings.map((each) => each.settings);
  const names = namesIn(settings);
  return [
    ...names.flatMap((name) =>
      differing(
        name,
        settings.map((each) => each[name]),
      ),
    ),
    ...preparationNames(trainings).flatMap((name) =>
      differing(
        name,
        trainings.map((each) => preparationsOf(each).get(name)),
      ),
    ),
  ];
}
const namesIn = (maps: readonly JsonObject[]): readonly string[] => [...new Set(maps.flatMap(Object.keys))];
const preparationNames = (trainings: readonly Trained[]): readonly string[] => [
  ...new Set(trainings.flatMap((each) => [...preparationsOf(each).keys()])),
];

/** By kind, in the order in which it was done; what a kind does a second time is `merge 2`. */
function preparationsOf({ prepared }: Trained): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  for (const { kind, options } of prepared.toReversed()) {
    let name = kind;
    for (let again = 2; found.has(name); again++) name = `${kind} ${again}`;
    found.set(name, options);
  }
  return found;
}

/** A map in each that has one: its members that differ, where the others are alike. */
function differing(name: string, values: readonly (Json | undefined)[]): readonly DifferingSetting[] {
  const texts = values.map((value) => (value === undefined ? "" : canonical(value)));
  if (new Set(texts).size < 2) return [];
  const maps = values.flatMap((value) => (isMap(value) ? [value] : []));
  const shared = maps.length === values.length && namesIn(maps).every((key) => maps.every((map) => key in map));
  // A choice of one, such as the optimiser, is only told apart where it is the same one.
  if (shared)
    return namesIn(maps).flatMap((key) =>
      differing(
        `${name}.${key}`,
        maps.map((map) => map[key]),
      ),
    );
  // A model whose training is not known has no layers to tell.
  if (name === "layers") {
    const networks = layerTexts(values.map((value) => (Array.isArray(value) ? (value as readonly Json[]) : [])));
    // Of several trainings that differ in them a word stands in their place.
    return [{ name, values: networks.map((text, at) => text || (values[at] === varies ? varies : "–")) }];
  }
  return [{ name, values: chosen(values).map(valueText) }];
}
/**
 * Where each is one of several with options of its own, such as an optimiser: without the options that are the same
 * wherever they stand, mostly defaults.
 */
function chosen(values: readonly (Json | undefined)[]): readonly (Json | undefined)[] {
  const isChoice = (value: Json | undefined): value is JsonObject =>
    isMap(value) && Object.keys(value).length === 1 && isMap(Object.values(value)[0]);
  if (!values.every((value) => value === undefined || isChoice(value))) return values;
  const all = values
    .flatMap((value) => (isChoice(value) ? Object.values(value) : []))
    .flatMap((inner) => Object.entries(inner as JsonObject));
  const texts = (name: string): number =>
    new Set(all.flatMap(([key, value]) => (key === name ? [canonical(value)] : []))).size;
  return values.map((value) => {
    if (!isChoice(value)) return value;
    const [[key, inner]] = Object.entries(value) as [[string, JsonObject]];
    return { [key]: Object.fromEntries(Object.entries(inner).filter(([name]) => texts(name) > 1)) };
  });
}
const isMap = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function valueText(value: Json | undefined): string {
  if (value === undefined) return "–";
  if (isMap(value) && Object.keys(value).length === 0) return "yes";
  // `augment` has little but its list of transforms.
  const [only, ...others] = isMap(value) ? Object.values(value) : [];
  if (Array.isArray(only) && others.length === 0) return valueText(only as Json);
  if (Array.isArray(value)) return value.map((each) => plainText(each as Json)).join(", ");
  return plainText(value);
}
const numberIn = (value: number): string => roundedText(value, 6);
/** `adam (learning_rate 0.001)`, lists in brackets. */
function plainText(value: Json): string {
  if (!isMap(value))
    return Array.isArray(value) ? `[${value.map(plainText).join(", ")}]` : settingText(value, numberIn);
  const entries = Object.entries(value).map(([key, inner]) => {
    if (isMap(inner)) return Object.keys(inner).length === 0 ? key : `${key} (${plainText(inner)})`;
    return `${key} ${plainText(inner)}`;
  });
  return entries.join(", ");
}

/**
 * Networks in short, each layer with what it has of its own: members that are the same wherever they stand, such as the
 * initialiser, are left out, and so is an activation that does nothing. Layers that follow themselves are counted.
 *
 * @param networks  as `layers` of trainings spell them, written out
 */
export function layerTexts(networks: readonly (readonly Json[])[]): readonly string[] {
  const seen = new Map<string, Set<string>>();
  const visit = (layer: Json): void => {
    for (const [name, value] of Object.entries(isMap(layer) ? Object.values(layer)[0]! : {})) {
      if (name === "layers" && Array.isArray(value)) value.forEach(visit);
      else seen.set(name, (seen.get(name) ?? new Set()).add(canonical(value as Json)));
    }
  };
  networks.flat().forEach(visit);
  const isTold = (name: string): boolean => always.has(name) || (seen.get(name)?.size ?? 0) > 1;
  return networks.map((layers) => layersText(layers, isTold));
}
const always: ReadonlySet<string> = new Set(["kernels", "units", "size", "activation"]);

function layersText(layers: readonly Json[], isTold: (name: string) => boolean): string {
  const runs: { readonly text: string; count: number }[] = [];
  for (const text of layers.map((layer) => layerText(layer, isTold))) {
    const last = runs.at(-1);
    if (last?.text === text) last.count++;
    else runs.push({ text, count: 1 });
  }
  return runs.map(({ text, count }) => (count > 1 ? `${count} × ${text}` : text)).join(", ");
}
function layerText(layer: Json, isTold: (name: string) => boolean): string {
  if (!isMap(layer)) return String(layer);
  const [[name, value]] = Object.entries(layer) as [[string, Json]];
  if (!isMap(value)) return `${name} ${plainText(value)}`;
  const { layers, kernels, units, size, activation, ...others } = value;
  const more = Object.fromEntries(Object.entries(others).filter(([member]) => isTold(member)));
  return [
    name,
    ...[kernels, units].flatMap((count) => (count === undefined ? [] : [plainText(count)])),
    ...(size === undefined ? [] : [Array.isArray(size) ? size.join("×") : `${size}×${size}`]),
    ...(activation === undefined || activation === "linear" ? [] : [plainText(activation)]),
    ...(Object.keys(more).length > 0 ? [`(${plainText(more)})`] : []),
    ...(Array.isArray(layers) ? [`(${layersText(layers, isTold)})`] : []),
  ].join(" ");
}
