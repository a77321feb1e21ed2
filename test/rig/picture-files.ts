/** Pictures for tests: PNG files of every kind, chunk by chunk; JPEG files by jpeg-js, and some by Pillow 12.3. */
import { crc32, deflateSync } from "node:zlib";
import { encode } from "jpeg-js";

const chunk = (name: string, bytes: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(name, "latin1"), bytes]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(bytes.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
};

/** Colour types of a PNG. */
export const pngTypes = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgba: 6 } as const;
interface Png {
  readonly type: keyof typeof pngTypes;
  /** Bits of a number. Default: 8. */
  readonly depth?: number;
  readonly width: number;
  readonly height: number;
  /** Row by row, as they are packed. */
  readonly rows: readonly (readonly number[])[];
  /** Chunks before the pixels, by name. */
  readonly before?: Readonly<Record<string, readonly number[]>>;
  /** What the header says of passes; rows are written as they are. */
  readonly interlace?: 0 | 1;
}
export function pngOf({ type, depth = 8, width, height, rows, before = {}, interlace = 0 }: Png): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, pngTypes[type], 0, 0, interlace], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    ...Object.entries(before).map(([name, bytes]) => chunk(name, Uint8Array.from(bytes))),
    chunk("IDAT", deflateSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])))),
    chunk("IEND", new Uint8Array()),
  ]);
}
/** A grey PNG whose numbers a function of row and column says. */
export const greyPng = (height: number, width: number, light: (y: number, x: number) => number): Buffer =>
  pngOf({
    ...{ type: "grey", width, height },
    rows: Array.from({ length: height }, (_, y) => Array.from({ length: width }, (__, x) => light(y, x) & 255)),
  });
/** A PNG of one colour. */
export const colourPng = (height: number, width: number, colour: readonly [number, number, number]): Buffer =>
  pngOf({
    ...{ type: "rgb", width, height },
    rows: Array.from({ length: height }, () => Array.from({ length: width }, () => colour).flat()),
  });
/** A JPEG of one colour. */
export const jpegOf = (height: number, width: number, [red, green, blue]: readonly [number, number, number]): Buffer =>
  Buffer.from(
    encode(
      {
        height,
        width,
        data: Buffer.from(Array.from({ length: height * width }, () => [red, green, blue, 255]).flat()),
      },
      95,
    ).data,
  );

const jpeg = (...lines: readonly string[]): Buffer => Buffer.from(lines.join(""), "base64");
export const jpegs = {
  /** [9, 10]: 20 x + 9 y at row y and column x */
  grey: jpeg(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8X",
    "GBYUGBIUFRT/wAALCAAJAAoBAREA/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQR",
    "BRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4",
    "eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/9oACAEB",
    "AAA/APOP2Sfhb/x5fufTtX6P2Pwt/wBCt/3P/LNe3tXyZ+yT/wAuX4V+j9j/AMeVv/1zX+Vf/9k=",
  ),
  /** [8, 8]: left half [200, 40, 90], right half [20, 180, 60] */
  colours: jpeg(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggL",
    "DAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wAAR",
    "CAAIAAgDAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEG",
    "E1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWG",
    "h4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEB",
    "AQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYk",
    "NOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0",
    "tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAxEAPwDyf4Uf8v8A/wBsv/Z6/OeOP+Yf/t//ANtO",
    "z9oT/wA01/3Of+6h/9k=",
  ),
  /** The same, progressive. */
  progressive: jpeg(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggL",
    "DAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wgAR",
    "CAAIAAgDAREAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABv/EABUBAQEAAAAAAAAAAAAAAAAAAAMG/9oADAMBAAIQAxAAAAEnON//xAAV",
    "EAEBAAAAAAAAAAAAAAAAAAAABf/aAAgBAQABBQKU/8QAGBEAAgMAAAAAAAAAAAAAAAAAAAhFg8P/2gAIAQMBAT8BYSNuyP/EABgRAAIDAAAA",
    "AAAAAAAAAAAAAAAFQ4HB/9oACAECAQE/AXkd4f/EABYQAAMAAAAAAAAAAAAAAAAAAAACgf/aAAgBAQAGPwJ4f//EABYQAAMAAAAAAAAAAAAA",
    "AAAAAACB8P/aAAgBAQABPyGzP//aAAwDAQACAAMAAAAQH//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQMBAT8Qb//EABQRAQAAAAAAAAAA",
    "AAAAAAAAAAD/2gAIAQIBAT8QF//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAT8Qf//Z",
  ),
  /** The same, stored as red, green and blue (Adobe's marker says so). */
  storedAsRgb: jpeg(
    "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwL",
    "CgwJCgoK/8AAEQgACAAIA1IRAEcRAEIRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQEAAABfQEC",
    "AwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0",
    "dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq8fLz9PX29/j5+v/a",
    "AAwDUgBHAEIAAD8A83/4Ojf+aGf9zN/7ia83/wCCAf8AzVn/ALgP/uRr4r+Nv/MM/wC23/tOv//Z",
  ),
  /** The same, 4 rows of it, whose EXIF says that it is to be turned. */
  turned: jpeg(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4QAiRXhpZgAATU0AKgAAAAgAAQESAAMAAAABAAYAAAAAAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgIC",
    "AgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoK",
    "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wAARCAAEAAgDAREAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcI",
    "CQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6",
    "Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW",
    "19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC",
    "AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0",
    "dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oA",
    "DAMBAAIRAxEAPwDyf4Uf8v8A/wBsv/Z6/OeOP+Yf/t//ANtOz9oT/wA01/3Of+6h/9k=",
  ),
} as const;

/** The same JPEG with another header: one byte of its frame, counted from the marker. */
export function withFrameByte(file: Buffer, place: number, byte: number): Buffer {
  const changed = Buffer.from(file);
  const at = ["\xff\xc0", "\xff\xc2"]
    .map((marker) => changed.indexOf(marker, 0, "latin1"))
    .find((found) => found >= 0)!;
  changed[at + place] = byte;
  return changed;
}

/** A JPEG with the orientation that a camera notes (EXIF), as its bytes go in a TIFF of that order. */
export function turnedJpeg(jpeg: Buffer, orientation: number, isLittle = true): Buffer {
  const tiff = Buffer.alloc(8 + 2 + 24);
  tiff.write(isLittle ? "II" : "MM", "latin1");
  const write16 = (value: number, at: number) =>
    isLittle ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at);
  const write32 = (value: number, at: number) =>
    isLittle ? tiff.writeUInt32LE(value, at) : tiff.writeUInt32BE(value, at);
  write16(42, 2);
  write32(8, 4);
  write16(2, 8);
  for (const [at, tag, value] of [
    [10, 0x0100, 6],
    [22, 0x0112, orientation],
  ] as const) {
    write16(tag, at);
    write16(3, at + 2);
    write32(1, at + 4);
    write16(value, at + 8);
  }
  const body = Buffer.concat([Buffer.from("Exif\0\0", "latin1"), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, body.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}
