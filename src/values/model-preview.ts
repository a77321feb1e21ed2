/** What `show` says of a model: its layers with what they learn, and how its training went. */
import type { JsonObject } from "../util/json.js";
import { formatNumber, formatPercent } from "../util/numbers.js";
import { type EpochScore, type ModelData, parameterCountOf, trainedModelOf } from "./model.js";
import type { Output } from "./output.js";
import type { Preview } from "./preview.js";

/** Of a longer history the beginning and the end are shown. */
const mostEpochs = 16;
const firstEpochs = 8;
const lastEpochs = 7;

export function modelPreview(output: Output<"model">): Preview {
  const model = trainedModelOf(output);
  const layers = model.layers.map((layer) => layerRow(layer, model));
  const epochs = model.history.map(epochRow);
  const history =
    epochs.length > mostEpochs
      ? [...epochs.slice(0, firstEpochs), ["…", "", "", "", ""], ...epochs.slice(-lastEpochs)]
      : epochs;
  return [
    { type: "heading", title: "Layers", more: ` (${parameterCountOf(model)} parameters)` },
    { type: "columns", rows: [["layer", "output", "parameters", ""], ...layers] },
    { type: "heading", title: "History" },
    { type: "columns", rows: [["epoch", "loss", "accuracy", "validation loss", "accuracy"], ...history] },
  ];
}

function layerRow(layer: JsonObject, { parameters }: ModelData): readonly string[] {
  const { name, input: _input, output: shape, type: _type, ...options } = layer;
  const own = parameters.filter((parameter) => parameter.name.startsWith(`${name}.`));
  const count = parameterCountOf({ parameters: own });
  const settings = Object.entries(options)
    .filter(([key, value]) => !(key === "activation" && value === "linear") && key !== "initializer")
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join("×") : String(value)}`);
  return [
    String(name),
    `[${(shape as readonly number[]).join(", ")}]`,
    count > 0 ? String(count) : "",
    settings.join(", "),
  ];
}

const epochRow = ({ epoch, train, validation }: EpochScore): readonly string[] => [
  String(epoch),
  formatNumber(train.loss),
  percentText(train.accuracy),
  validation ? formatNumber(validation.loss) : "",
  percentText(validation?.accuracy),
];
const percentText = (fraction: number | undefined): string => (fraction === undefined ? "" : formatPercent(fraction));
