import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { ChangedFileError, InterruptedError } from "../../src/pipeline/run-context.js";
import { fingerprint } from "../../src/plan/fingerprint.js";
import { load } from "../../src/stages/load.js";
import type { JsonObject } from "../../src/util/json.js";
import { featuresOf, int32Of } from "../../src/values/blob.js";
import type { Output } from "../../src/values/output.js";
import { colourPng, greyPng, jpegOf, jpegs, pngOf, turnedJpeg } from "../rig/picture-files.js";
import { checkKind, runKind } from "../rig/stage.js";

let folder: string;
const write = (path: string, bytes: Uint8Array | string): void => {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), bytes);
};
const remove = (path: string): void => rmSync(join(folder, path), { recursive: true });
/** One that tells itself: all its pixels have that number. */
const grey = (light: number, height = 2, width = 3): Buffer => greyPng(height, width, () => light);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hw1-images-"));
  write("train/dog/b.png", grey(3));
  write("train/dog/a.png", grey(2));
  write("train/cat/1.png", grey(1));
  write("test/dog/9.png", grey(9));
  return () => rmSync(folder, { recursive: true });
});

type Options = Readonly<Record<string, unknown>>;
const options = (more: Options = {}): Options => ({ source: "images", train: "train", ...more });
async function ran(more: Options = {}) {
  const { outputs, warnings } = await runKind(load, options(more), { folder });
  return { train: outputs.train as Output<"dataset">, test: outputs.test as Output<"dataset">, warnings };
}
const lightsOf = ({ blobs, data }: Output<"dataset">): readonly number[] => {
  const values = featuresOf(blobs.features!);
  const size = values.length / data.count;
  return Array.from({ length: data.count }, (_, row) => values[row * size]!);
};
/** What check time says. */
const told = (more: Options = {}): readonly string[] =>
  checkKind(load, options(more), { folder }).told.map(
    ({ severity, title, message, at }) => `${severity} ${title} at ${at}: ${message}`,
  );
/** What a run says. */
const failure = (more: Options = {}): Promise<string> =>
  runKind(load, options(more), { folder }).then(
    () => "nothing",
    ({ title, at, message }) => `error ${title} at ${at.join(".")}: ${message}`,
  );
/** The same at check time and in a run. */
async function both(more: Options = {}): Promise<string> {
  const [first, ...others] = told(more);
  expect(others).toEqual([]);
  expect(await failure(more)).toBe(first);
  return first!;
}
const keyOf = (more: Options = {}, versionOf?: (name: string) => string | null) =>
  fingerprint(load as never, load.schema.parse(options(more)) as unknown as JsonObject, {
    ...{ engine: "onnx", seed: 0, folds: [], folder, inputs: {} },
    ...(versionOf ? { versionOf } : {}),
  });

describe("folders of pictures", () => {
  test("are classes by name, and pictures by class and name", async () => {
    const { train, test: held } = await ran({ test: "test" });
    expect(train.data).toEqual({
      ...{ count: 3, shape: [2, 3, 1], classes: ["cat", "dog"], scale: 1 / 255, split: "train" },
      ...{ featureNames: [], targetNames: ["label"], reading: { of: "pictures", grey: false } },
    });
    expect(train.blobs.features).toMatchObject({ dtype: "uint8", shape: [3, 2, 3, 1] });
    expect([lightsOf(train), [...int32Of(train.blobs.labels!)]]).toEqual([
      [1, 2, 3],
      [0, 1, 1],
    ]);
    expect([held.data.split, held.data.classes, lightsOf(held), [...int32Of(held.blobs.labels!)]]).toEqual([
      ...["test", ["cat", "dog"], [9], [1]],
    ]);
  });
  test("are known at check time, without a pixel", () => {
    const { ports } = checkKind(load, options({ test: "test" }), { folder });
    expect(ports.train).toMatchObject({ count: 3, shape: [2, 3, 1], classes: ["cat", "dog"], split: "train" });
    expect(ports.train!.classCounts!()).toEqual([1, 2]);
    expect(ports.test).toMatchObject({ count: 1, shape: [2, 3, 1], classes: ["cat", "dog"], split: "test" });
    expect(ports.test!.classCounts!()).toEqual([0, 1]);
    const resized = checkKind(load, options({ resize: [4, 5], grey: true }), { folder }).ports.train;
    expect(resized!.shape).toEqual([4, 5, 1]);
    const skipped = checkKind(load, options({ skip_unreadable: true }), { folder }).ports.train;
    expect([skipped!.count, skipped!.classCounts]).toEqual([null, undefined]);
  });
  test("`classes` fixes the order of the labels", async () => {
    const { train } = await ran({ classes: ["dog", "cat"] });
    expect([train.data.classes, lightsOf(train), [...int32Of(train.blobs.labels!)]]).toEqual([
      ["dog", "cat"],
      [2, 3, 1],
      [0, 0, 1],
    ]);
    const { ports } = checkKind(load, options({ classes: ["dog", "cat"] }), { folder });
    expect([ports.train!.classes, ports.train!.classCounts!()]).toEqual([
      ["dog", "cat"],
      [2, 1],
    ]);
  });
  test("are known by content, whatever files are called", async () => {
    write("train/cat/2.txt", jpegs.grey);
    write("train/cat/3", grey(5, 9, 10));
    remove("train/cat/1.png");
    remove("train/dog");
    write("train/dog/x.jpg", grey(7, 9, 10));
    const { train } = await ran();
    expect([train.data.count, train.data.shape]).toEqual([3, [9, 10, 1]]);
    expect(lightsOf(train).slice(1)).toEqual([5, 7]);
  });
  test("may hold hidden files, and those that systems leave behind", async () => {
    for (const name of [".DS_Store", "Thumbs.db", "desktop.ini", "._1.png"]) {
      write(`train/cat/${name}`, "x");
      write(`train/${name}`, "x");
    }
    write("train/.ipynb_checkpoints/1.png", grey(1));
    write("train/__MACOSX/1.png", "x");
    write("train/dog/.thumbnails/1.png", grey(1));
    write("train/README.md", "what this is");
    expect(told()).toEqual([]);
    const { train } = await ran();
    expect([train.data.classes, lightsOf(train)]).toEqual([
      ["cat", "dog"],
      [1, 2, 3],
    ]);
  });
  test("may be links, and hold links", async () => {
    write("elsewhere/8.png", grey(8));
    symlinkSync(join(folder, "elsewhere"), join(folder, "train", "elk"));
    symlinkSync(join(folder, "elsewhere", "8.png"), join(folder, "train", "cat", "link.png"));
    const { train } = await ran();
    expect([train.data.classes, lightsOf(train)]).toEqual([
      ["cat", "dog", "elk"],
      [1, 8, 2, 3, 8],
    ]);
  });
  test("are resized and made grey on request, which their data say", async () => {
    write("train/dog/a.png", colourPng(4, 6, [255, 0, 0]));
    write("train/dog/b.png", jpegOf(40, 60, [0, 0, 255]));
    const { train } = await ran({ resize: [3, 2], grey: true });
    expect([train.data.shape, train.data.reading]).toEqual([[3, 2, 1], { of: "pictures", grey: true, resize: [3, 2] }]);
    expect(lightsOf(train).map((light) => Math.round(light / 5))).toEqual([0, 15, 6]);
    expect((await ran({ resize: 2, grey: true })).train.data.reading).toMatchObject({ resize: [2, 2] });
  });
  test("tell how far the reading is, in images, and end when a run is interrupted", async () => {
    const progress: unknown[] = [];
    await runKind(load, options({ test: "test" }), { folder, progress: (each) => void progress.push(each) });
    expect(progress.at(-1)).toEqual({ fraction: 1, unit: "images", examplesPerSecond: expect.any(Number) });
    const stopped = runKind(load, options(), { folder, stopping: () => true });
    await expect(stopped).rejects.toBeInstanceOf(InterruptedError);
  });
});

describe("what is not built as folders of pictures is told", () => {
  test("no folder, or a file", async () => {
    expect(await both({ train: "trian" })).toBe(
      "error no such folder at train: There is no folder `trian`. Did you mean `train`? Paths in a pipeline are relative " +
        "to its own folder.",
    );
    write("train.zip", "x");
    expect(await both({ train: "train.zip" })).toBe(
      "error a file, not a folder at train: `train.zip` is a file. Name a folder that holds one folder for each class.",
    );
  });
  test("pictures beside the class folders", async () => {
    write("train/stray.png", grey(1));
    expect(await both()).toBe(
      "error a picture in no class folder at train: `train/stray.png` lies beside the class folders. A picture lies in " +
        "the folder of its class, such as `train/cat/stray.png`.",
    );
  });
  test("no class folder", async () => {
    mkdirSync(join(folder, "nothing"));
    expect(await both({ train: "nothing" })).toBe(
      "error no class folder at train: `nothing` holds no folder. It needs one for each class, with the pictures of that " +
        "class: `nothing/cat/1.png`.",
    );
  });
  test("a folder without a name", async () => {
    expect(await both({ train: " " })).toBe(
      "error no folder named at train: `train` is empty. Name a folder that holds one folder for each class, `.` for that " +
        "of the pipeline.",
    );
  });
  test("one class", async () => {
    remove("train/cat");
    expect(await both()).toBe(
      "error one class at train: `train` holds one folder, `dog`, and each folder is a class, of which there are at " +
        "least two.",
    );
  });
  test("an empty class folder, also in the test part", async () => {
    mkdirSync(join(folder, "train/eel"));
    write("train/eel/.DS_Store", "x");
    expect(await both()).toBe(
      "error an empty class folder at train: `train/eel` holds no picture. Put pictures of that class there, or remove " +
        "the folder.",
    );
    remove("train/eel");
    mkdirSync(join(folder, "test/cat"));
    expect(await both({ test: "test" })).toBe(
      "error an empty class folder at test: `test/cat` holds no picture. Put pictures of that class there, or remove the " +
        "folder.",
    );
  });
  test("folders of parts that are taken for classes", async () => {
    expect(await both({ train: "." })).toBe(
      "error a folder in a class folder at train: `./test/dog` is a folder, and `./test` is read as a class. Put its " +
        "pictures into `./test` itself; if the folders in `./test` are the classes, write `train: ./test`.",
    );
  });
  test("a class that the training part lacks", async () => {
    write("test/dogs/1.png", grey(1));
    expect(await both({ test: "test" })).toBe(
      "error an unknown class at test: `test/dogs` is no class of `train`. Did you mean `dog`?\n\nClasses there: cat, dog",
    );
    write("test/elks/1.png", grey(1));
    expect(await both({ test: "test" })).toBe(
      "error an unknown class at test: `test/dogs` is no class of `train`, nor is one more folder. Did you mean `dog`?" +
        "\n\nClasses there: cat, dog",
    );
  });
  test("`classes` that are not the folders", async () => {
    expect(await both({ classes: ["cat", "dgo", "dog"] })).toBe(
      "error a class without a folder at classes: `train` has no folder `dgo`. Did you mean `dog`?" +
        "\n\nFolders there: cat, dog",
    );
    write("train/elk/1.png", grey(1));
    write("train/fox/1.png", grey(1));
    write("train/owl/1.png", grey(1));
    expect(await both({ classes: ["cat", "dog"] })).toBe(
      "error a folder that is no class at classes: `train/elk` is not among `classes`, nor are 2 more folders. Name all " +
        "folders there, or leave `classes` out: then each folder is a class.",
    );
    expect(await both({ classes: ["cat", "cat"] })).toBe(
      "error a class named twice at classes: `classes` names `cat` twice. Name each class once.",
    );
  });
});

describe("pictures that do not belong together are told", () => {
  test("of unequal sizes", async () => {
    write("train/dog/b.png", grey(1, 5, 4));
    expect(await both()).toBe(
      "error pictures of unequal sizes at train: `train/cat/1.png` has 2 × 3 pixels, and `train/dog/b.png` 5 × 4 " +
        "(height × width). Write `resize: [2, 3]`, or another size, to bring all of them to one.",
    );
    expect(told({ resize: 2 })).toEqual([]);
  });
  test("of another size in the test part", async () => {
    write("test/dog/9.png", grey(1, 5, 4));
    expect(await both({ test: "test" })).toBe(
      "error pictures of unequal sizes at test: `train/cat/1.png` has 2 × 3 pixels, and `test/dog/9.png` 5 × 4 " +
        "(height × width). Write `resize: [2, 3]`, or another size, to bring all of them to one.",
    );
  });
  test("grey ones and ones in colours", async () => {
    write("train/dog/b.png", colourPng(2, 3, [1, 2, 3]));
    expect(await both({ resize: 4 })).toBe(
      "error grey pictures and pictures in colours at train: `train/cat/1.png` is grey, and `train/dog/b.png` is in " +
        "colours. Write `grey: true` to make all of them grey, or save all of them in colours.",
    );
  });
  test("more than one set can hold", async () => {
    for (let index = 0; index < 50; index++) write(`train/cat/${index}.png`, grey(1));
    const [first, ...others] = told({ resize: [7000, 7000] });
    expect(others).toEqual([]);
    expect(await failure({ resize: [7000, 7000] })).toBe(first);
    expect(first).toBe(
      "error too large at train: `train` holds 52 pictures of [7000, 7000, 1], 2,548,000,000 bytes without packing. The " +
        "limit `data_size` is 2,147,483,648 bytes. Write a smaller `resize`, or take fewer pictures.",
    );
    expect(() => load.schema.parse(options({ resize: 8000 }))).toThrow(/at most 50,000,000 pixels/);
  });
});

describe("unreadable pictures", () => {
  const png = greyPng(20, 20, (y, x) => y * x);
  test("are named and counted, by their headers at check time", async () => {
    write("train/cat/0.png", "");
    write("train/cat/2.gif", "GIF89a......");
    symlinkSync(join(folder, "nowhere"), join(folder, "train/cat/3.png"));
    write("train/cat/4.png", pngOf({ type: "rgb", width: 90_000, height: 90_000, rows: [[1]] }));
    write("train/dog/c.jpg", jpegOf(20, 20, [1, 2, 3]).subarray(0, 100));
    write("train/dog/d.txt", "cat or dog?");
    expect(await both()).toBe(
      "error unreadable pictures at train: 6 of the 9 files in `train` cannot be read:\n" +
        "  `train/cat/0.png` is empty\n" +
        "  `train/cat/2.gif` is a GIF, not a PNG or a JPEG\n" +
        "  `train/cat/3.png` is a link to nothing\n" +
        "  `train/cat/4.png` has 90,000 × 90,000 pixels, above the limit `picture_pixels` of 50,000,000\n" +
        "  `train/dog/c.jpg` is truncated: it ends in the middle of the header of a JPEG\n" +
        "  and 1 more\n" +
        "Put them right or remove them, or leave them out with `skip_unreadable: true`.",
    );
  });
  test("are found in a run where only their pixels tell", async () => {
    write("train/dog/b.png", png.subarray(0, png.length - 20));
    expect(told({ resize: 4 })).toEqual([]);
    expect(await failure({ resize: 4 })).toBe(
      "error unreadable pictures at train: 1 of the 3 files in `train` cannot be read:\n" +
        "  `train/dog/b.png` is truncated: it ends before the PNG does\n" +
        "Put them right or remove them, or leave them out with `skip_unreadable: true`.",
    );
  });
  test("are left out on request, with a warning", async () => {
    write("train/dog/b.png", png.subarray(0, png.length - 20));
    write("train/dog/c.txt", "cat or dog?");
    const { told: said, ports } = checkKind(load, options({ skip_unreadable: true }), { folder });
    expect([said, ports.train!.shape, ports.train!.count]).toEqual([[], null, null]);
    const { train, warnings } = await ran({ skip_unreadable: true });
    expect([lightsOf(train), [...int32Of(train.blobs.labels!)], train.blobs.features!.shape]).toEqual([
      [1, 2],
      [0, 1],
      [2, 2, 3, 1],
    ]);
    expect(featuresOf(train.blobs.features!).length).toBe(12);
    expect(warnings).toEqual([
      "2 of the 4 files in `train` cannot be read and are left out: `train/dog/b.png` is truncated: it ends before the " +
        "PNG does; `train/dog/c.txt` is neither a PNG nor a JPEG.",
    ]);
  });
  test("may not be all of a class", async () => {
    write("train/cat/1.png", "no");
    expect(await failure({ skip_unreadable: true })).toBe(
      "error a class without a picture at train: No file in `train/cat` can be read as a picture. Put one right, or " +
        "remove the folder.",
    );
  });
  test("of many are those among the first of each class", () => {
    for (let index = 0; index < 1500; index++) write(`train/cat/${1000 + index}.png`, grey(1));
    write("train/dog/a.png", "no");
    write("train/cat/9.png", "too far down");
    expect(told()).toEqual([
      "error unreadable pictures at train: 1 of the 502 files looked at in `train` cannot be read:\n" +
        "  `train/dog/a.png` is neither a PNG nor a JPEG\n" +
        "Put them right or remove them, or leave them out with `skip_unreadable: true`.",
    ]);
  });
});

test("transparency is left out with a warning", async () => {
  const rgba = pngOf({ type: "rgba", width: 1, height: 1, rows: [[7, 8, 9, 0]] });
  for (const name of ["cat/1", "dog/a", "dog/b"]) write(`train/${name}.png`, rgba);
  const { train, warnings } = await ran();
  expect([train.data.shape, lightsOf(train)]).toEqual([
    [1, 1, 3],
    [7, 7, 7],
  ]);
  expect(warnings).toEqual([
    "Transparency is left out, so that the stored colour of transparent pixels counts, in `train/cat/1.png`, " +
      "`train/dog/a.png`, `train/dog/b.png`.",
  ]);
});
test("the camera's orientation is left out with a warning", async () => {
  for (const name of ["cat/1.png", "dog/a.png", "dog/b.png"]) write(`train/${name}`, jpegOf(4, 6, [10, 200, 30]));
  write("train/dog/a.png", turnedJpeg(jpegOf(4, 6, [10, 200, 30]), 8));
  const { train, warnings } = await ran();
  expect(train.data.shape).toEqual([4, 6, 3]);
  expect(warnings).toEqual([
    "The camera's orientation is left out, so that pictures may lie on their side, in `train/dog/a.png`.",
  ]);
});
test("test pictures that are training pictures are told", async () => {
  write("test/cat/5.png", grey(1));
  expect((await ran({ test: "test" })).warnings).toEqual([
    "1 of the 2 test pictures is also among the training pictures, pixel by pixel, so that a score on them says how well " +
      "a model remembers.",
  ]);
});

describe("a folder written with a slash at its end", () => {
  test("is the same folder", async () => {
    write("train/dog/b.png", grey(1, 5, 4));
    expect(await both({ train: "train/" })).toBe(await both());
    const ids = ["train", "train/", "./train"].map(
      (train) => checkKind(load, options({ train, resize: 2 }), { folder }).ports.train!.rows!.id,
    );
    expect(new Set(ids).size).toBe(1);
    expect((await ran({ test: "train/", resize: 2 })).warnings).toEqual([]);
  });
});

describe("the key of the step", () => {
  test("has the content and the names of all pictures, and not where the folder is", () => {
    const key = keyOf();
    const lines = ["cat/1.png", "dog/a.png", "dog/b.png"].map(
      (path, index) =>
        `${createHash("sha256")
          .update(grey(index + 1))
          .digest("hex")}  ${path}\n`,
    );
    const sum = createHash("sha256").update(lines.join("")).digest("hex");
    expect(key.document).toMatchObject({ files: { train: `sha256:${sum}` }, options: { train: "(file)" } });
    write("copy/cat/1.png", grey(1));
    write("copy/dog/a.png", grey(2));
    write("copy/dog/b.png", grey(3));
    write("copy/dog/.DS_Store", "x");
    expect(keyOf({ train: "copy" }).digest).toBe(key.digest);
    write("copy/dog/b.png", grey(4));
    expect(keyOf({ train: "copy" }).digest).not.toBe(key.digest);
    remove("copy/dog/b.png");
    write("copy/dog/c.png", grey(3));
    expect(keyOf({ train: "copy" }).digest).not.toBe(key.digest);
  });
  test("has the decoders and their versions", () => {
    const versions: Record<string, string> = { pngjs: "7.0.0", "jpeg-js": "0.4.4", sharp: "0.35.5" };
    expect(keyOf({}, (name) => versions[name]!).document.decoder).toEqual({ pngjs: "7.0.0", sharp: "0.35.5" });
    const without = (name: string): string | null => (name === "sharp" ? null : versions[name]!);
    expect(keyOf({}, without).document.decoder).toEqual({ pngjs: "7.0.0", "jpeg-js": "0.4.4" });
  });
  test("is the same for a square and its two sides", () => {
    expect(keyOf({ resize: 28 }).digest).toBe(keyOf({ resize: [28, 28] }).digest);
  });
  test("is compared with `sha256`", () => {
    const { train } = keyOf().document.files as { train: string };
    expect(keyOf({ sha256: train }).digest).toBe(keyOf().digest);
    const other = "0".repeat(64);
    expect(told({ sha256: other })).toEqual([]);
    expect(() => keyOf({ sha256: other })).toThrow(`\`train\` has the SHA-256 ${train.replace("sha256:", "")},`);
    expect(told({ test: "test", sha256: other })).toEqual([
      "error one digest for several files at sha256: Say whose it is: `sha256: {train: …, test: …}`.",
    ]);
  });
});

describe("pictures that are changed between two looks at them", () => {
  const later = (more: Options, change: () => void) => {
    const { files } = keyOf(more);
    change();
    return runKind(load, options(more), { folder, files });
  };
  test.each<[string, () => void]>([
    ["another content", () => write("train/dog/b.png", grey(7))],
    ["no picture any more", () => write("train/dog/b.png", "no")],
    ["another size", () => write("train/dog/b.png", grey(7, 9, 9))],
    ["another name", () => renameSync(join(folder, "train/dog/b.png"), join(folder, "train/dog/z.png"))],
    ["one more", () => write("train/dog/z.png", grey(3))],
    ["one fewer", () => remove("train/dog/b.png")],
    ["a class fewer", () => remove("train/cat")],
    ["no folder", () => remove("train")],
    ["a test picture", () => write("test/dog/9.png", grey(1))],
  ])("%s: the step is judged again", async (_, change) => {
    await expect(later({ test: "test" }, change)).rejects.toBeInstanceOf(ChangedFileError);
  });
  test("nothing changed: they are those", async () => {
    const { outputs } = await later({ test: "test" }, () => write("train/.DS_Store", "x"));
    expect(lightsOf(outputs.train as Output<"dataset">)).toEqual([1, 2, 3]);
  });
  test("a mistake that was there when the step was judged is told", async () => {
    write("train/dog/b.png", "no");
    await expect(later({}, () => undefined)).rejects.toThrow("1 of the 3 files in `train` cannot be read");
  });
});
