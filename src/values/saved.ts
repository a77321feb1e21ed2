/** What `hw1 show --save` writes of each type of output: arrays, tables, pictures. */

import type { JsonObject } from "../util/json.js";
import { parseCanonical } from "../util/json.js";
import { type Blob, int32Of } from "./blob.js";
import type { DatasetData } from "./dataset.js";
import { savedInspection } from "./inspection-saved.js";
import { ensembleOf, historyOf } from "./model.js";
import type { Output, PortType } from "./output.js";
import { type SavedFile, savedArray, scaleText } from "./saved-array.js";
import {
  chosenTable,
  evaluationTables,
  historyTable,
  profileTables,
  searchTables,
  seedsTable,
  selectionTable,
} from "./saved-tables.js";
import { weightHistoryTables } from "./saved-weights.js";
import { savedTable, tableOf } from "./table-file.js";

type Saving = { readonly [T in PortType]: (output: Output<T>) => readonly SavedFile[] };

const saving: Saving = {
  dataset: (output) => examples(output),
  folds: (output) => [...examples(output), savedArray("assignment", output.blobs.assignment!)],
  evaluation: (output) => [
    ...evaluationTables(output),
    ...arraysOf(output, ["features", "labels", "rows"]),
    ...examples(output),
  ],
  model: (output) => [...arraysOf(output), ...(ensembleOf(output) ? [] : [historyTable(historyOf(output))])],
  profile: ({ data }) => profileTables(data),
  search: searchTables,
  trials: ({ data }) => [chosenTable(data)],
  selection: ({ data }) => [selectionTable(data)],
  figure: ({ data, blobs }) => [
    picture(`${data.figure}.svg`, blobs.svg!),
    picture(`${data.figure}.png`, blobs.png!),
    specification(data.figure, blobs.specification!),
  ],
  exported: ({ blobs }) =>
    Object.entries(blobs).map(([name, blob]) => ({ name, holds: "model", pieces: () => [blob.bytes()] })),
  inspection: savedInspection,
  seeds: ({ data }) => [seedsTable(data)],
  weight_history: weightHistoryTables,
  failure: () => [],
};

export function savedFilesOf(output: Output): readonly SavedFile[] {
  // Each row takes the type that it is named for.
  const own = saving[output.type] as (output: Output) => readonly SavedFile[];
  return own(output);
}

type Examples = Output<"dataset" | "folds" | "evaluation">;

/** Examples as they are meant: the rows that were chosen, in order. Images of more digits than 32 bits are rounded. */
function examples({ data, blobs }: Examples): readonly SavedFile[] {
  const { features, labels, originals } = blobs as { features: Blob; labels: Blob; originals?: Blob };
  const rows = blobs.rows && int32Of(blobs.rows);
  const as = data.shape.length === 3 ? "float32" : undefined;
  const { recipe, normalization = [] } = data as Partial<DatasetData>;
  const before = recipe && originals ? ["before normalisation", scaleText(recipe.scale, "the transforms see")] : [];
  return [
    savedArray("features", features, {
      rows,
      as,
      remark: sentence([
        scaleText(data.scale, "a model sees"),
        normalization.length > 0 ? `normalised (${normalization.map(({ method }) => method).join(", ")})` : "",
        recipe ? `as they are; a training draws ${recipe.transforms.map(({ type }) => type).join(", ")}` : "",
      ]),
    }),
    savedArray("labels", labels, { rows }),
    ...travelling(data, blobs, rows),
    ...(originals ? [savedArray("originals", originals, { rows, as, remark: sentence(before) })] : []),
  ];
}

/** Groups by their words, and the order. */
function travelling(
  { group }: Partial<DatasetData>,
  { groups, order }: Output["blobs"],
  chosen: Int32Array | undefined,
): readonly SavedFile[] {
  const codes = groups && int32Of(groups);
  const rows = codes && (chosen ? Array.from(chosen, (row) => codes[row]!) : [...codes]);
  return [
    ...(group && rows
      ? [
          savedTable(
            "groups",
            tableOf(
              [group.name],
              rows.map((code) => [group.words[code]!]),
            ),
          ),
        ]
      : []),
    ...(order ? [savedArray("order", order, { rows: chosen })] : []),
  ];
}

const sentence = (parts: readonly string[]): string | undefined => parts.filter(Boolean).join("; ") || undefined;

const arraysOf = ({ blobs }: Output, others: readonly string[] = []): readonly SavedFile[] =>
  Object.entries(blobs).flatMap(([name, blob]) =>
    blob.dtype === "bytes" || others.includes(name) ? [] : [savedArray(name, blob)],
  );

const picture = (name: string, blob: Blob): SavedFile => ({
  name,
  holds: "picture",
  pieces: () => [blob.bytes()],
});

function specification(figure: string, blob: Blob): SavedFile {
  const content = parseCanonical(new TextDecoder().decode(blob.bytes())) as JsonObject;
  const isVega = String(content.$schema).includes("/schema/vega/");
  return {
    name: `${figure}.${isVega ? "vg" : "vl"}.json`,
    holds: `specification for ${isVega ? "Vega" : "Vega-Lite"}`,
    pieces: () => [Buffer.from(`${JSON.stringify(content, null, 2)}\n`)],
  };
}
