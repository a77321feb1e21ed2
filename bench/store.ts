/**
 * How many finished cells the store takes in a second, and how fast a plan finds them again.
 *
 *   npx tsx bench/store.ts [--cells 1500] [--batch 10] [--rounds 3] [--folder DIR] [--json]
 *
 * A cell is what a training of a 1-64-64-64-1 network leaves: a model of 8 weight arrays and a history, and its last
 * state, a checkpoint that adds 16 arrays of moments. "Both ends" is put, last states, keep and one event for each cell
 * in one process; a search divides them between a worker and the parent.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stream } from "../src/learn/random.js";
import { type DurableFiles, nodeFiles } from "../src/store/durable.js";
import { openStore } from "../src/store/sqlite.js";
import type { Checkpoint, StepRecord } from "../src/store/store.js";
import { type Digest, digestJson } from "../src/util/digest.js";
import type { JsonObject } from "../src/util/json.js";
import { sizeOfShape } from "../src/util/shape.js";
import { median } from "../src/util/statistics.js";
import { blobOf } from "../src/values/blob.js";
import { historyBlob } from "../src/values/model.js";
import type { Output, Outputs } from "../src/values/output.js";

const { values } = parseArgs({
  options: {
    cells: { type: "string", default: "1500" },
    batch: { type: "string", default: "10" },
    rounds: { type: "string", default: "3" },
    folder: { type: "string", default: tmpdir() },
    json: { type: "boolean", default: false },
  },
});
const [cellCount, batchSize, rounds] = [Number(values.cells), Number(values.batch), Number(values.rounds)];

const shapes: readonly (readonly [string, readonly number[]])[] = [1, 64, 64, 64].flatMap((units, index) => [
  [`dense_${index + 1}.weight`, [units, index === 3 ? 1 : 64]] as const,
  [`dense_${index + 1}.bias`, [index === 3 ? 1 : 64]] as const,
]);
const random = stream(1, [], "bench");

interface Cell {
  readonly outputs: Outputs;
  readonly state: Output;
}
function cell(): Cell {
  const arrays = (prefix: string) =>
    Object.fromEntries(
      shapes.map(([name, shape]) => {
        const length = sizeOfShape(shape);
        return [
          `${prefix}${name}`,
          blobOf(
            "float32",
            shape,
            Float32Array.from({ length }, () => random.uniform()),
          ),
        ];
      }),
    );
  const history = Array.from({ length: 20 }, (_, epoch) => ({
    epoch,
    learningRate: 0.01,
    train: { loss: random.uniform() },
  }));
  const model = { ...arrays(""), history: historyBlob(history) };
  return {
    outputs: { model: output({ metrics: { validation: { loss: random.uniform() } } }, model) },
    // What it has of the model is not stored again.
    state: output({ epoch: 20 }, { ...model, ...arrays("m."), ...arrays("v.") }),
  };
}
/** The store takes whatever JSON an output's data are. */
const output = (data: JsonObject, blobs: Output["blobs"]): Output => ({ type: "model", data, blobs }) as Output;

function record(index: number, artifact: Digest): StepRecord {
  const options = {
    layers: Array.from({ length: 4 }, () => ({ dense: { units: 64, activation: "gelu" } })),
    learning_rate: index / 1e6,
    epochs: 20,
  };
  const document = {
    kind: "train",
    version: 1,
    engine: "onnx",
    options,
    inputs: { data: digestJson("data") },
    seeds: { seed: 1, folds: [`${index % 10}`] },
  };
  const place = {
    pipeline: "bench",
    stage: "trial",
    element: `${Math.floor(index / 10)}/${index % 10}`,
    kind: "train",
  };
  return { fingerprint: digestJson(document), document, artifact, ...place, elapsedMs: 30, finishedAt: index };
}

const lastState = (index: number, state: Output): Checkpoint => ({
  family: digestJson({ cell: index }),
  length: 20,
  outputs: { state },
  isLast: true,
});

/** Counts what the disk is asked to make durable; SQLite's own syncs are not among it. */
function counting(): { readonly files: DurableFiles; readonly syncs: () => number } {
  let count = 0;
  const counted = <A extends unknown[]>(work: (...args: A) => void) => {
    return (...args: A): void => {
      count += 1;
      work(...args);
    };
  };
  return {
    files: { ...nodeFiles, fsync: counted(nodeFiles.fsync), fsyncDir: counted(nodeFiles.fsyncDir) },
    syncs: () => count,
  };
}

function timed<T>(work: () => T): { readonly ms: number; readonly value: T } {
  const before = performance.now();
  const value = work();
  return { ms: performance.now() - before, value };
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).blocks * 512 : 0),
    0,
  );
}

type Numbers = Record<string, number>;

function fill(folder: string, cells: readonly Cell[], size: number): Numbers {
  const { files, syncs } = counting();
  const store = openStore(folder, { files });
  const run = store.startRun("bench", "bench.yaml");
  const before = syncs();
  let [putMs, stateMs, keepMs, eventMs] = [0, 0, 0, 0];
  for (let first = 0; first < cells.length; first += size) {
    const batch = cells.slice(first, first + size);
    const put = timed(() => store.putMany(batch.map(({ outputs }) => outputs)));
    const records = put.value.map(({ digest }, index) => record(first + index, digest));
    putMs += put.ms;
    stateMs += timed(() => store.saveCheckpoints(batch.map(({ state }, index) => lastState(first + index, state)))).ms;
    keepMs += timed(() => store.keepMany(records)).ms;
    eventMs += timed(() => {
      for (const { stage, element, fingerprint } of records)
        store.logEvent(run, first, {
          event: "step",
          stage,
          element,
          verdict: "run",
          status: "ok",
          digest: fingerprint,
        });
    }).ms;
  }
  const counted = syncs() - before;
  store.close();
  const batches = cells.length / size;
  return {
    "cells/s, both ends": (cells.length / (putMs + stateMs + keepMs + eventMs)) * 1000,
    "put, ms a batch": putMs / batches,
    "last states, ms a batch": stateMs / batches,
    "keep, ms a batch": keepMs / batches,
    "event, µs": (eventMs / cells.length) * 1000,
    "syncs a batch": counted / batches,
    "disk, KiB a cell": sizeOf(folder) / 1024 / cells.length,
  };
}

function look(folder: string, count: number): Numbers {
  const fingerprints = Array.from({ length: count }, (_, index) => record(index, digestJson("")).fingerprint);
  const open = timed(() => openStore(folder, { readonly: true }));
  const store = open.value;
  // A plan keeps digests, not what it looked at.
  const single = timed(() => {
    for (const fingerprint of fingerprints) store.artifact(store.find(fingerprint)!.artifact);
  });
  const read = fingerprints.slice(0, 100).map((fingerprint) => store.artifact(store.find(fingerprint)!.artifact)!);
  const many = timed(() => store.findMany(fingerprints).map((found) => store.outputDigests(found!.artifact)!));
  const bytes = timed(() => {
    for (const { outputs } of read) for (const blob of Object.values(outputs.model!.blobs)) blob.bytes();
  });
  const near = timed(() => fingerprints.map((_, index) => store.nearest("bench", "trial", `new ${index}`, "train")));
  const estimate = timed(() => fingerprints.map(() => store.recent("bench", "trial", "train")));
  store.close();
  return {
    "open, ms": open.ms,
    "find + artifact, ms": single.ms,
    "findMany + outputDigests, ms": many.ms,
    "nearest of cells never run, ms": near.ms,
    "recent, ms": estimate.ms,
    "read a model's blobs, ms a cell": bytes.ms / 100,
  };
}

function checkpoints(folder: string): Numbers {
  const store = openStore(folder);
  const families = Array.from({ length: 10 }, (_, index) => digestJson({ family: index }));
  const states = Array.from({ length: 100 }, () => families.map(() => ({ state: cell().state })));
  const size = () => sizeOf(folder) / 1024 / 1024;
  const save = timed(() => {
    for (const [length, outputs] of states.entries())
      store.saveCheckpoints(families.map((family, index) => ({ family, length, outputs: outputs[index]! })));
  });
  const kept = size();
  store.dropCheckpoints(...families);
  store.close();
  return {
    "checkpoints of 10 families, ms": save.ms / 100,
    "disk after 100 of each, MiB": kept,
    "disk when dropped and closed, MiB": size(),
  };
}

function inRounds(work: (folder: string) => Numbers): Numbers {
  const all = Array.from({ length: rounds }, () => {
    const folder = mkdtempSync(join(values.folder, "hw1-bench-"));
    try {
      return work(join(folder, "cache"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  return Object.fromEntries(Object.keys(all[0]!).map((name) => [name, median(all.map((one) => one[name]!))]));
}

const cells = Array.from({ length: cellCount }, cell);
const results: Record<string, Numbers> = {
  [`batches of ${batchSize}`]: inRounds((folder) => fill(folder, cells, batchSize)),
  "one at a time": inRounds((folder) => fill(folder, cells.slice(0, Math.min(500, cellCount)), 1)),
  [`looking, ${cellCount} cells`]: inRounds((folder) => {
    fill(folder, cells, batchSize);
    return look(folder, cellCount);
  }),
  checkpoints: inRounds(checkpoints),
};
if (values.json)
  process.stdout.write(
    `${JSON.stringify({ cells: cellCount, batch: batchSize, rounds, node: process.version, results })}\n`,
  );
else {
  process.stdout.write(
    `Node ${process.version}, ${cpus()[0]?.model ?? ""}, load ${loadavg()[0]!.toFixed(1)}; medians of ${rounds} rounds\n`,
  );
  for (const [title, numbers] of Object.entries(results)) {
    process.stdout.write(`\n${title}\n`);
    for (const [name, value] of Object.entries(numbers))
      process.stdout.write(`  ${name.padEnd(34)} ${value.toFixed(value < 10 ? 2 : 0).padStart(7)}\n`);
  }
}
