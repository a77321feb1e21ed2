/**
 * The transforms of a recipe, applied to one image after another.
 *
 * Each works in float32 on what the one before it left, nothing fused and nothing rounded in between. Two chains made of
 * the same recipe give the same picture for the same seed, fold keys, epoch, row and repetition, whatever either has
 * done before.
 */
import { CounterDraws } from "./draws.js";
import { placed } from "./recipe.js";
import type { Image, ImageShape, Prepared, TransformSettings } from "./transform.js";
import { transformOf } from "./transforms.js";

interface Link {
  readonly prepared: Prepared;
  readonly probability: number;
  /** Of its draws. */
  readonly purpose: string;
  readonly draws: CounterDraws;
}

export class Chain {
  readonly #links: readonly Link[];
  readonly #buffers: readonly [Image, Image];

  /** Not to be used by two at a time: it keeps what it computes with. */
  constructor(recipe: readonly TransformSettings[], shape: ImageShape) {
    const size = shape.height * shape.width * shape.channels;
    this.#buffers = [new Float32Array(size), new Float32Array(size)];
    this.#links = placed(recipe).map(({ settings, type, purpose }) => ({
      prepared: transformOf(type).prepare(settings, shape),
      probability: settings.probability,
      purpose,
      draws: new CounterDraws(),
    }));
  }

  /** What follows are images of this epoch, from 1, of a training with this seed and these fold keys. */
  start(seed: number, folds: readonly string[], epoch: number): void {
    for (const { draws, purpose } of this.#links) draws.key(seed, folds, purpose, epoch);
  }

  /**
   * @param image       float32 [height, width, channels]; stays as it is
   * @param row         its number among the stored examples
   * @param repetition  how many-th time the epoch meets it, from 0
   * @returns           an array that the next call overwrites
   */
  apply(image: Image, row: number, repetition: number): Image {
    let from = image;
    for (const { prepared, probability, draws } of this.#links) {
      draws.image(row, repetition);
      // One number, first of all; none where there is nothing to decide.
      if (probability < 1 && (probability === 0 || draws.uniform() >= probability)) continue;
      const to = from === this.#buffers[0] ? this.#buffers[1] : this.#buffers[0];
      prepared.apply(prepared.draw(draws), from, to);
      from = to;
    }
    if (from !== image) return from;
    this.#buffers[0].set(image);
    return this.#buffers[0];
  }
}
