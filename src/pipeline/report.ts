/** How a mistake in a file is told, by whoever finds it. */
import type { Diagnostic, Mistake } from "../diagnostic/diagnostic.js";
import { limits, overLimit } from "./limits.js";

/** A mistake whose place in the file is known; without a span it is of the file as a whole. */
export interface PlacedMistake extends Omit<Mistake, "at"> {
  /**
   * What the mistake is about, where several places show it, such as a stage that is not there: they are told as one.
   */
  readonly about?: string | undefined;
}
export type Report = (mistake: PlacedMistake) => void;

/** Does the mistake leave the file wrong? */
export const isError = ({ severity = "error" }: Pick<Mistake, "severity">): boolean => severity === "error";

/** The same without the warnings that a stage allows. */
export function allowing(allow: readonly string[], report: Report): Report {
  if (allow.length === 0) return report;
  return (mistake) => {
    if (mistake.name === undefined || isError(mistake) || !allow.includes(mistake.name)) report(mistake);
  };
}

/** Ends a check that has found more than anybody reads. */
export class EnoughError extends Error {}

/** Keeps diagnostics up to the limit. @throws EnoughError beyond it, with the last place named */
export function keep(diagnostics: Diagnostic[], diagnostic: Diagnostic): void {
  diagnostics.push(diagnostic);
  if (diagnostics.length < limits.mistakes.most) return;
  const { file, span } = diagnostic;
  diagnostics.push({
    severity: "error",
    title: "and more",
    file,
    ...(span ? { span } : {}),
    message: overLimit("mistakes", "There are more mistakes in this file."),
  });
  throw new EnoughError();
}

/** As a diagnostic of `path` where it has no place. */
export const diagnosticOf = (
  path: string,
  { severity = "error", title, span, label, notes, name, message }: PlacedMistake,
): Diagnostic => ({
  severity,
  title,
  file: span?.file.path ?? path,
  ...(span ? { span } : {}),
  ...(label ? { label } : {}),
  ...(notes ? { notes } : {}),
  ...(name ? { name } : {}),
  message,
});
