/**
 * Loads better-sqlite3 when a store is opened, not before: `--help` never pays for it.
 *
 * Two of its versions are installed, each where it fits. Version 13 speaks Node-API: its binary comes with the package
 * and is the same for every Node from 22 on; on Node 20 it ends the process. Version 12 is compiled for one version of
 * Node; from Node 24.19 on it ends the process when a statement is collected while no JavaScript runs, so it is not
 * used there.
 */
import { createRequire } from "node:module";
import type BetterSqlite3 from "better-sqlite3";
import { EnvironmentError } from "../diagnostic/diagnostic.js";

export type Sqlite = BetterSqlite3.Database;
type Constructor = typeof BetterSqlite3;
interface Driver {
  /** As `package.json` calls it. */
  readonly name: string;
  readonly Sqlite: Constructor;
}
/** What loading depends on; another in tests. */
interface Here {
  /** Of Node, such as `v22.12.0`. */
  readonly version: string;
  require(name: string): unknown;
}

/** How long a connection waits for the lock of another. */
export const busyMs = 10_000;

const compiled = "better-sqlite3";
const nodeApi = "better-sqlite3-node-api";
const majorOf = (version: string): number => Number(/^v(\d+)/.exec(version)?.[1]);
/** Packages to try, the best first. */
export function driversFor(version: string): readonly string[] {
  if (majorOf(version) < 22) return [compiled];
  return majorOf(version) < 24 ? [nodeApi, compiled] : [nodeApi];
}

let loaded: Driver | undefined;
export const loadSqlite = (): Constructor => loadDriver().Sqlite;

/** @throws EnvironmentError with the remedy */
export function loadDriver(here?: Here): Driver {
  if (loaded && !here) return loaded;
  const { version, require } = here ?? { version: process.version, require: createRequire(import.meta.url) };
  const failures: unknown[] = [];
  for (const name of driversFor(version))
    try {
      const found = driver(name, require);
      if (!here) loaded = found;
      return found;
    } catch (error) {
      failures.push(error);
    }
  // One that is there tells more than one that is not.
  const told = failures.find((error) => !isAbsent(messageOf(error))) ?? failures[0];
  throw new EnvironmentError(explanation(messageOf(told), version), { cause: told });
}
function driver(name: string, require: Here["require"]): Driver {
  const Sqlite = require(name) as Constructor;
  // The binary is loaded by the first database, not by the module.
  new Sqlite(":memory:").close();
  return { name, Sqlite };
}
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isAbsent = (message: string): boolean =>
  /Could not locate the bindings file|Cannot find (module|package)/.test(message);

function explanation(message: string, version: string): string {
  const again = "Run `npm ci` where hw1 is installed";
  if (message.includes("NODE_MODULE_VERSION"))
    return (
      `better-sqlite3 was built for another version of Node than this one (${version})\n` +
      (majorOf(version) < 22
        ? "Run `npm rebuild better-sqlite3` where hw1 is installed, or use the Node it was installed with."
        : `${again}, which brings a binary for this one.`)
    );
  if (!isAbsent(message)) return `better-sqlite3 cannot be loaded: ${message.split("\n")[0] ?? ""}\n${again}.`;
  const { platform, arch } = process;
  return (
    `better-sqlite3 is not installed for Node ${version} on ${platform} ${arch}\n` +
    (majorOf(version) < 22
      ? `${again}: better-sqlite3 is compiled then, which needs Python 3, make and a C++ compiler, and its install ` +
        "script must be allowed to run (`npm ci --foreground-scripts` shows what it says). Or use Node 22 or 24, for " +
        "which nothing is compiled."
      : `${again}, with optional packages, among which it is.`)
  );
}
