/** The epochs of a training as bytes: the very numbers, in little room, and the same bytes for the same numbers. */
import { expect, test } from "vitest";
import { columnBytes, rowsIn } from "../../src/values/history-columns.js";
import { type EpochScore, historyBlob, historyOf } from "../../src/values/model.js";

const history = Array.from(
  { length: 500 },
  (_, at): EpochScore => ({
    epoch: at + 1,
    learningRate: 0.01,
    train: { loss: 1 / (at + 3), accuracy: at / 500 },
    validation: { loss: Math.sqrt(at + 0.1), accuracy: 1 - at / 700 },
  }),
);

test("the epochs of a training come back as they were, in a fourth of the room of their JSON at most", () => {
  const blob = historyBlob(history);
  expect(historyOf({ type: "model", data: {} as never, blobs: { history: blob } })).toEqual(history);
  expect(blob.bytes().length).toBe(blob.shape[0]);
  expect(blob.bytes().length * 4).toBeLessThan(JSON.stringify(history).length);
  expect(historyOf({ type: "model", data: {} as never, blobs: { history: historyBlob([]) } })).toEqual([]);
});

test("what JSON has no word for, and what only some rows have, comes back too", () => {
  const rows: Parameters<typeof columnBytes>[0] = [
    { epoch: 1, rate: 0.1, train: { loss: Number.NaN } },
    { epoch: 2, rate: 0.1, train: { loss: Number.POSITIVE_INFINITY }, validation: { loss: -0 } },
    { epoch: 4, rate: 0.1, train: { loss: 5e-324 }, validation: { loss: Number.NaN } },
    { epoch: 5, train: { loss: 0.1 + 0.2 } },
  ];
  const back = rowsIn(columnBytes(rows));
  expect(back).toEqual(rows);
  // As the store hands them out: a part of something longer, wherever that begins.
  expect(rowsIn(Buffer.concat([Buffer.from("abc"), columnBytes(rows), Buffer.from("d")]).subarray(3, -1))).toEqual(
    rows,
  );
  expect(Object.is((back[1] as { validation: { loss: number } }).validation.loss, -0)).toBe(true);
});

test("the bytes depend on the numbers alone: not on the order of members, nor on the bits of a NaN", () => {
  const [oddNaN] = new Float64Array(new BigUint64Array([0xfff8000000000123n]).buffer);
  const one = columnBytes([
    { a: 1, b: { c: Number.NaN, d: 2 } },
    { a: 1, b: { c: 3, d: 2 } },
  ]);
  const other = columnBytes([
    { b: { d: 2, c: oddNaN! }, a: 1 },
    { b: { c: 3, d: 2 }, a: 1 },
  ]);
  expect(Buffer.from(other)).toEqual(Buffer.from(one));
  expect(Buffer.from(columnBytes([{ a: 0 }]))).not.toEqual(Buffer.from(columnBytes([{ a: -0 }])));
});
