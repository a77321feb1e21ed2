import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stream } from "../../src/learn/random.js";
import type { Store } from "../../src/store/store.js";
import { digestJson } from "../../src/util/digest.js";
import { float32Of } from "../../src/values/blob.js";
import { bundled } from "../rig/bundled.js";
import { jsonOf } from "../rig/output.js";
import { loseDatabase, opened, scratch } from "./rig.js";

const writer = await bundled(join(import.meta.dirname, "fixtures", "writer.ts"));

interface Writing {
  readonly batch?: number;
  /** After so many kept results it is killed with SIGKILL. */
  readonly kill?: number;
}
function write(
  folder: string,
  first: number,
  count: number,
  { batch = 1, kill }: Writing = {},
): Promise<{ kept: number[]; code: number | null; err: string }> {
  return new Promise((done) => {
    const child: ChildProcess = spawn(process.execPath, [writer, folder, String(first), String(count), String(batch)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, err] = ["", ""];
    child.stdout!.on("data", (chunk: Buffer) => {
      out += chunk;
      // Any moment after that many: the next result is being written.
      if (kill !== undefined && out.split("\n").length > kill) child.kill("SIGKILL");
    });
    child.stderr!.on("data", (chunk: Buffer) => {
      err += chunk;
    });
    child.on("close", (code) => done({ kept: out.split("\n").slice(0, -1).map(Number), code, err }));
  });
}

function expectWhole(store: Store, indices: readonly number[]): void {
  const inLedger = new Set(store.openingsOf(digestJson("examples")).map(({ fingerprint }) => fingerprint));
  for (const index of indices) expect(inLedger, `opening ${index}`).toContain(digestJson({ kind: "toy", index }));
  for (const index of indices) {
    const record = store.find(digestJson({ kind: "toy", index }));
    expect(record, `result ${index}`).toBeDefined();
    const output = store.artifact(record!.artifact)!.outputs.out!;
    expect(jsonOf(output).index).toBe(index);
    const values = float32Of(output.blobs.features!);
    expect([values.length, values[0], values[4999]]).toEqual([5000, index, index + 4999]);
  }
}

test.each([1, 10])(
  "whatever was kept in batches of %i is there and whole after kill -9 at any moment, and the newest checkpoint too",
  async (batch) => {
    const folder = scratch();
    const random = stream(1, [], "kills");
    const all: number[] = [];
    for (let round = 0; round < 10; round++) {
      const first = round * 1000;
      const { kept } = await write(folder, first, 900, { batch, kill: 1 + random.int(25) * batch });
      expect(kept.length).toBeGreaterThan(0);
      all.push(...kept);
      const store = opened(folder);
      expectWhole(store, kept);
      const checkpoint = store.checkpoint(digestJson({ family: first }), Number.MAX_SAFE_INTEGER);
      // The one of the last result told, or of the one after it.
      expect(checkpoint!.length).toBeGreaterThanOrEqual(kept[kept.length - 1]!);
      expect(float32Of(checkpoint!.outputs.state!.blobs.array!)[0]).toBe(checkpoint!.length);
      expect(store.warnings()).toEqual([]);
      store.close();
    }
    const store = opened(folder);
    expectWhole(store, all);
    expect(store.runs(20).every((run) => run.status === "lost")).toBe(true);
    const ledger = store.openingsOf(digestJson("examples"));
    store.close();
    loseDatabase(folder);
    const anew = opened(folder);
    expect(anew.openingsOf(digestJson("examples"))).toEqual(ledger);
    expectWhole(anew, all);
  },
);

test("four processes make a folder at the same moment and share it; nothing is lost, and nobody is turned away", async () => {
  const folder = scratch();
  // Two pairs write the same results, so equal blobs meet.
  const told = await Promise.all([
    write(folder, 0, 40),
    write(folder, 0, 40, { batch: 10 }),
    write(folder, 1000, 40, { batch: 10 }),
    write(folder, 1000, 40, { batch: 4 }),
  ]);
  for (const { code, err } of told) expect([code, err]).toEqual([0, ""]);
  const store = opened(folder);
  expectWhole(store, [
    ...Array.from({ length: 40 }, (_, index) => index),
    ...Array.from({ length: 40 }, (_, index) => 1000 + index),
  ]);
  expect(store.runs(10).map((run) => run.status)).toEqual(["ok", "ok", "ok", "ok"]);
  expect(store.warnings()).toEqual([]);
  expect(readdirSync(join(folder, "tmp"))).toEqual([]);
}, 240_000);

test("a reader sees results while a writer is at work", async () => {
  const folder = scratch();
  const writing = write(folder, 0, 60);
  let seen = 0;
  let most = 0;
  while (seen < 60) {
    const store = opened(folder, { readonly: true });
    seen = Array.from({ length: 60 }, (_, index) => index).filter(
      (index) => store.find(digestJson({ kind: "toy", index })) !== undefined,
    ).length;
    expect(seen).toBeGreaterThanOrEqual(most);
    most = seen;
    store.close();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect((await writing).code).toBe(0);
}, 240_000);
