/**
 * The option `inputs` of `inspect`: which examples of `data` the network is shown.
 *
 * Labels stand for the first example of each, in the order of `data`; rows are counted from 1, as the figure `mistakes`
 * counts; the most confident mistakes are ordered as that figure orders them. A file that says nothing gets the first
 * example of each class (at most ten), or the first three examples where labels are numbers.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { namesInWords, suggestion } from "../diagnostic/nearest.js";
import { argMax } from "../learn/logits.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { RunContext } from "../pipeline/run-context.js";
import { grouped } from "../util/numbers.js";
import { plural } from "../util/words.js";
import { float32Of, int32Of } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import type { InspectedInput } from "../values/inspection.js";
import type { Output } from "../values/output.js";
import { fileWord, rowsOf, withRows } from "./dataset.js";
import { wrongPlaces } from "./judged-classes.js";
import { meetings } from "./meetings.js";
import { outputsOf } from "./model-outputs.js";

const count = z.number({ error: "a whole number from 1" }).int().min(1, { error: "a whole number from 1" });
const row = z.number({ error: "a whole number from 1" }).int().min(1, { error: "a whole number: rows count from 1" });
export const inputsOption = z
  .strictObject({
    labels: z
      .array(fileWord.transform(String))
      .min(1)
      .optional()
      .describe("The first example of each of these classes, in the order of `data`."),
    rows: z
      .array(row)
      .min(1)
      .optional()
      .describe("Examples by their place in `data`, counted from 1, as the figure `mistakes` counts."),
    mistaken: count
      .optional()
      .describe("So many of the most confident mistakes, ordered as the figure `mistakes` orders them."),
  })
  .refine((value) => Object.keys(value).length === 1, {
    error: "one of `labels`, `rows` and `mistaken`, such as `{labels: [0, 3, 5]}`",
  })
  .optional()
  .describe(
    "Which examples of `data` the network is shown: `{labels: […]}`, `{rows: […]}` or `{mistaken: n}`. Default: the " +
      "first example of each class, at most ten; of numbers the first three examples.",
  );
export type InputsOption = z.infer<typeof inputsOption>;

const mostClasses = 10;
const firstExamples = 3;

/** What check time says against them. @returns  how many inputs there will be, where that is known */
export function checkInputs(
  inputs: InputsOption,
  model: PortInfo | undefined,
  data: PortInfo | undefined,
  report: CheckContext<unknown>["report"],
): number | null {
  const mistake = inputsMistake(inputs, { classes: data?.classes, count: data?.count, counts: data?.classCounts });
  if (mistake) report(mistake);
  if (inputs?.mistaken !== undefined && model?.classes === null) report(noMistakes);
  if (inputs) return (inputs.labels ?? inputs.rows)?.length ?? inputs.mistaken!;
  if (data?.classes === undefined) return null;
  return data.classes ? Math.min(mostClasses, data.classes.length) : firstExamples;
}

const noMistakes: Mistake = {
  title: "mistakes of a model that predicts numbers",
  message: "`mistaken` shows examples of one class taken for another, but this model predicts numbers. Use `rows`.",
  at: ["inputs", "mistaken"],
};

interface Known {
  readonly classes: readonly string[] | null | undefined;
  readonly count: number | null | undefined;
  /** Examples of each class. */
  readonly counts: (() => readonly number[]) | undefined;
}
function inputsMistake(inputs: InputsOption, { classes, count, counts }: Known): Mistake | undefined {
  if (inputs?.rows) return repeated(inputs.rows, "rows", "row") ?? beyond(inputs.rows, count);
  if (!inputs?.labels) return undefined;
  if (classes === null)
    return {
      title: "labels that are numbers",
      message: "`labels` names classes, but the labels of `data` are numbers. Name examples with `rows`.",
      at: ["inputs", "labels"],
    };
  const { labels } = inputs;
  if (!classes) return repeated(labels, "labels", "label");
  for (const [index, label] of labels.entries())
    if (!classes.includes(label))
      return {
        title: "no such class",
        message:
          `There is no class \`${label}\`.${suggestion(label, classes)}\n\n` + `Classes: ${namesInWords(classes)}`,
        at: ["inputs", "labels", index],
      };
  const twice = repeated(labels, "labels", "label");
  if (twice || !counts) return twice;
  const missing = labels.findIndex((label) => counts()[classes.indexOf(label)] === 0);
  return missing < 0 ? undefined : withoutExample(labels[missing]!, missing);
}
const withoutExample = (label: string, index: number): Mistake => ({
  title: "a label without an example",
  message: `\`data\` has no example of class \`${label}\`. Leave it out, or name data that have one.`,
  at: ["inputs", "labels", index],
});

function repeated(list: readonly unknown[], option: string, noun: string): Mistake | undefined {
  const seen = new Set<unknown>();
  const index = list.findIndex((value) => seen.size === seen.add(value).size);
  if (index < 0) return undefined;
  return {
    title: `a ${noun} twice`,
    message: `${noun === "row" ? "Row" : "Label"} \`${list[index]}\` is there already. Name each ${noun} once.`,
    at: ["inputs", option, index],
  };
}

function beyond(rows: readonly number[], count: number | null | undefined): Mistake | undefined {
  if (count === null || count === undefined) return undefined;
  const index = rows.findIndex((row) => row > count);
  if (index < 0) return undefined;
  return {
    title: "no such row",
    message:
      `There is no row ${grouped(rows[index]!)}: \`data\` has ${plural(count, "example", grouped(count))}, ` +
      "counted from 1.",
    at: ["inputs", "rows", index],
  };
}

type Hooks = Pick<RunContext<unknown>, "progress" | "stopping">;
export interface ChosenInputs {
  /** The chosen ones of `data`, in order. */
  readonly data: Dataset;
  readonly told: readonly InspectedInput[];
}

/**
 * @param data  in the order of the model, on the scale on which they were given
 * @throws      MistakeError where there is no such example; InterruptedError
 */
export async function chosenInputs(
  inputs: InputsOption,
  model: Output<"model">,
  data: Dataset,
  hooks: Hooks,
): Promise<ChosenInputs> {
  const { classes } = data.data;
  const rows = rowsOf(data);
  const mistake = inputsMistake(inputs, { classes, count: rows.length, counts: undefined });
  if (mistake) throw new MistakeError(mistake);
  if (inputs?.mistaken !== undefined) return mistaken(inputs.mistaken, model, data, rows, hooks);
  const places = placesOf(inputs, data, rows);
  const chosen = withRows(
    data,
    Int32Array.from(places, (place) => rows[place]!),
  );
  const said = await saidOf(model, chosen, hooks);
  return { data: chosen, told: places.map((place, index) => toldOf(place, chosen, index, said, index)) };
}

function placesOf(inputs: InputsOption, { data: { classes }, blobs }: Dataset, rows: Int32Array): readonly number[] {
  if (inputs?.rows) return inputs.rows.map((row) => row - 1);
  if (!classes) return Array.from({ length: Math.min(firstExamples, rows.length) }, (_, place) => place);
  const labels = int32Of(blobs.labels!);
  const first = (label: number): number => rows.findIndex((row) => labels[row] === label);
  if (!inputs?.labels)
    return classes
      .map((_, label) => first(label))
      .filter((place) => place >= 0)
      .slice(0, mostClasses);
  return inputs.labels.map((label, index) => {
    const place = first(classes.indexOf(label));
    if (place < 0) throw new MistakeError(withoutExample(label, index));
    return place;
  });
}

/** What the model says of examples: of classes probabilities, else values. */
interface Said {
  readonly values: Float32Array;
  readonly width: number;
}
async function saidOf(model: Output<"model">, data: Dataset, hooks: Hooks): Promise<Said> {
  const { outputs, probabilities } = await outputsOf(model, data, null, meetings.evaluate, hooks);
  const values = probabilities ?? Float32Array.from(outputs);
  return { values, width: values.length / Math.max(1, data.data.count) };
}

/** @param at  of the example in `data`. @param index  of what is said of it */
function toldOf(place: number, { data, blobs }: Dataset, at: number, said: Said, index: number): InspectedInput {
  const { values, width } = said;
  const own = values.subarray(index * width, (index + 1) * width);
  const stored = int32Of(blobs.rows!)[at]!;
  const { classes } = data;
  if (classes) {
    const predicted = argMax(values, index * width, width);
    const label = classes[int32Of(blobs.labels!)[stored]!]!;
    return { row: place + 1, label, predicted: classes[predicted]!, probability: own[predicted]! };
  }
  const labels = float32Of(blobs.labels!);
  const targets = blobs.labels!.shape[1] ?? 1;
  const label = [...labels.subarray(stored * targets, (stored + 1) * targets)];
  return { row: place + 1, label, predicted: [...own], probability: null };
}

async function mistaken(
  wanted: number,
  model: Output<"model">,
  data: Dataset,
  rows: Int32Array,
  hooks: Hooks,
): Promise<ChosenInputs> {
  const { classes } = data.data;
  if (!classes) throw new MistakeError(noMistakes);
  const said = await saidOf(model, data, hooks);
  const labels = int32Of(data.blobs.labels!);
  const { values, width } = said;
  const all = wrongPlaces({
    names: classes,
    labels: rows.map((row) => labels[row]!),
    predicted: rows.map((_, place) => argMax(values, place * width, width)),
    predictions: values,
  });
  if (all.length === 0)
    throw new MistakeError({
      title: "no mistakes",
      message:
        `The model predicts the class of all ${plural(rows.length, "example", grouped(rows.length))} of \`data\`, so ` +
        "that there is no mistake to look at. Name examples with `labels` or `rows`.",
      at: ["inputs", "mistaken"],
    });
  if (all.length < wanted)
    hooks.progress({ remark: `of ${wanted} mistakes that are wanted there are ${grouped(all.length)}` });
  const places = all.slice(0, wanted);
  const chosen = withRows(
    data,
    Int32Array.from(places, (place) => rows[place]!),
  );
  return { data: chosen, told: places.map((place, at) => toldOf(place, chosen, at, said, place)) };
}
