/**
 * How the weights of each layer change over a training: a histogram for some epochs, the first above, one below the
 * other on a common axis.
 *
 * Histograms of epochs end where the largest weights were. Here they are laid on one axis, each bin spread evenly over
 * those that it covers: nothing finer than the wider of both bins is seen.
 */
import * as z from "zod";
import { type Figure, figureOf } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import { maximum, thinned } from "../../figure/scale.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { panelsWidth, type RidgePanel, ridgePanels } from "../../figure/weight-panels.js";
import { grouped } from "../../util/numbers.js";
import { sizeOfShape } from "../../util/shape.js";
import { averageText } from "../../values/model.js";
import type { Output } from "../../values/output.js";
import { type EpochHistogram, epochHistogramsOf, epochWeightsOf } from "../../values/weight-history.js";
import { momentTexts, momentTitles } from "../../values/weight-preview.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { drawnLayers, weightLayers, weightLayersMistake } from "../weight-layers.js";

const name = "weight_ridges";
const defaultRidges = 12;

export const weightRidgesFigure = declareFigure({
  name,
  summary:
    "How the weights of each layer change over the epochs: a histogram for some of them, one below the other. " +
    "Of a training with `keep: [weight_statistics]`.",
  from: { accepts: ["weight_history"], source: "a `train` stage with `keep: [weight_statistics]`" },
  options: {
    layers: weightLayers,
    ridges: z
      .number()
      .int()
      .min(2)
      .max(40)
      .optional()
      .describe(
        `For how many epochs, the first and the last among them, evenly between. Default: ${defaultRidges}, or as ` +
          "many as there are.",
      ),
  },
  together: ([source], _inputs, { layers }) => weightLayersMistake(layers, source?.port.weightedLayers),
  draw: (given) => weightRidges(theOne(given), given.options),
  sample: ({ weightHistory }) => ({ from: [weightHistory], options: { ridges: 7 } }),
});

interface Options {
  readonly layers?: readonly string[] | undefined;
  readonly ridges?: number | undefined;
  readonly title?: string | undefined;
}

/** On the common axis; odd, so that 0 is in the middle of a bin. */
const bins = 81;

/** @throws MistakeError without such a layer */
export function weightRidges(history: Output<"weight_history">, options: Options): Figure {
  const { layers, epochs, average } = history.data;
  const { drawn, lines } = drawnLayers(layers, (layer) => layer.name, options.layers);
  const panels = drawn.map((layer): RidgePanel => {
    const shown = chosenHistograms(epochHistogramsOf(history, layer.name), options.ridges ?? defaultRidges);
    const limit = maximum(shown.map(({ axis }) => axis.limit)) || 1;
    const count = sizeOfShape(layer.shape);
    return {
      head: `${layer.name}, ${grouped(count)} weights`,
      limit,
      ridges: shown.map((each) => ({ label: grouped(each.epoch), densities: densitiesOn(each, count, limit) })),
    };
  });
  const held = average && averageText({ average });
  const subtitle = [
    ...lines,
    "density at the ends of epochs, whose numbers stand at the left; the ridges of a layer have one scale",
    ...(held ? [`of the ${held}, which the model holds`] : []),
  ];
  return figureOf(
    name,
    options.title ?? "Weights over the epochs",
    foldedLines(subtitle, panelsWidth),
    ridgePanels(panels),
    [tableOf(history, drawn, epochs)],
  );
}

/** Evenly by epoch: the nearest that has one. */
function chosenHistograms(all: readonly EpochHistogram[], most: number): readonly EpochHistogram[] {
  const last = all[all.length - 1]!.epoch;
  const wanted = thinned(last, most).map((at) => at + 1);
  const nearest = (epoch: number): EpochHistogram =>
    all.reduce((best, each) => (Math.abs(each.epoch - epoch) < Math.abs(best.epoch - epoch) ? each : best));
  return [...new Set(wanted.map(nearest))];
}

/** Of a histogram on another axis: each of its bins is spread evenly over those that it covers. */
export function densitiesOn(
  { axis, counts }: Pick<EpochHistogram, "axis" | "counts">,
  weights: number,
  limit: number,
): readonly number[] {
  const found = new Array<number>(bins).fill(0);
  const width = (2 * limit) / bins;
  const own = (2 * axis.limit) / axis.bins;
  for (const [at, count] of counts.entries()) {
    if (count === 0) continue;
    const [from, to] = [-axis.limit + at * own, -axis.limit + (at + 1) * own].map((x) => (x + limit) / width) as [
      number,
      number,
    ];
    const first = Math.max(0, Math.min(bins - 1, Math.floor(from)));
    const last = Math.max(first, Math.min(bins - 1, Math.ceil(to) - 1));
    for (let bin = first; bin <= last; bin++) {
      const covered = Math.min(bin + 1, to) - Math.max(bin, from);
      found[bin]! += first === last ? count : (count * covered) / (to - from);
    }
  }
  return found.map((count) => count / weights / width);
}

function tableOf(history: Output<"weight_history">, layers: readonly { readonly name: string }[], epochs: number) {
  const columns: Column[] = [
    { title: "layer" },
    ...["epoch", ...momentTitles].map((title): Column => ({ title, align: "right" })),
  ];
  const shown = thinned(epochs, 5);
  const rows = layers.flatMap(({ name: layer }) => {
    const all = epochWeightsOf(history, layer);
    return shown.map((at, index) => ({
      cells: [index === 0 ? layer : "", grouped(at + 1), ...momentTexts(all[at]!)],
    }));
  });
  return tableSketch(columns, rows, undefined, true);
}
