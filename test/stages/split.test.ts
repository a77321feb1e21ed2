import { expect, test } from "vitest";
import type { RunContext } from "../../src/pipeline/run-context.js";
import { rowsOf } from "../../src/stages/dataset.js";
import { fold } from "../../src/stages/fold.js";
import { loadMnist } from "../../src/stages/load-mnist.js";
import { split } from "../../src/stages/split.js";
import { shares } from "../../src/util/shares.js";
import { int32Of } from "../../src/values/blob.js";
import type { Dataset } from "../../src/values/dataset.js";

function context<O>(options: O, data: Dataset): RunContext<O, { data: "dataset" }> {
  return {
    options,
    inputs: { data },
    lists: {},
    folder: ".",
    seeds: { seed: 1, folds: [] },
    threads: 1,
    checkpoints: { latest: () => undefined, save: () => undefined },
    progress: () => undefined,
    warn: () => undefined,
    stopping: () => false,
  };
}

test("MNIST has 60,000 and 10,000 images of 28 × 28 with ten classes", () => {
  const { train, test: last } = loadMnist();
  expect([train.data.count, last.data.count]).toEqual([60000, 10000]);
  expect(train.data.shape).toEqual([28, 28, 1]);
  expect(train.data.classes).toHaveLength(10);
});

test("a stratified split keeps the share of each class, loses no example and shares the pixels", async () => {
  const data = loadMnist().test;
  const { train, validation } = await split.run(context({ data: "x", validation: 1000, stratify: true }, data));
  const rows = [...rowsOf(train!), ...rowsOf(validation!)];
  expect(new Set(rows).size).toBe(10000);
  expect(validation!.blobs.features).toBe(data.blobs.features);
  const labels = int32Of(data.blobs.labels!);
  for (let digit = 0; digit < 10; digit++) {
    const all = labels.filter((label) => label === digit).length;
    const part = rowsOf(validation!).filter((row) => labels[row] === digit).length;
    expect(Math.abs(part - all / 10)).toBeLessThan(1);
  }
});

test("every example is in validation exactly once, in folds that differ by at most one", async () => {
  const data = loadMnist().test;
  for (const stratify of [false, true]) {
    const { folds } = await fold.run(context({ data: "x", k: 7, shuffle: true, stratify }, data));
    const sizes = Array.from(
      { length: 7 },
      (_, index) => int32Of(folds!.blobs.assignment!).filter((key) => key === index + 1).length,
    );
    expect(sizes.reduce((a, b) => a + b)).toBe(10000);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});

test("shares are whole numbers that sum to the total", () => {
  expect(shares([1, 1, 1], 2)).toEqual([1, 1, 0]);
  expect(shares([10, 20, 70], 10)).toEqual([1, 2, 7]);
});

test("a split with a test part alone has no validation part, and loses no example", async () => {
  const data = loadMnist().test;
  const parts = await split.run(context({ data: "x", test: 0.2, stratify: true }, data));
  expect(Object.keys(parts)).toEqual(["train", "test"]);
  const [learned, held] = [parts.train as Dataset, parts.test as Dataset];
  expect([learned.data.count, held.data.count, held.data.split]).toEqual([8000, 2000, "test"]);
  expect(new Set([...rowsOf(learned), ...rowsOf(held)]).size).toBe(10000);
});
