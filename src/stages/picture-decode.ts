/**
 * The bytes of a PNG or a JPEG as pixels.
 *
 * PNG keeps every pixel, so all decoders give the same; `pngjs` reads it. A JPEG is an approximation whose last bits
 * depend on who computes it: `sharp` where it is installed beside hw1, which has the bits of Pillow and OpenCV and is
 * faster, else `jpeg-js`. So a result's key says which of them it was (`decodersHere`).
 *
 * Pixels are taken as they are stored: transparency, colour profiles and the camera's orientation are left out, as
 * Pillow's `convert` and torchvision's `ImageFolder` do.
 */
import { createRequire } from "node:module";
import { crc32, inflateSync } from "node:zlib";
import type * as JpegJs from "jpeg-js";
import type { PNG } from "pngjs";
import { EnvironmentError } from "../diagnostic/diagnostic.js";
import { limits } from "../pipeline/limits.js";
import { installedVersion, type VersionOf } from "../util/installed.js";
import { bytesSource } from "./load-files.js";
import { type PictureHeader, pictureHeader, UnreadablePictureError } from "./picture-header.js";

export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** uint8 [height, width, channels] */
  readonly pixels: Uint8Array;
  /** It has transparent pixels, or may have; their colour is the stored one. */
  readonly isTransparent: boolean;
  /** The camera's orientation, which is left out, would have turned it. */
  readonly isTurned: boolean;
}

/** Packages that decode pictures here, where they are installed as they are now. */
export const decodersHere = (versionOf: VersionOf = installedVersion): readonly string[] => [
  "pngjs",
  versionOf("sharp") === null ? "jpeg-js" : "sharp",
];

/** @throws UnreadablePictureError, EnvironmentError where a decoder is installed and cannot be loaded */
export async function decodePicture(bytes: Uint8Array, decoders = decodersHere()): Promise<Picture> {
  const header = pictureHeader(bytesSource(bytes));
  return header.format === "PNG" ? decodePng(bytes, header) : await decodeJpeg(bytes, header, decoders);
}

const require = createRequire(import.meta.url);
const broken = (format: string, error: unknown): UnreadablePictureError =>
  new UnreadablePictureError(
    `is a broken ${format} (${error instanceof Error ? error.message.split("\n")[0] : String(error)})`,
  );

function decodePng(bytes: Uint8Array, header: PictureHeader): Picture {
  const { file, hasTransparentColour, packed } = pngChunks(bytes);
  const { height, width, channels } = header;
  let image: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  try {
    requireAllPixels(packed, unpackedSize(bytes, header));
    image = (require("pngjs") as { PNG: typeof PNG }).PNG.sync.read(file, { checkCRC: false });
  } catch (error) {
    throw error instanceof UnreadablePictureError ? error : broken("PNG", error);
  }
  const pixels = withChannels(image.data, 4, channels);
  const isTransparent = hasTransparentColour || hasTransparentPixel(image.data);
  return { height, width, channels, pixels, isTransparent, isTurned: false };
}

interface PngChunks {
  /** From the signature to the end chunk, without the chunk that makes a colour transparent. */
  readonly file: Buffer;
  readonly hasTransparentColour: boolean;
  readonly packed: Buffer;
}
/**
 * Looks at the chunks and their checksums, so that what is truncated or damaged is told as that; what stands behind the
 * end does not matter.
 *
 * A transparent colour (`tRNS`) is taken out: pngjs would make pixels of that colour black, and here transparency is
 * left out.
 */
function pngChunks(bytes: Uint8Array): PngChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  const packed: Uint8Array[] = [];
  let hasTransparentColour = false;
  for (let at = 8; ; ) {
    const name = at + 8 <= bytes.length ? String.fromCharCode(...bytes.subarray(at + 4, at + 8)) : "";
    const end = name === "" ? Number.POSITIVE_INFINITY : at + 12 + view.getUint32(at);
    if (end > bytes.length) throw new UnreadablePictureError("is truncated: it ends before the PNG does");
    // A capital letter begins what pixels depend on.
    if (name[0]! <= "Z" && crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4))
      throw new UnreadablePictureError("is a broken PNG: a checksum in it is that of other bytes");
    if (name === "IHDR" && at > 8) throw new UnreadablePictureError("is a broken PNG: it has two headers");
    if (name === "IDAT") packed.push(bytes.subarray(at + 8, end - 4));
    if (name === "tRNS") hasTransparentColour = true;
    else kept.push(bytes.subarray(at, end));
    if (name === "IEND") break;
    at = end;
  }
  return { file: Buffer.concat(kept), hasTransparentColour, packed: Buffer.concat(packed) };
}

/**
 * Unpacks the pixels once before pngjs does: where there are fewer than the header says, pngjs 7.0.0 takes what lies in
 * memory for the others, and of passes it unpacks as much as there is.
 */
function requireAllPixels(packed: Uint8Array, size: number): void {
  const unlike = (word: string): UnreadablePictureError =>
    new UnreadablePictureError(`is a broken PNG: it holds ${word} pixels than its header says`);
  try {
    if (inflateSync(packed, { maxOutputLength: size }).length < size) throw unlike("fewer");
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? unlike("more") : error;
  }
}
/** Numbers of a pixel, by colour type. */
const samples: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Where each pass begins, [column, row], and how far its pixels are apart. Source: PNG (W3C, third edition), §8.2. */
const passes = [
  ...([
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ] as const),
];
/** Bytes of all rows, each with the byte of its filter. */
function unpackedSize(bytes: Uint8Array, { height, width }: PictureHeader): number {
  const bits = bytes[24]! * samples[bytes[25]!]!;
  const sizeOf = (columns: number, rows: number): number =>
    columns === 0 ? 0 : rows * (1 + Math.ceil((columns * bits) / 8));
  if (bytes[28] === 0) return sizeOf(width, height);
  return passes.reduce(
    (sum, [x, y, dx, dy]) =>
      sum + sizeOf(Math.max(0, Math.ceil((width - x) / dx)), Math.max(0, Math.ceil((height - y) / dy))),
    0,
  );
}

/** Of pixels with so many numbers each, the first ones. */
function withChannels(pixels: Uint8Array, stride: number, channels: number): Uint8Array {
  if (stride === channels) return pixels;
  const kept = new Uint8Array((pixels.length / stride) * channels);
  let to = 0;
  for (let from = 0; from < pixels.length; from += stride)
    for (let channel = 0; channel < channels; channel++) kept[to++] = pixels[from + channel]!;
  return kept;
}
function hasTransparentPixel(rgba: Uint8Array): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return true;
  return false;
}

/** Numbers that a JPEG of that many pixels may take while it is decoded: blocks, lines and colours of each. */
const jpegMegabytes = 1536;

async function decodeJpeg(bytes: Uint8Array, header: PictureHeader, decoders: readonly string[]): Promise<Picture> {
  const { channels, isRgb, end } = header;
  // Decoders differ in what they make of one whose end is missing.
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf("\xff\xd9", undefined, "latin1") < end)
    throw new UnreadablePictureError("is truncated: it ends before the JPEG does");
  if (decoders.includes("sharp")) return decodeBySharp(bytes, header);
  try {
    const image = (require("jpeg-js") as typeof JpegJs).decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      colorTransform: !isRgb,
      maxResolutionInMP: limits.picture_pixels.most / 1e6,
      maxMemoryUsageInMB: jpegMegabytes,
    });
    return pictureOf(header, image, withChannels(image.data, 3, channels));
  } catch (error) {
    throw broken("JPEG", error);
  }
}

/** What is called of `sharp`, which is no dependency. */
type Sharp = (
  bytes: Uint8Array,
  options: { readonly failOn: "warning"; readonly limitInputPixels: number; readonly ignoreIcc: boolean },
) => {
  toColourspace(space: "b-w" | "srgb"): {
    raw(): {
      toBuffer(options: { readonly resolveWithObject: true }): Promise<{
        readonly data: Uint8Array;
        readonly info: { readonly height: number; readonly width: number; readonly channels: number };
      }>;
    };
  };
};

async function decodeBySharp(bytes: Uint8Array, header: PictureHeader): Promise<Picture> {
  const sharp = loadSharp();
  try {
    const { data, info } = await sharp(bytes, {
      failOn: "warning",
      limitInputPixels: limits.picture_pixels.most,
      ignoreIcc: true,
    })
      .toColourspace(header.channels === 1 ? "b-w" : "srgb")
      .raw()
      .toBuffer({ resolveWithObject: true });
    return pictureOf(header, info, withChannels(data, info.channels, header.channels));
  } catch (error) {
    throw broken("JPEG", error);
  }
}
function pictureOf(
  { height, width, channels, isTurned }: PictureHeader,
  decoded: { readonly height: number; readonly width: number },
  pixels: Uint8Array,
): Picture {
  if (decoded.height !== height || decoded.width !== width) throw new Error("it has two headers");
  return { height, width, channels, pixels, isTransparent: false, isTurned };
}
function loadSharp(): Sharp {
  try {
    return require("sharp") as Sharp;
  } catch (error) {
    throw new EnvironmentError(
      `The package sharp is installed and cannot be loaded (${(error as Error).message.trim().split("\n")[0]}).\n` +
        "Install it again, or remove it with `npm uninstall sharp`: JPEG files are then read by jpeg-js.",
    );
  }
}
