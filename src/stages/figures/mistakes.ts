/**
 * The mistakes of which a model was most sure: the image, or the numbers of a table, with the true class, the predicted
 * one and its probability.
 *
 * They are what the confusion matrix has beside its diagonal, no more and no fewer. Those of equal probability stand in
 * the order of the data.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf, setName } from "../../figure/figure.js";
import { imageSheet } from "../../figure/image-sheet.js";
import { imageSketch } from "../../figure/image-sketch.js";
import { byteScale } from "../../figure/light.js";
import { type Column, tableSketch, tableView } from "../../figure/table.js";
import type { Captioned } from "../../figure/tiles.js";
import { denormalised } from "../../learn/normalization.js";
import { fractionText, grouped, shortText } from "../../util/numbers.js";
import { sizeOfShape } from "../../util/shape.js";
import { plural } from "../../util/words.js";
import { featuresOf, int32Of } from "../../values/blob.js";
import { areVotes } from "../../values/evaluation.js";
import type { Output } from "../../values/output.js";
import { columnName, imageShapeOf } from "../dataset.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { needsClasses } from "../figure-refusals.js";
import {
  classNamed,
  classOption,
  type JudgedClasses,
  judgedClasses,
  overOneAnother,
  wrongPlaces,
} from "../judged-classes.js";

const name = "mistakes";
const together = overOneAnother(name, "true_class", "predicted_class");

export const mistakesFigure = declareFigure({
  name,
  summary: "The most confident mistakes: true class, predicted class, probability. Of an evaluation of classes.",
  from: { accepts: ["evaluation"], source: "an `evaluate` stage" },
  options: {
    count: z.number().int().min(1).max(200).default(24).describe("How many are shown. Default: 24."),
    true_class: classOption("Only examples of this class. Default: of every class."),
    predicted_class: classOption("Only what was taken for this class. Default: for any."),
  },
  problem: needsClasses(name, "evaluation"),
  together: (sources, inputs, options) => together(sources, inputs, options) ?? noMistake(options),
  draw: (given) => {
    const evaluation = theOne(given);
    return mistakes(evaluation, judgedClasses(name, given.items[0]!), given.options);
  },
  sample: ({ mistaken }) => ({ from: [mistaken], options: { count: 8 } }),
});

interface Options {
  readonly count: number;
  readonly true_class?: unknown;
  readonly predicted_class?: unknown;
  readonly title?: string | undefined;
}

const noMistake = ({
  true_class: truth,
  predicted_class: predicted,
}: Readonly<Record<string, unknown>>): Mistake | undefined =>
  truth !== undefined && String(truth) === String(predicted)
    ? {
        title: "what is right is no mistake",
        message:
          `\`true_class\` and \`predicted_class\` are both \`${String(truth)}\`. ` +
          "Name two classes, or leave one of them out.",
        at: ["predicted_class"],
      }
    : undefined;

interface WrongExample {
  /** Among the examples, from 0. */
  readonly place: number;
  readonly truth: string;
  readonly predicted: string;
  readonly probability: number;
}

/** All of them, the most confident first. */
export function wrongExamples(
  judged: JudgedClasses,
  wanted: { readonly truth?: number | undefined; readonly predicted?: number | undefined } = {},
): readonly WrongExample[] {
  const { names, labels, predicted, predictions } = judged;
  return wrongPlaces(judged)
    .filter(
      (at) => (wanted.truth ?? labels[at]) === labels[at] && (wanted.predicted ?? predicted[at]) === predicted[at],
    )
    .map((at) => ({
      place: at,
      truth: names[labels[at]!]!,
      predicted: names[predicted[at]!]!,
      probability: predictions[at * names.length + predicted[at]!]!,
    }));
}

/** @throws MistakeError for an unknown class, or one class as the true and the predicted one */
export async function mistakes(
  evaluation: Output<"evaluation">,
  judged: JudgedClasses,
  options: Options,
): Promise<Figure> {
  const { names, data } = judged;
  const mistake = noMistake({ ...options });
  if (mistake) throw new MistakeError(mistake);
  const truth = classNamed("true_class", options.true_class, names);
  const predicted = classNamed("predicted_class", options.predicted_class, names);
  const all = wrongExamples(judged, { truth, predicted });
  const shown = all.slice(0, options.count);
  const of = [
    truth === undefined ? "" : ` of class ${names[truth]!}`,
    predicted === undefined ? "" : ` taken for ${names[predicted]!}`,
  ].join("");
  const title = options.title ?? `Most confident mistakes, ${setName(data.split)}`;
  const total = `${plural(data.metrics.count, "example", grouped(data.metrics.count))}`;
  if (shown.length === 0)
    return without(title, `no mistakes${of}: ${of === "" ? `all ${total} are right` : `none among ${total}`}`);
  const many =
    all.length === 1
      ? `the one mistake${of}`
      : `${shown.length < all.length ? `${shown.length} of ` : "all "}${grouped(all.length)} mistakes${of}`;
  const subtitle = `${many} among ${total}${shown.length > 1 ? ", the most confident first" : ""}`;
  return imageShapeOf(data.shape)
    ? sheet(evaluation, shown, title, subtitle)
    : table(evaluation, shown, title, subtitle);
}

function without(title: string, text: string): Figure {
  return figureOf(
    name,
    title,
    [],
    {
      width: 420,
      height: 24,
      data: { values: [{ text }] },
      mark: { type: "text", align: "left", baseline: "middle", x: 0, fontSize: 13 },
      encoding: { text: { field: "text" } },
    },
    [{ type: "table", columns: [text], rows: [] }],
  );
}

const rowLength = 8;

async function sheet(
  { data, blobs }: Output<"evaluation">,
  shown: readonly WrongExample[],
  title: string,
  subtitle: string,
): Promise<Figure> {
  const rows = int32Of(blobs.rows!);
  const features = featuresOf(blobs.features!);
  const size = sizeOfShape(data.shape);
  const chosen = shown.map(({ place }) => rows[place]!);
  const { convert, text } = byteScale(features, data.scale, chosen, size);
  const images = shown.map(
    ({ place, truth, predicted, probability }, at): Captioned => ({
      image: Float32Array.from(
        features.subarray(chosen[at]! * size, (chosen[at]! + 1) * size),
        (feature) => convert(feature) / 255,
      ),
      caption: `true ${truth}, predicted ${predicted}, p ${fractionText(probability)}, image ${grouped(place + 1)}`,
    }),
  );
  const strips = Array.from({ length: Math.ceil(images.length / rowLength) }, (_, row) => ({
    name: "",
    images: images.slice(row * rowLength, (row + 1) * rowLength),
  }));
  const of = areVotes(data) ? "share of the votes for" : "probability of";
  const lines = [subtitle, `p: the ${of} the predicted class`, ...(text ? [text] : [])];
  return figureOf(name, title, lines, await imageSheet({ strips }, data.shape), [imageSketch(images, data.shape)]);
}

/** Of columns as many as can be read beside each other. */
const mostColumns = 8;

function table(
  { data, blobs }: Output<"evaluation">,
  shown: readonly WrongExample[],
  title: string,
  subtitle: string,
): Figure {
  const rows = int32Of(blobs.rows!);
  const features = featuresOf(blobs.features!);
  const { shape, scale, normalization = [], featureNames = [] } = data;
  const width = shape.length === 1 ? shape[0]! : 0;
  const told = Math.min(width, mostColumns);
  const columns: Column[] = [
    { title: "example", align: "right" },
    { title: "true" },
    { title: "predicted" },
    { title: areVotes(data) ? "share of votes" : "probability", align: "right" },
    ...Array.from({ length: told }, (_, at): Column => ({ title: columnName(featureNames, at), align: "right" })),
  ];
  const cells = shown.map(({ place, truth, predicted, probability }) => {
    const row = rows[place]!;
    const own = denormalised({ features: features.slice(row * width, (row + 1) * width), scale }, normalization);
    const values = [...own.subarray(0, told)].map((value) => (Number.isNaN(value) ? "no value" : shortText(value, 4)));
    return { cells: [grouped(place + 1), truth, predicted, fractionText(probability), ...values] };
  });
  const lines = [
    subtitle,
    ...(told < width ? [`the first ${told} of ${grouped(width)} features`] : []),
    ...(normalization.length > 0 && told > 0 ? ["features as they were before they were normalised"] : []),
    ...(width === 0 ? [`of each example [${shape.join(", ")}] only its number`] : []),
  ];
  return figureOf(name, title, lines, tableView(columns, cells), [tableSketch(columns, cells)]);
}
