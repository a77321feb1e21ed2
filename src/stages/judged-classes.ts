/**
 * Evaluations of classes, as figures of probabilities read them: what was said of each example and what is true; and
 * why several of them cannot be laid over one another, or have no class of a name.
 *
 * The predicted class is the first of the largest probabilities, which is the one that the metrics count.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { axisNames } from "../figure/figure.js";
import { distinctLabels } from "../figure/points.js";
import { argMax } from "../learn/logits.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { canonical } from "../util/json.js";
import { float32Of, int32Of } from "../values/blob.js";
import type { ClassificationIntervals, ClassificationMetrics, EvaluationData } from "../values/evaluation.js";
import type { Output } from "../values/output.js";
import { fileWord } from "./dataset.js";
import type { FigureDeclaration, Item } from "./figure-declaration.js";
import { noClasses } from "./figure-refusals.js";

export interface JudgedClasses {
  /** Tells it from the others; empty for one alone. */
  readonly label: string;
  readonly names: readonly string[];
  /** float32 [count, classes]: probabilities. */
  readonly predictions: Float32Array;
  /** Of each example. */
  readonly labels: Int32Array;
  readonly predicted: Int32Array;
  readonly data: EvaluationData & {
    readonly metrics: ClassificationMetrics;
    readonly intervals: ClassificationIntervals;
  };
}

/** @throws MistakeError where the evaluation is of a regression */
export function judgedClasses(figure: string, { label, value }: Item<"evaluation">): JudgedClasses {
  const { data, blobs } = value;
  if (!data.classes || !isOfClasses(data)) throw noClasses(figure, "evaluation");
  const names = axisNames(data.classes);
  const predictions = float32Of(blobs.predictions!);
  const labels = int32Of(blobs.labels!);
  return {
    label,
    names,
    predictions,
    labels: int32Of(blobs.rows!).map((row) => labels[row]!),
    predicted: Int32Array.from({ length: predictions.length / names.length }, (_, at) =>
      argMax(predictions, at * names.length, names.length),
    ),
    data,
  };
}
const isOfClasses = (data: EvaluationData): data is JudgedClasses["data"] => "confusion" in data.metrics;

/**
 * Of several, with labels that differ. @throws MistakeError as `judgedClasses`, and where they are of different sets or
 * classes
 */
export function judgedTogether(figure: string, items: readonly Item<"evaluation">[]): readonly JudgedClasses[] {
  const all = items.map((item) => judgedClasses(figure, item));
  const others =
    differing(
      figure,
      all.map(classesOf),
      items.map(({ source }) => source),
    ) ?? differentSets(figure, items);
  if (others) throw new MistakeError(others);
  const labels = all.length > 1 ? distinctLabels(all.map(({ label }) => label)) : all.map(({ label }) => label);
  return all.map((judged, at) => ({ ...judged, label: labels[at]! }));
}
const classesOf = ({ data }: JudgedClasses): readonly string[] | null => data.classes;

/** The same at check time, for a declaration's `together`. */
export const overOneAnother =
  (figure: string, ...classOptions: readonly string[]): NonNullable<FigureDeclaration["together"]> =>
  (sources, _inputs, options) => {
    const ports = sources.map(({ port }) => port);
    const places = ports.map((_, at) => at);
    const classes = ports.map((port) => port.classes);
    const known = classes.every((names) => names) ? (classes as readonly (readonly string[])[]) : [];
    const others = differing(figure, known, places) ?? differentRows(figure, ports);
    if (others || !known[0]) return others;
    for (const option of classOptions) {
      const mistake = unknownClass(option, options[option], axisNames(known[0]));
      if (mistake) return mistake;
    }
    return undefined;
  };

function differing(
  figure: string,
  classes: readonly (readonly string[] | null)[],
  sources: readonly number[],
): Mistake | undefined {
  const asSet = (names: readonly string[] | null): string => canonical([...(names ?? [])].sort());
  const other = classes.findIndex((names) => asSet(names) !== asSet(classes[0]!));
  if (other < 0) return undefined;
  return {
    title: "evaluations of different classes",
    message:
      `\`${figure}\` lays models of the same classes over one another, but those of input ${sources[other]! + 1} are ` +
      "not those of the first. Draw each in a figure of its own.",
    at: ["from", sources[other]!],
  };
}

/** As far as check time knows which examples they are of. */
function differentRows(figure: string, ports: readonly PortInfo[]): Mistake | undefined {
  const rows = ports.map(({ judgedBy }) => judgedBy?.rows);
  const other = rows.findIndex((own) => own && rows[0] && (own.id !== rows[0].id || own.order !== rows[0].order));
  return other < 0 ? undefined : ofOtherExamples(figure, other);
}
const ofOtherExamples = (figure: string, source: number): Mistake => ({
  title: "evaluations of different sets",
  message:
    `\`${figure}\` compares models on one set, but input ${source + 1} is of other examples than the first, or has ` +
    "them in another order. Evaluate both on the same examples, or draw each in a figure of its own.",
  at: ["from", source],
});

/**
 * Elements of one name may be of different sets, as those of a cross-validation are; names may not, element by element.
 * Features that were normalised differently cannot be compared, though the examples may be the same.
 */
function differentSets(figure: string, items: readonly Item<"evaluation">[]): Mistake | undefined {
  const sources = [...new Set(items.map(({ source }) => source))];
  const of = (wanted: number) => items.filter(({ source }) => source === wanted).map(({ value }) => value);
  const other = sources.find((source) => !areSame(of(sources[0]!), of(source)));
  return other === undefined ? undefined : ofOtherExamples(figure, other);
}
/** Whether all of them are, however their features are scaled. */
export const areOfOneSet = (items: readonly Item<"evaluation">[]): boolean =>
  items.every(({ value }) => areSame([items[0]!.value], [value]));

function areSame(a: readonly Output<"evaluation">[], b: readonly Output<"evaluation">[]): boolean {
  const scales = [...a, ...b].map(({ data }) => canonical(data.normalization ?? []));
  const textOf = new Set(scales).size === 1 ? ({ data }: Output<"evaluation">): string => data.examples : labelsText;
  const texts = (list: readonly Output<"evaluation">[]): string => canonical([...new Set(list.map(textOf))].sort());
  return texts(a) === texts(b);
}
const labelsText = ({ data, blobs }: Output<"evaluation">): string => {
  const labels = int32Of(blobs.labels!);
  return canonical(Array.from(int32Of(blobs.rows!), (row) => data.classes?.[labels[row]!] ?? null));
};

/** Places of what was taken for another class, the most confident first; of equals the first. */
export function wrongPlaces({
  names,
  labels,
  predicted,
  predictions,
}: Pick<JudgedClasses, "names" | "labels" | "predicted" | "predictions">): readonly number[] {
  const confidenceOf = (place: number): number => predictions[place * names.length + predicted[place]!]!;
  return Array.from(labels.keys())
    .filter((place) => predicted[place] !== labels[place])
    .sort((a, b) => confidenceOf(b) - confidenceOf(a) || a - b);
}

/** An option that names a class, as a file may spell it. */
export const classOption = (description: string) => fileWord.optional().describe(description);

function unknownClass(option: string, wanted: unknown, names: readonly string[]): Mistake | undefined {
  if (wanted === undefined || names.includes(String(wanted))) return undefined;
  const listed = names.length > 20 ? [...names.slice(0, 20), "…"] : names;
  return {
    title: "no such class",
    message:
      `There is no class \`${String(wanted)}\`.${suggestion(String(wanted), names)}` +
      `\n\nClasses: ${listed.join(", ")}`,
    at: [option],
  };
}

/** Place of the class that an option names; undefined where it names none. @throws MistakeError for an unknown one */
export function classNamed(option: string, wanted: unknown, names: readonly string[]): number | undefined {
  const mistake = unknownClass(option, wanted, names);
  if (mistake) throw new MistakeError(mistake);
  return wanted === undefined ? undefined : names.indexOf(String(wanted));
}
