/**
 * What the score of a search depends on: the share of its variance that each parameter explains alone, and that two
 * explain together.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../../diagnostic/diagnostic.js";
import { darkColour, type Figure, figureOf, lightColour } from "../../figure/figure.js";
import { namedAxis } from "../../figure/scale.js";
import { clipped } from "../../figure/table.js";
import { comparedLines, metricText, noScores, partParameters, withoutText } from "../../figure/trials.js";
import { stream } from "../../learn/random.js";
import type { PortInfo } from "../../pipeline/port-info.js";
import type { Seeds } from "../../pipeline/run-context.js";
import { rounded } from "../../util/numbers.js";
import { plural } from "../../util/words.js";
import type { SearchData } from "../../values/search.js";
import { declareFigure, theOne } from "../figure-declaration.js";
import { type Importances, importancesOf } from "../search-importance.js";

const name = "search_importance";
const [defaultTop, mostTop] = [12, 100];

export const searchImportanceFigure = declareFigure({
  name,
  summary:
    "How much of the variance of the scores each parameter explains, and each two together: exact of a complete " +
    "grid, else by a random forest (fANOVA). Of a search.",
  from: { accepts: ["search"], source: "a `search` stage" },
  options: {
    top: z
      .number()
      .int()
      .min(1)
      .max(mostTop)
      .default(defaultTop)
      .describe(`How many bars, the longest first. Default: ${defaultTop}.`),
  },
  drawsRandomNumbers: true,
  problem: ({ search }) => (search ? misfit(search) : undefined),
  draw: (given) => searchImportance(theOne(given).data, given.options, given.seeds),
  sample: ({ sampled }) => ({ from: [sampled] }),
});

const misfit = ({ keys }: NonNullable<PortInfo["search"]>): Mistake | undefined =>
  keys.length < 2 ? oneConfiguration : undefined;
const oneConfiguration: Mistake = {
  title: "nothing to compare",
  message:
    `\`${name}\` tells what scores depend on, but this search has one configuration. ` +
    "Give a parameter of its `space` a second value.",
};

interface Options {
  readonly top: number;
  readonly title?: string | undefined;
}

/** @throws MistakeError when no trial has a score, or no parameter has two values */
export function searchImportance(search: SearchData, { top, title }: Options, { seed, folds }: Seeds): Figure {
  const found = importancesOf(search, stream(seed, folds, "importance"));
  if (found.trials.length === 0) throw noScores();
  if (found.main.length === 0) throw new MistakeError({ ...oneConfiguration, at: ["from"] });
  const all = [
    ...found.main.map((one) => ({ ...one, of: "one" as const })),
    ...found.pairs.map((pair) => ({ ...pair, of: "two" as const })),
  ].toSorted((a, b) => b.share - a.share);
  const shown = all.slice(0, top).filter(({ of, share }) => of === "one" || share >= leastPair);
  const hidden = all.filter((each) => !shown.includes(each));
  const bars = [
    ...shown.map(({ parameters, share, sd, of }) => ({
      name: parameters.join(" × "),
      share,
      of,
      text: shareText(share, sd),
    })),
    ...(found.isConstant
      ? []
      : [{ name: restName(found), share: found.rest, of: "rest" as const, text: shareText(found.rest, null) }]),
  ];
  const labels = bars.map((bar) => clipped(bar.name, labelWidth));
  const longest = Math.max(...bars.map(({ share }) => share), 0.01);
  const y = {
    type: "quantitative",
    title: null,
    scale: { domain: [bars.length - 0.5, -0.5], nice: false, zero: false },
    axis: { ...namedAxis(labels), domain: false, labelLimit: labelWidth + 10 },
  };
  // Room for the longest bar's text behind it.
  const x = {
    type: "quantitative",
    title: "Share of the variance (%)",
    scale: { domain: [0, longest * 130], nice: false },
    axis: { tickCount: 5, grid: false },
  };
  const metric = metricText(search);
  return figureOf(
    name,
    title ?? `What the ${metric} depends on`,
    subtitleOf(
      search,
      found,
      hidden.map(({ share }) => share),
    ),
    {
      width: barWidth,
      height: lineHeight * bars.length,
      layer: [
        {
          data: {
            values: bars.map(({ share, of }, at) => ({
              of,
              from: at - 0.34,
              to: at + 0.34,
              start: 0,
              share: rounded(100 * share),
            })),
          },
          mark: { type: "rect", aria: false },
          encoding: {
            y: { field: "from", ...y },
            y2: { field: "to" },
            x: { field: "start", ...x },
            x2: { field: "share" },
            color: { field: "of", type: "nominal", legend: null, scale: { domain: kinds, range: colours } },
          },
        },
        {
          data: { values: bars.map(({ share, text }, at) => ({ at, share: rounded(100 * share), text })) },
          mark: { type: "text", align: "left", baseline: "middle", dx: 5, aria: false },
          encoding: { y: { field: "at", ...y }, x: { field: "share", ...x }, text: { field: "text" } },
        },
      ],
    },
    [
      {
        type: "bars",
        title: `share of the variance of the ${metric}, ${wayText(found)}`,
        series: [""],
        rows: bars.map((bar) => ({ name: bar.name, bars: [{ value: rounded(bar.share), text: bar.text }] })),
      },
    ],
  );
}

const [barWidth, lineHeight, labelWidth] = [320, 24, 190];
/** Of two together: what is less is left to the sum of the others. */
const leastPair = 0.005;
const kinds = ["one", "two", "rest"];
const colours = [darkColour, lightColour, "#c9ced6"];

/** `42 ± 3 %`, small ones to a decimal. */
function shareText(share: number, sd: number | null): string {
  const places = share < 0.0995 ? 1 : 0;
  const say = (part: number): string => (100 * part).toFixed(places);
  return `${say(share)}${sd === null ? "" : ` ± ${say(sd)}`} %`;
}

const restName = ({ by, main }: Importances): string => {
  if (by.way === "forest") return "not told apart";
  return main.length > 2 ? "three or more together" : "rest";
};
const wayText = ({ by }: Importances): string =>
  by.way === "grid" ? "exact" : `by a forest of ${plural(by.trees, "tree")}`;

function subtitleOf(search: SearchData, found: Importances, hidden: readonly number[]): readonly string[] {
  const { trials, by, isLog, isConstant, leftOut } = found;
  const { constant } = partParameters(search);
  const ruled = search.counts.rejected.reduce((sum, { count }) => sum + count, 0);
  return [
    `shares of the variance of the ${isLog ? "logarithm of the scores" : "scores"} of ` +
      `${plural(trials.length, "configuration")}${withoutText(search, trials)}`,
    ...comparedLines(found),
    ...(isConstant ? ["all scores are equal, so there is no variance to explain"] : []),
    "dark: a parameter alone; light: two together, beyond what each does alone",
    ...(by.way === "grid"
      ? ["exact: every configuration of the grid has a score"]
      : [
          `by a forest of ${by.trees} trees over the whole space` +
            `${ruled > 0 ? ", what rules leave out included" : ""}; ± sd over the trees`,
          ...outOfBagLines(by.outOfBag),
          "not told apart: what more parameters do together, and chance that the forest has learned",
        ]),
    ...(hidden.length > 0
      ? [
          `not drawn: ${hidden.length} shorter, ${shareText(
            hidden.reduce((sum, share) => sum + share, 0),
            null,
          )} together`,
        ]
      : []),
    ...(leftOut.length > 0 ? [`left out, since not every configuration has a value: ${leftOut.join(", ")}`] : []),
    ...(constant.length > 0 ? [`the same in all: ${constant.join(", ")}`] : []),
  ];
}

/** A forest that tells nothing of new trials says nothing of what the score depends on either. */
function outOfBagLines(outOfBag: number | null): readonly string[] {
  if (outOfBag === null) return [];
  return outOfBag <= 0
    ? ["of trials that it has not seen the forest tells nothing: these shares are chance"]
    : [`of the variance of trials that it has not seen the forest tells ${Math.round(100 * outOfBag)} %`];
}
