import { expect, test } from "vitest";
import { MistakeError } from "../../src/diagnostic/diagnostic.js";
import { picturesFrom } from "../../src/stages/picture-inputs.js";
import { numbersOf } from "../../src/values/blob.js";
import type { PictureReading } from "../../src/values/reading.js";
import { colourPng, greyPng, jpegOf, pngOf, turnedJpeg } from "../rig/picture-files.js";

const grey = { name: "a.png", bytes: () => greyPng(2, 3, (y, x) => 10 * y + x) };
const colour = { name: "b.png", bytes: () => colourPng(2, 3, [255, 0, 0]) };
const reading = (more: Partial<PictureReading> = {}): PictureReading => ({ of: "pictures", grey: false, ...more });
async function saidOf(...given: Parameters<typeof picturesFrom>): Promise<string> {
  return await picturesFrom(...given).then(
    () => "nothing",
    (error) => {
      if (!(error instanceof MistakeError)) throw error;
      return `${error.title}: ${error.message}`;
    },
  );
}

test("pictures are bytes of [n, height, width, channels], used as 0 … 1", async () => {
  const { features, scale, remarks } = await picturesFrom([grey, grey], { shape: [2, 3, 1] });
  expect([features.dtype, features.shape, scale, remarks]).toEqual(["uint8", [2, 2, 3, 1], 1 / 255, []]);
  expect([...numbersOf(features)]).toEqual([0, 1, 2, 10, 11, 12, 0, 1, 2, 10, 11, 12]);
});
test("colours become grey for a model of one channel, and grey has three channels for one of colours", async () => {
  const made = await picturesFrom([colour], { shape: [2, 3, 1] });
  expect(new Set(numbersOf(made.features))).toEqual(new Set([76]));
  expect(made.remarks).toEqual(["the model has seen grey pictures, so colours are made grey in `b.png`"]);
  const asLoaded = await picturesFrom([colour], { shape: [2, 3, 1], reading: reading({ grey: true }) });
  expect([numbersOf(asLoaded.features), asLoaded.remarks]).toEqual([numbersOf(made.features), []]);
  const three = await picturesFrom([{ name: "c", bytes: () => greyPng(1, 1, () => 9) }], {
    shape: [1, 1, 3],
    reading: reading(),
  });
  expect([...numbersOf(three.features)]).toEqual([9, 9, 9]);
});
test("a picture is resized where those were that the model learned from", async () => {
  const jpeg = { name: "c.jpg", bytes: () => jpegOf(40, 50, [10, 200, 30]) };
  const { features } = await picturesFrom([jpeg, colour], { shape: [4, 5, 3], reading: reading({ resize: [4, 5] }) });
  expect(features.shape).toEqual([2, 4, 5, 3]);
  expect([...numbersOf(features)].slice(60, 66)).toEqual([255, 0, 0, 255, 0, 0]);
});
test("another size is a mistake that names both, and what to do", async () => {
  expect(await saidOf([grey], { shape: [28, 28, 1] })).toBe(
    "another size: `a.png` has 2 × 3 pixels (height × width), and the model takes in 28 × 28: bring it to that size first.",
  );
  expect(await saidOf([grey], { shape: [28, 28, 1], reading: reading() })).toBe(
    "another size: `a.png` has 2 × 3 pixels (height × width), and the model takes in 28 × 28: bring it to that size, " +
      "or train on `load: {resize: [28, 28]}`, which resizes here, too.",
  );
});
test("what is no picture is a mistake that names it", async () => {
  expect(await saidOf([grey, { name: "x.csv", bytes: () => Buffer.from("a,b\n1,2\n") }], { shape: [2, 3, 1] })).toBe(
    "no picture: `x.csv` is neither a PNG nor a JPEG. Put it right, or leave it out.",
  );
});
test("several files that are no pictures are counted, and the first five named", async () => {
  const files = Array.from({ length: 7 }, (_, at) => ({
    name: `${at}`,
    bytes: () => Buffer.from(at < 2 ? "" : "text"),
  }));
  expect(await saidOf([grey, ...files.slice(1, 3)], { shape: [2, 3, 1] })).toBe(
    "no picture: 2 of 3 files that were looked at cannot be read:\n  `1` is empty\n  `2` is neither a PNG nor a JPEG\n" +
      "Put them right, or leave them out.",
  );
  const said = await saidOf([grey, ...files], { shape: [2, 3, 1] });
  expect(said).toMatch(
    /^no picture: 7 of 8 files [\s\S]*\n {2}`4` is neither a PNG nor a JPEG\n {2}and 2 more\nPut them/,
  );
});
test("a file is read when its turn comes, so that many large ones are not in memory at once", async () => {
  const asked: string[] = [];
  const files = ["a", "b", "c"].map((name) => ({
    name,
    bytes: () => {
      asked.push(name);
      return name === "b" ? greyPng(1, 1, () => 9) : grey.bytes();
    },
  }));
  expect(await saidOf(files, { shape: [2, 3, 1] })).toContain("`b` has 1 × 1 pixels");
  expect(asked).toEqual(["a", "b"]);
});
test("a model of a table takes in no pictures", async () => {
  expect(await saidOf([grey], { shape: [4] })).toBe(
    "no model of pictures: The model takes in [4], and a picture is [height, width, 1] or [height, width, 3].",
  );
});
test("transparency that is left out is told", async () => {
  const bytes = pngOf({ type: "rgba", width: 1, height: 1, rows: [[1, 2, 3, 0]] });
  const files = ["a", "b", "c", "d"].map((name) => ({ name, bytes: () => bytes }));
  const turned = { name: "e", bytes: () => turnedJpeg(jpegOf(1, 1, [1, 2, 3]), 3) };
  const { features, remarks } = await picturesFrom([...files, turned], { shape: [1, 1, 3] });
  expect([...numbersOf(features)].slice(0, 3)).toEqual([1, 2, 3]);
  expect(remarks).toEqual([
    "transparency is left out, so that the stored colour of transparent pixels counts, in `a`, `b`, `c` and 1 more",
    "the camera's orientation is left out, so that pictures may lie on their side, in `e`",
  ]);
});
