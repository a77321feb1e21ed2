/** What `show` says of a model: its layers with what they learn, and how its training went. */
import type { JsonObject } from "../util/json.js";
import { formatNumber, formatPercent } from "../util/numbers.js";
import { settingText } from "../util/words.js";
import { averageText, type EpochScore, type ModelData, parameterCountOf, trainedModelOf } from "./model.js";
import type { Output } from "./output.js";
import type { Preview, PreviewPart } from "./preview.js";

/** Of a longer history the beginning and the end are shown. */
const mostEpochs = 16;
const firstEpochs = 8;
const lastEpochs = 7;

export function modelPreview(output: Output<"model">): Preview {
  const model = trainedModelOf(output);
  const layers = model.layers.flatMap((layer) => layerRows(layer, model));
  const isAveraged = model.history.some(({ unaveraged }) => unaveraged);
  const columns = ["epoch", "loss", "accuracy", "validation loss", "accuracy"];
  const titles = isAveraged ? [...columns, "unaveraged loss", "accuracy"] : columns;
  const epochs = model.history.map((score) => epochRow(score).slice(0, titles.length));
  const gap = titles.map((_, column) => (column === 0 ? "…" : ""));
  const history =
    epochs.length > mostEpochs ? [...epochs.slice(0, firstEpochs), gap, ...epochs.slice(-lastEpochs)] : epochs;
  const held = averageText(model);
  return [
    { type: "heading", title: "Layers", more: ` (${parameterCountOf(model)} parameters)` },
    { type: "columns", rows: [["layer", "output", "parameters", ""], ...layers] },
    { type: "heading", title: "History", ...(model.stoppedBy ? { more: `: best epoch by ${model.stoppedBy}` } : {}) },
    { type: "columns", rows: [titles, ...history] },
    ...(held ? [aside(`the model is the ${held}${isAveraged ? ", which validation judges" : ""}`)] : []),
  ];
}

/** A block, then its layers. */
function layerRows(layer: JsonObject, model: ModelData): readonly (readonly string[])[] {
  const { layers = [], projection = [], ...own } = layer;
  const within = [...(layers as readonly JsonObject[]), ...(projection as readonly JsonObject[])];
  return [layerRow(own, model), ...within.flatMap((each) => layerRows(each, model))];
}

function layerRow(layer: JsonObject, { parameters }: ModelData): readonly string[] {
  const { name, input: _input, output: shape, type: _type, ...options } = layer;
  const own = parameters.filter((parameter) => parameter.name.startsWith(`${name}.`));
  const count = parameterCountOf({ parameters: own });
  const settings = Object.entries(options)
    .filter(([key, value]) => !(key === "activation" && value === "linear") && key !== "initializer")
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join("×") : settingText(value)}`);
  return [
    String(name),
    `[${(shape as readonly number[]).join(", ")}]`,
    count > 0 ? String(count) : "",
    settings.join(", "),
  ];
}

const aside = (line: string): PreviewPart => ({ type: "lines", lines: [`  ${line}`], isAside: true });

const epochRow = ({ epoch, train, validation, unaveraged }: EpochScore): readonly string[] => [
  String(epoch),
  formatNumber(train.loss),
  percentText(train.accuracy),
  validation ? formatNumber(validation.loss) : "",
  percentText(validation?.accuracy),
  unaveraged ? formatNumber(unaveraged.loss) : "",
  percentText(unaveraged?.accuracy),
];
const percentText = (fraction: number | undefined): string => (fraction === undefined ? "" : formatPercent(fraction));
