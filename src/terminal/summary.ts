/** What a run came to, on one screen: each stage, where the figures lie, what failed, how to go on. */
import type { RunEvent } from "../run/event.js";
import { painter } from "./color.js";
import { formatDuration } from "./duration.js";
import { stepLabel } from "./plain.js";
import { clip, pad, piece, widthOf } from "./text.js";

type StepEvent = Extract<RunEvent, { event: "step" }>;
export interface Summary {
  readonly steps: readonly StepEvent[];
  readonly run: Extract<RunEvent, { event: "run" }> | undefined;
  readonly figures: readonly string[];
  /** Expectations that do not hold. */
  readonly broken: readonly string[];
  /** Stages that ran over elements: mean ± sd of what they measured. */
  readonly spreads?: ReadonlyMap<string, string>;
}

/** Stages with many elements are one line: how many ran, were reused or failed. */
export function renderSummary(
  { steps, run, figures, broken, spreads }: Summary,
  options: { readonly color: boolean; readonly columns: number; readonly rows: number },
): string {
  const paint = painter(options.color);
  const stages = [...new Set(steps.map((step) => step.stage))];
  const width = Math.min(24, Math.max(...stages.map((stage) => widthOf(piece(stage).text)), 0));
  const lines: string[] = [];
  for (const stage of stages) {
    const own = steps.filter((step) => step.stage === stage);
    const count = (test: (step: StepEvent) => boolean): number => own.filter(test).length;
    const failed = count((step) => step.status === "failed");
    const skipped = count((step) => step.status === "skipped");
    const ran = count((step) => step.status === "ok" && step.verdict === "run");
    const glyph = failed > 0 ? paint("red", "✗") : skipped > 0 ? paint("yellow", "–") : ran > 0 ? paint("green", "✓") : paint("dim", "=");
    const only = own.length === 1 ? own[0]! : undefined;
    const elapsedMs = own.reduce((sum, step) => sum + (step.verdict === "run" ? step.elapsedMs : 0), 0);
    const time = ran > 0 ? formatDuration(elapsedMs) : "";
    const text = only
      ? only.status === "ok"
        ? [only.verdict === "reuse" ? "reused" : only.headline ? "" : "ran", only.headline ?? ""].filter(Boolean).join("  ")
        : `${only.status}${only.status === "skipped" ? `: ${only.reason}` : ""}`
      : [
          ran > 0 ? `${ran} ran` : "",
          own.length - ran - failed - skipped > 0 ? `${own.length - ran - failed - skipped} reused` : "",
          failed > 0 ? `${failed} failed` : "",
          skipped > 0 ? `${skipped} skipped` : "",
          spreads?.get(stage) ?? "",
        ]
          .filter(Boolean)
          .join(", ");
    const room = options.columns - width - 4 - (time ? time.length + 2 : 0);
    lines.push(
      `${glyph} ${paint("bold", pad(piece(stage).text, width))}  ${clip(piece(text).text, Math.max(0, room))}${time ? paint("dim", `  ${time}`) : ""}`,
    );
  }
  const shown = Math.max(4, options.rows - 8);
  const kept = lines.length > shown ? [...lines.slice(0, shown - 1), paint("dim", `… ${lines.length - shown + 1} more stages`)] : lines;
  for (const step of steps) if (step.status === "failed" && step.error) kept.push("", paint("red", `${stepLabel(step)} failed`), "", step.error);
  const folders = [...new Set(figures.map((path) => path.replace(/[^/\\]*$/, "")))];
  if (folders.length > 0) kept.push("", `Figures (SVG and PNG): ${folders.join(", ")}`);
  for (const sentence of broken) kept.push("", paint("red", `An expectation does not hold: ${sentence}.`));
  if (run) {
    const word =
      run.status === "ok"
        ? broken.length > 0
          ? paint("red", "Done, but not as expected")
          : paint("green", "Done")
        : run.status === "failed"
          ? paint("red", "Failed")
          : paint("yellow", "Interrupted");
    kept.push("", `${word}: ${run.ran} ran, ${run.reused} reused${run.failed > 0 ? `, ${run.failed} failed` : ""}, in ${formatDuration(run.elapsedMs)}.`);
  }
  return `${kept.join("\n")}\n`;
}
