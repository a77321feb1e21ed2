/** What a run came to, on one screen: each stage, where the figures lie, what failed, how to go on. */

import type { RunEvent } from "../run/event.js";
import { escaped, escapedLines } from "../util/escape.js";
import { formatDuration } from "../util/numbers.js";
import { clip, pad, widthOf } from "../util/width.js";
import { plural } from "../util/words.js";
import { painter } from "./color.js";
import { piece } from "./line.js";
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
  /** Expectations that do not hold. */
  readonly broken: readonly string[];
  /** Stages that ran over elements: mean ± sd of what they measured. */
  readonly spreads?: ReadonlyMap<string, string>;
  /**
   * Of searches, from the first cell that started to the end: cells overlap, and those of a batch take the same time.
   */
  readonly spansMs?: ReadonlyMap<string, number>;
  /** Which stages allow which warnings. */
  readonly allowed?: string | null;
}

/** Stages with many elements are one line: how many ran, were reused or failed. */
export function renderSummary(
  {
    steps,
    index = new SearchIndex(),
    again = "hw1 run FILE",
    run,
    figures,
    broken,
    spreads,
    spansMs,
    allowed,
  }: Summary,
  options: { readonly color: boolean; readonly columns: number; readonly rows: number },
): string {
  const paint = painter(options.color);
  const failures = failuresOf(steps, index);
  const byStage = new Map<string, StepEvent[]>();
  for (const step of steps) {
    const known = byStage.get(index.stageOf(step));
    if (known) known.push(step);
    else byStage.set(index.stageOf(step), [step]);
  }
  const stages = [...byStage.keys()];
  const width = Math.min(24, Math.max(...stages.map((stage) => widthOf(piece(stage).text)), 0));
  const lines: { readonly text: string; readonly weight: number }[] = [];
  for (const [stage, every] of byStage) {
    // A search is told by its collating step, unless it came to none; the time is that of its cells, too.
    const collating = every.filter((step) => index.search(step));
    const own = collating.length > 0 ? collating : every;
    const count = (test: (step: StepEvent) => boolean): number => own.filter(test).length;
    const failed = count((step) => step.status === "failed");
    const skipped = count((step) => step.status === "skipped");
    const ran = count((step) => step.status === "ok" && step.verdict === "run");
    const worked = every.some((step) => step.status === "ok" && step.verdict === "run");
    const glyph =
      failed > 0
        ? paint("red", "✗")
        : skipped > 0
          ? paint("yellow", "–")
          : ran > 0
            ? paint("green", "✓")
            : paint("dim", "=");
    const only = own.length === 1 ? own[0]! : undefined;
    const elapsedMs =
      spansMs?.get(stage) ?? every.reduce((sum, step) => sum + (step.verdict === "run" ? step.elapsedMs : 0), 0);
    const time = worked ? formatDuration(elapsedMs) : "";
    const text = only
      ? only.status === "ok"
        ? [only.verdict === "reuse" ? "reused" : only.headline ? "" : "ran", only.headline ?? ""]
            .filter(Boolean)
            .join("  ")
        : `${only.status}${only.status === "skipped" ? `: ${only.reason}` : ""}`
      : (collating.length > 0 ? `${collating.length} searches: ` : "") +
        [
          ran > 0 ? `${ran} ran` : "",
          own.length - ran - failed - skipped > 0 ? `${own.length - ran - failed - skipped} reused` : "",
          failed > 0 ? `${failed} failed` : "",
          skipped > 0 ? `${skipped} skipped` : "",
          index.isSearch(stage) ? "" : (spreads?.get(stage) ?? ""),
        ]
          .filter(Boolean)
          .join(", ");
    const room = options.columns - width - 4 - (time ? time.length + 2 : 0);
    lines.push({
      text: `${glyph} ${paint("bold", pad(piece(stage).text, width))}  ${clip(piece(text).text, Math.max(0, room))}${time ? paint("dim", `  ${time}`) : ""}`,
      weight: failed > 0 ? 3 : index.isSearch(stage) ? 2 : ran > 0 || skipped > 0 ? 1 : 0,
    });
  }
  const note = failedTrials(failures.trials, again);
  const shown = Math.max(4, options.rows - 8 - (note ? 2 : 0));
  const kept = lines.map(({ text }) => text);
  if (lines.length > shown) {
    // Where not all stages fit, what failed stays, then what searched, then what ran.
    const best = new Set([...lines].sort((one, other) => other.weight - one.weight).slice(0, shown - 1));
    const texts = lines.filter((line) => best.has(line)).map(({ text }) => text);
    kept.splice(0, kept.length, ...texts, paint("dim", `… ${lines.length - shown + 1} more stages`));
  }
  if (note) kept.push("", paint("yellow", note));
  for (const step of failures.reported)
    if (step.error) kept.push("", paint("red", `${escaped(stepLabel(step))} failed`), "", escapedLines(step.error));
  const folders = [...new Set(figures.map((path) => path.replace(/[^/\\]*$/, "")))];
  if (allowed) kept.push("", allowed);
  if (folders.length > 0) kept.push("", `Figures (SVG and PNG): ${escaped(folders.join(", "))}`);
  for (const sentence of broken) kept.push("", paint("red", `An expectation does not hold: ${escaped(sentence)}.`));
  if (run) {
    const word =
      run.status === "ok"
        ? broken.length > 0
          ? paint("red", "Done, but not as expected")
          : paint("green", "Done")
        : run.status === "failed"
          ? paint("red", "Failed")
          : paint("yellow", "Interrupted");
    kept.push(
      "",
      `${word}: ${run.ran} ran, ${run.reused} reused${run.failed > 0 ? `, ${run.failed} failed` : ""}, in ${formatDuration(run.elapsedMs)}.`,
    );
  }
  return `${kept.join("\n")}\n`;
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
