/**
 * visualize: one figure of a dataset, a model or an evaluation, as a specification, SVG and PNG.
 *
 * What each figure takes is a row of the table below; check and run ask the row. Vega and resvg are loaded by the
 * renderers, at the first figure.
 */
import { z } from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { classFrequency, noClassesText } from "../figure/class-frequency.js";
import { classificationReport } from "../figure/classification-report.js";
import { confusionMatrix } from "../figure/confusion-matrix.js";
import { examples, isImageShape, noImagesText } from "../figure/examples.js";
import type { Figure } from "../figure/figure.js";
import { learningCurves } from "../figure/learning-curves.js";
import { renderPng } from "../figure/png.js";
import { renderSvg } from "../figure/svg.js";
import type { Kind, PortInfo } from "../pipeline/kind.js";
import { blobOf, type EvaluationData, float32Of, int32Of, modelDataOf, type Output, type PortType } from "../util/value.js";
import { dataOf, reference, rowsOf } from "./dataset.js";

const figureNames = ["examples", "class_frequency", "learning_curves", "confusion_matrix", "classification_report"] as const;
type FigureName = (typeof figureNames)[number];

const schema = z.strictObject({
  figure: z
    .enum(figureNames)
    .describe(
      "What to draw. Of a dataset: `examples` (images of each class), `class_frequency` (examples per class). Of a model: `learning_curves` (loss and accuracy by epoch). Of an evaluation: `confusion_matrix`, `classification_report` (precision, recall and F1 of each class).",
    ),
  from: reference("The dataset, model or evaluation to draw."),
  title: z.string().min(1).optional().describe("Title above the figure. Default: what the figure shows and of which set."),
  per_class: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(8)
    .describe("`examples`: how many images of each class, the first ones in the order of the data. Default: 8."),
});
type Options = z.infer<typeof schema>;

interface FigureRow {
  readonly takes: PortType;
  /** Where such an input comes from, for the message that it is needed. */
  readonly source: string;
  /** Why the input cannot be drawn, as far as its port tells. */
  problem(from: PortInfo): { readonly title: string; readonly message: string } | undefined;
  draw(from: Output, options: Options): Figure | Promise<Figure>;
}

const aboutClasses = (figure: FigureName, input: "dataset" | "evaluation") => (from: PortInfo) =>
  isRegression(from) ? { title: "a figure about classes", message: noClassesText(figure, input) } : undefined;
const isRegression = ({ loss, classes }: PortInfo): boolean => (loss === undefined ? classes === null : loss === "mse");

const figures: Readonly<Record<FigureName, FigureRow>> = {
  examples: {
    takes: "dataset",
    source: "a stage that loads or cuts data",
    problem: ({ shape }) => (shape && !isImageShape(shape) ? { title: "no images to draw", message: noImagesText(shape) } : undefined),
    draw: (from, { per_class, title }) => {
      const data = dataOf(from);
      const { features, labels } = from.blobs as Record<"features" | "labels", Output["blobs"][string]>;
      const values = features.dtype === "uint8" ? features.bytes() : float32Of(features);
      return examples({ data, features: values, labels: data.classes ? int32Of(labels) : null, rows: rowsOf(from) }, per_class, title);
    },
  },
  class_frequency: {
    takes: "dataset",
    source: "a stage that loads or cuts data",
    problem: aboutClasses("class_frequency", "dataset"),
    draw: (from, { title }) => classFrequency(dataOf(from), dataOf(from).classes ? labelsOf(from) : [], title),
  },
  learning_curves: {
    takes: "model",
    source: "a `train` stage",
    problem: () => undefined,
    draw: (from, { title }) => learningCurves(modelDataOf(from), title),
  },
  confusion_matrix: {
    takes: "evaluation",
    source: "an `evaluate` stage",
    problem: aboutClasses("confusion_matrix", "evaluation"),
    draw: (from, { title }) => confusionMatrix(from.data as unknown as EvaluationData, title),
  },
  classification_report: {
    takes: "evaluation",
    source: "an `evaluate` stage",
    problem: aboutClasses("classification_report", "evaluation"),
    draw: (from, { title }) => classificationReport(from.data as unknown as EvaluationData, title),
  },
};

export const visualize: Kind<Options> = {
  name: "visualize",
  version: 1,
  summary: "Draws a figure: example images, class frequencies, learning curves, a confusion matrix or a classification report.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [{ option: "from", accepts: ["dataset", "model", "evaluation"], description: "The dataset, model or evaluation to draw." }],
  outputs: { figure: "The figure as SVG and PNG, with its specification as data." },
  example: `
stages:
  digits: {kind: load, source: mnist}
  net:
    kind: train
    data: digits.train
    layers: [flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 3
  score: {kind: evaluate, model: net, data: digits.test}
  samples:   {kind: visualize, figure: examples, from: digits.train, per_class: 5}
  curves:    {kind: visualize, figure: learning_curves, from: net}
  confusion: {kind: visualize, figure: confusion_matrix, from: score, title: Digits mistaken for one another}
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  check({ options, inputs, report }) {
    const from = inputs["from"];
    const row = figures[options.figure];
    if (from && from.type !== row.takes)
      report({ title: "figure does not fit its input", message: wrongInput(options.figure, from.type), at: ["from"], label: withArticle(from.type) });
    else if (from) {
      const problem = row.problem(from);
      if (problem) report({ ...problem, at: ["from"] });
    }
    return { figure: { type: "figure" } };
  },
  async run({ options, inputs }) {
    const from = inputs["from"]!;
    const row = figures[options.figure];
    if (from.type !== row.takes) throw new MistakeError("figure does not fit its input", wrongInput(options.figure, from.type), ["from"]);
    return { figure: await drawn(await row.draw(from, options)) };
  },
};

/** Specification, SVG (width × height px) and PNG (twice as many picture elements each way) of a figure. */
async function drawn({ figure, title, specification }: Figure): Promise<Output> {
  const { svg, width, height } = await renderSvg(specification);
  const text = new TextEncoder().encode(svg);
  const picture = await renderPng(svg);
  return {
    type: "figure",
    data: { figure, title, width, height, specification },
    blobs: { svg: blobOf("bytes", [text.length], text), png: blobOf("bytes", [picture.length], picture) },
  };
}

/** Of the dataset's examples, in order. */
function labelsOf(dataset: Output): Int32Array {
  const labels = int32Of(dataset.blobs["labels"]!);
  return rowsOf(dataset).map((row) => labels[row]!);
}

function wrongInput(figure: FigureName, got: PortType): string {
  const { takes, source } = figures[figure];
  const fitting = figureNames.filter((name) => figures[name].takes === got).map((name) => `\`${name}\``);
  const other = fitting.length === 0 ? "" : ` Figures of ${withArticle(got)}: ${fitting.join(", ")}.`;
  return `\`${figure}\` is drawn from ${withArticle(takes)}, but this is ${withArticle(got)}. Let \`from\` name ${source}.${other}`;
}
const withArticle = (type: PortType): string => (type === "evaluation" ? "an evaluation" : `a ${type}`);
