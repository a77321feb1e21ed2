/**
 * Versions of npm packages as they are installed, read from their package.json: the package itself is not loaded.
 *
 * A version may not change while a process runs, so each is read once.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The exact version of a package, or null where it is not installed. */
export type VersionOf = (name: string) => string | null;

const require = createRequire(import.meta.url);
const known = new Map<string, string | null>();

export const installedVersion: VersionOf = (name) => {
  let version = known.get(name);
  if (version === undefined) {
    version = readVersion(name);
    known.set(name, version);
  }
  return version;
};

/** Some of the folders lie in a home, which may be another user's. */
const passedOver: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "EACCES"]);

/** Folders are looked through as `require` does; `exports` of a package may hide its package.json from that. */
function readVersion(name: string): string | null {
  for (const folder of require.resolve.paths(name) ?? [])
    try {
      const { version } = JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8")) as { version?: unknown };
      if (typeof version === "string") return version;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!passedOver.has(code ?? "")) throw error;
    }
  return null;
}
