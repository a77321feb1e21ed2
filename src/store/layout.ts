/** Where things lie in a cache folder. */
import { join, sep } from "node:path";
import type { Digest } from "../util/digest.js";

export interface Layout {
  readonly folder: string;
  readonly database: string;
  /** Held while a process opens the store, see database.ts. Holds no data and is never deleted. */
  readonly opening: string;
  /** Left by a process that met damage in the database, so that the next one looks closely. */
  readonly suspect: string;
  readonly blobs: string;
  readonly packs: string;
  readonly tmp: string;
  readonly quarantine: string;
  blob(digest: Digest): string;
  /** @param name  64 hexadecimal digits */
  pack(name: string): string;
}

export function layoutOf(folder: string): Layout {
  const blobs = join(folder, "blobs");
  const packs = join(folder, "packs");
  return {
    folder,
    database: join(folder, "hw1.sqlite"),
    opening: join(folder, "opening.sqlite"),
    suspect: join(folder, "hw1.sqlite.suspect"),
    blobs,
    packs,
    tmp: join(folder, "tmp"),
    quarantine: join(folder, "quarantine"),
    blob: (digest) => join(blobs, hexOf(digest).slice(0, 2), hexOf(digest)),
    // Asked for each step of a plan; `join` would look through the whole path for dots.
    pack: (name) => packs + sep + name,
  };
}

/** The 64 hexadecimal digits of a digest; anything else would become part of a path. */
export function hexOf(digest: Digest): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`hw1 bug: ${JSON.stringify(digest)} is not a digest`);
  return digest.slice("sha256:".length);
}
