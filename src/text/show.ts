/** What a stage left, drawn in the terminal: metrics, tensors, digits, matrices, curves, figures, lineage. */

import type { KindWords } from "../pipeline/kind-words.js";
import { allowedText } from "../pipeline/pipeline.js";
import type { ArtifactInfo } from "../store/store.js";
import { escaped } from "../util/escape.js";
import type { JsonObject } from "../util/json.js";
import type { LevelGroup } from "../util/levels.js";
import { formatDuration, formatNumber } from "../util/numbers.js";
import { table } from "../util/table.js";
import { folded } from "../util/width.js";
import { listed } from "../util/words.js";
import { nounOf, overText, repeatsOf, severalOf } from "../values/axes.js";
import { logPreview } from "../values/failure-log.js";
import { failurePreview } from "../values/failure-preview.js";
import { checkpointPreview, divergedPreview, leftBehindInBrief } from "../values/left-behind.js";
import { type NetworkTable, networksPreview } from "../values/network.js";
import type { Output, Outputs } from "../values/output.js";
import type { Preview } from "../values/preview.js";
import { speedText } from "../values/speed.js";
import { type Paint, painter } from "./color.js";
import { intervalCaveat, metricLines } from "./intervals.js";
import { ledgerText } from "./ledger.js";
import { flatMetrics, spreadLine, undefinedText } from "./metrics.js";
import { previewText } from "./preview.js";
import type { ElementInfo, Shown, TensorInfo } from "./shown.js";

interface Options {
  readonly color: boolean;
  readonly columns: number;
}

export function renderShownList(list: readonly Shown[], { color }: Options): string {
  const paint = painter(color);
  const marks = list.map(({ digest }) => (digest === null ? paint("yellow", "·") : paint("green", "✓")));
  const lines = table(
    list.map((shown) => [shown.stage, shown.kind, shown.missing ?? summaryOf(shown)].map(escaped)),
    { paint: (cell, column) => (column === 0 ? paint("bold", cell) : cell) },
  );
  const told = ledgersOf(list);
  const marked = lines.map((line, row) => `${marks[row]} ${line}`);
  return `${[...marked, ...(told.length > 0 ? ["", ...told] : [])].join("\n")}\n`;
}

/** Of each test set of the study a sentence; of several each with the stages that judge by it. */
function ledgersOf(list: readonly Shown[]): readonly string[] {
  const sets = new Map(list.flatMap(({ ledger = [] }) => ledger.map((set) => [set.examples, set])));
  return [...sets.values()].map((set) => {
    const stages = list.filter(({ ledger }) => ledger?.some(({ examples }) => examples === set.examples));
    return sets.size === 1
      ? ledgerText(set)
      : `${escaped(listed(stages.map(({ stage }) => stage)))}: ${ledgerText(set)}`;
  });
}

function summaryOf(shown: Shown): string {
  if (shown.metrics) {
    const flat = flatMetrics(metricsIn(shown), measuredOf(shown)).slice(0, 4);
    const elements = shown.each ? `${overText(shown.each)}: ` : "";
    return elements + flat.map(([name, value]) => `${name} ${value}`).join(", ");
  }
  const files = [...shown.figures, ...(shown.models ?? [])];
  if (files.length > 0) return files.map(({ path }) => path).join(", ");
  return shown.outputs
    .map((output) => `${output.name}${typeof output.data.count === "number" ? ` ${output.data.count}` : ""}`)
    .join(", ");
}

/** Of nested axes: over the outermost one of several elements, each number of which is a mean over those within. */
const outermost = ({ levels = [] }: Shown): LevelGroup | undefined => severalOf(levels)[0]?.elements[0];
const metricsIn = (shown: Shown): JsonObject => outermost(shown)?.metrics ?? shown.metrics ?? {};
/** Elements that have metrics, of which a metric may be defined in fewer. */
const measuredOf = (shown: Shown): number =>
  outermost(shown)?.measured ?? shown.elements?.filter(({ metrics }) => metrics !== null).length ?? 0;

/**
 * @param kind  what its kind says of what the stage left
 * @param artifacts  of its elements, in order; undefined where there is none
 */
export function renderShown(
  shown: Shown,
  kind: KindWords,
  artifacts: readonly (ArtifactInfo | undefined)[],
  options: Options,
): string {
  const paint = painter(options.color);
  const lines = [`${paint("bold", shown.stage)}  ${shown.kind}`];
  const finished = shown.finishedAt ? `  ${shown.finishedAt.replace("T", " ").slice(0, 19)} UTC` : "";
  const took = shown.elapsedMs === null ? "" : `, took ${formatDuration(shown.elapsedMs)}`;
  if (shown.digest) lines.push(paint("dim", `${shown.digest}${finished}${took}`));
  if (shown.allowed) lines.push(`allowed: ${shown.allowed.join(", ")}`);
  if (shown.allowedBefore) lines.push(`allowed before it: ${allowedText(shown.allowedBefore)}`);
  for (const set of shown.ledger ?? []) lines.push(ledgerText(set));
  if (shown.fixed) lines.push(`the same for every seed: ${shown.fixed.map(stageText).join(", ")}`);
  if (shown.missing) lines.push("", escaped(shown.missing));
  const isOneElement = shown.elements?.length === 1;
  const checkpoint = isOneElement ? shown.elements![0]!.checkpoint : shown.checkpoint;
  if (checkpoint && !artifacts[0]) lines.push(...previewText(divergedPreview(checkpoint), options));
  const caveat = intervalCaveat(shown);
  if (shown.metrics)
    lines.push(
      "",
      paint("bold", metricsTitle(shown)),
      ...metricLines(metricsIn(shown), shown.intervals, measuredOf(shown), options.columns),
      ...(caveat ? ["", ...folded(caveat, options.columns - 2).map((line) => paint("dim", `  ${line}`))] : []),
      ...levelLines(shown, paint),
    );
  if (shown.elements)
    lines.push(
      "",
      paint("bold", "Elements"),
      ...tableOf(
        shown.elements.map((element, index) => [
          `  ${element.element}`,
          elementText(element, kind, artifacts[index]?.outputs),
        ]),
      ),
    );
  const example = artifacts.find((artifact) => artifact !== undefined)?.outputs ?? {};
  const times = (shown.elements?.length ?? 1) > 1 ? repeatsOf(shown.each) : 1;
  const more = shown.metrics && kind.metricsPreview?.(metricsIn(shown), example, times);
  if (more) lines.push(...previewText(more.measures, options, measuredOf(shown)));
  const isUndefined = new RegExp(`(^|\\s)${undefinedText}(\\s|$)`);
  if (shown.metrics && lines.some((line) => isUndefined.test(line)))
    lines.push(
      "",
      paint(
        "dim",
        `  ${undefinedText} is undefined: r2 of equal targets, precision without predictions, recall without ` +
          "examples, auc of one class, losses of votes or of members that learned by several",
      ),
    );
  if (more) lines.push(...previewText(more.others, options));
  // Of one element that was named all is shown; several would be too long.
  const network = isOneElement ? shown.networks?.[0] : shown.network;
  const isOne = shown.elements === undefined || shown.elements.length === 1;
  for (const [name, output] of isOne ? Object.entries(artifacts[0]?.outputs ?? {}) : [])
    lines.push(...previewText(previewOf(kind, name, output, network), options));
  const speed = isOneElement ? shown.elements![0]!.speed : shown.speed;
  if (speed) lines.push("", paint("dim", `  ${speedText(speed)}`));
  if (shown.networks && !network)
    lines.push(...previewText(networksPreview(shown.networks, shown.elements ? "element" : "trial"), options));
  const logged = shown.elements?.find((element) => element.log);
  const log = logged ? logged.log : shown.log;
  // Of one of several only the name has been told by now.
  if (log && !isOne) lines.push(...previewText(failurePreview({ ...log.failure, option: [] }), options));
  if (log) lines.push(...previewText(logPreview(log, isOne ? null : (logged?.element ?? null)), options));
  // A failure that is kept has been told by now.
  if (checkpoint) lines.push(...previewText(checkpointPreview(checkpoint), options));
  if (!shown.elements && shown.outputs.some(({ tensors }) => tensors.length > 0)) {
    lines.push("", paint("bold", "Tensors"));
    lines.push(
      ...tableOf(
        shown.outputs.flatMap((output) =>
          output.tensors.map((tensor) => tensorRow(`${output.name}.${tensor.name}`, tensor)),
        ),
      ),
    );
  }
  if (shown.figures.length > 0)
    lines.push("", paint("bold", "Figures"), ...shown.figures.map((figure) => `  ${escaped(figure.path)}`));
  if (shown.models) lines.push("", paint("bold", "Files"), ...shown.models.map(({ path }) => `  ${escaped(path)}`));
  if (shown.lineage.length > 0)
    lines.push(
      "",
      paint("bold", "Made from"),
      ...tableOf(
        shown.lineage.map((read) => [
          `  ${read.option}`,
          `${nameRead(read)}.${read.output}`,
          read.digest ? read.digest.slice(0, 19) : "no result yet",
        ]),
      ),
    );
  return `${lines.join("\n")}\n`;
}

const nameRead = ({ stage, part, element }: Shown["lineage"][number]): string =>
  `${part === undefined ? stage : `${stage}.${part}`}${element === undefined ? "" : `/${element}`}`;

function metricsTitle(shown: Shown): string {
  const [first, second] = shown.intervals ? [", 95 % interval", ", 95 % interval of the mean"] : ["", ""];
  if (!shown.each || shown.elements?.length === 1) return `Metrics${first}`;
  return `Metrics over ${overText(shown.each)}: mean ± sd (se)${second}`;
}

const stageText = ({ stage, kind }: { readonly stage: string; readonly kind: string }): string =>
  stage === kind ? stage : `${stage} (${kind})`;

/** Of nested axes: what the means are of, level by level below the outermost. */
function levelLines({ levels = [] }: Shown, paint: Paint): readonly string[] {
  const several = severalOf(levels);
  return several.slice(1).flatMap((level, at) => {
    const within = several
      .slice(0, at + 1)
      .map(({ of }) => nounOf(of))
      .join(" and ");
    return [
      "",
      paint("bold", `Within each ${within}: mean ± sd (se) over ${overText(several.slice(at + 1))}`),
      ...tableOf(
        level.elements.map(({ element, metrics, measured }) => [`  ${element}`, spreadLine(metrics, measured)]),
      ),
    ];
  });
}

function elementText({ metrics, checkpoint }: ElementInfo, kind: KindWords, outputs: Outputs | undefined): string {
  if (metrics)
    return flatMetrics(metrics)
      .slice(0, 3)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  return checkpoint ? leftBehindInBrief(checkpoint) : briefOf(kind, outputs);
}

/** A trial's failure is kept in place of what its kind leaves. */
function previewOf(kind: KindWords, name: string, output: Output, network: NetworkTable | undefined): Preview {
  return output.type === "failure" ? failurePreview(output.data) : (kind.preview?.(name, output, network) ?? []);
}
function briefOf(kind: KindWords, outputs: Outputs | undefined): string {
  const failure = Object.values(outputs ?? {}).find((output) => output.type === "failure");
  if (failure) return failure.data.title;
  if (!outputs) return "no result";
  return kind.brief?.(outputs) ?? kind.headline?.(outputs) ?? "";
}

/** Cells come from files too: class names, trials' values. */
const tableOf = (rows: readonly (readonly string[])[]): readonly string[] => table(rows.map((row) => row.map(escaped)));

const tensorRow = (name: string, { dtype, shape, statistics }: TensorInfo): readonly string[] => [
  `  ${name}`,
  `${dtype} [${shape.join(", ")}]`,
  statistics ? statisticsText(statistics) : "",
];

function statisticsText({ min, max, mean, sd, zeros, absent }: NonNullable<TensorInfo["statistics"]>): string {
  const spread = `mean ${formatNumber(mean)}, sd ${formatNumber(sd)}`;
  const without = absent === undefined ? "" : `, ${absent} without a value`;
  return `${formatNumber(min)} … ${formatNumber(max)}, ${spread}${zeros > 0 ? `, ${zeros} zeros` : ""}${without}`;
}
