/**
 * A mistake, explained, as plain data: no colour, no input, no output.
 *
 * Spans are offsets into a source text; `render.ts` turns them into excerpts.
 */
import type { WarningName } from "./warnings.js";

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
/** As a note, at an option of the stage. */
export interface OptionNote {
  readonly at: OptionPath;
  readonly label: string;
}
/** An option of a stage, such as ["optimizer", "adam", "learning_rate"]; [] is the stage itself. */
export type OptionPath = readonly (string | number)[];

/** What is wrong, or to be doubted: all that whoever finds it gives to whoever reports it. */
export interface Mistake {
  /** Lower case, no full stop: `unknown option`. */
  readonly title: string;
  /** What was found and wanted, and what to do: one or more lines. */
  readonly message: string;
  /** Where it is, in the words of who knows the stage and not the file: an option; … */
  readonly at?: OptionPath | undefined;
  /** … or a place in a file. With neither it is of the stage, or of the file, as a whole. */
  readonly span?: Span | undefined;
  /** Beside the first underline. */
  readonly label?: string | undefined;
  /** Other places involved. */
  readonly notes?: readonly Note[] | undefined;
  /** The same, of who knows the stage and not the file. */
  readonly also?: readonly OptionNote[] | undefined;
  /** Default: error. */
  readonly severity?: "error" | "warning" | undefined;
  /** Of a warning that a stage may silence with `allow: [name]`. */
  readonly name?: WarningName | undefined;
  /**
   * What the mistake is about, where several places show it, such as a stage that is not there: they are told as one.
   */
  readonly about?: string | undefined;
}
/** A mistake whose file and place are known. */
export interface Diagnostic extends Omit<Mistake, "at" | "also" | "about"> {
  readonly severity: "error" | "warning";
  readonly file: string;
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
  readonly title: string;
  readonly at: OptionPath;
  readonly also: readonly OptionNote[];
  constructor({ title, message, at = [], also = [] }: Mistake) {
    super(message);
    this.title = title;
    this.at = at;
    this.also = also;
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
