/** Studies of ours on MNIST: the search, a small network, an ensemble, one minute. */
import { layerTexts } from "../../src/stages/model-settings.js";
import type { Json } from "../../src/util/json.js";
import { median } from "../../src/util/statistics.js";
import type { Entry, StageExtract } from "./extract.js";
import { summary } from "./regression.js";
import { searchesOf, searchList, searchSummary, winnerText } from "./searches.js";
import {
  accuracyText,
  computedText,
  count,
  decimals,
  duration,
  entrySeconds,
  interval,
  markdownTable,
  metric,
  notYet,
  partsOf,
  percent,
  type Studies,
  seedOf,
  spread,
  trainingSeconds,
  trainingTime,
} from "./words.js";

export function searchSection(studies: Studies): string {
  const entry = studies.full("mnist-search");
  if (!entry) return `\`pipelines/mnist-search.yaml\`: ${notYet}.`;
  const searches = searchesOf(entry);
  const winners = Object.entries(entry.stages).flatMap(([stage, { kind, chosen }]) =>
    kind === "select" && chosen
      ? chosen.map((won, index) => [`\`${stage}\``, String(index + 1), winnerText(won), percent(won.score.mean)])
      : [],
  );
  return [
    `\`pipelines/mnist-search.yaml\`: both families, chosen by validation accuracy alone. ${computedText(entry)} Seed: ${seedOf(entry)}. ` +
      `All its trainings took ${duration(entrySeconds(entry))}, two at a time; steps that searches share count in each.`,
    searchSummary(searches),
    ...(winners.length > 0 ? [markdownTable(["selection", "", "settings", "validation accuracy"], winners)] : []),
    ...searches.map(searchList),
  ].join("\n\n");
}

/** Accuracy of several seeds: of each, then of all. */
export interface Seeds {
  readonly accuracies: readonly number[];
  readonly mean: number;
  readonly sd: number;
  /** Of the mean. */
  readonly range: readonly [number, number] | undefined;
}
export const bestSeeds = (studies: Studies): Seeds | undefined => seedsOf(studies, "mnist-best");
export function seedsOf(studies: Studies, pipeline: string): Seeds | undefined {
  const score = studies.stage(pipeline, "score");
  const all = score && spread(score, "accuracy");
  if (!score?.elements || !all) return undefined;
  const accuracies = Object.values(score.elements).flatMap((part) => metric(part, "accuracy") ?? []);
  return { accuracies, ...all, range: interval(score, "accuracy") };
}

export function bestSection(studies: Studies): string {
  const entry = studies.full("mnist-best");
  if (!entry) return `\`pipelines/mnist-best.yaml\`: ${notYet}.`;
  const { final, score, choice, winner } = entry.stages;
  const scores = Object.entries(score?.elements ?? {});
  const rows = scores.map(([key, part]) => {
    const training = final?.elements?.[key];
    return [
      key,
      accuracyText(part),
      training ? String(metric(training, "epochs") ?? "–") : "–",
      training ? trainingTime(training) : "–",
    ];
  });
  const all = bestSeeds(studies);
  const seconds = partsOf(final).map((part) => trainingSeconds(part) ?? part.seconds);
  return [
    `\`pipelines/mnist-best.yaml\`: candidates compared on 10,000 validation images by the mean of several seeds; the winner trained anew on all 60,000 training images. ${computedText(entry)}`,
    ...(choice?.search
      ? [
          searchSummary([{ name: "choice", search: choice.search }]),
          searchList({ name: "choice", search: choice.search }),
        ]
      : []),
    ...(winner?.chosen
      ? [
          `Chosen: ${winner.chosen.map((won) => `${winnerText(won)} (${percent(won.score.mean)} on validation)`).join("; ")}.`,
        ]
      : []),
    networkText(final),
    ...(rows.length > 0
      ? [markdownTable(["seed", "test accuracy (95 % interval)", "epochs", "training time"], rows)]
      : []),
    all
      ? `Mean of ${all.accuracies.length} seeds: **${percent(all.mean, 3)}**, sd ${percent(all.sd, 3)}` +
        `${all.range ? `, 95 % interval of the mean ${all.range.map((end) => percent(end, 3)).join(" to ")}` : ""}. ` +
        `One training takes ${duration(Math.min(...seconds))} to ${duration(Math.max(...seconds))}, the whole study ${duration(entrySeconds(entry))} of trainings.`
      : `Score: ${notYet}.`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Dense layers alone, whose images are moved; and a CNN whose images are not. */
export function plainSection(studies: Studies): string {
  const dense = studies.full("mnist-dense");
  const cnn = studies.full("mnist-cnn");
  const all = seedsOf(studies, "mnist-dense");
  const score = studies.stage("mnist-cnn", "score");
  return [
    dense && all
      ? `\`pipelines/mnist-dense.yaml\`: dense layers alone, on images that are moved anew in every epoch. ${computedText(dense)} ` +
        `Test accuracies of ${all.accuracies.length} seeds: ${all.accuracies.map((each) => percent(each)).join(", ")}; ` +
        `mean **${percent(all.mean, 3)}**, sd ${percent(all.sd, 3)}. ${networkText(dense.stages.final)}`
      : `\`pipelines/mnist-dense.yaml\`: ${notYet}.`,
    cnn && score
      ? `\`pipelines/mnist-cnn.yaml\`, without augmentation, seed ${seedOf(cnn)}: **${accuracyText(score)}**. ${computedText(cnn)} ` +
        networkText(cnn.stages.cnn)
      : `\`pipelines/mnist-cnn.yaml\`: ${notYet}.`,
  ]
    .map((part) => part.trim())
    .join("\n\n");
}

function networkText(stage: StageExtract | undefined): string {
  const [first] = partsOf(stage);
  const settings = stage?.settings ?? first?.settings;
  const layers = settings?.layers as readonly Json[] | undefined;
  if (!layers || first?.parameters === undefined) return "";
  return `The network has ${count(first.parameters)} parameters: ${layerTexts([layers])[0]}.`;
}

export function recordSection(studies: Studies): string {
  const entry = studies.full("mnist-record");
  const score = entry?.stages.score;
  if (!entry || !score) return `\`pipelines/mnist-record.yaml\`: ${notYet}.`;
  const trainings = Object.values(entry.stages).filter(({ kind }) => kind === "train");
  const networks = trainings.flatMap(partsOf);
  const alone = Object.entries(entry.stages).flatMap(([name, stage]) =>
    stage.kind === "evaluate" && name !== "score" && stage.elements
      ? [{ name, all: spread(stage, "accuracy"), parts: Object.values(stage.elements) }]
      : [],
  );
  return [
    `\`pipelines/mnist-record.yaml\`: an ensemble. ${computedText(entry)}`,
    markdownTable(
      ["", "test accuracy (95 % interval)", "wrong of 10,000"],
      [
        ["together", accuracyText(score), wrongText(score)],
        ...alone.map(({ name, all, parts }) => [
          `one by one (\`${name}\`, ${parts.length})`,
          all ? `mean ${percent(all.mean)}, sd ${percent(all.sd)}` : "–",
          "",
        ]),
      ],
    ),
    `${networks.length} networks, ${duration(entrySeconds(entry))} of trainings on two cores (two at a time, so about half of that by the clock).`,
  ].join("\n\n");
}
const wrongText = (stage: StageExtract): string => {
  const [correct, all] = [metric(stage, "correct"), metric(stage, "count")];
  return correct === undefined || all === undefined ? "–" : String(all - correct);
};

export interface Minute {
  readonly seed: string;
  readonly accuracy: number;
  readonly seconds: number | undefined;
}
/** From the command to the accuracy: timed from outside, or by the run itself. */
export const minutes = (studies: Studies): readonly Minute[] =>
  studies.seeds("mnist-minute", null).flatMap((entry) => {
    const score = entry.stages.score;
    const accuracy = score && metric(score, "accuracy");
    if (accuracy === undefined) return [];
    return [{ seed: seedOf(entry), accuracy, seconds: wallOf(entry, score!) }];
  });
const wallOf = ({ wallSeconds, runs }: Entry, { run }: StageExtract): number | undefined =>
  wallSeconds ?? (run === undefined ? undefined : (runs[run]?.wallSeconds ?? undefined));

export function minuteSection(studies: Studies): string {
  const found = minutes(studies);
  const [first] = studies.seeds("mnist-minute", null);
  if (found.length === 0) return `\`pipelines/mnist-minute.yaml\`: ${notYet}.`;
  const scores = studies.seeds("mnist-minute", null).flatMap(({ stages: { score } }) => (score ? [score] : []));
  const rows = found.map(({ seed, seconds }, index) => [
    seed,
    accuracyText(scores[index]!),
    seconds === undefined ? "not timed" : `${decimals(seconds, 1)} s`,
  ]);
  const [, mid, mean, sd, range] = summary(
    found.map(({ accuracy }) => accuracy),
    percent,
  );
  const times = found.flatMap(({ seconds }) => seconds ?? []);
  return [
    `\`pipelines/mnist-minute.yaml\`: wall time from the command to the accuracy, store and start included. ${computedText(first!)}`,
    markdownTable(["seed", "test accuracy (95 % interval)", "wall time"], rows),
    `Median of ${found.length} seeds: **${mid}**, mean ${mean}, sd ${sd}, ${range}` +
      `${times.length > 0 ? `; ${decimals(median(times), 1)} s in the median, ${decimals(Math.max(...times), 1)} s at most` : ""}.`,
  ].join("\n\n");
}
