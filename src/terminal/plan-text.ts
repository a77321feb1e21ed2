/** A plan as text: each step's verdict, the reason, and how long it took last time; a search in few lines. */
import type { PlannedSearch, PlannedStep } from "../run/event.js";
import { painter, type Style } from "./color.js";
import { formatDuration } from "./duration.js";
import { planSearch } from "./plan-search.js";
import { stageNameOf } from "./search-view.js";

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
  const toldOf = new Set<string>();
  const kept = steps.filter((step) => {
    const stage = stageNameOf(step);
    if (!stages.has(stage)) return true;
    return !toldOf.has(stage) && toldOf.add(stage);
  });
  const lines = joined(kept, stages);
  const width = Math.max(0, ...lines.map((line) => line.name.length));
  const about = (ms: number): string => (ms > 0 ? paint("dim", `  about ${formatDuration(ms)}`) : "");
  const rows = lines.flatMap(({ name, step, count }) => {
    const begin = paint("bold", name.padEnd(width));
    if (stages.has(name)) {
      const own = cells(name);
      const told = planSearch(
        searches.filter(({ stage }) => stage === name),
        own,
      );
      return told.map((line, index) => (index === 0 ? `${begin}  ${line}${about(workMs(own))}` : `${" ".repeat(width)}  ${paint("dim", line)}`));
    }
    const [word, style] = words[step.verdict];
    const estimate = step.verdict !== "reuse" && step.estimateMs !== null ? paint("dim", `  about ${formatDuration(step.estimateMs * count)}`) : "";
    return [`${begin}  ${paint(style, word.padEnd(6))}  ${step.reason}${estimate}`];
  });
  const count = (verdict: string): number => steps.filter((step) => step.verdict === verdict).length;
  const totalMs = workMs(steps);
  const nothing = count("run") + count("wait") === 0;
  const total = nothing
    ? "Nothing to do."
    : `${count("run")} to run, ${count("wait")} waiting for them, ${count("reuse")} reused${totalMs > 0 ? `; about ${formatDuration(totalMs)} of work` : ""}.`;
  return `${rows.join("\n")}\n\n${total}\n`;
}

const workMs = (steps: readonly PlannedStep[]): number => steps.reduce((sum, step) => sum + (step.verdict === "reuse" ? 0 : (step.estimateMs ?? 0)), 0);

/** Elements of a stage with the same verdict and reason share a line: `cnn 1 … 10`. */
function joined(steps: readonly PlannedStep[], searches: ReadonlySet<string>): readonly Line[] {
  const lines: { name: string; step: PlannedStep; count: number; first: string | null; last: string | null }[] = [];
  for (const step of steps) {
    const before = lines[lines.length - 1];
    if (searches.has(stageNameOf(step))) lines.push({ name: "", step: { ...step, stage: stageNameOf(step) }, count: 1, first: null, last: null });
    else if (
      before &&
      step.element !== null &&
      before.step.stage === step.stage &&
      before.step.verdict === step.verdict &&
      before.step.reason.replace(/\d+/g, "#") === step.reason.replace(/\d+/g, "#")
    ) {
      before.last = step.element;
      before.count++;
    } else lines.push({ name: "", step, count: 1, first: step.element, last: step.element });
  }
  return lines.map((line) => ({
    ...line,
    name: line.first === null ? line.step.stage : line.count === 1 ? `${line.step.stage} ${line.first}` : `${line.step.stage} ${line.first} … ${line.last}`,
  }));
}
