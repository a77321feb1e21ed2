/**
 * Pictures that a training with a recipe learns from: what becomes of stored images in one epoch.
 *
 *   original × scale, in float32  →  transforms, one after the other  →  normalisation
 *
 * Where the originals are bytes, what the transforms leave is divided by the scale and rounded once, half to even, to a
 * byte. So a picture is what would have been stored of it, and its normalisation has the bits that a `normalize` stage
 * would have given it. It depends on seed, fold keys and epoch, on the number of its row, and on nothing else.
 */
import { Chain } from "../augment/chain.js";
import { sizeOfShape } from "../util/shape.js";
import type { Augmentation } from "./data.js";
import { normalised } from "./normalization.js";

export interface PictureSource extends Augmentation {
  /** Of an image: height, width, channels. */
  readonly shape: readonly number[];
  /** What the draws depend on, beside the epoch. */
  readonly seed: number;
  readonly folds: readonly string[];
}
export type PictureArray = Uint8Array | Float32Array;

/** Some pictures of one epoch. */
export interface PictureBlock {
  /** From 1. */
  readonly epoch: number;
  /** Indices into the stored images. */
  readonly rows: Int32Array;
  /** Which occurrence of its row each is, from 0: those of one row are drawn apart. */
  readonly repetitions: Int32Array;
}

/** What finished pictures are: used as picture × scale. */
export interface PictureType {
  readonly dtype: "uint8" | "float32";
  readonly scale: number;
}
export const pictureType = ({ recipe, originals, normalization }: Augmentation): PictureType =>
  originals instanceof Uint8Array && normalization.length === 0
    ? { dtype: "uint8", scale: recipe.scale }
    : { dtype: "float32", scale: 1 };
export const pictureBytes = (augmentation: Augmentation, shape: readonly number[]): number =>
  sizeOfShape(shape) * (pictureType(augmentation).dtype === "uint8" ? 1 : 4);
/** An array for so many pictures. */
export const emptyPictures = (augmentation: Augmentation, shape: readonly number[], count: number): PictureArray =>
  new (pictureType(augmentation).dtype === "uint8" ? Uint8Array : Float32Array)(count * sizeOfShape(shape));

/** Of each place in `rows`, how often its row has occurred before. */
export function repetitionsOf(rows: Int32Array): Int32Array {
  const seen = new Int32Array(rows.reduce((most, row) => Math.max(most, row), -1) + 1);
  return rows.map((row) => seen[row]!++);
}

const byteValues = 256;

export class Pictures {
  readonly #chain: Chain;
  readonly #size: number;
  /** What the transforms are given. */
  readonly #image: Float32Array;
  /** Of bytes: the float32 of each. */
  readonly #values: Float32Array | null;
  /** Of bytes that are normalised: what becomes of each, [256, channels]. */
  readonly #normalised: Float32Array | null;
  readonly #channels: number;

  /** @throws MistakeError as `normalised` does */
  constructor(readonly source: PictureSource) {
    const { recipe, originals, normalization, shape } = source;
    const [height, width, channels] = shape as [number, number, number];
    this.#chain = new Chain(recipe.transforms, { height, width, channels });
    this.#size = sizeOfShape(shape);
    this.#channels = channels;
    this.#image = new Float32Array(this.#size);
    const isBytes = originals instanceof Uint8Array;
    this.#values = isBytes ? Float32Array.from({ length: byteValues }, (_, byte) => byte * recipe.scale) : null;
    const bytes = Uint8Array.from({ length: byteValues * channels }, (_, at) => Math.floor(at / channels));
    this.#normalised =
      isBytes && normalization.length > 0 ? normalised({ features: bytes, scale: recipe.scale }, normalization) : null;
  }

  /** @throws MistakeError as `normalised` does */
  of({ epoch, rows, repetitions }: PictureBlock): PictureArray {
    const { seed, folds, shape, normalization } = this.source;
    const size = this.#size;
    const made = emptyPictures(this.source, shape, rows.length);
    // Assigning to these clamps, and rounds half to even.
    const clamped = made instanceof Uint8Array ? new Uint8ClampedArray(made.buffer) : null;
    this.#chain.start(seed, folds, epoch);
    for (const [at, row] of rows.entries()) {
      const picture = this.#chain.apply(this.#imageOf(row), row, repetitions[at]!);
      if (clamped) this.#toBytes(picture, clamped.subarray(at * size, (at + 1) * size));
      else if (this.#normalised)
        this.#toNormalised(picture, this.#normalised, made.subarray(at * size, (at + 1) * size));
      else made.set(picture, at * size);
    }
    // Floats are stored as what the transforms leave.
    return made instanceof Float32Array && !this.#values && normalization.length > 0
      ? normalised({ features: made, scale: 1 }, normalization)
      : made;
  }

  #imageOf(row: number): Float32Array {
    const { originals, recipe } = this.source;
    const [image, values, from] = [this.#image, this.#values, row * this.#size];
    if (values) for (let at = 0; at < image.length; at++) image[at] = values[originals[from + at]!]!;
    else for (let at = 0; at < image.length; at++) image[at] = originals[from + at]! * recipe.scale;
    return image;
  }

  /** In float32, so that what lies halfway between two bytes is seen to. */
  #toBytes(picture: Float32Array, to: Uint8ClampedArray): void {
    const inverse = 1 / this.source.recipe.scale;
    for (let at = 0; at < to.length; at++) to[at] = Math.fround(picture[at]! * inverse);
  }

  #toNormalised(picture: Float32Array, table: Float32Array, to: PictureArray): void {
    const bytes = new Uint8ClampedArray(this.#size);
    this.#toBytes(picture, bytes);
    const channels = this.#channels;
    for (let at = 0, channel = 0; at < bytes.length; at++) {
      to[at] = table[bytes[at]! * channels + channel]!;
      if (++channel === channels) channel = 0;
    }
  }
}
