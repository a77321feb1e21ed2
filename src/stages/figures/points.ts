/**
 * A scatter of sets of one feature and one target, with the intervals of the feature that hold no training points
 * shaded.
 */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf, palette, shapes } from "../../figure/figure.js";
import {
  type AxisNames,
  distinctLabels,
  gapLayer,
  gapText,
  type Interval,
  isFinitePoint,
  leftText,
  type Point,
  pointAxes,
} from "../../figure/points.js";
import { paddedRange, roundedOn } from "../../figure/scale.js";
import { grouped } from "../../util/numbers.js";
import { declareFigure } from "../figure-declaration.js";
import { needsOneFeature } from "../figure-refusals.js";
import { gapsOf, namesOf, pointsOf } from "../figure-values.js";

const name = "points";

export const pointsFigure = declareFigure({
  name,
  summary: "One feature against one target, several sets together. Of datasets of numbers.",
  from: { accepts: ["dataset"], many: true, source: "a stage that loads or cuts data" },
  inputs: {
    data: {
      accepts: "dataset",
      description:
        "The training examples; intervals of their feature that hold none are shaded. Default: the first set.",
      problem: needsOneFeature(name),
    },
  },
  sharesAxis: true,
  problem: needsOneFeature(name),
  draw({ options, items, inputs: { data } }) {
    const sets = items.map(({ label, value }) => ({
      label: label || value.data.split,
      points: pointsOf(name, value),
    }));
    const gaps = data ? gapsOf(name, data, "data") : gapsOf(name, items[0]!.value);
    return points(sets, gaps, namesOf(items[0]!.value), options.title);
  },
  sample: ({ train, test }) => ({ from: [train, test], options: { labels: ["train", "test"] } }),
});

interface PointSet {
  /** Tells it from the other sets. */
  readonly label: string;
  readonly points: readonly Point[];
}
const width = 560;
const height = 360;

/**
 * @param gaps  intervals of the feature without training points
 * @throws      MistakeError when no set has a point whose coordinates are finite
 */
export function points(sets: readonly PointSet[], gaps: readonly Interval[], names: AxisNames, title?: string): Figure {
  const kept = sets.map((set) => ({ ...set, points: set.points.filter(isFinitePoint) }));
  const all = kept.flatMap((set) => set.points);
  if (all.length === 0)
    throw new MistakeError({
      title: "no points to draw",
      message: "Not one example has a feature and a target that are finite numbers, so there is nothing to draw.",
      at: ["from"],
    });
  const left = sets.reduce((sum, set) => sum + set.points.length, 0) - all.length;
  const [domainX, domainY] = [paddedRange(all.map(([x]) => x)), paddedRange(all.map(([, y]) => y))];
  const precise = roundedOn(domainX, domainY);
  const labels = distinctLabels(kept.map(({ label }) => label));
  const isMany = kept.length > 1;
  const counts = isMany
    ? kept.map((set, index) => `${labels[index]}: ${grouped(set.points.length)}`).join(", ")
    : grouped(all.length);
  const subtitle = [`${counts} points`, ...gapText(gaps), ...leftText(left)];
  const style = (range: readonly string[]): Readonly<Record<string, unknown>> => ({
    field: "set",
    type: "nominal",
    scale: { domain: labels, range: labels.map((_, index) => range[index % range.length]) },
    legend: isMany ? { title: null, orient: "bottom", symbolSize: 90 } : null,
  });
  return figureOf(
    "points",
    title ?? `${names.target} against ${names.feature}`,
    subtitle,
    {
      width,
      height,
      layer: [
        gapLayer(gaps),
        {
          data: {
            values: kept.flatMap((set, index) =>
              set.points.map(precise).map(([x, y]) => ({ x, y, set: labels[index] })),
            ),
          },
          mark: { type: "point", filled: true, size: 42, opacity: 0.85, aria: false },
          encoding: {
            ...pointAxes(names, domainX, domainY),
            color: style(palette),
            shape: style(shapes),
          },
        },
      ],
    },
    [
      {
        type: "plot",
        x: names.feature,
        y: names.target,
        series: kept.map((set, index) => ({
          name: labels[index]!,
          marks: "points",
          points: set.points.map(roundedOn(domainX, domainY, 5)),
        })),
        ...(gaps.length > 0 ? { shaded: gaps } : {}),
      },
    ],
  );
}
