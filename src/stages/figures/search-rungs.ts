/**
 * Which configurations of a halved search survived which rung: a line each, grey up to where it was stopped, dark to
 * the end, the winner named.
 *
 * Lines are mean learning curves where the objective is one; otherwise they join the scores at the rungs. Dots are the
 * scores by which a rung chose.
 */
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { darkColour, type Figure, faint, figureOf, ink, lightColour } from "../../figure/figure.js";
import { isWide, logTicks, maximum, minimum, scoreAxis, thinned } from "../../figure/scale.js";
import { type Column, tableSketch } from "../../figure/table.js";
import { isHalved, logRatioOf, metricText, noScores, withError } from "../../figure/trials.js";
import { grouped, numberText, rounded } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import type { Output } from "../../values/output.js";
import type { SearchData, TrialData } from "../../values/search.js";
import { type CurveMeasure, curveMeasures, type SearchCurve, searchCurvesOf } from "../../values/search-curves.js";
import { cellsText } from "../../values/search-words.js";
import type { Sketch } from "../../values/sketch.js";
import { trialName } from "../../values/trial-name.js";
import { declareFigure, theOne } from "../figure-declaration.js";

const name = "search_rungs";

export const searchRungsFigure = declareFigure({
  name,
  summary:
    "Which configurations survived which rung, each with its curve up to where it was stopped. Of a halved search.",
  from: { accepts: ["search"], source: "a `search` stage with `halving`" },
  problem: ({ search }) => (search && !search.isHalved ? noRungs : undefined),
  draw: (given) => searchRungs(theOne(given), given.options.title),
  sample: ({ halved }) => ({ from: [halved] }),
});

const noRungs: Mistake = {
  title: "no rungs to draw",
  message:
    `\`${name}\` draws which configurations survived which rung, but this search has no \`halving\`. ` +
    "Draw its scores with `search_history`, or its learning curves with `search_curves`.",
};

const [width, height] = [480, 300];
/** Points of a line, so that hundreds of them stay below a megabyte. */
const mostPoints = 120;
/** Curves that span more than this are read better on a logarithmic axis, and rungs that do. */
const [wideScores, wideEpochs] = [5, 10];
const sketchRows = 30;

type Point = readonly [epoch: number, value: number | null];
interface Line {
  readonly trial: TrialData;
  readonly points: readonly Point[];
  /** Scores at the rungs that it ran. */
  readonly scores: readonly (readonly [epoch: number, score: number])[];
  readonly look: "stopped" | "whole" | "winner";
}

/** @throws MistakeError when the search is not halved, or no trial has a score */
export function searchRungs(output: Output<"search">, title?: string): Figure {
  const { data: search } = output;
  if (!isHalved(search)) throw new MistakeError({ ...noRungs, at: ["from"] });
  const drawn = linesOf(output);
  if (drawn.lines.length === 0) throw noScores();
  const { lines } = drawn;
  const rungs = rungsOf(search);
  const values = lines.flatMap(({ points, scores }) => [
    ...points.flatMap(([, value]) => value ?? []),
    ...scores.map(([, score]) => score),
  ]);
  const isLog = isWide(values, logRatioOf(search, wideScores));
  const seen = isLog ? null : seenOf(search, lines, values);
  const { scale, axis, log } = scoreAxis(seen ? [...values.filter(seen.has), seen.end] : values, isLog);
  const last = maximum(rungs.map(({ epochs }) => epochs));
  const isLogX = last / rungs[0]!.epochs > wideEpochs;
  const metric = metricText(search);
  const x = {
    type: "quantitative",
    title: `Epoch${isLogX ? ", log scale" : ""}`,
    // Room for the winner's name is taken above the picture, so that the axis ends with the last rung.
    scale: isLogX
      ? { type: "log", domain: [1, last * 1.04], nice: false }
      : { domain: [Math.min(1, rungs[0]!.epochs), last * 1.015], nice: false, zero: false },
    axis: isLogX
      ? { values: logTicks([1, last]).filter((tick) => tick <= last), format: ",d", grid: false }
      : { tickMinStep: 1, tickCount: 8, format: ",d", grid: false },
  };
  const y = {
    type: "quantitative",
    title: `Mean ${metric}${log ? ", log scale" : ""}`,
    scale,
    axis: { ...axis, grid: false },
  };
  // The winner last, so that it lies on top.
  const order = ["stopped", "whole", "winner"] as const;
  const layers = order.flatMap((look) => {
    const own = lines.filter((line) => line.look === look);
    if (own.length === 0) return [];
    const { stroke, dot } = looks[look];
    return [
      {
        data: {
          values: own.flatMap(({ trial, points }) =>
            cutOff(points, seen).map(([epoch, value]) => ({
              trial: trial.key,
              epoch,
              value: value === null ? null : rounded(value),
            })),
          ),
        },
        mark: { type: "line", aria: false, invalid: "break-paths-show-domains", ...stroke },
        encoding: {
          x: { field: "epoch", ...x },
          y: { field: "value", ...y },
          detail: { field: "trial", type: "nominal" },
        },
      },
      {
        data: {
          values: own.flatMap(({ scores }) =>
            scores.flatMap(([epoch, score]) => (!seen || seen.has(score) ? [{ epoch, score: rounded(score) }] : [])),
          ),
        },
        mark: { type: "point", opacity: 1, aria: false, ...dot },
        encoding: { x: { field: "epoch", ...x }, y: { field: "score", ...y } },
      },
    ];
  });
  return figureOf(
    name,
    title ?? `Which configurations survived, by ${metric}`,
    [...subtitleOf(search, drawn), ...(seen ? beyondText(search, lines, seen) : [])],
    {
      width,
      height,
      layer: [
        {
          data: { values: rungs.map(({ epochs }) => ({ epochs })) },
          mark: { type: "rule", color: faint, strokeDash: [2, 3], aria: false },
          encoding: { x: { field: "epochs", ...x } },
        },
        {
          data: { values: rungs.map(({ epochs, ran }) => ({ epochs, text: grouped(ran) })) },
          mark: { type: "text", color: faint, fontSize: 12, baseline: "bottom", aria: false },
          encoding: { x: { field: "epochs", ...x }, y: { value: -4 }, text: { field: "text" } },
        },
        ...layers,
      ],
    },
    sketchesOf(search, lines, rungs, log),
  );
}

/** Scores of all that were stopped at once may span so many times those of the others. */
const longestSpan = 3;
interface Seen {
  /** The worst value that is in the picture. */
  readonly end: number;
  has(value: number): boolean;
}
/**
 * Where those that were stopped at the first rung would press all others flat, what is in the picture: down (or up, of
 * what is minimised) to half a span beyond the others. Null where everything is.
 */
function seenOf({ objective }: SearchData, lines: readonly Line[], values: readonly number[]): Seen | null {
  const others = lines.flatMap(({ scores, points }) =>
    scores.length > 1 ? [...scores.map(([, score]) => score), ...points.flatMap(([, value]) => value ?? [])] : [],
  );
  if (others.length === 0) return null;
  const [low, high] = [minimum(others), maximum(others)];
  const span = high - low;
  if (span === 0 || maximum(values) - minimum(values) <= longestSpan * span) return null;
  if (objective.direction === "maximize") return seenFrom(low - span / 2, 1);
  return seenFrom(high + span / 2, -1);
}
const seenFrom = (end: number, sign: 1 | -1): Seen => ({ end, has: (value) => sign * (value - end) >= 0 });

/** The parts of a line that are seen, each up to where it crosses the end; broken where it is beyond. */
function cutOff(points: readonly Point[], seen: Seen | null): readonly Point[] {
  if (!seen) return points;
  const isIn = (value: number | null): value is number => value !== null && seen.has(value);
  return points.flatMap(([epoch, value], at): readonly Point[] => {
    const [before, last] = points[at - 1] ?? [epoch, null];
    const own: Point = [epoch, isIn(value) ? value : null];
    if (value === null || last === null || isIn(value) === isIn(last)) return [own];
    const crossing: Point = [before + ((seen.end - last) / (value - last)) * (epoch - before), seen.end];
    return [crossing, own];
  });
}
function beyondText({ objective }: SearchData, lines: readonly Line[], seen: Seen): readonly string[] {
  const count = lines.filter(({ scores }) => scores.some(([, score]) => !seen.has(score))).length;
  const where = objective.direction === "maximize" ? "below" : "above";
  return count > 0
    ? [`${where} the picture: ${count} that ${count === 1 ? "was" : "were"} stopped at the first rung`]
    : [];
}

const looks = {
  stopped: {
    stroke: { color: "#b9c0ca", strokeWidth: 1.1 },
    dot: { filled: true, size: 16, color: "#8f98a5" },
  },
  whole: {
    stroke: { color: darkColour, strokeWidth: 1.5 },
    dot: { filled: true, size: 26, color: darkColour },
  },
  winner: {
    stroke: { color: lightColour, strokeWidth: 3.2 },
    dot: { filled: true, size: 60, color: lightColour, stroke: ink, strokeWidth: 1 },
  },
} as const;

interface Rung {
  readonly rung: number;
  readonly epochs: number;
  /** Configurations that ran it, of all generations. */
  readonly ran: number;
}
function rungsOf({ trials }: SearchData): readonly Rung[] {
  const found = new Map<number, { readonly epochs: number; ran: number }>();
  for (const { rungs = [] } of trials)
    for (const { rung, epochs } of rungs) {
      const own = found.get(rung) ?? { epochs, ran: 0 };
      own.ran++;
      found.set(rung, own);
    }
  return [...found].sort(([a], [b]) => a - b).map(([rung, own]) => ({ rung, ...own }));
}

interface Drawn {
  readonly lines: readonly Line[];
  /** Lines are learning curves, and do not only join the scores at the rungs. */
  readonly areCurves: boolean;
}
function linesOf(output: Output<"search">): Drawn {
  const { data: search } = output;
  const curveOf = curvesBy(output, search.objective.metric);
  const lines = search.trials.flatMap((trial): readonly Line[] => {
    const scores = (trial.rungs ?? []).flatMap(({ epochs, score }) =>
      score && Number.isFinite(score.mean) ? [[epochs, score.mean] as const] : [],
    );
    if (scores.length === 0) return [];
    const curve = curveOf?.(trial.key);
    const points = curve && curve.length > 0 ? curve : scores;
    return [{ trial, points, scores, look: lookOf(trial) }];
  });
  return { lines, areCurves: curveOf !== null };
}
function lookOf({ status, rank }: TrialData): Line["look"] {
  if (status !== "ok") return "stopped";
  return rank === 1 ? "winner" : "whole";
}

/**
 * The mean of the objective by epoch, where curves have it: of the only training of a trial, or of the one that the
 * objective names. Null where they do not.
 */
function curvesBy(output: Output<"search">, metric: string): ((key: string) => readonly Point[] | undefined) | null {
  const curves = searchCurvesOf(output);
  const parts = new Set(curves.map(({ part }) => part));
  const measure = curveMeasures.find((each) => metric === each || metric.endsWith(`.${each}`));
  if (!measure) return null;
  const part = metric === measure ? undefined : metric.slice(0, -measure.length - 1);
  if (part === undefined ? parts.size !== 1 : !parts.has(part)) return null;
  const own = new Map(
    curves.flatMap((curve) => (part === undefined || curve.part === part ? [[curve.trial, curve] as const] : [])),
  );
  return (key) => {
    const curve = own.get(key);
    return curve && pointsOf(curve, measure);
  };
}
function pointsOf(curve: SearchCurve, measure: CurveMeasure): readonly Point[] {
  const mean = curve.mean(measure);
  if (!mean?.some(Number.isFinite)) return [];
  return thinned(curve.epoch.length, mostPoints).map((at) => [
    curve.epoch[at]!,
    Number.isFinite(mean[at]!) ? mean[at]! : null,
  ]);
}

function subtitleOf(search: SearchData, { lines, areCurves }: Drawn): readonly string[] {
  const winner = lines.find(({ look }) => look === "winner")?.trial;
  const whole = lines.filter(({ look }) => look !== "stopped").length;
  const cells = maximum(search.trials.map((trial) => trial.cells.length));
  const without = search.trials.length - lines.length;
  const generations = new Set(search.trials.map(({ round }) => round?.generation ?? 1)).size;
  const mean = cells > 1 ? `mean over ${cellsText(search, cells)}` : "one training each";
  return [
    `${plural(search.trials.length, "configuration")}, a line each: grey up to where it was stopped, ` +
      `dark where it was trained whole (${whole})`,
    ...(winner?.score ? [`thick: the winner, ${trialName(search, winner)}, ${withError(winner.score)}`] : []),
    "upright lines: rungs, with how many ran them; dots: the scores by which the others were stopped",
    mean,
    ...(areCurves ? [] : ["the objective has no curve by epoch, so lines join the scores at the rungs"]),
    ...(generations > 1 ? [`${generations} generations, each halved by itself`] : []),
    ...(without > 0 ? [`without a score, and not drawn: ${without}`] : []),
  ];
}

/** The curves of those that were trained whole, then who survived which rung, a line each. */
function sketchesOf(
  search: SearchData,
  lines: readonly Line[],
  rungs: readonly Rung[],
  isLog: boolean,
): readonly Sketch[] {
  const metric = metricText(search);
  const sketched = (value: number): number => (isLog ? rounded(Math.log10(value), 5) : rounded(value));
  const byRank = lines.toSorted((a, b) => (a.trial.rank ?? Infinity) - (b.trial.rank ?? Infinity));
  const whole = byRank.filter(({ look }) => look !== "stopped").slice(0, 3);
  const stopped = lines.filter(({ look }) => look === "stopped");
  const columns: Column[] = [
    { title: "rank", align: "right" },
    { title: "configuration" },
    ...rungs.map(({ epochs }) => ({ title: `after ${grouped(epochs)}`, align: "right" as const })),
  ];
  const rows = byRank.slice(0, sketchRows).map(({ trial }) => ({
    cells: [
      String(trial.rank ?? "–"),
      trialName(search, trial),
      ...rungs.map(({ rung }) => {
        const own = (trial.rungs ?? []).find((each) => each.rung === rung);
        if (!own) return "";
        return numberText(own.score?.mean ?? null);
      }),
    ],
  }));
  const more = byRank.length - rows.length;
  return [
    {
      type: "plot",
      title: `${plural(whole.length, "curve")} of those trained whole; points: where others were stopped`,
      x: "epoch",
      y: `${isLog ? "log10 of the " : ""}mean ${metric}`,
      series: [
        ...whole.map(({ trial, points }) => ({
          name: trialName(search, trial),
          marks: "line" as const,
          points: points.map(([epoch, value]) => [epoch, value === null ? null : sketched(value)] as const),
        })),
        ...(stopped.length > 0
          ? [
              {
                name: "stopped",
                marks: "points" as const,
                points: stopped.map(({ scores }) => {
                  const [epoch, score] = scores.at(-1)!;
                  return [epoch, sketched(score)] as const;
                }),
              },
            ]
          : []),
      ],
    },
    tableSketch(
      columns,
      [...rows, ...(more > 0 ? [{ cells: [`and ${more} more in the picture`] }] : [])],
      `${metric} after so many epochs; a blank: stopped before`,
      true,
    ),
  ];
}
