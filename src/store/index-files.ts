/**
 * Results that have a file and no row get one: after a process was killed between the two, and where the whole
 * database was lost.
 *
 * First packs with their blobs, for a manifest may need a blob that another pack holds; then manifests whose blobs are
 * all there; then records whose artifacts are. Entries of the ledger are taken whatever became of the results. What
 * cannot be read is set aside, and costs only what was in it.
 */
import { readdirSync } from "node:fs";
import type { Blobs } from "./blobs.js";
import type { DurableFiles } from "./durable.js";
import type { Layout } from "./layout.js";
import type { Ledger } from "./ledger.js";
import { blobsOf } from "./manifest.js";
import type { Sqlite } from "./native.js";
import { type PackHead, readPackHead, wholeBlobs, writePack } from "./pack.js";
import type { Packs } from "./packs.js";
import { remembering, setPackAside } from "./results.js";
import type { Steps } from "./steps.js";

interface Tools {
  readonly db: Sqlite;
  readonly layout: Layout;
  readonly blobs: Blobs;
  readonly packs: Packs;
  readonly steps: Steps;
  readonly ledger: Ledger;
  /** Absent for a reader, which changes no file. */
  readonly files?: DurableFiles;
  readonly warn: (message: string) => void;
}

/** @returns how many records were taken */
export function indexFiles(tools: Tools): number {
  const { db, layout, packs } = tools;
  const known = packs.names();
  const newPacks = packNames(layout.packs).filter((name) => !known.has(name));
  if (newPacks.length === 0) return 0;
  return db.transaction(() => indexPacks(tools, newPacks)).immediate();
}

function indexPacks({ layout, blobs, packs, steps, ledger, files, warn }: Tools, names: readonly string[]): number {
  const heads = names.flatMap((name) => {
    const head = headOf(layout, packs, name, files, warn);
    return head ? [{ ...head, id: packs.insert(head) }] : [];
  });
  const look = blobs.look();
  const presence = { hasFile: blobs.hasFile, hasPack: remembering(packs) };
  for (const { id, manifests } of heads) {
    for (const manifest of manifests) {
      if (!steps.isWhole(manifest.digest, presence) && blobsOf(manifest).every((blob) => look(blob) !== undefined))
        steps.insertArtifact(manifest, look, id);
    }
  }
  for (const head of heads) ledger.add(head.ledger, head.name);
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
    const { manifests, records, ledger } = head;
    const content = { manifests, records, ledger };
    mended = { ...writePack(files, layout, { blobs: wholeBlobs(layout, head), ...content }), ...content };
  }
  setPackAside(layout, files, name);
  warn(
    `a pack of results was damaged (${name.slice(0, 12)}…); ` +
      "it is set aside, and what is missing is computed again",
  );
  return mended;
}

function packNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{64}$/.test(name));
  } catch {
    return [];
  }
}
