/**
 * How much of the variance of a function each of its arguments explains alone, and each two of them together: the
 * functional analysis of variance, of a full grid of values or of a forest of trees.
 *
 *   f(x) = f₀ + Σ fⱼ(xⱼ) + Σ fⱼₖ(xⱼ, xₖ) + …,   V = Σ Vⱼ + Σ Vⱼₖ + …
 *   fⱼ(xⱼ) = mean of f over all other arguments − f₀,   Vⱼ = variance of fⱼ
 *   Vⱼₖ = variance of the mean of f over all but xⱼ and xₖ, less Vⱼ and Vₖ
 *
 * over arguments that are independent of each other and uniform on their axes. Shares are Vⱼ / V and Vⱼₖ / V; with
 * those of three arguments and more, which are not told apart here, they add up to 1.
 *
 * Sources: Sobol (1993), Sensitivity estimates for nonlinear mathematical models; Hutter, Hoos & Leyton-Brown (2014),
 * An Efficient Approach for Assessing Hyperparameter Importance, whose algorithm of the marginals of a tree this is.
 */
import type { Forest, Span, Tree } from "./forest.js";

interface Share {
  /** Of the variance, 0 … 1. Of a forest the mean over its trees. */
  readonly share: number;
  /** Standard deviation over the trees (n − 1); null of a grid, which has one share. */
  readonly sd: number | null;
}
export interface VarianceShares {
  /** In the order of the axes. */
  readonly main: readonly Share[];
  /** What two axes do together beyond what each does alone; `axes` rising. */
  readonly pairs: readonly (Share & { readonly axes: readonly [number, number] })[];
}

/** Variances, by axis and by pair of axes in the order (0, 1), (0, 2), …, (1, 2), …. */
interface Parts {
  readonly total: number;
  readonly main: readonly number[];
  readonly pairs: readonly number[];
}

/** What rounding leaves of nothing, as a share. */
const rounding = 1e-12;

/**
 * Of the value at every point of a grid.
 *
 * @param counts  how many values each axis has
 * @param values  one for each point, the last axis fastest
 * @returns       null where all values are equal: there is no variance to explain
 */
export function gridShares(counts: readonly number[], values: readonly number[]): VarianceShares | null {
  if (values.every((value) => value === values[0])) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const strides = counts.map((_, axis) => counts.slice(axis + 1).reduce((product, count) => product * count, 1));
  const varianceOver = (axes: readonly number[]): number => {
    const means = new Float64Array(axes.reduce((product, axis) => product * counts[axis]!, 1));
    for (const [point, value] of values.entries()) {
      const cell = axes.reduce(
        (at, axis) => at * counts[axis]! + (Math.floor(point / strides[axis]!) % counts[axis]!),
        0,
      );
      means[cell]! += value - mean;
    }
    const each = values.length / means.length;
    return means.reduce((sum, own) => sum + (own / each) ** 2, 0) / means.length;
  };
  const total = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const main = counts.map((_, axis) => varianceOver([axis]));
  return sharesOf(counts.length, [
    { total, main, pairs: pairsOf(counts.length).map(([a, b]) => varianceOver([a, b]) - main[a]! - main[b]!) },
  ]);
}

/** @returns  null where no tree has any variance */
export function forestShares({ trees }: Forest, axisCount: number): VarianceShares | null {
  const parts = trees.map((tree) => partsOf(tree, axisCount)).filter(({ total }) => total > 0);
  return parts.length === 0 ? null : sharesOf(axisCount, parts);
}

const pairsOf = (count: number): readonly (readonly [number, number])[] =>
  Array.from({ length: count }, (_, axis) => axis).flatMap((axis) =>
    Array.from({ length: count - axis - 1 }, (_, at) => [axis, axis + 1 + at] as const),
  );

function sharesOf(axisCount: number, parts: readonly Parts[]): VarianceShares {
  const shareOf = (varianceIn: (part: Parts) => number): Share => {
    const shares = parts.map((part) => {
      const own = varianceIn(part) / part.total;
      return own < rounding ? 0 : Math.min(1, own);
    });
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    if (shares.length === 1) return { share: mean, sd: null };
    const squares = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0);
    return { share: mean, sd: Math.sqrt(squares / (shares.length - 1)) };
  };
  return {
    main: Array.from({ length: axisCount }, (_, axis) => shareOf(({ main }) => main[axis]!)),
    pairs: pairsOf(axisCount).map((axes, at) => ({ axes, ...shareOf(({ pairs }) => pairs[at]!) })),
  };
}

const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, [from, to]) => sum + to - from, 0);

function partsOf(tree: Tree, axisCount: number): Parts {
  const lengths = tree.map(({ box }) => box.map(lengthOf));
  const volumes = lengths.map((own) => own.reduce((product, length) => product * length, 1));
  const mean = tree.reduce((sum, { value }, leaf) => sum + volumes[leaf]! * value, 0);
  const total = tree.reduce((sum, { value }, leaf) => sum + volumes[leaf]! * (value - mean) ** 2, 0);
  const edges = Array.from({ length: axisCount }, (_, axis) => edgesOf(tree, axis));
  // Around the mean a leaf adds what it is worth there, times how much of the other axes it fills.
  const worth = (leaf: number, axes: readonly number[]): number =>
    axes.reduce((value, axis) => value / lengths[leaf]![axis]!, (tree[leaf]!.value - mean) * volumes[leaf]!);
  const main = edges.map(({ places, indexOf }, axis) => {
    const steps = new Float64Array(places.length);
    for (const [leaf, { box }] of tree.entries())
      for (const [from, to] of box[axis]!) {
        const value = worth(leaf, [axis]);
        steps[indexOf.get(from)!]! += value;
        steps[indexOf.get(to)!]! -= value;
      }
    let [height, variance] = [0, 0];
    for (let at = 0; at + 1 < places.length; at++) {
      height += steps[at]!;
      variance += (places[at + 1]! - places[at]!) * height ** 2;
    }
    return variance;
  });
  const pairs = pairsOf(axisCount).map(([a, b]) => {
    const [rows, columns] = [edges[a]!, edges[b]!];
    const width = columns.places.length;
    // A box adds at its corners, and running sums in both directions spread that over it.
    const steps = new Float64Array(rows.places.length * width);
    for (const [leaf, { box }] of tree.entries()) {
      const value = worth(leaf, [a, b]);
      for (const [top, bottom] of box[a]!)
        for (const [left, right] of box[b]!)
          for (const [row, sign] of [
            [rows.indexOf.get(top)! * width, value],
            [rows.indexOf.get(bottom)! * width, -value],
          ] as const) {
            steps[row + columns.indexOf.get(left)!]! += sign;
            steps[row + columns.indexOf.get(right)!]! -= sign;
          }
    }
    const heights = new Float64Array(width);
    let variance = 0;
    for (let row = 0; row + 1 < rows.places.length; row++) {
      const high = rows.places[row + 1]! - rows.places[row]!;
      let run = 0;
      for (let column = 0; column + 1 < width; column++) {
        run += steps[row * width + column]!;
        heights[column]! += run;
        variance += high * (columns.places[column + 1]! - columns.places[column]!) * heights[column]! ** 2;
      }
    }
    return variance - main[a]! - main[b]!;
  });
  return { total, main, pairs };
}

/** Where leaves begin and end along an axis, rising, and which place that is. */
function edgesOf(
  tree: Tree,
  axis: number,
): { readonly places: readonly number[]; readonly indexOf: ReadonlyMap<number, number> } {
  const places = [...new Set(tree.flatMap(({ box }) => box[axis]!.flat()))].sort((a, b) => a - b);
  return { places, indexOf: new Map(places.map((place, index) => [place, index])) };
}
