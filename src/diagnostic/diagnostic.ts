/**
 * A mistake, explained, as plain data: no colour, no input, no output.
 *
 * Spans are offsets into a source text; `render.ts` turns them into excerpts.
 */
export interface SourceFile {
  /** As the user typed it; shown in messages. */
  readonly path: string;
  readonly text: string;
}
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}
export interface Note {
  readonly span: Span;
  /** What stands there, a few words beside the underline. */
  readonly label: string;
}
export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** Of a warning that a stage may silence with `allow: [name]`. */
  readonly name?: string;
  /** Lower case, no full stop: `unknown option`. */
  readonly title: string;
  readonly file: string;
  readonly span?: Span;
  /** Beside the first underline. */
  readonly label?: string;
  /** Other places involved. */
  readonly notes?: readonly Note[];
  /** What was found and wanted, and what to do: one or more lines. */
  readonly message: string;
}
export type Checked<T> =
  | { readonly ok: true; readonly value: T; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/**
 * Thrown where a file, an option or the data is wrong; carries what is known, the edge adds the place. Exit 1 in a
 * stage, 2 in check.
 */
export class MistakeError extends Error {
  override name = "MistakeError";
  constructor(
    readonly title: string,
    message: string,
    /** The option path the mistake belongs to, such as ["optimizer", "adam", "learning_rate"]. */
    readonly option: readonly (string | number)[] = [],
  ) {
    super(message);
  }
}
/**
 * A mistake here and now: another moment or another machine may know better, so it is told as any other, but never kept
 * as a result.
 */
export class LocalMistakeError extends MistakeError {
  override name = "LocalMistakeError";
}
/** Disk, memory, cache or engine: exit 4. */
export class EnvironmentError extends Error {
  override name = "EnvironmentError";
}
/** There is too little memory at this moment; when others are done it may suffice. */
export class ShortMemoryError extends EnvironmentError {
  override name = "ShortMemoryError";
}
