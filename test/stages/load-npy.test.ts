import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/diagnostic/render.js";
import { checkPipeline } from "../../src/pipeline/check.js";
import { readText } from "../../src/pipeline/read.js";
import { kinds } from "../../src/stages/kinds.js";
import { load } from "../../src/stages/load.js";
import { digestFile } from "../../src/stages/load-files.js";
import { featuresOf, float32Of, int32Of } from "../../src/values/blob.js";
import type { Output } from "../../src/values/output.js";
import { fixture, fixtures, headerOf, npyFile, npyOf, zipOf } from "../rig/npy-files.js";
import { checkKind, runKind } from "../rig/stage.js";

const folder = mkdtempSync(join(tmpdir(), "hw1-npy-"));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);

type Options = Readonly<Record<string, unknown>>;
const pair = { features: "x.npy", labels: "y.npy" };
const options = (more: Options = {}): Options => ({ source: "npy", train: pair, ...more });
async function loaded(more: Options = {}): Promise<Output<"dataset">> {
  return (await runKind(load, options(more), { folder })).outputs.train as Output<"dataset">;
}
/** What check time says. */
function told(more: Options = {}): readonly string[] {
  return checkKind(load, options(more), { folder }).told.map(
    ({ severity, title, message, at }) => `${severity} ${title} at ${at}: ${message}`,
  );
}
/** What a run says that check time did not. */
async function failure(more: Options = {}): Promise<string> {
  expect(told(more)).toEqual([]);
  return runKind(load, options(more), { folder }).then(
    () => "",
    ({ title, at, message }) => `${title} at ${at.join(".")}: ${message}`,
  );
}
const numbersOf = (output: Output<"dataset">): readonly number[] => [...featuresOf(output.blobs.features!)];
const count = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

beforeEach(() => {
  write("x.npy", npyOf("<f4", [4, 2], [0, 1, 2, 3, 4, 5, 6, 7]));
  write("y.npy", npyOf("<i8", [4], [0, 1, 2, 1]));
});

describe("features", () => {
  test("of [n, columns] are a table", async () => {
    const { data, blobs } = await loaded({ classes: 3 });
    expect(data).toEqual({
      count: 4,
      shape: [2],
      classes: ["0", "1", "2"],
      scale: 1,
      featureNames: [],
      targetNames: ["label"],
      split: "train",
    });
    expect(blobs.features).toMatchObject({ dtype: "float32", shape: [4, 2] });
    expect(numbersOf(await loaded({ classes: 3 }))).toEqual(count(8));
    expect([...int32Of(blobs.labels!)]).toEqual([0, 1, 2, 1]);
    expect((await loaded({ feature_names: ["width", "height"] })).data.featureNames).toEqual(["width", "height"]);
  });
  test.each([
    [[4], [1]],
    [[4, 3], [3]],
    [
      [4, 3, 5],
      [3, 5, 1],
    ],
    [
      [4, 3, 5, 2],
      [3, 5, 2],
    ],
  ])("of %j have examples of %j", async (shape, example) => {
    const size = shape.reduce((product, length) => product * length, 1);
    write("x.npy", npyOf("<f4", shape, count(size)));
    const { data, blobs } = await loaded();
    expect(data.shape).toEqual(example);
    expect(blobs.features!.shape).toEqual([4, ...example]);
    const { ports, told: said } = checkKind(load, options(), { folder });
    expect([ports.train!.shape, ports.train!.count, said]).toEqual([example, 4, []]);
  });
  test("of bytes stay bytes where they are images, and are numbers in a table", async () => {
    write("x.npy", npyOf("|u1", [4, 1, 2], [0, 1, 2, 3, 4, 5, 6, 255]));
    const images = await loaded();
    expect([images.blobs.features!.dtype, images.data.scale]).toEqual(["uint8", 1 / 255]);
    expect(numbersOf(images)).toEqual([0, 1, 2, 3, 4, 5, 6, 255]);
    write("x.npy", npyOf("|u1", [4, 2], [0, 1, 2, 3, 4, 5, 6, 255]));
    const table = await loaded();
    expect([table.blobs.features!.dtype, table.data.scale, numbersOf(table)]).toEqual([
      "float32",
      1,
      [0, 1, 2, 3, 4, 5, 6, 255],
    ]);
  });
  test("of truth values are 0 and 1", async () => {
    write("x.npy", npyOf("|b1", [4, 2], [0, 1, 1, 0, 1, 1, 0, 0]));
    expect(numbersOf(await loaded())).toEqual([0, 1, 1, 0, 1, 1, 0, 0]);
  });
  test("of doubles are kept in 32 bits, or in 64 where a column would lose by that", async () => {
    write("x.npy", npyOf("<f8", [4, 2], [0.1, 1, 0.2, 2, 0.3, 3, 0.4, 4]));
    expect((await loaded()).blobs.features!.dtype).toBe("float32");
    const start = 1_700_000_000;
    write("x.npy", npyOf("<f8", [4, 2], [0.1, start, 0.2, start + 1, 0.3, start + 2, 0.4, start + 3]));
    const wide = await loaded();
    expect([wide.blobs.features!.dtype, numbersOf(wide)[5]]).toEqual(["float64", start + 2]);
    write("x.npy", npyOf("<i8", [4, 2], [0, start, 0, start + 1, 0, start + 2, 0, start + 3]));
    expect((await loaded()).blobs.features!.dtype).toBe("float64");
    write("x.npy", npyOf("<i4", [4, 2], count(8)));
    expect((await loaded()).blobs.features!.dtype).toBe("float32");
  });
  test("of doubles that are images are judged by the sd of a channel", async () => {
    write(
      "x.npy",
      npyOf(
        "<f8",
        [4, 1, 2],
        count(8).map((value) => value / 255),
      ),
    );
    expect((await loaded()).blobs.features!.dtype).toBe("float32");
    write(
      "x.npy",
      npyOf(
        "<f8",
        [4, 1, 2],
        count(8).map((value) => 1e9 + value),
      ),
    );
    expect((await loaded()).blobs.features!.dtype).toBe("float64");
  });
  test("packed by gzip are unpacked", async () => {
    write("x.npy", gzipSync(npyOf("<f4", [4, 2], count(8))));
    expect([told(), numbersOf(await loaded())]).toEqual([[], count(8)]);
  });
});

describe("labels", () => {
  test("are numbers to predict without classes, of one column or several", async () => {
    expect([...float32Of((await loaded()).blobs.labels!)]).toEqual([0, 1, 2, 1]);
    write("y.npy", npyOf("<f8", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8.5]));
    const { data, blobs } = await loaded();
    expect(data.targetNames).toEqual(["label_1", "label_2"]);
    expect([blobs.labels!.shape, ...float32Of(blobs.labels!)]).toEqual([[4, 2], 1, 2, 3, 4, 5, 6, 7, 8.5]);
    expect(checkKind(load, options(), { folder }).ports.train).toMatchObject({
      targetNames: ["label_1", "label_2"],
      classes: null,
    });
  });
  test("of a column of classes are classes, in whatever type they are whole", async () => {
    for (const bytes of [
      npyOf("<i8", [4, 1], [0, 1, 2, 1]),
      npyOf("|u1", [4], [0, 1, 2, 1]),
      npyOf("<f8", [4], [0, 1, 2, 1]),
    ]) {
      write("y.npy", bytes);
      const { data, blobs } = await loaded({ classes: ["cat", "dog", "hen"] });
      expect([data.classes, ...int32Of(blobs.labels!)]).toEqual([["cat", "dog", "hen"], 0, 1, 2, 1]);
    }
  });
  test("are the names of the classes where these are numbers", async () => {
    write("y.npy", npyOf("<i8", [4], [3, 1, 2, 3]));
    expect([...int32Of((await loaded({ classes: [1, 2, 3] })).blobs.labels!)]).toEqual([2, 0, 1, 2]);
    expect(await failure({ classes: [1, 2] })).toBe(
      "label outside the classes at classes: Row 1 of `y.npy`: `3` is none of the classes.\n\nClasses: 1, 2",
    );
  });
  test("of truth values are the classes True and False, in whatever order these are named", async () => {
    write("y.npy", npyOf("|b1", [4], [0, 1, 1, 0]));
    expect([...int32Of((await loaded({ classes: [true, false] })).blobs.labels!)]).toEqual([1, 0, 0, 1]);
    expect([...int32Of((await loaded({ classes: ["ill", "well"] })).blobs.labels!)]).toEqual([0, 1, 1, 0]);
    expect([...int32Of((await loaded({ classes: 2 })).blobs.labels!)]).toEqual([0, 1, 1, 0]);
  });
  test("outside the classes are told with their row", async () => {
    write("y.npy", npyOf("<i8", [4], [0, 1, 3, 1]));
    expect(await failure({ classes: 3 })).toBe(
      "label outside the classes at classes: Row 3 of `y.npy` has the label 3, but the classes are 0 … 2. " +
        "Correct the file, or raise `classes`.",
    );
    write("y.npy", npyOf("<f8", [4], [0, 1, 0.5, 1]));
    expect(await failure({ classes: 2 })).toMatch(
      /^label outside the classes at classes: Row 3 of `y.npy` has the label 0.5/,
    );
  });
  test("that 32 bits cannot tell apart are told as those of a CSV are", async () => {
    write("y.npy", npyOf("<i8", [4], [1_700_000_001, 1_700_000_002, 1_700_000_003, 1_700_000_004]));
    expect((await runKind(load, options(), { folder })).warnings).toEqual([
      "Numbers of the target `label` differ by less than 32 bits can tell, and targets are kept in 32 bits: " +
        "1700000001 becomes 1700000000. Subtract a constant from the column in the file, such as its smallest number.",
    ]);
  });
});

describe("an npz", () => {
  const part = (features: string, labels: string) => ({ file: "d.npz", features, labels });
  test.each(["npz stored", "npz deflated"])("as NumPy writes it: %s", async (name) => {
    write("d.npz", fixture(name));
    const train = part("x", "y");
    expect(told({ train, classes: 3 })).toEqual([]);
    const { data, blobs } = await loaded({ train, classes: 3 });
    expect([data.count, data.shape]).toEqual([6, [4, 5, 1]]);
    expect([...blobs.features!.bytes()]).toEqual(fixtures[name]!.arrays!.x!.numbers);
    expect([...int32Of(blobs.labels!)]).toEqual([0, 1, 2, 0, 1, 2]);
  });
  test("without the array that is named lists its arrays", () => {
    const names = ["train_x", "train_y"];
    write("d.npz", zipOf(names.map((name) => ({ name: `${name}.npy`, bytes: npyOf("<f4", [2], [1, 2]) }))));
    expect(told({ train: part("trian_x", "labels") })).toEqual([
      "error no such array at train.features: `d.npz` has no array `trian_x`. Did you mean `train_x`?\n\n" +
        "Arrays of `d.npz`: train_x, train_y",
      "error no such array at train.labels: `d.npz` has no array `labels`.\n\nArrays of `d.npz`: train_x, train_y",
    ]);
    write("d.npz", zipOf([{ name: "readme.txt", bytes: Buffer.from("hello") }]));
    expect(told({ train: part("x", "x") })).toContain(
      "error no such array at train.features: `d.npz` has no array `x`.\n\nArrays of `d.npz`: none",
    );
  });
  test("with an array that is none, or is there twice", () => {
    const x = { name: "x.npy", bytes: npyOf("<f4", [2], [1, 2]) };
    write("d.npz", zipOf([x, { name: "y.npy", bytes: fixture("objects") }, { ...x, method: 8 }]));
    expect(told({ train: part("x", "y") })).toEqual([
      "error an array twice at train.features: `d.npz` holds two arrays `x`. Save them under two names: " +
        "`np.savez(…, a=a, b=b)`.",
      "error not an array of numbers at train.labels: `y` in `d.npz` holds Python objects, which only Python can " +
        'unpickle. Save numbers: `np.savez("d.npz", …)` with `x.astype("float32")` as `y`.',
    ]);
  });
  test("that was cut, or is none", () => {
    write("d.npz", fixture("npz stored").subarray(0, 300));
    expect(told({ train: part("x", "y") })).toEqual([
      "error truncated archive at train.file: `d.npz` begins as an archive (npz) but has no end of one. " +
        "Was it copied or downloaded completely?",
    ]);
    expect(told({ train: { ...part("x", "y"), file: "x.npy" } })).toEqual([
      "error not an archive at train.file: `x.npy` is one array (npy). Name it as `features` or `labels`, without `file`.",
    ]);
    write("d.npz", fixture("npz stored"));
    expect(told({ train: { features: "d.npz", labels: "y.npy" } })).toEqual([
      "error not an npy file at train.features: `d.npz` is an archive, as npz files are. Name it as `file`, and its " +
        "arrays by their names: `{file: d.npz, features: NAME, labels: NAME}`.",
    ]);
  });
  test("whose bytes were changed is told in the run", async () => {
    const bytes = fixture("npz stored");
    bytes[200] = bytes[200]! ^ 1;
    write("d.npz", bytes);
    expect(await failure({ train: part("x", "y") })).toBe(
      "broken archive at train.features: `x.npy` in `d.npz` is not what was packed: its checksum or its length is " +
        "another. Was it copied or downloaded completely?",
    );
  });
});

describe("what does not belong together is told at check time", () => {
  test("counts, and shapes of labels", () => {
    write("y.npy", npyOf("<i8", [3], [0, 1, 2]));
    expect(told()).toEqual(["error unequal counts at train.labels: `x.npy` has 4 examples, but `y.npy` has 3 labels."]);
    write("y.npy", npyOf("<i8", [4, 3], count(12)));
    expect(told({ classes: 3 })).toEqual([
      "error not labels of classes at train.labels: `y.npy` is [4, 3], but a label of a class is one number. If each " +
        'row has a 1 in the place of its class (one-hot): `np.save("y.npy", x.argmax(axis=1), allow_pickle=False)`. ' +
        "If these are numbers to predict, leave out `classes`.",
    ]);
    write("y.npy", npyOf("<i8", [4, 3, 1], count(12)));
    expect(told()).toEqual([
      "error not labels at train.labels: `y.npy` is [4, 3, 1]; labels are [n], or [n, targets] of numbers to predict. " +
        "Are features and labels exchanged?",
    ]);
  });
  test("ranks of features, and none at all", () => {
    write("x.npy", npyOf("<f4", [4, 1, 1, 1, 1], count(4)));
    expect(told()).toEqual([
      "error not features at train.features: `x.npy` is [4, 1, 1, 1, 1]; features are [n, height, width] or " +
        "[n, height, width, channels] (images), [n, columns] (a table) or [n] (one column).",
    ]);
    write("x.npy", npyOf("<f4", [0, 3], []));
    expect(told()).toEqual(["error no examples at train.features: `x.npy` is empty: [0, 3]."]);
  });
  test("parts of other shapes, types and targets", () => {
    const both = (features: Uint8Array, labels = npyOf("<i8", [2], [0, 1])): readonly string[] => {
      write("x2.npy", features);
      write("y2.npy", labels);
      return told({ test: { features: "x2.npy", labels: "y2.npy" } });
    };
    expect(both(npyOf("<f4", [2, 3], count(6)))).toEqual([
      "error parts differ at test.features: Examples of `x.npy` have [2], but those of `x2.npy` [3]. Save all parts alike.",
    ]);
    expect(both(npyOf("<f4", [2, 2], count(4)), npyOf("<f4", [2, 2], count(4)))).toEqual([
      "error parts differ at test.features: Examples of `x.npy` have 1 label, but those of `x2.npy` 2 labels. " +
        "Save all parts alike.",
    ]);
    expect(both(npyOf("<i8", [2, 2], count(4)))).toEqual([]);
    write("x.npy", npyOf("|u1", [4, 2, 2], count(16)));
    expect(both(npyOf("<f4", [2, 2, 2], count(8)))).toEqual([
      "error parts differ at test.features: Examples of `x.npy` have bytes, used as 0 … 1, but those of `x2.npy` " +
        "numbers that are used as they are. Save all parts alike.",
    ]);
  });
  test("names that are not those of the columns", () => {
    expect(told({ feature_names: ["a"] })).toEqual([
      "error names do not match the columns at feature_names: `feature_names` has 1 name, but `x.npy` has 2 columns. " +
        "Give one for each.",
    ]);
    expect(told({ feature_names: ["a", "a"] })).toEqual([
      "error a feature twice at feature_names: `feature_names` has `a` twice. Name each column by itself.",
    ]);
    write("x.npy", npyOf("<f4", [4, 1, 2], count(8)));
    expect(told({ feature_names: ["a", "b"] })).toEqual([
      "error names do not match the columns at feature_names: `feature_names` names the columns of a table, but " +
        "`x.npy` holds images. Leave it out.",
    ]);
    expect(told({ classes: [1, 1] })).toEqual([
      "error a class named twice at classes: `classes` names `1` twice. Name each class once.",
    ]);
  });
  test("images with their channels first, as a doubt", () => {
    write("x.npy", npyOf("|u1", [4, 3, 5, 6], count(360)));
    expect(told()).toEqual([
      "warning channels first? at train.features: Examples of `x.npy` are [3, 5, 6], read as height 3, width 5 and 6 " +
        'channels. If channels come first there: `np.save("x.npy", x.transpose(0, 2, 3, 1), allow_pickle=False)`.',
    ]);
  });
  test("files that are cut, lie, or are not there: both of a pair at once", () => {
    write("x.npy", npyFile(headerOf("<f4", [1000000, 1000000]), 10));
    rmSync(join(folder, "y.npy"));
    expect(told()).toEqual([
      "error truncated npy file at train.features: `x.npy` says float32 [1000000, 1000000], which is " +
        "4,000,000,000,000 bytes, but 10 follow its header. Was it copied or downloaded completely?",
      "error no such file at train.labels: There is no file `y.npy`. Paths in a pipeline are relative to the " +
        "pipeline's own folder.",
    ]);
  });
});

describe("numbers that are none are told in the run", () => {
  const remedy = (name: string): string =>
    `To leave such examples out, with \`x\` and \`y\` for the two arrays: \`keep = np.isfinite(${name}).reshape(len(${name}), ` +
    "-1).all(axis=1)`, then save `x[keep]` and `y[keep]`.";
  test("NaN and infinity", async () => {
    write("x.npy", npyOf("<f4", [4, 2], [0, 1, 2, 3, 4, Number.NaN, 6, Number.POSITIVE_INFINITY]));
    expect(await failure()).toBe(
      "not a finite number at train.features: `x.npy` has NaN at index [2, 1], and 1 more number like it, where " +
        `finite numbers belong. ${remedy("x")}`,
    );
    write("x.npy", npyOf("<f4", [4], [0, 1, 2, 3]));
    write("y.npy", npyOf("<f8", [4], [0, 1, Number.NEGATIVE_INFINITY, 3]));
    expect(await failure()).toBe(
      `not a finite number at train.labels: \`y.npy\` has -Infinity at index [2], where finite numbers belong. ${remedy("y")}`,
    );
  });
  test("numbers that 32 bits, or a double, cannot hold", async () => {
    write("x.npy", npyOf("<f8", [4, 2], [0, 1, 2, 1e300, 4, 5, 6, 7]));
    expect(await failure()).toBe(
      "not a number at train.features: `x.npy` has 1e+300 at index [1, 1]. It is too large for a 32-bit number.",
    );
    write("x.npy", npyOf("<i8", [4, 2], [0, 1, 2, 2n ** 53n + 1n, 4, 5, 6, 7]));
    expect(await failure()).toBe(
      "a number of more than 53 bits at train.features: `x.npy` has 9007199254740993 at index [1, 1]; whole numbers " +
        "are exact up to 2^53. Subtract a constant, or round it knowingly: " +
        '`np.save("x.npy", x.astype("float64"), allow_pickle=False)`.',
    );
  });
});

test("a file that changed since its step was judged is no data", async () => {
  const files = (["features", "labels"] as const).map((role) => ({
    option: ["train", role],
    digest: digestFile(folder, pair[role]),
  }));
  await expect(runKind(load, options(), { folder, files })).resolves.toBeDefined();
  write("y.npy", npyOf("<i8", [4], [0, 1, 2, 0]));
  await expect(runKind(load, options(), { folder, files })).rejects.toThrow("y.npy was changed");
});

test("a whole check shows the place in the pipeline", () => {
  write("x.npy", fixture("objects"));
  const text = "stages:\n  scans: {kind: load, source: npy, train: {features: x.npy, labels: y.npy}, classes: 3}\n";
  const document = readText(join(folder, "p.yaml"), text);
  const { diagnostics } = document.ok ? checkPipeline(document.value, kinds) : document;
  expect(renderDiagnostics(diagnostics).replaceAll(`${folder}/`, "")).toMatchInlineSnapshot(`
    "p.yaml:2:54  not an array of numbers

      2 │   scans: {kind: load, source: npy, train: {features: x.npy, labels: y.npy}, classes: 3}
        │                                                      ^^^^^

    \`x.npy\` holds Python objects, which only Python can unpickle. Save numbers: \`np.save("x.npy", x.astype("float32"), allow_pickle=False)\`.
    "
  `);
});
