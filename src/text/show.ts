/** What a stage left, drawn in the terminal: metrics, tensors, digits, matrices, curves, figures, lineage. */

import type { ArtifactInfo } from "../store/store.js";
import { escaped } from "../util/escape.js";
import { formatDuration, formatNumber, formatPercent } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { isSpread, type Spread } from "../util/statistics.js";
import { table } from "../util/table.js";
import { featuresOf, float32Of, int32Of } from "../values/blob.js";
import type { ClassScore, EvaluationData } from "../values/evaluation.js";
import { trainedModelOf } from "../values/model.js";
import type { Output } from "../values/output.js";
import { painter } from "./color.js";
import { drawImages } from "./image.js";
import { flatMetrics, spreadText, undefinedText } from "./metrics.js";
import { searchElementText, searchPreview } from "./search.js";
import type { Shown, TensorInfo } from "./shown.js";
import { sketchText } from "./sketch.js";

interface Options {
  readonly color: boolean;
  readonly columns: number;
}

export function renderShownList(list: readonly Shown[], { color }: Options): string {
  const paint = painter(color);
  const marks = list.map(({ digest }) => (digest === null ? paint("yellow", "·") : paint("green", "✓")));
  const lines = table(
    list.map((shown) => [shown.stage, shown.kind, shown.missing ?? summaryOf(shown)].map(escaped)),
    { paint: (cell, column) => (column === 0 ? paint("bold", cell) : cell) },
  );
  return `${lines.map((line, row) => `${marks[row]} ${line}`).join("\n")}\n`;
}

function summaryOf(shown: Shown): string {
  if (shown.metrics) {
    const flat = flatMetrics(shown.metrics, measuredOf(shown)).slice(0, 4);
    return `${shown.elements ? `${shown.elements.length} elements: ` : ""}${flat.map(([name, value]) => `${name} ${value}`).join(", ")}`;
  }
  if (shown.figures.length > 0) return shown.figures.map((figure) => figure.path).join(", ");
  return shown.outputs
    .map((output) => `${output.name}${typeof output.data["count"] === "number" ? ` ${output.data["count"]}` : ""}`)
    .join(", ");
}

/** Elements that have metrics, of which a metric may be defined in fewer. */
const measuredOf = ({ elements }: Shown): number => elements?.filter(({ metrics }) => metrics !== null).length ?? 0;

export function renderShown(shown: Shown, artifacts: readonly ArtifactInfo[], options: Options): string {
  const paint = painter(options.color);
  const lines = [`${paint("bold", shown.stage)}  ${shown.kind}`];
  if (shown.digest)
    lines.push(
      paint(
        "dim",
        `${shown.digest}${shown.finishedAt ? `  ${shown.finishedAt.replace("T", " ").slice(0, 19)} UTC` : ""}${shown.elapsedMs === null ? "" : `, took ${formatDuration(shown.elapsedMs)}`}`,
      ),
    );
  if (shown.allowed) lines.push(`allowed: ${shown.allowed.join(", ")}`);
  if (shown.missing) lines.push("", escaped(shown.missing));
  if (shown.metrics)
    lines.push(
      "",
      paint("bold", shown.elements ? `Metrics over ${shown.elements.length} elements, mean ± sd (se)` : "Metrics"),
      ...tableOf(flatMetrics(shown.metrics, measuredOf(shown)).map(([name, value]) => [`  ${name}`, value])),
    );
  if (shown.elements)
    lines.push(
      "",
      paint("bold", "Elements"),
      ...tableOf(
        shown.elements.map((element) => [
          `  ${element.element}`,
          element.metrics
            ? flatMetrics(element.metrics)
                .slice(0, 3)
                .map(([name, value]) => `${name} ${value}`)
                .join(", ")
            : (element.outputs.map(searchElementText).find((text) => text !== null) ?? "no result"),
        ]),
      ),
    );
  const perClass = shown.metrics?.["perClass"];
  if (Array.isArray(perClass)) lines.push("", ...classTable(perClass as unknown as ClassLine[], measuredOf(shown)));
  const isUndefined = new RegExp(`(^|\\s)${undefinedText}(\\s|$)`);
  if (shown.metrics && lines.some((line) => isUndefined.test(line)))
    lines.push(
      "",
      paint(
        "dim",
        `  ${undefinedText} is undefined: r2 of equal targets, precision without predictions, recall without examples`,
      ),
    );
  const confusion = shown.metrics?.["confusion"];
  if (Array.isArray(confusion)) {
    const names =
      (artifacts[0]?.outputs["evaluation"]?.data as EvaluationData | undefined)?.classes ??
      confusion.map((_, index) => String(index));
    lines.push(
      "",
      paint("bold", "True class (rows) by predicted class"),
      ...matrix(confusion as unknown as number[][], names),
    );
  }
  for (const output of shown.elements ? [] : Object.entries(artifacts[0]?.outputs ?? {}))
    lines.push(...preview(output[0], output[1], options));
  if (!shown.elements && shown.outputs.some(({ tensors }) => tensors.length > 0)) {
    lines.push("", paint("bold", "Tensors"));
    // The state of a training is many arrays that only a longer training reads.
    const state = shown.outputs.find((output) => output.name === "state");
    lines.push(
      ...tableOf(
        shown.outputs
          .filter((output) => output !== state)
          .flatMap((output) => output.tensors.map((tensor) => tensorRow(`${output.name}.${tensor.name}`, tensor))),
      ),
    );
    if (state)
      lines.push(
        `  state: ${state.tensors.length} arrays, from which a longer training goes on (\`--json\` lists them)`,
      );
  }
  if (shown.figures.length > 0)
    lines.push("", paint("bold", "Figures"), ...shown.figures.map((figure) => `  ${escaped(figure.path)}`));
  if (shown.lineage.length > 0)
    lines.push(
      "",
      paint("bold", "Made from"),
      ...tableOf(
        shown.lineage.map((read) => [
          `  ${read.option}`,
          `${read.stage}.${read.output}`,
          read.digest ? read.digest.slice(0, 19) : "no result yet",
        ]),
      ),
    );
  return `${lines.join("\n")}\n`;
}

/** Cells come from files too: class names, trials' values. */
const tableOf = (rows: readonly (readonly string[])[]): readonly string[] => table(rows.map((row) => row.map(escaped)));

const tensorRow = (name: string, { dtype, shape, statistics }: TensorInfo): readonly string[] => [
  `  ${name}`,
  `${dtype} [${shape.join(", ")}]`,
  statistics
    ? `${formatNumber(statistics.min)} … ${formatNumber(statistics.max)}, mean ${formatNumber(statistics.mean)}, sd ${formatNumber(statistics.sd)}${statistics.zeros > 0 ? `, ${statistics.zeros} zeros` : ""}`
    : "",
];

/** One evaluation's, or over elements. */
type ClassLine = { readonly [K in keyof ClassScore]: ClassScore[K] | (K extends "class" ? never : Spread) };

function classTable(scores: readonly ClassLine[], elements: number): readonly string[] {
  const text = (value: number | null | Spread, say: (value: number) => string): string => {
    if (isSpread(value)) return spreadText(value, elements, say);
    return value === null ? undefinedText : say(value);
  };
  const rows = scores.map((score) => [
    `  ${score.class}`,
    ...[score.precision, score.recall, score.f1].map((value) => text(value, (number) => number.toFixed(4)).padEnd(6)),
    text(score.support, formatNumber).padStart(7),
  ]);
  return tableOf([
    ["  class", "precision", "recall", "f1", "support"].map((title, column) =>
      column === 0 ? title : title.padEnd(6),
    ),
    ...rows,
  ]);
}

export function matrix(counts: readonly (readonly number[])[], classes: readonly string[]): readonly string[] {
  const names = classes.map(escaped);
  const rows = counts.map((row, index) => [
    `${names[index]} `,
    ...row.map((count) => (count === 0 ? "·" : String(count))),
  ]);
  return table([["", ...names], ...rows], { indent: "  ", gap: " ", right: (column) => column > 0 });
}

function preview(name: string, output: Output, options: Options): readonly string[] {
  const paint = painter(options.color);
  if (output.type === "dataset") {
    const data = output.data;
    const [height, width] = data.shape;
    const features = output.blobs["features"];
    const labels = output.blobs["labels"];
    const title = `${paint("bold", name)}: ${data.count} examples of [${data.shape.join(", ")}]${data.classes ? `, ${data.classes.length} classes` : ""}`;
    if (data.shape.length !== 3 || data.shape[2] !== 1 || !features || !labels || height! * width! > 4096)
      return ["", title];
    const size = height! * width!;
    const across = Math.max(1, Math.min(6, Math.floor(options.columns / (width! + 2))));
    const rows = output.blobs["rows"]
      ? int32Of(output.blobs["rows"]).subarray(0, across)
      : Int32Array.from({ length: Math.min(across, data.count) }, (_, index) => index);
    const pixels = featuresOf(features);
    const classes = labels.dtype === "int32" ? int32Of(labels) : float32Of(labels);
    const images = [...rows].map((row) =>
      Float32Array.from(pixels.subarray(row * size, (row + 1) * size), (value) => value * data.scale),
    );
    const captions = [...rows].map((row) =>
      data.classes ? (data.classes[classes[row]!] ?? "?") : formatNumber(classes[row]!),
    );
    return ["", title, ...drawImages(images, height!, width!, captions)];
  }
  if (output.type === "figure") {
    const { title, sketch = [] } = output.data;
    return sketch.length === 0
      ? []
      : ["", paint("bold", escaped(title)), ...sketch.flatMap((each) => ["", ...sketchText(each, options)])];
  }
  if (output.type === "model" && name === "model") {
    const model = trainedModelOf(output);
    const layers = model.layers.map((layer) => {
      const {
        name: own,
        input: _input,
        output: shape,
        type: _type,
        ...rest
      } = layer as { name: string; input: number[]; output: number[]; type: string } & Record<string, unknown>;
      const owned = model.parameters
        .filter((parameter) => parameter.trained && parameter.name.startsWith(`${own}.`))
        .reduce((sum, parameter) => sum + sizeOfShape(parameter.shape), 0);
      const settings = Object.entries(rest)
        .filter(([key, value]) => !(key === "activation" && value === "linear") && key !== "initializer")
        .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join("×") : String(value)}`);
      return [`  ${own}`, `[${shape.join(", ")}]`, owned > 0 ? String(owned) : "", settings.join(", ")];
    });
    const total = model.parameters
      .filter((parameter) => parameter.trained)
      .reduce((sum, parameter) => sum + sizeOfShape(parameter.shape), 0);
    const history = model.history.map((score) => [
      `  ${score.epoch}`,
      formatNumber(score.train.loss),
      score.train.accuracy === undefined ? "" : formatPercent(score.train.accuracy),
      score.validation ? formatNumber(score.validation.loss) : "",
      score.validation?.accuracy === undefined ? "" : formatPercent(score.validation.accuracy),
    ]);
    const shownHistory =
      history.length > 16 ? [...history.slice(0, 8), ["  …", "", "", "", ""], ...history.slice(-7)] : history;
    return [
      "",
      `${paint("bold", "Layers")} (${total} parameters)`,
      ...tableOf([["  layer", "output", "parameters", ""], ...layers]),
      "",
      paint("bold", "History"),
      ...tableOf([["  epoch", "loss", "accuracy", "validation loss", "accuracy"], ...shownHistory]),
    ];
  }
  return searchPreview(output, options);
}
