// NOTE: first version by another engineer, see view.ts; yours replaces it.
/**
 * View + window → lines of a frame, as styled segments. Never more lines than the window has rows less one, never a line
 * wider than the window, so that a frame can always be redrawn in place and never touches what was printed above it.
 */
import type { Style } from "./color.js";
import { formatDuration, formatNumber, formatPercent } from "./duration.js";
import { plotLines, rangeOf, type Series } from "./plot.js";
import { etaMs, remainingMs, type Status, type StepView, type View } from "./view.js";

export interface Segment {
  readonly text: string;
  readonly style?: Style;
}
export type Line = readonly Segment[];
export interface Window {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
}

const glyphs: Readonly<Record<Status, readonly [string, Style]>> = {
  waiting: ["·", "dim"],
  running: ["●", "cyan"],
  ran: ["✓", "green"],
  reused: ["=", "dim"],
  failed: ["✗", "red"],
  skipped: ["–", "yellow"],
};

export function layout(view: View, window: Window): readonly Line[] {
  const most = Math.max(1, window.rows - 1);
  const title = titleLine(view, window.now);
  const foot: Line = [view.interrupted ? { text: "Stopping; checkpoints are kept. Ctrl-C again stops at once.", style: "yellow" } : { text: "Ctrl-C stops and keeps the last checkpoint", style: "dim" }];
  const room = most - (most > 3 ? 2 : 1);
  const blocks = stageBlocks(view, window);
  let body = fit(blocks, room);
  const free = room - body.length;
  const drawn = view.steps.find((step) => step.label === view.drawn);
  if (drawn && free >= 6 && window.columns >= 36) body = [...body, [], ...curves(drawn, { columns: window.columns, rows: Math.min(free - 1, 12) })];
  const lines = most > 3 ? [title, ...body, foot] : [title, ...body];
  return lines.slice(0, most).map((line) => clip(line, window.columns));
}

function titleLine(view: View, now: number): Line {
  const done = view.steps.filter((step) => step.status !== "waiting" && step.status !== "running").length;
  const eta = etaMs(view, now);
  const elapsed = view.startedAt === null ? "" : formatDuration(now - view.startedAt);
  return [{ text: view.pipeline || "hw1", style: "bold" }, { text: `  ${done} of ${view.steps.length} steps  ${elapsed}` }, { text: eta === null ? "" : `  about ${formatDuration(eta)} left`, style: "cyan" }];
}

interface Block {
  readonly lines: readonly Line[];
  readonly status: Status;
}

/** One block a stage; a stage with elements is a grid of glyphs and a line per element at work. */
function stageBlocks(view: View, window: Window): readonly Block[] {
  const names = [...new Set(view.steps.map((step) => step.stage))];
  const width = Math.min(24, Math.max(8, ...names.map((name) => name.length)));
  return names.map((name) => {
    const own = view.steps.filter((step) => step.stage === name);
    if (own.length === 1 && own[0]!.element === null) return { lines: stepLines(own[0]!, name, width, window), status: own[0]!.status };
    return { lines: gridLines(own, name, width, window), status: gridStatus(own) };
  });
}

function gridStatus(steps: readonly StepView[]): Status {
  for (const status of ["running", "failed", "waiting", "skipped", "ran"] as const) if (steps.some((step) => step.status === status)) return status;
  return "reused";
}

function gridLines(steps: readonly StepView[], name: string, width: number, window: Window): readonly Line[] {
  const [glyph, style] = glyphs[gridStatus(steps)];
  const cells = Math.max(4, window.columns - width - 20);
  const shown = steps.slice(0, cells).map((step): Segment => ({ text: glyphs[step.status][0], style: glyphs[step.status][1] }));
  const done = steps.filter((step) => step.status === "ran" || step.status === "reused").length;
  const head: Line = [{ text: `${glyph} `, style }, { text: name.slice(0, width).padEnd(width), style: "bold" }, { text: "  " }, ...shown, { text: `  ${done} of ${steps.length}` }];
  const busy = steps.filter((step) => step.status === "running").map((step): Line => [{ text: "    " }, ...progressSegments(step, `${step.element}`.padEnd(4), window)]);
  return [head, ...busy];
}

function stepLines(step: StepView, name: string, width: number, window: Window): readonly Line[] {
  const [glyph, style] = glyphs[step.status];
  const head: Segment[] = [{ text: `${glyph} `, style }, { text: name.slice(0, width).padEnd(width), style: step.status === "waiting" ? "dim" : "bold" }, { text: "  " }];
  switch (step.status) {
    case "waiting":
      return [[...head, { text: step.reason, style: "dim" }]];
    case "running":
      return [[...head, ...progressSegments(step, "", window)]];
    case "reused":
      return [[...head, { text: `reused  ${step.headline}`, style: "dim" }]];
    case "ran":
      return [[...head, { text: step.headline }, { text: `  ${formatDuration(step.elapsedMs)}`, style: "dim" }]];
    case "failed":
      return [[...head, { text: "failed", style: "red" }]];
    case "skipped":
      return [[...head, { text: `skipped: ${step.reason}`, style: "yellow" }]];
  }
}

function progressSegments(step: StepView, prefix: string, { now, columns }: Window): readonly Segment[] {
  const { epoch, epochs, loss, accuracy, fraction, examplesPerSecond, validationLoss, validationAccuracy } = step.progress;
  const segments: Segment[] = prefix ? [{ text: `${prefix} ` }] : [];
  if (fraction === undefined) {
    segments.push({ text: `${step.reason}`, style: "dim" }, { text: step.startedAt === null ? "" : `  ${formatDuration(now - step.startedAt)}`, style: "dim" });
    return segments;
  }
  const width = columns >= 100 ? 16 : columns >= 60 ? 10 : 5;
  const filled = Math.max(0, Math.min(width, Math.round(fraction * width)));
  segments.push({ text: "━".repeat(filled), style: "cyan" }, { text: "─".repeat(width - filled), style: "dim" });
  if (epoch !== undefined) segments.push({ text: ` epoch ${epoch} of ${epochs ?? "?"}` });
  const left = remainingMs(step, now);
  if (left !== null) segments.push({ text: `  ${formatDuration(left)} left`, style: "cyan" });
  if (examplesPerSecond !== undefined) segments.push({ text: `  ${Math.round(examplesPerSecond)}/s` });
  if (loss !== undefined) segments.push({ text: `  loss ${formatNumber(loss)}` });
  if (accuracy !== undefined) segments.push({ text: `  ${formatPercent(accuracy)}` });
  if (validationLoss !== undefined) segments.push({ text: `  validation ${formatNumber(validationLoss)}${validationAccuracy === undefined ? "" : `  ${formatPercent(validationAccuracy)}`}` });
  return segments;
}

/** Drops lines until they fit: waiting stages first, then finished ones; what runs or failed stays longest. */
function fit(blocks: readonly Block[], room: number): readonly Line[] {
  const kept = new Set(blocks.map((_, index) => index));
  const size = (): number => [...kept].reduce((sum, index) => sum + blocks[index]!.lines.length, 0) + (kept.size < blocks.length ? 1 : 0);
  const dropOrder: readonly Status[] = ["waiting", "reused", "skipped", "ran"];
  for (const status of dropOrder) {
    const candidates = [...kept].filter((index) => blocks[index]!.status === status);
    // Far ones first: the end of what waits, the beginning of what is done.
    if (status === "waiting") candidates.reverse();
    for (const index of candidates) {
      if (size() <= room) break;
      kept.delete(index);
    }
  }
  const lines = blocks.flatMap((block, index) => (kept.has(index) ? block.lines : []));
  const dropped = blocks.filter((_, index) => !kept.has(index));
  if (dropped.length === 0) return lines.slice(0, room);
  const count = (status: Status): number => dropped.filter((block) => block.status === status).length;
  const parts = (["ran", "reused", "skipped", "waiting"] as const).flatMap((status) => (count(status) > 0 ? [`${count(status)} ${status}`] : []));
  return [...lines.slice(0, Math.max(0, room - 1)), [{ text: `… ${parts.join(", ")} more`, style: "dim" } as Segment]].slice(0, room);
}

/** Loss and, for classes, accuracy of a training, side by side where there is room. */
function curves(step: StepView, size: { readonly columns: number; readonly rows: number }): readonly Line[] {
  const { curve } = step;
  const of = (key: "loss" | "validationLoss" | "accuracy" | "validationAccuracy"): Series => ({ points: curve.flatMap((point) => (point[key] === undefined ? [] : [{ x: point.at, y: point[key]! }])) });
  const both = size.columns >= 72 && curve.some((point) => point.accuracy !== undefined);
  const width = both ? Math.floor((size.columns - 4) / 2) : Math.min(size.columns, 72);
  const loss = panel("loss", of("loss"), of("validationLoss"), width, size.rows, formatNumber);
  if (!both) return loss;
  const accuracy = panel("accuracy", of("accuracy"), of("validationAccuracy"), width, size.rows, formatPercent);
  return loss.map((line, index) => [...pad(line, width), { text: "    " }, ...accuracy[index]!]);
}

function panel(title: string, train: Series, validation: Series, width: number, rows: number, say: (value: number) => string): readonly Line[] {
  const range = rangeOf([train, validation]);
  const labels = [say(range.high), say(range.low)];
  const left = Math.max(...labels.map((label) => label.length), 5);
  const plotted = { columns: Math.max(4, width - left - 2), rows: Math.max(1, rows - 1) };
  const trained = plotLines([train], plotted, range);
  const validated = plotLines([validation], plotted, range);
  const head: Line = [{ text: title, style: "bold" }, { text: "  train ", style: "cyan" }, ...(validation.points.length > 0 ? [{ text: " validation", style: "yellow" } as Segment] : [])];
  return [
    head,
    ...trained.map((line, row): Line => {
      const label = row === 0 ? labels[0]! : row === plotted.rows - 1 ? labels[1]! : "";
      return [{ text: `${label.padStart(left)} │`, style: "dim" }, ...overlay(line, validated[row]!)];
    }),
  ];
}

/** Where both curves share a character its dots are joined, in the colour of the validation curve. */
function overlay(first: string, second: string): readonly Segment[] {
  const segments: { text: string; style: Style }[] = [];
  for (let index = 0; index < first.length; index++) {
    const [a, b] = [first.charCodeAt(index) - 0x2800, second.charCodeAt(index) - 0x2800];
    const style: Style = b !== 0 ? "yellow" : "cyan";
    const text = String.fromCharCode(0x2800 + (a | b));
    const last = segments[segments.length - 1];
    if (last?.style === style) last.text += text;
    else segments.push({ text, style });
  }
  return segments;
}

const lengthOf = (line: Line): number => line.reduce((sum, segment) => sum + [...segment.text].length, 0);
const pad = (line: Line, width: number): Line => [...line, { text: " ".repeat(Math.max(0, width - lengthOf(line))) }];

/** Cuts a line at the window's edge. Every character here is one column wide, names of stages being letters and digits. */
function clip(line: Line, columns: number): Line {
  let left = columns;
  const kept: Segment[] = [];
  for (const segment of line) {
    const characters = [...segment.text.replace(/[\r\n\t]/g, " ")];
    if (left <= 0) break;
    kept.push({ ...segment, text: characters.slice(0, left).join("") });
    left -= characters.length;
  }
  return kept;
}
