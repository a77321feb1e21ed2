/** Pictures to be kept: those of several epochs, one behind the other. */
import { blocksOf, PictureStream } from "./picture-stream.js";
import { PictureThreads } from "./picture-threads.js";
import {
  emptyPictures,
  type PictureArray,
  type PictureBlock,
  type PictureSource,
  pictureBytes,
  repetitionsOf,
} from "./pictures.js";

/** Pictures that are awaited at once: what is told in between is told often. */
const atOnce = 256;

/**
 * Made by threads, so the process goes on hearing and telling meanwhile.
 *
 * @param rows     of the stored images, `count` of them
 * @param copies   copy c of the r-th row lies at (c − 1) · count + r, and is its picture in epoch c
 * @param threads  that there may be
 * @param now      milliseconds; decides nothing but how many there are
 * @param told     called between, with the share that is done; what it throws ends the work
 * @returns        [copies · count, ...shape], as `pictureType` says
 * @throws         MistakeError, MemoryError, or what went wrong in a thread
 */
export async function pictureCopies(
  source: PictureSource,
  rows: Int32Array,
  copies: number,
  { threads: most, now, told }: { readonly threads: number; now(): number; told(fraction: number): void },
): Promise<PictureArray> {
  const bytesEach = pictureBytes(source, source.shape);
  const repetitions = repetitionsOf(rows);
  function* blocks(): Generator<PictureBlock> {
    for (let epoch = 1; epoch <= copies; epoch++) yield* blocksOf(epoch, rows, repetitions, bytesEach);
  }
  const all = emptyPictures(source, source.shape, copies * rows.length);
  const size = all.length / (copies * rows.length);
  const threads = new PictureThreads(source, most, now);
  try {
    const stream = new PictureStream(threads, source, blocks());
    for (let at = 0; at < all.length; at += atOnce * size) {
      await stream.fill(all.subarray(at, at + atOnce * size), () => told(at / all.length));
      told(Math.min(1, (at + atOnce * size) / all.length));
    }
  } finally {
    threads.dispose();
  }
  return all;
}
