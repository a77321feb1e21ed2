/**
 * A view as the lines of a frame. A frame is never taller than the window less one row and never wider than the window,
 * whatever its size; when there is too much to say, what has ended and what waits is counted rather than listed.
 */

import { clipLine, type Line, piece, type Segment } from "../text/line.js";
import { stepLabel } from "../text/search-index.js";
import { widthOf } from "../util/width.js";
import { plural } from "../util/words.js";
import { curveLines } from "./curves.js";
import { runRemaining } from "./eta.js";
import { type RowOptions, roughly, seconds, stageLines, statusOf } from "./rows.js";
import { searchLine, searchLines } from "./search-rows.js";
import { labelOf, type StageView, stagesOf } from "./search-view.js";
import { curveOf, elapsedOf, totalsOf, type View } from "./view.js";
import type { Status } from "./view-step.js";

interface Window {
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
}

/** Lines that a curve takes with the blank one above it, and that the list keeps beside it. */
const curveRows = 8;
const listRows = 8;

export function layout(view: View, { columns, rows, nowMs }: Window): readonly Line[] {
  const most = rows - 1;
  if (most < 1 || columns < 1) return [];
  const airy = most >= 12;
  const title = titleLine(view, columns, nowMs);
  const hint = hintOf(view, columns);
  const head: readonly Line[] = airy ? [title, []] : [title];
  const lastLines: readonly Line[] = airy ? [[], [hint]] : [[hint]];
  const foot = most < 4 ? [] : lastLines;
  const room = most - head.length - foot.length;
  const curve = curveOf(view);
  const label = curve ? labelOf(view, curve) : "";
  const wanted = curve ? curveLines(curve, label, { columns, rows: curveRows - 1 }).length + 1 : 1;
  const stages = blocksOf(view, columns, nowMs);
  // A long list gives way to the curve, but not below what shows the steps around those at work; a grid of trials does
  // not.
  const searching = stages.some(({ open }) => open);
  const list = listLines(stages, !searching && wanted > 1 && room - wanted >= listRows ? room - wanted : room);
  const drawn = curve ? curveLines(curve, label, { columns, rows: room - list.length - 1 }) : [];
  const body = drawn.length > 0 ? [...list, [], ...drawn] : list;
  return [...head, ...body, ...foot].slice(0, most).map((line) => clipLine(line, columns));
}

/** What Ctrl-C does; the long sentence where it fits. */
function hintOf({ interrupted }: View, columns: number): Segment {
  const sentences = interrupted
    ? [
        "Stopping: the steps under way keep their checkpoints. Ctrl-C again stops at once.",
        "Stopping. Ctrl-C again stops at once.",
        "Stopping",
      ]
    : ["Ctrl-C stops and keeps the last checkpoint", "Ctrl-C stops"];
  return piece(
    sentences.find((sentence) => sentence.length <= columns) ?? sentences[sentences.length - 1]!,
    interrupted ? "yellow" : "dim",
  );
}

function titleLine(view: View, columns: number, nowMs: number): Line {
  const { done, all, failed } = totalsOf(view);
  const remaining = view.elapsedMs === null ? runRemaining(view, nowMs) : null;
  const counts = columns < 36 ? `${done} of ${all}` : `${done} of ${all} done`;
  const elapsed = seconds(elapsedOf(view, nowMs));
  const left = remaining ? `${remaining.complete ? "about" : "over"} ${roughly(remaining.ms)} left` : "";
  const rest = [
    { text: counts, weight: 3 },
    { text: failed > 0 ? `${failed} failed` : "", weight: 4, style: "red" as const },
    { text: elapsed, weight: 2 },
    { text: left, weight: 1 },
    {
      text: view.warnings > 0 ? plural(view.warnings, "warning") : "",
      weight: 0,
      style: "yellow" as const,
    },
  ].filter(({ text }) => text !== "");
  const name = piece(view.pipeline || "hw1", "bold");
  let kept = rest;
  while (kept.length > 1 && widthOf(name.text) + kept.reduce((sum, { text }) => sum + widthOf(text) + 3, 0) > columns) {
    const least = Math.min(...kept.map(({ weight }) => weight));
    kept = kept.filter(({ weight }) => weight !== least);
  }
  return [
    name,
    ...kept.flatMap(({ text, style }, index) => [piece(index === 0 ? "  " : " · ", "dim"), piece(text, style)]),
  ];
}

interface Block {
  readonly status: Status;
  readonly stage: StageView;
  /** The search at work: its grid takes what the others leave. */
  readonly open: boolean;
  /** With one line for a running step, or with two. */
  lines(runningLines: 1 | 2): readonly Line[];
  /** Of an open search. */
  grid(rows: number): readonly Line[];
}

function blocksOf(view: View, columns: number, nowMs: number): readonly Block[] {
  const stages = stagesOf(view);
  const depths = depthsOf(stages);
  const deepest = Math.max(0, ...depths.values());
  // A chain of many stages would run off to the right, and a narrow window has no cell to lose.
  const level = deepest > 5 || columns < 72 ? 0 : 2;
  const longest = Math.max(1, ...stages.map(({ stage }) => widthOf(piece(stage).text) + level * depths.get(stage)!));
  const nameColumns = Math.max(1, Math.min(longest, 24, Math.floor(columns / 3)));
  // Of cells of a search only what collates them is read, by whatever waits for the search.
  const done = new Set(
    view.steps.all.filter(({ status, trial }) => !trial && (status === "ran" || status === "reused")).map(stepLabel),
  );
  // Between two batches none of its cells may run, and it stays open.
  const searching = stages.filter((stage) => stage.searches.length > 0 && statusOf(stage) === "running");
  const opened = searching.find(({ steps }) => steps.some(({ status }) => status === "running")) ?? searching[0];
  return stages.map((stage) => {
    const options = (runningLines: 1 | 2): RowOptions => ({
      columns,
      nameColumns,
      runningLines,
      nowMs,
      done,
      run: view,
      depth: level * depths.get(stage.stage)!,
    });
    return {
      status: statusOf(stage),
      stage,
      open: stage === opened,
      lines: (runningLines) =>
        stage.searches.length > 0 ? [searchLine(stage, options(1))] : stageLines(stage, options(runningLines)),
      grid: (rows) => searchLines(stage, { ...options(1), rows }),
    };
  });
}

/**
 * Longest way from a stage that reads nothing, in edges. Stages come in an order in which each follows what it reads.
 */
function depthsOf(stages: readonly StageView[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  // A thousand cells read what the first one reads, and collating them reads nothing else.
  const standing = stages.map(({ stage, steps, searches }) => {
    const first = searches.length > 0 ? steps.find(({ trial }) => trial)?.trial : undefined;
    return {
      stage,
      steps: first ? steps.filter(({ trial }) => trial?.key === first.key && trial.fold === first.fold) : steps,
    };
  });
  const groups = new Map(standing.flatMap(({ stage, steps }) => steps.map((step) => [step.stage, stage] as const)));
  for (const { stage, steps } of standing) {
    const read = new Set(steps.flatMap(({ after }) => after));
    const names = new Set([...read].map((name) => name.replace(/\/.*$/, "")).map((name) => groups.get(name) ?? name));
    names.delete(stage);
    depths.set(stage, Math.max(-1, ...[...names].map((name) => depths.get(name) ?? 0)) + 1);
  }
  return depths;
}

/** All stages if they fit, with two lines for a running step or one; else those around what is at work, and counts. */
function listLines(blocks: readonly Block[], room: number): readonly Line[] {
  if (room < 1) return [];
  if (blocks.some(({ open }) => open)) return listWithGrid(blocks, room);
  for (const runningLines of [2, 1] as const) {
    const lines = blocks.flatMap((block) => block.lines(runningLines));
    if (lines.length <= room) return lines;
  }
  const roomy =
    blocks.filter(({ status }) => status === "running").reduce((sum, block) => sum + block.lines(2).length, 0) <=
    room / 2;
  return windowed(
    blocks.map((block) => ({ ...block, drawn: block.lines(roomy ? 2 : 1) })),
    room,
  );
}

/** The grid takes what the other stages leave, or three fifths where they do not fit. */
function listWithGrid(blocks: readonly Block[], room: number): readonly Line[] {
  const others = blocks.reduce((sum, block) => sum + (block.open ? 0 : block.lines(1).length), 0);
  const left = Math.max(room - others, Math.min(room, Math.max(4, Math.floor(room * 0.6))));
  return windowed(
    blocks.map((block) => ({ ...block, drawn: block.open ? block.grid(left) : block.lines(1) })),
    room,
  );
}

function windowed(blocks: readonly (Block & { readonly drawn: readonly Line[] })[], room: number): readonly Line[] {
  const all = blocks.flatMap(({ drawn }) => drawn);
  if (all.length <= room) return all;
  const focus = Math.max(
    0,
    blocks.findIndex(({ status }) => status === "running"),
    blocks.findLastIndex(({ status }) => status !== "waiting" && status !== "skipped"),
  );
  const order = blocks
    .map((block, index) => ({ block, index, away: Math.abs(index - focus) }))
    .sort((a, b) => urgency(a.block) - urgency(b.block) || a.away - b.away || a.index - b.index);
  // Two lines for the counts of what is left out, above and below, as soon as there is room for more than them.
  let left = room - (room >= 4 ? 2 : Number(room >= 2));
  const shown = new Map<number, readonly Line[]>();
  for (const { block, index } of order) {
    const drawn = urgency(block) < 2 ? block.drawn.slice(0, left) : block.drawn;
    if (drawn.length === 0 || drawn.length > left) continue;
    shown.set(index, drawn);
    left -= drawn.length;
  }
  const hidden = blocks.filter((_, index) => !shown.has(index)).map(({ status }) => status);
  const above = counted(hidden, ["running", "failed", "done", "skipped"]);
  const below = counted(hidden, ["waiting"]);
  const lines = blocks.flatMap((_, index) => shown.get(index) ?? []);
  if (room >= 4) return [...above, ...lines, ...below];
  return room >= 2 ? [...lines, ...counted(hidden, ["running", "failed", "done", "skipped", "waiting"])] : lines;
}

/** What has to be seen comes first. */
function urgency({ status, open }: Block): number {
  if (open) return -1;
  if (status === "running") return 0;
  return status === "failed" ? 1 : 2;
}

/** `… 12 done, 1 failed`, stages that are not shown, or nothing. */
function counted(statuses: readonly Status[], words: readonly (Status | "done")[]): readonly Line[] {
  const is = (status: Status, word: Status | "done"): boolean =>
    status === word || (word === "done" && (status === "ran" || status === "reused"));
  const counts = words
    .map((word) => [statuses.filter((status) => is(status, word)).length, word] as const)
    .filter(([count]) => count > 0);
  return counts.length === 0
    ? []
    : [[piece(`… ${counts.map(([count, word]) => `${count} ${word}`).join(", ")}`, "dim")]];
}
