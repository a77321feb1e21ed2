/**
 * The pictures that a training learns from, epoch by epoch in the order of its batches, made ahead by threads.
 *
 * That order is known before: it has a stream of its own. So threads go on over the end of an epoch, and whoever asks
 * for another place than the next one (a training that goes on from a state) has it at the price of what was made ahead.
 */
import { batchOrder } from "./batches.js";
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
import type { Member } from "./training.js";

export class EpochPictures {
  readonly #source: PictureSource;
  readonly #threads: PictureThreads;
  readonly #repetitions: Int32Array;
  readonly #hear: () => void;
  #stream: PictureStream;
  /** Where the stream is, and after which epoch it ends. */
  #epoch: number;
  #place = 0;
  #last: number;

  /**
   * @param member  whose training set has an augmentation
   * @param first   epoch that will be asked for first
   * @param epochs  after which no more will be, as a rule
   * @param hear    called now and then while pictures are waited for; what it throws ends that
   */
  constructor(
    readonly member: Member,
    first: number,
    readonly epochs: number,
    { most, now, hear }: { readonly most: number; now(): number; hear(): void },
  ) {
    const { train, seed, folds } = member;
    this.#source = { ...train.augmentation!, shape: train.shape, seed, folds };
    this.#repetitions = repetitionsOf(train.rows);
    this.#threads = new PictureThreads(this.#source, most, now);
    this.#hear = hear;
    this.#epoch = first;
    this.#last = epochs;
    this.#stream = this.#streamFrom(first, 0);
  }

  /** Pictures of `count` examples of an epoch from the `from`-th on, in the order of its batches. */
  async of(epoch: number, from: number, count: number): Promise<PictureArray> {
    if (epoch !== this.#epoch || from !== this.#place || epoch > this.#last)
      this.#stream = this.#streamFrom(epoch, from);
    const { train } = this.member;
    const pictures = emptyPictures(this.#source, train.shape, count);
    await this.#stream.fill(pictures, this.#hear);
    this.#place += count;
    if (this.#place === train.count) [this.#epoch, this.#place] = [epoch + 1, 0];
    return pictures;
  }

  dispose(): void {
    this.#threads.dispose();
  }

  #streamFrom(epoch: number, place: number): PictureStream {
    [this.#epoch, this.#place, this.#last] = [epoch, place, Math.max(epoch, this.epochs)];
    return new PictureStream(this.#threads, this.#source, this.#blocks(epoch, place, this.#last));
  }

  *#blocks(first: number, place: number, last: number): Generator<PictureBlock> {
    const { train } = this.member;
    const bytesEach = pictureBytes(this.#source, train.shape);
    for (let epoch = first; epoch <= last; epoch++) {
      const order = batchOrder(this.member, epoch);
      const rows = order.map((at) => train.rows[at]!);
      const repetitions = order.map((at) => this.#repetitions[at]!);
      yield* blocksOf(epoch, rows, repetitions, bytesEach, epoch === first ? place : 0);
    }
  }
}
