/**
 * visualize: one figure of datasets, models, evaluations or searches, as a specification, SVG and PNG.
 *
 * Its options are a union over the table of `figures.ts`, told apart by `figure`; what each figure takes and draws is
 * declared in its own file. Vega and resvg are loaded by the renderers, at the first figure.
 */
import * as z from "zod";
import type { Figure } from "../figure/figure.js";
import { renderPng } from "../figure/png.js";
import { renderer } from "../figure/renderer.js";
import { renderSvg } from "../figure/svg.js";
import type { InputPort, Kind } from "../pipeline/kind.js";
import type { ListItem, Seeds } from "../pipeline/run-context.js";
import { canonical } from "../util/json.js";
import { elementText } from "../values/axes.js";
import { type Blob, blobOf } from "../values/blob.js";
import type { FigureData } from "../values/figure.js";
import { type Output, outputOf } from "../values/output.js";
import { reference } from "./dataset.js";
import { onOneAxis } from "./figure-axis.js";
import { type FigureDeclaration, type FigureOptions, hasLabels, type Item } from "./figure-declaration.js";
import { checkItems, misfits, unread } from "./figure-misfits.js";
import { figureNamed, figures } from "./figures.js";

const stageName = "the name of a stage, such as `digits` or `digits.train`, or a list of names";

/** Options that several figures read. */
const shared = {
  from: z.union([z.string(), z.array(z.string()).min(1)], { error: stageName }).optional(),
  labels: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "What each name in `from` is called in the figure, in their order. " +
        "Default: the keys of the elements, or 1, 2, ….",
    ),
  title: z
    .string()
    .min(1)
    .optional()
    .describe("Title above the figure. Default: what the figure shows and of which set."),
};

/** The options of one figure: what it reads, a title, and its own. */
function optionsOf(figure: FigureDeclaration) {
  const { name, summary, from, inputs = {}, options = {} } = figure;
  const several = hasLabels(figure)
    ? ". One name or a list of them; a stage that runs under `each` gives all its elements."
    : ".";
  const beside = Object.entries(inputs).map(([option, { description }]) => [option, reference(description).optional()]);
  const shape = {
    figure: z.literal(name).describe(summary),
    ...(from ? { from: shared.from.describe(`What to draw: ${from.source}${several}`) } : {}),
    ...Object.fromEntries(beside),
    ...(hasLabels(figure) ? { labels: shared.labels } : {}),
    title: shared.title,
    ...options,
  };
  // Those that it does not read are absent, which is all that reading them can tell of an optional one.
  return z.strictObject(shape as typeof shared & { readonly figure: z.ZodLiteral<string> });
}

const forms = figures.map(optionsOf);
const schema = z.discriminatedUnion("figure", forms as [(typeof forms)[number], ...typeof forms]);

const inputsOf = ({ from, inputs = {} }: FigureDeclaration): readonly InputPort[] => [
  ...(from ? [{ option: "from", accepts: from.accepts, many: from.many === true, description: from.source }] : []),
  ...Object.entries(inputs).map(([option, { accepts, missing, description }]) => ({
    option,
    accepts: [accepts],
    optional: missing === undefined,
    description,
  })),
];
const beside = figures.flatMap(inputsOf).filter(({ option }) => option !== "from");

export const visualize: Kind<FigureOptions> = {
  name: "visualize",
  version: 9,
  summary: "Draws a figure: of data, of a training, of predictions, or of a search.",
  schema,
  optionNames: [...new Set(forms.flatMap(({ shape }) => Object.keys(shape)))],
  inputs: [
    {
      option: "from",
      accepts: [...new Set(figures.flatMap(({ from }) => from?.accepts ?? []))],
      many: true,
      optional: true,
      description:
        "The dataset, profile, model, evaluation, inspection, search or selection to draw, or a list of them.",
    },
    // What several figures read is told once.
    ...beside
      .filter(({ option }, index) => beside.findIndex((other) => other.option === option) === index)
      .map((input) => ({ ...input, optional: true })),
  ],
  forms: Object.fromEntries(figures.map((figure) => [figure.name, { inputs: inputsOf(figure), hasPicture: true }])),
  unread,
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

  points: {kind: load, source: csv, train: points.csv, test: more.csv, features: [input], target: label}
  line:
    kind: train
    data: points.train
    layers: [{dense: {units: 16, activation: gelu}}, {dense: {units: 1}}]
    loss: mse
    optimizer: adam
    epochs: 100
  error:  {kind: evaluate, model: line, data: points.test}
  shape:  {kind: visualize, figure: fit, from: error, data: points.train}
  choice: {kind: visualize, figure: activations, names: [relu, elu, gelu]}
`,
  usesEngine: false,
  renderer,
  drawsRandomNumbers: ({ figure }) =>
    figures.some(({ name, drawsRandomNumbers }) => name === figure && drawsRandomNumbers),
  toldOver: ({ figure }) => (figures.some(({ name, knowsAxes }) => name === figure && knowsAxes) ? "all" : "seeds"),
  toldElements: ({ figure, labels }) => (!labels && hasLabels(figureNamed(figure)) ? "from" : undefined),
  comparesSettings: ({ figure }) => (figureNamed(figure).comparesSettings ? "from" : undefined),
  preview: (_name, output) => {
    const { title, sketch = [] } = outputOf(output, "figure").data;
    return sketch.length === 0
      ? []
      : [{ type: "heading", title }, ...sketch.map((each) => ({ type: "sketch", sketch: each }) as const)];
  },
  headline: ({ figure }) => outputOf(figure, "figure").data.title,
  check(context) {
    for (const mistake of misfits(figureNamed(context.options.figure), context)) context.report(mistake);
    return { figure: { type: "figure" } };
  },
  async run({ options, inputs, lists, seeds }) {
    return { figure: await rendered(await drawn(options, lists.from ?? [], inputs, seeds)) };
  },
};

/** A figure of what its inputs left. @throws MistakeError */
export async function drawn(
  options: FigureOptions,
  list: readonly ListItem<Output>[],
  inputs: Readonly<Record<string, Output | undefined>>,
  seeds: Seeds,
): Promise<Figure> {
  const figure = figureNamed(options.figure);
  const items = itemsOf(list, options);
  checkItems(figure, items);
  const { data } = inputs;
  const brought = figure.sharesAxis ? onOneAxis(items, data) : { items, data };
  const beside = brought.data ? { ...inputs, data: brought.data } : inputs;
  return figure.draw({ options, items: brought.items, inputs: beside, seeds, behind: options.behind ?? [] });
}

/**
 * Labels by name and element. One name alone needs no label of its own: its elements do with their keys, and a lone
 * output with none.
 */
function itemsOf(
  list: readonly ListItem<Output>[],
  { labels, elements, over: gathered }: FigureOptions,
): readonly Item[] {
  const sources = new Set(list.map(({ source }) => source));
  return list.map((item) => {
    const given = labels?.[item.source] ?? elements?.[item.source];
    const name = given ?? (sources.size > 1 ? String(item.source + 1) : "");
    const isAlone = list.filter(({ source }) => source === item.source).length === 1;
    // A label that was given for a single output says it all, and so does the element that a name picks.
    const over = gathered?.[item.source] ?? [];
    const element = item.element !== null && !(isAlone && given) ? elementText(item.element, over) : "";
    return { ...item, name, over, label: name !== "" && element !== "" ? `${name}, ${element}` : name + element };
  });
}

/** Specification, SVG (width × height px) and PNG (twice as many picture elements each way) of a figure. */
async function rendered({ figure, title, specification, sketch }: Figure): Promise<Output> {
  const { svg, width, height } = await renderSvg(specification);
  const text = new TextEncoder().encode(svg);
  const picture = await renderPng(svg);
  const data: FigureData = { figure, title, width, height, ...(sketch.length > 0 ? { sketch } : {}) };
  return {
    type: "figure",
    data,
    blobs: {
      svg: bytesOf(text),
      png: bytesOf(picture),
      specification: bytesOf(new TextEncoder().encode(canonical(specification))),
    },
  };
}

const bytesOf = (bytes: Uint8Array): Blob => blobOf("bytes", [bytes.length], bytes);
