/**
 * merge: several datasets as one, rows after rows in the order given.
 *
 * Parts of one loaded dataset share its bytes, so that only row numbers are written; others are copied together. The split of
 * the result joins those of its parts (`train+test`). That is how it stays visible where test examples went: merging them is right only
 * before an outer `fold`, which makes new test sets, and every fold of it says `train` and `validation` again.
 */
import { z } from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { examplesOf } from "../learn/data.js";
import type { Kind, PortInfo, RowsInfo } from "../pipeline/kind.js";
import { type Blob, blobOf, type DatasetData, type Output } from "../util/value.js";
import { columnName, dataOf, datasetOutput, datasetPort, reference, rowsOf } from "./dataset.js";

const schema = z.strictObject({
  data: z
    .union([reference("A dataset."), z.array(reference("A dataset.")).min(1)])
    .describe("The datasets to join, such as [points.train, points.test], with examples of one shape and the same classes or columns."),
});
type Options = z.infer<typeof schema>;

export const merge: Kind<Options> = {
  name: "merge",
  version: 1,
  summary: "Joins datasets into one, rows after rows. Training and test examples belong together only before an outer `fold` (nested cross-validation).",
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
  check({ lists, inputs, identity, report }) {
    const parts = lists["data"] ?? (inputs["data"] ? [inputs["data"]] : []);
    const [first] = parts;
    parts.forEach((part, index) => {
      const mistake = first && known(first) && known(part) ? mismatch(traits(first), traits(part), index) : undefined;
      if (mistake) report({ title: mistake.title, message: mistake.message, at: mistake.option });
    });
    const counts = parts.map((part) => part.count ?? null);
    const count = counts.some((one) => one === null) ? null : counts.reduce<number>((sum, one) => sum + one!, 0);
    const splits = parts.every((part) => part.split !== undefined) ? joined(parts.map((part) => part.split!)) : undefined;
    const rows: RowsInfo = { id: identity(), within: [], parts: parts.flatMap((part) => part.rows ?? []) };
    return { data: { ...datasetPort(first, count), split: splits, rows, ordered: parts.find((part) => part.ordered)?.ordered } };
  },
  async run({ lists, warn }) {
    const parts = lists["data"]!.map(({ value }) => value);
    const first = parts[0]!;
    parts.forEach((part, index) => {
      const mistake = mismatch(dataOf(first), dataOf(part), index);
      if (mistake) throw mistake;
    });
    const data: DatasetData = {
      ...dataOf(first),
      count: parts.reduce((sum, part) => sum + dataOf(part).count, 0),
      split: joined(parts.map((part) => dataOf(part).split)),
    };
    const shared = parts.every((part) => isSame(part.blobs["features"]!, first.blobs["features"]!) && isSame(part.blobs["labels"]!, first.blobs["labels"]!));
    if (!shared) return { data: copied(parts, data) };
    const rows = Int32Array.from(parts.flatMap((part) => [...rowsOf(part)]));
    const twice = rows.length - new Set(rows).size;
    if (twice > 0) warn(`${twice} of ${rows.length} rows are in more than one of the datasets, so they count more than once.`);
    return { data: datasetOutput(data, { features: first.blobs["features"]!, labels: first.blobs["labels"]!, rows: blobOf("int32", [rows.length], rows) }) };
  },
};

const joined = (splits: readonly string[]): string => [...new Set(splits.flatMap((split) => split.split("+")))].filter((split) => split !== "").join("+");
const isSame = (a: Blob, b: Blob): boolean => a === b || (a.digest !== undefined && a.digest === b.digest);

interface Traits {
  readonly shape: readonly number[];
  readonly classes: readonly string[] | null;
  readonly featureNames?: readonly string[];
  readonly targetNames?: readonly string[];
}
const known = (port: PortInfo): boolean => port.shape !== null && port.shape !== undefined && port.classes !== undefined;
const traits = (port: PortInfo): Traits => {
  const names = port.examples ? dataOf(port.examples()) : undefined;
  return { shape: port.shape!, classes: port.classes!, ...(names ? { featureNames: names.featureNames, targetNames: names.targetNames } : {}) };
};

/** Why the part at `index` cannot follow the first. */
function mismatch(first: Traits, part: Traits, index: number): MistakeError | undefined {
  const mistake = (title: string, message: string): MistakeError => new MistakeError(title, message, ["data", index]);
  const classes = (one: Traits): string => (one.classes ? `the classes ${one.classes.join(", ")}` : "numbers as labels");
  if (first.shape.join() !== part.shape.join())
    return mistake("data has another shape", `The first dataset has examples of [${first.shape.join(", ")}], but this one has [${part.shape.join(", ")}].`);
  if (first.classes?.join("\n") !== part.classes?.join("\n"))
    return mistake("data has other classes", `The first dataset has ${classes(first)}, but this one has ${classes(part)}.`);
  for (const names of ["featureNames", "targetNames"] as const) {
    const [wanted, found] = [first[names], part[names]];
    if (!wanted || !found || (names === "targetNames" && first.classes)) continue;
    const column = Array.from({ length: Math.max(wanted.length, found.length) }).findIndex((_, at) => wanted[at] !== found[at]);
    if (column >= 0)
      return mistake("data has other columns", `The first dataset has \`${columnName(wanted, column)}\` where this one has \`${columnName(found, column)}\`.`);
  }
  return undefined;
}

/** All rows in new blobs: bytes where all are bytes of one scale, else numbers. */
function copied(parts: readonly Output[], data: DatasetData): Output {
  const examples = parts.map(examplesOf);
  const size = data.shape.reduce((product, length) => product * length, 1);
  const width = data.classes ? 1 : examples[0]!.targets;
  const bytes = examples.every(({ features, scale }) => features instanceof Uint8Array && scale === data.scale);
  const features = bytes ? new Uint8Array(data.count * size) : new Float32Array(data.count * size);
  const labels = data.classes ? new Int32Array(data.count) : new Float32Array(data.count * width);
  let at = 0;
  for (const part of examples)
    for (const row of part.rows) {
      for (let index = 0; index < size; index++) features[at * size + index] = part.features[row * size + index]! * (bytes ? 1 : part.scale);
      for (let index = 0; index < width; index++) labels[at * width + index] = part.labels[row * width + index]!;
      at++;
    }
  const missing: Record<string, number> = {};
  for (const part of parts) for (const [name, count] of Object.entries(dataOf(part).missing ?? {})) missing[name] = (missing[name] ?? 0) + count;
  return datasetOutput(
    { ...data, scale: bytes ? data.scale : 1, ...(Object.keys(missing).length > 0 ? { missing } : {}) },
    {
      features: blobOf(bytes ? "uint8" : "float32", [data.count, ...data.shape], features),
      labels: data.classes ? blobOf("int32", [data.count], labels) : blobOf("float32", [data.count, width], labels),
    },
  );
}
