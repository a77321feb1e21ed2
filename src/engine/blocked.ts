/**
 * ONNX Runtime's blocked layout of images, and images as four phases.
 *
 * Blocked is batch, channels / b, height, width, b: the b channels of a block lie side by side, as many as a vector of
 * this processor holds. Convolutions and poolings have kernels of their own for it (domain `com.microsoft.nchwc`),
 * about twice as fast as those for whole planes, and all of them use every thread. To ONNX Runtime the shape of a
 * blocked array is still [batch, channels, height, width]; only these kernels know the order of its numbers.
 *
 * A phase of an image is every second pixel of every second row, in the blocked layout; four of them, by parity of row
 * and column (00, 01, 10, 11), are the image. A pooling of 2 × 2 takes the largest of four phases, number by number.
 */

import { OnnxGraph } from "../onnx/graph.js";
import { oneThread } from "./execution.js";
import { Session } from "./session.js";

/** By parity of row, then of column. */
export type Phases = readonly [string, string, string, string];
export const parities = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;
export const phasesOf = (make: (index: number) => string): Phases => [make(0), make(1), make(2), make(3)];
/** How many of so many rows, or columns, have the parity. */
export const inPhase = (length: number, parity: number): number => Math.ceil((length - parity) / 2);

/** Pixels that are added up one after the other at most: longer sums would lose digits. */
export const longestPlane = 2 ** 12;

export type ImageShape = readonly [batch: number, height: number, width: number, channels: number];

let found: number | undefined;

/** Channels a block, b: 8 or 16; 1 where this processor, or this build of ONNX Runtime, has no such layout. */
export function blockSize(): number {
  found ??= measureBlock();
  return found;
}

function measureBlock(): number {
  const channels = 64;
  const graph = new OnnxGraph();
  const input = graph.input("float32", [1, channels, 1, 2]);
  const turned = graph.add("nchwc.ReorderInput", [input]);
  graph.output(turned, "float32", [1, channels, 1, 2]);
  let session: Session;
  try {
    session = new Session(graph.model(), oneThread);
  } catch (error) {
    if (error instanceof Error && isAbsent(error.message)) return 1;
    // Another layout would compute other bits: a failure of the moment must not choose one.
    throw error;
  }
  const value = Float32Array.from({ length: 2 * channels }, (_, index) => index);
  const type = { dtype: "float32", shape: [1, channels, 1, 2] } as const;
  const [result] = session.run(new Map([[input, { type, value }]]), [turned]);
  session.dispose();
  // Number 1 is the second pixel of the first channel: it follows the first pixels of a block.
  return result!.indexOf(1);
}

/** Does ONNX Runtime's message say that it has no such op, or none for this processor? */
export const isAbsent = (message: string): boolean =>
  /could not find an implementation|not a registered function\/op|no op registered/i.test(message);

/** Can images of so many channels be blocked? */
export const fitsBlocks = (channels: number): boolean => blockSize() > 1 && channels % blockSize() === 0;

export const blockedFromNchw = (graph: OnnxGraph, image: string): string => graph.add("nchwc.ReorderInput", [image]);
export const blockedFromNhwc = (graph: OnnxGraph, image: string): string =>
  graph.add("nchwc.ReorderInput", [image], { channels_last: { int: 1 } });
export const nchwFromBlocked = (graph: OnnxGraph, image: string, channels: number): string =>
  graph.add("nchwc.ReorderOutput", [image], { channels: { int: channels } });
export const nhwcFromBlocked = (graph: OnnxGraph, image: string, channels: number): string =>
  graph.add("nchwc.ReorderOutput", [image], { channels: { int: channels }, channels_last: { int: 1 } });

/** A blocked array as what it is: [batch · blocks, height, width, b]. */
export const asRows = (graph: OnnxGraph, image: string, [batch, height, width, channels]: ImageShape): string =>
  graph.add("Reshape", [image, graph.ints([(batch * channels) / blockSize(), height, width, blockSize()])]);
/** The way back from `asRows`. */
export const asBlocked = (graph: OnnxGraph, rows: string, [batch, height, width, channels]: ImageShape): string =>
  graph.add("Reshape", [rows, graph.ints([batch, channels, height, width])]);

/** Rows `top` … and columns `left` … of a blocked image. */
export function blockedWindow(
  graph: OnnxGraph,
  image: string,
  shape: ImageShape,
  window: { readonly top: number; readonly left: number; readonly height: number; readonly width: number },
): string {
  const [batch, height, width, channels] = shape;
  const { top, left } = window;
  if (top === 0 && left === 0 && window.height === height && window.width === width) return image;
  const rows = graph.add("Slice", [
    asRows(graph, image, shape),
    graph.ints([top, left]),
    graph.ints([top + window.height, left + window.width]),
    graph.ints([1, 2]),
  ]);
  return asBlocked(graph, rows, [batch, window.height, window.width, channels]);
}

/** Zeros around a blocked image. */
export function blockedPadding(
  graph: OnnxGraph,
  image: string,
  shape: ImageShape,
  [top, left, bottom, right]: readonly [number, number, number, number],
): string {
  if (top + left + bottom + right === 0) return image;
  const [batch, height, width, channels] = shape;
  const rows = graph.add("Pad", [
    asRows(graph, image, shape),
    graph.ints([0, top, left, 0, 0, bottom, right, 0]),
    graph.float(0),
  ]);
  return asBlocked(graph, rows, [batch, height + top + bottom, width + left + right, channels]);
}

/** Columns are laid between each other by joining along the blocks, then rows by joining along the columns. */
export function joinPhases(graph: OnnxGraph, phases: Phases, shape: ImageShape): string {
  const [batch, height, width, channels] = shape;
  const block = blockSize();
  const planes = (batch * channels) / block;
  const [high, wide] = [inPhase(height, 0), inPhase(width, 0)];
  const filled = parities.map(([row, column], index) => {
    const own: ImageShape = [batch, inPhase(height, row), inPhase(width, column), channels];
    const padded = blockedPadding(graph, phases[index]!, own, [0, 0, high - own[1], wide - own[2]]);
    return graph.add("Reshape", [padded, graph.ints([planes * high, wide, block])]);
  });
  const rows = [filled.slice(0, 2), filled.slice(2)].map((pair) =>
    graph.add("Reshape", [
      graph.add("Concat", pair, { axis: { int: 2 } }),
      graph.ints([planes * high, wide * 2 * block]),
    ]),
  );
  const whole: ImageShape = [batch, 2 * high, 2 * wide, channels];
  const joined = asBlocked(graph, graph.add("Concat", rows, { axis: { int: 1 } }), whole);
  return blockedWindow(graph, joined, whole, { top: 0, left: 0, height, width });
}
