/**
 * Histograms of the weights of each layer, with the normal distribution of the same mean and sd over them, and what may
 * be said of their shape: bell-shaped around 0, or no peak there.
 */
import { type Figure, figureOf } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { panelsWidth, type WeightPanel, weightPanels } from "../../figure/weight-panels.js";
import { logNormalDensity } from "../../statistics/distributions.js";
import { grouped, numberText, rounded, shortText } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import { binCountsOf } from "../../values/inspected-weights.js";
import type { Inspection } from "../../values/inspection.js";
import type { Sketch } from "../../values/sketch.js";
import { momentTexts, momentTitles } from "../../values/weight-preview.js";
import { aroundZeroText } from "../../values/weight-remark.js";
import type { WeightsOfLayer } from "../../values/weight-statistics.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { aspectOf, needsAspect } from "../inspected-figure.js";
import { drawnLayers, weightLayers, weightLayersMistake } from "../weight-layers.js";

const [name, aspect] = ["weight_histograms", "weights"] as const;

export const weightHistogramsFigure = declareFigure({
  name,
  summary:
    "A histogram of each layer's weights with mean, sd, excess kurtosis and share near 0, and the normal of the same " +
    "mean and sd. Of an inspection with `weights`.",
  from: { accepts: ["inspection"], source: "an `inspect` stage" },
  options: { layers: weightLayers },
  problem: needsAspect(name, aspect),
  together: ([source], _inputs, { layers }) =>
    weightLayersMistake(layers, source?.port.inspected?.aspects[aspect]?.layers),
  draw: (given) => weightHistograms(theOne(given), given.options),
  sample: ({ inspection }) => ({ from: [inspection] }),
});

interface Options {
  readonly layers?: readonly string[] | undefined;
  readonly title?: string | undefined;
}

/** @throws MistakeError without weights, or without such a layer */
export function weightHistograms(inspection: Inspection, options: Options): Figure {
  const all = aspectOf(name, aspect, inspection).layers;
  const { drawn, lines } = drawnLayers(all, ({ layer }) => layer, options.layers);
  const remarks = drawn.flatMap((layer) => aroundZeroText(layer));
  const panels = drawn.map((layer) => panelOf(layer, binCountsOf(inspection, layer.layer)));
  const subtitle = [
    ...lines,
    "dashed: the normal distribution of the same mean and sd; without biases and what normalisations learn",
    ...remarks,
  ];
  return figureOf(
    name,
    options.title ?? "Weights by layer",
    foldedLines(subtitle, panelsWidth),
    weightPanels(panels),
    sketchesOf(drawn, panels, remarks),
  );
}

function panelOf(own: WeightsOfLayer, counts: Int32Array): WeightPanel {
  const { layer, count, mean, sd, histogram, excessKurtosis, nearZero } = own;
  const { bins, below, above } = histogram;
  // Weights that are all 0 stand in one bar at 0, on an axis that has some length.
  const limit = histogram.limit || 1;
  const width = (2 * limit) / bins;
  const bars = [...counts].map((each, at) => ({
    from: rounded(-limit + at * width, 6),
    to: rounded(-limit + (at + 1) * width, 6),
    density: rounded(each / count / width, 6),
  }));
  const beyond = below + above;
  return {
    head: `${layer}, ${plural(count, "weight", grouped(count))}`,
    lines: [
      `mean ${shortText(mean)}, sd ${shortText(sd)}`,
      `excess kurtosis ${excessKurtosis === null ? "–" : shortText(excessKurtosis)}`,
      `near 0: ${nearZero === null ? "–" : `${(100 * nearZero).toFixed(1)} %`}`,
      `${numberText(own.min)} to ${numberText(own.max)}`,
      ...(beyond > 0 ? [`${grouped(beyond)} beyond the axis`] : []),
    ],
    limit,
    bars: bars.filter(({ density }) => density > 0),
    curve: sd > 0 ? normalCurve(mean, sd, limit) : [],
  };
}

const curvePoints = 121;
const normalCurve = (mean: number, sd: number, limit: number): WeightPanel["curve"] =>
  Array.from({ length: curvePoints }, (_, at) => {
    const x = limit * ((2 * at) / (curvePoints - 1) - 1);
    return { x: rounded(x, 6), y: rounded(Math.exp(logNormalDensity((x - mean) / sd)) / sd, 6) };
  });

/** Curves of more layers would fill several screens. */
const mostPlots = 4;

function sketchesOf(
  layers: readonly WeightsOfLayer[],
  panels: readonly WeightPanel[],
  remarks: readonly string[],
): readonly Sketch[] {
  const columns: Column[] = [
    { title: "layer" },
    ...["weights", ...momentTitles].map((title): Column => ({ title, align: "right" })),
  ];
  const rows = layers.map((each) => ({ cells: [each.layer, grouped(each.count), ...momentTexts(each)] }));
  const plots = panels.slice(0, mostPlots).map(
    ({ head, bars, curve }): Sketch => ({
      type: "plot",
      title: head,
      x: "weight",
      y: "density",
      series: [
        {
          name: "weights",
          marks: "line",
          points: bars.map(({ from, to, density }) => [rounded((from + to) / 2), density] as const),
        },
        ...(curve.length > 0
          ? [{ name: "normal", marks: "line" as const, points: curve.map(({ x, y }) => [x, y] as const) }]
          : []),
      ],
    }),
  );
  return [
    tableSketch(columns, rows, undefined, true),
    ...(remarks.length > 0 ? [{ type: "text" as const, lines: remarks }] : []),
    ...plots,
  ];
}
