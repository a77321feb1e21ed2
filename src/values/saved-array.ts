/**
 * What `hw1 show --save` writes of an output: files whose bytes are made a piece at a time, so that nothing is held
 * twice; and arrays as such files, rows of a data set gathered in order.
 */
import { npyHead } from "../util/npy-write.js";
import { sizeOfShape } from "../util/shape.js";
import type { Blob } from "./blob.js";

export interface SavedFile {
  /** Such as `features.npy`; made safe by whoever writes it. */
  readonly name: string;
  /** What is in it, such as `uint8 [600, 28, 28, 1]` or `200 rows, 12 columns`. */
  readonly holds: string;
  /** What its reader must know. */
  readonly remark?: string;
  /** Its bytes, made when they are asked for. A piece is good until the next one is asked for. */
  pieces(): Iterable<Uint8Array>;
}

export interface ArrayChoice {
  /** The rows to write, in order; absent: all as they are stored. */
  readonly rows?: Int32Array | undefined;
  /** Rounds float64 to it. */
  readonly as?: "float32" | undefined;
  readonly remark?: string | undefined;
}

const pieceBytes = 1 << 20;
const elementBytes = { float32: 4, float64: 8, int32: 4, uint8: 1 } as const;

/** @param blob  of numbers */
export function savedArray(name: string, blob: Blob, { rows, as, remark }: ArrayChoice = {}): SavedFile {
  const { dtype } = blob;
  if (dtype === "bytes") throw new Error("hw1 bug: bytes that are no array");
  const isRounded = as === "float32" && dtype === "float64";
  const written = isRounded ? as : dtype;
  const [stored = 1, ...own] = blob.shape;
  const shape = rows ? [rows.length, ...own] : blob.shape;
  const remarks = [...(remark ? [remark] : []), ...(isRounded ? ["rounded from float64"] : [])];
  return {
    name: `${name}.npy`,
    holds: `${written} [${shape.join(", ")}]`,
    ...(remarks.length > 0 ? { remark: remarks.join("; ") } : {}),
    *pieces() {
      yield npyHead(written, shape);
      const bytes = blob.bytes();
      if (!rows && !isRounded) yield bytes;
      else
        for (const piece of gathered(bytes, sizeOfShape(own) * elementBytes[dtype], rows ?? upTo(stored)))
          yield isRounded ? rounded(piece) : piece;
    },
  };
}

function* gathered(bytes: Uint8Array, rowBytes: number, rows: Iterable<number>): Generator<Uint8Array> {
  const most = Math.max(1, Math.floor(pieceBytes / Math.max(1, rowBytes)));
  const piece = new Uint8Array(most * rowBytes);
  let filled = 0;
  for (const row of rows) {
    piece.set(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), filled * rowBytes);
    if (++filled < most) continue;
    yield piece;
    filled = 0;
  }
  yield piece.subarray(0, filled * rowBytes);
}

/** @param piece  float64, at the beginning of a buffer of its own */
function rounded({ buffer, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(Float32Array.from(new Float64Array(buffer, 0, byteLength / 8)).buffer);
}

function* upTo(count: number): Generator<number> {
  for (let row = 0; row < count; row++) yield row;
}

/** 1/255 is not said as 0.00392156862745098. */
export function scaleText(scale: number, who: string): string {
  if (scale === 1) return "";
  const inverse = 1 / scale;
  const isWhole = Math.abs(inverse - Math.round(inverse)) < 1e-9 * inverse;
  return `${who} value ${isWhole ? `/ ${Math.round(inverse)}` : `× ${scale}`}`;
}
