/** How a mistake in a file is told, by whoever finds it. */
import type { Diagnostic, Span } from "../diagnostic/diagnostic.js";
import type { WarningName } from "../diagnostic/warnings.js";
import { limits, overLimit } from "./limits.js";

export interface ReportDetails {
  /** Beside the underline. */
  readonly label?: string | undefined;
  /** Other places involved. */
  readonly notes?: Diagnostic["notes"] | undefined;
  /** Default: error. */
  readonly severity?: Diagnostic["severity"] | undefined;
  /** Of a warning that `allow` can silence. */
  readonly name?: WarningName | undefined;
  /**
   * What the mistake is about, where several places show it, such as a stage that is not there: they are told as one.
   */
  readonly about?: string | undefined;
}
/** Without a span the mistake is of the file as a whole. */
export type Report = (span: Span | undefined, title: string, message: string, details?: ReportDetails) => void;

/** Does the mistake leave the file wrong? */
export const isError = (details: ReportDetails | undefined): boolean => (details?.severity ?? "error") === "error";

/** The same without the warnings that a stage allows. */
export function allowing(allow: readonly string[], report: Report): Report {
  if (allow.length === 0) return report;
  return (span, title, message, details) => {
    if (details?.name === undefined || isError(details) || !allow.includes(details.name))
      report(span, title, message, details);
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
export const diagnosticOf = (path: string, ...[span, title, message, details]: Parameters<Report>): Diagnostic => ({
  severity: details?.severity ?? "error",
  title,
  file: span?.file.path ?? path,
  ...(span ? { span } : {}),
  ...(details?.label ? { label: details.label } : {}),
  ...(details?.notes ? { notes: details.notes } : {}),
  ...(details?.name ? { name: details.name } : {}),
  message,
});
