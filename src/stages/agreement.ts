/**
 * Where data meet a model, or other data: are they about the same columns, targets and classes, on the same scale?
 *
 * Names are compared as they are written. The same names in another order are put in order; others are refused with
 * both lists. Without names on one side shapes alone decide. Raw data that meet normalised ones are normalised by the
 * statistics of those; data normalised otherwise are refused. Check time asks the same of ports, as far as they are
 * known.
 */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { differingChannel, isImputation, isSameNormalization } from "../learn/normalization.js";
import { roundedText } from "../util/numbers.js";
import { sameShape } from "../util/shape.js";
import { capital } from "../util/words.js";
import { blobOf, featuresOf, float32Of, int32Of } from "../values/blob.js";
import type { Dataset, Normalization } from "../values/dataset.js";
import type { ModelData } from "../values/model.js";
import type { Reading } from "../values/reading.js";
import { columnName, withNormalization } from "./dataset.js";
import { needs, requireFilled } from "./gaps.js";
import { have, type Meeting } from "./meetings.js";
import { differingDate } from "./readings.js";

/** What is known of a model, a dataset or its port; null and absent members are not known. */
export interface Traits {
  readonly shape?: readonly number[] | null | undefined;
  /** null: the labels are numbers. */
  readonly classes?: readonly string[] | null | undefined;
  readonly featureNames?: readonly string[] | null | undefined;
  readonly targetNames?: readonly string[] | null | undefined;
  readonly reading?: Reading | undefined;
}

export const traitsOf = (model: ModelData): Traits => ({ ...model, shape: model.inputShape });

/** Why the data cannot be what is expected, whatever their order. */
export function namesMistake(expected: Traits, found: Traits, meeting: Meeting): MistakeError | undefined {
  const { verbs, at } = meeting;
  const who = capital(meeting.expected);
  const its = meeting.areModels ? verbs : have;
  const mistake = (what: string, message: string): MistakeError =>
    new MistakeError({ title: `${nounOf(meeting)} has ${what}`, message, at });
  const others = (names: "featureNames" | "targetNames"): string | undefined =>
    orderOf(expected[names], found[names]) === "other"
      ? bothLists(expected[names]!, found[names]!, meeting, names === "featureNames")
      : undefined;
  const columns = others("featureNames");
  if (expected.shape && found.shape && !sameShape(expected.shape, found.shape)) {
    const shapes =
      `${who} ${verbs.shape} examples of [${expected.shape.join(", ")}], ` +
      `but ${meeting.found} ${its.shape} [${found.shape.join(", ")}].`;
    return mistake("another shape", columns ? `${shapes} ${columns}` : shapes);
  }
  if (columns) return mistake("other columns", columns);
  const dates = datesBetween(expected, found, meeting);
  if (dates) return mistake("a column that was read otherwise", dates);
  if (meeting.featuresOnly || expected.classes === undefined || found.classes === undefined) return undefined;
  if (classesBetween(expected.classes, found.classes) === "other") {
    const [wanted, got] = [expected.classes, found.classes].map((classes) =>
      classes ? `the classes ${cut(classes).join(", ")}` : "numbers as labels",
    );
    return mistake("other classes", `${who} ${verbs.names} ${wanted}, but ${meeting.found} ${its.names} ${got}.`);
  }
  const targets = others("targetNames");
  return targets === undefined ? undefined : mistake("another target", targets);
}

function datesBetween(wanted: Traits, got: Traits, meeting: Meeting): string | undefined {
  const areNamed = [wanted, got].every(({ featureNames }) => featureNames && featureNames.length > 0);
  const differing = areNamed ? differingDate(wanted.reading, got.reading) : undefined;
  if (!differing) return undefined;
  const { expected, found, verbs, areModels = false } = meeting;
  const [ours, theirs] = differing.ways;
  return (
    `${capital(expected)} ${verbs.names} \`${differing.column}\` as ${ours}, and ${found} ` +
    `${areModels ? verbs.names : have.names} it as ${theirs}. Give the \`load\` stages the same \`dates\`.`
  );
}

/** What differs first, then both lists. */
function bothLists(
  wanted: readonly string[],
  got: readonly string[],
  { expected, found, verbs, areModels = false }: Meeting,
  areColumns: boolean,
): string {
  const [own, other] = [new Set(wanted), new Set(got)];
  const [missing, strange] = [wanted.filter((name) => !other.has(name)), got.filter((name) => !own.has(name))];
  const differ =
    missing.length > 0 && strange.length > 0
      ? `${capital(expected)} ${verbs.names} \`${missing[0]}\` where ${found} ` +
        `${areModels ? verbs.names : have.names} \`${strange[0]}\`. `
      : "";
  const plain = (name: string): string => name.normalize("NFKC").trim().toLowerCase();
  const plainly = new Set(strange.map(plain));
  const alike = missing.find((name) => plainly.has(plain(name)));
  const nearly = alike === undefined ? "" : `\`${alike}\` differs only in case, spaces or Unicode form. `;
  const what = areColumns ? "The columns" : "The targets";
  const remedy = areColumns
    ? "Names are compared as they are written; `features:` in the `load` stage chooses columns by name."
    : "";
  return `${differ}${nearly}${what} are ${quoted(wanted)} there, ${quoted(got)} here. ${remedy}`.trim();
}

/**
 * The same examples with features, targets and classes in the order expected. @throws MistakeError where they have
 * others
 */
export function inOrder(
  found: Dataset,
  expected: Traits,
  meeting: Meeting,
): { readonly output: Dataset; readonly remarks: readonly string[] } {
  const mistake = namesMistake(expected, found.data, meeting);
  if (mistake) throw mistake;
  const data = found.data;
  const remarks: string[] = [];
  let changed = found;
  const columns = orderOf(expected.featureNames, data.featureNames);
  if (columns !== "same" && columns !== "other") {
    changed = withColumns(changed, expected.featureNames!, columns);
    remarks.push(
      `the columns of ${meeting.found} (${quoted(data.featureNames)}) are put in the order of ` +
        `${meeting.expected} (${quoted(expected.featureNames!)})`,
    );
  }
  if (meeting.featuresOnly || expected.classes === undefined) return { output: changed, remarks };
  const targets = orderOf(expected.targetNames, data.targetNames);
  if (data.classes === null && targets !== "same" && targets !== "other") {
    changed = withTargets(changed, expected.targetNames!, targets);
    remarks.push(
      `the targets of ${meeting.found} (${quoted(data.targetNames)}) are put in the order of ` +
        `${meeting.expected} (${quoted(expected.targetNames!)})`,
    );
  }
  const classes = classesBetween(expected.classes, data.classes);
  if (classes === "counted")
    remarks.push(
      `one of ${meeting.expected} and ${meeting.found} names its classes and the other counts them, ` +
        `so label 0 stands for \`${named(expected.classes!, data.classes!)[0]}\`, and so on`,
    );
  else if (classes !== "same" && classes !== "other") {
    changed = withClasses(changed, expected.classes!, classes);
    remarks.push(
      `the classes of ${meeting.found} (${quoted(data.classes!)}) are put in the order of ` +
        `${meeting.expected} (${quoted(expected.classes!)})`,
    );
  }
  return { output: changed, remarks };
}

/**
 * What must still be done to data in order so that they are on the scale expected: nothing, or all that was done to
 * those.
 *
 * @throws MistakeError where they are normalised otherwise
 */
export function stepsTo(
  found: Dataset,
  expected: readonly Normalization[] | undefined,
  meeting: Meeting,
): readonly Normalization[] {
  const { normalization: done = [], featureNames } = found.data;
  const wanted = expected ?? [];
  if (isSameNormalization(done, wanted)) return [];
  if (done.length === 0) return wanted;
  throw scaleMistake(wanted, done, meeting, () => differenceOf(wanted, done, featureNames));
}

/** Data in order and on the scale expected. @throws MistakeError where that cannot be */
export function brought(
  found: Dataset,
  expected: Dataset,
  meeting: Meeting,
): { readonly output: Dataset; readonly remarks: readonly string[] } {
  const { output, remarks } = inOrder(found, expected.data, meeting);
  const steps = stepsTo(output, expected.data.normalization, meeting);
  return { output: withSteps(output, steps, meeting), remarks: [...remarks, ...normalisedRemark(steps, meeting)] };
}

/** Data after the steps that they still need. @throws MistakeError where a network would be shown no value */
export function withSteps(found: Dataset, steps: readonly Normalization[], meeting: Meeting): Dataset {
  const output = withNormalization(found, steps);
  if (meeting.needsValues) requireFilled(output, needs.like(meeting.at, meeting.expected));
  return output;
}

/** Data in order whose scale must be that expected already. @throws MistakeError */
export function alike(
  found: Dataset,
  expected: Dataset,
  meeting: Meeting,
): { readonly output: Dataset; readonly remarks: readonly string[] } {
  const result = inOrder(found, expected.data, meeting);
  const [wanted, done] = [expected.data.normalization ?? [], result.output.data.normalization ?? []];
  if (!isSameNormalization(done, wanted))
    throw scaleMistake(wanted, done, meeting, () => differenceOf(wanted, done, expected.data.featureNames));
  return result;
}

export const normalisedRemark = (steps: readonly Normalization[], meeting: Meeting): readonly string[] =>
  steps.length === 0
    ? []
    : [
        `${meeting.found} is raw, so it is normalised by the statistics of ` +
          `${statisticsOf(meeting)} (${methodsOf(steps)})`,
      ];
const statisticsOf = ({ expected, statisticsOf: whose = expected }: Meeting): string => whose;

/** @param difference  where both are normalised, in words: what differs */
export function scaleMistake(
  wanted: readonly Pick<Normalization, "method">[],
  done: readonly Pick<Normalization, "method">[],
  meeting: Meeting,
  difference: () => string,
): MistakeError {
  const { expected, found, at } = meeting;
  const title = `${nounOf(meeting)} on another scale`;
  const isModel = meeting.verbs.shape === "takes";
  const side = isModel ? `what ${expected} was trained on` : expected;
  if (wanted.length === 0)
    return new MistakeError({
      title,
      message:
        `${capital(found)} is normalised (${methodsOf(done)}), but ${side} is not. ` +
        "Name data before they are normalised.",
      at,
    });
  if (done.length === 0)
    return new MistakeError({
      title,
      message:
        `${capital(found)} is raw, but ${side} is normalised (${methodsOf(wanted)}). ` +
        "Name both before they are normalised, or normalise both by one `fit`.",
      at,
    });
  const remedy =
    isModel || at[0] === "validation"
      ? `Name data that are not normalised: they are then normalised by the statistics of ${statisticsOf(meeting)}.`
      : "Normalise both by one `fit` and `method`.";
  return new MistakeError({
    title,
    message: `${capital(found)} is normalised otherwise than ${side}: ${difference()}. ${remedy}`,
    at,
  });
}

export const methodsOf = (steps: readonly Pick<Normalization, "method">[]): string =>
  steps.map(({ method }) => method).join(", then ");

/** The first step that differs, with its numbers. */
export function differenceOf(
  wanted: readonly Normalization[],
  done: readonly Normalization[],
  names: readonly string[],
): string {
  if (wanted.length !== done.length || methodsOf(wanted) !== methodsOf(done))
    return `${methodsOf(done)} instead of ${methodsOf(wanted)}`;
  const at = wanted.findIndex((step, index) => differingChannel(step, done[index]!) >= 0);
  const channel = differingChannel(wanted[at]!, done[at]!);
  const formula = (step: Normalization): string =>
    isImputation(step)
      ? short(step.fill[channel]!)
      : `(x − ${short(step.offset[channel]!)}) / ${short(step.divisor[channel]!)}`;
  const what = names.length > 0 ? `\`${columnName(names, channel)}\`` : `channel ${channel + 1}`;
  const where = isImputation(wanted[at]!) ? ", where it has no value," : "";
  return `${what}${where} becomes ${formula(done[at]!)} instead of ${formula(wanted[at]!)}`;
}
const short = (value: number): string => roundedText(value, 6);

/** Where each expected name stands among those found; or "same", also where one side has none. */
export function orderOf(
  expected: readonly string[] | null | undefined,
  found: readonly string[] | null | undefined,
): "same" | "other" | Int32Array {
  // Data cut out of one dataset share their list of names, which may be long.
  if (expected === found || !expected?.length || !found?.length) return "same";
  if (expected.length === found.length && expected.every((name, index) => name === found[index])) return "same";
  const places = new Map(found.map((name, index) => [name, index]));
  const order = Int32Array.from(expected, (name) => places.get(name) ?? -1);
  return expected.length === found.length && new Set(order).size === expected.length && !order.includes(-1)
    ? order
    : "other";
}

/**
 * Where each expected class stands among those found. "counted": one side only says how many there are (0 … N − 1) and
 * the other has words for them, so that the number of classes decides.
 */
function classesBetween(
  expected: readonly string[] | null,
  found: readonly string[] | null,
): "same" | "counted" | "other" | Int32Array {
  if (expected === null || found === null) return expected === found ? "same" : "other";
  const order = orderOf(expected, found);
  if (order !== "other" || expected.length !== found.length || isCount(expected) === isCount(found)) return order;
  return named(expected, found).some((name) => name.trim() !== "" && !Number.isNaN(Number(name))) ? "other" : "counted";
}
const isCount = (classes: readonly string[]): boolean => classes.every((name, index) => name === String(index));
const named = (expected: readonly string[], found: readonly string[]): readonly string[] =>
  isCount(expected) ? found : expected;

const mostListed = 12;
const cut = (names: readonly string[]): readonly string[] =>
  names.length <= mostListed ? names : [...names.slice(0, mostListed), `… (${names.length})`];
const quoted = (names: readonly string[]): string => cut(names.map((name) => `\`${name}\``)).join(", ");
const nounOf = ({ at, noun = String(at[0]) }: Meeting): string => noun;

function withColumns(output: Dataset, names: readonly string[], order: Int32Array): Dataset {
  const data = output.data;
  const features = output.blobs.features!;
  const { normalization } = data;
  return {
    type: "dataset",
    data: {
      ...data,
      featureNames: names,
      ...(normalization ? { normalization: normalization.map((step) => inColumnOrder(step, order)) } : {}),
    },
    blobs: { ...output.blobs, features: blobOf(features.dtype, features.shape, permuted(featuresOf(features), order)) },
  };
}
export function inColumnOrder(step: Normalization, order: Int32Array): Normalization {
  const inOrder = (values: readonly number[]): number[] => Array.from(order, (from) => values[from]!);
  if (isImputation(step)) return { method: step.method, fill: inOrder(step.fill) };
  return { method: step.method, offset: inOrder(step.offset), divisor: inOrder(step.divisor) };
}

function withTargets(output: Dataset, names: readonly string[], order: Int32Array): Dataset {
  const labels = output.blobs.labels!;
  return {
    type: "dataset",
    data: { ...output.data, targetNames: names },
    blobs: { ...output.blobs, labels: blobOf("float32", labels.shape, permuted(float32Of(labels), order)) },
  };
}
function withClasses(output: Dataset, classes: readonly string[], order: Int32Array): Dataset {
  const labels = output.blobs.labels!;
  const meaning = new Int32Array(order.length);
  order.forEach((from, to) => {
    meaning[from] = to;
  });
  return {
    type: "dataset",
    data: { ...output.data, classes },
    blobs: {
      ...output.blobs,
      labels: blobOf(
        "int32",
        labels.shape,
        int32Of(labels).map((label) => meaning[label]!),
      ),
    },
  };
}
/** Rows of as many values as there are places in `order`, each row in that order. */
function permuted<T extends Uint8Array | Float32Array | Float64Array>(values: T, order: Int32Array): T {
  const result = values.slice() as T;
  const width = order.length;
  for (let at = 0; at < values.length; at += width)
    for (let column = 0; column < width; column++) result[at + column] = values[at + order[column]!]!;
  return result;
}
