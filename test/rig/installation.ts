/**
 * hw1 installed once more, in a temporary folder: its own files copied, each package a link to the real one, except for
 * one that is left out or given in another state.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

export interface Installation {
  readonly folder: string;
  /** Folder of the package that was replaced; it is there only if it was put there. */
  readonly replaced: string;
  /** Folder of the same package as it really is. */
  readonly real: string;
  remove(): void;
}

/** @param name  the package that is left out */
export function installationWithout(name: string): Installation {
  const folder = mkdtempSync(join(tmpdir(), "hw1-installation-"));
  for (const part of ["dist", "bin", "package.json"]) cpSync(join(root, part), join(folder, part), { recursive: true });
  const packages = realpathSync(join(root, "node_modules"));
  mkdirSync(join(folder, "node_modules"));
  // A scope is a folder of its own, so that one package of it can be left out.
  const names = readdirSync(packages).flatMap((entry) =>
    entry.startsWith("@") ? readdirSync(join(packages, entry)).map((part) => `${entry}/${part}`) : [entry],
  );
  for (const entry of names) {
    if (entry === name || entry.startsWith(".")) continue;
    if (entry.includes("/")) mkdirSync(join(folder, "node_modules", entry.split("/")[0]!), { recursive: true });
    symlinkSync(join(packages, entry), join(folder, "node_modules", entry));
  }
  return {
    folder,
    replaced: join(folder, "node_modules", name),
    real: join(packages, name),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
