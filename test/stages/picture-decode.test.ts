import { PNG } from "pngjs";
import { describe, expect, test } from "vitest";
import { decodePicture, decodersHere } from "../../src/stages/picture-decode.js";
import { fitted } from "../../src/stages/picture-fit.js";
import { UnreadablePictureError } from "../../src/stages/picture-header.js";
import { installedVersion } from "../../src/util/installed.js";
import { colourPng, greyPng, jpegOf, jpegs, pngOf, turnedJpeg, withFrameByte } from "../rig/picture-files.js";

const ours = ["pngjs", "jpeg-js"];
const decoded = (bytes: Uint8Array) => decodePicture(bytes, ours);
const pixelsOf = async (bytes: Uint8Array): Promise<readonly number[]> => [...(await decoded(bytes)).pixels];
async function saidOf(bytes: Uint8Array): Promise<string> {
  try {
    await decoded(bytes);
  } catch (error) {
    if (error instanceof UnreadablePictureError) return error.message;
    throw error;
  }
  return "nothing";
}
const palette = [...[10, 20, 30], ...[40, 50, 60], ...[70, 80, 90]];

describe("a PNG", () => {
  test("of grey bytes has one channel, of colours three", async () => {
    expect(await decoded(greyPng(2, 3, (y, x) => 10 * y + x))).toEqual({
      ...{ height: 2, width: 3, channels: 1, isTransparent: false, isTurned: false },
      pixels: Uint8Array.from([0, 1, 2, 10, 11, 12]),
    });
    const rgb = pngOf({ type: "rgb", width: 2, height: 1, rows: [[1, 2, 3, 4, 5, 6]] });
    expect(await decoded(rgb)).toMatchObject({ height: 1, width: 2, channels: 3 });
    expect(await pixelsOf(rgb)).toEqual([1, 2, 3, 4, 5, 6]);
  });
  test("that pngjs wrote, with filters, is what was written", async () => {
    const png = new PNG({ width: 9, height: 7 });
    png.data.set(Array.from({ length: 9 * 7 * 4 }, (_, at) => (at % 4 === 3 ? 255 : (at * 37) & 255)));
    const wanted = [...png.data].filter((_, at) => at % 4 !== 3);
    expect(await pixelsOf(PNG.sync.write(png, { colorType: 2 }))).toEqual(wanted);
  });
  test("of 1, 2 and 4 bits has black as 0 and white as 255", async () => {
    const grey = (depth: number, width: number, row: number) =>
      pixelsOf(pngOf({ type: "grey", depth, width, height: 1, rows: [[row]] }));
    expect(await grey(1, 8, 0b10110001)).toEqual([255, 0, 255, 255, 0, 0, 0, 255]);
    expect(await grey(2, 4, 0b00011011)).toEqual([0, 85, 170, 255]);
    expect(await grey(4, 2, 0x1f)).toEqual([17, 255]);
  });
  test("of 16 bits is rounded to 8: n / 257", async () => {
    const numbers = [0, 128, 129, 257, 385, 386, 32768, 65406, 65407, 65535];
    const row = numbers.flatMap((number) => [number >> 8, number & 255]);
    const grey = pngOf({ type: "grey", depth: 16, width: numbers.length, height: 1, rows: [row] });
    expect(await decoded(grey)).toMatchObject({ channels: 1 });
    expect(await pixelsOf(grey)).toEqual([0, 0, 1, 1, 1, 2, 128, 254, 255, 255]);
    const rgb = pngOf({ type: "rgb", depth: 16, width: 1, height: 1, rows: [[1, 1, 2, 2, 255, 255]] });
    expect(await pixelsOf(rgb)).toEqual([1, 2, 255]);
  });
  test("with a palette has the palette's colours", async () => {
    const bytes = pngOf({ type: "palette", width: 4, height: 1, rows: [[2, 0, 1, 2]], before: { PLTE: palette } });
    expect(await decoded(bytes)).toMatchObject({ channels: 3, isTransparent: false });
    expect(await pixelsOf(bytes)).toEqual([70, 80, 90, 10, 20, 30, 40, 50, 60, 70, 80, 90]);
    const small = pngOf({
      ...{ type: "palette", depth: 2, width: 3, height: 1, rows: [[0b10000100]] },
      before: { PLTE: palette },
    });
    expect(await pixelsOf(small)).toEqual([70, 80, 90, 10, 20, 30, 40, 50, 60]);
  });
  test("with transparency keeps the stored colours, and says that it is transparent", async () => {
    const rgba = pngOf({ type: "rgba", width: 2, height: 1, rows: [[1, 2, 3, 0, 4, 5, 6, 255]] });
    expect(await decoded(rgba)).toMatchObject({ channels: 3, isTransparent: true });
    expect(await pixelsOf(rgba)).toEqual([1, 2, 3, 4, 5, 6]);
    const greyAlpha = pngOf({ type: "greyAlpha", width: 2, height: 1, rows: [[7, 128, 8, 255]] });
    expect(await decoded(greyAlpha)).toMatchObject({ channels: 1, isTransparent: true });
    expect(await pixelsOf(greyAlpha)).toEqual([7, 8]);
    const opaque = pngOf({ type: "rgba", width: 1, height: 1, rows: [[1, 2, 3, 255]] });
    expect(await decoded(opaque)).toMatchObject({ channels: 3, isTransparent: false });
    const one = pngOf({ type: "grey", width: 2, height: 1, rows: [[7, 8]], before: { tRNS: [0, 7] } });
    expect(await decoded(one)).toMatchObject({ channels: 1, isTransparent: true });
    expect(await pixelsOf(one)).toEqual([7, 8]);
    const inPalette = pngOf({
      ...{ type: "palette", width: 1, height: 1, rows: [[1]] },
      before: { PLTE: palette, tRNS: [255, 0] },
    });
    expect(await pixelsOf(inPalette)).toEqual([40, 50, 60]);
  });
  test("in passes is read, and bytes behind its end do not matter", async () => {
    // Of 2 × 2 pixels: the first pass has [0, 0], the sixth [0, 1], the seventh the second row.
    const passes = pngOf({ type: "grey", width: 2, height: 2, rows: [[1], [2], [3, 4]], interlace: 1 });
    expect(await pixelsOf(passes)).toEqual([1, 2, 3, 4]);
    expect(await pixelsOf(Buffer.concat([passes, Buffer.from("more")]))).toEqual([1, 2, 3, 4]);
  });
});

describe("a JPEG", () => {
  const near = (found: readonly number[], wanted: readonly number[], most: number): void => {
    expect(found.length).toBe(wanted.length);
    for (const [at, each] of wanted.entries())
      expect(Math.abs(found[at]! - each), String(at)).toBeLessThanOrEqual(most);
  };
  test("of grey has one channel", async () => {
    const { channels, height, width, pixels } = await decoded(jpegs.grey);
    expect([height, width, channels]).toEqual([9, 10, 1]);
    near(
      [...pixels],
      Array.from({ length: 90 }, (_, at) => 20 * (at % 10) + 9 * Math.floor(at / 10)),
      2,
    );
  });
  test.each(["colours", "progressive", "storedAsRgb"] as const)("of colours has them: %s", async (name) => {
    const { channels, pixels } = await decoded(jpegs[name]);
    expect(channels).toBe(3);
    near([...pixels.subarray(0, 3), ...pixels.subarray(-3)], [200, 40, 90, 20, 180, 60], 3);
  });
  test("lies as it is stored, whatever its EXIF says of turning it", async () => {
    expect(await decoded(jpegs.turned)).toMatchObject({ height: 4, width: 8 });
  });
  test("may be followed by other bytes", async () => {
    expect(await decoded(Buffer.concat([jpegs.grey, Buffer.from("more")]))).toEqual(await decoded(jpegs.grey));
  });
});

describe("what cannot be read is told", () => {
  const png = greyPng(20, 20, (y, x) => y * x);
  const jpeg = jpegOf(20, 20, [1, 200, 3]);
  const text = (words: string): Buffer => Buffer.from(words.padEnd(40, "."), "latin1");
  test.each<[string, Uint8Array]>([
    ["is empty", new Uint8Array()],
    ["is a GIF, not a PNG or a JPEG", text("GIF89a")],
    ["is a WebP, not a PNG or a JPEG", text("RIFF....WEBPVP8 ")],
    ["is a TIFF, not a PNG or a JPEG", text("II*\0")],
    ["is a BMP, not a PNG or a JPEG", text("BM")],
    ["is a HEIC or a video, not a PNG or a JPEG", text("....ftypheic")],
    ["is an AVIF, not a PNG or a JPEG", text("....ftypavif")],
    ["is a gzip file, not a PNG or a JPEG", Buffer.from([0x1f, 0x8b, 8, 0])],
    ["is a PDF, not a PNG or a JPEG", text("%PDF-1.7")],
    ["is a zip file, not a PNG or a JPEG", text("PK\x03\x04")],
    ["is an SVG or other XML, not a PNG or a JPEG", text('<?xml version="1.0"?>')],
    ["is a web page, not a PNG or a JPEG", text("<!DOCTYPE html>")],
    [
      "is a pointer of Git LFS (fetch it with `git lfs pull`), not a PNG or a JPEG",
      text("version https://git-lfs.github.com/spec/v1"),
    ],
    ["is neither a PNG nor a JPEG", text("label,count")],
    ["is truncated: it ends in the middle of the header of a PNG", png.subarray(0, 20)],
    ["is truncated: it ends before the PNG does", png.subarray(0, png.length - 20)],
    ["is truncated: it ends before the PNG does", png.subarray(0, png.length - 2)],
    [
      "is a broken PNG: its line ends were converted, so it was copied as text",
      Buffer.concat([png.subarray(0, 4), png.subarray(5)]),
    ],
    ["is truncated: it ends in the middle of the header of a JPEG", jpeg.subarray(0, 100)],
    ["is truncated: it ends before the JPEG does", jpeg.subarray(0, jpeg.length - 30)],
    ["is truncated: it ends before the JPEG does", jpeg.subarray(0, jpeg.length - 1)],
    [
      "is a broken JPEG (unexpected marker: ffd9)",
      Buffer.concat([jpegs.grey.subarray(0, 340), Buffer.from([0xff, 0xd9])]),
    ],
    ["is a JPEG of 12 bits per channel, and those of 8 are read", withFrameByte(jpegs.grey, 4, 12)],
    ["is a JPEG of four channels (CMYK): save it as RGB", withFrameByte(jpegs.colours, 9, 4)],
    [
      "is a JPEG that is lossless, hierarchical or arithmetic-coded, which is not read",
      withFrameByte(jpegs.grey, 1, 0xc9),
    ],
    ["is a broken JPEG: its header says what no picture is", withFrameByte(jpegs.grey, 9, 2)],
    ["is a broken JPEG: it has no header of a picture", Buffer.from([0xff, 0xd8, 0xff, 0xda, 0, 8])],
    [
      "is a broken PNG: its header says what no PNG is",
      pngOf({ type: "rgb", depth: 4, width: 1, height: 1, rows: [[1]] }),
    ],
    ["is a broken PNG: its header says what no PNG is", pngOf({ type: "grey", width: 0, height: 1, rows: [[]] })],
    [
      "is a broken PNG (index 3 not in palette)",
      pngOf({ type: "palette", width: 1, height: 1, rows: [[3]], before: { PLTE: palette } }),
    ],
    [
      "is a broken PNG: it holds fewer pixels than its header says",
      pngOf({ type: "grey", width: 4, height: 4, rows: [[1, 2, 3, 4]] }),
    ],
  ])("%s", async (words, bytes) => {
    expect(await saidOf(bytes)).toBe(words);
  });
  test("one byte that is another one", async () => {
    const changed = Buffer.from(png);
    changed[png.length - 30]! ^= 1;
    expect(await saidOf(changed)).toBe("is a broken PNG: a checksum in it is that of other bytes");
  });
  test("a huge one by its header, whose pixels are never unpacked", async () => {
    const huge = pngOf({ type: "rgb", width: 100_000, height: 100_000, rows: [[1]] });
    expect(await saidOf(huge)).toBe("has 100,000 × 100,000 pixels, above the limit `picture_pixels` of 50,000,000");
    const wide = withFrameByte(withFrameByte(withFrameByte(jpegs.grey, 5, 0xff), 7, 0xff), 6, 0xff);
    expect(await saidOf(wide)).toBe("has 65,535 × 65,290 pixels, above the limit `picture_pixels` of 50,000,000");
  });
  test.each([0, 1] as const)("one that holds far more than its header says, with interlace %s", async (interlace) => {
    const rows = [new Array<number>(1 << 20).fill(0)];
    const bomb = pngOf({ type: "grey", width: 2, height: 2, rows, interlace });
    expect(bomb.length).toBeLessThan(2000);
    expect(await saidOf(bomb)).toBe("is a broken PNG: it holds more pixels than its header says");
  });
});

test("the key of a result says sharp where it is installed, and jpeg-js where not", () => {
  expect(decodersHere(() => "1.0.0")).toEqual(["pngjs", "sharp"]);
  expect(decodersHere((name) => (name === "sharp" ? null : "1.0.0"))).toEqual(["pngjs", "jpeg-js"]);
});

describe("channels and sizes", () => {
  test("colours become grey with the bits of Pillow's convert", async () => {
    const colours = [
      ...[85, 37, 100, 231, 132, 164, 21, 52, 236, 253, 147, 128, 146, 247, 38, 67, 243, 22],
      ...[19, 5, 49, 230, 23, 192, 69, 151, 224, 15, 77, 222, 200, 71, 118, 252, 140, 127],
    ];
    const picture = await decoded(pngOf({ type: "rgb", width: 12, height: 1, rows: [colours] }));
    const pillow = [59, 165, 64, 177, 193, 165, 14, 104, 135, 75, 115, 172];
    expect([...fitted(picture, 1, undefined).pixels]).toEqual(pillow);
    expect([...fitted(await decoded(colourPng(1, 1, [255, 255, 255])), 1, undefined).pixels]).toEqual([255]);
  });
  test("grey becomes three equal channels", async () => {
    expect([...fitted(await decoded(greyPng(1, 2, (_, x) => 7 + x)), 3, undefined).pixels]).toEqual([7, 7, 7, 8, 8, 8]);
  });
  test("a picture is made grey before it is resized", async () => {
    const picture = await decoded(pngOf({ type: "rgb", width: 2, height: 1, rows: [[1, 0, 0, 2, 0, 0]] }));
    // 0.299 and 0.598 are 0 and 1, whose mean is 0.5; the mean of the colours is [2, 0, 0], which is 0.598.
    expect(fitted(picture, 1, [1, 1])).toMatchObject({ height: 1, width: 1, channels: 1, pixels: Uint8Array.of(1) });
  });
});

describe("sharp", () => {
  const isThere = installedVersion("sharp") !== null;
  const bySharp = async (bytes: Uint8Array) => await decodePicture(bytes, ["pngjs", "sharp"]);
  test.runIf(isThere)("where it is installed, has the bits of Pillow", async () => {
    // Pillow 12.3 of the same files.
    const rowsOfGrey = (await bySharp(jpegs.grey)).pixels;
    expect([...rowsOfGrey.subarray(0, 10)]).toEqual([0, 19, 41, 60, 80, 99, 121, 139, 160, 179]);
    for (const name of ["colours", "progressive"] as const) {
      const { pixels, channels } = await bySharp(jpegs[name]);
      expect([channels, ...pixels.subarray(0, 3), ...pixels.subarray(-3)]).toEqual([3, 201, 40, 90, 20, 179, 60]);
    }
    const { pixels } = await bySharp(jpegs.storedAsRgb);
    expect([...pixels.subarray(0, 3), ...pixels.subarray(-3)]).toEqual([200, 40, 90, 20, 180, 60]);
    expect(await bySharp(jpegs.turned)).toMatchObject({ height: 4, width: 8 });
    const cut = Buffer.concat([jpegs.grey.subarray(0, 340), Buffer.from([0xff, 0xd9])]);
    await expect(bySharp(cut)).rejects.toThrow("is a broken JPEG (VipsJpeg: ");
  });
  test.runIf(!isThere)("where it cannot be loaded, is told with the remedy, and PNG files do not need it", async () => {
    expect(await bySharp(greyPng(1, 1, () => 7))).toMatchObject({ pixels: Uint8Array.of(7) });
    await expect(bySharp(jpegs.grey)).rejects.toThrow(
      /^The package sharp is installed and cannot be loaded \(Cannot find module 'sharp'\)\.\nInstall it again, or remove it with `npm uninstall sharp`: JPEG files are then read by jpeg-js\.$/,
    );
  });
});

test("the orientation that a camera notes is told, in both orders of bytes, and turns no pixel", async () => {
  const jpeg = jpegOf(4, 6, [10, 20, 30]);
  for (const isLittle of [true, false]) {
    const turned = await decoded(turnedJpeg(jpeg, 6, isLittle));
    expect(turned).toMatchObject({ height: 4, width: 6, isTurned: true });
    expect(turned.pixels).toEqual((await decoded(jpeg)).pixels);
    expect(await decoded(turnedJpeg(jpeg, 1, isLittle))).toMatchObject({ isTurned: false });
  }
  expect(await decoded(jpeg)).toMatchObject({ isTurned: false });
  // A list of tags that lies outside is none.
  const broken = turnedJpeg(jpeg, 6);
  broken.writeUInt32LE(0xfffffff0, 2 + 4 + 6 + 4);
  expect(await decoded(broken)).toMatchObject({ isTurned: false });
});
