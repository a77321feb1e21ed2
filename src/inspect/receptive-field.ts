/**
 * Which pixels of the input reach a unit, by the arithmetic of kernels, strides and paddings.
 *
 * Along each axis on its own, a unit at place u sees `size` pixels in a row, the first of them at start + u · stride,
 * counted from 0; one below 0 or beyond the image lies in the padding. From a layer to the next, of kernel or window k,
 * stride s and p zeros before the first pixel:
 *
 *   size + (k − 1) · stride       stride · s       start − p · stride
 *
 * An image itself has size 1, stride 1, start 0. What looks at one place alone (batch normalisation, activations,
 * dropout, a normalisation over channels) changes nothing, `flatten` renames places, and what reads all of them (dense
 * layers, a global mean, a normalisation or a softmax over a row) has one place that sees all that they see. The paths
 * of a residual block are united: from the first pixel that either sees to the last.
 *
 * Source: Araujo, Norris & Sim (2019), Computing Receptive Fields of Convolutional Neural Networks, Distill; their
 * S, r and u are `stride`, `size` and `start`.
 *
 * The field is the least rectangle. Pixels within may be skipped where a stride is larger than its kernel; `seenFrom`
 * leaves out what no unit in between sees.
 */
import { functionOf } from "../learn/activation.js";
import { type PlacedLayer, paddingOf, pathsOf } from "../learn/layer.js";

type Both<T> = readonly [height: T, width: T];

/** Of the units of one layer. Everything is in pixels of the input, and along height, then width. */
export interface ReceptiveField {
  /** Of the map in which the units lie, behind `flatten` too; [1, 1] where all see the same. */
  readonly places: Both<number>;
  /** Where the paths of a block step differently, of the unit that sees most. */
  readonly size: Both<number>;
  /** From a unit to the next. Null: there is one place, or the paths of a block step differently. */
  readonly stride: Both<number | null>;
  /** The first pixel that the first unit sees; negative in the padding. */
  readonly start: Both<number>;
  /** How far the outermost units look beyond the image: top, bottom, left, right. */
  readonly beyond: readonly [number, number, number, number];
  /**
   * Of two paths that were united, here or before: `off_centre` where the middles of what they see differ, `uneven`
   * where they step differently, so that units of one layer see more or less. Absent: neither.
   */
  readonly paths?: "off_centre" | "uneven";
  /** What the paths see along either axis: one, but where they step differently. */
  readonly steps: Both<readonly Steps[]>;
}
/** Units at equal distances. */
interface Steps {
  readonly size: number;
  readonly stride: number;
  readonly start: number;
}
/** A rectangle of pixels, which may reach beyond the image. */
export interface PixelWindow {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * The field of every layer, blocks and the layers within them, by name.
 *
 * @param layers  one after the other, placed on images
 * @param image   height, width, channels
 * @returns       null for examples that are no images: their features have no places
 */
export function receptiveFields(
  layers: readonly PlacedLayer[],
  image: readonly number[],
): ReadonlyMap<string, ReceptiveField> | null {
  if (image.length !== 3) return null;
  const pixels: Both<number> = [image[0]!, image[1]!];
  const fields = new Map<string, ReceptiveField>();
  const through = (from: Traced, layer: PlacedLayer): Traced => {
    const to = layer.within
      ? united(...both((path) => pathsOf(layer)[path].reduce(through, from)))
      : behind(from, layer);
    // What all units of a row enter into, a block's softmax does too.
    const traced = readsAll(layer) ? whole(to) : to;
    fields.set(layer.name, fieldOf(traced, pixels));
    return traced;
  };
  const one: Steps = { size: 1, stride: 1, start: 0 };
  layers.reduce(through, { places: pixels, steps: [[one], [one]] });
  return fields;
}

/** What the unit at a place sees, from 0; a place of [0, 0] where there is but one. */
export function windowAt({ steps }: Pick<ReceptiveField, "steps">, place: Both<number>): PixelWindow {
  const [rows, columns] = both((axis) => rangeAt(steps[axis], place[axis]));
  return { top: rows[0], left: columns[0], height: rows[1] - rows[0] + 1, width: columns[1] - columns[0] + 1 };
}

/** The middle of a layer's map: of an even number of places the first of the two. */
export const middleOf = ({ places }: Pick<ReceptiveField, "places">): Both<number> =>
  both((axis) => Math.floor((places[axis] - 1) / 2));

const both = <T>(of: (axis: 0 | 1) => T): [T, T] => [of(0), of(1)];

type Traced = Pick<ReceptiveField, "places" | "paths" | "steps">;

function behind(from: Traced, layer: PlacedLayer): Traced {
  const kernel = kernelOf(layer);
  if (!kernel) return from;
  const steps = both((axis) =>
    from.steps[axis].map(({ size, stride, start }) => ({
      size: size + (kernel[axis].size - 1) * stride,
      stride: stride * kernel[axis].stride,
      start: start - kernel[axis].before * stride,
    })),
  );
  return { ...from, places: [layer.output[0]!, layer.output[1]!], steps };
}

/** Of a layer that looks at several places through a window: along height and width. */
function kernelOf({ layer, input }: PlacedLayer) {
  if (layer.type !== "conv" && layer.type !== "max_pool" && layer.type !== "avg_pool") return undefined;
  const [top, , left] = layer.type === "conv" ? paddingOf(layer, input) : [0, 0, 0];
  return both((axis) => ({ size: layer.size[axis], stride: layer.stride[axis], before: axis === 0 ? top : left }));
}

/** Whether each of a layer's outputs is made of all that it is given. */
function readsAll({ layer, input, output }: PlacedLayer): boolean {
  if (layer.type === "dense" || layer.type === "global_avg_pool") return true;
  if (layer.type === "layer_norm") return input.length === 1;
  const isShared = "activation" in layer && functionOf(layer.activation).outputs === "shares";
  return isShared && output.length === 1;
}

/** One place that sees what all do. */
function whole(from: Traced): Traced {
  const steps = both((axis): Steps[] => {
    const [first, last] = extentOf(from.steps[axis], from.places[axis]);
    return [{ size: last - first + 1, stride: 0, start: first }];
  });
  return { places: [1, 1], steps };
}

function united(own: Traced, around: Traced): Traced {
  // Where one path has a single place, it saw all that the block was given: more than any place of the other.
  if (own.places.join() !== around.places.join()) return own.places.join() === "1,1" ? own : around;
  const steps = both((axis) => unitedSteps([...own.steps[axis], ...around.steps[axis]], own.places[axis]));
  const paths = pathsText(own, around, steps);
  return { places: own.places, steps, ...(paths ? { paths } : {}) };
}

/** Those of one stride as one, from the first pixel that either sees to the last; of one place all of them. */
function unitedSteps(all: readonly Steps[], places: number): readonly Steps[] {
  const strides = [...new Set(all.map(({ stride }) => stride))].sort((a, b) => a - b);
  return (places === 1 ? strides.slice(-1) : strides).map((stride) => {
    const alike = all.filter((each) => places === 1 || each.stride === stride);
    const [first, last] = rangeAt(alike, 0);
    return { size: last - first + 1, stride, start: first };
  });
}

function pathsText(own: Traced, around: Traced, steps: Traced["steps"]): ReceptiveField["paths"] {
  const before = [own.paths, around.paths];
  if (steps.some((along) => along.length > 1) || before.includes("uneven")) return "uneven";
  const middle = ({ size, start }: Steps): number => 2 * start + size;
  const isOff = ([0, 1] as const).some((axis) => middle(own.steps[axis][0]!) !== middle(around.steps[axis][0]!));
  return isOff || before.includes("off_centre") ? "off_centre" : undefined;
}

/** First and last pixel that the unit at a place sees. */
const rangeAt = (steps: readonly Steps[], place: number): [number, number] => [
  Math.min(...steps.map(({ start, stride }) => start + place * stride)),
  Math.max(...steps.map(({ start, stride, size }) => start + place * stride + size - 1)),
];
/** First and last pixel that any of so many units sees. */
const extentOf = (steps: readonly Steps[], places: number): [number, number] => [
  rangeAt(steps, 0)[0],
  rangeAt(steps, places - 1)[1],
];

function fieldOf({ places, steps, paths }: Traced, pixels: Both<number>): ReceptiveField {
  const along = both((axis) => {
    const [first, last] = extentOf(steps[axis], places[axis]);
    const sizeAt = (place: number): number => {
      const [from, to] = rangeAt(steps[axis], place);
      return to - from + 1;
    };
    const { stride } = steps[axis][0]!;
    return {
      // Between units at the two ends it is never larger: the first pixel is a least, the last a greatest of lines.
      size: Math.max(sizeAt(0), sizeAt(places[axis] - 1)),
      stride: steps[axis].length > 1 || stride === 0 ? null : stride,
      start: first,
      before: Math.max(0, -first),
      after: Math.max(0, last - (pixels[axis] - 1)),
    };
  });
  const [rows, columns] = along;
  return {
    places,
    size: [rows.size, columns.size],
    stride: [rows.stride, columns.stride],
    start: [rows.start, columns.start],
    beyond: [rows.before, rows.after, columns.before, columns.after],
    ...(paths ? { paths } : {}),
    steps,
  };
}

/**
 * The pixels of the image that reach the unit at a place: the least rectangle around them, without what lies in the
 * padding of the image or of any layer in between. It is the window of `windowAt` cut at the edge of the image, but
 * where a layer in between leaves over the last rows or columns and a later one pads.
 *
 * Exact as long as no stride is larger than its kernel and no kernel lies in the padding as a whole.
 *
 * @param layers  as of `receptiveFields`
 * @returns       null where nothing of the image reaches it
 */
export function seenFrom(layers: readonly PlacedLayer[], name: string, place: Both<number>): PixelWindow | null {
  const box = both((axis): Range => [place[axis], place[axis]]);
  const seen = backThroughAll(layersTo(layers, name), box);
  if (!seen) return null;
  const [rows, columns] = seen;
  return { top: rows[0], left: columns[0], height: rows[1] - rows[0] + 1, width: columns[1] - columns[0] + 1 };
}

/**
 * The layers that a layer's output comes through, itself last: of a block that it stands in those of its own path.
 *
 * @throws Error where no layer has that name
 */
export function layersTo(layers: readonly PlacedLayer[], name: string): readonly PlacedLayer[] {
  for (const [index, layer] of layers.entries()) {
    const before = layers.slice(0, index);
    if (layer.name === name) return [...before, layer];
    if (!layer.within || !name.startsWith(`${layer.name}.`)) continue;
    const path = pathsOf(layer).find((each) => each.some((inner) => holds(inner, name)));
    if (path) return [...before, ...layersTo(path, name)];
  }
  throw new Error(`hw1 bug: no layer ${name}`);
}
const holds = (layer: PlacedLayer, name: string): boolean =>
  layer.name === name || (layer.within ?? []).some((inner) => holds(inner, name));

/** First and last place. */
type Range = readonly [number, number];
type Box = Both<Range> | null;

const backThroughAll = (layers: readonly PlacedLayer[], from: Box): Box =>
  layers.reduceRight((box, layer) => backThrough(box, layer), from);

function backThrough(given: Box, layer: PlacedLayer): Box {
  if (!given) return null;
  const box: Box = readsAll(layer) ? everywhere : given;
  if (layer.within) {
    const [own, around] = both((path) => backThroughAll(pathsOf(layer)[path], box));
    return around && own
      ? both((axis) => [Math.min(own[axis][0], around[axis][0]), Math.max(own[axis][1], around[axis][1])])
      : (own ?? around);
  }
  const { input } = layer;
  const kernel = kernelOf(layer);
  const seen = both((axis): Range => {
    const [first, last] = box[axis];
    const { size, stride, before } = kernel?.[axis] ?? { size: 1, stride: 1, before: 0 };
    const places = input.length === 3 ? input[axis]! : Number.POSITIVE_INFINITY;
    return [Math.max(0, first * stride - before), Math.min(places - 1, last * stride - before + size - 1)];
  });
  return seen.some(([first, last]) => first > last) ? null : seen;
}
/** Of a row of numbers it is not known how many places it has, until it is looked at before `flatten`. */
const everywhere: Both<Range> = [
  [0, Number.POSITIVE_INFINITY],
  [0, Number.POSITIVE_INFINITY],
];
