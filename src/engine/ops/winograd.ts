/**
 * Convolution with fewer multiplications: Winograd's F(m × m, r × r) with m = 4 outputs a tile side, by the
 * construction of Toom and Cook.
 *
 *   Y = Aᵀ [ Σ over channels (G w Gᵀ) ⊙ (Bᵀ d B) ] A        d: a tile of n × n inputs, n = m + r − 1
 *
 * A tile of m² outputs costs n² products a channel pair where plain convolution costs m² r²: 64 for 400 (5 × 5), 36 for
 * 144 (3 × 3). The gradients are the adjoints of the same four maps, so that transformed inputs, filters and gradients
 * are each computed once a step:
 *
 *   dM = A dY Aᵀ,   dX = Σ over tiles B (dM ⊙ U) Bᵀ,   dW = Gᵀ (V ⊙ dM) G
 *
 * Values are laid out with the place first, [place, tile · batch · channel]: taking tiles apart and together moves long
 * rows (`Gather`), each transform is one product with a Kronecker square, and each ⊙ summed over channels is one
 * batched product of n² matrices.
 *
 * Rounding: about 5e-6 of the largest output for 128 channels in float32, where the plain sum has 1e-6. Interpolation
 * points are 0, ±1, ±2, ±½ and infinity (5 × 5), and 0, ±1, 2, −½ and infinity (3 × 3). Sources: Lavin & Gray (2016);
 * Barabasz et al. (2018).
 */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Lowering } from "../lower.js";
import type { Node } from "../node.js";
import { product } from "./reduce.js";

/** Outputs of a tile, a side. */
const side = 4;
const pointsOf: Readonly<Record<number, readonly number[]>> = {
  3: [0, 1, -1, 2, -0.5],
  5: [0, 1, -1, 2, -2, 0.5, -0.5],
};

type Matrix = readonly (readonly number[])[];
interface Transforms {
  /** Length of a tile's side. */
  readonly n: number;
  /** n² × n², n² × r² and m² × n²: Kronecker squares of Bᵀ, G and Aᵀ. */
  readonly input: Matrix;
  readonly filter: Matrix;
  readonly output: Matrix;
}

const transposed = (matrix: Matrix): Matrix => matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
const kronecker = (matrix: Matrix): Matrix =>
  matrix.flatMap((above) => matrix.map((below) => above.flatMap((left) => below.map((right) => left * right))));
/** Coefficients of Π (x − root), lowest power first. */
function polynomial(roots: readonly number[]): number[] {
  let product = [1];
  for (const root of roots)
    product = Array.from(
      { length: product.length + 1 },
      (_, power) => (product[power - 1] ?? 0) - root * (product[power] ?? 0),
    );
  return product;
}

function makeTransforms(r: number): Transforms {
  const points = pointsOf[r]!;
  const n = side + r - 1;
  const powers = (point: number, count: number): number[] =>
    Array.from({ length: count }, (_, power) => point ** power);
  const output = Array.from({ length: side }, (_, power) => [
    ...points.map((point) => point ** power),
    power === side - 1 ? 1 : 0,
  ]);
  const filter: number[][] = [];
  const input: number[][] = [];
  for (const [index, point] of points.entries()) {
    const others = points.filter((_, other) => other !== index);
    const scale = others.reduce((all, other) => all * (point - other), 1);
    const row = [...polynomial(others), 0];
    // Powers of two moved from one factor to the other cost no precision and keep both of a size.
    const balance = 2 ** Math.round(Math.log2(Math.max(...row.map(Math.abs))));
    input.push(row.map((value) => value / balance));
    filter.push(powers(point, r).map((value) => (value / scale) * balance));
  }
  input.push(polynomial(points));
  filter.push([...Array.from({ length: r - 1 }, () => 0), 1]);
  return { n, input: kronecker(input), filter: kronecker(filter), output: kronecker(output) };
}
const made = new Map<number, Transforms>();
function transformsOf(r: number): Transforms {
  const known = made.get(r) ?? makeTransforms(r);
  made.set(r, known);
  return known;
}

interface Plan {
  readonly info: backend_util.Conv2DInfo;
  readonly transforms: Transforms;
  /** Tiles down and across. */
  readonly down: number;
  readonly across: number;
}

/**
 * Undefined where plain convolution is as good: other kernels, strides or dilations, few channels, outputs that fill
 * tiles badly.
 */
export function winogradPlan(info: backend_util.Conv2DInfo): Plan | undefined {
  const { filterHeight: r, inChannels, outChannels } = info;
  if (info.filterWidth !== r || pointsOf[r] === undefined) return undefined;
  if (info.strideHeight !== 1 || info.strideWidth !== 1 || info.dilationHeight !== 1 || info.dilationWidth !== 1)
    return undefined;
  const transforms = transformsOf(r);
  const [down, across] = [Math.ceil(info.outHeight / side), Math.ceil(info.outWidth / side)];
  const places = transforms.n ** 2;
  const tile = places * inChannels * outChannels + places ** 2 * inChannels + places * side ** 2 * outChannels;
  const plain = info.outHeight * info.outWidth * r * r * inChannels * outChannels;
  // Moving tiles about costs too; measured, it pays from about twice fewer multiplications on.
  return 2 * tile * down * across < plain ? { info, transforms, down, across } : undefined;
}
const keyOf = ({ info: { inHeight, inWidth, padInfo, outHeight, outWidth }, transforms }: Plan): string =>
  ["winograd", transforms.n, inHeight, inWidth, padInfo.top, padInfo.left, outHeight, outWidth].join(" ");

function constant({ graph }: Lowering, matrix: Matrix): string {
  return graph.constant(
    "float32",
    [matrix.length, matrix[0]!.length],
    new Uint8Array(Float32Array.from(matrix.flat()).buffer),
  );
}
const rowsByIndex = ({ graph }: Lowering, rows: string, indices: readonly number[]): string =>
  graph.add("Gather", [rows, graph.ints(indices)], { axis: { int: 0 } });
const reshape = ({ graph }: Lowering, name: string, shape: readonly number[]): string =>
  graph.add("Reshape", [name, graph.ints(shape)]);

/** [height · width, batch · channels], and one more row of zeros where `zeros` asks for it. */
function placesFirst(lowering: Lowering, image: Node, zeros: boolean): string {
  const { graph } = lowering;
  const [batch, height, width, channels] = image.type.shape as [number, number, number, number];
  return lowering.memo(image, `places first ${zeros}`, () => {
    const rows = reshape(lowering, lowering.nchw(image), [batch * channels, height * width]);
    const turned = graph.add("Transpose", [rows], { perm: { ints: [1, 0] } });
    if (!zeros) return turned;
    return graph.add("Concat", [turned, constant(lowering, [Array.from({ length: batch * channels }, () => 0)])], {
      axis: { int: 0 },
    });
  });
}

/**
 * Rows [height · width, …] of an image as tiles: [size², tiles · …], tile (a, b) beginning at (a · side − top, b · side
 * − left).
 */
function tiles(
  lowering: Lowering,
  plan: Plan,
  image: Node,
  size: number,
  height: number,
  width: number,
  top: number,
  left: number,
): string {
  const indices: number[] = [];
  let outside = false;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++)
      for (let a = 0; a < plan.down; a++)
        for (let b = 0; b < plan.across; b++) {
          const [y, x] = [a * side + i - top, b * side + j - left];
          const inside = y >= 0 && y < height && x >= 0 && x < width;
          outside ||= !inside;
          indices.push(inside ? y * width + x : height * width);
        }
  const taken = rowsByIndex(lowering, placesFirst(lowering, image, outside), indices);
  const [batch, , , channels] = image.type.shape as [number, number, number, number];
  return reshape(lowering, taken, [size * size, plan.down * plan.across * batch * channels]);
}

/** V: [n², tiles · batch, channels] */
function transformedInput(lowering: Lowering, plan: Plan, x: Node): string {
  const { info, transforms } = plan;
  return lowering.memo(x, keyOf(plan), () => {
    const taken = tiles(
      lowering,
      plan,
      x,
      transforms.n,
      info.inHeight,
      info.inWidth,
      info.padInfo.top,
      info.padInfo.left,
    );
    const turned = lowering.graph.add("MatMul", [constant(lowering, transforms.input), taken]);
    return reshape(lowering, turned, [transforms.n ** 2, plan.down * plan.across * info.batchSize, info.inChannels]);
  });
}

/** U: [n², channels, kernels] */
function transformedFilter(lowering: Lowering, plan: Plan, filter: Node): string {
  const { info, transforms } = plan;
  return lowering.memo(filter, `winograd ${transforms.n}`, () => {
    const flat = reshape(lowering, lowering.logical(filter), [
      info.filterHeight * info.filterWidth,
      info.inChannels * info.outChannels,
    ]);
    const turned = lowering.graph.add("MatMul", [constant(lowering, transforms.filter), flat]);
    return reshape(lowering, turned, [transforms.n ** 2, info.inChannels, info.outChannels]);
  });
}

/** dM: [n², tiles · batch, kernels] */
function transformedGradient(lowering: Lowering, plan: Plan, dy: Node): string {
  const { info, transforms } = plan;
  return lowering.memo(dy, `${keyOf(plan)} gradient`, () => {
    const taken = tiles(lowering, plan, dy, side, info.outHeight, info.outWidth, 0, 0);
    const turned = lowering.graph.add("MatMul", [constant(lowering, transposed(transforms.output)), taken]);
    return reshape(lowering, turned, [transforms.n ** 2, plan.down * plan.across * info.batchSize, info.outChannels]);
  });
}

/** From [height · width, batch · channels] to NCHW. */
function toNchw(
  lowering: Lowering,
  rows: string,
  [batch, height, width, channels]: readonly [number, number, number, number],
): string {
  const turned = lowering.graph.add("Transpose", [rows], { perm: { ints: [1, 0] } });
  // `Flatten` changes nothing; without it ONNX Runtime moves the transpose behind the reshape, where it is four times
  // slower.
  return reshape(lowering, lowering.graph.add("Flatten", [turned], { axis: { int: 1 } }), [
    batch,
    channels,
    height,
    width,
  ]);
}

/** @returns the output in NCHW */
export function winogradConv(lowering: Lowering, plan: Plan, x: Node, filter: Node): string {
  const { info, transforms, down, across } = plan;
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const count = down * across;
  const summed = product(lowering, transformedInput(lowering, plan, x), transformedFilter(lowering, plan, filter), {
    m: count * batchSize,
    k: inChannels,
    n: outChannels,
    rank: 3,
  });
  const outputs = lowering.graph.add("MatMul", [
    constant(lowering, transforms.output),
    reshape(lowering, summed, [transforms.n ** 2, count * batchSize * outChannels]),
  ]);
  const indices: number[] = [];
  for (let y = 0; y < outHeight; y++)
    for (let x = 0; x < outWidth; x++)
      indices.push(((y % side) * side + (x % side)) * count + Math.floor(y / side) * across + Math.floor(x / side));
  const rows = rowsByIndex(
    lowering,
    reshape(lowering, outputs, [side * side * count, batchSize * outChannels]),
    indices,
  );
  return toNchw(lowering, rows, [batchSize, outHeight, outWidth, outChannels]);
}

/** @returns the gradient for the input, in NCHW */
export function winogradInputGradient(lowering: Lowering, plan: Plan, dy: Node, filter: Node): string {
  const { graph } = lowering;
  const { info, transforms, down, across } = plan;
  const { batchSize, inChannels, outChannels, inHeight, inWidth, padInfo } = info;
  const { n } = transforms;
  const count = down * across;
  const gradient = product(
    lowering,
    transformedGradient(lowering, plan, dy),
    transformedFilter(lowering, plan, filter),
    {
      m: count * batchSize,
      k: outChannels,
      n: inChannels,
      transposeB: true,
      rank: 3,
    },
  );
  // One more row of zeros, for places that a tile does not reach.
  const back = constant(lowering, [...transposed(transforms.input), Array.from({ length: n * n }, () => 0)]);
  const spread = graph.add("MatMul", [back, reshape(lowering, gradient, [n * n, count * batchSize * inChannels])]);
  const rows = reshape(lowering, spread, [(n * n + 1) * count, batchSize * inChannels]);
  const parts: string[] = [];
  for (let above = 0; above * side < n; above++)
    for (let before = 0; before * side < n; before++) {
      const indices: number[] = [];
      let met = false;
      for (let y = padInfo.top; y < padInfo.top + inHeight; y++)
        for (let x = padInfo.left; x < padInfo.left + inWidth; x++) {
          const [a, b] = [Math.floor(y / side) - above, Math.floor(x / side) - before];
          const [i, j] = [y - a * side, x - b * side];
          const inside = a >= 0 && a < down && b >= 0 && b < across && i < n && j < n;
          met ||= inside;
          indices.push(inside ? (i * n + j) * count + a * across + b : n * n * count);
        }
      if (met) parts.push(rowsByIndex(lowering, rows, indices));
    }
  return toNchw(
    lowering,
    parts.reduce((sum, part) => graph.add("Add", [sum, part])),
    [batchSize, inHeight, inWidth, inChannels],
  );
}

/** @returns the gradient for the filter: height, width, channels, kernels */
export function winogradFilterGradient(lowering: Lowering, plan: Plan, x: Node, dy: Node): string {
  const { info, transforms, down, across } = plan;
  const { batchSize, inChannels, outChannels, filterHeight, filterWidth } = info;
  const summed = product(lowering, transformedInput(lowering, plan, x), transformedGradient(lowering, plan, dy), {
    m: inChannels,
    k: down * across * batchSize,
    n: outChannels,
    transposeA: true,
    rank: 3,
  });
  const flat = reshape(lowering, summed, [transforms.n ** 2, inChannels * outChannels]);
  const gradient = lowering.graph.add("MatMul", [constant(lowering, transposed(transforms.filter)), flat]);
  return reshape(lowering, gradient, [filterHeight, filterWidth, inChannels, outChannels]);
}
