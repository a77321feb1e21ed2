/**
 * One small fit per configuration of a search, in the order of the mean validation loss, each with a number for its
 * roughness.
 *
 * The gallery answers a question as well: did the smoothest outputs go with the smallest losses? The subtitle says what
 * the rank correlation of the two tells.
 */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, faint, figureOf, ink, lightColour } from "../../figure/figure.js";
import { checkFits, curveLayer, domainsOf, type Fit } from "../../figure/fits.js";
import { textWidth } from "../../figure/font.js";
import {
  type AxisNames,
  gapLayer,
  gapText,
  type Interval,
  isFinitePoint,
  leftText,
  type Point,
  pointAxes,
} from "../../figure/points.js";
import { roundedOn, thinned } from "../../figure/scale.js";
import { type Column, clipped, tableSketch } from "../../figure/table.js";
import { betterFirst, metricText } from "../../figure/trials.js";
import { grouped, numberText } from "../../util/numbers.js";
import { type ScoreSpread, spearman } from "../../util/statistics.js";
import { plural } from "../../util/words.js";
import type { SearchData } from "../../values/search.js";
import { trialName } from "../../values/trial-name.js";
import { declareFigure, type FigureSource } from "../figure-declaration.js";
import { needsOneFeature } from "../figure-refusals.js";
import { fitOf, gapsOf, namesOf } from "../figure-values.js";

const name = "fit_gallery";

export const fitGalleryFigure = declareFigure({
  name,
  summary:
    "A small fit of every configuration, the best first, with its roughness. " +
    "Of evaluations of a regression on one feature, over the trials of a search.",
  from: {
    accepts: ["evaluation"],
    many: true,
    source: "an `evaluate` stage that runs under `each` over the trials of a search",
  },
  inputs: {
    data: {
      accepts: "dataset",
      description: "The training examples; intervals of their feature that hold none are shaded.",
      problem: needsOneFeature(name),
    },
    results: {
      accepts: "search",
      description:
        "The search whose trials were evaluated, for order and scores. Default: order by the error of the evaluations.",
    },
  },
  sharesAxis: true,
  problem: needsOneFeature(name),
  together(sources, { results }) {
    const keys = new Set(results?.search?.keys);
    const isOfTrial = ({ scope }: FigureSource): boolean =>
      !scope || scope.all.some((axis) => axis.keys.some((key) => keys.has(key)));
    return keys.size > 0 && !sources.some(isOfTrial) ? { ...otherSearch, at: ["results"] } : undefined;
  },
  draw({ options, items, inputs: { data, results } }) {
    const search = results?.data ?? null;
    const trials = new Map(search?.trials.map((trial) => [trial.key, trial]));
    const tiles = items.map((item): GalleryTile => {
      const trial = trialOf(trials, item.element);
      const fit = fitOf(name)(item);
      const label = search && trial?.key === fit.label ? trialName(search, trial) : fit.label;
      const stopped = trial?.status === "stopped" ? (trial.round?.epochs ?? null) : null;
      return { ...fit, label, score: trial?.score ?? null, stopped };
    });
    if (search && items.every(({ element }) => trialOf(trials, element) === undefined))
      throw new MistakeError({ ...otherSearch, at: ["results"] });
    return fitGallery(tiles, search, data ? gapsOf(name, data, "data") : [], namesOf(data), options.title);
  },
  sample: ({ fits, train, coarse }) => ({ from: [fits], inputs: { data: train, results: coarse } }),
});

const otherSearch = {
  title: "results of another search",
  message:
    "None of the evaluations in `from` is of a trial of `results`. " +
    "Let `results` name the search over whose trials they were gathered.",
};

/** By the whole key of the element, else by one of its levels: trials may stand under an outer fold. */
function trialOf<T>(trials: ReadonlyMap<string, T>, element: string | null): T | undefined {
  if (element === null) return undefined;
  return trials.get(element) ?? element.split("/").flatMap((level) => trials.get(level) ?? [])[0];
}

interface GalleryTile extends Fit {
  /** Of its trial in the search; null where that has none. */
  readonly score: ScoreSpread | null;
  /** Of a trial that was left behind at a rung: after how many epochs it has its score. */
  readonly stopped?: number | null;
}

/**
 * By number of tiles: how many a row, and their size in px, so that a PNG of hundreds stays below about 25 million
 * picture elements.
 */
const layouts = [
  { most: 12, columns: 4, width: 190, height: 130, curvePoints: 160 },
  { most: 80, columns: 6, width: 160, height: 104, curvePoints: 140 },
  { most: Infinity, columns: 10, width: 128, height: 78, curvePoints: 90 },
] as const;
const smallFont = 9.5;
/** Whole trainings stand before any that was stopped. */
const longest = Number.MAX_SAFE_INTEGER;
/** Above this many rows the terminal gets the first ones only. */
const sketchRows = 40;

/** A dash where a number is undefined. */
const defined = (value: number): string => numberText(Number.isNaN(value) ? null : value);

/**
 * Total variation of the slope, on the points of the curve as they are.
 *
 *   roughness = Σ |sᵢ₊₁ − sᵢ|,  sᵢ = (yᵢ₊₁ − yᵢ) / (xᵢ₊₁ − xᵢ)     →  ∫ |f″| dx
 *
 * 0 for a straight line, in units of slope. Unlike ∫ f″² dx it does not grow with the number of points where the curve
 * has a kink, as a network of ReLUs has.
 *
 * @returns  NaN where fewer than three points are finite, or the feature is constant
 */
export function roughness(curve: readonly Point[]): number {
  const finite = curve.filter(isFinitePoint);
  const kept = finite.filter(([x], index) => index === 0 || x !== finite[index - 1]![0]);
  if (kept.length < 3) return Number.NaN;
  const slopes = kept.slice(1).map(([x, y], index) => (y - kept[index]![1]) / (x - kept[index]![0]));
  return slopes.slice(1).reduce((sum, slope, index) => sum + Math.abs(slope - slopes[index]!), 0);
}

/**
 * @param search  what the scores are of; without it tiles stand in the order of their error on the set evaluated on
 * @throws        MistakeError when there is nothing to draw
 */
export function fitGallery(
  tiles: readonly GalleryTile[],
  search: Pick<SearchData, "objective"> | null,
  gaps: readonly Interval[],
  names: AxisNames,
  title?: string,
): Figure {
  checkFits(tiles);
  const better = search ? betterFirst(search) : (a: number, b: number): number => a - b;
  const measured = tiles.map((tile) => ({
    ...tile,
    value: search ? (tile.score?.mean ?? Number.NaN) : tile.mse,
    roughness: roughness(tile.curve),
  }));
  // What has no finite score comes last, in the order given.
  const isGood = ({ value }: { readonly value: number }): boolean => Number.isFinite(value);
  const sorted = [
    // Scores of fewer epochs stand behind those of more.
    ...measured
      .filter(isGood)
      .toSorted((a, b) => (b.stopped ?? longest) - (a.stopped ?? longest) || better(a.value, b.value)),
    ...measured.filter((tile) => !isGood(tile)),
  ];
  const whole = sorted.filter(({ stopped = null }) => stopped === null);
  const hasStopped = whole.length < sorted.length;
  const { columns, width, height, curvePoints } = layouts.find(({ most }) => sorted.length <= most)!;
  const domains = domainsOf(sorted);
  const encoding = pointAxes(names, domains.x, domains.y, true);
  const dots = dotSets(sorted, roundedOn(domains.x, domains.y, 5));
  const metric = search ? metricText(search) : "mse";
  const { split } = sorted[0]!;
  const order = search ? `mean ${metric}` : "mse on the set evaluated on";
  const { rho, count, verdict } = agreement(whole, search?.objective.direction === "maximize");
  const left = tiles.reduce((sum, { points }) => sum + points.filter((point) => !isFinitePoint(point)).length, 0);
  const subtitle = [
    [
      `${plural(sorted.length, "configuration")}, the best ${order} first`,
      "line: the model",
      `points: ${split === "" ? "the set evaluated on" : `${split} set`}`,
      `horizontal: ${names.feature}, vertical: ${names.target}`,
    ].join("; "),
    "roughness: total variation of the slope; its rank correlation with " +
      `${metric} (Spearman, ${plural(count, "configuration")}) is ${numberText(rho, 2)}: ${verdict}`,
    ...(hasStopped
      ? ["stopped at a rung: those with `after`, whose score is of so many epochs; no part of the correlation"]
      : []),
    ...gapText(gaps),
    ...leftText(left),
  ];
  // The last word of `validation loss`: the whole stands above, and room is short.
  const scores = sorted.map(
    ({ value, stopped = null }) =>
      `${metric.split(" ").at(-1)} ${defined(value)}${stopped === null ? "" : ` after ${grouped(stopped)}`}`,
  );
  const texts = sorted.map((tile, index) => [`${scores[index]}, roughness ${defined(tile.roughness)}`]);
  // All tiles have as many lines as the widest needs.
  const lines = texts.some(([text]) => textWidth(text!, smallFont) > width + 8)
    ? sorted.map((tile, index) => [scores[index]!, `roughness ${defined(tile.roughness)}`])
    : texts;
  const tableColumns: Column[] = [
    { title: "rank", align: "right" },
    { title: "configuration" },
    { title: metric, align: "right" },
    { title: "± se", align: "right" },
    ...(hasStopped ? [{ title: "after", align: "right" } as const] : []),
    { title: "roughness", align: "right" },
  ];
  return figureOf(
    "fit_gallery",
    title ?? "Fits of all configurations",
    subtitle,
    {
      datasets: dots.datasets,
      columns,
      spacing: { row: 16, column: 16 },
      concat: sorted.map((tile, index) => ({
        title: {
          text: clipped(`${index + 1}. ${tile.label}`, width + 8, true, 10),
          subtitle: lines[index]!.map((text) => clipped(text, width + 8, false, smallFont)),
          fontSize: 10,
          subtitleFontSize: smallFont,
          color: ink,
          subtitleColor: faint,
          subtitlePadding: 2,
          offset: 4,
        },
        width,
        height,
        layer: [
          gapLayer(gaps),
          dotLayer(dots.nameOf(tile.points), encoding),
          curveLayer(thinnedTo(tile.curve, curvePoints), encoding, 1.5, domains),
        ],
      })),
    },
    [
      tableSketch(
        tableColumns,
        sorted.slice(0, sketchRows).map((tile, index) => ({
          cells: [
            String(index + 1),
            tile.label,
            defined(tile.value),
            numberText(search ? tile.score?.se : null, 2),
            ...(hasStopped ? [tile.stopped ? grouped(tile.stopped) : ""] : []),
            defined(tile.roughness),
          ],
        })),
        sorted.length > sketchRows ? `the first ${sketchRows} of ${sorted.length}` : undefined,
      ),
      tableSketch(
        [{ title: `roughness and ${metric}` }, { title: "" }],
        [
          { cells: ["rank correlation (Spearman)", numberText(rho, 2)] },
          { cells: ["configurations", String(count)] },
          { cells: [verdict] },
        ],
      ),
    ],
  );
}

const thinnedTo = (curve: readonly Point[], most: number): readonly Point[] =>
  thinned(curve.length, most).map((at) => curve[at]!);

/** Tiles of one set of points share it, which keeps the specification of hundreds of tiles small. */
function dotSets(
  tiles: readonly Fit[],
  precise: (point: Point) => Point,
): { readonly datasets: Readonly<Record<string, unknown>>; nameOf(points: readonly Point[]): string } {
  const names = new Map<string, string>();
  const datasets: Record<string, unknown> = {};
  for (const { points } of tiles) {
    const key = JSON.stringify(points);
    if (names.has(key)) continue;
    names.set(key, `points_${names.size + 1}`);
    const finite = points
      .filter(isFinitePoint)
      .map(precise)
      .map(([x, y], index) => ({ x, y, at: 2 * index }));
    datasets[names.get(key)!] = finite.flatMap((dot) =>
      dot.at === 0 ? [dot] : [{ x: null, y: null, at: dot.at - 1 }, dot],
    );
  }
  return { datasets, nameOf: (points) => names.get(JSON.stringify(points))! };
}

/**
 * One broken line of lone points with round ends: a hundred dots of a tile take one element of the SVG instead of a
 * hundred.
 */
const dotLayer = (name: string, encoding: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  data: { name },
  mark: {
    type: "line",
    color: lightColour,
    strokeWidth: 3,
    strokeCap: "round",
    clip: true,
    invalid: "break-paths-show-domains",
    aria: false,
  },
  encoding: { ...encoding, order: { field: "at", type: "quantitative" } },
});

interface Agreement {
  readonly rho: number | null;
  /** Configurations compared: those with a finite score and roughness. */
  readonly count: number;
  readonly verdict: string;
}

/**
 * Whether smooth outputs went with good scores. A correlation counts where it is 1.96 times its standard error under
 * independence, 1 / √(n − 1), or more.
 */
export function agreement(
  tiles: readonly { readonly value: number; readonly roughness: number }[],
  isMaximised = false,
): Agreement {
  const pairs = tiles.filter(({ value, roughness }) => Number.isFinite(value) && Number.isFinite(roughness));
  const rho = spearman(
    pairs.map((pair) => pair.roughness),
    pairs.map((pair) => pair.value),
  );
  const count = pairs.length;
  if (rho === null) return { rho, count, verdict: "too few configurations to compare" };
  const isClear = Math.abs(rho) * Math.sqrt(count - 1) >= 1.96;
  return {
    rho,
    count,
    verdict: isClear
      ? `the ${rho > 0 === isMaximised ? "rougher" : "smoother"} outputs went with the better scores`
      : "these data show no clear relation",
  };
}
