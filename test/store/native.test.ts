/** Which version of better-sqlite3 is loaded under which Node, and what is said where none is. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { driversFor, loadDriver, loadSqlite } from "../../src/store/native.js";

class Works {
  close(): void {}
}
const failing = (message: string) =>
  class {
    constructor() {
      throw new Error(message);
    }
  };
type Packages = Readonly<Record<string, unknown>>;
const requiring =
  (packages: Packages) =>
  (name: string): unknown => {
    if (!(name in packages)) throw new Error(`Cannot find module '${name}'\nRequire stack:\n- /app/dist/cli.js`);
    return packages[name];
  };
const load = (version: string, packages: Packages): string =>
  loadDriver({ version, require: requiring(packages) }).name;
const told = (version: string, packages: Packages): string => {
  try {
    return `loaded ${load(version, packages)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(EnvironmentError);
    return (error as Error).message.replace(`${process.platform} ${process.arch}`, "PLATFORM");
  }
};
const [old, api] = ["better-sqlite3", "better-sqlite3-node-api"];

test("the binary that comes with its package is taken from Node 22 on, the compiled one never from 24 on", () => {
  const both = { [old]: Works, [api]: Works };
  expect(["v20.19.0", "v22.12.0", "v23.1.0", "v24.21.0", "v26.0.0"].map((version) => load(version, both))).toEqual([
    ...[old, api, api, api, api],
  ]);
  expect(told("v22.12.0", { [old]: Works })).toBe(`loaded ${old}`);
  // It would end the process later on.
  expect(told("v24.19.0", { [old]: Works })).toBe(
    "better-sqlite3 is not installed for Node v24.19.0 on PLATFORM\nRun `npm ci` where hw1 is installed, with optional packages, among which it is.",
  );
});

test("what is missing or does not fit is told with a remedy for this Node", () => {
  expect(told("v20.19.0", {})).toBe(
    "better-sqlite3 is not installed for Node v20.19.0 on PLATFORM\nRun `npm ci` where hw1 is installed: better-sqlite3 is compiled then, which needs Python 3, make and a C++ compiler, and its install script must be allowed to run (`npm ci --foreground-scripts` shows what it says). Or use Node 22 or 24, for which nothing is compiled.",
  );
  const unbuilt = failing("Could not locate the bindings file. Tried:\n → /app/build/better_sqlite3.node");
  expect(told("v20.19.0", { [old]: unbuilt })).toBe(told("v20.19.0", {}));
  const other = failing("The module was compiled against a different Node.js version using\nNODE_MODULE_VERSION 115.");
  expect(told("v20.19.0", { [old]: other })).toBe(
    "better-sqlite3 was built for another version of Node than this one (v20.19.0)\nRun `npm rebuild better-sqlite3` where hw1 is installed, or use the Node it was installed with.",
  );
  // Installed with Node 20, which leaves the other package out.
  expect(told("v22.12.0", { [old]: other })).toBe(
    "better-sqlite3 was built for another version of Node than this one (v22.12.0)\nRun `npm ci` where hw1 is installed, which brings a binary for this one.",
  );
  expect(told("v24.0.0", { [api]: failing("/app/linux-x64.node: file too short") })).toBe(
    "better-sqlite3 cannot be loaded: /app/linux-x64.node: file too short\nRun `npm ci` where hw1 is installed.",
  );
});

test("the driver of this Node is the best one, and keeps a database", () => {
  expect(loadDriver().name).toBe(driversFor(process.version)[0]);
  const db = new (loadSqlite())(":memory:");
  expect(db.prepare("SELECT 1 + 1 AS two").get()).toEqual({ two: 2 });
  db.close();
});

test("npm is told that the package with a binary needs no compiler, which a lock file leaves out by itself", () => {
  const lock = JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, object>>;
  };
  expect(lock.packages[`node_modules/${api}`]).toMatchObject({ optional: true, gypfile: false });
  expect(lock.packages[`node_modules/${old}`]).toMatchObject({ optional: true });
});
