/**
 * A search on the live screen: a head line, its trials × folds as a grid of glyphs, and the best configuration so far.
 *
 * The grid says as much as there is room for: each trial with its name and score; the cells of several trials side by
 * side; one glyph for a trial; one for several. Only the search at work is opened; the others are their head line.
 */

import type { Style } from "../text/color.js";
import { clipLine, type Line, lineWidth, piece, type Segment } from "../text/line.js";
import { isChosen, nameAt } from "../text/search-rounds.js";
import { clip, pad, widthOf } from "../util/width.js";
import { plural } from "../util/words.js";
import { countText, nounOf } from "../values/axes.js";
import { roundText, scoreText, spreadText, trialsText, valuesText } from "../values/search-words.js";
import { searchRemainingMs } from "./eta.js";
import {
  glyph,
  glyphs,
  head,
  joined,
  type Part,
  type RowOptions,
  roughly,
  statusOf,
  waitingText,
  withTime,
} from "./rows.js";
import { roundAtWork, type SearchView, type StageView, type TrialView } from "./search-view.js";
import type { Status, ViewStep } from "./view-step.js";

/** Of the grid and the lines under it. */
const indent = "  ";
const gap = 2;

/** The head line: how many cells are done, and of what kind; of a search that has ended, what it found. */
export function searchLine(stage: StageView, options: RowOptions): Line {
  const { searches } = stage;
  const status = statusOf(stage);
  const begin = head(status, stage.stage, options);
  const cells = totalCells(searches);
  if (status === "waiting") {
    const first = searches[0]!;
    const estimateMs = searchRemainingMs(searches, options.run, options.nowMs);
    const waits = waitingText(
      { after: (first.steps[0] ?? first.collating)?.after ?? [], verdict: "wait", estimateMs },
      options.done,
    );
    return [...begin, piece(`${shapeText(searches)}, ${waits}`, "dim")];
  }
  if (status === "running") {
    const remainingMs = searchRemainingMs(searches, options.run, options.nowMs);
    const parts: readonly Part[] = [
      { text: `${cells.done} of ${cells.all}`, weight: 9 },
      { text: cells.running > 0 ? `${cells.running} running` : "", weight: 4 },
      { text: cells.reused > 0 ? `${cells.reused} reused` : "", weight: 5, style: "dim" },
      { text: cells.failed > 0 ? `${cells.failed} failed` : "", weight: 8, style: "red" },
      { text: remainingMs !== null && remainingMs > 0 ? `${roughly(remainingMs)} left` : "", weight: 7, style: "dim" },
    ];
    const room = Math.min(options.columns, 110) - lineWidth(begin);
    return [
      ...begin,
      ...joined(
        parts.filter(({ text }) => text !== ""),
        room,
        cells.all > 0 ? cells.done / cells.all : undefined,
      ),
    ];
  }
  return withTime(
    [...begin, piece(endedText(searches, status), endedStyles[status])],
    status === "ran" ? elapsedMs(stage) : null,
    options.columns,
  );
}

const endedStyles: Partial<Record<Status, Style>> = { failed: "red", skipped: "yellow", reused: "dim" };

/** `36 × 10 cells`, `4 × 2 × 5 cells` under an outer fold; of rungs `36 → 12 → 4 trials`. */
function shapeText(searches: readonly SearchView[]): string {
  const { rounds, folds } = searches[0]!.planned;
  const trials = trialsText(rounds);
  const sizes = [
    ...(searches.length > 1 ? [String(searches.length)] : []),
    trials,
    ...(folds.length > 1 ? [String(folds.length)] : []),
  ];
  if (trials === "0") return "trials not known yet";
  return `${sizes.join(" × ")} ${sizes.length > 1 ? "cells" : "trials"}`;
}

function endedText(searches: readonly SearchView[], status: Status): string {
  const own = searches.find((search) => search.status === status) ?? searches[0]!;
  const { headline = "", reason = "" } = own.collating ?? {};
  const said =
    status === "skipped" && reason
      ? `skipped: ${reason}`
      : [...(status === "failed" || status === "reused" ? [status] : []), headline].filter(Boolean).join("  ");
  return (searches.length === 1 ? "" : `${searches.length} searches: `) + (said || status);
}

/** From the first cell that started to the end of collating. */
function elapsedMs({ steps }: StageView): number {
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const { startedAtMs, endedAtMs, status } of steps) {
    if (startedAtMs === null || status === "reused") continue;
    first = Math.min(first, startedAtMs);
    last = Math.max(last, endedAtMs ?? startedAtMs);
  }
  return Math.max(0, last - Math.min(first, last));
}

function totalCells(searches: readonly SearchView[]): SearchView["cells"] {
  const total = { waiting: 0, running: 0, ran: 0, reused: 0, failed: 0, skipped: 0, all: 0, done: 0 };
  for (const { cells } of searches)
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += cells[key];
  return total;
}

/** The search at work, opened: at most `rows` lines. */
export function searchLines(stage: StageView, options: RowOptions & { readonly rows: number }): readonly Line[] {
  const { rows, columns } = options;
  const headLine = searchLine(stage, options);
  if (rows < 2) return [headLine].slice(0, rows);
  const best = rows >= 3 ? bestLine(stage.searches, columns) : null;
  const round = rows >= 4 ? roundLine(stage.searches, columns) : null;
  const now = rows >= 8 ? atWorkLine(stage.searches, columns) : null;
  const around = [best, round, now].filter((line) => line !== null).length;
  const grid = gridLines(stage.searches, { columns, rows: rows - 1 - around });
  return [headLine, ...(round ? [round] : []), ...grid, ...(now ? [now] : []), ...(best ? [best] : [])];
}

/** `rung 2 of 3: 4 of 12 trials  3 epochs  24 stopped`; of several under `each` the one at work. */
function roundLine(searches: readonly SearchView[], columns: number): Line | null {
  const search = searches.find(({ status }) => status === "running") ?? searches[0]!;
  const { planned, trials } = search;
  if (planned.rounds.length < 2) return null;
  const round = roundAtWork(search);
  const { epochs } = round.planned;
  const place = searches.length > 1 ? `${planned.element} · ` : "";
  const stopped = trials.filter(({ isStopped }) => isStopped).length;
  const count = isChosen(round.planned)
    ? `${round.ended} of ${plural(round.places, "trial")}`
    : `${round.places} to be chosen`;
  const name = `${place}${roundText(round.planned, planned.rounds)}`;
  const parts: readonly Part[] = [
    {
      text: `${name}: ${count}`,
      short: `${name.replace(/ of \d+/g, "")}: ${round.ended} of ${round.places}`,
      weight: 9,
    },
    { text: epochs === null ? "" : plural(epochs, "epoch"), weight: 4, style: "dim" },
    { text: stopped > 0 ? `${stopped} stopped` : "", weight: 5, style: "dim" },
  ];
  const shown = joined(
    parts.filter(({ text }) => text !== ""),
    columns - indent.length,
    undefined,
  );
  return clipLine([piece(indent), ...shown], columns);
}

/** Of several under `each`, the one at work, else the last that has one. */
function bestLine(searches: readonly SearchView[], columns: number): Line | null {
  const scored = searches.filter(({ best }) => best !== null);
  const search = scored.find(({ status }) => status === "running") ?? scored.at(-1);
  if (!search?.best) return null;
  const { planned, best } = search;
  const place = searches.length > 1 ? ` in ${planned.element}` : "";
  const rungs = planned.rounds.some(({ rung }) => rung > 1)
    ? `${place === "" ? " at" : ","} rung ${best.trial.rung}`
    : "";
  const name = `${indent}${columns < 72 ? "best" : "best so far"}${place}${rungs}: `;
  const folds = planned.folds.length > 1 ? ` (${planned.over.map(countText).join(" × ")})` : "";
  const score = scoreText(planned.objective.metric, best.score);
  const long = `${score}${folds}`;
  const tail = widthOf(name) + widthOf(long) + 16 <= columns ? long : score;
  const room = columns - widthOf(name) - widthOf(tail) - 2;
  const said = [valuesText(best.trial.values), best.trial.name, best.trial.key].map((text) => piece(text).text);
  const values = said.find((text) => text !== "" && widthOf(text) <= room) ?? clip(said[1]!, room);
  return [piece(name, "dim"), ...(values === "" ? [] : [piece(values), piece("  ")]), piece(tail, "bold")];
}

/** `at work: 3-16-elu-0.01 (10 folds), epoch 120 of 500`. */
function atWorkLine(searches: readonly SearchView[], columns: number): Line | null {
  const running = searches.flatMap((search) =>
    search.steps.flatMap((step) => (step.status === "running" ? [{ step, name: nameOf(step, search) }] : [])),
  );
  const first = running[0]?.step;
  if (!first) return null;
  const byTrial = new Map<string, number>();
  for (const { name } of running) byTrial.set(name, (byTrial.get(name) ?? 0) + 1);
  const { over } = searches[0]!.planned;
  const cells = over.length === 1 ? `${nounOf(over[0]!.of)}s` : "cells";
  const names = [...byTrial].map(([key, count]) => (count > 1 ? `${key} (${count} ${cells})` : key));
  const { epoch, epochs } = first.progress ?? {};
  const course = epoch === undefined ? "" : `  epoch ${epoch}${epochs === undefined ? "" : ` of ${epochs}`}`;
  const room = columns - widthOf(`${indent}at work: `) - widthOf(course);
  return [piece(`${indent}at work: `, "dim"), piece(clip(piece(names.join(", ")).text, room)), piece(course, "dim")];
}

/** Of a cell at work: its trial's, behind the element of the search. */
function nameOf({ trial: cell }: ViewStep, search: SearchView): string {
  const name = nameAt(search, cell!.key);
  return cell!.element === null ? name : `${cell!.element}/${name}`;
}

interface GridRow {
  readonly key: string;
  readonly name: string;
  readonly trials: readonly (TrialView | null)[];
}

/** @returns at most `rows` lines of at most `columns` cells */
function gridLines(
  searches: readonly SearchView[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly Line[] {
  const own = rowsOf(searches);
  const room = columns - indent.length;
  if (own.length === 0 || rows < 1 || room < 1) return [];
  const width = Math.max(...own.map((row) => cellsOf(row).reduce((sum, { text }) => sum + text.length, 0)));
  return (
    named(own, searches, { room, rows, width }) ?? numbered(own, { room, rows, width }) ?? single(own, { room, rows })
  );
}

/** A trial of several searches (one under each outer fold) is one row. */
function rowsOf(searches: readonly SearchView[]): readonly GridRow[] {
  if (searches.length === 1)
    return searches[0]!.trials.map((trial) => ({ key: trial.key, name: trial.name, trials: [trial] }));
  const byKey = searches.map(({ trials }) => new Map(trials.map((trial) => [trial.key, trial])));
  const keys = new Set(searches.flatMap(({ trials }) => trials.map(({ key }) => key)));
  return [...keys].map((key) => ({ key, name: key, trials: byKey.map((trials) => trials.get(key) ?? null) }));
}

/** One glyph for each fold; a space between outer folds. */
function cellsOf({ trials }: GridRow): readonly Segment[] {
  return trials.flatMap((trial, index) => [...(index > 0 ? [piece(" ")] : []), ...(trial ? cellsOfTrial(trial) : [])]);
}

/** Of one that was left behind no more is to come. */
const cellsOfTrial = ({ cells, isStopped }: TrialView): readonly Segment[] =>
  isStopped ? [piece(stopped[0].repeat(cells.length), stopped[1])] : runs(cells);
const stopped = ["┤", "dim"] as const;

/** Neighbours that are alike are one piece. */
function runs(statuses: readonly Status[]): readonly Segment[] {
  const pieces: { status: Status; count: number }[] = [];
  for (const status of statuses) {
    const last = pieces[pieces.length - 1];
    if (last?.status === status) last.count++;
    else pieces.push({ status, count: 1 });
  }
  return pieces.map(({ status, count }) => piece(glyphs[status][0].repeat(count), glyphs[status][1]));
}

interface Place {
  readonly room: number;
  readonly rows: number;
  readonly width: number;
}

/** `3-32-gelu-0.001 ✓✓✓✓✓✓✓✓✓✓  0.0312 ± 0.0041`, a mark before the best; null where that takes too much room. */
function named(
  own: readonly GridRow[],
  searches: readonly SearchView[],
  { room, rows, width }: Place,
): readonly Line[] | null {
  const search = searches.length === 1 ? searches[0]! : null;
  const label = Math.min(24, Math.max(...own.map(({ name }) => widthOf(piece(name).text))));
  const scores = own.map(({ trials: [trial] }) => (search && trial ? scoreOf(trial, search) : ""));
  // Wide enough for the scores to come, so that the columns stay where they are.
  const scoreWidth = search ? Math.max(search.planned.folds.length > 1 ? 15 : 7, ...scores.map(widthOf)) : 0;
  const entry = 2 + label + 1 + width + (search ? 2 + scoreWidth : 0);
  const across = Math.floor((room + gap) / (entry + gap));
  if (across < 1 || Math.ceil(own.length / across) > rows) return null;
  return chunked(own, across).map((line, row) =>
    inLine(
      line.map((each, column) => {
        const isBest = search?.best?.trial.key === each.key;
        const isStopped = search !== null && each.trials[0]?.isStopped === true;
        const cells = cellsOf(each);
        const score = search
          ? [
              piece(" ".repeat(gap + width - lineWidth(cells))),
              piece(pad(scores[row * across + column]!, scoreWidth), isBest ? "bold" : "dim"),
            ]
          : [];
        return [
          piece(isBest ? "▸ " : "  ", "bold"),
          piece(`${pad(clip(piece(each.name).text, label), label)} `, nameStyle(isBest, isStopped)),
          ...cells,
          ...score,
        ];
      }),
    ),
  );
}

function nameStyle(isBest: boolean, isStopped: boolean): Style | undefined {
  if (isBest) return "bold";
  return isStopped ? "dim" : undefined;
}

function scoreOf({ score, cells }: TrialView, { planned }: SearchView): string {
  if (score) return spreadText(planned.objective.metric, score);
  return cells.includes("failed") ? "failed" : "";
}

/** Cells of several trials side by side, after the number of the first. */
function numbered(own: readonly GridRow[], { room, rows, width }: Place): readonly Line[] | null {
  const digits = String(own.length).length;
  const across = Math.floor((room - digits - 2 + gap) / (width + gap));
  if (across < 1 || Math.ceil(own.length / across) > rows) return null;
  return chunked(own, across).map((line, row) => [
    piece(`${indent}${String(row * across + 1).padStart(digits)}  `, "dim"),
    ...inLine(line.map(cellsOf)).slice(1),
  ]);
}

/** One glyph for a trial, or for as many as it takes: how far they are in eighths, then how they ended. */
function single(own: readonly GridRow[], { room, rows }: Pick<Place, "room" | "rows">): readonly Line[] {
  const each = Math.ceil(own.length / (room * rows));
  const cells = chunked(own, each).map((together) => {
    const all = together.flatMap(({ trials }) => trials.flatMap((trial) => trial ?? []));
    if (all.length > 0 && all.every(({ isStopped }) => isStopped)) return piece(...stopped);
    return summed(all.flatMap((trial) => trial.cells));
  });
  return chunked(cells, room).map((line) => [piece(indent), ...line]);
}

const worstFirst = ["failed", "skipped", "ran"] as const;
const eighths = ["▁", "▂", "▃", "▄", "▅", "▆", "▇"];
function summed(cells: readonly Status[]): Segment {
  const has = (status: Status): boolean => cells.includes(status);
  const done = cells.filter((status) => status !== "waiting" && status !== "running").length;
  if (done === cells.length) return glyph(worstFirst.find(has) ?? "reused");
  if (done === 0) return glyph(has("running") ? "running" : "waiting");
  return piece(eighths[Math.min(6, Math.floor((done / cells.length) * 7))]!, "cyan");
}

const inLine = (entries: readonly Line[]): Line => [
  piece(indent),
  ...entries.flatMap((entry, index) => (index > 0 ? [piece(" ".repeat(gap)), ...entry] : entry)),
];
const chunked = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, chunk) => items.slice(chunk * size, (chunk + 1) * size));
