/**
 * visualize: one figure of datasets, models, evaluations or searches, as a specification, SVG and PNG.
 *
 * What each figure takes is a row of the table in `figures.ts`; check and run ask the row. Vega and resvg are loaded by
 * the renderers, at the first figure.
 */
import { z } from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Figure } from "../figure/figure.js";
import { renderPng } from "../figure/png.js";
import { renderer } from "../figure/renderer.js";
import { renderSvg } from "../figure/svg.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { Kind } from "../pipeline/kind.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { ListItem } from "../pipeline/run-context.js";
import type { Axis } from "../pipeline/scope.js";
import { canonical } from "../util/json.js";
import { type Blob, blobOf } from "../values/blob.js";
import type { FigureData } from "../values/figure.js";
import type { Output, PortType } from "../values/output.js";
import { reference } from "./dataset.js";
import { checkAxis, onOneAxis } from "./figure-axis.js";
import { gapsOf } from "./figure-values.js";
import { type ActivationName, activationNames } from "./figures/activations.js";
import { noGaps } from "./figures/gap-error.js";
import { aboutNumbers, type FigureName, type FigureSource, figureNames, figures, type Item } from "./figures.js";

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
    .describe(
      "What to draw: the name of a stage, or a list of names. A stage that runs under `each` gives all its elements. `activations` reads nothing.",
    ),
  data: reference(
    "`points`, `fit`, `fit_gallery`, `gap_error`: the training examples; intervals of their feature that hold none are shaded or compared. Default of `points`: the first set.",
  ).optional(),
  results: reference(
    "`fit_gallery`: the search whose trials were evaluated, for order and scores. Default: order by the error of the evaluations.",
  ).optional(),
  labels: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe(
      "What each name in `from` is called in the figure, in their order. Default: the keys of the elements, or 1, 2, ….",
    ),
  title: z
    .string()
    .min(1)
    .optional()
    .describe("Title above the figure. Default: what the figure shows and of which set."),
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
  top: z
    .number()
    .int()
    .min(1)
    .max(500)
    .default(20)
    .describe("`search_table`: how many configurations, the best first. Default: 20."),
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
    {
      option: "data",
      accepts: ["dataset"],
      optional: true,
      description: "The training examples, whose empty intervals are marked.",
    },
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
  drawsRandomNumbers: false,
  check(context) {
    const { options, inputs, lists, report } = context;
    const row = figures[options.figure];
    const names = namesIn(options.from);
    // What does not fit as a whole says nothing of its parts.
    const misfits = misfitsOfFigure(context);
    for (const misfit of misfits) report(misfit);
    if (misfits.length > 0) return { figure: { type: "figure" } };
    if (options.labels && names.length > 0 && options.labels.length !== names.length)
      report({
        title: "labels do not match",
        message: `\`labels\` has ${options.labels.length}, but \`from\` names ${names.length}. Give one label for each name.`,
        at: ["labels"],
      });
    for (const [option, isRead] of [
      ["data", row.data !== undefined],
      ["results", row.results === true],
      ["names", options.figure === "activations"],
      ["labels", row.many === true && !row.order],
      ["per_class", options.figure === "examples"],
      ["top", options.figure === "search_table"],
    ] as const)
      if (
        (option === "per_class" || option === "top" ? context.isWritten?.(option) : options[option] !== undefined) &&
        !isRead
      )
        report({
          title: "option is not read",
          message: `\`${options.figure}\` does not read \`${option}\`. Leave it out.`,
          at: [option],
        });
    const problem = row.data && inputs["data"] ? aboutNumbers(options.figure, true)(inputs["data"]) : undefined;
    if (problem) report({ ...problem, at: ["data"] });
    else if (
      row.data === "needed" &&
      inputs["data"]?.examples &&
      gapsOf(options.figure, inputs["data"].examples(), "data").length === 0
    )
      report({ ...noGaps, at: ["data"] });
    else if (row.data)
      checkAxis(
        lists["from"] ?? (inputs["from"] ? [inputs["from"]] : []),
        inputs["data"],
        Array.isArray(options.from),
        report,
      );
    return { figure: { type: "figure" } };
  },
  async run({ options, inputs, lists }) {
    const row = figures[options.figure];
    const items = itemsOf(lists["from"] ?? [], options.labels);
    for (const { source, value } of items) {
      const fits = row.order ? row.order[source] === value.type : row.takes.includes(value.type);
      if (!fits)
        throw new MistakeError({
          title: "figure does not fit its input",
          message: wrongInput(options.figure, value.type, source),
          at: ["from"],
        });
    }
    if (row.takes.length > 0 && items.length === 0)
      throw new MistakeError({
        title: "nothing to draw from",
        message: `\`from\` gives nothing: \`${options.figure}\` is drawn from ${wanted(row.takes)}.`,
        at: ["from"],
      });
    if (row.takes.length > 0 && !row.many && items.length > 1)
      throw new MistakeError({
        title: "one input wanted, several given",
        message: items.some(({ element }) => element !== null)
          ? oneOfElements(options.figure, items.length, items.map(sourceOf))
          : oneName(options.figure, items.length, items.map(sourceOf)),
        at: ["from"],
      });
    const { title, ...given } = options;
    const drawable = row.data ? onOneAxis(items, inputs["data"]) : { items, data: inputs["data"] };
    return {
      figure: await drawn(await row.draw({ options: { ...given, title }, ...drawable, results: inputs["results"] })),
    };
  },
};

const namesIn = (from: Options["from"]): readonly string[] =>
  from === undefined ? [] : typeof from === "string" ? [from] : from;

type Mistake = Parameters<CheckContext<Options>["report"]>[0];

/**
 * Why the figure cannot be drawn from what it is given, as far as check time knows: the first reason, or every name out
 * of place.
 */
function misfitsOfFigure(context: CheckContext<Options>): readonly Mistake[] {
  const { options, lists } = context;
  const { order } = figures[options.figure];
  const misplaced =
    order && namesIn(options.from).length === order.length
      ? (lists["from"] ?? []).map((port, index) => misfitOfType(options, port, index))
      : [];
  const all = misplaced.flatMap((misfit) => misfit ?? []);
  return all.length > 0 ? all : [misfitOfFigure(context) ?? []].flat();
}

const placeOf = ({ from }: Options, index: number): readonly (string | number)[] =>
  Array.isArray(from) ? ["from", index] : ["from"];

function misfitOfType(options: Options, port: PortInfo | undefined, index: number): Mistake | undefined {
  const { figure } = options;
  const { order, takes } = figures[figure];
  if (!port || (order ? order[index] === undefined || order[index] === port.type : takes.includes(port.type)))
    return undefined;
  return {
    title: "figure does not fit its input",
    message: wrongInput(figure, port.type, index),
    at: placeOf(options, index),
    label: withArticle(port.type),
  };
}

function misfitOfFigure({ options, inputs, lists, scopes }: CheckContext<Options>): Mistake | undefined {
  const { figure } = options;
  const row = figures[figure];
  const names = namesIn(options.from);
  // A single name is in `inputs` too, and only there while lists are not gathered.
  const from = lists["from"] ?? (inputs["from"] ? [inputs["from"]] : []);
  if (row.takes.length > 0 && options.from === undefined)
    return {
      title: "nothing to draw from",
      message: `\`${figure}\` is drawn from ${wanted(row.takes)}. Let \`from\` name ${row.source}.`,
    };
  if (row.takes.length === 0)
    return options.from === undefined
      ? undefined
      : { title: "nothing to read", message: `\`${figure}\` reads no stage. Leave out \`from\`.`, at: ["from"] };
  const at = (index: number): readonly (string | number)[] => placeOf(options, index);
  for (const [index, port] of from.entries()) {
    const misfit = misfitOfType(options, port, index);
    if (misfit) return misfit;
  }
  if (row.order && names.length !== row.order.length)
    return {
      title: "figure does not fit its input",
      message: `\`${figure}\` is drawn from ${row.order.length} names in this order: ${row.order.map(withArticle).join(", then ")}. Let \`from\` name ${row.source}.`,
      at: ["from"],
    };
  const sources = from.map((port, index) => port && { port, scope: scopes?.["from"]?.[index] });
  const known = sources.flatMap((source) => source ?? []);
  if (!row.many && names.length > 1)
    return {
      title: "one input wanted, several given",
      message: oneName(figure, names.length, known),
      at: ["from"],
      label: `${names.length} names`,
    };
  for (const [index, source] of sources.entries()) {
    const problem = source && row.problem(source.port);
    if (problem) return { ...problem, at: at(index) };
    const axes = source?.scope?.gathered ?? [];
    const count = axes.reduce((product, axis) => product * axis.keys.length, 1);
    if (!row.many && count > 1)
      return {
        title: "one input wanted, several given",
        message: oneOfElements(figure, count, known, axes),
        at: at(index),
        label: `${count} elements`,
      };
  }
  const problem = known.length === names.length ? row.together?.(known, inputs["results"]) : undefined;
  if (problem)
    return {
      title: problem.title,
      message: problem.message,
      at: problem.index === undefined ? ["results"] : at(problem.index),
    };
  if (row.data === "needed" && options.data === undefined)
    return {
      title: "no data to compare with",
      message: `\`${figure}\` needs the training examples, to know where there are none. Let \`data\` name ${figures.points.source}.`,
    };
  return undefined;
}

/**
 * Labels by name and element. One name alone needs no label of its own: its elements do with their keys, and a lone
 * output with none.
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
    data,
    blobs: {
      svg: bytesOf(text),
      png: bytesOf(picture),
      specification: bytesOf(new TextEncoder().encode(canonical(specification))),
    },
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
const oneWanted = (figure: FigureName, count: number): string =>
  `\`${figure}\` draws one ${figures[figure].takes[0]!}, but \`from\` gives ${count}. `;
const oneName = (figure: FigureName, count: number, sources: readonly FigureSource[]): string =>
  `${oneWanted(figure, count)}Name one${orSeveral(figure, sources)}.`;
/** Axes are known while checking only. */
function oneOfElements(
  figure: FigureName,
  count: number,
  sources: readonly FigureSource[],
  axes?: readonly Axis[],
): string {
  const names = axes?.map(({ stage }) => stage) ?? [];
  const way = axes
    ? `Add \`each: ${names.length === 1 ? names[0] : `[${names.join(", ")}]`}\``
    : "Let this stage run under the same `each`";
  return `${oneWanted(figure, count)}${way}, so that it draws one for each element${orSeveral(figure, sources)}.`;
}
/** Figures of several that could draw the same. */
function orSeveral(figure: FigureName, sources: readonly FigureSource[]): string {
  const several = figureNames.filter((name) => {
    const { many, order, takes, data, problem, together } = figures[name];
    const fits = many && !order && data !== "needed" && takes.includes(figures[figure].takes[0]!);
    return fits && sources.length > 0 && !sources.some(({ port }) => problem(port)) && !together?.(sources, undefined);
  });
  return several.length > 0 ? `, or use a figure of several: ${several.map((name) => `\`${name}\``).join(", ")}` : "";
}
/** What a result says of itself that its port would. */
const sourceOf = ({ value }: Item): FigureSource => ({
  port: { type: value.type, ...(value.data as Omit<Partial<PortInfo>, "type">) },
  scope: undefined,
});
const wanted = (types: readonly PortType[]): string => types.map(withArticle).join(" or ");
const withArticle = (type: PortType): string => (type === "evaluation" ? "an evaluation" : `a ${type}`);
