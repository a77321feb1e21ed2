/** A cache folder as an hw1 from before packs leaves it, killed: what was written last is in the database's log. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { loadSqlite } from "../../src/store/native.js";
import { applicationId } from "../../src/store/schema.js";

/** The files of such a store beside its database, in base64 as `filesBelow` says them. */
const names = [
  `blobs/ab/ab${"0".repeat(62)}`,
  `blobs/cd/cd${"0".repeat(62)}`,
  `manifests/${"1".repeat(64)}.json`,
  `steps/${"2".repeat(64)}.json`,
];

/** @returns its files, as `filesBelow` tells them */
export function writeStoreBeforePacks(folder: string): Readonly<Record<string, string>> {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `what is in ${name}`, { mode: name.startsWith("blobs") ? 0o444 : 0o644 });
  }
  writeDatabaseBeforePacks(folder);
  return filesBelow(folder);
}

/** With one step, of the stage `mlp`. */
export function writeDatabaseBeforePacks(folder: string): void {
  const built = mkdtempSync(join(tmpdir(), "hw1-before-packs-"));
  const db = new (loadSqlite())(join(built, "hw1.sqlite"));
  db.pragma("journal_mode = WAL");
  db.exec("CREATE TABLE steps (fingerprint TEXT PRIMARY KEY, stage TEXT NOT NULL)");
  db.pragma(`application_id = ${applicationId}`);
  db.pragma("user_version = 1");
  db.prepare("INSERT INTO steps VALUES (?, ?)").run("sha256:2", "mlp");
  mkdirSync(folder, { recursive: true });
  for (const name of ["hw1.sqlite", "hw1.sqlite-wal"]) copyFileSync(join(built, name), join(folder, name));
  db.close();
  rmSync(built, { recursive: true });
}

/** Every file below a folder, with its bytes in base64. */
export function filesBelow(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "base64")]),
  );
}
