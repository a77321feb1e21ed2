/** A cache folder as hw1 wrote it before packs: nothing of it is lost. */
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { loadSqlite } from "../../src/store/native.js";
import type { Store } from "../../src/store/store.js";
import { digestJson } from "../../src/util/digest.js";
import { blobOf, float32Of } from "../../src/values/blob.js";
import type { Outputs } from "../../src/values/output.js";
import { jsonOf, looseOutput } from "../rig/output.js";
import { damageBlobs, storedBlobs } from "../rig/stored.js";
import { keepStep, numbers, opened, record, scratch } from "./rig.js";

const written = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures", "version-1.json"), "utf8")) as {
  readonly sql: readonly string[];
  readonly files: Readonly<Record<string, string>>;
};

function olderFolder(): string {
  const folder = scratch();
  for (const [name, content] of Object.entries(written.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), Buffer.from(content, "base64"), {
      mode: name.startsWith("blobs") ? 0o444 : 0o644,
    });
  }
  const db = new (loadSqlite())(join(folder, "hw1.sqlite"));
  db.pragma("journal_mode = WAL");
  db.exec(written.sql.join("\n"));
  db.close();
  return folder;
}

const fingerprintOf = (index: number) => digestJson({ kind: "toy", name: `v1-${index}` });
const first = (index: number): Outputs => {
  const w = blobOf(
    "float32",
    [8],
    Float32Array.from({ length: 8 }, (_, at) => index + at),
  );
  return {
    model: looseOutput("model", { index, loss: Number.NaN }, { w, b: blobOf("float32", [2], Float32Array.of(0, 1)) }),
  };
};

function expectResults(store: Store): void {
  for (const index of [0, 1, 2]) {
    const found = store.find(fingerprintOf(index));
    expect(found, `result ${index}`).toMatchObject({ element: index === 0 ? null : `${index}`, elapsedMs: 7 });
    const output = store.artifact(found!.artifact)!.outputs["model"]!;
    const [data, { blobs }] = [jsonOf(output), output];
    expect([data["index"], data["loss"], float32Of(blobs["w"]!)[0]]).toEqual([index, Number.NaN, index]);
  }
}
function expectHistory(store: Store): void {
  expect(store.runs(9)).toMatchObject([{ id: 1, status: "ok", ran: 3 }]);
  expect(store.runSteps(1)).toHaveLength(3);
  expect([...float32Of(store.checkpoint(digestJson("family"), 9)!.outputs["state"]!.blobs["w"]!)]).toEqual([4, 5, 6]);
}

test("an older folder is completed where it stands: results, checkpoint and history are there", () => {
  const folder = olderFolder();
  const reader = opened(folder, { readonly: true });
  expectResults(reader);
  expectHistory(reader);
  reader.close();
  expect(existsSync(join(folder, "packs"))).toBe(false);

  const store = opened(folder);
  expectResults(store);
  expectHistory(store);
  expect(store.warnings()).toEqual([]);
  expect(existsSync(join(folder, "quarantine"))).toBe(false);
});

test("its small blobs are not stored a second time, and its artifacts keep their digests", () => {
  const folder = olderFolder();
  const store = opened(folder);
  const before = storedBlobs(folder).length;
  expect(store.put(first(1)).digest).toBe(store.find(fingerprintOf(1))!.artifact);
  const other = keepStep(store, "other", { renamed: first(2)["model"]! });
  expect(storedBlobs(folder)).toHaveLength(before);
  expect(store.find(other.fingerprint)).toEqual(other);
  store.saveCheckpoint(digestJson("family"), 5, numbers([5]));
  expect(store.checkpoint(digestJson("family"), 5)!.length).toBe(5);
});

test("when its database is lost, results from before and after packs are found again", () => {
  const folder = olderFolder();
  const store = opened(folder);
  const kept = Array.from({ length: 5 }, (_, index) => keepStep(store, `new ${index}`, numbers([index])));
  const shared = keepStep(store, "shared", { renamed: first(0)["model"]! });
  store.close();
  for (const name of readdirSync(folder).filter((one) => one.startsWith("hw1.sqlite"))) unlinkSync(join(folder, name));
  const again = opened(folder);
  expectResults(again);
  for (const step of [...kept, shared]) expect(again.find(step.fingerprint)).toEqual(step);
  expect(again.warnings()).toEqual([{ message: "the index of the cache was made anew: 9 steps were found" }]);
});

test("a damaged blob of its own is set aside and computed again, into a pack", () => {
  const folder = olderFolder();
  expect(damageBlobs(folder, (bytes) => bytes.length === 32 && bytes.readFloatLE(0) === 1)).toBe(1);
  const store = opened(folder);
  const damaged = store.artifact(store.find(fingerprintOf(1))!.artifact)!.outputs["model"]!.blobs["w"]!;
  expect(() => damaged.bytes()).toThrow("does not match its digest");
  expect(store.find(fingerprintOf(1))).toBeUndefined();
  store.keep(record("v1-1", store.put(first(1)).digest, { element: "1", elapsedMs: 7 }));
  expectResults(store);
});
