/** Past runs as a table, newest first. */

import type { RunRecord } from "../store/store.js";
import { escaped } from "../util/escape.js";
import { formatDuration } from "../util/numbers.js";
import { table } from "../util/table.js";
import { painter, type Style } from "./color.js";

const styles: Readonly<Record<RunRecord["status"], Style>> = {
  ok: "green",
  running: "cyan",
  failed: "red",
  interrupted: "yellow",
  lost: "red",
};

export function renderRuns(runs: readonly RunRecord[], options: { readonly color: boolean }): string {
  if (runs.length === 0) return "No runs yet. `hw1 run FILE` makes the first.\n";
  const paint = painter(options.color);
  const header = ["run", "started", "pipeline", "status", "ran", "reused", "failed", "took"];
  const rows = runs.map((run) => [
    String(run.id),
    localTime(run.startedAt),
    escaped(run.pipeline),
    run.status,
    String(run.ran),
    String(run.reused),
    String(run.failed),
    run.finishedAt === null ? "" : formatDuration(run.finishedAt - run.startedAt),
  ]);
  const [head = "", ...body] = table([header, ...rows], {
    right: (column) => column === 0 || (column >= 4 && column <= 6),
    paint: (cell, column, row) => (column === 3 && row > 0 ? paint(styles[runs[row - 1]!.status], cell) : cell),
  });
  return `${[paint("dim", head), ...body].join("\n")}\n`;
}

function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())];
  return `${day.join("-")} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}
