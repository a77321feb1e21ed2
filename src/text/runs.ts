/** Past runs as a table, newest first. */

import type { RunRecord } from "../store/store.js";
import { escaped } from "../util/escape.js";
import { formatDuration } from "../util/numbers.js";
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
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[], style?: (column: number, text: string) => string): string =>
    cells
      .map((cell, column) => {
        const padded =
          column === 0 || (column >= 4 && column <= 6) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
        return style ? style(column, padded) : padded;
      })
      .join("  ")
      .trimEnd();
  const body = rows.map((row, index) =>
    line(row, (column, text) => (column === 3 ? paint(styles[runs[index]!.status], text) : text)),
  );
  return `${[paint("dim", line(header)), ...body].join("\n")}\n`;
}

function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
