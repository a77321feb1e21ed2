/**
 * Pictures in a known order, made ahead by threads: while some are used, those that come next are made.
 *
 * What was asked for and is not used yet takes at most 64 MB. Less is asked for where less is used at a time, so that
 * who stops early has made few in vain.
 */

import type { Augmentation } from "./data.js";
import type { PictureThreads } from "./picture-threads.js";
import { type PictureArray, type PictureBlock, type PictureSource, pictureBytes } from "./pictures.js";

/** Bytes that are made ahead, at most; a block is made anyway. */
const mostAhead = 64 * 1024 * 1024;
/** So many times what was last used at once is made ahead: calls grow, and while a set is judged nothing is used. */
const timesAhead = 4;
/** Blocks that each thread has to do while nobody listens. */
const blocksAhead = 4;
/** Pictures of a block … */
const blockPictures = 64;
/** … which take no more than this, or are one. */
const blockBytes = 1024 * 1024;
/** Who waits is heard this often. */
const listenMs = 200;

const blockSize = (bytesEach: number): number =>
  Math.max(1, Math.min(blockPictures, Math.floor(blockBytes / bytesEach)));

/** Some rows of an epoch, in blocks from the `from`-th on. */
export function* blocksOf(
  epoch: number,
  rows: Int32Array,
  repetitions: Int32Array,
  bytesEach: number,
  from = 0,
): Generator<PictureBlock> {
  const size = blockSize(bytesEach);
  for (let at = from; at < rows.length; at += size)
    yield { epoch, rows: rows.slice(at, at + size), repetitions: repetitions.slice(at, at + size) };
}

type Makers = Pick<PictureThreads, "ask" | "change" | "count">;
interface Asked {
  readonly bytes: number;
  made: PictureArray | null;
}

export class PictureStream {
  readonly #threads: Makers;
  readonly #blocks: Iterator<PictureBlock>;
  readonly #bytesEach: number;
  /** In order; the first may be used in part. */
  readonly #asked: Asked[] = [];
  #askedBytes = 0;
  /** Numbers of the first block that are used. */
  #used = 0;
  #isAtEnd = false;

  constructor(
    threads: Makers,
    source: Pick<PictureSource, "shape" | keyof Augmentation>,
    blocks: Iterator<PictureBlock>,
  ) {
    this.#threads = threads;
    this.#blocks = blocks;
    this.#bytesEach = pictureBytes(source, source.shape);
    this.#askAhead(0);
  }

  /**
   * Fills an array with the pictures that come next, and asks for others.
   *
   * @param hear  called now and then while it waits; what it throws ends that
   * @throws      what went wrong in a thread
   */
  async fill(to: PictureArray, hear: () => void): Promise<void> {
    for (let at = 0; at < to.length; ) {
      this.#askAhead(to.byteLength);
      const [first] = this.#asked;
      if (!first) throw new Error("hw1 bug: there are no more pictures");
      if (first.made) at += this.#use(first.made, to, at);
      else {
        await this.#threads.change(listenMs);
        hear();
      }
    }
    this.#askAhead(to.byteLength);
  }

  #use(made: PictureArray, to: PictureArray, at: number): number {
    const count = Math.min(made.length - this.#used, to.length - at);
    to.set(made.subarray(this.#used, this.#used + count), at);
    this.#used += count;
    if (this.#used === made.length) {
      this.#askedBytes -= this.#asked.shift()!.bytes;
      this.#used = 0;
    }
    return count;
  }

  /** @param inUse  bytes that are used at once */
  #askAhead(inUse: number): void {
    const block = blockSize(this.#bytesEach) * this.#bytesEach;
    const wanted = Math.max(timesAhead * inUse, blocksAhead * this.#threads.count * block);
    const limit = Math.min(wanted, mostAhead);
    while (!this.#isAtEnd && (this.#asked.length === 0 || this.#askedBytes + block <= limit)) this.#askNext();
  }
  #askNext(): void {
    const next = this.#blocks.next();
    if (next.done) {
      this.#isAtEnd = true;
      return;
    }
    const block = next.value;
    const asked: Asked = { bytes: block.rows.length * this.#bytesEach, made: null };
    this.#asked.push(asked);
    this.#askedBytes += asked.bytes;
    this.#threads.ask(block, (made) => {
      asked.made = made;
    });
  }
}
