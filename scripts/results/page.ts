/** docs/results.md: every row of the report beside ours, each study, and what agrees. A pure function of the numbers. */
import { existsSync } from "node:fs";
import { median } from "../../src/util/statistics.js";
import { type Ours, oursOf, rowIds } from "./agreement.js";
import type { Extract } from "./extract.js";
import { studyFigures, studyPath } from "./figures.js";
import { classSection, confusionSection, finalModels, insideSection, modelsSection } from "./models.js";
import {
  bestSection,
  bestSeeds,
  minuteSection,
  minutes,
  plainSection,
  recordSection,
  searchSection,
  seedsOf,
} from "./ours.js";
import { bestRegressionSection, errorsOver, nestedSection, regressionSection } from "./regression.js";
import type { Report, ReportRow } from "./report.js";
import { accuracyText, decimals, duration, markdownTable, notYet, percent, Studies, trainingSeconds } from "./words.js";

/** @param pictures  names of the study's figures that are there */
export function resultsPage(extracts: ReadonlyMap<string, Extract>, report: Report, pictures = thereNow()): string {
  const studies = new Studies(extracts);
  const rows = report.rows.map((row) => ({ row, ours: oursOf(studies, report, row) }));
  const unknown = rowIds.filter((id) => !report.rows.some((row) => row.id === id));
  if (unknown.length > 0) throw new Error(`The report has no rows ${unknown.join(", ")}.`);
  const sections: readonly (readonly [string, ...string[]])[] = [
    ["Aims", aimsTable(studies)],
    ["The report, row by row", rowsTable(rows)],
    ["What agrees, and what does not", agreementText(rows)],
    ["Regression", regressionSection(studies), picture("regression-funnel", pictures)],
    ["Nested cross-validation", nestedSection(studies)],
    ["Regression, our way", bestRegressionSection(studies)],
    ["MNIST: the search", searchSection(studies), picture("search-dense", pictures), picture("search-conv", pictures)],
    ["The three models", modelsSection(studies), picture("comparison", pictures), picture("m3-curves", pictures)],
    ["Confusion matrix of M3", confusionSection(studies, report), picture("m3-confusion", pictures)],
    ["Classification report of M3", classSection(studies, report)],
    [
      "Inside M1 and M3",
      insideSection(studies),
      ...["m1-weights", "m3-weights", "m3-kernels", "m3-maps", "m3-preferred"].map((name) => picture(name, pictures)),
    ],
    ["A small network of ours", bestSection(studies)],
    ["Dense layers alone, and images as they are", plainSection(studies)],
    ["An ensemble", recordSection(studies)],
    ["One minute", minuteSection(studies)],
    ["Slips of the report", slips(report)],
  ];
  const body = sections.map(([title, ...parts]) =>
    [`## ${title}`, ...parts.filter((part) => part !== "")].join("\n\n"),
  );
  return `${[opening, ...body].join("\n\n")}\n`;
}

const opening = `# Results

<!-- Written by scripts/write-results.ts from docs/results/*.json. Do not edit. -->

The student's report beside the same studies by hw1: \`pipelines/\` holds a file for each, and every number here is of what \`hw1 show --json\` said of it
([how](../CONTRIBUTING.md)). All was chosen on validation data alone; the test sets were opened by the last stages. Intervals are of 95 %: Wilson's for
accuracies, bootstrap for losses; [how-sure.md](how-sure.md) says what they mean. Intervals and times are of the seeds and machines named,
and a time is what a step took beside whatever else the machine did. A row whose study
has not been run is *${notYet}*.`;

function aimsTable(studies: Studies): string {
  const final = finalModels.map((name) => studies.stage("mnist-final", `${name}_score`));
  const best = bestSeeds(studies);
  const dense = seedsOf(studies, "mnist-dense");
  const cnn = studies.stage("mnist-cnn", "score");
  const record = studies.stage("mnist-record", "score");
  const minute = minutes(studies).map(({ accuracy }) => accuracy);
  const errors = errorsOver(studies, "score").errors;
  const said = (value: number | undefined, say: (value: number) => string = percent): string =>
    value === undefined ? notYet : say(value);
  return markdownTable(
    ["", "the report", "aim", "here"],
    [
      ...finalModels.map((name, at) => [
        name.toUpperCase(),
        ["99.06 %", "99.20 %", "99.62 %"][at]!,
        ["≥ 98.8 %", "≥ 99.2 %", "≥ 99.5 %"][at]!,
        final[at] ? accuracyText(final[at]) : notYet,
      ]),
      [
        "a dense network of ours, `mnist-dense`, mean of its seeds",
        "–",
        "≥ 99.2 %",
        dense ? `${percent(dense.mean, 3)} (${dense.accuracies.length} seeds)` : notYet,
      ],
      ["a CNN of ours without augmentation, `mnist-cnn`", "–", "≥ 99.4 %", cnn ? accuracyText(cnn) : notYet],
      [
        "`mnist-best`, mean of 5 seeds",
        "99.62 %",
        "≥ 99.65 %, in less time than M3",
        best ? `${percent(best.mean, 3)}${timeBeside(studies)}` : notYet,
      ],
      ["`mnist-record`", "–", "≥ 99.75 %", record ? accuracyText(record) : notYet],
      [
        "`mnist-minute`, median of 5 seeds",
        "–",
        "≥ 99.3 %",
        minute.length > 0 ? `${said(median(minute))} (${minute.length} seeds)` : notYet,
      ],
      [
        "`regression-best`, median test MSE of 10 seeds",
        "0.045",
        "≤ 0.045",
        errors.length > 0 ? `${said(median(errors), (value) => decimals(value, 4))} (${errors.length} seeds)` : notYet,
      ],
    ],
  );
}

/** One training of ours beside that of M3, where both are known. */
function timeBeside(studies: Studies): string {
  const m3 = studies.stage("mnist-final", "m3");
  const ours = Object.values(studies.stage("mnist-best", "final")?.elements ?? {}).flatMap(
    (part) => trainingSeconds(part) ?? [],
  );
  const theirs = m3?.seconds === undefined ? undefined : trainingSeconds({ ...m3, seconds: m3.seconds });
  if (ours.length === 0) return "";
  return `; a training in ${duration(median(ours))}${theirs === undefined ? "" : ` (M3: ${duration(theirs)})`}`;
}

interface Judged {
  readonly row: ReportRow;
  readonly ours: Ours;
}
const rowsTable = (rows: readonly Judged[]): string =>
  markdownTable(
    ["", "what", "the report", "here", "agrees"],
    rows.map(({ row, ours }) => [row.id, row.what, row.says, ours.text, ours.agrees]),
  );

/** Sentences from the verdicts; what was not measured is counted, and judged by nobody. */
function agreementText(rows: readonly Judged[]): string {
  const of = (...verdicts: readonly string[]): readonly Judged[] =>
    rows.filter(({ ours }) => verdicts.includes(ours.agrees));
  const measured = rows.filter(({ ours }) => ours.text !== notYet);
  const list = (some: readonly Judged[]): string =>
    some
      .map(({ row, ours }) => `- **${row.what}** (${row.id}). The report: ${row.says}. Here: ${ours.text}.`)
      .join("\n");
  const parts = [
    [of("yes"), "agree"],
    [of("in part"), "agree in part"],
    [of("not told apart"), "cannot be told apart by a test at 5 %"],
    [of("no"), "do not agree"],
  ] as const;
  return [
    `Of ${rows.length} rows ${measured.length} are measured. A number of the report agrees where it lies in our 95 % interval; its own spread is not known, ` +
      "for it gives one training each. A remark agrees where the test named in its row says so.",
    ...parts.flatMap(([some, words]) => (some.length === 0 ? [] : [`These ${words}:`, list(some)])),
  ].join("\n\n");
}

const slips = ({ confusion }: Report): string => {
  const correct = confusion.reduce((sum, row, at) => sum + row[at]!, 0);
  return [
    `- The text says 99.62 % of M3; its confusion matrix has ${correct} of 10,000 correct, which is ${percent(correct / 10_000)}. Here all numbers of a model come from one evaluation.`,
    "- References to figures are off by one in places. Here figures have names.",
    "- “Softmax” among the hidden activations is most likely softplus, which the text describes; softplus is what runs here.",
    "- Not given: epochs of stages 1 to 3 and widths of stage 2 of the regression; activation, batch size and epochs of M2; padding and strength of augmentation of M3; batch sizes, budgets of the searches, initialisation, seeds. What stands in their place is our choice, by validation data, and said in the files.",
    "- No accuracy has a spread. Here each has an interval, and where it matters several seeds.",
  ].join("\n");
};

const thereNow = (): ReadonlySet<string> =>
  new Set(studyFigures.flatMap(({ name }) => (existsSync(studyPath(name)) ? [name] : [])));

function picture(name: string, there: ReadonlySet<string>): string {
  const figure = studyFigures.find((each) => each.name === name)!;
  return there.has(name) ? `![${figure.alt}](figures/study-${name}.svg)` : "";
}
