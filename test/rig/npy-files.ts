/** Files as NumPy writes them (`test/fixtures/npy.json`), and headers of one's own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

interface Fixture {
  readonly base64: string;
  readonly shape: readonly number[];
  readonly type?: string;
  readonly numbers?: readonly (number | string)[];
  readonly arrays?: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly numbers: readonly number[] }>
  >;
}
export const fixtures = JSON.parse(
  readFileSync(join(import.meta.dirname, "..", "fixtures", "npy.json"), "utf8"),
) as Readonly<Record<string, Fixture>>;

export const fixture = (name: string): Uint8Array => new Uint8Array(Buffer.from(fixtures[name]!.base64, "base64"));

/** An npy file with this header, whatever it says. */
export function npyFile(
  header: string,
  data: Uint8Array | number = 0,
  version: readonly [number, number] = [1, 0],
): Uint8Array {
  const text = Buffer.from(header, version[0] === 3 ? "utf8" : "latin1");
  const length = Buffer.alloc(version[0] === 1 ? 2 : 4);
  length.writeUIntLE(text.length, 0, length.length);
  const bytes = typeof data === "number" ? new Uint8Array(data) : data;
  return new Uint8Array(Buffer.concat([Buffer.from("\x93NUMPY", "latin1"), Buffer.from(version), length, text, bytes]));
}
export const headerOf = (descr: string, shape: readonly number[], isFortran = false): string =>
  `{'descr': '${descr}', 'fortran_order': ${isFortran ? "True" : "False"}, ` +
  `'shape': (${shape.map((length) => `${length},`).join(" ")}), }\n`;

/** Numbers in row-major order as a file of them. */
export function npyOf(
  descr: "<f4" | "<f8" | "<i4" | "<i8" | "|u1" | "|b1",
  shape: readonly number[],
  numbers: readonly (number | bigint)[],
): Uint8Array {
  const arrays = {
    "<f4": () => Float32Array.from(numbers, Number),
    "<f8": () => Float64Array.from(numbers, Number),
    "<i4": () => Int32Array.from(numbers, Number),
    "<i8": () => BigInt64Array.from(numbers, BigInt),
    "|u1": () => Uint8Array.from(numbers, Number),
    "|b1": () => Uint8Array.from(numbers, Number),
  };
  return npyFile(headerOf(descr, shape), new Uint8Array(arrays[descr]().buffer));
}

interface ZipFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  /** What the directory says instead of what is so. */
  readonly crc?: number;
  readonly size?: number;
  readonly packed?: number;
  readonly at?: number;
  readonly localName?: string;
  /** Sizes stand in an extra field of 64 bits. */
  readonly isWide?: boolean;
}

/** A ZIP archive, right or wrong. */
export function zipOf(
  files: readonly ZipFile[],
  { comment = "", count = files.length }: { readonly comment?: string; readonly count?: number } = {},
): Uint8Array {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const file of files) {
    const { name, bytes, method = 0, flags = 0 } = file;
    const packed = method === 8 ? deflateRawSync(bytes, { level: 9 }) : bytes;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(flags, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(name.length, 26);
    bodies.push(local, Buffer.from(file.localName ?? name), Buffer.from(packed));
    const [size, packedSize] = [file.size ?? bytes.length, file.packed ?? packed.length];
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(flags, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(file.crc ?? crc32(bytes), 16);
    entry.writeUInt32LE(file.isWide ? 0xffffffff : packedSize, 20);
    entry.writeUInt32LE(file.isWide ? 0xffffffff : size, 24);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt16LE(file.isWide ? 24 : 0, 30);
    entry.writeUInt32LE(file.at ?? at, 42);
    const extra = Buffer.alloc(file.isWide ? 24 : 0);
    if (file.isWide) {
      extra.writeUInt16LE(7, 0);
      extra.writeUInt16LE(1, 4);
      extra.writeUInt16LE(16, 6);
      extra.writeBigUInt64LE(BigInt(size), 8);
      extra.writeBigUInt64LE(BigInt(packedSize), 16);
    }
    directory.push(entry, Buffer.from(name), extra);
    at += local.length + name.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return new Uint8Array(Buffer.concat([...bodies, listed, end, Buffer.from(comment)]));
}
