/** What `hw1 show --save` writes of an inspection: its arrays, each with what it is; and its tables. */
import { shortest32 } from "../util/numbers.js";
import type { AspectWords } from "./aspect-words.js";
import { aspectWords } from "./inspected.js";
import { axesOf } from "./inspected-activations.js";
import type { AspectName, Inspection, InspectionData } from "./inspection.js";
import { type SavedFile, savedArray, scaleText } from "./saved-array.js";
import { savedTable, tableOf } from "./table-file.js";

export function savedInspection(inspection: Inspection): readonly SavedFile[] {
  const { data, blobs } = inspection;
  const names = (Object.keys(aspectWords) as AspectName[]).filter((name) => data.aspects[name] !== undefined);
  const wordsOf = (name: AspectName) => aspectWords[name] as AspectWords<AspectName>;
  const arrays = Object.entries(blobs).map(([array, blob]) => {
    const name = names.find((each) => array.startsWith(`${each}.`));
    const remark = name
      ? wordsOf(name).meaning?.(data.aspects[name]!, array.slice(name.length + 1))
      : inputsMeaning(data);
    return savedArray(array, blob, { remark });
  });
  const tables = names.flatMap((name) => wordsOf(name).tables?.(data.aspects[name]!, inspection) ?? []);
  return [...inputsTable(data), ...layersTable(data), ...tables, ...arrays];
}

function inputsMeaning({ scale, inputShape, normalization = [] }: InspectionData): string {
  const done = normalization.length > 0 ? `normalised (${normalization.map(({ method }) => method).join(", ")})` : "";
  return [`[inputs, ${axesOf(inputShape)}]`, scaleText(scale, "the network sees"), done].filter(Boolean).join("; ");
}

function inputsTable({ inputs, classes, targetNames = [] }: InspectionData): readonly SavedFile[] {
  if (!inputs) return [];
  const rows = inputs.map(({ row, label, predicted, probability }) =>
    typeof label === "string"
      ? [row, label, String(predicted), probability === null ? null : shortest32(probability)]
      : [row, ...label.map(shortest32), ...(predicted as readonly number[]).map(shortest32)],
  );
  const width = Math.floor(((rows[0]?.length ?? 1) - 1) / 2);
  const named = (what: string): readonly string[] =>
    width === 1 ? [what] : Array.from({ length: width }, (_, at) => `${what} ${targetNames[at] ?? at + 1}`);
  const columns = classes
    ? ["row", "label", "prediction", "probability"]
    : ["row", ...named("label"), ...named("prediction")];
  return [savedTable("inputs", tableOf(columns, rows))];
}

const layersTable = ({ layers }: InspectionData): readonly SavedFile[] => [
  savedTable(
    "layers",
    tableOf(
      ["layer", "type", "shape"],
      layers.map(({ name, type, shape }) => [name, type, shape.join("x")]),
    ),
  ),
];
