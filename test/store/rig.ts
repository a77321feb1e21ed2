/** A cache folder of its own for each test, and small values to put into it. */
import { existsSync, mkdtempSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openStore } from "../../src/store/sqlite.js";
import type { Opening, StepRecord, Store } from "../../src/store/store.js";
import { type Digest, digestJson } from "../../src/util/digest.js";
import type { JsonObject } from "../../src/util/json.js";
import { blobOf } from "../../src/values/blob.js";
import type { Outputs } from "../../src/values/output.js";
import { looseOutput } from "../rig/output.js";

/** @param parent  a folder in memory, where hundreds of stores are made and nothing depends on a sync */
export function scratch(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "hw1-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "cache");
}

export function opened(folder: string, options?: Parameters<typeof openStore>[1]): Store {
  const store = openStore(folder, options);
  onTestFinished(() => store.close());
  return store;
}

export function numbers(values: readonly number[], data: JsonObject = {}): Outputs {
  return {
    out: looseOutput("dataset", data, { features: blobOf("float32", [values.length], Float32Array.from(values)) }),
  };
}

export function record(name: string, artifact: Digest, more: Partial<StepRecord> = {}): StepRecord {
  const document = { kind: "toy", name };
  return {
    fingerprint: digestJson(document),
    document,
    artifact,
    pipeline: "p",
    stage: "s",
    element: null,
    kind: "toy",
    elapsedMs: 10,
    finishedAt: 1000,
    ...more,
  };
}

/** Puts and keeps one step; the digest it is found by. */
export function keepStep(store: Store, name: string, outputs: Outputs, more: Partial<StepRecord> = {}): StepRecord {
  const kept = record(name, store.put(outputs).digest, more);
  store.keep(kept);
  return kept;
}

export function loseDatabase(folder: string): void {
  for (const suffix of ["", "-wal", "-shm"])
    if (existsSync(join(folder, `hw1.sqlite${suffix}`))) unlinkSync(join(folder, `hw1.sqlite${suffix}`));
}

/** That a step has opened a test set. */
export function opening(
  { fingerprint, pipeline, stage, element, finishedAt }: StepRecord,
  more: Partial<Opening> = {},
) {
  const [examples, data, model] = ["examples", "data", "model"].map((name) => digestJson(name)) as [
    Digest,
    Digest,
    Digest,
  ];
  const entry = {
    what: "opening",
    fingerprint,
    run: 1,
    pipeline,
    stage,
    element,
    at: finishedAt,
    sources: [data],
  } as const;
  return { ...entry, examples, data, model, ...more } satisfies Opening;
}

/** As a user who is not root, for whom permissions are none. */
export function asNobody<T>(work: () => T): T {
  if (process.getuid!() !== 0) return work();
  process.seteuid!(65534);
  try {
    return work();
  } finally {
    process.seteuid!(0);
  }
}
