/**
 * `load: npy`: arrays that NumPy saved, features and labels of each part, into datasets.
 *
 * An array of features has its examples along its first axis: [n, height, width] and [n, height, width, channels] are
 * images, [n, columns] is a table, [n] one column. Bytes of images stay bytes and are used as 0 … 1; all other numbers
 * are what they are. Numbers are kept in 32 bits, or in 64 where the data would lose by that, as those of a CSV are; a
 * whole number that a double cannot hold is refused. Without `classes` labels are numbers to predict, [n] or [n,
 * targets]; with `classes` they are what labels of a CSV are (`csv-labels.ts`).
 */
import { channelLoses, columnOf, movesConstant, roundingOf, targetLoses } from "../learn/rounding.js";
import type { DataFile } from "../pipeline/run-context.js";
import { type Blob, blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { type Classes, classesOfWords } from "./csv-labels.js";
import type { Remark } from "./csv-options.js";
import { roundedTarget } from "./csv-rounded.js";
import { Words } from "./csv-vocabulary.js";
import { datasetOutput } from "./dataset.js";
import { located, type NamedArray, type NpyPart, npyPartNames, type PartName, readPair } from "./npy-arrays.js";
import { placeText } from "./npy-header.js";
import { type Numbers, numbersIn } from "./npy-numbers.js";
import type { NpyArray } from "./npy-read.js";
import { checkAlike, type NpyInfo, pairInfo } from "./npy-shapes.js";

export interface NpyOptions extends Readonly<Partial<Record<PartName, NpyPart | undefined>>> {
  readonly train: NpyPart;
  readonly feature_names?: readonly string[] | undefined;
}
export const npyParts = (options: NpyOptions): readonly (readonly [PartName, NpyPart])[] =>
  npyPartNames.flatMap((name) => {
    const part = options[name];
    return part ? [[name, part] as const] : [];
  });

/** @param files  what they held when the step was judged. @throws MistakeError, ChangedFileError */
export function loadNpy(
  folder: string,
  options: NpyOptions,
  classes: Classes | null,
  files?: readonly DataFile[],
): { readonly outputs: Readonly<Record<string, Dataset>>; readonly remarks: readonly Remark[] } {
  const remarks: Remark[] = [];
  const all = npyParts(options).map(([name, part]) => {
    const { features, labels } = readPair(folder, name, part, files);
    const info = pairInfo({ features, labels }, classes !== null, options.feature_names);
    const values = info.areBytes
      ? (features.values as Uint8Array)
      : located(features.from.option, () => numbersIn(features, features.from));
    return { name, info, values, from: features.from, labels };
  });
  const [first] = all;
  for (const { info, from } of all) checkAlike(first!.info, first!.from, info, from);
  const targets = classes
    ? classLabels(
        all.map(({ labels }) => labels),
        classes,
      )
    : numberLabels(all, remarks);
  const features = featureBlobs(all);
  const outputs = all.map(({ name, info: { areBytes, ...info } }, index): readonly [string, Dataset] => [
    name,
    datasetOutput(
      { ...info, classes: classes?.names ?? null, scale: areBytes ? 1 / 255 : 1, split: name },
      { features: features[index]!, labels: targets[index]! },
    ),
  ]);
  return { outputs: Object.fromEntries(outputs), remarks };
}

/** Of one type in all parts: 64 bits where one of them needs them. */
function featureBlobs(
  all: readonly { readonly info: NpyInfo; readonly values: Uint8Array | Numbers }[],
): readonly Blob[] {
  const shapeOf = ({ count, shape }: NpyInfo): readonly number[] => [count, ...shape];
  const parts = all.map(({ values }) => values);
  if (parts.every((values) => values instanceof Uint8Array))
    return all.map(({ info, values }) => blobOf("uint8", shapeOf(info), values));
  const type = needDoubles(parts, all[0]!.info.shape) ? "float64" : "float32";
  return all.map(({ info, values }) =>
    blobOf(type, shapeOf(info), type === "float64" ? new Float64Array(values) : asFloat32(values)),
  );
}

const asFloat32 = (values: Uint8Array | Numbers): Float32Array =>
  values instanceof Float32Array ? values : new Float32Array(values);

/** Whether 32 bits would lose something: of a table any of its columns, of images one of their channels. */
function needDoubles(parts: readonly (Uint8Array | Numbers)[], shape: readonly number[]): boolean {
  if (!parts.some((values) => values instanceof Float64Array)) return false;
  const width = shape[shape.length - 1]!;
  return Array.from({ length: width }, (_, column) => column).some((column) => {
    const columns = parts.map((values) =>
      width === 1 && values instanceof Float64Array ? values : columnOf(values, width, column),
    );
    return shape.length > 1 ? channelLoses(columns) : roundingOf(columns).loses || movesConstant(columns);
  });
}

type Labels = NpyArray & { readonly from: NamedArray };

/** The class of each label. @throws MistakeError */
function classLabels(parts: readonly Labels[], classes: Classes): readonly Blob[] {
  const labelled = parts.map(({ values, code, from }) => {
    const labels = new Words();
    const text = code === "b1" ? truthWord(classes) : String;
    const codes = new Map<number | bigint, number>();
    const all = new Int32Array(values.length);
    for (let row = 0; row < all.length; row++) {
      const value = values[row]!;
      const known = codes.get(value) ?? labels.codeOf(text(value), row, row + 1);
      codes.set(value, known);
      all[row] = known;
    }
    return {
      all,
      from,
      name: placeText(from),
      labels,
      placeOf: ({ row }: { readonly row: number }) => `Row ${row} of ${placeText(from)}`,
    };
  });
  const meant = classesOfWords(labelled, classes, true);
  if ("mistake" in meant) throw meant.mistake;
  return labelled.map(({ all }, part) =>
    blobOf(
      "int32",
      [all.length],
      all.map((code) => meant.classes[part]![code]!),
    ),
  );
}
/** Classes that are called `True` and `False` are meant by these, whatever their order. */
function truthWord({ names, areNamed }: Classes): (value: number | bigint) => string {
  const named = (word: string): string | undefined => names.find((name) => name.toLowerCase() === word);
  const [no, yes] = [named("false"), named("true")];
  return areNamed && no !== undefined && yes !== undefined ? (value) => (value ? yes : no) : String;
}

/** Numbers to predict, [n, targets]. @throws MistakeError */
function numberLabels(
  all: readonly { readonly info: NpyInfo; readonly labels: Labels }[],
  remarks: Remark[],
): readonly Blob[] {
  const numbers = all.map(({ labels }) => located(labels.from.option, () => numbersIn(labels, labels.from)));
  const { targetNames } = all[0]!.info;
  targetNames.forEach((name, column) => {
    const columns = numbers.map((values) => columnOf(values, targetNames.length, column));
    if (targetLoses(columns)) remarks.push({ ...roundedTarget(name, columns), at: all[0]!.labels.from.option });
  });
  return all.map(({ info }, part) =>
    blobOf("float32", [info.count, targetNames.length], new Float32Array(numbers[part]!)),
  );
}
