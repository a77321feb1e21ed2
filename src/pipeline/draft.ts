/**
 * A stage as found in the file: its kind, its options where they are known, the names in it that mean other stages. Of
 * a search also the stages of every trial, with the trial's values in their places.
 *
 * `draft-stage.ts` reads one, `draft-trials.ts` those of a search.
 */
import type { Span } from "../diagnostic/diagnostic.js";
import type { JsonObject } from "../util/json.js";
import type { Entry, Value } from "./document.js";
import type { Kind, Kinds, TrialList } from "./kind.js";
import type { Room } from "./lookup.js";
import type { Reference } from "./references.js";
import type { Report } from "./report.js";

/** A stage as found in the file, before its ports are known. */
export interface Draft {
  readonly entry: Entry;
  readonly kind: Kind<unknown> | undefined;
  /** Not known yet where settings come from a trial. */
  readonly options: JsonObject | undefined;
  /** The stage's options as written, without `kind`, `each`, `allow`, `use` and `seed`. */
  readonly body: Value;
  readonly edges: readonly Reference[];
  readonly each: readonly { readonly stage: string; readonly span: Span }[];
  /** False where `each` or `use` names no stage: then nobody knows what it runs over, or with which options. */
  readonly isScopeKnown: boolean;
  readonly use: Reference | null;
  /** Its own, else the pipeline's. */
  readonly seed: number;
  readonly hasOwnSeed: boolean;
  /** Names of the warnings that the stage means. */
  readonly allow: readonly string[];
  /** Of a search. */
  readonly trials: TrialDrafts | null;
}
/** The trials of a search, written out. */
export interface TrialDrafts {
  readonly list: TrialList;
  readonly drafts: readonly { readonly key: string; readonly stages: ReadonlyMap<string, Draft> }[];
  /** Of `TrialList.samples`. */
  readonly samples: TrialDrafts["drafts"];
  /** Stages of a trial with other values; what is wrong with them is told to `report`. */
  written(values: JsonObject, report: Report): ReadonlyMap<string, Draft>;
}
/** What is known where stages are read. */
export interface Reading {
  readonly kinds: Kinds;
  readonly stageNames: readonly string[];
  readonly rootSeed: number;
  readonly report: Report;
  /** Whether there is a diagnostic for this place. */
  readonly isReported: (span: Span | undefined) => boolean;
  /** Reads a stage of a search's trial. */
  readonly isTrial: boolean;
  /** What lookups may still write out. */
  readonly room: Room;
}

/** Every name of another stage in a stage, its trials included. */
export function namesRead(draft: Draft): readonly Reference[] {
  const own = [
    ...draft.edges,
    ...draft.each.map(({ stage, span }) => ({ option: "each", index: 0, stage, output: "", element: null, span })),
    ...(draft.use ? [draft.use] : []),
  ];
  const inner = [...(draft.trials?.drafts ?? []), ...(draft.trials?.samples ?? [])].flatMap(({ stages }) =>
    [...stages.values()].flatMap((part) => namesRead(part).filter(({ stage }) => !stages.has(stage))),
  );
  return [...own, ...inner];
}
