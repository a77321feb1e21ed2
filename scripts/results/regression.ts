/** The regression on the course's points: the report's study, nested cross-validation, and ours. */
import { median, spreadOf } from "../../src/util/statistics.js";
import { plural } from "../../src/util/words.js";
import type { StageExtract } from "./extract.js";
import { ranked, scoreText, searchesOf, searchList, searchSummary, trialText, winnerText } from "./searches.js";
import {
  computedText,
  decimals,
  duration,
  entrySeconds,
  errorText,
  markdownTable,
  metric,
  notYet,
  type Studies,
  seedOf,
  spread,
} from "./words.js";

export function regressionSection(studies: Studies): string {
  const entry = studies.full("regression");
  if (!entry) return `\`pipelines/regression.yaml\`: ${notYet}.`;
  const searches = searchesOf(entry);
  return [
    "`pipelines/regression.yaml --profile csv`: 100 + 100 points of the course, 10 folds, Adam, batches of 18. " +
      `${computedText(entry)} Seed: ${seedOf(entry)}. Scores are mean validation losses over the folds, with their standard error; ` +
      "steps are fold trainings, of which two run at once, and those that searches share count in each.",
    searchSummary(searches),
    "The winners, and the report's own winners as presets, trained on all 100 training points; test losses with 95 % intervals (bootstrap over the test points):",
    winnersTable(studies),
    "A training is one draw of many: [study.md](study.md#what-it-finds-on-the-courses-points) has 60 seeds of each preset.",
    gapTable(entry.stages.figure_gaps),
    ...searches.filter(({ name }) => !name.startsWith("length")).map(searchList),
    ...searches.filter(({ name }) => name.startsWith("length")).map(searchList),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function winnersTable(studies: Studies): string {
  const stage = (name: string): StageExtract | undefined => studies.stage("regression", name);
  const chosen = stage("winners")?.chosen ?? [];
  const scores = Object.entries(stage("score")?.elements ?? {});
  const won = scores.map(([key, part], index) => {
    const winner = chosen.find((each) => key.includes(each.key)) ?? chosen[index];
    const score = winner ? `${decimals(winner.score.mean)}${seText(winner.score)}` : "–";
    return [`winner ${index + 1}: ${winner ? winnerText(winner) : key}`, score, errorText(part)];
  });
  const preset = (name: string, label: string): readonly string[] => {
    const folds = stage(`regression-${name}`);
    const loss = (
      folds?.metrics?.validation as { readonly loss?: { readonly mean: number; readonly se?: number } } | undefined
    )?.loss;
    const score = stage(`${name}_score`);
    return [label, loss ? `${decimals(loss.mean)}${seText(loss)}` : notYet, score ? errorText(score) : notYet];
  };
  return markdownTable(
    ["", "mean validation loss (se)", "test MSE (95 % interval)"],
    [
      ...won,
      preset("elu", "the report's: 3 × 64 ELU, 0.001, 500 epochs (report: test loss 0.049)"),
      preset("gelu", "the report's: 3 × 32 GELU, 0.001, 1000 epochs (report: test loss 0.045)"),
    ],
  );
}
const seText = ({ se }: { readonly se?: number | null }): string =>
  typeof se === "number" ? ` (${decimals(se)})` : "";

function gapTable(stage: StageExtract | undefined): string {
  const table = stage?.tables?.find(({ columns }) => columns !== undefined);
  return table
    ? `Error inside and outside the intervals without training points:\n\n${markdownTable(table.columns!, table.rows!)}`
    : "";
}

export function nestedSection(studies: Studies): string {
  const entry = studies.full("regression-nested");
  if (!entry) return `\`pipelines/regression-nested.yaml\`: ${notYet}.`;
  const score = entry.stages.score;
  const mse = score ? spread(score, "mse") : undefined;
  return [
    "`pipelines/regression-nested.yaml --profile csv`: four outer folds of all 200 points, five inner ones, two or three hidden layers of 32 GELU units. " +
      computedText(entry),
    markdownTable(
      ["outer fold", "winner", "inner validation loss", "test MSE (95 % interval)"],
      [
        ...Object.entries(score?.elements ?? {}).map(([key, part], index) => {
          const winner = entry.stages.best?.chosen?.[index];
          return [
            String(index + 1),
            winner ? winnerText(winner) : key,
            winner ? decimals(winner.score.mean) : "–",
            errorText(part),
          ];
        }),
        ["mean ± sd", "", "", mse ? `${decimals(mse.mean)} ± ${decimals(mse.sd)}` : notYet],
      ],
    ),
  ].join("\n\n");
}

/** Test errors of a stage over all seeds. */
export interface SeedErrors {
  readonly seeds: readonly string[];
  readonly errors: readonly number[];
}
export function errorsOver(studies: Studies, stage: string): SeedErrors {
  const found = studies.seeds("regression-best", "csv").flatMap((entry) => {
    const error = entry.stages[stage] && metric(entry.stages[stage], "mse");
    return error === undefined ? [] : [{ seed: seedOf(entry), error }];
  });
  return { seeds: found.map(({ seed }) => seed), errors: found.map(({ error }) => error) };
}

export function bestRegressionSection(studies: Studies): string {
  const entries = studies.seeds("regression-best", "csv");
  const [first] = entries;
  if (!first) return `\`pipelines/regression-best.yaml\`: ${notYet}.`;
  const rows = (["score", "best_score"] as const).flatMap((stage) => {
    const { errors } = errorsOver(studies, stage);
    return errors.length === 0 ? [] : [[stageLabels[stage], ...summary(errors)]];
  });
  const each = entries.map((entry) => [
    seedOf(entry),
    ...["score", "best_score"].map((stage) => (entry.stages[stage] ? errorText(entry.stages[stage]) : notYet)),
    entry.stages.choice?.search ? bestOf(entry.stages.choice.search) : "–",
    duration(entrySeconds(entry)),
  ]);
  return [
    `\`pipelines/regression-best.yaml --profile csv\`, under ${plural(entries.length, "seed")} of folds and networks. ${computedText(first)} ` +
      "The recipe was chosen by folds alone; the test points are seen once under each seed.",
    markdownTable(
      ["test MSE", "seeds", "median", "mean", "sd", "least … greatest"],
      [...rows, ["the report, one training each (GELU, ELU)", "–", "0.045, 0.049", "", "", ""]],
    ),
    markdownTable(
      ["seed", stageLabels.score, stageLabels.best_score, "best setting by the folds", "time of its steps"],
      each,
    ),
    ...searchesOf(first).map(({ name, search }) => searchList({ name: `${name}, seed ${seedOf(first)}`, search })),
  ].join("\n\n");
}
const stageLabels = { score: "the study's answer", best_score: "the best setting alone" } as const;
const bestOf = (search: Parameters<typeof ranked>[0]): string => {
  const [best] = ranked(search);
  return best ? `${trialText(search, best)}: ${scoreText(search, best)}` : "–";
};

/** Count, median, mean, sd, range. */
export function summary(values: readonly number[], say: (value: number) => string = decimals): readonly string[] {
  const { mean, sd } = spreadOf(values);
  return [
    String(values.length),
    say(median(values)),
    say(mean),
    values.length > 1 && sd !== null ? say(sd) : "–",
    `${say(Math.min(...values))} … ${say(Math.max(...values))}`,
  ];
}
