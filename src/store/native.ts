/**
 * Loads better-sqlite3 when a store is opened, not before: `--help` never pays for it.
 *
 * Its binary belongs to one version of Node; the message says what to do when they have parted.
 */
import { createRequire } from "node:module";
import type BetterSqlite3 from "better-sqlite3";
import { EnvironmentError } from "../diagnostic/diagnostic.js";

export type Sqlite = BetterSqlite3.Database;
type Constructor = typeof BetterSqlite3;

/** How long a connection waits for the lock of another. */
export const busyMs = 10_000;

let loaded: Constructor | undefined;

/** @param load  stands in for better-sqlite3 in tests */
export function loadSqlite(load?: () => Constructor): Constructor {
  if (loaded && !load) return loaded;
  try {
    const Sqlite = (load ?? requireSqlite)();
    // The binary is loaded by the first database, not by the module.
    new Sqlite(":memory:").close();
    if (!load) loaded = Sqlite;
    return Sqlite;
  } catch (error) {
    throw new EnvironmentError(explanation(error instanceof Error ? error.message : String(error)), { cause: error });
  }
}

function requireSqlite(): Constructor {
  return createRequire(import.meta.url)("better-sqlite3") as Constructor;
}

function explanation(message: string): string {
  const rebuild = "Run `npm rebuild better-sqlite3` where hw1 is installed";
  if (message.includes("NODE_MODULE_VERSION"))
    return (
      `better-sqlite3 was built for another version of Node than this one (${process.version})\n` +
      `${rebuild}, or use the Node it was installed with.`
    );
  if (message.includes("Could not locate the bindings file") || message.includes("Cannot find module")) {
    const { version, platform, arch } = process;
    return (
      `better-sqlite3 is not installed for Node ${version} on ${platform} ${arch}\n` +
      `${rebuild} (its install script must be allowed to run).`
    );
  }
  return `better-sqlite3 cannot be loaded: ${message.split("\n")[0] ?? ""}\n${rebuild}.`;
}
