/**
 * Figures that lay several inputs over one axis, or shade it by the training examples, are of one feature and one
 * target, on one scale.
 *
 * Inputs keep the scale that they all have; where theirs differ, as those of folds do, they are drawn as they were
 * before they were normalised. The training examples follow the inputs. Others are refused, as they are at a model.
 */
import { denormalised, isSameNormalization } from "../learn/normalization.js";
import { columnOf, roundingOf } from "../learn/rounding.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { ListItem } from "../pipeline/run-context.js";
import { blobOf, float32Of } from "../values/blob.js";
import type { Dataset, Normalization } from "../values/dataset.js";
import { type Output, outputOf } from "../values/output.js";
import { namesMistake, stepsTo } from "./agreement.js";
import { areOnOneScale, checkMeeting } from "./agreement-check.js";
import { withNormalization } from "./dataset.js";
import type { Meeting } from "./meetings.js";

const verbs = { shape: "has", names: "has" };
const ofData: Meeting = { at: ["data"], found: "`data`", expected: "`from`", verbs };
const ofItem = (source: number): Meeting => ({
  at: ["from", source],
  found: `input ${source + 1}`,
  expected: "the first input",
  verbs,
});

/**
 * @throws MistakeError where inputs are of different columns, or `data` are on a scale that cannot be brought to theirs
 */
export function onOneAxis<I extends ListItem<Output>>(
  items: readonly I[],
  data: Output | undefined,
): { readonly items: readonly I[]; readonly data: Output | undefined } {
  const [first] = items;
  if (!first) return { items, data };
  const others = [
    ...items.map(({ value, source }) => ({ value, meeting: ofItem(source) })),
    ...(data ? [{ value: data, meeting: ofData }] : []),
  ];
  for (const { value, meeting } of others) {
    const mistake = namesMistake(traits(first.value), traits(value), meeting);
    if (mistake) throw mistake;
  }
  const wanted = normalizationOf(first.value);
  const isOne = items.every(({ value }) => isSameNormalization(normalizationOf(value), wanted));
  return {
    items: isOne ? items : items.map((item) => ({ ...item, value: undone(item.value) })),
    data: data && broughtTo(outputOf(data, "dataset"), isOne ? wanted : []),
  };
}

const broughtTo = (data: Dataset, wanted: readonly Normalization[]): Dataset =>
  withNormalization(data, stepsTo(data, wanted, ofData));

/** The same of ports, as far as they are known. */
export function checkAxis(
  from: readonly (PortInfo | undefined)[],
  data: PortInfo | undefined,
  isList: boolean,
  report: CheckContext<unknown>["report"],
): void {
  const known = from.filter((port) => port !== undefined);
  const [first] = known;
  if (!first || known.length < from.length) return;
  let fits = true;
  const refuse: typeof report = (mistake) => {
    fits = false;
    report(mistake);
  };
  for (const [index, port] of known.entries()) {
    const meeting = ofItem(index);
    // How inputs are scaled among themselves does not matter.
    checkMeeting(
      { ...first, normalization: null },
      port,
      isList ? meeting : { ...meeting, at: ["from"] },
      refuse,
      "follows",
    );
  }
  const isOne = known.every((port) => areOnOneScale(first, port));
  if (fits) checkMeeting(isOne ? first : { ...first, normalization: [] }, data, ofData, report, "follows");
}

/** What lies on an axis. */
const drawable = (output: Output): Output<"dataset" | "evaluation"> => outputOf(output, "dataset", "evaluation");
const normalizationOf = (output: Output): readonly Normalization[] => drawable(output).data.normalization ?? [];
const traits = (output: Output) => drawable(output).data;

function undone(value: Output): Output {
  const steps = normalizationOf(value);
  if (steps.length === 0) return value;
  const { curve } = value.blobs;
  const features = value.blobs.features!;
  const blobs = {
    ...value.blobs,
    features: numbersBlob(features.shape, denormalised({ features: float32Of(features), scale: 1 }, steps)),
    ...(curve ? { curve: numbersBlob(curve.shape, withPlaces(float32Of(curve), curve.shape[1]!, steps)) } : {}),
  };
  const output = drawable(value);
  return output.type === "dataset"
    ? { type: "dataset", data: asGiven(output.data), blobs }
    : { type: "evaluation", data: asGiven(output.data), blobs };
}
const asGiven = <T extends { readonly normalization?: unknown }>({ normalization: _normalization, ...data }: T) => ({
  ...data,
  scale: 1,
});

/** A curve's rows are a place and the model's outputs there. */
function withPlaces(curve: Float32Array, width: number, steps: readonly Normalization[]): Float64Array {
  const places = denormalised({ features: curve.filter((_, at) => at % width === 0), scale: 1 }, steps);
  return Float64Array.from(curve, (value, at) => (at % width === 0 ? places[at / width]! : value));
}

/** In 32 bits, as raw features are, or in 64 where the first column would lose by that. */
function numbersBlob(shape: readonly number[], values: Float64Array): Output["blobs"][string] {
  const width = values.length / shape[0]!;
  return roundingOf([columnOf(values, width, 0)]).loses
    ? blobOf("float64", shape, values)
    : blobOf("float32", shape, Float32Array.from(values));
}
