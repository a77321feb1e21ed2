/**
 * Results that have a file and no row get one: after a process was killed between the two, and where the whole
 * database was lost.
 *
 * First packs with their blobs, for a manifest may need a blob that another pack holds; then manifests whose blobs are
 * all there; then records whose artifacts are. What cannot be read is set aside, and costs only what was in it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestJson } from "../util/digest.js";
import { parseCanonical } from "../util/json.js";
import type { Blobs } from "./blobs.js";
import { type DurableFiles, quietly } from "./durable.js";
import { hexOf, type Layout } from "./layout.js";
import { blobsOf, readManifestFile } from "./manifest.js";
import type { Sqlite } from "./native.js";
import { type PackHead, readPackHead, wholeBlobs, writePack } from "./pack.js";
import type { Packs } from "./packs.js";
import { remembering, setPackAside } from "./results.js";
import type { Steps } from "./steps.js";
import type { StepRecord } from "./store.js";

interface Tools {
  readonly db: Sqlite;
  readonly layout: Layout;
  readonly blobs: Blobs;
  readonly packs: Packs;
  readonly steps: Steps;
  /** Absent for a reader, which changes no file. */
  readonly files?: DurableFiles;
  readonly warn: (message: string) => void;
}

/** @returns how many records were taken */
export function indexFiles(tools: Tools): number {
  const { db, layout, packs, steps } = tools;
  const known = packs.names();
  const newPacks = namesIn(layout.packs, /^[0-9a-f]{64}$/).filter((name) => !known.has(name));
  const fingerprints = steps.fingerprints();
  const newRecords = namesIn(layout.steps, /^[0-9a-f]{64}\.json$/).filter(
    (name) => !fingerprints.has(`sha256:${name.slice(0, 64)}`),
  );
  if (newPacks.length === 0 && newRecords.length === 0) return 0;
  return db.transaction(() => indexPacks(tools, newPacks) + indexRecordFiles(tools, newRecords)).immediate();
}

function indexPacks({ layout, blobs, packs, steps, files, warn }: Tools, names: readonly string[]): number {
  const heads = names.flatMap((name) => {
    const head = headOf(layout, packs, name, files, warn);
    return head ? [{ ...head, id: packs.insert(head) }] : [];
  });
  const look = blobs.look(true);
  const presence = { hasFile: blobs.hasFile, hasPack: remembering(packs) };
  for (const { id, manifests } of heads) {
    for (const manifest of manifests) {
      if (!steps.isWhole(manifest.digest, presence) && blobsOf(manifest).every((blob) => look(blob) !== undefined))
        steps.insertArtifact(manifest, look, id);
    }
  }
  let taken = 0;
  for (const record of heads.flatMap(({ records }) => records)) {
    const before = steps.row(record.fingerprint);
    if ((before && before.finishedAt >= record.finishedAt) || !steps.hasArtifact(record.artifact)) continue;
    steps.insert(record);
    if (!before) taken += 1;
  }
  return taken;
}

/** The head of a pack that is whole; of a damaged one, what is left of it is packed anew, and that one's. */
function headOf(
  layout: Layout,
  packs: Packs,
  name: string,
  files: DurableFiles | undefined,
  warn: (message: string) => void,
): PackHead | undefined {
  const head = readPackHead(layout, name);
  if (head && packs.isThere(head)) return head;
  if (!files) return undefined;
  let mended: PackHead | undefined;
  if (head) {
    const { manifests, records } = head;
    mended = {
      ...writePack(files, layout, { blobs: wholeBlobs(layout, head), manifests, records }),
      manifests,
      records,
    };
  }
  setPackAside(layout, files, name);
  warn(`a pack of results was damaged (${name.slice(0, 12)}…); it is set aside, and what is missing is computed again`);
  return mended;
}

/** Step records of hw1 before packs. A file that cannot be used any more is deleted. */
function indexRecordFiles({ layout, blobs, steps, files }: Tools, names: readonly string[]): number {
  let taken = 0;
  const look = blobs.look(true);
  for (const name of names) {
    const path = join(layout.steps, name);
    const record = readStepFile(path);
    if (record && steps.row(record.fingerprint)) continue;
    const manifest = record && (steps.manifest(record.artifact) ?? readManifestFile(layout, record.artifact));
    if (
      manifest &&
      `${hexOf(record.fingerprint)}.json` === name &&
      blobsOf(manifest).every((blob) => look(blob) !== undefined)
    ) {
      if (!steps.hasArtifact(manifest.digest)) steps.insertArtifact(manifest, look, undefined);
      steps.insert(record);
      taken += 1;
    } else if (files) quietly(() => files.unlink(path));
  }
  return taken;
}

function readStepFile(path: string): StepRecord | undefined {
  try {
    const { check, record } = parseCanonical(readFileSync(path, "utf8")) as unknown as {
      check: Digest;
      record: StepRecord;
    };
    return check === digestJson(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function namesIn(folder: string, pattern: RegExp): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => pattern.test(name));
  } catch {
    return [];
  }
}
