/** Past runs as a table, newest first; below it what became of the test sets that they opened. */

import type { RunRecord } from "../store/store.js";
import { escaped } from "../util/escape.js";
import { formatDuration } from "../util/numbers.js";
import { table } from "../util/table.js";
import { listed, plural } from "../util/words.js";
import { painter, type Style } from "./color.js";
import { ledgerText, type TestSetLedger } from "./ledger.js";

export interface ListedRun extends RunRecord {
  /** Test sets that it opened, or looked at again. */
  readonly ledger: readonly {
    /** In this run. */
    readonly opened: number;
    readonly looks: number;
    /** In all runs. */
    readonly testSet: TestSetLedger;
  }[];
}

const styles: Readonly<Record<RunRecord["status"], Style>> = {
  ok: "green",
  running: "cyan",
  failed: "red",
  interrupted: "yellow",
  lost: "red",
};

interface Options {
  readonly color: boolean;
  /** Test sets that were opened in runs of which nothing else is known. */
  readonly lost?: readonly TestSetLedger[];
}

export function renderRuns(runs: readonly ListedRun[], options: Options): string {
  const sets = new Map(runs.flatMap(({ ledger }) => ledger.map(({ testSet }) => [testSet.examples, testSet])));
  const told = (set: TestSetLedger): string => `${openersOf(set, runs)}: ${ledgerText(set)}`;
  const lost = (options.lost ?? []).filter(({ examples }) => !sets.has(examples)).map(told);
  const before = lost.length === 0 ? "" : `\n${["Of runs whose history was lost:", ...lost].join("\n")}\n`;
  if (runs.length === 0) return `No runs yet. \`hw1 run FILE\` makes the first.\n${before}`;
  const paint = painter(options.color);
  const isTold = runs.some(({ ledger }) => ledger.length > 0);
  const header = [
    ...["run", "started", "pipeline", "status", "ran", "reused", "failed", "took"],
    ...(isTold ? ["test set"] : []),
  ];
  const rows = runs.map((run) => [
    String(run.id),
    localTime(run.startedAt),
    escaped(run.pipeline),
    run.status,
    String(run.ran),
    String(run.reused),
    String(run.failed),
    run.finishedAt === null ? "" : formatDuration(run.finishedAt - run.startedAt),
    ...(isTold ? [openedText(run)] : []),
  ]);
  const [head = "", ...body] = table([header, ...rows], {
    right: (column) => column === 0 || (column >= 4 && column <= 6),
    paint: (cell, column, row) => (column === 3 && row > 0 ? paint(styles[runs[row - 1]!.status], cell) : cell),
  });
  const sentences = [...sets.values()].map(told);
  return `${[paint("dim", head), ...body, ...(sentences.length > 0 ? ["", ...sentences] : [])].join("\n")}\n${before}`;
}

/** `opened 3 times`, `2 looks`, or both. */
function openedText({ ledger }: ListedRun): string {
  const opened = ledger.reduce((sum, set) => sum + set.opened, 0);
  const looks = ledger.reduce((sum, set) => sum + set.looks, 0);
  return [
    ...(opened > 0 ? [`opened ${plural(opened, "time")}`] : []),
    ...(looks > 0 ? [plural(looks, "look")] : []),
  ].join(", ");
}

/** Pipelines that opened a set; of one that was only looked at, those that did. */
function openersOf({ examples, openings }: TestSetLedger, runs: readonly ListedRun[]): string {
  const looked = runs.filter(({ ledger }) => ledger.some(({ testSet }) => testSet.examples === examples));
  const names = (openings.length > 0 ? openings : looked).map(({ pipeline }) => pipeline);
  return escaped(listed([...new Set(names)]));
}

function localTime(at: number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())];
  return `${day.join("-")} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}
