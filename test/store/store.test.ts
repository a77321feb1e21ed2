import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/sqlite.js";
import { digestJson } from "../../src/util/digest.js";
import { blobOf, float32Of } from "../../src/values/blob.js";
import { looseOutput } from "../rig/output.js";
import { storedBlobs } from "../rig/stored.js";
import { keepStep, numbers, opened, record, scratch } from "./rig.js";

test("a step that is kept is found by its fingerprint, and its bytes are the same", () => {
  const folder = scratch();
  const writer = openStore(folder);
  const kept = keepStep(writer, "a", numbers([1, 2, 3], { count: 3 }), { element: "2/1" });
  writer.close();

  const store = opened(folder);
  expect(store.find(kept.fingerprint)).toEqual(kept);
  const info = store.artifact(kept.artifact);
  expect(info?.outputs.out?.data).toEqual({ count: 3 });
  expect([...float32Of(info!.outputs.out!.blobs.features!)]).toEqual([1, 2, 3]);
  expect(store.warnings()).toEqual([]);
  expect(store.find(digestJson("another"))).toBeUndefined();
});

test("the artifact's digest is a digest of its outputs' digests, and those of type, data and blobs", () => {
  const info = opened(scratch()).put(numbers([1], { count: 1 }));
  const { features } = info.outputs.out!.blobs;
  const output = digestJson({
    type: "dataset",
    data: { count: 1 },
    blobs: { features: { dtype: "float32", shape: [1], digest: features!.digest } },
  });
  expect(info.outputs.out?.digest).toBe(output);
  expect(info.digest).toBe(digestJson({ out: output }));
});

test.each([3, 20_000])(
  "the same %i numbers are one blob, read-only, and passing a stored blob on reads nothing",
  (count) => {
    const folder = scratch();
    const store = opened(folder);
    const values = Float32Array.from({ length: count }, (_, index) => index);
    const features = blobOf("float32", [count], values);
    const first = store.put({ out: looseOutput("dataset", {}, { features }) });
    const stored = first.outputs.out!.blobs.features!;
    store.putMany([
      { a: looseOutput("dataset", { split: "test" }, { features }) },
      {
        a: looseOutput("dataset", { split: "other" }, { features, twice: blobOf("float32", [count], values.slice()) }),
      },
    ]);
    store.put({
      b: looseOutput(
        "dataset",
        {},
        {
          features: {
            ...stored,
            bytes: () => {
              throw new Error("read");
            },
          },
        },
      ),
    });
    expect(storedBlobs(folder)).toHaveLength(1);
    expect(statSync(storedBlobs(folder)[0]!.path).mode & 0o777).toBe(0o444);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
  },
);

test("an array whose bytes do not fit its shape is refused", () => {
  const store = opened(scratch());
  expect(() =>
    store.put({ a: looseOutput("model", {}, { w: blobOf("float32", [2, 3], new Float32Array(5)) }) }),
  ).toThrow("a float32 array of shape [2, 3] takes 24 bytes, but 20 were given");
});

test("numbers that JSON cannot say survive in data, documents and events", () => {
  const folder = scratch();
  const writer = openStore(folder);
  const data = {
    loss: Number.NaN,
    best: Number.POSITIVE_INFINITY,
    worst: Number.NEGATIVE_INFINITY,
    list: [Number.NaN, 0.1],
  };
  const info = writer.put(numbers([Number.NaN, Number.NEGATIVE_INFINITY], data));
  const kept = record("a", info.digest, { document: { rate: Number.NaN } });
  writer.keep(kept);
  const run = writer.startRun("p", "p.yaml");
  writer.logEvent(run, 5, { event: "step", stage: "s", loss: Number.NaN });
  writer.close();

  const store = opened(folder);
  expect(store.artifact(info.digest)?.outputs.out?.data).toEqual(data);
  expect([...float32Of(store.artifact(info.digest)!.outputs.out!.blobs.features!)]).toEqual([
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ]);
  expect(store.find(kept.fingerprint)?.document).toEqual({ rate: Number.NaN });
  expect(store.runSteps(run)).toEqual([{ event: "step", stage: "s", loss: Number.NaN }]);
});

test("nearest gives earlier records of the stage, newest first, else of the kind", () => {
  const store = opened(scratch());
  const outputs = numbers([1]);
  const old = keepStep(store, "old", outputs, { finishedAt: 1 });
  const young = keepStep(store, "young", outputs, { finishedAt: 2 });
  const fold = keepStep(store, "fold", outputs, { finishedAt: 3, element: "1" });
  expect(store.nearest("p", "s", null, "toy").map((step) => step.fingerprint)).toEqual([
    young.fingerprint,
    old.fingerprint,
  ]);
  expect(store.nearest("p", "s", "1", "toy").map((step) => step.fingerprint)).toEqual([fold.fingerprint]);
  expect(store.nearest("p", "other", null, "toy")).toHaveLength(3);
  expect(store.nearest("p", "other", null, "unheard")).toEqual([]);
});

test("a step kept again for another stage is near to both", () => {
  const store = opened(scratch());
  const kept = keepStep(store, "a", numbers([1]));
  store.keep({ ...kept, stage: "twin", finishedAt: 2000 });
  expect(store.nearest("p", "twin", null, "none")).toHaveLength(1);
  expect(store.nearest("p", "s", null, "none")).toHaveLength(1);
  expect(store.warnings()).toEqual([]);
});

test("another artifact under the same fingerprint is reported", () => {
  const store = opened(scratch());
  const first = keepStep(store, "a", numbers([1]));
  const second = keepStep(store, "a", numbers([2]));
  expect(store.warnings().map((warning) => warning.message)).toEqual([
    `s is not deterministic: the same fingerprint gave ${first.artifact} before and ${second.artifact} now; the new result is kept`,
  ]);
  expect(store.find(first.fingerprint)?.artifact).toBe(second.artifact);
});

test("the last records of a stage are the newest first, else those of its kind", () => {
  const store = opened(scratch());
  const times = (stage: string, kind = "toy"): readonly number[] =>
    store.recent("p", stage, kind).map(({ elapsedMs }) => elapsedMs);
  expect(times("s")).toEqual([]);
  for (const [index, elapsedMs] of [1000, 10, 20].entries())
    keepStep(store, `${index}`, numbers([1]), { elapsedMs, finishedAt: index });
  expect(times("s")).toEqual([20, 10, 1000]);
  expect(times("new")).toEqual([20, 10, 1000]);
  expect(times("new", "other")).toEqual([]);
});

test("a folder that is not there is an empty store to a reader, and stays away", () => {
  const folder = scratch();
  const store = opened(folder, { readonly: true });
  expect(store.find(digestJson(1))).toBeUndefined();
  expect(store.runs(10)).toEqual([]);
  expect(store.nearest("p", "s", null, "toy")).toEqual([]);
  expect(store.checkpoint(digestJson(1), 5)).toBeUndefined();
  expect(() => store.put(numbers([1]))).toThrow("opened for reading");
  store.close();
  expect(existsSync(folder)).toBe(false);
});

test("a reader sees what a writer has just kept", () => {
  const folder = scratch();
  const writer = opened(folder);
  const reader = opened(folder, { readonly: true });
  const kept = keepStep(writer, "a", numbers([1]));
  expect(reader.find(kept.fingerprint)).toEqual(kept);
});

test("each of 1,000 steps is found, and its near ones", () => {
  const folder = scratch();
  const store = opened(folder);
  const { digest } = store.put(numbers([1]));
  const kept = Array.from({ length: 1000 }, (_, index) =>
    record(`${index}`, digest, { stage: `s${index % 50}`, finishedAt: index }),
  );
  for (let first = 0; first < 1000; first += 100) store.keepMany(kept.slice(first, first + 100));
  expect(store.findMany(kept.map((step) => step.fingerprint))).toEqual(kept);
  for (const step of kept) {
    expect(store.find(step.fingerprint)?.artifact).toBe(digest);
    expect(store.nearest("p", step.stage, null, "toy")).toHaveLength(20);
  }
});
