/**
 * Tells a run while it goes on, in whichever way fits: a live screen, lines, JSON or failures only.
 *
 * Results go to stdout, warnings to stderr. React is loaded for a screen alone.
 */
import type { RunEvent } from "../run/event.js";
import type { StopSignal } from "../run/interrupt.js";
import { colorOnStdout } from "../text/color.js";
import { jsonLine } from "../text/json.js";
import { plainReporter, stopping } from "../text/plain.js";
import { failuresOf, SearchIndex, stepLabel } from "../text/search-index.js";
import { laidOutLines, renderSummary } from "../text/summary.js";
import { WarningReporter } from "../text/warning-reporter.js";
import { modeOf } from "./mode.js";
import { print, printPainted, say } from "./output.js";

export interface Reporter {
  report(event: RunEvent): void;
  warn(message: string): void;
  /** The last words: summary, figures, expectations that do not hold. */
  finish(last: {
    readonly figures: readonly string[];
    readonly models?: readonly string[];
    readonly broken: readonly string[];
    readonly spreads: ReadonlyMap<string, string>;
    /** Which stages allow which warnings, in a line. */
    readonly allowed?: string | null;
  }): void;
  /** Gives the terminal back, whatever happened. */
  abandon(): void;
}
interface ReporterFlags {
  readonly plain?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly color?: boolean;
}

export async function openReporter(
  flags: ReporterFlags,
  hooks: { readonly again: string; readonly reported?: ReadonlySet<string>; interrupt(signal: StopSignal): void },
): Promise<Reporter> {
  const mode = modeOf(flags, {
    stdout: process.stdout.isTTY === true,
    stdin: process.stdin.isTTY === true,
    env: process.env,
  });
  const color = colorOnStdout(flags);
  const screen =
    mode === "screen" ? (await import("./app.js")).startScreen({ color, interrupt: hooks.interrupt }) : undefined;
  const plain = plainReporter(() => performance.now());
  const steps = new Map<string, Extract<RunEvent, { event: "step" }>>();
  let index = new SearchIndex();
  const spans = new Map<string, { readonly firstMs: number; lastMs: number }>();
  const time = (event: RunEvent): void => {
    if (event.event !== "start" && (event.event !== "step" || event.verdict === "reuse")) return;
    const stage = index.stageOf(event);
    if (!index.isSearch(stage)) return;
    const span = spans.get(stage);
    if (span) span.lastMs = performance.now();
    else spans.set(stage, { firstMs: performance.now(), lastMs: performance.now() });
  };
  let run: Extract<RunEvent, { event: "run" }> | undefined;
  const held: string[] = [];
  const warnings = new WarningReporter();
  const warn = (message: string): void => {
    // A line on stderr would tear the live frame; it is said when the frame is gone.
    if (screen) held.push(message);
    else say(`warning: ${message}\n`);
  };
  return {
    report(event) {
      if (event.event === "plan") index = new SearchIndex(event);
      // A step whose result was found damaged is told again; the last word counts.
      if (event.event === "step") steps.set(stepLabel(event), event);
      time(event);
      if (event.event === "run") run = event;
      // What checking the file has said of its data is not said again.
      const warning =
        event.event === "warning" && !hooks.reported?.has(event.message) ? warnings.line(event, index) : null;
      if (warning !== null) warn(warning);
      if (mode === "json") print(jsonLine(event));
      else if (mode === "screen") screen!.update(event);
      else if (mode === "plain") {
        const line = plain(event);
        if (line !== null) print(`${line}\n`);
      }
      // A search goes on when a cell fails; should it come to no end, `finish` says why.
      if (event.event === "step" && event.status === "failed" && event.error && mode !== "screen" && !index.cell(event))
        say(`${event.error}\n\n`);
      if (event.event === "interrupt" && (mode === "json" || mode === "quiet" || event.signal === "SIGPIPE"))
        say(`${stopping(event)}\n`);
    },
    warn,
    finish({ figures, models = [], broken, spreads, allowed = null }) {
      screen?.stop();
      for (const message of warnings.rest()) warn(message);
      for (const message of held.splice(0)) say(`warning: ${message}\n`);
      const spansMs = new Map([...spans].map(([stage, { firstMs, lastMs }]) => [stage, lastMs - firstMs]));
      if (mode === "screen")
        printPainted(
          renderSummary(
            {
              ...{ steps: [...steps.values()], index, again: hooks.again, run },
              ...{ figures, models, broken, spreads, spansMs, allowed },
            },
            { color, columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 },
          ),
        );
      if (mode === "plain") {
        for (const [stage, text] of spreads) if (!index.isSearch(stage)) print(`${stage} ${text}\n`);
        for (const line of laidOutLines(figures, models)) print(`${line}\n`);
        if (allowed !== null) print(`${allowed}\n`);
      }
      if (mode !== "screen" && run?.status === "failed")
        for (const step of failuresOf([...steps.values()], index).reported)
          if (index.cell(step) && step.error) say(`${step.error}\n\n`);
      if (mode !== "screen") for (const sentence of broken) say(`An expectation does not hold: ${sentence}.\n`);
      if (run?.status === "interrupted") say(`What is finished is kept. Go on with: ${hooks.again}\n`);
      else if (run?.status === "failed" && mode !== "quiet")
        say(`What is finished is kept. Once the mistake is corrected, go on with: ${hooks.again}\n`);
    },
    abandon() {
      screen?.stop();
    },
  };
}
