/**
 * Several searches in a row, as a funnel: the scores of each stage and who was chosen; and over all of them, the rank
 * of each value of each parameter, so that a claim such as "3 layers win" can be read off.
 */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { darkColour, type Figure, figureOf, lightColour } from "../../figure/figure.js";
import { beside, namedAxis, scoreAxis } from "../../figure/scale.js";
import { type Column, type Row, tableSketch, tableView } from "../../figure/table.js";
import { betterFirst, metricText, noScores, wholeTrials, withError } from "../../figure/trials.js";
import { identityOf, valueRanks, valueSentences } from "../../figure/value-ranks.js";
import { canonical } from "../../util/json.js";
import { numberText, rounded, shortText } from "../../util/numbers.js";
import { median, quantile } from "../../util/statistics.js";
import { plural } from "../../util/words.js";
import type { SearchData } from "../../values/search.js";
import type { SelectionData } from "../../values/selection.js";
import { trialName } from "../../values/trial-name.js";
import { declareFigure } from "../figure-declaration.js";

export const searchFunnelFigure = declareFigure({
  name: "search_funnel",
  summary: "Scores of each stage, and the rank of each value. Of several searches, and the selection.",
  from: {
    accepts: ["search", "selection"],
    many: true,
    source: "`search` stages in their order, and the `select` stage that chose among them",
  },
  together(sources) {
    if (sources.every(({ port }) => port.type !== "search")) return { ...noSearches, at: ["from", 0] };
    const objectives = sources.map(({ port }) => port.search?.objective);
    const first = objectives.find((objective) => objective !== undefined);
    const other = objectives.findIndex(
      (objective) =>
        objective && first && (objective.metric !== first.metric || objective.direction !== first.direction),
    );
    return other < 0 ? undefined : { ...otherObjectives, at: ["from", other] };
  },
  draw({ options, items }) {
    const searches = items.flatMap(({ label, value }) =>
      value.type === "search" ? [{ label, search: value.data }] : [],
    );
    const selections = items.flatMap(({ value }) => (value.type === "selection" ? [value.data] : []));
    if (searches.length === 0) throw new MistakeError({ ...noSearches, at: ["from"] });
    return searchFunnel(
      // The number that stands for a name counts the searches, whatever selections stand between.
      searches.map(({ label, search }) => ({ label: /^\d*$/.test(label) ? "" : label, search })),
      selections,
      options.title,
    );
  },
  sample: ({ coarse, wide, winners }) => ({ from: [coarse, wide, winners] }),
});

const noSearches = {
  title: "no searches to draw",
  message: "`search_funnel` is drawn from searches, but `from` names none. Let it name `search` stages in their order.",
};
const otherObjectives = {
  title: "searches of different objectives",
  message:
    "A funnel compares scores, but the searches in `from` have different objectives. " +
    "Name searches with the same `objective`.",
};

const boxColour = "#dbe5ef";
const edgeColour = "#3c4654";

interface FunnelStage {
  /** Tells it from the others; empty for its number. */
  readonly label: string;
  readonly search: SearchData;
}

/** @throws MistakeError when no search has a score, or the searches have different objectives */
export function searchFunnel(
  stages: readonly FunnelStage[],
  selections: readonly SelectionData[],
  title?: string,
): Figure {
  // A stopped trial's score is of fewer epochs than those it would stand among.
  const scored = stages.map(({ search }) => wholeTrials(search));
  if (scored.every((trials) => trials.length === 0)) throw noScores();
  const [first] = stages;
  const { objective } = first!.search;
  if (stages.some(({ search }) => canonical(search.objective) !== canonical(objective)))
    throw new MistakeError({ ...otherObjectives, at: ["from"] });
  const metric = metricText(first!.search);
  const labels = stages.map(({ label }, index) => (label === "" ? `stage ${index + 1}` : label));
  const winners = selections.flatMap((selection) => selection.winners);
  const chosen = new Set(winners.map(identityOf));
  const scores = scored.flat().map(({ score }) => score.mean);
  const { scale, axis, log } = scoreAxis(scores, objective.direction === "minimize");
  const known = new Set<string>();
  const rows = stages.map(({ search }, index) => {
    const identities = search.trials.map(identityOf);
    const came = identities.filter((identity) => known.has(identity)).length;
    for (const identity of identities) known.add(identity);
    const best = scored[index]!.toSorted((a, b) => betterFirst(search)(a.score.mean, b.score.mean))[0];
    return {
      search,
      label: labels[index]!,
      configurations: search.trials.length,
      came,
      stopped: search.trials.filter(({ status }) => status === "stopped").length,
      failed: search.trials.filter(({ status }) => status !== "stopped").length - scored[index]!.length,
      best,
      chosen: scored[index]!.filter((trial) => chosen.has(identityOf(trial))).length,
    };
  });
  const hasStopped = rows.some(({ stopped }) => stopped > 0);
  const stageColumns: Column[] = [
    { title: "Stage" },
    { title: "Trials", align: "right" },
    { title: "From earlier stages", align: "right" },
    ...(hasStopped ? [{ title: "Stopped", align: "right" } as const] : []),
    { title: "Without score", align: "right" },
    { title: `Best ${metric}, ± se`, align: "right" },
    { title: "Best configuration" },
    ...(selections.length > 0 ? [{ title: "Chosen", align: "right" } as const] : []),
  ];
  const stageRows: Row[] = rows.map((row) => ({
    cells: [
      row.label,
      String(row.configurations),
      String(row.came),
      ...(hasStopped ? [String(row.stopped)] : []),
      String(row.failed),
      row.best ? withError(row.best.score) : "–",
      row.best ? trialName(row.search, row.best) : "–",
      ...(selections.length > 0 ? [String(row.chosen)] : []),
    ],
  }));
  const ranks = valueRanks(stages.map(({ search }) => search));
  const rankColumns: Column[] = [
    { title: "Parameter" },
    { title: "Value" },
    { title: "Trials", align: "right" },
    { title: "Best rank", align: "right" },
    { title: "Median rank", align: "right" },
    { title: "Middle half", align: "right" },
    { title: "Best score", align: "right" },
    { title: "Median score", align: "right" },
  ];
  const rankRows: Row[] = ranks.map((row, index) => {
    const isFirst = ranks[index - 1]?.parameter !== row.parameter;
    return {
      cells: [
        isFirst ? row.parameter : "",
        row.value,
        String(row.trials),
        shortText(row.bestRank),
        shortText(row.medianRank),
        `${shortText(row.quartiles[0])} to ${shortText(row.quartiles[1])}`,
        numberText(row.bestScore),
        numberText(row.medianScore),
      ],
      bold: isFirst,
      rule: isFirst && index > 0,
    };
  });
  // Down from the first stage; marks of a stage stand around its number.
  const y = {
    type: "quantitative",
    title: null,
    scale: { domain: [labels.length - 0.5, -0.5], nice: false, zero: false },
  };
  const place = { field: "at", ...y, axis: { ...namedAxis(labels), domain: false, labelLimit: 200 } };
  const x = { type: "quantitative", title: `Mean ${metric}${log ? ", log scale" : ""}`, scale, axis };
  const perStage = scored.flatMap((trials, index) =>
    trials.map((trial, rank) => ({
      at: rounded(index + 0.4 * beside(rank)),
      score: rounded(trial.score.mean),
      chosen: chosen.has(identityOf(trial)),
    })),
  );
  const boxes = scored.flatMap((trials, index) => {
    const own = trials.map(({ score }) => score.mean);
    if (own.length === 0) return [];
    return [
      {
        at: index - 0.28,
        to: index + 0.28,
        low: rounded(quantile(own, 0.25)),
        middle: rounded(median(own)),
        high: rounded(quantile(own, 0.75)),
      },
    ];
  });
  // The error bar is cut at the axis' end, where a logarithm has no zero to reach.
  const least = (scale.domain as readonly number[])[0]!;
  const bests = rows.flatMap(({ best }, index) => {
    if (!best || best.score.se === null) return [];
    const { mean, se } = best.score;
    return [
      { at: index + 0.38, low: rounded(Math.max(least, mean - se)), high: rounded(mean + se), score: rounded(mean) },
    ];
  });
  const diamonds = winners.length > 0 ? `; diamonds: ${plural(winners.length, "winner")}` : "";
  return figureOf(
    "search_funnel",
    title ?? "Stages of the search",
    [
      `dots: configurations${hasStopped ? " trained whole" : ""}; box: middle half and median; ` +
        `whiskers: best ± standard error${diamonds}`,
      ...valueSentences(ranks),
    ],
    {
      spacing: 24,
      vconcat: [
        {
          width: 620,
          height: 66 * labels.length,
          layer: [
            {
              data: { values: boxes },
              mark: { type: "rect", color: boxColour, aria: false },
              encoding: { x: { field: "low", ...x }, x2: { field: "high" }, y: place, y2: { field: "to" } },
            },
            {
              data: { values: boxes },
              mark: { type: "rule", color: edgeColour, strokeWidth: 2, aria: false },
              encoding: { x: { field: "middle", ...x }, y: place, y2: { field: "to" } },
            },
            {
              data: { values: perStage.filter((point) => !point.chosen) },
              mark: { type: "point", filled: true, size: 18, opacity: 0.6, color: darkColour, aria: false },
              encoding: { x: { field: "score", ...x }, y: place },
            },
            {
              data: { values: bests },
              mark: { type: "rule", color: darkColour, strokeWidth: 2.5, clip: true, aria: false },
              encoding: { x: { field: "low", ...x }, x2: { field: "high" }, y: place },
            },
            {
              data: { values: bests },
              mark: { type: "point", filled: true, color: darkColour, size: 50, opacity: 1, aria: false },
              encoding: { x: { field: "score", ...x }, y: place },
            },
            {
              data: { values: perStage.filter((point) => point.chosen) },
              mark: {
                type: "point",
                filled: true,
                shape: "diamond",
                size: 150,
                opacity: 1,
                color: lightColour,
                stroke: edgeColour,
                strokeWidth: 1,
                aria: false,
              },
              encoding: { x: { field: "score", ...x }, y: place },
            },
          ],
        },
        tableView(stageColumns, stageRows),
        ...(rankRows.length > 0 ? [tableView(rankColumns, rankRows)] : []),
      ],
    },
    [
      tableSketch(stageColumns, stageRows),
      ...(rankRows.length > 0
        ? [
            tableSketch(
              rankColumns,
              rankRows,
              `rank of each value, over all distinct configurations${hasStopped ? " that were trained whole" : ""}`,
            ),
          ]
        : []),
    ],
  );
}
