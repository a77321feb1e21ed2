/** What is said of a step that failed: where in the file it stands, and which configuration of a search it was. */
import {
  type Diagnostic,
  EnvironmentError,
  LocalMistakeError,
  type Mistake,
  MistakeError,
} from "../diagnostic/diagnostic.js";
import { renderDiagnostic } from "../diagnostic/render.js";
import { ChangedFileError } from "../pipeline/run-context.js";
import { type Step, stepKey } from "../plan/steps.js";
import { nounOf } from "../values/axes.js";
import { WorkerLostError } from "./worker-pool.js";

export const failureText = (step: Step, error: unknown): string =>
  error instanceof EnvironmentError
    ? `${error.message}${placeInSearch(step)}`
    : renderDiagnostic(diagnosticOf(step, error));

function diagnosticOf(step: Step, error: unknown): Diagnostic {
  const { title, message, at = [], also = [] } = explained(step, error);
  const span = step.stage.optionSpan(at);
  const notes = also.map(({ at: beside, label }) => ({ span: step.stage.optionSpan(beside), label }));
  return { severity: "error", title, file: span.file.path, span, message, notes };
}

function explained(step: Step, error: unknown): Mistake {
  if (error instanceof MistakeError) {
    const where = error instanceof LocalMistakeError ? placeInSearch(step) : "";
    return { title: error.title, at: error.at, also: error.also, message: `${error.message}${where}` };
  }
  if (error instanceof ChangedFileError)
    return {
      title: "a data file keeps changing",
      message:
        `\`${error.path}\` was changed whenever it was about to be read. Wait until it is complete, ` +
        "or close the program that writes it, and give the same command again.",
    };
  if (error instanceof WorkerLostError)
    return {
      title: "the step's process was lost",
      message:
        `${error.message}${placeInSearch(step)}\n` + "Run the same command again: it goes on from the last checkpoint.",
    };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    title: "hw1 has a bug",
    message: `This should not happen. Please report it with the lines below.\n\n${stack}`,
  };
}

/** Which configuration it was, on a line of its own; nothing of a step outside a search. */
function placeInSearch({ cell, trial, stage, keys }: Step): string {
  if (!cell) return "";
  const inner = cell.fold === null ? 0 : cell.fold.split("/").length;
  const axes = stage.scope.map(({ of }, at) => `, ${nounOf(of)} ${keys[at]}`);
  const fold = axes.slice(axes.length - inner).join("");
  const search = stepKey(cell.search, cell.element);
  const configuration = `the configuration \`${trial?.key ?? cell.key}\` of \`${search}\`${fold}`;
  return `\nThis was ${configuration}; a search is not ranked without it.`;
}
