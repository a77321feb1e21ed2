/** How a mistake in a file is told, by whoever finds it. */
import type { Diagnostic, Mistake, Span } from "../diagnostic/diagnostic.js";
import { limits, overLimit } from "./limits.js";

/** A mistake whose place in the file is known; without a span it is of the file as a whole. */
export type PlacedMistake = Omit<Mistake, "at">;
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

/** What a check has found; what shows at several places is one mistake, at the first of them, the others beside it. */
export class Collected {
  readonly diagnostics: Diagnostic[] = [];
  readonly #places = new Set<string>();
  readonly #sentences = new Set<string>();
  /** Of what a mistake is about, its place among the diagnostics. */
  readonly #subjects = new Map<string, number>();
  constructor(private readonly path: string) {}

  /** Whether there is a diagnostic for this place. */
  readonly isReported = (span: Span | undefined): boolean => this.#places.has(placeOf(span));

  /** @throws EnoughError */
  readonly report: Report = (mistake) => {
    const { span, title, message, about } = mistake;
    this.#places.add(placeOf(span));
    // What an alias repeats stands at one place.
    const sentence = `${span?.file.path} ${span?.start} ${title} ${message}`;
    if (span && this.#sentences.has(sentence)) return;
    this.#sentences.add(sentence);
    const index = about === undefined ? undefined : this.#subjects.get(about);
    if (index !== undefined) {
      this.diagnostics[index] = withPlace(this.diagnostics[index]!, diagnosticOf(this.path, mistake));
      return;
    }
    if (about !== undefined) this.#subjects.set(about, this.diagnostics.length);
    keep(this.diagnostics, diagnosticOf(this.path, mistake));
  };
}
const placeOf = (span: Span | undefined): string => `${span?.file.path}:${span?.start}`;

const mostPlaces = 5;
/** One mistake of the same found at two places, said where the file shows it first. */
function withPlace(known: Diagnostic, more: Diagnostic): Diagnostic {
  const { span: at, notes = [] } = known;
  const { span } = more;
  if (!span || !at || span.start === at.start || notes.length >= mostPlaces) return known;
  const isEarlier = span.file === at.file && span.start < at.start;
  const others = [...notes, { span: isEarlier ? at : span, label: "here, too" }].sort(
    (a, b) => a.span.start - b.span.start,
  );
  return { ...(isEarlier ? more : known), notes: others };
}
