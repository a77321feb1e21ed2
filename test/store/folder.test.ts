/**
 * Cache folders that cannot be one: each is told with its path and a remedy, by reading, writing and looking alike, and
 * none hangs.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { EnvironmentError } from "../../src/diagnostic/diagnostic.js";
import { nodeFiles } from "../../src/store/durable.js";
import { openStore } from "../../src/store/sqlite.js";
import { surveyFolder } from "../../src/store/survey.js";
import { asNobody, keepStep, numbers, opened, scratch } from "./rig.js";

/** A path below a scratch folder that is there. */
function below(name: string): string {
  const path = join(dirname(scratch()), name);
  mkdirSync(dirname(path), { recursive: true });
  return path;
}
const link = (target: string): string => {
  const path = below("link");
  symlinkSync(target, path);
  return path;
};
const cases: readonly [string, () => string, RegExp][] = [
  ["links in a circle", () => link("link"), /links on its path lead in a circle \(ELOOP at .*\nRemove the link/],
  ["below such links", () => join(link("link"), "cache"), /links on its path lead in a circle/],
  ["a link that leads nowhere", () => link("nowhere"), /a file stands where a folder belongs .*\nMove that file away/],
  [
    "a name that is too long",
    () => below("x".repeat(300)),
    /too long for the disk or for SQLite \(ENAMETOOLONG\): .{101}\nName a folder with a shorter path/,
  ],
  [
    "a path that is too long for SQLite alone",
    () => join(below("d"), ..."y".repeat(250).split("")),
    /too long for the disk or for SQLite/,
  ],
  [
    "a path that is too long for the system",
    () => join(below("d"), ..."y".repeat(3000).split("")),
    /too long for the disk or for SQLite/,
  ],
  ["below a device", () => "/dev/null/cache", /a file stands where a folder belongs/],
];

describe.each(cases)("%s", (_name, make, words) => {
  test.each([
    ["run", (folder: string) => openStore(folder)],
    ["plan", (folder: string) => openStore(folder, { readonly: true })],
    ["doctor", surveyFolder],
  ])("for %s", (_verb, open) => {
    const folder = make();
    expect(() => open(folder)).toThrow(EnvironmentError);
    expect(() => open(folder)).toThrow(words);
  });
});

test.runIf(existsSync("/proc/self"))("below /proc, where Node's own recursive mkdir never returns", () => {
  expect(() => openStore("/proc/hw1/cache")).toThrow(
    /cannot be made: its file system takes no folders or files of ours \(ENOTSUP at \/proc\/hw1\/cache\)\nName a folder on a disk/,
  );
});

test("folders above it are made one by one, and the entry of each is synced", () => {
  const folder = join(scratch(), "a", "b");
  const synced: string[] = [];
  opened(folder, { files: { ...nodeFiles, fsyncDir: (path) => void synced.push(path) } });
  expect(synced.slice(0, 4)).toEqual([
    dirname(dirname(dirname(folder))),
    dirname(dirname(folder)),
    dirname(folder),
    folder,
  ]);
});

test("a cache that this user may not read is told, and is not taken for an empty one", () => {
  const folder = scratch();
  const store = opened(folder);
  keepStep(store, "one", numbers([1]));
  store.close();
  chmodSync(dirname(folder), 0o755);
  const closed = (path: string, mode: number): void => {
    chmodSync(path, 0);
    onTestFinished(() => chmodSync(path, mode));
  };
  closed(folder, 0o755);
  expect(() => asNobody(() => openStore(folder, { readonly: true }))).toThrow(
    /cannot be read \(EACCES at .*\nMake it readable, or name another folder/,
  );
  expect(() => asNobody(() => openStore(folder))).toThrow(/is not writable \(EACCES/);
  expect(() => asNobody(() => surveyFolder(folder))).toThrow(EnvironmentError);
  chmodSync(folder, 0o755);
  closed(join(folder, "hw1.sqlite"), 0o644);
  expect(() => asNobody(() => openStore(folder, { readonly: true }))).toThrow(
    /cannot be read \((EACCES|SQLITE_CANTOPEN)/,
  );
});

test("a file in it that this user may not read is told as that", () => {
  const folder = scratch();
  const store = opened(folder);
  const step = keepStep(store, "one", numbers([1]));
  chmodSync(dirname(folder), 0o755);
  for (const pack of readdirSync(join(folder, "packs"))) chmodSync(join(folder, "packs", pack), 0);
  store.close();
  const read = () => {
    const other = openStore(folder, { readonly: true });
    try {
      return other.artifact(step.artifact)!.outputs.out!.blobs.features!.bytes();
    } finally {
      other.close();
    }
  };
  expect(() => asNobody(read)).toThrow(/cannot be read \(EACCES at .*packs/);
});

test("looking into a folder that is not there makes nothing", () => {
  const path = below("later");
  expect(openStore(path, { readonly: true }).runs(9)).toEqual([]);
  writeFileSync(join(dirname(path), "beside"), "");
  expect(readdirSync(dirname(path))).toEqual(["beside"]);
});
