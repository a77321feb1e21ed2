/** Blobs as they lie in a cache folder, for tests that damage them: files of their own, and parts of packs. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layoutOf } from "../../src/store/layout.js";
import { readPackHead } from "../../src/store/pack.js";

export interface StoredBlob {
  readonly path: string;
  readonly offset: number;
  readonly bytes: Buffer;
}

export function storedBlobs(folder: string): readonly StoredBlob[] {
  const layout = layoutOf(folder);
  const files = (readdirSync(layout.blobs, { recursive: true }) as string[])
    .map((name) => join(layout.blobs, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path, offset: 0, bytes: readFileSync(path) }));
  const packed = (existsSync(layout.packs) ? readdirSync(layout.packs) : []).flatMap((name) => {
    const bytes = readFileSync(layout.pack(name));
    const { blobs } = readPackHead(layout, name)!;
    return blobs.map(({ offset, sizeBytes }) => ({
      path: layout.pack(name),
      offset,
      bytes: bytes.subarray(offset, offset + sizeBytes),
    }));
  });
  return [...files, ...packed];
}

/** Flips the last bit of each blob that matches. @returns how many did */
export function corruptBlobs(folder: string, matches: (bytes: Buffer) => boolean): number {
  const chosen = storedBlobs(folder).filter(({ bytes }) => bytes.length > 0 && matches(bytes));
  for (const { path, offset, bytes } of chosen) {
    rewrite(path, (content) => {
      content[offset + bytes.length - 1]! ^= 1;
      return content;
    });
  }
  return chosen.length;
}

/** Stored files are read-only. */
export function rewrite(path: string, change: (content: Buffer) => Buffer): void {
  const content = change(readFileSync(path));
  chmodSync(path, 0o644);
  writeFileSync(path, content);
}
