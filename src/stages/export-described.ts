/** A model as its file will be: what goes in and comes out, in which numbers and order, and what is said beside. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Described, DescribedMember } from "../export/described.js";
import { formats } from "../export/formats.js";
import { losses, readingOf } from "../learn/losses.js";
import { isImputation } from "../learn/normalization.js";
import { ownVersion } from "../util/entries.js";
import type { Normalization, Scaling } from "../values/dataset.js";
import type { ExportedArray, ExportFormat } from "../values/exported.js";
import { ensembleOf, type Member, type ModelData, membersOf, rawScaleOf } from "../values/model.js";
import type { Output } from "../values/output.js";
import { orderOf } from "./agreement.js";
import { outputOrder, parametersOf, placedLayersOf } from "./model-outputs.js";

/** @throws MistakeError where members read files in other units */
export function describedModel(
  model: Output<"model">,
  format: ExportFormat,
): Described & { readonly scale: number; readonly far: readonly string[] } {
  const members = membersOf(model);
  const rule = ensembleOf(model)?.rule ?? null;
  const whole = members[0]!.model;
  const scale = rawScaleOf(whole);
  const other = members.findIndex((member) => rawScaleOf(member.model) !== scale);
  if (other > 0)
    throw new MistakeError({
      title: "members that read other units",
      message:
        `The first member multiplies what it reads by ${unitText(scale)}, and member ${other + 1} by ` +
        `${unitText(rawScaleOf(members[other]!.model))}: one input cannot be for both. Train them on data of one ` +
        "`load`, or export them one by one.",
      at: ["model"],
    });
  const areClasses = whole.classes !== null;
  const width = whole.classes?.length ?? whole.outputShape[0]!;
  const far = farFrom0(members, formats[format].farthest);
  const input = inputOf(whole, scale, far.length > 0);
  return {
    input,
    outputs: areClasses ? classOutputs(rule, formats[format].hasLogits(rule), width) : [numbersOutput(rule, width)],
    members: members.map((member, index) => describedMember(whole, member, prefixOf(members, index))),
    rule,
    width,
    areClasses,
    metadata: metadataOf(whole, input),
    scale,
    far,
  };
}

/** What the features of a file are multiplied by before anything else is done to them. */
export const unitText = (scale: number): string => (scale === 1 / 255 ? "1/255" : String(scale));

const prefixOf = (members: readonly Member[], index: number): string =>
  members.length === 1 ? "" : `member_${String(index + 1).padStart(String(members.length).length, "0")}.`;

function describedMember(whole: ModelData, member: Member, prefix: string): DescribedMember {
  const { model } = member;
  const columns = orderOf(model.featureNames, whole.featureNames);
  const reading = readingOf(model.loss);
  return {
    prefix,
    layers: placedLayersOf(model),
    parameters: parametersOf(member),
    columns: typeof columns === "string" ? null : columns,
    scale: rawScaleOf(model),
    normalization: model.normalization ?? [],
    readAs: reading ? linkOf(model.loss) : null,
    targetScaling: model.targetScaling ?? null,
    outputs: outputOrder(whole, model),
  };
}

function linkOf(loss: string): "softmax" | "sigmoid" {
  const row = losses[loss as keyof typeof losses];
  if (row.learns !== "classes") throw new Error(`hw1 bug: classes by ${loss}`);
  return row.link;
}

/** Numbers are float32, unless a column lies so far from 0 that rounding it to 32 bits would be seen. */
function inputOf({ inputShape }: ModelData, scale: number, isFar: boolean): ExportedArray {
  const areImages = inputShape.length === 3;
  const unit = scale === 1 / 255 ? "bytes as they are, 0 … 255" : "numbers as in the file";
  return {
    name: areImages ? "images" : "table",
    dtype: isFar ? "float64" : "float32",
    shape: ["batch", ...inputShape],
    meaning: areImages ? `height, width, channels; ${unit}` : `columns in the order of \`columns\`; ${unit}`,
  };
}

/** Columns, or channels, that lie so far from 0, as people call them. */
function farFrom0(members: readonly Member[], farthest: number): readonly string[] {
  const names = members.flatMap(({ model: { normalization, featureNames, inputShape } }) => {
    const { offset = [], divisor = [] } = firstScaling(normalization) ?? {};
    return offset.flatMap((value, at) => {
      if (!(Math.abs(value) > farthest * divisor[at]!)) return [];
      if (inputShape.length === 3) return [`channel ${at + 1}`];
      const name = featureNames?.[at];
      return [name === undefined ? `column ${at + 1}` : `\`${name}\``];
    });
  });
  return [...new Set(names)];
}

/** The first step that shifts and divides. */
export const firstScaling = (steps: readonly Normalization[] = []): Scaling | undefined =>
  steps.find((step) => !isImputation(step));

const outputNamed = (name: string, width: number, meaning: string): ExportedArray => ({
  name,
  dtype: "float32",
  shape: ["batch", width],
  meaning,
});
function classOutputs(rule: Described["rule"], hasLogits: boolean, width: number): readonly ExportedArray[] {
  const meanings = {
    mean: ["ln of the members' mean probabilities", "the members' mean: each row adds up to 1"],
    vote: ["", "shares of the members' votes"],
    none: ["the largest is the predicted class", "softmax of the logits: each row adds up to 1"],
  } as const;
  const [logits, probabilities] = meanings[rule ?? "none"];
  return [
    ...(hasLogits ? [outputNamed("logits", width, logits)] : []),
    outputNamed("probabilities", width, probabilities),
  ];
}
const numbersOutput = (rule: Described["rule"], width: number): ExportedArray =>
  outputNamed("predictions", width, `in the units of the targets${rule === null ? "" : ", the members' mean"}`);

/** Lists are JSON. */
function metadataOf(
  { classes, featureNames, targetNames, reading }: ModelData,
  { meaning }: ExportedArray,
): Readonly<Record<string, string>> {
  const lists = {
    ...(classes ? { classes } : {}),
    ...(featureNames ? { columns: featureNames } : {}),
    ...(!classes && targetNames ? { targets: targetNames } : {}),
    ...(reading ? { reading } : {}),
  };
  return {
    hw1_version: ownVersion(),
    input: meaning,
    ...Object.fromEntries(Object.entries(lists).map(([key, value]) => [key, JSON.stringify(value)])),
  };
}
