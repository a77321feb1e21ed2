/** The three final models: settings, accuracy, differences, confusion matrix, classification report, what is inside. */
import { layerTexts } from "../../src/stages/model-settings.js";
import type { Json, JsonObject } from "../../src/util/json.js";
import { fixedToEven, pText } from "../../src/util/numbers.js";
import { settingText } from "../../src/util/words.js";
import type { StageExtract } from "./extract.js";
import type { Report } from "./report.js";
import {
  accuracyText,
  computedText,
  count,
  details,
  markdownTable,
  notYet,
  numberOr,
  percent,
  type Studies,
  trainingTime,
} from "./words.js";

export const finalModels = ["m1", "m2", "m3"] as const;
const labels = { m1: "M1, dense", m2: "M2, CNN", m3: "M3, CNN with augmentation" };
const reported = { m1: "99.06 %", m2: "99.20 %", m3: "99.62 %" };

const stageOf = (studies: Studies, name: string): StageExtract | undefined => studies.stage("mnist-final", name);

export function modelsSection(studies: Studies): string {
  const entry = studies.full("mnist-final");
  if (!entry) return `\`pipelines/mnist-final.yaml\`: ${notYet}.`;
  const comparison = entry.stages.comparison;
  return [
    "`pipelines/mnist-final.yaml`: trained on all 60,000 training images (training and validation together, so there is no validation accuracy), " +
      `and shown the 10,000 test images once each. ${computedText(entry)} ${openingsText(entry.stages.m3_score)}`,
    markdownTable(
      [
        "",
        "settings",
        "parameters",
        "epochs",
        "training accuracy",
        "test accuracy (95 % interval)",
        "the report",
        "training time",
        "ended",
      ],
      finalModels.map((name) => modelRow(studies, name)),
    ),
    differencesText(comparison),
  ].join("\n\n");
}

function openingsText(score: StageExtract | undefined): string {
  const { opened, models, afterSelection } = score?.openings ?? {};
  if (opened === undefined) return "";
  return `The ledger has ${opened} openings of the test set for ${models} models${afterSelection ? ", nothing having been decided after the first" : ""}.`;
}

function modelRow(studies: Studies, name: (typeof finalModels)[number]): readonly string[] {
  const [trained, score] = [stageOf(studies, name), stageOf(studies, `${name}_score`)];
  if (!trained || !score) return [labels[name], notYet, "", "", "", notYet, reported[name], "", ""];
  const { epochs, train } = (trained.metrics ?? {}) as {
    readonly epochs?: number;
    readonly train?: { readonly accuracy?: number };
  };
  return [
    labels[name],
    settingsOf(studies, name).join("; "),
    trained.parameters === undefined ? "–" : count(trained.parameters),
    String(epochs),
    train?.accuracy === undefined ? "–" : percent(train.accuracy),
    accuracyText(score),
    reported[name],
    trained.seconds === undefined ? "–" : trainingTime({ ...trained, seconds: trained.seconds }),
    trained.finishedAt!.slice(0, 16).replace("T", " "),
  ];
}

/** Layers, optimiser and augmentation in words; padding is told where the three differ in it. */
function settingsOf(studies: Studies, name: (typeof finalModels)[number]): readonly string[] {
  const all = finalModels.map((each) => stageOf(studies, each)?.settings?.layers as readonly Json[] | undefined);
  const layers = layerTexts(all.map((each) => each ?? []))[finalModels.indexOf(name)];
  const { optimizer, batch_size: batch } = stageOf(studies, name)?.settings ?? {};
  const [rule, { learning_rate: rate }] = Object.entries(optimizer as JsonObject)[0] as [string, JsonObject];
  // With its strengths where the comparison tells them.
  const told = stageOf(studies, "comparison")?.tables?.find(({ title }) => title === "augment")?.lines?.[2];
  const recipe =
    name === "m3" ? (told?.slice(told.indexOf(": ") + 2) ?? stageOf(studies, "warped")?.recipe) : undefined;
  return [layers!, `${rule} ${ratesText(rate!)}`, ...(recipe ? [recipe] : []), `batches of ${batch}`];
}
const ratesText = (rate: Json): string => (typeof rate === "number" ? String(rate) : `(${settingText(rate)})`);

export interface Difference {
  /** First − second, in points of a per cent. */
  readonly points: number;
  readonly p: number;
  readonly pText: string;
}
/** Of two of the three models, by their places, from the paired tests. */
export function differenceOf(
  comparison: StageExtract | undefined,
  first: number,
  second: number,
): Difference | undefined {
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 2],
  ];
  const at = pairs.findIndex(([a, b]) => a === first && b === second);
  const row = comparison?.tables?.find(({ title }) => title?.startsWith("differences"))?.rows?.[at];
  if (!row) return undefined;
  const [, pText, points] = row as readonly [string, string, string];
  return { points: Number(points.replace("−", "-")), p: Number(pText.replace("< ", "")), pText };
}

function differencesText(comparison: StageExtract | undefined): string {
  const lines =
    comparison?.tables?.filter(({ lines: each, title }) => each && !title).flatMap(({ lines: each }) => each!) ?? [];
  if (lines.length === 0) return "";
  return `Paired tests on the same 10,000 images (McNemar, p after Holm):\n\n${lines.map((line) => `- ${line}`).join("\n")}`;
}

export type Matrix = readonly (readonly number[])[];
export const matrixOf = (stage: StageExtract | undefined): Matrix | undefined =>
  stage?.metrics?.confusion as Matrix | undefined;
export const onDiagonal = (matrix: Matrix): number => matrix.reduce((sum, row, at) => sum + row[at]!, 0);

export function confusionSection(studies: Studies, report: Report): string {
  const ours = matrixOf(stageOf(studies, "m3_score"));
  const classes = report.confusion.map((_, at) => String(at));
  const body = report.confusion.map((row, at) => [
    `**${at}**`,
    ...row.map((theirs, to) => (ours ? `${ours[at]![to]} · ${theirs}` : `– · ${theirs}`)),
  ]);
  const said = ours ? `${count(onDiagonal(ours))} on the diagonal here` : `here: ${notYet}`;
  return [
    `Rows are true classes, columns predicted ones; each cell is here · in the report. ${said}, ${count(onDiagonal(report.confusion))} in the report's matrix.`,
    markdownTable(["true \\ predicted", ...classes], body),
  ].join("\n\n");
}

type ClassScores = {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly support: number;
};
const which = ["precision", "recall", "f1"] as const;
export interface ReportCell {
  readonly row: string;
  readonly name: (typeof which)[number];
  readonly theirs: string;
  /** In two decimals; undefined where nothing was measured. */
  readonly ours: string | undefined;
}
/** All numbers of the report's classification report that are shares, beside ours. */
export function reportCells(studies: Studies, report: Report): readonly ReportCell[] {
  const metrics = stageOf(studies, "m3_score")?.metrics;
  const perClass = metrics?.perClass as readonly (ClassScores & { readonly class: string })[] | undefined;
  const say = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : fixedToEven(value, 2);
  const classes = Object.entries(report.classes).flatMap(([row, theirs]) => {
    const scores = perClass?.find((each) => each.class === row);
    return which.map((name) => ({ row, name, theirs: theirs[name], ours: say(scores?.[name]) }));
  });
  const overall = (["macro", "weighted"] as const).flatMap((kind) => {
    const scores = metrics?.[kind] as JsonObject | undefined;
    return which.map((name) => ({
      row: `${kind} avg`,
      name,
      theirs: report.overall[kind][name]!,
      ours: say(scores?.[name] as number | undefined),
    }));
  });
  const accuracy = {
    row: "accuracy",
    name: "f1" as const,
    theirs: report.overall.accuracy.f1,
    ours: say(metrics?.accuracy as number | undefined),
  };
  return [...classes, accuracy, ...overall];
}

export function classSection(studies: Studies, report: Report): string {
  const cells = reportCells(studies, report);
  const rows = [...new Set(cells.map(({ row }) => row))].map((row) => [
    row,
    ...which.map((name) => {
      const cell = cells.find((each) => each.row === row && each.name === name);
      return cell ? `${cell.ours ?? "–"} · ${cell.theirs}` : "";
    }),
    row in report.classes ? count(report.classes[row]!.support) : "10,000",
  ]);
  return `Each cell is here · in the report.\n\n${markdownTable(["", "precision", "recall", "f1-score", "support"], rows)}`;
}

export function insideSection(studies: Studies): string {
  const inside = [
    ["M1", stageOf(studies, "m1_inside")],
    ["M3", stageOf(studies, "m3_inside")],
  ] as const;
  const rows = inside.flatMap(([model, stage]) =>
    Object.entries(stage?.weights ?? {}).map(([layer, { mean, sd, excessKurtosis, nearZero, isBell, peak }]) => [
      `${model} \`${layer}\``,
      numberOr(mean as number),
      numberOr(sd as number),
      numberOr(excessKurtosis as number),
      percent(nearZero as number, 1),
      isBell === true ? "bell-shaped around 0" : peakText(peak as string | null),
    ]),
  );
  const kernels = inside.flatMap(([model, stage]) =>
    Object.entries(stage?.filters ?? {}).map(([layer, { count: all, edges, chance, threshold, p }]) => [
      `${model} \`${layer}\``,
      count(all as number),
      `${count(edges as number)} (${percent((edges as number) / (all as number), 1)})`,
      percent(chance as number, 0),
      numberOr(threshold as number),
      pText(p as number),
    ]),
  );
  if (rows.length === 0) return `Weights and kernels: ${notYet}.`;
  return [
    markdownTable(["weights", "mean", "sd", "excess kurtosis", "near 0", "shape"], rows),
    ...(kernels.length > 0
      ? [
          "Kernels that resemble an edge filter (a Sobel filter or a derivative of a Gaussian, in any direction) more than chance kernels do:",
          details(
            "Kernels and filters",
            markdownTable(["kernels", "all", "alike", "by chance", "correlation from", "p"], kernels),
          ),
        ]
      : []),
  ].join("\n\n");
}
const peakText = (peak: string | null): string => {
  if (peak === null) return "neither a bell nor without a peak";
  return peak === "none" ? "no peak at 0" : `no bell, a peak ${peak}`;
};
