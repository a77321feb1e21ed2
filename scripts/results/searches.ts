/** Searches as tables: one line each, and every configuration that was tried. */

import type { Json } from "../../src/util/json.js";
import { pText } from "../../src/util/numbers.js";
import { settingText } from "../../src/util/words.js";
import type { Chosen, Entry, SearchExtract, StageExtract, TrialExtract } from "./extract.js";
import { count, decimals, details, duration, markdownTable, numberOr, percent } from "./words.js";

export interface NamedSearch {
  readonly name: string;
  readonly search: SearchExtract;
  readonly cells?: StageExtract["cells"];
}

/** Of an entry, in the order of the file; of a search that runs over something each. */
export const searchesOf = ({ order, stages }: Entry): readonly NamedSearch[] =>
  order.flatMap((name) => {
    const { search, searches = {}, cells } = stages[name]!;
    return [
      ...(search ? [{ name, search, ...(cells ? { cells } : {}) }] : []),
      // Of those that run over something only the sum is known, which stands at the first.
      ...Object.entries(searches).map(([key, each], at) => ({
        name: `${name}/${key}`,
        search: each,
        ...(cells && at === 0 ? { cells } : {}),
      })),
    ];
  });

const isAccuracy = ({ objective }: SearchExtract): boolean => objective.metric.endsWith("accuracy");
export const scoreText = (search: SearchExtract, { score }: Pick<TrialExtract, "score">): string => {
  if (!score) return "–";
  const say = (value: number): string => (isAccuracy(search) ? percent(value) : decimals(value));
  const se = (score as { readonly se?: number | null }).se;
  return `${say(score.mean)}${typeof se === "number" && se > 0 ? ` (se ${say(se)})` : ""}`;
};
export const ranked = ({ trials }: SearchExtract): readonly TrialExtract[] =>
  trials.filter(({ rank }) => rank !== null).toSorted((a, b) => a.rank! - b.rank!);
/** @param order  names, as the space has them */
export const settingsText = (values: Readonly<Record<string, Json>>, order: readonly string[]): string =>
  order.flatMap((name) => (values[name] === undefined ? [] : [`${name} ${settingText(values[name])}`])).join(", ");
export const winnerText = ({ values, parameters }: Chosen): string => settingsText(values, parameters);
export const trialText = (search: SearchExtract, { values }: Pick<TrialExtract, "values">): string =>
  settingsText(values, search.parameters);

export function searchSummary(searches: readonly NamedSearch[]): string {
  return markdownTable(
    [
      "search",
      "configurations",
      "left out by rules",
      "failed",
      "rounds",
      "steps, and their time",
      "best",
      "not told from it",
    ],
    searches.map(({ name, search, cells }) => {
      const { counts, rounds } = search;
      const [best] = ranked(search);
      const rejected = counts.rejected.reduce((sum, rule) => sum + rule.count, 0);
      const tied = search.trials.filter(({ tied: isTied, rank }) => isTied && rank !== 1).length;
      return [
        `\`${name}\``,
        count(counts.trials),
        rejected === 0 ? "–" : count(rejected),
        String(counts.failed),
        rounds
          ? rounds.map(({ ran, epochs }) => `${ran}${epochs === null ? "" : ` × ${epochs} epochs`}`).join(", ")
          : "1",
        cells ? `${count(cells.count)}, ${duration(cells.seconds)}` : "–",
        best ? `${trialText(search, best)}: ${scoreText(search, best)}` : "–",
        search.comparison.test === null ? "not tested" : String(tied),
      ];
    }),
  );
}

/** Every configuration, the best first. */
export function searchList({ name, search }: NamedSearch): string {
  const trials = [...ranked(search), ...search.trials.filter(({ rank }) => rank === null)];
  const columns = search.parameters;
  const hasEpochs = trials.some(({ epochs }) => epochs !== undefined);
  const score = (set: Readonly<Record<string, number>> | undefined, which: string): string => {
    const value = set?.[which];
    if (value === undefined) return "–";
    return which === "accuracy" ? percent(value) : numberOr(value);
  };
  const measured = (["train", "validation"] as const).flatMap((set) =>
    ["loss", "accuracy"].flatMap((which) =>
      trials.some((trial) => trial[set]?.[which] !== undefined) ? [{ set, which }] : [],
    ),
  );
  const head = [
    "",
    ...columns,
    ...(hasEpochs ? ["epochs"] : []),
    search.objective.metric,
    ...measured.map(({ set, which }) => `${set} ${which}`),
    "parameters",
    "p",
  ];
  const rows = trials.map((trial) => [
    trial.rank === null ? "failed" : String(trial.rank),
    ...columns.map((column) => (trial.values[column] === undefined ? "–" : settingText(trial.values[column]))),
    ...(hasEpochs ? [trial.epochs === undefined ? "–" : String(trial.epochs)] : []),
    trial.rank === null ? (trial.error ?? "–") : scoreText(search, trial),
    ...measured.map(({ set, which }) => score(trial[set], which)),
    trial.parameters === null ? "–" : count(trial.parameters),
    pText(trial.p),
  ]);
  return details(`All ${count(trials.length)} configurations of <code>${name}</code>`, markdownTable(head, rows));
}
