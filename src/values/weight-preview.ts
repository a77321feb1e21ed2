/** What `show` says of the weights of layers: their moments, at the beginning of a training and at its end. */
import { grouped, numberText } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { plural } from "../util/words.js";
import { averageText } from "./model.js";
import type { Output } from "./output.js";
import type { Preview } from "./preview.js";
import { epochWeightsOf } from "./weight-history.js";
import type { WeightMoments } from "./weight-statistics.js";

export function weightHistoryPreview(output: Output<"weight_history">): Preview {
  const { layers, epochs, average } = output.data;
  const shown = epochs > 1 ? [1, epochs] : [1];
  const rows = layers.flatMap(({ name, shape }) => {
    const all = epochWeightsOf(output, name);
    return shown.map((epoch, at) => [
      ...(at === 0 ? [name, grouped(sizeOfShape(shape))] : ["", ""]),
      ...[String(epoch), ...momentTexts(all[epoch - 1]!)],
    ]);
  });
  const held = average && averageText({ average });
  return [
    {
      type: "heading",
      title: "Weights",
      more: ` over ${plural(epochs, "epoch")}, without biases and what normalisations learn`,
    },
    {
      type: "numbers",
      rows: [["layer", "weights", "epoch", ...momentTitles], ...rows],
      right: [1, 2, 3, 4, 5, 6, 7, 8, 9],
      drop: [7, 5, 6, 1],
    },
    ...(held ? [{ type: "lines" as const, lines: [`  of the ${held}, as the model holds them`], isAside: true }] : []),
  ];
}

export const momentTitles = ["mean", "sd", "min", "max", "skewness", "kurtosis − 3", "near 0"] as const;
export const momentTexts = (moments: Omit<WeightMoments, "count">): readonly string[] => [
  ...(["mean", "sd", "min", "max", "skewness", "excessKurtosis"] as const).map((each) => numberText(moments[each])),
  moments.nearZero === null ? "–" : `${(100 * moments.nearZero).toFixed(1)} %`,
];
