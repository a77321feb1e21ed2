/**
 * merge: several datasets as one, rows after rows in the order given.
 *
 * Parts of one loaded dataset share its bytes, so that only row numbers are written; others are copied together. The
 * split of the result joins those of its parts (`train+test`). That is how it stays visible where test examples went:
 * merging them is right only before an outer `fold`, which makes new test sets, and every fold of it says `train` and
 * `validation` again. That fold is doubted until it says that it is meant (`honesty.ts`).
 */
import * as z from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { type Examples, examplesOf } from "../learn/data.js";
import type { Kind } from "../pipeline/kind.js";
import type { PortInfo, RowsInfo } from "../pipeline/port-info.js";
import { canonical } from "../util/json.js";
import { sizeOfShape } from "../util/shape.js";
import { type Blob, blobOf } from "../values/blob.js";
import type { Dataset, DatasetData } from "../values/dataset.js";
import { alike } from "./agreement.js";
import { checkMeeting } from "./agreement-check.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import {
  dataOf,
  datasetOutput,
  datasetPort,
  datasetWords,
  heldOutIn,
  isWhole,
  overlap,
  references,
  rowsOf,
} from "./dataset.js";
import { meetings } from "./meetings.js";
import { mergedReading } from "./readings.js";
import { joinedColumns, type Travelling, travellingMistake, travellingOf } from "./travelling.js";

const schema = z.strictObject({
  data: references("A dataset.").describe(
    "The datasets to join, such as [points.train, points.test], with examples of one shape and the same " +
      "classes or columns.",
  ),
});
type Options = z.infer<typeof schema>;

export const merge: Kind<Options, Record<never, never>, { data: "dataset" }> = {
  name: "merge",
  version: 2,
  summary:
    "Joins datasets into one, rows after rows. Training and test examples belong together only before an " +
    "outer `fold` (nested cross-validation).",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [{ option: "data", accepts: ["dataset"], many: true, description: "The datasets to join, in order." }],
  outputs: { data: "All examples. Its split is those of the parts, such as `train+test`." },
  example: `
stages:
  points: {kind: load, source: synthetic, generator: gapped_curve}
  all:    {kind: merge, data: [points.train, points.test]}   # for a fold, whose parts replace the two
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  ...datasetWords,
  check({ lists, inputs, identity, report }) {
    const all = lists.data ?? (inputs.data ? [inputs.data] : []);
    const [first] = all;
    const parts = all.flatMap((part) => part ?? []);
    for (const [index, part] of all.entries())
      if (checkPlain(part, readers.merge(index), report)) {
        checkMeeting(first, part, meetings.merged(index), report, "refused");
        const mistake = first?.rows && part?.rows && travellingMistake(namesOf(first), namesOf(part), index);
        if (mistake) report(mistake);
      }
    const counts = parts.map((part) => part.count ?? null);
    const count =
      parts.length < all.length || counts.some((one) => one === null)
        ? null
        : counts.reduce<number>((sum, one) => sum + one!, 0);
    const splits = parts.every((part) => part.split !== undefined)
      ? joined(parts.map((part) => part.split!))
      : undefined;
    const rows: RowsInfo | undefined =
      parts.length === 1
        ? parts[0]!.rows
        : { id: identity(), within: [], parts: parts.flatMap((part) => part.rows ?? []), ...repeatsIn(parts) };
    return {
      data: {
        ...datasetPort(first, count),
        split: splits,
        // Who refuses a split is shown where such examples come from.
        splitAt: (parts.find(({ split }) => heldOutIn(split).length > 0) ?? first)?.splitAt,
        rows,
        isOfTest: parts.some((part) => part.isOfTest) || undefined,
        loaded: parts.flatMap((part) => part.loaded ?? []),
        filled: parts.find((part) => part.filled)?.filled,
        rounded: [...new Set(parts.flatMap((part) => part.rounded ?? []))],
        ordered: parts.find((part) => part.ordered)?.ordered,
        hasGaps: parts.some((part) => part.hasGaps) || undefined,
      },
    };
  },
  async run({ lists, progress, warn }) {
    const first = lists.data[0]!.value;
    const parts = lists.data.map(({ value, source }) => {
      requirePlain(value, readers.merge(source));
      const { output, remarks } = alike(value, first, meetings.merged(source));
      const mistake = travellingMistake(travellingOf(first.data), travellingOf(value.data), source);
      if (mistake) throw new MistakeError(mistake);
      for (const remark of remarks) progress({ remark: remark.replace("this one", `part ${source + 1}`) });
      return output;
    });
    const reading = mergedReading(
      lists.data.map(({ value }) => value.data.reading),
      first.data.featureNames,
    );
    const data: DatasetData = {
      ...first.data,
      ...(reading ? { reading } : {}),
      count: parts.reduce((sum, part) => sum + part.data.count, 0),
      split: joined(parts.map((part) => part.data.split)),
    };
    const shared = parts.every((part) => areSame(part, first));
    const output = shared ? sharing(parts, data) : copied(parts, data);
    const rows = rowsOf(output);
    const twice = rows.length - new Set(rows).size;
    if (twice > 0)
      warn(
        `${twice} of ${rows.length} rows are in more than one of the datasets, so they count more than once.`,
        "rows_merged_twice",
      );
    return { data: output };
  },
};

const joined = (splits: readonly string[]): string =>
  [...new Set(splits.flatMap((split) => split.split("+")))].filter((split) => split !== "").join("+");
/**
 * Rows that a part has in common with earlier ones: all of the smaller one, unless it is only known that there are
 * some.
 */
function repeatsIn(parts: readonly PortInfo[]): Pick<RowsInfo, "repeats"> {
  const known = parts.map((part, index): number | null | undefined => {
    const before = part.rows && parts.slice(0, index).find((other) => other.rows && overlap(part.rows!, other.rows));
    if (!before) return part.rows?.repeats;
    const isWhole =
      part.rows!.repeats === undefined &&
      (part.rows!.id === before.rows!.id || part.rows!.within.includes(before.rows!.id));
    return isWhole ? part.count : null;
  });
  const some = known.filter((count) => count !== undefined);
  if (some.length === 0) return {};
  return {
    repeats: some.some((count) => count === null) ? null : some.reduce((sum: number, count) => sum + count!, 0),
  };
}
const isSame = (a: Blob | undefined, b: Blob | undefined): boolean =>
  a === b || (a?.digest !== undefined && a.digest === b?.digest);
/** Whether both are rows of the same stored ones. */
const areSame = (a: Dataset, b: Dataset): boolean =>
  (["features", "labels", "groups", "order"] as const).every((name) => isSame(a.blobs[name], b.blobs[name])) &&
  (a.data.group?.words === b.data.group?.words || canonical(a.data.group ?? null) === canonical(b.data.group ?? null));
const namesOf = ({ group, order }: PortInfo): Travelling => ({ group, order });

/** Row numbers alone, of blobs that all parts have in common. */
function sharing(parts: readonly Dataset[], data: DatasetData): Dataset {
  const { features, labels, groups, order } = parts[0]!.blobs as { features: Blob; labels: Blob } & Dataset["blobs"];
  const rows = Int32Array.from(parts.flatMap((part) => [...rowsOf(part)]));
  return datasetOutput(data, {
    features,
    labels,
    rows: blobOf("int32", [rows.length], rows),
    ...(groups ? { groups } : {}),
    ...(order ? { order } : {}),
  });
}

/**
 * All rows in new blobs: bytes where all are bytes of one scale, else numbers. A stored row that comes again is stored
 * once and named twice, so that whoever cuts the whole into parts can tell.
 */
function copied(parts: readonly Dataset[], data: DatasetData): Dataset {
  const examples = parts.map(examplesOf);
  const size = sizeOfShape(data.shape);
  const width = data.classes ? 1 : examples[0]!.targets;
  const bytes = examples.every(({ features, scale }) => features instanceof Uint8Array && scale === data.scale);
  const stored: { readonly part: number; readonly row: number }[] = [];
  const places = parts.map((part, index) => {
    const same = parts.findIndex((other) => areSame(other, part));
    return same < index ? same : index;
  });
  const known = parts.map(() => new Map<number, number>());
  const rows = new Int32Array(data.count);
  const dtype = bytes ? "uint8" : floatType(examples);
  let at = 0;
  for (const [part, { rows: chosen }] of examples.entries())
    for (const row of chosen) {
      const before = known[places[part]!]!;
      const place = before.get(row) ?? stored.length;
      if (place === stored.length) {
        stored.push({ part, row });
        before.set(row, place);
      }
      rows[at++] = place;
    }
  const features = new { uint8: Uint8Array, float32: Float32Array, float64: Float64Array }[dtype](stored.length * size);
  const labels = data.classes ? new Int32Array(stored.length) : new Float32Array(stored.length * width);
  for (const [place, { part, row }] of stored.entries()) {
    const { features: from, labels: targets, scale } = examples[part]!;
    for (let index = 0; index < size; index++)
      features[place * size + index] = from[row * size + index]! * (bytes ? 1 : scale);
    for (let index = 0; index < width; index++) labels[place * width + index] = targets[row * width + index]!;
  }
  const columns = joinedColumns(parts, stored);
  return datasetOutput(
    { ...withoutLacks(data), scale: bytes ? data.scale : 1, ...lacksOf(parts), ...columns.data },
    {
      features: blobOf(dtype, [stored.length, ...data.shape], features),
      labels: data.classes
        ? blobOf("int32", [stored.length], labels)
        : blobOf("float32", [stored.length, width], labels),
      ...(stored.length < rows.length ? { rows: blobOf("int32", [rows.length], rows) } : {}),
      ...columns.blobs,
    },
  );
}

/** Nor is it told of which images some are copies. */
const withoutLacks = ({ missing: _missing, leftOut: _leftOut, copies: _copies, ...data }: DatasetData): DatasetData =>
  data;
/** What the files lacked. Of parts that are not whole nobody knows how much of it is in them, so they tell nothing. */
function lacksOf(parts: readonly Dataset[]): Pick<DatasetData, "missing" | "leftOut"> {
  const missing = new Map<string, number>();
  let left = 0;
  for (const { missing: own = {}, leftOut = 0 } of parts.filter(isWhole).map(dataOf)) {
    for (const [name, count] of Object.entries(own)) missing.set(name, (missing.get(name) ?? 0) + count);
    left += leftOut;
  }
  return {
    ...(missing.size > 0 ? { missing: Object.fromEntries(missing) } : {}),
    ...(left > 0 ? { leftOut: left } : {}),
  };
}

/** Wide enough for all. */
const floatType = (examples: readonly Examples[]): "float32" | "float64" =>
  examples.some(({ features }) => features instanceof Float64Array) ? "float64" : "float32";
