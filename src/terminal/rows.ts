/** A stage of the live screen as lines: its glyph and name, and what is to be said of it in its status. */

import type { Style } from "../text/color.js";
import { clipLine, type Line, lineWidth, piece, type Segment } from "../text/line.js";
import { formatDuration, formatNumber, formatPercent, grouped } from "../util/numbers.js";
import { clip, pad, widthOf } from "../util/width.js";
import { firstFew } from "../util/words.js";
import { stepRemainingMs } from "./eta.js";
import type { StageView } from "./search-view.js";
import type { View } from "./view.js";
import type { Status, ViewStep } from "./view-step.js";

/** Told apart by shape; colour only repeats it. */
export const glyphs: Readonly<Record<Status, readonly [string, Style]>> = {
  ran: ["✓", "green"],
  reused: ["=", "dim"],
  running: ["●", "cyan"],
  waiting: ["·", "dim"],
  failed: ["✗", "red"],
  skipped: ["–", "yellow"],
};
export const glyph = (status: Status): Segment => piece(...glyphs[status]);

export interface RowOptions {
  readonly columns: number;
  /** Of the column of names. */
  readonly nameColumns: number;
  /** Lines of a running step: 2 say everything, 1 says what fits. */
  readonly runningLines: 1 | 2;
  readonly nowMs: number;
  readonly run: Pick<View, "jobs" | "interrupted">;
  /** Names of the steps that have ended well. */
  readonly done: ReadonlySet<string>;
  /** Levels of indentation of the stage: how deep it stands in the graph. */
  readonly depth: number;
}

/** What a stage is as a whole: the worst of its elements, or what most of them wait for. */
export function statusOf({ steps, searches }: StageView): Status {
  const parts = searches.length > 0 ? searches : steps;
  const has = (status: Status): boolean => parts.some((part) => part.status === status);
  if (has("failed")) return "failed";
  if (has("running")) return "running";
  if (has("waiting")) return has("ran") || has("reused") ? "running" : "waiting";
  if (has("skipped")) return "skipped";
  return has("ran") ? "ran" : "reused";
}

export function stageLines(stage: StageView, options: RowOptions): readonly Line[] {
  const only = stage.steps[0];
  if (!stage.fansOut && only) return stepLines(only, options);
  return fanLines(stage, options);
}

export const head = (status: Status, name: string, { nameColumns, depth }: RowOptions): Line => [
  glyph(status),
  piece(` ${pad(`${" ".repeat(depth)}${clean(name)}`, nameColumns)}  `, status === "waiting" ? "dim" : "bold"),
];
const clean = (text: string): string => piece(text).text;

function stepLines(step: ViewStep, options: RowOptions): readonly Line[] {
  const begin = head(step.status, step.stage, options);
  if (step.status === "running") return runningLines(step, begin, options);
  return [
    withTime([...begin, ...endedText(step, options)], step.status === "ran" ? step.elapsedMs : null, options.columns),
  ];
}

function endedText(step: ViewStep, { done }: RowOptions): Line {
  switch (step.status) {
    case "ran":
      return [piece(step.headline || "ran")];
    case "reused":
      return [piece(step.headline ? `reused  ${step.headline}` : "reused", "dim")];
    case "failed":
      return [piece(step.headline ? `failed  ${step.headline}` : "failed", "red")];
    case "skipped":
      return [piece(step.reason ? `skipped: ${step.reason}` : "skipped", "yellow")];
    default:
      return [piece(waitingText(step, done), "dim")];
  }
}

export function waitingText(
  { after, verdict, estimateMs }: Pick<ViewStep, "after" | "verdict" | "estimateMs">,
  done: ReadonlySet<string>,
): string {
  const stages = [...new Set(after.filter((name) => !done.has(name)).map((name) => name.replace(/\/.*$/, "")))];
  const waits = stages.length > 0 ? `after ${firstFew(stages, 3)}` : "next";
  return verdict !== "reuse" && estimateMs !== null && estimateMs >= 1000
    ? `${waits}, about ${roughly(estimateMs)}`
    : waits;
}

/** The time at the right edge, where it lines up; left out when there is no room. */
export function withTime(line: Line, elapsedMs: number | null, columns: number): Line {
  if (elapsedMs === null) return line;
  const time = formatDuration(elapsedMs);
  const edge = Math.min(columns, 100);
  if (edge < 40) return line;
  const kept = clipLine(line, edge - widthOf(time) - 2);
  return [...kept, piece(`${" ".repeat(edge - widthOf(time) - lineWidth(kept))}${time}`, "dim")];
}

/** Pieces of one line; those with the lowest weight go first when there is no room for all. */
export interface Part {
  readonly text: string;
  /** Said instead where there is no room for the text. */
  readonly short?: string;
  readonly weight: number;
  readonly style?: Style;
}

function runningLines(step: ViewStep, begin: Line, options: RowOptions): readonly Line[] {
  const indent = lineWidth(begin);
  const room = Math.min(options.columns, 110) - indent;
  const numbers = numberParts(step);
  const course = courseParts(step, options.nowMs);
  const fraction = step.progress?.fraction;
  if (options.runningLines === 1 || numbers.length === 0)
    return [[...begin, ...joined([...course, ...numbers], room, fraction)]];
  const first = [...begin, ...joined(course, room, fraction)];
  return [first, [piece(" ".repeat(indent)), ...joined(numbers, options.columns - indent, undefined)]];
}

/** How far it is: percent, epoch, time left; of a step that tells nothing, how long it has been at work. */
function courseParts(step: ViewStep, nowMs: number): readonly Part[] {
  const { progress, startedAtMs } = step;
  const parts: Part[] = [];
  if (progress?.fraction !== undefined)
    parts.push({ text: `${Math.floor(clamped(progress.fraction) * 100)} %`.padStart(5), weight: 7 });
  if (progress?.epoch !== undefined)
    parts.push({
      text: `epoch ${progress.epoch}${progress.epochs === undefined ? "" : ` of ${progress.epochs}`}`,
      weight: 9,
    });
  if (progress?.message) parts.push({ text: progress.message, weight: 6 });
  const remainingMs = stepRemainingMs(step, nowMs);
  if (remainingMs !== null && remainingMs > 0)
    parts.push({ text: `${roughly(remainingMs)} left`, weight: 5, style: "dim" });
  else if (startedAtMs !== null && progress?.fraction === undefined)
    parts.push({
      text: `running for ${seconds(nowMs - startedAtMs)}`,
      short: seconds(nowMs - startedAtMs),
      weight: 4,
      style: "dim",
    });
  return parts;
}

function numberParts({ progress }: ViewStep): readonly Part[] {
  if (!progress) return [];
  const { loss, accuracy, validationLoss, validationAccuracy, examplesPerSecond, unit = "examples" } = progress;
  const parts: Part[] = [];
  if (loss !== undefined) parts.push({ text: `loss ${formatNumber(loss)}`, weight: 8 });
  if (accuracy !== undefined) parts.push({ text: `accuracy ${formatPercent(accuracy)}`, weight: 6 });
  const held = [
    ...(validationLoss === undefined ? [] : [`loss ${formatNumber(validationLoss)}`]),
    ...(validationAccuracy === undefined ? [] : [`accuracy ${formatPercent(validationAccuracy)}`]),
  ];
  if (held.length > 0) parts.push({ text: `validation ${held.join(", ")}`, weight: 2, style: "yellow" });
  if (examplesPerSecond !== undefined)
    parts.push({
      text: `${grouped(Math.round(examplesPerSecond))} ${unit}/s`,
      weight: 3,
      style: "dim",
    });
  return parts;
}

/** Parts in order, two spaces between them, after a bar that takes 5 to 30 cells of what is left. */
export function joined(parts: readonly Part[], room: number, fraction: number | undefined): Line {
  const widthOfAll = (those: readonly Part[]): number =>
    those.reduce((sum, { text }) => sum + widthOf(clean(text)) + 2, 0) - 2;
  const fits = ({ text }: Part): boolean => widthOf(clean(text)) <= room;
  const fitting = parts
    .map((part) => (part.short === undefined || fits(part) ? part : { ...part, text: part.short }))
    .filter(fits);
  let kept: readonly Part[] = fitting.length > 0 ? fitting : parts.slice(0, 1);
  while (kept.length > 1 && widthOfAll(kept) > room) {
    const least = Math.min(...kept.map(({ weight }) => weight));
    kept = kept.filter(({ weight }) => weight !== least);
  }
  const barRoom = fraction === undefined ? 0 : Math.min(30, room - widthOfAll(kept) - 2);
  const line = (text: (part: Part) => string): Line =>
    kept.flatMap((part, index) => [...(index > 0 ? [piece("  ")] : []), piece(text(part), part.style)]);
  return barRoom < 5
    ? line(({ text }) => text.trimStart())
    : [...bar(fraction!, barRoom), piece("  "), ...line(({ text }) => text)];
}

function bar(fraction: number, columns: number): Line {
  const filled = Math.floor(clamped(fraction) * columns);
  return [piece("█".repeat(filled), "cyan"), piece("░".repeat(columns - filled), "dim")];
}
const clamped = (fraction: number): number => (Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0);

/** A stage with elements: how many are done, one cell each, and a line for each that is at work. */
function fanLines(stage: StageView, options: RowOptions): readonly Line[] {
  const { steps } = stage;
  const status = statusOf(stage);
  const ended = steps.filter((step) => step.status !== "waiting" && step.status !== "running").length;
  const begin: Line = [...head(status, stage.stage, options), piece(`${ended} of ${steps.length}  `)];
  const cellRoom = Math.max(1, options.columns - lineWidth(begin));
  const perLine = cellRoom >= 2 * steps.length ? steps.length : Math.max(1, cellRoom);
  const spaced = perLine === steps.length && steps.length > 1;
  const cells = steps.map((step) => glyph(step.status));
  const gridLines = Math.min(Math.ceil(cells.length / perLine), options.runningLines === 2 ? 4 : 2);
  const lines = Array.from({ length: gridLines }, (_, row): Line => {
    const last = row === gridLines - 1 && cells.length > gridLines * perLine;
    const own = cells.slice(row * perLine, last ? (row + 1) * perLine - 1 : (row + 1) * perLine);
    const drawn = spaced ? own.flatMap((cell, index) => (index === 0 ? [cell] : [piece(" "), cell])) : own;
    return [
      ...(row === 0 ? begin : [piece(" ".repeat(lineWidth(begin)))]),
      ...drawn,
      ...(last ? [piece("…", "dim")] : []),
    ];
  });
  const keyColumns = Math.min(12, Math.max(...steps.map(({ element }) => widthOf(clean(element ?? "")))));
  for (const step of steps) {
    if (step.status !== "running") continue;
    const indent = Math.min(options.nameColumns, 4 + options.depth);
    lines.push(
      ...runningLines(
        step,
        [piece(" ".repeat(indent)), piece(`${pad(clip(clean(step.element ?? ""), keyColumns), keyColumns)}  `, "bold")],
        {
          ...options,
          runningLines: 1,
        },
      ),
    );
  }
  return lines;
}

/** A clock that ticks in whole seconds. */
export function seconds(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000));
  return whole < 60 ? `${whole} s` : formatDuration(whole * 1000);
}
/** An estimate, no finer than it is true: in seconds, then in 5 seconds, then in minutes. */
export function roughly(ms: number): string {
  const whole = Math.max(1, Math.ceil(ms / 1000));
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return formatDuration(Math.round(whole / 5) * 5000);
  return whole < 3600 ? `${Math.round(whole / 60)} min` : formatDuration(whole * 1000);
}
