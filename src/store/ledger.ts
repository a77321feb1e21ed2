/**
 * The ledger: each opening of a test set, each look at one, and what was decided about models, by whom and when.
 *
 * An opening or a decision is in a pack beside the record of its step before it has a row, so a database that is made
 * anew has it; a look, which leaves no record, is in the database alone. Nothing deletes a row: a result may be set
 * aside, computed again or cleaned up, and that the set was opened stays true. Only who deletes the folder deletes it.
 *
 * The same decision may stand here more than once, when two processes came to it: the first counts.
 */
import { type Digest, digestText } from "../util/digest.js";
import { canonical } from "../util/json.js";
import type { Sqlite } from "./native.js";
import { parseStored } from "./text.js";

interface Noted {
  /** Of the step. */
  readonly fingerprint: Digest;
  readonly run: number;
  readonly pipeline: string;
  readonly stage: string;
  readonly element: string | null;
  /** When the step had ended, or was reused; milliseconds. */
  readonly at: number;
  /**
   * Digests of the data that trained, or judged in training, the models that were decided about, or that one which was
   * judged, and those by which their settings were chosen. Of folds that of what was folded.
   */
  readonly sources: readonly Digest[];
}
/** A model was judged on a test set: computed anew, or, in a look, reused. */
export type Opening = Noted & {
  readonly what: "opening" | "look";
  /** Which examples, however they are scaled or ordered. */
  readonly examples: Digest;
  readonly data: Digest;
  readonly model: Digest;
};
/** Something that may follow from what was seen: a training, the search that compares some, a selection. */
export type Decided = Noted & { readonly what: "training" | "search" | "selection" };
export type LedgerEntry = Opening | Decided;

export interface Ledger {
  /** Within a transaction. @param pack  name of the file that holds them; none holds looks */
  add(entries: readonly LedgerEntry[], pack: string | null): void;
  isDecided(fingerprint: Digest): boolean;
  /** Openings of a set of examples, and looks at it, in order. */
  of(examples: Digest): readonly Opening[];
  /** Sets of examples that data were found to be. */
  setsIn(data: Digest): readonly Digest[];
  /** Openings and looks of a run. */
  ofRun(run: number): readonly Opening[];
  /** Sets that were opened in runs of which the history knows nothing: it was lost with the database. */
  setsOfLostRuns(): readonly Digest[];
  /** What was first decided after a moment, in order. */
  decidedAfter(at: number): readonly Decided[];
  entriesIn(pack: string): readonly LedgerEntry[];
  /** Within a transaction: what `from` holds `to` holds from now on. */
  repack(from: string, to: string): void;
}

export function openLedger(db: Sqlite): Ledger {
  const insert = db.prepare(
    `INSERT OR IGNORE INTO ledger (id, what, fingerprint, examples, data, run, at, pack, entry)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const decisions = "what NOT IN ('opening', 'look')";
  const isDecided = db.prepare(`SELECT 1 FROM ledger WHERE fingerprint = ? AND ${decisions}`).pluck();
  const ofExamples = db.prepare("SELECT entry FROM ledger WHERE examples = ? ORDER BY at, id").pluck();
  const setsIn = db.prepare("SELECT DISTINCT examples FROM ledger WHERE data = ? ORDER BY examples").pluck();
  const ofRun = db.prepare("SELECT entry FROM ledger WHERE run = ? AND examples != '' ORDER BY at, id").pluck();
  const setsOfLostRuns = db
    .prepare(
      `SELECT examples FROM ledger WHERE examples != '' AND run NOT IN (SELECT id FROM runs)
       GROUP BY examples ORDER BY min(at)`,
    )
    .pluck();
  const decidedAfter = db
    .prepare(
      `SELECT l.entry FROM ledger l WHERE l.at > @at AND l.${decisions} AND NOT EXISTS (
         SELECT 1 FROM ledger e WHERE e.fingerprint = l.fingerprint AND e.${decisions}
           AND (e.at < l.at OR (e.at = l.at AND e.id < l.id)))
       ORDER BY l.at, l.id`,
    )
    .pluck();
  const inPack = db.prepare("SELECT entry FROM ledger WHERE pack = ? ORDER BY id").pluck();
  const repack = db.prepare("UPDATE ledger SET pack = ? WHERE pack = ?");

  const read = <T extends LedgerEntry>(texts: readonly unknown[]): readonly T[] =>
    texts.map((text) => parseStored<T>(text as string));

  return {
    add(entries, pack) {
      for (const entry of entries) {
        const text = canonical(entry);
        const { what, fingerprint, run, at } = entry;
        const [examples, data] = "examples" in entry ? [entry.examples, entry.data] : ["", ""];
        insert.run(digestText(text), what, fingerprint, examples, data, run, at, pack ?? "", text);
      }
    },
    isDecided: (fingerprint) => isDecided.get(fingerprint) !== undefined,
    of: (examples) => read(ofExamples.all(examples)),
    setsIn: (data) => setsIn.all(data) as Digest[],
    ofRun: (run) => read(ofRun.all(run)),
    setsOfLostRuns: () => setsOfLostRuns.all() as Digest[],
    decidedAfter: (at) => read(decidedAfter.all({ at })),
    entriesIn: (pack) => read(inPack.all(pack)),
    repack: (from, to) => {
      repack.run(to, from);
    },
  };
}
