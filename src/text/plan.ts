/** A plan as text: each step's verdict, the reason, and how long it took last time; a search in few lines. */

import type { PlannedSearch, PlannedStep } from "../run/event.js";
import { escaped } from "../util/escape.js";
import { formatDuration } from "../util/numbers.js";
import { table } from "../util/table.js";
import { plural } from "../util/words.js";
import { painter, type Style } from "./color.js";
import { planSearch } from "./plan-search.js";
import { stageNameOf } from "./search-index.js";

const words: Readonly<Record<PlannedStep["verdict"], readonly [string, Style]>> = {
  reuse: ["reused", "dim"],
  run: ["runs", "green"],
  wait: ["waits", "yellow"],
};

interface Line {
  readonly name: string;
  readonly step: PlannedStep;
  readonly count: number;
}

export function renderPlan(
  steps: readonly PlannedStep[],
  options: { readonly color: boolean; readonly columns: number },
  searches: readonly PlannedSearch[] = [],
): string {
  const paint = painter(options.color);
  const stages = new Set(searches.map(({ stage }) => stage));
  const cells = (stage: string): readonly PlannedStep[] => steps.filter((step) => stageNameOf(step) === stage);
  // The first step of a search stands for all of them.
  const shownOf = new Set<string>();
  const kept = steps.filter((step) => {
    const stage = stageNameOf(step);
    if (!stages.has(stage)) return true;
    return !shownOf.has(stage) && shownOf.add(stage);
  });
  const lines = joined(kept, stages);
  const about = ({ ms, unknown }: Work): string =>
    ms > 0 ? paint("dim", `  ${unknown > 0 ? "over" : "about"} ${formatDuration(ms)}`) : "";
  const rows = lines.flatMap(({ name, step, count }): readonly (readonly string[])[] => {
    if (stages.has(name)) {
      const own = cells(name);
      const texts = planSearch(
        searches.filter(({ stage }) => stage === name),
        own,
      );
      return texts
        .map(escaped)
        .map((line, index) =>
          index === 0 ? [name, `${line}${about(workOf(own, stages))}`] : ["", paint("dim", line)],
        );
    }
    const [word, style] = words[step.verdict];
    const estimate =
      step.verdict !== "reuse" && step.estimateMs !== null
        ? paint("dim", `  about ${formatDuration(step.estimateMs * count)}`)
        : "";
    return [[name, `${paint(style, word.padEnd(6))}  ${escaped(step.reason)}${estimate}`]];
  });
  const count = (verdict: string): number => steps.filter((step) => step.verdict === verdict).length;
  const { ms, unknown } = workOf(steps, stages);
  const nothing = count("run") + count("wait") === 0;
  const beside = unknown > 0 ? ` beside ${plural(unknown, "step")} of which no time is known` : "";
  const work = ms > 0 ? `; about ${formatDuration(ms)} of work${beside}` : "";
  const total = nothing
    ? "Nothing to do."
    : `${count("run")} to run, ${count("wait")} waiting for them, ${count("reuse")} reused${work}.`;
  const names = table(rows, {
    paint: (cell, column) => (column === 0 && cell.trim() !== "" ? paint("bold", cell) : cell),
  });
  return `${names.join("\n")}\n\n${total}\n`;
}

/**
 * What is left to do: the time of what is estimated, and how many steps are not. Choosing and gathering what the cells
 * of a search leave takes next to nothing, and counts only where its time is known.
 */
interface Work {
  readonly ms: number;
  readonly unknown: number;
}
function workOf(steps: readonly PlannedStep[], searches: ReadonlySet<string>): Work {
  const ahead = steps.filter(({ verdict }) => verdict !== "reuse");
  const gathers = ({ stage, trial }: PlannedStep): boolean => searches.has(stage) && trial === undefined;
  return {
    ms: ahead.reduce((sum, { estimateMs }) => sum + (estimateMs ?? 0), 0),
    unknown: ahead.filter((step) => step.estimateMs === null && !gathers(step)).length,
  };
}

/**
 * Elements of a stage with the same verdict and reason share a line, wherever they stand in the plan: `cnn 1 … 10`, or
 * `fits 36 of 72` where others are judged otherwise. Reasons that differ only in which element they name are the same.
 */
function joined(steps: readonly PlannedStep[], searches: ReadonlySet<string>): readonly Line[] {
  const lines = new Map<string, PlannedStep[]>();
  const all = new Map<string, number>();
  for (const step of steps) {
    const search = searches.has(stageNameOf(step));
    const key =
      search || step.element === null
        ? `${stageNameOf(step)}`
        : `${step.stage}\u0000${step.verdict}\u0000${generic(step.reason)}`;
    const line = lines.get(key);
    if (line) line.push(step);
    else lines.set(key, [search ? { ...step, stage: stageNameOf(step), element: null } : step]);
    all.set(step.stage, (all.get(step.stage) ?? 0) + 1);
  }
  return [...lines.values()].map((own) => {
    const step = own[0]!;
    const reason = own.every((other) => other.reason === step.reason) ? step.reason : generic(step.reason);
    const name = `${step.stage}${placeOf(own, all.get(step.stage)!)}`;
    return { name: escaped(name), step: { ...step, reason }, count: own.length };
  });
}

/** Which elements of a stage a line stands for. @param all  how many it has */
function placeOf(own: readonly PlannedStep[], all: number): string {
  const first = own[0]!.element;
  if (first === null) return "";
  if (own.length === 1) return ` ${first}`;
  return own.length === all ? ` ${first} … ${own.at(-1)!.element}` : ` ${own.length} of ${all}`;
}

/** `fits/2-16-elu must run first` → `fits/… must run first`, and numbers are any numbers. */
const generic = (reason: string): string => reason.replace(/\/\S+/g, "/…").replace(/\d+(\.\d+)?/g, "…");
