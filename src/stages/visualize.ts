/**
 * visualize: one figure of datasets, models, evaluations or searches, as a specification, SVG and PNG.
 *
 * What each figure takes is a row of the table in `figures.ts`; check and run ask the row. Vega and resvg are loaded by the
 * renderers, at the first figure.
 */
import { z } from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { type ActivationName, activationNames } from "../figure/activations.js";
import type { Figure } from "../figure/figure.js";
import { renderPng } from "../figure/png.js";
import { renderer } from "../figure/renderer.js";
import { renderSvg } from "../figure/svg.js";
import type { Kind, ListItem, PortInfo } from "../pipeline/kind.js";
import { canonical, type JsonObject } from "../util/json.js";
import { type Blob, blobOf, type FigureData, type Output, type PortType } from "../util/value.js";
import { reference } from "./dataset.js";
import { checkAxis, onOneAxis } from "./figure-axis.js";
import { aboutNumbers, type FigureName, figureNames, figures, type Item } from "./figures.js";

const stageName = "the name of a stage, such as `digits` or `digits.train`, or a list of names";
const schema = z.strictObject({
  figure: z
    .enum(figureNames)
    .describe(
      "What to draw. Of a dataset: `examples` (images of each class), `class_frequency` (examples per class), `points` (one feature against one target, several sets together). Of what `explore` found: `profile` (columns and findings). Of nothing: `activations` (activation functions). Of a model: `learning_curves` (loss and accuracy by epoch); of the models of a cross-validation: `fold_curves` (mean loss and its range over the folds). Of an evaluation of classes: `confusion_matrix`, `classification_report` (precision, recall and F1 of each class). Of evaluations of a regression: `test_error` (mean squared error with a 95 % interval), and with one feature `fit` (the model's curve over the points), `fit_gallery` (a small fit of every configuration, the best first, with its roughness), `gap_error` (error inside and outside the intervals without training points). Of a search: `search_table` (configurations by rank), `search_effects` (scores by the values of each parameter), `parallel_coordinates`. Of several searches, and the selection: `search_funnel` (scores of each stage, and the rank of each value). Of a selection and an evaluation under each outer fold: `outer_folds` (winners and test error of a nested cross-validation).",
    ),
  from: z
    .union([z.string(), z.array(z.string()).min(1)], { error: stageName })
    .optional()
    .describe("What to draw: the name of a stage, or a list of names. A stage that runs under `each` gives all its elements. `activations` reads nothing."),
  data: reference(
    "`points`, `fit`, `fit_gallery`, `gap_error`: the training examples; intervals of their feature that hold none are shaded or compared. Default of `points`: the first set.",
  ).optional(),
  results: reference("`fit_gallery`: the search whose trials were evaluated, for order and scores. Default: order by the error of the evaluations.").optional(),
  labels: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("What each name in `from` is called in the figure, in their order. Default: the keys of the elements, or 1, 2, …."),
  title: z.string().min(1).optional().describe("Title above the figure. Default: what the figure shows and of which set."),
  per_class: z
    .number()
    .int()
    .min(1)
    .max(50)
    .default(8)
    .describe("`examples`: how many images of each class, the first ones in the order of the data. Default: 8."),
  names: z
    .array(z.enum(activationNames as readonly [ActivationName, ...ActivationName[]]))
    .min(1)
    .optional()
    .describe(`\`activations\`: which functions to draw, of ${activationNames.join(", ")}. Default: all of them.`),
  top: z.number().int().min(1).max(500).default(20).describe("`search_table`: how many configurations, the best first. Default: 20."),
});
type Options = z.infer<typeof schema>;

export const visualize: Kind<Options> = {
  name: "visualize",
  version: 4,
  summary: "Draws a figure: of data, of a training, of predictions, or of a search.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [
    {
      option: "from",
      accepts: ["dataset", "profile", "model", "evaluation", "search", "selection"],
      many: true,
      optional: true,
      description: "The dataset, profile, model, evaluation, search or selection to draw, or a list of them.",
    },
    { option: "data", accepts: ["dataset"], optional: true, description: "The training examples, whose empty intervals are marked." },
    { option: "results", accepts: ["search"], optional: true, description: "The search whose trials were evaluated." },
  ],
  outputs: { figure: "The figure as SVG and PNG, and its specification for Vega." },
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

  points: {kind: load, source: csv, train: points.csv, features: [input], target: label}
  line:
    kind: train
    data: points.train
    layers: [{dense: {units: 16, activation: gelu}}, {dense: {units: 1}}]
    loss: mse
    optimizer: adam
    epochs: 100
  error:  {kind: evaluate, model: line, data: points.train}
  shape:  {kind: visualize, figure: fit, from: error, data: points.train}
  choice: {kind: visualize, figure: activations, names: [relu, elu, gelu]}
`,
  usesEngine: false,
  renderer,
  drawsRandomNumbers: false,
  check({ options, inputs, lists, report }) {
    const row = figures[options.figure];
    // A single name is in `inputs` too, and only there while lists are not gathered.
    const from = lists["from"] ?? (inputs["from"] ? [inputs["from"]] : []);
    const names = namesIn(options.from);
    if (row.takes.length > 0 && options.from === undefined)
      report({ title: "nothing to draw from", message: `\`${options.figure}\` is drawn from ${wanted(row.takes)}. Let \`from\` name ${row.source}.` });
    if (row.takes.length === 0 && options.from !== undefined)
      report({ title: "nothing to read", message: `\`${options.figure}\` reads no stage. Leave out \`from\`.`, at: ["from"] });
    if (row.takes.length > 0) checkFrom(options, from, report);
    if (row.takes.length > 0 && !row.many && names.length > 1)
      report({
        title: "one input wanted, several given",
        message: oneWanted(options.figure, names.length, false),
        at: ["from"],
        label: `${names.length} names`,
      });
    if (row.order && names.length > 0 && names.length !== row.order.length)
      report({
        title: "figure does not fit its input",
        message: `\`${options.figure}\` is drawn from ${row.order.length} names in this order: ${row.order.map(withArticle).join(", then ")}. Let \`from\` name ${row.source}.`,
        at: ["from"],
      });
    if (options.labels && names.length > 0 && options.labels.length !== names.length)
      report({
        title: "labels do not match",
        message: `\`labels\` has ${options.labels.length}, but \`from\` names ${names.length}. Give one label for each name.`,
        at: ["labels"],
      });
    if (row.data === "needed" && options.data === undefined)
      report({
        title: "no data to compare with",
        message: `\`${options.figure}\` needs the training examples, to know where there are none. Let \`data\` name ${figures.points.source}.`,
      });
    for (const [option, isRead] of [
      ["data", row.data !== undefined],
      ["results", row.results === true],
      ["names", options.figure === "activations"],
      ["labels", row.many === true && !row.order],
    ] as const)
      if (options[option] !== undefined && !isRead)
        report({ title: "option is not read", message: `\`${options.figure}\` does not read \`${option}\`. Leave it out.`, at: [option] });
    const problem = row.data && inputs["data"] ? aboutNumbers(options.figure, true)(inputs["data"]) : undefined;
    if (problem) report({ ...problem, at: ["data"] });
    else if (row.data && from.every((port) => port && row.takes.includes(port.type) && !row.problem(port)))
      checkAxis(from, inputs["data"], Array.isArray(options.from), report);
    return { figure: { type: "figure" } };
  },
  async run({ options, inputs, lists }) {
    const row = figures[options.figure];
    const items = itemsOf(lists["from"] ?? [], options.labels);
    for (const { source, value } of items) {
      const fits = row.order ? row.order[source] === value.type : row.takes.includes(value.type);
      if (!fits) throw new MistakeError("figure does not fit its input", wrongInput(options.figure, value.type, source), ["from"]);
    }
    if (row.takes.length > 0 && items.length === 0)
      throw new MistakeError("nothing to draw from", `\`from\` gives nothing: \`${options.figure}\` is drawn from ${wanted(row.takes)}.`, ["from"]);
    if (row.takes.length > 0 && !row.many && items.length > 1)
      throw new MistakeError(
        "one input wanted, several given",
        oneWanted(
          options.figure,
          items.length,
          items.some(({ element }) => element !== null),
        ),
        ["from"],
      );
    const { title, ...given } = options;
    const drawable = row.data ? onOneAxis(items, inputs["data"]) : { items, data: inputs["data"] };
    return { figure: await drawn(await row.draw({ options: { ...given, title }, ...drawable, results: inputs["results"] })) };
  },
};

const namesIn = (from: Options["from"]): readonly string[] => (from === undefined ? [] : typeof from === "string" ? [from] : from);

/** Each port by itself; of several names the message stands at its own. */
function checkFrom(
  options: Options,
  from: readonly (PortInfo | undefined)[],
  report: (mistake: { title: string; message: string; at: readonly (string | number)[]; label?: string }) => void,
): void {
  const row = figures[options.figure];
  for (const [index, port] of from.entries()) {
    const at = Array.isArray(options.from) ? ["from", index] : ["from"];
    if (!port) continue;
    const fits = row.order ? row.order[index] === undefined || row.order[index] === port.type : row.takes.includes(port.type);
    const problem = fits ? row.problem(port) : undefined;
    if (!fits) report({ title: "figure does not fit its input", message: wrongInput(options.figure, port.type, index), at, label: withArticle(port.type) });
    else if (problem) report({ ...problem, at });
  }
}

/**
 * Labels by name and element. One name alone needs no label of its own: its elements do with their keys, and a lone output with
 * none.
 */
function itemsOf(list: readonly ListItem<Output>[], labels: Options["labels"]): readonly Item[] {
  const sources = new Set(list.map(({ source }) => source));
  return list.map((item) => {
    const name = labels?.[item.source] ?? (sources.size > 1 ? String(item.source + 1) : "");
    const isAlone = list.filter(({ source }) => source === item.source).length === 1;
    // A label that was given for a single output says it all.
    const element = item.element !== null && !(isAlone && labels) ? item.element : "";
    return { ...item, label: name !== "" && element !== "" ? `${name}, ${element}` : name + element };
  });
}

/** Specification, SVG (width × height px) and PNG (twice as many picture elements each way) of a figure. */
async function drawn({ figure, title, specification, sketch }: Figure): Promise<Output> {
  const { svg, width, height } = await renderSvg(specification);
  const text = new TextEncoder().encode(svg);
  const picture = await renderPng(svg);
  const data: FigureData = { figure, title, width, height, ...(sketch.length > 0 ? { sketch } : {}) };
  return {
    type: "figure",
    data: data as unknown as JsonObject,
    blobs: { svg: bytesOf(text), png: bytesOf(picture), specification: bytesOf(new TextEncoder().encode(canonical(specification))) },
  };
}

const bytesOf = (bytes: Uint8Array): Blob => blobOf("bytes", [bytes.length], bytes);

function wrongInput(figure: FigureName, got: PortType, source: number): string {
  const { takes, order, source: from } = figures[figure];
  const fitting = figureNames.filter((name) => figures[name].takes.includes(got)).map((name) => `\`${name}\``);
  const other = fitting.length === 0 ? "" : ` Figures of ${withArticle(got)}: ${fitting.join(", ")}.`;
  const needed = order?.[source] ? `${withArticle(order[source])} in place ${source + 1} of \`from\`` : wanted(takes);
  return `\`${figure}\` is drawn from ${needed}, but this is ${withArticle(got)}. Let \`from\` name ${from}.${other}`;
}
function oneWanted(figure: FigureName, count: number, areElements: boolean): string {
  const type = figures[figure].takes[0]!;
  const way = areElements ? "Let this stage run under the same `each`, so that it draws one for each element" : "Name one";
  const several = figureNames.filter((name) => figures[name].many && figures[name].takes.includes(type)).map((name) => `\`${name}\``);
  return `\`${figure}\` draws one ${type}, but \`from\` gives ${count}. ${way}${several.length > 0 ? `, or use a figure of several: ${several.join(", ")}` : ""}.`;
}
const wanted = (types: readonly PortType[]): string => types.map(withArticle).join(" or ");
const withArticle = (type: PortType): string => (type === "evaluation" ? "an evaluation" : `a ${type}`);
