/** Pictures gone wrong: each gives pixels, the same ones every time, or is told as unreadable. */
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodePicture } from "../../src/stages/picture-decode.js";
import { UnreadablePictureError } from "../../src/stages/picture-header.js";
import { greyPng, jpegOf, jpegs, pngOf } from "../rig/picture-files.js";

const files: readonly Buffer[] = [
  greyPng(9, 9, (y, x) => y * x),
  pngOf({ type: "palette", width: 4, height: 1, rows: [[2, 0, 1, 2]], before: { PLTE: [1, 2, 3, 4, 5, 6, 7, 8, 9] } }),
  pngOf({ type: "grey", width: 2, height: 2, rows: [[1], [2], [3, 4]], interlace: 1 }),
  ...Object.values(jpegs),
  jpegOf(20, 20, [1, 2, 3]),
];

/** The checksums of a PNG put right, so that what is wrong behind them is met. */
function withChecksums(bytes: Buffer): Buffer {
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end - 4)), end - 4);
    at = end;
  }
  return bytes;
}
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const change = fc.oneof(
  { weight: 6, arbitrary: fc.record({ how: fc.constant("set" as const), at: place, byte: fc.nat(255) }) },
  { weight: 1, arbitrary: fc.record({ how: fc.constant("cut" as const), at: place }) },
  { weight: 2, arbitrary: fc.record({ how: fc.constant("splice" as const), at: place, from: place }) },
);
const mutant = fc
  .record({ file: fc.constantFrom(...files), changes: fc.array(change, { minLength: 1, maxLength: 4 }) })
  .map(({ file, changes }) => {
    let bytes = Buffer.from(file);
    for (const each of changes) {
      const at = Math.floor(each.at * bytes.length);
      if (each.how === "set") bytes[at] = each.byte;
      else if (each.how === "cut") bytes = Buffer.from(bytes.subarray(0, at + 1));
      else bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.floor(each.from * bytes.length))]);
    }
    return bytes[0] === 0x89 ? withChecksums(bytes) : bytes;
  });
async function outcomeOf(bytes: Uint8Array): Promise<unknown> {
  try {
    return await decodePicture(bytes, ["pngjs", "jpeg-js"]);
  } catch (error) {
    if (error instanceof UnreadablePictureError) return error.message;
    throw error;
  }
}

test("a picture gone wrong gives pixels, the same every time, or is told as unreadable", async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(mutant, async (bytes) => {
      const found = await outcomeOf(bytes);
      expect(await outcomeOf(bytes)).toEqual(found);
      if (typeof found === "string") return;
      const { height, width, channels, pixels } = found as Awaited<ReturnType<typeof decodePicture>>;
      expect(pixels.length).toBe(height * width * channels);
      read++;
    }),
    { numRuns: 1500, seed: 7 },
  );
  expect(read).toBeGreaterThan(100);
});
