/** What a kind's `check` is given: options, what is known of the inputs, and where to report a mistake. */
import type { Mistake, Span } from "../diagnostic/diagnostic.js";
import type { PortInfo, RowsInfo } from "./port-info.js";
import type { ListsBeside, Ports } from "./run-context.js";
import type { Axis } from "./scope.js";

/** What a source runs over, and what of it is gathered because the reader does not run over it. */
export interface SourceScope {
  readonly all: readonly Axis[];
  readonly gathered: readonly Axis[];
  /** Ids of examples (`RowsInfo.id`) that are cut out anew for each of the elements gathered. */
  readonly redrawn?: ReadonlySet<string>;
}

export interface CheckContext<O, I extends Ports = Ports, L extends Ports = ListsBeside<I>> {
  readonly options: O;
  /** By option name; a missing or broken input is undefined. */
  readonly inputs: { readonly [Name in keyof I | keyof L]?: PortInfo | undefined };
  /** Of `many` inputs, in the order given; one per name, elements not told apart. A broken one is undefined. */
  readonly lists: { readonly [Name in keyof L]?: readonly (PortInfo | undefined)[] };
  /** Of the same: what each runs over, and which of that is gathered; undefined where a mistake leaves it open. */
  readonly scopes?: { readonly [Name in keyof L]?: readonly (SourceScope | undefined)[] };
  /** Examples by which the settings were chosen that `use` takes over. */
  readonly chosen?: readonly RowsInfo[];
  /** Whether an option stands in the file; else its value is a default. */
  readonly isWritten?: (option: string) => boolean;
  /** Whether an option's value came with a trial's settings. */
  readonly isTrials?: (option: string) => boolean;
  /** Folder of the pipeline file; relative paths start here. */
  readonly folder: string;
  /** The stage's own seed, else the pipeline's. */
  readonly seed?: number;
  /**
   * Says which examples the stage chooses: stages with the same options, seed and examples to choose from have one
   * text. For `PortInfo.rows`.
   */
  identity(): string;
  /** Span of an option's value (deepest part that exists), or of the stage's name for []. */
  span(path?: readonly (string | number)[]): Span;
  /** Reports a mistake at an option's value, or at the stage's name. */
  report(mistake: Mistake): void;
}
