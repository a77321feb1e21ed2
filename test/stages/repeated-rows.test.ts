/**
 * Rows that were merged in more than once: every place is folded and split by itself, and those on both sides are
 * counted.
 */
import { describe, expect, test } from "vitest";
import { examplesOf } from "../../src/learn/data.js";
import { Table } from "../../src/learn/table.js";
import { elementOutput } from "../../src/plan/elements.js";
import { onBothSides } from "../../src/stages/both-sides.js";
import { dataOf, rowsOf, withRows } from "../../src/stages/dataset.js";
import { fold } from "../../src/stages/fold.js";
import { merge } from "../../src/stages/merge.js";
import { normalize } from "../../src/stages/normalize.js";
import { split } from "../../src/stages/split.js";
import { blobOf, int32Of } from "../../src/values/blob.js";
import type { Dataset } from "../../src/values/dataset.js";
import { type Output, outputOf } from "../../src/values/output.js";
import { dataset, rowsIn, runKind } from "../rig/stage.js";

const classes = ["a", "b", "c"];
const whole = dataset(
  Array.from({ length: 60 }, (_, row) => [row, row % 3]),
  { classes },
);
const merged = async (...list: Output[]): Promise<Dataset> =>
  outputOf((await runKind(merge, { data: list.map((_, index) => `d${index}`) }, { list })).outputs.data, "dataset");
const twice = await merged(whole, whole);
const features = (output: Output): readonly number[] => rowsIn(output).map(([feature]) => feature!);
const sorted = (values: readonly number[]): readonly number[] => [...values].sort((a, b) => a - b);

describe("folds of rows that are there twice", () => {
  for (const stratify of [false, true])
    for (const shuffle of [false, true])
      test(`have each place in exactly one validation part (stratify: ${stratify}, shuffle: ${shuffle})`, async () => {
        const { outputs, warnings } = await runKind(
          fold,
          { data: "d", k: 5, stratify, shuffle },
          { inputs: { data: twice } },
        );
        const parts = [1, 2, 3, 4, 5].map((key) => elementOutput(outputs.folds!, String(key), "validation"));
        expect(parts.map((part) => dataOf(part).count)).toEqual([24, 24, 24, 24, 24]);
        expect(sorted(parts.flatMap(features))).toEqual(sorted(features(twice)));
        for (const [index, part] of parts.entries()) {
          const rest = elementOutput(outputs.folds!, String(index + 1), "train");
          expect(sorted([...features(rest), ...features(part)])).toEqual(sorted(features(twice)));
        }
        if (stratify)
          for (const part of parts)
            for (const label of [0, 1, 2]) expect(rowsIn(part).filter((row) => row[1] === label)).toHaveLength(8);
        const fold1 = new Map(parts.map((part, index) => [index, new Set(features(part))]));
        const apart = features(whole).filter(
          (row) => [...fold1.values()].filter((part) => part.has(row)).length > 1,
        ).length;
        expect(warnings).toEqual(
          apart === 0
            ? []
            : [
                `${apart} of 120 rows of \`data\` have copies on both sides of a fold, so the same row is trained on and judged by, which flatters the validation metrics. Fold first, and merge inside \`each:\`, such as \`{kind: merge, each: folds, data: [folds.train, folds.train]}\`.`,
              ],
        );
      });
  test("of data that were mixed, normalised and cut before are folded by place too", async () => {
    const ready = (
      await runKind(
        normalize,
        { data: "d" },
        { inputs: { data: withRows(twice, Int32Array.of(0, 1, 2, 0, 1, 2, 0, 5)) } },
      )
    ).outputs.data!;
    const { outputs } = await runKind(fold, { data: "d", k: 4 }, { inputs: { data: ready } });
    const parts = ["1", "2", "3", "4"].map((key) => elementOutput(outputs.folds!, key, "validation"));
    expect(parts.map((part) => dataOf(part).count)).toEqual([2, 2, 2, 2]);
    expect(sorted(parts.flatMap((part) => [...rowsOf(part)]))).toEqual([0, 0, 0, 1, 1, 2, 2, 5]);
  });
});

describe("splits of rows that are there twice", () => {
  for (const stratify of [false, true])
    test(`have the sizes asked for, and each place in one part (stratify: ${stratify})`, async () => {
      const { outputs, warnings } = await runKind(
        split,
        { data: "d", validation: 0.25, test: 12, stratify },
        { inputs: { data: twice } },
      );
      const { train, validation, test: last } = outputs as Record<"train" | "validation" | "test", Output>;
      expect([train, validation, last].map((part) => dataOf(part).count)).toEqual([78, 30, 12]);
      expect(sorted([train, validation, last].flatMap(features))).toEqual(sorted(features(twice)));
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^\d+ of 120 rows of `data` have copies on both sides of the split/);
    });
  test("that keep all copies together say nothing", () => {
    expect(onBothSides(Int32Array.of(3, 4, 3, 5), [1, 2, 1, 2])).toBe(0);
    expect(onBothSides(Int32Array.of(3, 4, 3, 5, 4, 4, 3), [1, 2, 1, 2, 1, 2, 2])).toBe(2);
  });
  test("of rows that are there once are those they always were", async () => {
    const { outputs, warnings } = await runKind(
      split,
      { data: "d", validation: 6, stratify: true },
      { inputs: { data: whole }, seed: 7 },
    );
    expect([...int32Of(outputs.validation!.blobs.rows!)]).toEqual([2, 5, 15, 21, 40, 46]);
    const { outputs: cut } = await runKind(
      fold,
      { data: "d", k: 3 },
      { inputs: { data: withRows(whole, Int32Array.of(9, 4, 7, 1, 8, 2)) }, seed: 7 },
    );
    expect([...int32Of(cut.folds!.blobs.assignment!)]).toEqual([1, 2, 1, 3, 3, 2]);
    expect(warnings).toEqual([]);
  });
});

describe("a merged row that comes again", () => {
  test("among others that must be copied is stored once and named twice, so that a fold can tell", async () => {
    const other = dataset(
      [
        [100, 0],
        [101, 1],
      ],
      { classes },
    );
    const all = await merged(withRows(whole, Int32Array.of(5, 6)), other, withRows(whole, Int32Array.of(6, 7)));
    expect(features(all)).toEqual([5, 6, 100, 101, 6, 7]);
    expect(all.blobs.features!.shape[0]).toBe(5);
    expect([...rowsOf(all)]).toEqual([0, 1, 2, 3, 1, 4]);
    const { warnings } = await runKind(split, { data: "d", validation: 3 }, { inputs: { data: all }, seed: 1 });
    expect(warnings.length).toBe(1);
  });
  test("is not mistaken for one of the same number in another dataset", async () => {
    const other = dataset([[100, 0]], { classes });
    const all = await merged(withRows(whole, Int32Array.of(0)), other);
    expect(features(all)).toEqual([0, 100]);
    expect(all.blobs).not.toHaveProperty("rows");
  });
  test("lies once in the table of a training, and is used as often as it is there", () => {
    const set = examplesOf(twice);
    const table = new Table([set]);
    expect(table.features.shape[0]).toBe(60);
    expect(table.rowsOf(set)).toHaveLength(120);
    expect(table.rowsOf(set)[60]).toBe(table.rowsOf(set)[0]);
  });
});

describe("images that were loaded more than once", () => {
  /** One byte each; `copies` of them are those before them again, in the next class where labels differ. */
  const images = (count: number, copies: number, shift = 0): Dataset => {
    const bytes = Uint8Array.from({ length: count + copies }, (_, at) => at % count);
    const labels = Int32Array.from(bytes, (byte, at) => (byte + (at < count ? 0 : shift)) % 3);
    const { data } = dataset([[0, 0]], { classes });
    return outputOf(
      {
        type: "dataset",
        data: { ...data, count: bytes.length, shape: [1, 1, 1], scale: 1 / 255 },
        blobs: {
          features: blobOf("uint8", [bytes.length, 1, 1, 1], bytes),
          labels: blobOf("int32", [bytes.length], labels),
        },
      },
      "dataset",
    );
  };
  const warned = async (kind: typeof split | typeof fold, data: Dataset): Promise<readonly string[]> =>
    (
      await runKind(
        kind as typeof split,
        (kind === (split as unknown) ? { data: "d", validation: 20 } : { data: "d", k: 2, shuffle: false }) as never,
        { inputs: { data }, seed: 1 },
      )
    ).warnings;
  const told = (found: string, cut: string): string =>
    `${found}, value by value, on both sides of ${cut}. If they are one image saved several times, a model is judged ` +
    "by what it has learned by heart: remove the copies. If different cases look alike, they are meant.";

  test("are told where copies fall on both sides of a cut", async () => {
    // Folds by place: the first half and the second.
    expect(await warned(fold, images(20, 20))).toEqual([told("20 of 40 images of `data` have copies", "a fold")]);
    expect(await warned(fold, images(40, 1))).toEqual([told("1 of 41 images of `data` has a copy", "a fold")]);
    expect((await warned(split, images(40, 40)))[0]).toMatch(/^\d+ of 80 images of `data` have copies, value by value/);
  });
  test("are not, where there are few, or none with that label", async () => {
    expect(await warned(fold, images(200, 1))).toEqual([]);
    expect(await warned(fold, images(30, 30, 1))).toEqual([]);
    expect(await warned(fold, images(40, 0))).toEqual([]);
  });
});
