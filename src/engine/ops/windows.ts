/** Windows that move over an image: what convolutions and poolings share. */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { OnnxGraph } from "../../onnx/graph.js";
import type { TensorType } from "../node.js";

/** Batch, height, width, channels of an image; height, width, channels, kernels of a filter; pads around a window. */
export type Four = [number, number, number, number];

/** A shape of rank 4, which `supports` has looked at. */
export const as4 = (shape: readonly number[]): Four => shape as Four;
export const float4 = ([x]: readonly TensorType[]): boolean => x!.dtype === "float32" && x!.shape.length === 4;

/** Top, left, bottom, right: ONNX's order. */
export const pads = ({ padInfo: { top, left, bottom, right } }: backend_util.Conv2DInfo): Four => [
  top,
  left,
  bottom,
  right,
];

/** An image in NCHW with its zeros around it. */
export function padded(graph: OnnxGraph, image: string, info: backend_util.Conv2DInfo): string {
  const [top, left, bottom, right] = pads(info);
  return top + left + bottom + right > 0
    ? graph.add("Pad", [image, graph.ints([0, 0, top, left, 0, 0, bottom, right]), graph.float(0)])
    : image;
}

/** What lies at place (i, j) of each window, a number per window and channel; of an image in NCHW with its padding. */
export function placeInWindows(
  graph: OnnxGraph,
  image: string,
  { outHeight, outWidth, strideHeight, strideWidth }: backend_util.Conv2DInfo,
  i: number,
  j: number,
): string {
  return graph.add("Slice", [
    image,
    graph.ints([i, j]),
    graph.ints([i + (outHeight - 1) * strideHeight + 1, j + (outWidth - 1) * strideWidth + 1]),
    graph.ints([2, 3]),
    graph.ints([strideHeight, strideWidth]),
  ]);
}

/** Rows and columns at an image's end that no window of a convolution reaches; its gradient has them again. */
export function outputPadding(info: backend_util.Conv2DInfo): number[] {
  const [top, left, bottom, right] = pads(info);
  return [
    info.inHeight - ((info.outHeight - 1) * info.strideHeight + info.filterHeight - top - bottom),
    info.inWidth - ((info.outWidth - 1) * info.strideWidth + info.filterWidth - left - right),
  ];
}
