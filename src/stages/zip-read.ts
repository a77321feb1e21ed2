/**
 * Entries of a ZIP archive, such as an npz: listed from its directory, read one at a time.
 *
 * Read are archives in one piece, entries stored or deflated. An archive that was cut, a directory that contradicts the
 * file or itself, an encrypted entry and one of another compression are refused, and what an entry unpacks to has the
 * size and the CRC that the directory says. So bytes that were changed are never taken for numbers. Source: PKWARE,
 * "APPNOTE.TXT" 6.3, sections 4.3 and 4.5.3.
 */
import { crc32, constants as flushing, inflateRawSync } from "node:zlib";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { limitInWords } from "../pipeline/limits.js";
import { formatBytes } from "../util/numbers.js";
import { type ByteSource, mostUnpacked } from "./load-files.js";

export interface ZipEntry {
  readonly name: string;
  /** Bit 0: encrypted. Bit 11: the name is UTF-8. */
  readonly flags: number;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly crc: number;
  /** Bytes in the archive, and unpacked. */
  readonly packed: number;
  readonly size: number;
  /** Where the bytes begin. */
  readonly start: number;
}

const [localMark, directoryMark, endMark] = [0x04034b50, 0x02014b50, 0x06054b50];
const [localBytes, directoryBytes, endBytes] = [30, 46, 22];
/** Of 16 and of 32 bits: the number stands elsewhere. */
const [elsewhere16, elsewhere32] = [0xffff, 0xffffffff];

const broken = (path: string, why: string): MistakeError =>
  new MistakeError({
    title: "broken archive",
    message: `\`${path}\` contradicts itself: ${why}. Was it copied or downloaded completely?`,
  });
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** What the directory lists, in its order. @throws MistakeError */
export function zipEntries(source: ByteSource, path: string): readonly ZipEntry[] {
  const { count, start, end } = directoryPlace(source, path);
  const bytes = source.at(start, end - start);
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + directoryBytes > bytes.length || view.getUint32(at, true) !== directoryMark)
      throw broken(path, "its directory is none");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    const nameAt = at + directoryBytes;
    const next = nameAt + nameLength! + extraLength! + commentLength!;
    if (next > bytes.length) throw broken(path, "its directory ends inside an entry");
    const flags = view.getUint16(at + 8, true);
    const name = nameOf(bytes.subarray(nameAt, nameAt + nameLength!), flags);
    const extra = bytes.subarray(nameAt + nameLength!, nameAt + nameLength! + extraLength!);
    const [size, packed, local] = widened(
      [24, 20, 42].map((field) => view.getUint32(at + field, true)),
      extra,
      path,
    );
    const known = { name, flags, method: view.getUint16(at + 10, true), crc: view.getUint32(at + 16, true) };
    const entry = { ...known, packed: packed!, size: size! };
    entries.push({ ...entry, start: dataStart(source, path, entry, local!, start) });
    at = next;
  }
  if (entries.length !== count) throw broken(path, `its directory lists ${entries.length}, and its end says ${count}`);
  return entries;
}

/** The end of an archive says where its directory is; a comment may follow. */
function directoryPlace(
  source: ByteSource,
  path: string,
): { readonly count: number; readonly start: number; readonly end: number } {
  const tail = source.at(Math.max(0, source.size - endBytes - 65535), endBytes + 65535);
  const view = viewOf(tail);
  let at = tail.length - endBytes;
  const isEnd = (): boolean =>
    view.getUint32(at, true) === endMark && at + endBytes + view.getUint16(at + 20, true) === tail.length;
  while (at >= 0 && !isEnd()) at--;
  if (at < 0) throw noEnd(source, path);
  const [disk, firstDisk, countHere, count] = [4, 6, 8, 10].map((field) => view.getUint16(at + field, true));
  if (disk !== 0 || firstDisk !== 0 || countHere !== count) throw broken(path, "it is one of several pieces");
  if (count === elsewhere16) throw broken(path, "it has more entries than its directory can count");
  const end = source.size - tail.length + at;
  const [length, start] = [view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  if (start + length !== end) throw broken(path, "its directory is not where it says");
  return { count: count!, start, end };
}

function noEnd(source: ByteSource, path: string): MistakeError {
  const start = source.at(0, 6);
  const hex = [...start].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  if (start[0] === 0x50 && start[1] === 0x4b)
    return new MistakeError({
      title: "truncated archive",
      message: `\`${path}\` begins as an archive (npz) but has no end of one. Was it copied or downloaded completely?`,
    });
  const isNpy = hex === "93 4e 55 4d 50 59";
  return new MistakeError({
    title: "not an archive",
    message: isNpy
      ? `\`${path}\` is one array (npy). Name it as \`features\` or \`labels\`, without \`file\`.`
      : `\`${path}\` ${start.length === 0 ? "is empty" : `begins with ${hex}`}; an archive of arrays (npz) begins ` +
        `with 50 4b. NumPy writes one by \`np.savez(${JSON.stringify(path)}, x=x, y=y)\`.`,
  });
}

const nameOf = (bytes: Uint8Array, flags: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(flags & 0x800 ? "utf8" : "latin1");

/** Numbers of 32 bits that stand in 64 in an extra field of id 1, in their order. */
function widened(fields: readonly number[], extra: Uint8Array, path: string): readonly number[] {
  if (!fields.includes(elsewhere32)) return fields;
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const [id, length] = [view.getUint16(at, true), view.getUint16(at + 2, true)];
    const end = at + 4 + length;
    if (id === 1 && end <= extra.length) {
      let next = at + 4;
      return fields.map((field) => {
        if (field !== elsewhere32) return field;
        if (next + 8 > end) throw broken(path, "a size is missing");
        next += 8;
        return Number(view.getBigUint64(next - 8, true));
      });
    }
    at = end;
  }
  throw broken(path, "a size is missing");
}

/** An entry is told again before its bytes; both must agree, and the bytes lie before the directory. */
function dataStart(
  source: ByteSource,
  path: string,
  entry: Omit<ZipEntry, "start">,
  local: number,
  directory: number,
): number {
  const wrong = (why: string): MistakeError => broken(path, `of \`${entry.name}\` ${why}`);
  if (local + localBytes > directory) throw wrong("the bytes are not where the directory says");
  const view = viewOf(source.at(local, localBytes));
  if (view.getUint32(0, true) !== localMark) throw wrong("the bytes are not where the directory says");
  const [flags, method] = [view.getUint16(6, true), view.getUint16(8, true)];
  const [nameLength, extraLength] = [view.getUint16(26, true), view.getUint16(28, true)];
  const name = nameOf(source.at(local + localBytes, nameLength), flags);
  if (flags !== entry.flags || method !== entry.method || name !== entry.name)
    throw wrong("the directory says something else than stands before the bytes");
  const start = local + localBytes + nameLength + extraLength;
  if (!(start + entry.packed <= directory)) throw wrong("there are fewer bytes than the directory says");
  return start;
}

/** @throws MistakeError where an entry cannot be read, before anything is unpacked */
export function checkEntry({ name, flags, method, packed, size }: ZipEntry, path: string): void {
  const again = `Save it anew: \`np.savez(${JSON.stringify(path)}, …)\`, or \`np.savez_compressed\`.`;
  if (flags & 1)
    throw new MistakeError({
      title: "encrypted",
      message: `\`${name}\` in \`${path}\` is encrypted; hw1 reads no such archives. ${again}`,
    });
  if (method !== 0 && method !== 8)
    throw new MistakeError({
      title: "an unknown compression",
      message: `\`${name}\` in \`${path}\` is packed by method ${method}; read are 0 (stored) and 8 (deflated). ${again}`,
    });
  if (method === 0 && packed !== size) throw broken(path, `\`${name}\` is stored, but has two sizes`);
  if (size > mostUnpacked(packed))
    throw new MistakeError({
      title: "unpacks to too much",
      message:
        `\`${name}\` in \`${path}\` has ${formatBytes(packed)} and unpacks to ${formatBytes(size)}. The limit ` +
        `\`gzip_ratio\` is ${limitInWords("gzip_ratio")}, and \`data_size\` ${limitInWords("data_size")}. If it is ` +
        `meant, save it unpacked: \`np.savez(${JSON.stringify(path)}, …)\`.`,
    });
}

/** All bytes of an entry. @throws MistakeError */
export function entryBytes(source: ByteSource, entry: ZipEntry, path: string): Uint8Array {
  checkEntry(entry, path);
  const packed = source.at(entry.start, entry.packed);
  const bytes = entry.method === 0 ? packed : inflated(packed, entry.size);
  if (bytes?.length !== entry.size || crc32(bytes) !== entry.crc)
    throw new MistakeError({
      title: "broken archive",
      message:
        `\`${entry.name}\` in \`${path}\` is not what was packed: its checksum or its length is another. ` +
        "Was it copied or downloaded completely?",
    });
  return bytes;
}

/** About so many of its first bytes, for a look at check time. @throws MistakeError */
export function entryStart(source: ByteSource, entry: ZipEntry, path: string, length: number): Uint8Array {
  checkEntry(entry, path);
  if (entry.method === 0) return source.at(entry.start, Math.min(length, entry.size));
  const least = Math.min(length, entry.size);
  // 4 KiB unpack to 4 MiB at the most; what is packed badly has little more bytes than it unpacks to.
  let bytes = begun(source.at(entry.start, Math.min(4096, entry.packed)));
  if (bytes && bytes.length < least) bytes = begun(source.at(entry.start, Math.min(length + 4096, entry.packed)));
  if (!bytes) throw broken(path, `\`${entry.name}\` cannot be unpacked`);
  return bytes.subarray(0, length);
}

/** Undefined where it cannot be unpacked, or to more. */
function inflated(packed: Uint8Array, size: number): Uint8Array | undefined {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(size, 1) });
  } catch {
    return undefined;
  }
}
function begun(packed: Uint8Array): Uint8Array | undefined {
  try {
    return inflateRawSync(packed, { finishFlush: flushing.Z_SYNC_FLUSH });
  } catch {
    return undefined;
  }
}
