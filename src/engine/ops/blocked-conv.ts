/**
 * Convolution and its gradients in blocks of channels (`blocked.ts`), with ONNX Runtime's kernels for them.
 *
 * Which convolutions compute so is decided by a pass over the recorded step (`passes/blocks.ts`), which leaves it in
 * their attributes; what does not fit there, is not asked here.
 */
import type { backend_util } from "@tensorflow/tfjs-core";
import {
  blockedFromNchw,
  blockedPadding,
  blockedWindow,
  blockSize,
  fitsBlocks,
  inPhase,
  longestPlane,
  nchwFromBlocked,
  nhwcFromBlocked,
  parities,
  phasesOf,
} from "../blocked.js";
import type { Lowered, Lowering } from "../lower.js";
import type { Node } from "../node.js";
import { product } from "./reduce.js";
import { as4, type Four, padded, pads } from "./windows.js";

type Info = backend_util.Conv2DInfo;

/** Images of fewer channels than a block has are read as they are, in whole planes. */
const isPlain = (channels: number): boolean => channels < blockSize();
const fitsAsInput = (channels: number): boolean => isPlain(channels) || fitsBlocks(channels);

/** Can this convolution read, and leave, blocks? */
export const fitsBlockedConv = (info: Info): boolean =>
  blockSize() > 1 &&
  fitsBlocks(info.outChannels) &&
  fitsAsInput(info.inChannels) &&
  pads(info).every((pad) => pad >= 0);
/** Can the gradient for its input be a convolution of blocks? */
export const fitsBlockedInputGradient = (info: Info): boolean =>
  fitsBlocks(info.outChannels) &&
  fitsBlocks(info.inChannels) &&
  hasUnitSteps(info) &&
  turnedPads(info).every((pad) => pad >= 0);
/** Can the gradient for its filter? The batch takes the place of the channels, if there are more than a few. */
export const fitsBlockedFilterGradient = (info: Info): boolean =>
  fitsBlocks(info.outChannels) &&
  hasUnitSteps(info) &&
  info.outHeight * info.outWidth <= longestPlane &&
  (isPlain(info.inChannels) || (fitsBlocks(info.inChannels) && fitsBlocks(info.batchSize)));
const hasUnitSteps = ({ strideHeight, strideWidth, dilationHeight, dilationWidth }: Info): boolean =>
  strideHeight === 1 && strideWidth === 1 && dilationHeight === 1 && dilationWidth === 1;

/** Of the convolution with the turned filter that gives the gradient for the input. */
function turnedPads(info: Info): Four {
  const [top, left] = pads(info);
  const above = info.filterHeight - 1 - top;
  const before = info.filterWidth - 1 - left;
  return [
    above,
    before,
    info.inHeight + info.filterHeight - 1 - info.outHeight - above,
    info.inWidth + info.filterWidth - 1 - info.outWidth - before,
  ];
}

/**
 * A filter as blocks want it: [kernels / b, channels / b, height, width, b channels, b kernels]; of few channels
 * [kernels / b, channels, height, width, b].
 */
function blockedFilter(lowering: Lowering, filter: Node): string {
  const [height, width, channels, kernels] = as4(filter.type.shape);
  const { graph } = lowering;
  const block = blockSize();
  return lowering.memo(filter, "blocked", () => {
    const few = isPlain(channels);
    const split = few
      ? [height * width, channels, kernels / block, block]
      : [height * width, channels / block, block, kernels / block, block];
    const parts = graph.add("Reshape", [lowering.logical(filter), graph.ints(split)]);
    const turned = graph.add("Transpose", [parts], { perm: { ints: few ? [2, 1, 0, 3] : [3, 1, 0, 2, 4] } });
    return graph.add("Reshape", [turned, graph.ints([kernels, channels, height, width])]);
  });
}

/** The filter of the input's gradient: channels and kernels change places, rows and columns are read backwards. */
function turnedFilter(lowering: Lowering, filter: Node): string {
  const [height, width, channels, kernels] = as4(filter.type.shape);
  const { graph } = lowering;
  const block = blockSize();
  return lowering.memo(filter, "blocked and turned", () => {
    const places = height * width;
    const rows = graph.add("Reshape", [lowering.logical(filter), graph.ints([places, channels * kernels])]);
    const backwards =
      places === 1
        ? rows
        : graph.add("Gather", [rows, graph.ints(Array.from({ length: places }, (_, index) => places - 1 - index))], {
            axis: { int: 0 },
          });
    const split = [places, channels / block, block, kernels / block, block];
    const parts = graph.add("Reshape", [backwards, graph.ints(split)]);
    const turned = graph.add("Transpose", [parts], { perm: { ints: [1, 3, 0, 4, 2] } });
    return graph.add("Reshape", [turned, graph.ints([channels, kernels, height, width])]);
  });
}

/** Which rows (or columns) of the input a phase of the output reads, and the zeros around them. */
interface Reach {
  readonly from: number;
  readonly length: number;
  readonly before: number;
  readonly after: number;
}
function reachOf(
  parity: number,
  size: {
    readonly input: number;
    readonly output: number;
    readonly stride: number;
    readonly window: number;
    readonly pad: number;
  },
): Reach {
  const first = parity * size.stride - size.pad;
  const last = first + (inPhase(size.output, parity) - 1) * 2 * size.stride + size.window - 1;
  const from = Math.max(0, first);
  const until = Math.min(size.input - 1, last);
  return { from, length: until - from + 1, before: Math.max(0, -first), after: Math.max(0, last - size.input + 1) };
}

/** @param bias  name of one number per kernel, added inside */
export function blockedConv(
  lowering: Lowering,
  info: Info,
  x: Node,
  filter: Node,
  bias: string | undefined,
  inPhases: boolean,
): Lowered {
  const { graph } = lowering;
  const filterName = blockedFilter(lowering, filter);
  const conv = (image: string, step: number, around: Four): string =>
    graph.add("nchwc.Conv", [image, filterName, ...(bias === undefined ? [] : [bias])], {
      kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
      strides: { ints: [info.strideHeight * step, info.strideWidth * step] },
      dilations: { ints: [info.dilationHeight, info.dilationWidth] },
      pads: { ints: around },
    });
  const image = isPlain(info.inChannels) ? lowering.nchw(x) : lowering.blocked(x);
  if (!inPhases) return { blocked: conv(image, 1, pads(info)) };
  const [top, left] = pads(info);
  const window = (size: number, dilation: number): number => (size - 1) * dilation + 1;
  return {
    phases: phasesOf((index) => {
      const [row, column] = parities[index]!;
      const down = reachOf(row, {
        input: info.inHeight,
        output: info.outHeight,
        stride: info.strideHeight,
        window: window(info.filterHeight, info.dilationHeight),
        pad: top,
      });
      const across = reachOf(column, {
        input: info.inWidth,
        output: info.outWidth,
        stride: info.strideWidth,
        window: window(info.filterWidth, info.dilationWidth),
        pad: left,
      });
      const reached = windowOf(lowering, x, image, down, across);
      return conv(reached, 2, [down.before, across.before, down.after, across.after]);
    }),
  };
}

/** Rows and columns of an image, in whole planes or in blocks as the image is. */
function windowOf(lowering: Lowering, x: Node, image: string, down: Reach, across: Reach): string {
  const [batch, height, width, channels] = as4(x.type.shape);
  // A row too many at the end changes nothing: no window begins there.
  if (down.from === 0 && across.from === 0) return image;
  const { graph } = lowering;
  if (!isPlain(channels))
    return blockedWindow(graph, image, [batch, height, width, channels], {
      top: down.from,
      left: across.from,
      height: down.length,
      width: across.length,
    });
  return graph.add("Slice", [
    image,
    graph.ints([down.from, across.from]),
    graph.ints([down.from + down.length, across.from + across.length]),
    graph.ints([2, 3]),
  ]);
}

/** dX = dY ∗ W read backwards, a convolution like the first. */
export function blockedInputGradient(lowering: Lowering, info: Info, dy: Node, filter: Node): Lowered {
  return {
    blocked: lowering.graph.add("nchwc.Conv", [lowering.blocked(dy), turnedFilter(lowering, filter)], {
      kernel_shape: { ints: [info.filterHeight, info.filterWidth] },
      pads: { ints: turnedPads(info) },
    }),
  };
}

/**
 * dW[i, j, c, k] = Σ over batch, y, x of X[batch, y + i, x + j, c] · dY[batch, y, x, k]: a convolution whose images are
 * the channels of X, whose channels are the batch, and whose filters are the channels of dY.
 *
 * X is padded to the sides before, because ONNX Runtime computes padded columns one by one.
 *
 * @returns height, width, channels, kernels
 */
export function blockedFilterGradient(lowering: Lowering, info: Info, x: Node, dy: Node): string {
  if (isPlain(info.inChannels)) return planeFilterGradient(lowering, info, x, dy);
  const { graph } = lowering;
  const { batchSize: batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = info;
  const block = blockSize();
  const [top, left, bottom, right] = pads(info);
  const images = lowering.memo(x, `batch in blocks ${left} ${right}`, () => {
    const planes = graph.add("Transpose", [lowering.nchw(x)], { perm: { ints: [1, 0, 2, 3] } });
    const shape = [inChannels, inHeight, inWidth, batch] as const;
    return blockedPadding(graph, blockedFromNchw(graph, planes), shape, [0, left, 0, right]);
  });
  const filters = lowering.memo(dy, "batch as channels of filters", () => {
    // First whole planes change places; then a reordering lays a block of the batch side by side, 8 × 8 numbers at once.
    const split = [batch / block, block, outChannels / block, outHeight * outWidth * block];
    const planes = graph.add("Transpose", [graph.add("Reshape", [lowering.blocked(dy), graph.ints(split)])], {
      perm: { ints: [2, 0, 1, 3] },
    });
    const stack = [(outChannels / block) * (batch / block), block * block, outHeight, outWidth];
    const turned = nhwcFromBlocked(graph, graph.add("Reshape", [planes, graph.ints(stack)]), block * block);
    return graph.add("Reshape", [turned, graph.ints([outChannels, batch, outHeight, outWidth])]);
  });
  const conv = graph.add("nchwc.Conv", [images, filters], {
    kernel_shape: { ints: [outHeight, outWidth] },
    pads: { ints: [top, 0, bottom, 0] },
  });
  const gradient = nhwcFromBlocked(graph, conv, outChannels);
  return graph.add("Transpose", [gradient], { perm: { ints: [1, 2, 0, 3] } });
}

/**
 * dW for images of few channels: for each image the product of dY, [kernels, pixels], with what each place of the kernel
 * meets, [places · channels, pixels]; phase by phase where dY is in phases, so that it is not put together.
 */
function planeFilterGradient(lowering: Lowering, info: Info, x: Node, dy: Node): string {
  const { graph } = lowering;
  const { batchSize: batch, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth } = info;
  const places = filterHeight * filterWidth;
  const inPhases = lowering.layout(dy) === "phases";
  const image = padded(graph, lowering.nchw(x), info);
  const window = (name: string, top: number, left: number, height: number, width: number, step: number): string =>
    graph.add("Slice", [
      name,
      graph.ints([top, left]),
      graph.ints([top + (height - 1) * step + 1, left + (width - 1) * step + 1]),
      graph.ints([2, 3]),
      graph.ints([step, step]),
    ]);
  const [height, width] = [outHeight + filterHeight - 1, outWidth + filterWidth - 1];
  const imagePhases = inPhases
    ? parities.map(([row, column]) => window(image, row, column, inPhase(height, row), inPhase(width, column), 2))
    : [image];
  const parts = (inPhases ? parities : [[0, 0] as const]).map(([row, column], index) => {
    const [down, across] = inPhases ? [inPhase(outHeight, row), inPhase(outWidth, column)] : [outHeight, outWidth];
    const met: string[] = [];
    for (let i = 0; i < filterHeight; i++)
      for (let j = 0; j < filterWidth; j++) {
        const [above, before] = [row + i, column + j];
        const place = inPhases
          ? window(imagePhases[(above % 2) * 2 + (before % 2)]!, above >> 1, before >> 1, down, across, 1)
          : window(image, i, j, down, across, 1);
        met.push(graph.add("Reshape", [place, graph.ints([batch, inChannels, down * across])]));
      }
    const columns = met.length === 1 ? met[0]! : graph.add("Concat", met, { axis: { int: 1 } });
    const blocks = inPhases ? lowering.phases(dy)[index]! : lowering.blocked(dy);
    const rows = graph.add("Reshape", [
      nchwFromBlocked(graph, blocks, outChannels),
      graph.ints([batch, outChannels, down * across]),
    ]);
    const products = product(lowering, rows, columns, {
      m: outChannels,
      k: down * across,
      n: places * inChannels,
      transposeB: true,
      rank: 3,
    });
    return graph.add("ReduceSum", [products, graph.ints([0])], { keepdims: { int: 0 } });
  });
  const sum = parts.reduce((left, right) => graph.add("Add", [left, right]));
  const turned = graph.add("Transpose", [sum], { perm: { ints: [1, 0] } });
  return graph.add("Reshape", [turned, graph.ints([filterHeight, filterWidth, inChannels, outChannels])]);
}
