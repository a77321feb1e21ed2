/**
 * What the units of one layer see of an image, as rectangles of one size: their receptive field, or along an axis where
 * that is no smaller than the image the whole image. Of data that are no images it is the whole example.
 */
import type { PlacedLayer } from "../learn/layer.js";
import { sizeOfShape } from "../util/shape.js";
import type { Corner } from "../values/inspected-receptive-fields.js";
import { middleOf, type ReceptiveField, windowAt } from "./receptive-field.js";

type Place = readonly [row: number, column: number];
export class FieldView {
  /** Of a rectangle, with all channels; of other data of an example. */
  readonly shape: readonly number[];

  /** @param field  of the layer; undefined of data that are no images */
  constructor(
    readonly layer: PlacedLayer,
    readonly field: ReceptiveField | undefined,
    readonly input: readonly number[],
  ) {
    const least = (axis: 0 | 1): number => Math.min(field?.size[axis] ?? 0, input[axis]!);
    this.shape = field ? [least(0), least(1), input[2]!] : input;
  }

  /** Row and column in the map, from 0. @param place  row after row; behind `flatten` each unit has its own */
  placeOf(unit: number, place: number): Place {
    const [rows, columns] = this.field?.places ?? [1, 1];
    const { output } = this.layer;
    if (rows * columns === 1) return [0, 0];
    const at = output.length === 1 ? Math.floor(unit / (output[0]! / (rows * columns))) : place;
    return [Math.floor(at / columns), at % columns];
  }

  /** The middle of the map, or where the unit is. */
  middle(unit: number): Place {
    return this.field && this.layer.output.length === 3 ? middleOf(this.field) : this.placeOf(unit, 0);
  }

  /** The rectangle of a place; and the place, counted from 1, where there are several. */
  at(place: Place): Corner {
    const { field, input } = this;
    if (!field) return {};
    const { top, left } = windowAt(field, place);
    return {
      ...(field.places.join() === "1,1" ? {} : { place: [place[0] + 1, place[1] + 1] }),
      top: field.size[0] < input[0]! ? top : 0,
      left: field.size[1] < input[1]! ? left : 0,
    };
  }

  /**
   * Copies what a rectangle holds; what lies beyond the image stays as it is.
   *
   * @param images  [images, ...shape of the input], of which `image` is meant
   * @param into    a rectangle is written to it, from `offset` on
   */
  cut<T extends Uint8Array | Float32Array | Float64Array>(
    images: T,
    image: number,
    { top = 0, left = 0 }: Corner,
    into: T,
    offset: number,
  ): void {
    const size = sizeOfShape(this.input);
    if (!this.field) {
      into.set(images.subarray(image * size, (image + 1) * size), offset);
      return;
    }
    const [height, width, channels] = this.input as [number, number, number];
    const [rows, columns] = this.shape as [number, number, number];
    const [from, to] = [Math.max(0, left), Math.min(width, left + columns)];
    for (let row = Math.max(0, -top); row < rows && top + row < height; row++) {
      const line = image * size + (top + row) * width * channels;
      if (to > from)
        into.set(
          images.subarray(line + from * channels, line + to * channels),
          offset + (row * columns + from - left) * channels,
        );
    }
  }
}
