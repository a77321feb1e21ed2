/** What a run came to, on one screen: each stage, where the figures lie, what failed, how to go on. */

import type { RunEvent } from "../run/event.js";
import { escaped, escapedLines } from "../util/escape.js";
import { formatDuration } from "../util/numbers.js";
import { clip, folded, pad, widthOf } from "../util/width.js";
import { plural } from "../util/words.js";
import { type Paint, painter } from "./color.js";
import { failuresOf, SearchIndex, stepLabel } from "./search-index.js";

type StepEvent = Extract<RunEvent, { event: "step" }>;
export interface Summary {
  readonly steps: readonly StepEvent[];
  /** Which of them are cells of searches. */
  readonly index?: SearchIndex;
  /** The command that goes on, `hw1 run FILE …`. */
  readonly again?: string;
  readonly run: Extract<RunEvent, { event: "run" }> | undefined;
  readonly figures: readonly string[];
  /** Files of exported models. */
  readonly models?: readonly string[];
  /** Expectations that do not hold. */
  readonly broken: readonly string[];
  /** Stages that ran over elements: over what, and mean ± sd of what they measured. */
  readonly spreads?: ReadonlyMap<string, string>;
  /**
   * Of searches, from the first cell that started to the end: cells overlap, and those of a batch take the same time.
   */
  readonly spansMs?: ReadonlyMap<string, number>;
  /** Which stages allow which warnings. */
  readonly allowed?: string | null;
}

/** Columns in which words can be set. */
const narrowest = 16;

interface Options {
  readonly color: boolean;
  readonly columns: number;
  readonly rows: number;
}

/** Stages with many elements are one line: how many ran, were reused or failed. */
export function renderSummary(
  {
    steps,
    index = new SearchIndex(),
    again = "hw1 run FILE",
    run,
    figures,
    models = [],
    broken,
    spreads,
    spansMs,
    allowed,
  }: Summary,
  options: Options,
): string {
  const paint = painter(options.color);
  const failures = failuresOf(steps, index);
  const byStage = new Map<string, StepEvent[]>();
  for (const step of steps) {
    const known = byStage.get(index.stageOf(step));
    if (known) known.push(step);
    else byStage.set(index.stageOf(step), [step]);
  }
  const stages = [...byStage].map(([stage, every]) => stageOf(stage, every, { index, spreads, spansMs }));
  const width = Math.min(24, Math.max(...stages.map(({ name }) => widthOf(name)), 0));
  const note = failedTrials(failures.trials, again);
  const kept = fitting(stages, Math.max(4, options.rows - 8 - (note ? 2 : 0))).map((stage) =>
    typeof stage === "number"
      ? paint("dim", `… ${stage} more stages`)
      : stageLine(stage, width, { paint, columns: options.columns }),
  );
  if (note) kept.push("", paint("yellow", note));
  for (const step of failures.reported)
    if (step.error) kept.push("", paint("red", `${escaped(stepLabel(step))} failed`), "", escapedLines(step.error));
  if (allowed) kept.push("", allowed);
  const laidOut = laidOutLines(figures, models);
  if (laidOut.length > 0) kept.push("", ...laidOut.map(escaped));
  for (const sentence of broken) kept.push("", paint("red", `An expectation does not hold: ${escaped(sentence)}.`));
  if (run) kept.push("", endingLine(run, broken.length > 0, paint));
  return `${kept.join("\n")}\n`;
}

/** Where figures and exported models lie: the folders of figures, a single model or the folder that holds all. */
export function laidOutLines(figures: readonly string[], models: readonly string[]): readonly string[] {
  const folders = [...new Set(figures.map(folderOf))];
  const [first] = models;
  return [
    ...(folders.length > 0 ? [`Figures (SVG and PNG): ${folders.join(", ")}`] : []),
    ...(first === undefined ? [] : [`Exported models: ${models.length === 1 ? first : commonFolder(models)}`]),
  ];
}
const folderOf = (path: string): string => path.replace(/[^/\\]*$/, "");
/** The innermost folder that holds them all. */
function commonFolder([first, ...others]: readonly string[]): string {
  let folder = folderOf(first!);
  while (others.some((path) => !path.startsWith(folder))) folder = folderOf(folder.slice(0, -1));
  return folder;
}

/** A stage's steps counted; a search goes by its collating step, unless it came to none. */
interface StageSummary {
  readonly name: string;
  readonly failed: number;
  readonly skipped: number;
  readonly ran: number;
  readonly text: string;
  /** Empty where nothing was computed. Of a search it is that of its cells, too. */
  readonly time: string;
  readonly isSearch: boolean;
  /** Where not all stages fit, what failed stays, then what searched, then what ran. */
  readonly weight: number;
}

function stageOf(
  stage: string,
  every: readonly StepEvent[],
  { index, spreads, spansMs }: Pick<Summary, "spreads" | "spansMs"> & { readonly index: SearchIndex },
): StageSummary {
  const collating = every.filter((step) => index.search(step));
  const own = collating.length > 0 ? collating : every;
  const count = (test: (step: StepEvent) => boolean): number => own.filter(test).length;
  const failed = count((step) => step.status === "failed");
  const skipped = count((step) => step.status === "skipped");
  const ran = count((step) => step.status === "ok" && step.verdict === "run");
  const reused = own.length - ran - failed - skipped;
  const counts = [
    ran > 0 ? `${ran} ran` : "",
    reused > 0 ? `${reused} reused` : "",
    failed > 0 ? `${failed} failed` : "",
    skipped > 0 ? `${skipped} skipped` : "",
    index.isSearch(stage) ? "" : (spreads?.get(stage) ?? ""),
  ];
  const searches = collating.length > 0 ? `${collating.length} searches: ` : "";
  const elapsedMs =
    spansMs?.get(stage) ?? every.reduce((sum, step) => sum + (step.verdict === "run" ? step.elapsedMs : 0), 0);
  const worked = every.some((step) => step.status === "ok" && step.verdict === "run");
  const text = own.length === 1 ? stepText(own[0]!) : searches + counts.filter(Boolean).join(", ");
  return {
    name: escaped(stage),
    failed,
    skipped,
    ran,
    text: escaped(text),
    time: worked ? formatDuration(elapsedMs) : "",
    isSearch: index.isSearch(stage),
    weight: weightOf({ failed, skipped, ran }, index.isSearch(stage)),
  };
}

function stepText({ status, verdict, headline, reason }: StepEvent): string {
  if (status === "skipped") return `skipped: ${reason}`;
  if (status === "failed") return "failed";
  if (verdict === "reuse") return headline ? `reused  ${headline}` : "reused";
  return headline || "ran";
}

type Counts = Pick<StageSummary, "failed" | "skipped" | "ran">;
function weightOf({ failed, skipped, ran }: Counts, isSearch: boolean): number {
  if (failed > 0) return 3;
  if (isSearch) return 2;
  return ran > 0 || skipped > 0 ? 1 : 0;
}

/** At most `most` stages in their order, and how many are left out. */
function fitting(stages: readonly StageSummary[], most: number): readonly (StageSummary | number)[] {
  if (stages.length <= most) return stages;
  const best = new Set([...stages].sort((one, other) => other.weight - one.weight).slice(0, most - 1));
  return [...stages.filter((stage) => best.has(stage)), stages.length - most + 1];
}

function stageLine(
  stage: StageSummary,
  width: number,
  { paint, columns }: { readonly paint: Paint; readonly columns: number },
): string {
  const time = stage.time ? `  ${stage.time}` : "";
  const room = Math.max(0, columns - width - 4 - time.length);
  // What a search found is not cut off: it goes on below.
  const [text = "", ...more] =
    stage.isSearch && room >= narrowest ? folded(stage.text, room) : [clip(stage.text, room)];
  const below = more.map((line) => `\n${" ".repeat(width + 4)}${line}`).join("");
  return `${glyphOf(stage, paint)} ${paint("bold", pad(stage.name, width))}  ${text}${paint("dim", time)}${below}`;
}

function glyphOf({ failed, skipped, ran }: Counts, paint: Paint): string {
  if (failed > 0) return paint("red", "✗");
  if (skipped > 0) return paint("yellow", "–");
  return ran > 0 ? paint("green", "✓") : paint("dim", "=");
}

function endingLine(
  { status, ran, reused, failed, elapsedMs }: Extract<RunEvent, { event: "run" }>,
  isBroken: boolean,
  paint: Paint,
): string {
  const counts = `${ran} ran, ${reused} reused${failed > 0 ? `, ${failed} failed` : ""}`;
  return `${endingWord(status, isBroken, paint)}: ${counts}, in ${formatDuration(elapsedMs)}.`;
}
function endingWord(status: Extract<RunEvent, { event: "run" }>["status"], isBroken: boolean, paint: Paint): string {
  if (status === "failed") return paint("red", "Failed");
  if (status === "interrupted") return paint("yellow", "Interrupted");
  return isBroken ? paint("red", "Done, but not as expected") : paint("green", "Done");
}

/** ``3 trials of coarse failed; `hw1 show FILE coarse` tells why``, or nothing. */
function failedTrials(trials: ReadonlyMap<string, number>, again: string): string | null {
  const [first] = trials.keys();
  if (first === undefined) return null;
  const counts = [...trials].map(
    ([stage, count], index) => `${index === 0 ? plural(count, "trial") : count} of ${stage}`,
  );
  return `${counts.join(" and ")} failed; \`${again.replace(/^hw1 run/, "hw1 show")} ${first}\` tells why.`;
}
