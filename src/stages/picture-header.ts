/**
 * What a picture says of itself before it is decoded: its format by its first bytes, its size, its channels.
 *
 * So a file that is no picture, one that is too large and one of a kind that no decoder here reads are told without a
 * pixel in memory. A file's name decides nothing.
 */
import { limits } from "../pipeline/limits.js";
import { grouped } from "../util/numbers.js";
import type { ByteSource } from "./load-files.js";

export interface PictureHeader {
  readonly format: "PNG" | "JPEG";
  /** In pixels. */
  readonly height: number;
  readonly width: number;
  /** 1: grey, 3: colours. Transparency is none; the colours of a palette are three. */
  readonly channels: 1 | 3;
  /** JPEG: its three channels are red, green and blue as they stand, not a brightness and two colour differences. */
  readonly isRgb: boolean;
  /** JPEG: the camera noted that the picture is to be turned or mirrored for the eye (EXIF). */
  readonly isTurned: boolean;
  /** Where the header ends, in bytes. */
  readonly end: number;
}

/** A file that cannot be read as a picture. Its message follows the name of the file: `is empty`. */
export class UnreadablePictureError extends Error {
  override name = "UnreadablePictureError";
}
const unreadable = (message: string): UnreadablePictureError => new UnreadablePictureError(message);
const cutOff = (format: string): UnreadablePictureError =>
  unreadable(`is truncated: it ends in the middle of the header of a ${format}`);

const startsWith = (bytes: Uint8Array, ...start: readonly number[]): boolean =>
  start.every((byte, index) => bytes[index] === byte);
const text = (bytes: Uint8Array, from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));

/** Whether a file begins as a picture that is read here. */
export const looksLikePicture = (start: Uint8Array): boolean =>
  startsWith(start, 0x89, 0x50, 0x4e, 0x47) || startsWith(start, 0xff, 0xd8, 0xff);

/** @throws UnreadablePictureError */
export function pictureHeader(file: ByteSource): PictureHeader {
  const start = file.at(0, 64);
  if (start.length === 0) throw unreadable("is empty");
  if (!looksLikePicture(start)) {
    const other = otherFormat(start);
    throw unreadable(other === undefined ? "is neither a PNG nor a JPEG" : `is ${other}, not a PNG or a JPEG`);
  }
  const header = start[0] === 0x89 ? pngHeader(start) : jpegHeader(file);
  const { height, width } = header;
  if (height * width > limits.picture_pixels.most)
    throw unreadable(
      `has ${grouped(height)} × ${grouped(width)} pixels, above the limit \`picture_pixels\` of ` +
        grouped(limits.picture_pixels.most),
    );
  return header;
}

/** What a file is that is no picture, as far as its first bytes tell. */
function otherFormat(start: Uint8Array): string | undefined {
  if (text(start, 0, 4) === "GIF8") return "a GIF";
  if (text(start, 0, 4) === "RIFF" && text(start, 8, 12) === "WEBP") return "a WebP";
  if (startsWith(start, 0x49, 0x49, 0x2a, 0) || startsWith(start, 0x4d, 0x4d, 0, 0x2a)) return "a TIFF";
  if (text(start, 4, 8) === "ftyp") return /^(avif|avis)/.test(text(start, 8, 12)) ? "an AVIF" : "a HEIC or a video";
  if (text(start, 0, 2) === "BM") return "a BMP";
  if (startsWith(start, 0x1f, 0x8b)) return "a gzip file";
  if (text(start, 0, 4) === "PK\x03\x04") return "a zip file";
  if (text(start, 0, 4) === "%PDF") return "a PDF";
  if (/^\s*(<\?xml|<svg)/.test(text(start, 0, 64))) return "an SVG or other XML";
  if (/^\s*<(!doctype|html)/i.test(text(start, 0, 64))) return "a web page";
  if (/^version https:\/\/git-lfs/.test(text(start, 0, 64)))
    return "a pointer of Git LFS (fetch it with `git lfs pull`)";
  return undefined;
}

/** Bits of a channel that each colour type of a PNG may have, and its channels without transparency. */
const pngTypes: Readonly<Record<number, { readonly channels: 1 | 3; readonly depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 3, depths: [1, 2, 4, 8] },
  4: { channels: 1, depths: [8, 16] },
  6: { channels: 3, depths: [8, 16] },
};

/** Source: Portable Network Graphics (W3C, third edition), §5.2 and §11.2.1. */
function pngHeader(start: Uint8Array): PictureHeader {
  if (start.length < 33) throw cutOff("PNG");
  if (!startsWith(start, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a))
    throw unreadable("is a broken PNG: its line ends were converted, so it was copied as text");
  if (text(start, 12, 16) !== "IHDR") throw unreadable("is a broken PNG: it does not begin with its header");
  const view = new DataView(start.buffer, start.byteOffset, start.length);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const type = pngTypes[start[25]!];
  if (width === 0 || height === 0 || !type?.depths.includes(start[24]!))
    throw unreadable("is a broken PNG: its header says what no PNG is");
  return { format: "PNG", height, width, channels: type.channels, isRgb: false, isTurned: false, end: 33 };
}

/** Far more segments than cameras and editors write. */
const mostSegments = 10_000;

/** Source: ITU-T T.81, annex B; which colours three channels are: as libjpeg decides. */
function jpegHeader(file: ByteSource): PictureHeader {
  let [isJfif, isTurned, adobeTransform]: [boolean, boolean, number | undefined] = [false, false, undefined];
  let at = 2;
  for (let segment = 0; segment < mostSegments; segment++) {
    const start = file.at(at, 32);
    if (start.length < 4) throw cutOff("JPEG");
    if (start[0] !== 0xff) throw unreadable("is a broken JPEG: a segment of its header does not begin as one");
    const marker = start[1]!;
    // Any number of these bytes may stand before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = start[2]! * 256 + start[3]!;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return {
        ...frameHeader(marker, start, at + 2 + length, (ids) => {
          if (isJfif) return false;
          return adobeTransform === undefined ? ids === "RGB" : adobeTransform === 0;
        }),
        isTurned,
      };
    if (marker === 0xda || marker === 0xd9) throw unreadable("is a broken JPEG: it has no header of a picture");
    if (marker === 0xe0 && text(start, 4, 9) === "JFIF\0") isJfif = true;
    if (marker === 0xe1 && length > 8 && text(start, 4, 10) === "Exif\0\0")
      isTurned = orientationOf(file.at(at + 10, length - 8)) > 1;
    if (marker === 0xee && text(start, 4, 9) === "Adobe" && length >= 14) adobeTransform = start[15]!;
    if (length < 2) throw unreadable("is a broken JPEG: a segment of its header has no length");
    at += 2 + length;
  }
  throw unreadable("is a broken JPEG: its header does not end");
}

/** 1 … 8, or 0 where it is not told or cannot be read. Source: Exif 2.32, §4.6.4 (tag 0x0112); TIFF 6.0, §2. */
function orientationOf(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.length);
  const isLittle = tiff[0] === 0x49;
  const at = (place: number): number => (place + 2 <= tiff.length ? view.getUint16(place, isLittle) : 0);
  const first = tiff.length < 8 ? 0 : view.getUint32(4, isLittle);
  for (let entry = 0; first > 0 && entry < at(first); entry++) {
    const place = first + 2 + 12 * entry;
    if (at(place) === 0x0112) return at(place + 8);
  }
  return 0;
}

/** @param isRgb  of the identifiers of three channels */
function frameHeader(
  marker: number,
  start: Uint8Array,
  end: number,
  isRgb: (ids: string) => boolean,
): Omit<PictureHeader, "isTurned"> {
  const count = start[9];
  if (count === undefined || (count === 3 && start.length < 19)) throw cutOff("JPEG");
  if (marker > 0xc2)
    throw unreadable("is a JPEG that is lossless, hierarchical or arithmetic-coded, which is not read");
  if (start[4] !== 8) throw unreadable(`is a JPEG of ${start[4]} bits per channel, and those of 8 are read`);
  if (count === 4) throw unreadable("is a JPEG of four channels (CMYK): save it as RGB");
  const [height, width] = [start[5]! * 256 + start[6]!, start[7]! * 256 + start[8]!];
  if (height === 0 || width === 0 || (count !== 1 && count !== 3))
    throw unreadable("is a broken JPEG: its header says what no picture is");
  const ids = count === 3 ? String.fromCharCode(start[10]!, start[13]!, start[16]!) : "";
  return { format: "JPEG", height, width, channels: count, isRgb: count === 3 && isRgb(ids), end };
}
