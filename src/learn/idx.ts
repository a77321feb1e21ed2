/**
 * The IDX byte format: two zero bytes, a type, a rank, one big-endian length per axis, then the values.
 *
 * Only unsigned bytes (type 0x08), which is what images and labels of MNIST and its relatives hold. Lengths are
 * compared with the size of the file before anything is allocated. Source: Y. LeCun, C. Cortes & C. Burges, "The MNIST
 * database".
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { sizeOfShape } from "../util/shape.js";

interface Idx {
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/**
 * @throws MistakeError naming the file: wrong magic number, truncated header, or a length that is not what the header
 * says
 */
export function readIdx(bytes: Uint8Array, name: string): Idx {
  const shape = readIdxHeader(bytes, name);
  const header = 4 + 4 * shape.length;
  const size = sizeOfShape(shape);
  if (bytes.length - header !== size) {
    const less = bytes.length - header < size;
    throw new MistakeError({
      title: less ? "truncated IDX file" : "IDX file too long",
      message:
        `\`${name}\` says [${shape.join(", ")}], which is ${size} bytes, but ${bytes.length - header} follow its ` +
        `header. ${less ? "Was it copied or downloaded completely?" : "It has bytes that belong to nothing."}`,
    });
  }
  return { shape, bytes: bytes.subarray(header) };
}

export function readIdxHeader(bytes: Uint8Array, name: string): readonly number[] {
  if (bytes.length < 4)
    throw new MistakeError({
      title: "truncated IDX file",
      message: `\`${name}\` has ${bytes.length} bytes; an IDX file begins with four.`,
    });
  const [zero, alsoZero, type, rank] = bytes;
  if (zero !== 0 || alsoZero !== 0 || type !== 8 || rank === 0 || rank! > 4) {
    const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0"));
    throw new MistakeError({
      title: "not an IDX file",
      message:
        `\`${name}\` begins with ${start.join(" ")}; ` +
        "an IDX file of bytes begins with 00 00 08 and its rank (01 labels, 03 images).",
    });
  }
  if (bytes.length < 4 + 4 * rank!)
    throw new MistakeError({ title: "truncated IDX file", message: `\`${name}\` ends inside its header.` });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: rank! }, (_, axis) => view.getUint32(4 + 4 * axis));
}
