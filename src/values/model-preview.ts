/** What `show` says of a model: its layers with what they learn, and how its training went. */
import type { JsonObject } from "../util/json.js";
import { formatNumber, formatPercent } from "../util/numbers.js";
import { settingText } from "../util/words.js";
import { averageText, type EpochScore, type ModelData, parameterCountOf, trainedModelOf } from "./model.js";
import { type NetworkTable, networkPart } from "./network.js";
import type { Output } from "./output.js";
import type { Preview, PreviewPart } from "./preview.js";

/** Of a longer history the beginning and the end are shown. */
const mostEpochs = 16;
const firstEpochs = 8;
const lastEpochs = 7;

/** @param network  its layers, with what they compute and keep */
export function modelPreview(output: Output<"model">, network?: NetworkTable): Preview {
  const model = trainedModelOf(output);
  const isAveraged = model.history.some(({ unaveraged }) => unaveraged);
  const columns = ["epoch", "loss", "accuracy", "validation loss", "accuracy"];
  const titles = isAveraged ? [...columns, "unaveraged loss", "accuracy"] : columns;
  const epochs = model.history.map((score) => epochRow(score).slice(0, titles.length));
  const gap = titles.map((_, column) => (column === 0 ? "…" : ""));
  const history =
    epochs.length > mostEpochs ? [...epochs.slice(0, firstEpochs), gap, ...epochs.slice(-lastEpochs)] : epochs;
  const held = averageText(model);
  return [
    { type: "heading", title: "Layers", more: ` (${network?.total.parameters ?? parameterCountOf(model)} parameters)` },
    network ? networkPart(network, settingsByName(model.layers)) : layersPart(model),
    { type: "heading", title: "History", ...(model.stoppedBy ? { more: `: best epoch by ${model.stoppedBy}` } : {}) },
    { type: "columns", rows: [titles, ...history] },
    ...(model.targetScaling
      ? [aside(`losses are of targets scaled by ${model.targetScaling.method}; predictions are in their own units`)]
      : []),
    ...(held ? [aside(`the model is the ${held}${isAveraged ? ", which validation judges" : ""}`)] : []),
  ];
}

const layersPart = (model: ModelData): PreviewPart => ({
  type: "columns",
  rows: [
    ["layer", "output", "parameters", ""],
    ...withLayersWithin(model.layers).map((layer) => layerRow(layer, model)),
  ],
});

/** Each block, then its layers; what is said of a block is said without them. */
const withLayersWithin = (layers: readonly JsonObject[]): readonly JsonObject[] =>
  layers.flatMap(({ layers: path = [], projection = [], ...own }) => [
    own,
    ...withLayersWithin([...(path as readonly JsonObject[]), ...(projection as readonly JsonObject[])]),
  ]);

function layerRow(layer: JsonObject, { parameters }: ModelData): readonly string[] {
  const { name, output: shape } = layer;
  const own = parameters.filter((parameter) => parameter.name.startsWith(`${name}.`));
  const count = parameterCountOf({ parameters: own });
  return [
    String(name),
    `[${(shape as readonly number[]).join(", ")}]`,
    count > 0 ? String(count) : "",
    settingsOf(layer),
  ];
}
function settingsOf({ name: _name, input: _input, output: _output, type: _type, ...options }: JsonObject): string {
  return Object.entries(options)
    .filter(([key, value]) => !(key === "activation" && value === "linear") && key !== "initializer")
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join("×") : settingText(value)}`)
    .join(", ");
}
const settingsByName = (layers: readonly JsonObject[]): ReadonlyMap<string, string> =>
  new Map(withLayersWithin(layers).map((layer) => [String(layer.name), settingsOf(layer)]));

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
