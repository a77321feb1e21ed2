/**
 * The store: `hw1.sqlite` for what is looked up, files for what is kept. The only code that touches the cache folder.
 *
 * Results go in through results.ts, in batches; index-files.ts makes rows anew from files; blobs.ts and packs.ts know
 * where bytes are. Several processes may share a folder; readers do not wait (WAL).
 */
import { resolve } from "node:path";
import type { Outputs } from "../values/output.js";
import { openBlobs } from "./blobs.js";
import { openCheckpoints, outputsOf } from "./checkpoints.js";
import { openForReading, openForWriting, suspect } from "./database.js";
import { type DurableFiles, nodeFiles, quietly, sweepTemporary } from "./durable.js";
import { openFailureLogs } from "./failure-logs.js";
import { indexFiles } from "./index-files.js";
import { layoutOf } from "./layout.js";
import { type Ledger, openLedger } from "./ledger.js";
import type { Manifest } from "./manifest.js";
import type { Sqlite } from "./native.js";
import { openPacks, type Packs } from "./packs.js";
import { describe, openResults, remembering } from "./results.js";
import { openRuns } from "./runs.js";
import { openSteps, type Presence, type Steps } from "./steps.js";
import { codeOf, explainStorageError, saysCorrupt } from "./storage-errors.js";
import type { ArtifactInfo, Store, StoreWarning } from "./store.js";

const temporaryAgeMs = 24 * 60 * 60 * 1000;
/**
 * A longer training is all that ever reads a last state, and without it begins anew. Those of the regression study,
 * 1,200 trainings, would take twice the room of its models.
 */
const mostStateBytes = 50_000_000;

interface OpenOptions {
  /** For looking only: creates nothing, and a folder that is not there is an empty store. */
  readonly readonly?: boolean;
  readonly now?: () => number;
  /** The disk, where a test stands in for it. */
  readonly files?: DurableFiles;
  /** Room that last states have, whatever results take. */
  readonly mostStateBytes?: number;
}

/**
 * @param folder  the cache folder; made where it is missing
 * @throws        EnvironmentError where the folder cannot be used, its database is of a newer hw1, or SQLite does not
 *   load
 */
export function openStore(folder: string, options: OpenOptions = {}): Store {
  const layout = layoutOf(resolve(folder));
  const files = options.files ?? nodeFiles;
  const now = options.now ?? Date.now;
  const isReadonly = options.readonly === true;
  const warnings: StoreWarning[] = [];
  const warn = (message: string) => {
    warnings.push({ message });
  };

  // Whoever reads is told by CorruptBlobError, and tells the user in turn.
  const blobs = openBlobs(
    layout,
    files,
    () => packs,
    (digest) => {
      if (!isReadonly) results.quarantine(digest);
    },
  );

  // Both are opened with the database, which is filled from files before any other process may open it.
  let packs!: Packs;
  let steps!: Steps;
  let ledger!: Ledger;
  const db = isReadonly ? readingDatabase() : writingDatabase();
  const runs = openRuns(db, now);
  const results = openResults({ db, layout, files, blobs, packs, steps, ledger, warn, index: () => index(db) });
  const checkpoints = openCheckpoints({
    db,
    layout,
    blobs,
    store: (outputs, pending, look) => describe(blobs, outputs, pending, look),
    remove: (path) => files.unlink(path),
    warn,
  });
  const logs = openFailureLogs(db);
  let isOpen = true;

  function index(opened: Sqlite): number {
    return indexFiles({ db: opened, layout, blobs, packs, steps, ledger, warn, ...(isReadonly ? {} : { files }) });
  }

  function ask(opened: Sqlite): void {
    packs = openPacks(opened, layout);
    steps = openSteps(opened);
    ledger = openLedger(opened);
  }

  function writingDatabase() {
    return openForWriting(layout, files, warn, ({ db: opened, isFresh }) => {
      quietly(() => sweepTemporary(layout.tmp, now(), temporaryAgeMs));
      ask(opened);
      const taken = index(opened);
      if (isFresh && taken > 0)
        warn(`the index of the cache was made anew: ${taken} ${taken === 1 ? "step was" : "steps were"} found`);
    });
  }

  function readingDatabase() {
    const { db: opened, isFresh } = openForReading(layout, warn);
    ask(opened);
    if (isFresh) index(opened);
    return opened;
  }

  /**
   * Errors of the database are explained (those of files were, with their paths); damage is remembered for the next
   * opening.
   */
  function guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isReadonly && saysCorrupt(error)) suspect(layout, files);
      throw codeOf(error)?.startsWith("SQLITE_") ? explainStorageError(error, layout.folder, layout.database) : error;
    }
  }

  function writing<T>(work: () => T): T {
    if (isReadonly) throw new Error("hw1 bug: the store was opened for reading");
    return guard(work);
  }

  function infoOf(manifest: Manifest): ArtifactInfo {
    return { digest: manifest.digest, outputs: outputsOf(manifest, (entry) => guard(() => blobs.read(entry))) };
  }

  /** Of a look at many things: files are looked for once. */
  let seen: Presence | undefined;
  const presence = (): Presence => seen ?? { hasFile: blobs.hasFile, hasPack: remembering(packs) };

  function looking<T>(work: () => T): T {
    if (seen) return work();
    seen = { ...presence(), whole: new Map(), packs: new Map() };
    try {
      // One transaction takes the reader's lock once.
      return db.transaction(work)();
    } finally {
      seen = undefined;
    }
  }

  function putMany(list: readonly Outputs[]): readonly ArtifactInfo[] {
    return results.putMany(list).map(infoOf);
  }

  function close(): void {
    if (!isOpen) return;
    isOpen = false;
    try {
      if (!isReadonly) guard(runs.flush);
    } finally {
      runs.end();
      if (!isReadonly) quietly(() => shortenLog(db));
      db.close();
    }
  }

  return {
    folder: layout.folder,
    find: (fingerprint) => guard(() => steps.find(fingerprint, presence())),
    findMany: (fingerprints) =>
      guard(() => looking(() => fingerprints.map((fingerprint) => steps.find(fingerprint, presence())))),
    looking: (work) => guard(() => looking(work)),
    nearest: (pipeline, stage, element, kind) => guard(() => steps.nearest(pipeline, stage, element, kind)),
    artifact: (digest) =>
      guard(() => {
        const manifest = steps.manifest(digest);
        return manifest && infoOf(manifest);
      }),
    outputDigests: (artifact) => guard(() => steps.outputDigests(artifact)),
    put: (outputs) => writing(() => putMany([outputs])[0]!),
    putMany: (list) => writing(() => putMany(list)),
    keep: (record) => writing(() => results.keepMany([record], [])),
    keepMany: (records, entries = []) => writing(() => results.keepMany(records, entries)),
    quarantine: (blob) => writing(() => results.quarantine(blob)),
    checkpoint: (family, length) => guard(() => checkpoints.latest(family, length)),
    saveCheckpoint: (family, length, outputs) => writing(() => checkpoints.save([{ family, length, outputs }])),
    saveCheckpoints: (list) => writing(() => checkpoints.save(list)),
    dropCheckpoints: (...families) => writing(() => checkpoints.drop(families)),
    dropOldStates: (run) => writing(() => checkpoints.dropOld(run, options.mostStateBytes ?? mostStateBytes)),
    keepFailureLog: (fingerprint, log) => writing(() => logs.keep(fingerprint, log)),
    failureLog: (fingerprint) => guard(() => logs.of(fingerprint)),
    recent: (pipeline, stage, kind) => guard(() => steps.recent(pipeline, stage, kind)),
    startRun: (pipeline, file) => writing(() => runs.start(pipeline, file)),
    finishRun: (id, result) => writing(() => runs.finish(id, result)),
    logEvent: (run, at, event) => writing(() => runs.log(run, at, event)),
    note: (looks) => writing(() => db.transaction(() => ledger.add(looks, null)).immediate()),
    openingsOf: (examples) => guard(() => ledger.of(examples)),
    setsIn: (data) => guard(() => ledger.setsIn(data)),
    openingsIn: (run) => guard(() => ledger.ofRun(run)),
    setsOfLostRuns: () => guard(() => ledger.setsOfLostRuns()),
    decidedAfter: (at) => guard(() => ledger.decidedAfter(at)),
    runs: (limit) => guard(() => runs.list(limit)),
    runSteps: (run) => guard(() => runs.steps(run)),
    events: (name) => guard(() => runs.events(name)),
    warnings: () => warnings,
    close,
  };
}

/**
 * The last connection that is closed takes the log into the database; workers end without a word, and several
 * megabytes of it would stay. Whoever is at work does it later.
 */
function shortenLog(db: Sqlite): void {
  db.pragma("busy_timeout = 0");
  db.pragma("wal_checkpoint(TRUNCATE)");
}
