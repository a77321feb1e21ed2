/**
 * What the shapes of arrays say of a part of `load: npy`: how many examples, of which shape, with how many numbers to
 * predict; and whether features and labels, and the parts, belong together. Headers tell all of it.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { grouped } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { plural } from "../util/words.js";
import { located, type NamedArray, type Pair } from "./npy-arrays.js";
import { type NpyHeader, placeText, savedAs } from "./npy-header.js";

/** What headers tell of a part. */
export interface NpyInfo {
  readonly count: number;
  /** Of one example. */
  readonly shape: readonly number[];
  readonly featureNames: readonly string[];
  readonly targetNames: readonly string[];
  /** Bytes of images, which are used as 0 … 1. */
  readonly areBytes: boolean;
}

export const areImageBytes = ({ code, shape }: Pick<NpyHeader, "code" | "shape">): boolean =>
  code === "u1" && shape.length > 2;

/** @throws MistakeError where features and labels are none, or do not belong together */
export function pairInfo(
  { features, labels }: Pair<Pick<NpyHeader, "code" | "shape">>,
  hasClasses: boolean,
  names: readonly string[] = [],
): NpyInfo {
  const [count, shape] = located(features.from.option, () => examplesIn(features.from, features.shape));
  const targets = located(labels.from.option, () => {
    const found = targetsIn(labels.from, labels.shape, hasClasses);
    if (labels.shape[0] !== count)
      throw new MistakeError({
        title: "unequal counts",
        message:
          `${placeText(features.from)} has ${grouped(count)} examples, ` +
          `but ${placeText(labels.from)} has ${grouped(labels.shape[0]!)} labels.`,
      });
    return found;
  });
  if (names.length > 0) checkNames(names, shape, features.from);
  return {
    count,
    shape,
    featureNames: names,
    areBytes: areImageBytes(features),
    targetNames: targets === 1 ? ["label"] : Array.from({ length: targets }, (_, column) => `label_${column + 1}`),
  };
}

function examplesIn(from: NamedArray, shape: readonly number[]): readonly [number, readonly number[]] {
  const [count, ...axes] = shape;
  if (count === undefined || axes.length > 3)
    throw new MistakeError({
      title: "not features",
      message:
        `${placeText(from)} is [${shape.join(", ")}]; features are [n, height, width] or ` +
        "[n, height, width, channels] (images), [n, columns] (a table) or [n] (one column).",
    });
  if (sizeOfShape(shape) === 0)
    throw new MistakeError({ title: "no examples", message: `${placeText(from)} is empty: [${shape.join(", ")}].` });
  if (axes.length === 0) return [count, [1]];
  return [count, axes.length === 2 ? [...axes, 1] : axes];
}

/** How many numbers an example's label has. */
function targetsIn(from: NamedArray, shape: readonly number[], hasClasses: boolean): number {
  const text = `${placeText(from)} is [${shape.join(", ")}]`;
  if (shape.length === 0 || shape.length > 2 || shape[1] === 0)
    throw new MistakeError({
      title: "not labels",
      message: `${text}; labels are [n], or [n, targets] of numbers to predict. Are features and labels exchanged?`,
    });
  const width = shape[1] ?? 1;
  if (hasClasses && width > 1)
    throw new MistakeError({
      title: "not labels of classes",
      message:
        `${text}, but a label of a class is one number. If each row has a 1 in the place of its class (one-hot): ` +
        `${savedAs(from, "x.argmax(axis=1)")}. If these are numbers to predict, leave out \`classes\`.`,
    });
  return width;
}

function checkNames(names: readonly string[], shape: readonly number[], from: NamedArray): void {
  const wrong = (message: string): MistakeError =>
    new MistakeError({ title: "names do not match the columns", message, at: ["feature_names"] });
  if (shape.length > 1)
    throw wrong(`\`feature_names\` names the columns of a table, but ${placeText(from)} holds images. Leave it out.`);
  if (names.length !== shape[0])
    throw wrong(
      `\`feature_names\` has ${plural(names.length, "name")}, ` +
        `but ${placeText(from)} has ${plural(shape[0]!, "column")}. Give one for each.`,
    );
}

/** PyTorch has channels before the height; read as they stand, the width would be taken for channels. */
export function channelsFirst({ shape }: NpyInfo, from: NamedArray): Mistake | undefined {
  const [height, width, channels] = shape;
  if (shape.length !== 3 || (height !== 1 && height !== 3) || channels! <= 4) return undefined;
  return {
    title: "channels first?",
    message:
      `Examples of ${placeText(from)} are [${shape.join(", ")}], read as height ${height}, width ${width} and ` +
      `${channels} channels. If channels come first there: ${savedAs(from, "x.transpose(0, 2, 3, 1)")}.`,
    at: from.option,
    severity: "warning",
    name: "channels_first",
  };
}

/** Parts of one load have examples of one shape, and numbers that mean the same. @throws MistakeError */
export function checkAlike(first: NpyInfo, from: NamedArray, info: NpyInfo, other: NamedArray): void {
  const pairs: readonly (readonly [expected: string, found: string])[] = [
    both(first, info, ({ shape }) => `[${shape.join(", ")}]`),
    both(first, info, ({ targetNames }) => plural(targetNames.length, "label")),
    both(first, info, ({ areBytes }) => (areBytes ? "bytes, used as 0 … 1" : "numbers that are used as they are")),
  ];
  const [expected, found] = pairs.find(([a, b]) => a !== b) ?? [];
  if (expected === undefined) return;
  throw new MistakeError({
    title: "parts differ",
    message:
      `Examples of ${placeText(from)} have ${expected}, but those of ${placeText(other)} ${found}. ` +
      "Save all parts alike.",
    at: other.option,
  });
}
const both = (a: NpyInfo, b: NpyInfo, text: (info: NpyInfo) => string): readonly [string, string] => [text(a), text(b)];
