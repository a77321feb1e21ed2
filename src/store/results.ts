/**
 * Results on their way in, a batch at a time, and out again where they are damaged.
 *
 * Order of writing: large blobs, then one pack with everything small, each durable; then one BEGIN IMMEDIATE
 * transaction with the rows. A process killed anywhere leaves files that nothing refers to, never a row without its
 * bytes. A batch costs one pack, so hundreds of small results a second are as durable as one.
 */
import { join } from "node:path";
import { type Digest, digestBytes } from "../util/digest.js";
import type { Outputs } from "../values/output.js";
import type { Blobs, Look } from "./blobs.js";
import { restoreFiles } from "./checkpoints.js";
import { type DurableFiles, ensureFolder } from "./durable.js";
import type { Layout } from "./layout.js";
import type { Ledger, LedgerEntry } from "./ledger.js";
import { asRead, type BlobEntry, blobsOf, type Manifest, manifestOf, type OutputEntry } from "./manifest.js";
import type { Sqlite } from "./native.js";
import { type Pack, wholeBlobs, writePack } from "./pack.js";
import type { KnownPack, Packs } from "./packs.js";
import type { Steps } from "./steps.js";
import { codeOf, explaining } from "./storage-errors.js";
import { CorruptBlobError, type StepRecord } from "./store.js";

interface Results {
  putMany(list: readonly Outputs[]): readonly Manifest[];
  keepMany(records: readonly StepRecord[], entries: readonly LedgerEntry[]): void;
  quarantine(blob: Digest): void;
}

interface Tools {
  readonly db: Sqlite;
  readonly layout: Layout;
  readonly files: DurableFiles;
  readonly blobs: Blobs;
  readonly packs: Packs;
  readonly steps: Steps;
  readonly ledger: Ledger;
  /** Takes up packs that have no row yet. */
  readonly index: () => void;
  readonly warn: (message: string) => void;
}

/** Describes outputs, storing their blobs or leaving them in `pending`. */
export function describe(blobs: Blobs, outputs: Outputs, pending: Map<Digest, Uint8Array>, look: Look): Manifest {
  const entries = Object.entries(outputs).map(([name, { type, data, blobs: given }]) => {
    const stored = Object.fromEntries(
      Object.entries(given).map(([key, blob]) => [key, blobs.put(blob, pending, look)]),
    );
    return [name, { type, data, blobs: stored } satisfies Omit<OutputEntry, "digest">] as const;
  });
  return asRead(manifestOf(Object.fromEntries(entries)));
}

export function openResults({ db, layout, files, blobs, packs, steps, ledger, index, warn }: Tools): Results {
  function putMany(list: readonly Outputs[]): readonly Manifest[] {
    const pending = new Map<Digest, Uint8Array>();
    const look = blobs.look();
    const described = list.map((outputs) => ({ outputs, manifest: describe(blobs, outputs, pending, look) }));
    const presence = { hasFile: blobs.hasFile, hasPack: remembering(packs) };
    const added = once(() =>
      [...new Map(described.map((one) => [one.manifest.digest, one])).values()].filter(
        ({ manifest: { digest } }) => !steps.isWhole(digest, presence) || steps.manifest(digest) === undefined,
      ),
    );
    if (added.length > 0) {
      const write = (): Pack =>
        writePack(files, layout, { blobs: pending, manifests: added.map(({ manifest }) => manifest), records: [] });
      const pack = write();
      withoutSync(() =>
        db
          .transaction(() => {
            for (const { outputs, manifest } of added) restoreFiles(blobs, outputs, manifest);
            // Another process that met an equal pack, damaged, may have set this one aside with it.
            addPack(packs.isThere(pack) ? pack : write(), pending, added);
          })
          .immediate(),
      );
      packs.refresh();
    }
    return described.map(({ manifest }) => manifest);
  }

  /**
   * An artifact's rows need no sync of their own: the pack has all that they say and is taken up again where a power
   * cut loses them, and the commit of the step that promises the artifact syncs the same log, whichever process writes
   * it.
   */
  function withoutSync(work: () => void): void {
    db.pragma("synchronous = NORMAL");
    try {
      work();
    } finally {
      db.pragma("synchronous = FULL");
    }
  }

  /** Many questions, for which the reader's lock is taken once. */
  function once<T>(ask: () => T): T {
    return db.transaction(ask)();
  }

  /**
   * Within the transaction: what vanished since it was looked for, another process having set its pack aside, is packed
   * again.
   */
  function addPack(
    pack: Pack,
    pending: ReadonlyMap<Digest, Uint8Array>,
    added: readonly { readonly outputs: Outputs; readonly manifest: Manifest }[],
  ): void {
    const home = packs.insert(pack);
    const mine: KnownPack = { ...pack, id: home };
    const look = blobs.look();
    const lost = new Map<Digest, Uint8Array>();
    for (const { outputs, manifest } of added) {
      for (const [name, output] of Object.entries(manifest.outputs)) {
        for (const [key, entry] of Object.entries(output.blobs)) {
          if (!pending.has(entry.digest) && look(entry) === undefined)
            lost.set(entry.digest, outputs[name]!.blobs[key]!.bytes());
        }
      }
    }
    const again = lost.size === 0 ? undefined : writePack(files, layout, { blobs: lost, manifests: [], records: [] });
    const second: KnownPack | undefined = again && { ...again, id: packs.insert(again) };
    const where = (entry: BlobEntry) => {
      if (pending.has(entry.digest)) return mine;
      return lost.has(entry.digest) ? second : look(entry);
    };
    for (const { manifest } of added) steps.insertArtifact(manifest, where, home);
  }

  function keepMany(records: readonly StepRecord[], entries: readonly LedgerEntry[]): void {
    if (records.length === 0) return;
    // A worker that opened the store after its database was made anew has rows that this process does not see.
    if (!once(() => records.every((record) => steps.hasArtifact(record.artifact)))) index();
    const added = once(() => records.filter((record) => steps.row(record.fingerprint)?.artifact !== record.artifact));
    const noted = once(() => entries.flatMap((entry) => newEntry(entry) ?? []));
    const content = { blobs: new Map(), manifests: [], records: added, ledger: noted };
    const pack = added.length + noted.length === 0 ? undefined : writePack(files, layout, content);
    const warnings = db
      .transaction(() => {
        if (pack) packs.insert(pack);
        if (pack) ledger.add(noted, pack.name);
        return records.flatMap((record) => keep(record));
      })
      .immediate();
    for (const message of warnings) warn(message);
  }

  /**
   * An opening is one each time; what was decided before, and only computed again, is no news. A result from before
   * there was a ledger was decided when it was kept.
   */
  function newEntry(entry: LedgerEntry): LedgerEntry | undefined {
    if (entry.what === "opening" || entry.what === "look") return entry;
    if (ledger.isDecided(entry.fingerprint)) return undefined;
    const before = steps.row(entry.fingerprint)?.finishedAt ?? entry.at;
    return { ...entry, at: Math.min(before, entry.at) };
  }

  /** Within the transaction. Returns what to warn of. */
  function keep(record: StepRecord): readonly string[] {
    // It was set aside between `put` and `keep`.
    if (!steps.hasArtifact(record.artifact)) throw new CorruptBlobError(record.artifact);
    const before = steps.row(record.fingerprint)?.artifact;
    if (before === record.artifact) {
      steps.touch(record);
      return [];
    }
    steps.insert(record);
    if (before === undefined) return [];
    const place = record.element === null ? record.stage : `${record.stage} ${record.element}`;
    return [
      `${place} is not deterministic: the same fingerprint gave ${before} before and ${record.artifact} now; ` +
        "the new result is kept",
    ];
  }

  function quarantine(blob: Digest): void {
    // Whoever met the damage before may have computed it again by now.
    if (blobs.isWhole(blob)) return;
    blobs.setAside(blob);
    db.transaction(() => {
      packs.refresh(true);
      const place = packs.locate(blob);
      const bytes = place && packs.read(place);
      const isWhole = bytes !== undefined && digestBytes(bytes) === blob;
      steps.dropCheckpointsWith(blob);
      for (const artifact of steps.artifactsWithFile(blob)) steps.drop(artifact);
      if (!place) return;
      dropNeeding(place.pack, new Set([blob]));
      if (!isWhole) mend(place.pack);
    }).immediate();
    packs.refresh(true);
  }

  /** Within a transaction. */
  function dropNeeding(pack: KnownPack, lost: ReadonlySet<Digest>): void {
    for (const artifact of steps.artifactsInPack(pack.id)) if (needs(artifact, lost)) steps.drop(artifact);
  }

  function needs(artifact: Digest, lost: ReadonlySet<Digest>): boolean {
    const manifest = steps.manifest(artifact);
    return !manifest || blobsOf(manifest).some(({ digest }) => lost.has(digest));
  }

  /**
   * Within a transaction: what is whole in a damaged pack moves to a new one, with the manifests and records it is
   * needed for, and with all that the ledger has there; then the damaged one is set aside. Killed in between, it leaves
   * the new pack to be taken up by the next
   * opening.
   */
  function mend(pack: KnownPack): void {
    const whole = wholeBlobs(layout, pack);
    const lost = new Set(pack.blobs.map(({ digest }) => digest).filter((digest) => !whole.has(digest)));
    dropNeeding(pack, lost);
    const kept = steps.artifactsInPack(pack.id);
    const entries = ledger.entriesIn(pack.name);
    if (whole.size + kept.length + entries.length > 0) {
      const manifests = kept.flatMap((artifact) => steps.manifest(artifact) ?? []);
      const records = kept.flatMap((artifact) => steps.recordsOf(artifact));
      const content = { blobs: whole, manifests, records, ledger: entries };
      const mended = writePack(files, layout, content);
      steps.relink(pack.id, packs.insert(mended));
      ledger.repack(pack.name, mended.name);
    }
    packs.erase(pack.id);
    setPackAside(layout, files, pack.name);
  }

  return { putMany, keepMany, quarantine };
}

/** Moves a pack to `quarantine/`, where it is still there. */
export function setPackAside(layout: Layout, files: DurableFiles, name: string): void {
  const path = layout.pack(name);
  explaining(layout.folder, path, () => {
    ensureFolder(files, layout.quarantine);
    try {
      files.rename(path, join(layout.quarantine, `pack-${name}`));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  });
}

/** Is a pack there? Each is looked at once. */
export function remembering(packs: Packs): (pack: Pick<Pack, "name" | "sizeBytes">) => boolean {
  const seen = new Map<string, boolean>();
  return (pack) => {
    let isThere = seen.get(pack.name);
    if (isThere === undefined) {
      isThere = packs.isThere(pack);
      seen.set(pack.name, isThere);
    }
    return isThere;
  };
}
