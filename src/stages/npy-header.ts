/**
 * The header of an npy file: what its numbers are, how many, and in which order they lie.
 *
 * Versions 1.0, 2.0 and 3.0. The header is compared with the size of the file before anything is allocated, so a file
 * that was cut or lies about its shape is refused. Of types, numbers and truth values are read; Python objects, which
 * loading would have to run, records, texts, dates and complex numbers are refused, each with what to save instead.
 * Source: NumPy, `numpy.lib.format`.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { type NpyCode, npyMagic, npyTypes } from "../util/npy.js";
import { grouped } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { cellText } from "./csv-words.js";
import { type Literal, type LiteralDict, literalOf } from "./npy-literal.js";

/** Where an array is: a file, or an array of an npz. */
export interface ArrayPlace {
  readonly path: string;
  /** Its name in the npz. */
  readonly array?: string | undefined;
}
export interface NpyHeader {
  readonly code: NpyCode;
  readonly isLittleEndian: boolean;
  /** Column-major: the first index runs fastest. */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Bytes before the numbers. */
  readonly length: number;
}

/** Longest header that is read; NumPy writes 128 bytes, and reads 10,000 at the most. */
const longest = 65535;
/** Bytes that hold the longest header. */
export const headBytes = 12 + longest;

/** `x.npy`, or `x` in `data.npz` */
export const placeText = ({ path, array }: ArrayPlace): string =>
  array === undefined ? `\`${path}\`` : `\`${array}\` in \`${path}\``;
/** What to write in Python so that the array is saved as `expression`, of which `x` is the array. */
export const savedAs = ({ path, array }: ArrayPlace, expression: string): string =>
  array === undefined
    ? `\`np.save(${JSON.stringify(path)}, ${expression}, allow_pickle=False)\``
    : `\`np.savez(${JSON.stringify(path)}, …)\` with \`${expression}\` as \`${array}\``;

/**
 * @param start  the first bytes: `headBytes` of them, or the whole file where it has fewer
 * @param size   of the whole, in bytes; null where it is not known
 * @throws       MistakeError
 */
export function readNpyHeader(start: Uint8Array, size: number | null, place: ArrayPlace): NpyHeader {
  const { text, length } = headerText(start, place);
  const found = literalOf(text);
  const header = typeof found === "object" && found?.type === "dict" ? entriesOf(found) : undefined;
  const keys = header && [...header.keys()].sort().join(" ");
  if (!header || keys !== "descr fortran_order shape" || header.size !== (found as LiteralDict).entries.length)
    throw brokenHeader(place, `it reads ${cellText(text.trim())}`);
  const isFortran = header.get("fortran_order")!;
  if (typeof isFortran !== "boolean") throw brokenHeader(place, "`fortran_order` is neither True nor False");
  const type = typeOf(header.get("descr")!, place);
  const shape = shapeOf(header.get("shape")!, place);
  const bytes = sizeOfShape(shape) * npyTypes[type.code].bytes;
  const says = `${placeText(place)} says ${npyTypes[type.code].name} [${shape.join(", ")}]`;
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(sizeOfShape(shape)))
    throw new MistakeError({
      title: "a header that cannot be",
      message: `${says}, which is more than any file holds. Was it written by NumPy, and copied completely?`,
    });
  if (size !== null && size - length !== bytes) {
    const isLess = size - length < bytes;
    throw new MistakeError({
      title: isLess ? "truncated npy file" : "npy file too long",
      message:
        `${says}, which is ${grouped(bytes)} bytes, but ${grouped(size - length)} follow its header. ` +
        (isLess
          ? "Was it copied or downloaded completely?"
          : "It has bytes that belong to nothing; of several arrays, save each into a file of its own."),
    });
  }
  return { ...type, isFortran, shape, length };
}

function headerText(start: Uint8Array, place: ArrayPlace): { readonly text: string; readonly length: number } {
  if (npyMagic.some((byte, at) => at < start.length && start[at] !== byte) || start.length === 0)
    throw notNpy(start, place);
  const [major, minor] = [start[6], start[7]];
  if (major !== undefined && minor !== undefined && (![1, 2, 3].includes(major) || minor !== 0))
    throw new MistakeError({
      title: "an unknown version of npy",
      message: `${placeText(place)} is an npy file of version ${major}.${minor}; versions 1.0, 2.0 and 3.0 are read.`,
    });
  const lengthBytes = major === 1 ? 2 : 4;
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  if (start.length < 8 + lengthBytes) throw endsInHeader(place);
  const count = lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (count > longest) throw brokenHeader(place, `it says that it has ${grouped(count)} bytes`);
  const length = 8 + lengthBytes + count;
  if (start.length < length) throw endsInHeader(place);
  const text = Buffer.from(start.buffer, start.byteOffset + 8 + lengthBytes, count);
  return { text: text.toString(major === 3 ? "utf8" : "latin1"), length };
}

function notNpy(start: Uint8Array, place: ArrayPlace): MistakeError {
  const first = [...start.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const isZip = start[0] === 0x50 && start[1] === 0x4b;
  if (isZip && place.array === undefined)
    return new MistakeError({
      title: "not an npy file",
      message:
        `\`${place.path}\` is an archive, as npz files are. Name it as \`file\`, and its arrays by their names: ` +
        `\`{file: ${place.path}, features: NAME, labels: NAME}\`.`,
    });
  return new MistakeError({
    title: "not an npy file",
    message:
      `${placeText(place)} ${start.length === 0 ? "is empty" : `begins with ${first}`}; ` +
      `an npy file begins with 93 4e 55 4d 50 59. NumPy writes one by ${savedAs(place, "x")}.`,
  });
}
const endsInHeader = (place: ArrayPlace): MistakeError =>
  new MistakeError({
    title: "truncated npy file",
    message: `${placeText(place)} ends inside its header. Was it copied or downloaded completely?`,
  });
const brokenHeader = (place: ArrayPlace, why: string): MistakeError =>
  new MistakeError({
    title: "broken npy header",
    message:
      `The header of ${placeText(place)} is not the one that NumPy writes, a dict of descr, fortran_order and shape: ` +
      `${why}. Save the array again: ${savedAs(place, "x")}.`,
  });

/** Undefined where a key is no text; one that is there twice is there once. */
function entriesOf({ entries }: LiteralDict): ReadonlyMap<string, Literal> | undefined {
  const found = new Map<string, Literal>();
  for (const [key, value] of entries) {
    if (typeof key !== "string") return undefined;
    found.set(key, value);
  }
  return found;
}

function shapeOf(shape: Literal, place: ArrayPlace): readonly number[] {
  const isTuple = typeof shape === "object" && shape?.type === "tuple";
  const lengths = isTuple ? shape.items : [];
  if (!isTuple || !lengths.every((length) => typeof length === "number" && length >= 0 && !Object.is(length, -0)))
    throw brokenHeader(place, "`shape` is no tuple of lengths");
  return lengths as readonly number[];
}

/** What stands in a header instead of numbers, by NumPy's letter: what it is, and what to save. */
const refused: Readonly<Record<string, readonly [what: string, instead: string]>> = {
  O: ["Python objects, which only Python can unpickle", 'x.astype("float32")'],
  V: ["records", 'x["NAME"]'],
  S: ["texts", 'x.astype("float32")'],
  a: ["texts", 'x.astype("float32")'],
  U: ["texts", "np.unique(x, return_inverse=True)[1]"],
  c: ["complex numbers", "np.stack([x.real, x.imag], axis=-1)"],
  M: ["dates", 'x.astype("int64")'],
  m: ["spans of time", 'x.astype("int64")'],
};

function typeOf(descr: Literal, place: ArrayPlace): Pick<NpyHeader, "code" | "isLittleEndian"> {
  const text = typeof descr === "string" ? descr : "V";
  const [, order = "", letter = "", bytes = ""] = /^([<>=|]?)([A-Za-z?])(\d*)/.exec(text) ?? [];
  const code = `${letter}${bytes}`;
  if (Object.hasOwn(npyTypes, code) && text === order + code) {
    const known = code as NpyCode;
    if (npyTypes[known].bytes === 1) return { code: known, isLittleEndian: true };
    if (order === "<" || order === ">") return { code: known, isLittleEndian: order === "<" };
    throw brokenHeader(place, `\`${text}\` does not say in which order bytes lie`);
  }
  const other = Object.hasOwn(refused, letter) ? refused[letter] : undefined;
  if (other)
    throw new MistakeError({
      title: "not an array of numbers",
      message: `${placeText(place)} holds ${other[0]}. Save numbers: ${savedAs(place, other[1])}.`,
    });
  throw new MistakeError({
    title: "an unknown type of numbers",
    message:
      `${placeText(place)} holds numbers of the type ${cellText(text)}; read are ` +
      `${Object.values(npyTypes)
        .map(({ name }) => name)
        .join(", ")}. Save one of them: ${savedAs(place, 'x.astype("float32")')}.`,
  });
}
