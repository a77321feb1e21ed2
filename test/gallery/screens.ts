/** Every screen, as text: the live one in moments of runs, and what commands say, at 80 and at 40 columns. */
import { join } from "node:path";
import { sampleFigure } from "../../scripts/figure-pictures.js";
import { samples } from "../../scripts/figure-samples.js";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import type { Figure } from "../../src/figure/figure.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readDocument, readText } from "../../src/pipeline/read.js";
import type { RunEvent } from "../../src/run/event.js";
import { evaluate } from "../../src/stages/evaluate.js";
import { augmentation } from "../../src/stages/figures/augmentation.js";
import { figureNamed } from "../../src/stages/figures.js";
import { kinds } from "../../src/stages/kinds.js";
import { layout } from "../../src/terminal/layout.js";
import { advance, initialView } from "../../src/terminal/view.js";
import { renderDag } from "../../src/text/dag.js";
import { renderFindings } from "../../src/text/doctor.js";
import { testSetLedger } from "../../src/text/ledger.js";
import { lineText } from "../../src/text/line.js";
import { plainReporter } from "../../src/text/plain.js";
import { renderPlan } from "../../src/text/plan.js";
import { previewText } from "../../src/text/preview.js";
import { renderRuns } from "../../src/text/runs.js";
import { SearchIndex } from "../../src/text/search-index.js";
import { renderShown, renderShownList } from "../../src/text/show.js";
import type { Shown } from "../../src/text/shown.js";
import { renderSummary, type Summary } from "../../src/text/summary.js";
import { digestText } from "../../src/util/digest.js";
import { distinct, type NetworkTable, networksPreview } from "../../src/values/network.js";
import { outputOf } from "../../src/values/output.js";
import { searchPreview } from "../../src/values/search-preview.js";
import { ended, foldRun, longRun, mnistRun, runEnded, type Timed } from "../terminal/fixtures/events.js";
import { halvedData, halvedRun, proposedRun, studyRun } from "../terminal/fixtures/searches.js";

export const acceptedScreens = join(import.meta.dirname, "screens");

export interface Screen {
  readonly name: string;
  readonly text: () => string;
}
type Event<K extends RunEvent["event"]> = Extract<RunEvent, { event: K }>;

const widths = [80, 40] as const;
const rows = 24;
const wide = (name: string, draw: (options: { color: boolean; columns: number; rows: number }) => string): Screen[] =>
  widths.map((columns) => ({ name: `${name}-${columns}`, text: () => draw({ color: false, columns, rows }) }));

/** The live screen at a moment of a run. */
function live(name: string, events: readonly Timed[], nowMs: number): Screen[] {
  const told = events.filter(({ atMs }) => atMs <= nowMs);
  const view = told.reduce((before, { atMs, event }) => advance(before, event, atMs), initialView());
  return wide(`live-${name}`, ({ columns }) =>
    layout(view, { columns, rows, nowMs })
      .map((line) => `${lineText(line).trimEnd()}\n`)
      .join(""),
  );
}
const interrupted: readonly Timed[] = [{ atMs: 34_000, event: { event: "interrupt", signal: "SIGINT" } }];

const planOf = (events: readonly Timed[]): Event<"plan"> =>
  events.map(({ event }) => event).find((event): event is Event<"plan"> => event.event === "plan")!;
const stepsOf = (events: readonly Timed[]): readonly Event<"step">[] =>
  events.flatMap(({ event }) => (event.event === "step" ? [event] : []));
const plan = (name: string, events: readonly Timed[]): Screen[] => {
  const { steps, searches } = planOf(events);
  return wide(`plan-${name}`, (options) => renderPlan(steps, options, searches));
};
const summary = (name: string, what: Partial<Summary>): Screen[] =>
  wide(`summary-${name}`, (options) =>
    renderSummary(
      { steps: [], figures: [], broken: [], again: "hw1 run p.yaml", run: runEnded() as Event<"run">, ...what },
      options,
    ),
  );
const lines = (name: string, events: readonly Timed[]): Screen => ({
  name: `lines-${name}`,
  text: () => {
    const tell = plainReporter(() => 0);
    return events
      .flatMap(({ event }) => tell(event) ?? [])
      .map((line) => `${line}\n`)
      .join("");
  },
});

const failedSteps = [
  ended("cnn", { element: "1" }),
  ended("cnn", { element: "2", status: "failed", error: "p.yaml:7:3  the loss is no longer a number" }),
  ended("score", { status: "skipped", reason: "cnn failed" }),
] as readonly Event<"step">[];
const failedRun = runEnded({ status: "failed", ran: 1, reused: 0, failed: 1, elapsedMs: 2000 }) as Event<"run">;

const score: Shown = {
  stage: "score",
  kind: "evaluate",
  digest: `sha256:${"0123456789abcdef".repeat(4)}`,
  metrics: {
    accuracy: 0.9,
    loss: 0.25,
    correct: 9,
    count: 10,
    perClass: [
      { class: "no", precision: 1, recall: 0.8, f1: 0.8889, support: 5 },
      { class: "yes", precision: 0.8333, recall: 1, f1: 0.9091, support: 5 },
    ],
    confusion: [
      [4, 1],
      [0, 5],
    ],
  },
  figures: [],
  lineage: [
    { option: "model", stage: "cnn", output: "model", digest: `sha256:${"ab".repeat(32)}` },
    { option: "data", stage: "digits", output: "test", digest: null },
  ],
  outputs: [],
  finishedAt: "2026-01-31T09:05:07.000Z",
  elapsedMs: 1900,
  missing: null,
};
const folds: Shown = {
  ...score,
  metrics: { accuracy: { mean: 0.91, sd: 0.012, se: 0.007, count: 3 } },
  each: [{ stage: "folds", of: "folds", count: 3 }],
  elements: ["1", "2", "3"].map((element, index) => ({
    ...{ element, digest: null, figures: [], outputs: [], finishedAt: null, elapsedMs: null },
    metrics: { accuracy: 0.9 + index / 100, loss: 0.25 },
  })),
};
const missing: Shown = {
  ...score,
  stage: "report",
  kind: "visualize",
  digest: null,
  metrics: null,
  missing: "never run",
};
/** What `check --verbose` says of the networks of a stage and a search, and `show` of a search. */
const plain = { activation: "linear", initializer: "pytorch" };
const networkWith = (units: number): NetworkTable =>
  kinds.train!.network!(
    {
      layers: [
        { conv: { kernels: 16, size: 3, padding: "same", stride: 1, ...plain } },
        "batch_norm",
        { max_pool: 2 },
        "flatten",
        { dense: { units, ...plain } },
      ],
      optimizer: { adam: {} },
      batch_size: 64,
    } as never,
    [28, 28, 1],
  )!;
const networks = wide("check-networks", (options) => {
  const trainers = [
    { stage: "cnn", key: null, network: networkWith(10) },
    { stage: "tried", key: "10", network: networkWith(10) },
    { stage: "tried", key: "100", network: networkWith(100) },
  ];
  return `${previewText(networksPreview(distinct(trainers), "trial"), options).join("\n")}\n`;
});
/** A model, with its network and how fast its training was. */
const model: Shown = {
  ...missing,
  stage: "cnn",
  kind: "train",
  digest: `sha256:${"ab".repeat(32)}`,
  missing: null,
  metrics: null,
  network: networkWith(10),
  speed: { stepRate: 40.2e9, productRate: 98.4e9, threads: 1 },
};
const diverged: Shown = {
  ...missing,
  stage: "cnn",
  kind: "train",
  checkpoint: {
    epoch: 2,
    learningRate: 1,
    train: { loss: 0.3128, accuracy: 0.91 },
    validation: { loss: 0.3375, accuracy: 0.9043 },
    failure: {
      title: "the loss is no longer a number",
      message:
        "In epoch 3, step 12, the output of `dense_2` is infinite, and the loss became NaN (last losses: 0.2914, NaN).\n" +
        "The learning rate was 1: try a tenth of it. If that does not help, look at the data: very large or missing " +
        "values do the same.",
    },
    isPrefix: true,
  },
};
const show = (name: string, shown: Shown): Screen[] =>
  wide(`show-${name}`, (options) => renderShown(shown, evaluate, [], options));

/** What `show` says of a figure, beside what it says of every stage. */
const sketched = (name: string, { sketch }: Pick<Figure, "sketch">): Screen[] =>
  wide(`show-${name}`, (options) =>
    previewText(
      sketch.map((each) => ({ type: "sketch", sketch: each })),
      options,
    )
      .map((line) => `${line}\n`)
      .join(""),
  );
const sheet = await augmentation(
  outputOf(samples.augmented, "dataset"),
  { example: 1, draws: 18, strengths: 5 },
  { seed: 7, folds: [] },
);
const judging = ["examples", "roc", "precision_recall", "reliability", "mistakes"];
const inspecting = ["activation_profile", "kernels", "feature_maps", "receptive_fields"];
const sampled = (names: readonly string[]): Promise<readonly Figure[]> =>
  Promise.all(names.map((name) => sampleFigure(figureNamed(name))));
const [figuresOfClasses, figuresOfInspections] = [await sampled(judging), await sampled(inspecting)];

const startedAt = new Date(2026, 0, 31, 9, 5, 7).getTime();
const openedOnce = testSetLedger(
  digestText("set"),
  (["opening", "look"] as const).map((what) => ({
    ...{ what, fingerprint: digestText("score"), run: 10, pipeline: "mnist-cnn", stage: "score", element: null },
    ...{ at: startedAt, sources: [], examples: digestText("set"), data: digestText("set"), model: digestText("cnn") },
  })),
  () => [],
);
const past = { pipeline: "mnist-cnn", file: "p.yaml", startedAt, ran: 6, reused: 2, failed: 0 };

/** What `check` says of a file: a mistake with a note, one with a near name, a warning that can be allowed. */
const broken = `stages:
  digits: {kind: load, source: mnist, scle: true}
  parts: {kind: split, data: digits.train, validation: 100}
  mlp:
    kind: train
    data: parts.train
    layers: [flatten, {dense: {units: 9}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 3
  score: {kind: evaluate, model: mpl, data: digits.test}
`;
function mistakes(): string {
  const document = readText("p.yaml", broken);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  return renderDiagnostics(diagnostics);
}
function dag(format: "text" | "mermaid" | "dot"): string {
  const document = readDocument(join(import.meta.dirname, "..", "..", "pipelines", "mnist-cnn.yaml"));
  if (!document.ok) throw new Error("the pipeline cannot be read");
  const checked = checkPipeline(document.value, kinds);
  if (!checked.ok) throw new Error("the pipeline has mistakes");
  return renderDag(checked.value, format);
}

export const screens: readonly Screen[] = [
  ...live("mnist", mnistRun(), 34_000),
  ...live("mnist-interrupted", [...mnistRun().filter(({ atMs }) => atMs < 34_000), ...interrupted], 34_500),
  ...live("folds", foldRun(), 30_000),
  ...live("long", longRun(), 30_000),
  ...live("search", studyRun(), 35_000),
  ...live("nested-search", studyRun(), 217_500),
  ...live("halving", halvedRun(), 7_600),
  ...live("tpe", proposedRun(), 3_700),
  ...plan("mnist", mnistRun()),
  ...plan("halving", halvedRun()),
  ...plan("tpe", proposedRun()),
  ...plan("study", studyRun()),
  ...summary("mnist", { steps: stepsOf(mnistRun()), figures: ["/cache/figures/mnist-cnn/curves.svg"] }),
  ...summary("study", { steps: stepsOf(studyRun()), index: new SearchIndex(planOf(studyRun())) }),
  ...summary("halving", { steps: stepsOf(halvedRun()), index: new SearchIndex(planOf(halvedRun())) }),
  ...summary("tpe", { steps: stepsOf(proposedRun()), index: new SearchIndex(planOf(proposedRun())) }),
  ...summary("failed", { steps: failedSteps, run: failedRun }),
  ...summary("expectation", {
    steps: stepsOf(mnistRun()),
    broken: ["score: accuracy is 0.97, expected >= 0.99"],
  }),
  lines("mnist", mnistRun({ epochs: 2 })),
  lines(
    "study",
    studyRun().filter(({ atMs }) => atMs < 65_000),
  ),
  lines("halving", halvedRun()),
  lines("tpe", proposedRun()),
  ...show("score", score),
  ...show("folds", folds),
  ...show("missing", missing),
  ...show("diverged", diverged),
  ...wide("show-model", (options) => {
    const outputs = { model: { ...samples.model, digest: digestText("model") } };
    return renderShown(model, kinds.train!, [{ digest: digestText("cnn"), outputs }], options);
  }),
  ...networks,
  ...wide("show-halving", (options) => {
    const shown = searchPreview({ type: "search", data: halvedData(), blobs: {} });
    return previewText(shown, options)
      .map((line) => `${line}\n`)
      .join("");
  }),
  ...sketched("augmentation", sheet),
  ...judging.flatMap((name, at) => sketched(name.replace("_", "-"), figuresOfClasses[at]!)),
  ...inspecting.flatMap((name, at) => sketched(name.replace("_", "-"), figuresOfInspections[at]!)),
  ...wide("show-all", (options) => renderShownList([score, folds, missing], options)),
  {
    name: "runs",
    text: () =>
      renderRuns(
        [
          {
            ...{ ...past, id: 12, status: "ok", finishedAt: startedAt + 84_000 },
            ledger: [{ opened: 0, looks: 1, testSet: openedOnce }],
          },
          {
            ...{ ...past, id: 10, status: "ok", finishedAt: startedAt + 84_000 },
            ledger: [{ opened: 1, looks: 0, testSet: openedOnce }],
          },
          { ...past, id: 9, status: "lost", finishedAt: null, ran: 1, ledger: [] },
        ],
        { color: false },
      ),
  },
  ...wide("doctor", (options) =>
    renderFindings(
      [
        { name: "Node", mark: "ok", found: "22.1.0" },
        {
          name: "cache",
          mark: "warning",
          found: "/home/a/cache: 3.0 GiB; 812 MiB free on its disk",
          remedy: "Free some space there, or name another folder with --cache DIR or HW1_CACHE.",
        },
        { name: "onnx", mark: "problem", found: "it is damaged", names: ["Acos", "Acosh", "All", "Any", "Asin"] },
        { name: "tensorflow", mark: "note", found: "not installed" },
      ],
      options,
    ),
  ),
  { name: "check-mistakes", text: mistakes },
  ...(["text", "mermaid", "dot"] as const).map((format) => ({ name: `dag-${format}`, text: () => dag(format) })),
];
