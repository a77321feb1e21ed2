/** A recipe in words: what `hw1 show` and headlines say of data that are augmented, and of copies. */
import type { TransformSettings } from "../augment/transform.js";
import type { Json } from "../util/json.js";
import { formatPercent, shortText } from "../util/numbers.js";
import type { DatasetData } from "./dataset.js";
import type { Preview } from "./preview.js";

/** `2 copies, rotate, elastic`; undefined of data as they are. */
export function recipeInWords({ recipe, copies }: DatasetData): string | undefined {
  const names = (transforms: readonly TransformSettings[]): string => transforms.map(({ type }) => type).join(", ");
  if (recipe) return `anew in each epoch: ${names(recipe.transforms)}`;
  return copies && `${copies.count === 1 ? "one copy" : `${copies.count} copies`} of each: ${names(copies.transforms)}`;
}

/** A line for each transform, with its settings. */
export function recipePreview({ recipe, copies }: DatasetData): Preview {
  const transforms = recipe?.transforms ?? copies?.transforms;
  if (!transforms) return [];
  const how = recipe ? "anew in each epoch" : `copied, ${copies!.count} × each`;
  return [{ type: "columns", rows: [[how, ""], ...transforms.map((each) => [each.type, settingsInWords(each)])] }];
}

/** Ranges as `−10 … 10`, what is not set left out, and how often it is done where that is not always. */
function settingsInWords({ type: _type, probability, ...settings }: TransformSettings): string {
  const told = Object.entries(settings).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${inWords(value!)}`],
  );
  return [...told, ...(probability === 1 ? [] : [`for ${formatPercent(probability)}`])].join(", ");
}

function inWords(value: Json): string {
  if (typeof value === "number") return shortText(value);
  if (!Array.isArray(value)) return String(value);
  const [from, to] = value as readonly Json[];
  const isRange = value.length === 2 && typeof from === "number" && typeof to === "number";
  if (isRange) return from === to ? shortText(from) : `${shortText(from)} … ${shortText(to)}`;
  return (value as readonly Json[])
    .filter((each) => each !== null)
    .map(inWords)
    .join(" × ");
}
