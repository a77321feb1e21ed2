/** A run told line by line, for pipes, logs and CI: one line per event that matters. */

import type { RunEvent } from "../run/event.js";
import { escaped } from "../util/escape.js";
import { formatDuration } from "../util/numbers.js";
import { unreachable } from "../util/unreachable.js";
import { plural } from "../util/words.js";
import { scoreText } from "../values/model.js";
import { speedText } from "../values/speed.js";
import { ElementReporter } from "./element-reporter.js";
import { SearchIndex, stepLabel } from "./search-index.js";
import { SearchReporter } from "./search-reporter.js";

/** What has no epochs says how far it is, at most so often. */
const reachedMs = 5000;

/**
 * Remembers which epoch was told last, so that each is told once.
 *
 * @param now  milliseconds
 * @returns    a line, sometimes several, or null
 */
export function plainReporter(now: () => number): (event: RunEvent) => string | null {
  const epochs = new Map<string, number>();
  /** When a step without epochs began, or was told last. */
  const toldAt = new Map<string, number>();
  let index = new SearchIndex();
  let searches: SearchReporter | undefined;
  let elements: ElementReporter | undefined;
  return (event) => {
    // The cells of a search are hundreds; what starts and how far it is says its own line.
    if (
      (event.event === "start" || event.event === "progress" || event.event === "remark" || event.event === "speed") &&
      (index.cell(event) || index.search(event) || index.round(event) || elements?.isMany(event))
    )
      return null;
    switch (event.event) {
      case "plan": {
        index = new SearchIndex(event);
        searches = event.searches ? new SearchReporter(event, index) : undefined;
        elements = new ElementReporter(event, (step) => Boolean(index.cell(step) ?? index.round(step)));
        return planLine(event);
      }
      case "start":
        toldAt.set(stepLabel(event), now());
        return `${stepLabel(event)} runs: ${escaped(event.reason)}`;
      case "progress": {
        const { epoch, epochs: all, validationLoss, loss, fraction } = event;
        if (event.message) return `${stepLabel(event)} ${escaped(event.message)}`;
        if (epoch === undefined && fraction !== undefined) {
          if (now() - (toldAt.get(stepLabel(event)) ?? 0) < reachedMs) return null;
          toldAt.set(stepLabel(event), now());
          return `${stepLabel(event)} ${Math.floor(100 * fraction)} %`;
        }
        // Told when the epoch has ended: with a validation set that is known by its loss, else by the next one's start.
        if (
          epoch === undefined ||
          loss === undefined ||
          (event.examplesPerSecond !== undefined && validationLoss === undefined)
        )
          return null;
        if ((epochs.get(stepLabel(event)) ?? 0) >= epoch) return null;
        epochs.set(stepLabel(event), epoch);
        const validation =
          validationLoss === undefined ? "" : `; validation ${scoreOf(validationLoss, event.validationAccuracy)}`;
        return `${stepLabel(event)} epoch ${epoch} of ${all}: ${scoreOf(loss, event.accuracy)}${validation}`;
      }
      case "remark":
        return `${stepLabel(event)}: ${escaped(event.message)}`;
      case "speed":
        return `${stepLabel(event)}: ${speedText(event)}`;
      case "resumed":
        return null;
      case "trials":
        searches?.chosen(event);
        return null;
      case "execution":
      case "warning":
        return null;
      case "step": {
        const line = searches?.step(event);
        if (line !== undefined) return line;
        return elements?.isMany(event) ? elements.step(event, stepLine(event)) : stepLine(event);
      }
      case "interrupt":
        return stopping(event);
      case "run": {
        const failed = event.failed > 0 ? `, ${event.failed} failed` : "";
        const counts = `${event.ran} ran, ${event.reused} reused${failed}`;
        return `${endings[event.status]}: ${counts}, in ${formatDuration(event.elapsedMs)}`;
      }
      default:
        return unreachable(event);
    }
  };
}

const endings: Readonly<Record<Extract<RunEvent, { event: "run" }>["status"], string>> = {
  ok: "Done",
  failed: "Failed",
  interrupted: "Interrupted",
};

function planLine({ pipeline, steps, jobs, engine }: Extract<RunEvent, { event: "plan" }>): string {
  const count = (verdict: string): number => steps.filter((step) => step.verdict === verdict).length;
  const verdicts = `${count("reuse")} to reuse, ${count("run")} to run, ${count("wait")} to be judged later`;
  return `${escaped(pipeline)}: ${plural(steps.length, "step")}, ${verdicts}; ${plural(jobs, "job")}, engine ${engine}`;
}

const scoreOf = (loss: number, accuracy: number | undefined): string =>
  scoreText({ loss, ...(accuracy === undefined ? {} : { accuracy }) });

/** A terminal that is gone has no Ctrl-C. */
export function stopping({ signal }: Extract<RunEvent, { event: "interrupt" }>): string {
  const why = signal === "SIGPIPE" ? "Stopping, because what is printed no longer arrives" : "Stopping";
  const again = signal === "SIGHUP" ? "" : " Ctrl-C again stops at once.";
  return `${why}: the steps under way keep their checkpoints.${again}`;
}

function stepLine(event: Extract<RunEvent, { event: "step" }>): string {
  const label = stepLabel(event);
  if (event.status === "failed") return `${label} failed after ${formatDuration(event.elapsedMs)}`;
  if (event.status === "skipped") return `${label} skipped: ${escaped(event.reason)}`;
  const headline = event.headline ? `  ${escaped(event.headline)}` : "";
  return event.verdict === "reuse"
    ? `${label} reused${headline}`
    : `${label} ran in ${formatDuration(event.elapsedMs)}${headline}`;
}
