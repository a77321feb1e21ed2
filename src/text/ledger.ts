/** What the ledger says of a test set, in a sentence and as JSON. */
import type { Decided, Opening } from "../store/store.js";
import { escaped } from "../util/escape.js";
import { listed, plural } from "../util/words.js";

/** Of what was decided after the first opening, once per stage. */
interface Later {
  readonly what: Decided["what"];
  readonly pipeline: string;
  readonly stage: string;
  readonly count: number;
  /** Of the last of them. */
  readonly finishedAt: string;
}
export interface TestSetLedger {
  /** Which examples. */
  readonly examples: string;
  readonly opened: number;
  /** Different ones. */
  readonly models: number;
  readonly looks: number;
  /**
   * Whether no training, search or selection on the study's training data finished after the first opening; null where
   * none is known.
   */
  readonly afterSelection: boolean | null;
  readonly later: readonly Later[];
  readonly openings: readonly {
    readonly run: number;
    readonly pipeline: string;
    readonly stage: string;
    readonly element: string | null;
    readonly data: string;
    readonly model: string;
    readonly at: string;
  }[];
}

/**
 * @param entries  openings of one set and looks at it, in order
 * @param decidedAfter  what was decided after a moment
 * @param own  of a study, the steps that judge by the set, by fingerprint: its training data are those of their models.
 *   Where none of them has, or nobody asks for a study, it is all models' that were ever opened on the set
 */
export function testSetLedger(
  examples: string,
  entries: readonly Opening[],
  decidedAfter: (at: number) => readonly Decided[],
  own: ReadonlySet<string> = new Set(),
): TestSetLedger {
  const openings = entries.filter(({ what }) => what === "opening");
  const [first] = openings;
  const ours = entries.filter(({ fingerprint }) => own.has(fingerprint));
  const studied = new Set((ours.length > 0 ? ours : entries).flatMap(({ sources }) => sources));
  const later = first ? decidedAfter(first.at).filter(({ sources }) => sources.some((one) => studied.has(one))) : [];
  return {
    examples,
    opened: openings.length,
    models: new Set(openings.map(({ model }) => model)).size,
    looks: entries.length - openings.length,
    afterSelection: first ? later.length === 0 : null,
    later: byStage(later),
    openings: openings.map(({ run, pipeline, stage, element, data, model, at }) => ({
      ...{ run, pipeline, stage, element, data, model },
      at: new Date(at).toISOString(),
    })),
  };
}

function byStage(decided: readonly Decided[]): readonly Later[] {
  const found = new Map<string, Later>();
  for (const { what, pipeline, stage, at } of decided) {
    const key = JSON.stringify([what, pipeline, stage]);
    const count = (found.get(key)?.count ?? 0) + 1;
    found.set(key, { what, pipeline, stage, count, finishedAt: new Date(at).toISOString() });
  }
  return [...found.values()];
}

/** So many stages are named that finished later. */
const mostNamed = 3;

/** `test set opened 3 times, for 3 models, after selection; 2 looks` */
export function ledgerText({ opened, models, looks, later }: TestSetLedger): string {
  const seen = looks === 0 ? "" : `; ${plural(looks, "look")}`;
  if (opened === 0) return `test set opened before there was a ledger${seen}`;
  return `test set opened ${plural(opened, "time")}, for ${plural(models, "model")}, ${whenText(later)}${seen}`;
}

function whenText(later: readonly Later[]): string {
  if (later.length === 0) return "after selection";
  const named = later
    .slice(0, mostNamed)
    .map(({ what, stage, pipeline }) => escaped(`${what} \`${stage}\`${pipeline === "" ? "" : ` of ${pipeline}`}`));
  const more = later.length > mostNamed ? [`${later.length - mostNamed} more`] : [];
  return `before selection ended (${listed([...named, ...more])} finished after the first opening)`;
}
