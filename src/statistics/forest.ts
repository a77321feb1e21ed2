/**
 * A random forest that learns a function of few numbers or categories: regression trees, each grown on a bootstrap
 * sample until its leaves are pure.
 *
 * Every axis is brought to 0 … 1, so that the length of an interval is how much of the axis lies in it: an axis of k
 * values is cut into k pieces of length 1/k. A tree is kept as its leaves, whose boxes fill the unit cube; that is the
 * form in which its variance can be taken apart (`variance-shares.ts`). Random numbers are an argument: the same rows
 * in the same order and the same numbers give the same trees.
 *
 * Sources: Breiman (2001), Random Forests; Breiman, Friedman, Olshen & Stone (1984), §8 and §9.4 for categories, whose
 * best division in two is one of those by their means. Defaults are those by which Optuna 5 takes variance apart
 * (`FanovaImportanceEvaluator`): 64 trees, all axes tried at each division, leaves of one example.
 */

/** Whole numbers 0 … n − 1, all equally likely. */
export interface RandomIntegers {
  int(n: number): number;
}

export interface Axis {
  /** How many values it has; null where it is a range of real numbers. */
  readonly pieces: number | null;
  /** Divided in two at a place; otherwise into any two sets of its values. A range always is. */
  readonly isOrdered: boolean;
}

/** From and to, within 0 … 1. */
export type Span = readonly [from: number, to: number];

export interface Leaf {
  readonly value: number;
  /** By axis the part of it that belongs to the leaf: intervals that rise and do not touch. */
  readonly box: readonly (readonly Span[])[];
}
export type Tree = readonly Leaf[];

export interface Forest {
  readonly trees: readonly Tree[];
  /**
   * 1 − Σ (y − ŷ)² / Σ (y − ȳ)², ŷ the mean of the trees that were not grown on that row: how much of the variance the
   * forest tells of rows that it has not seen. Null where the targets are equal, or no row was left out.
   */
  readonly outOfBag: number | null;
}

export const treeCount = 64;
/** Deeper, nothing is left to divide in any but a made-up case. */
const mostDepth = 64;

/**
 * @param rows     [rows][axes], each in 0 … 1; of an axis of pieces the middle of one
 * @param targets  one for each row, finite
 */
export function forestOf(
  rows: readonly ArrayLike<number>[],
  targets: ArrayLike<number>,
  axes: readonly Axis[],
  random: RandomIntegers,
  trees = treeCount,
): Forest {
  const count = rows.length;
  const [sums, votes] = [new Float64Array(count), new Uint32Array(count)];
  // Around their mean, so that sums of squares lose nothing to it.
  const mean = meanOver(targets);
  const centred = Float64Array.from({ length: count }, (_, row) => targets[row]! - mean);
  const orders = axes.map((_, axis) =>
    Int32Array.from({ length: count }, (_, row) => row).sort((a, b) => rows[a]![axis]! - rows[b]![axis]! || a - b),
  );
  const grown = Array.from({ length: trees }, (): Tree => {
    const weights = new Uint32Array(count);
    for (let drawn = 0; drawn < count; drawn++) weights[random.int(count)]!++;
    const grower = new Grower(rows, centred, axes, weights, random);
    const others = Int32Array.from({ length: count }, (_, row) => row).filter((row) => weights[row] === 0);
    grower.grow(
      orders.map((order) => order.filter((row) => weights[row]! > 0)),
      others,
      axes.map(() => [[0, 1]]),
      0,
    );
    for (const { row, value } of grower.unseen) {
      sums[row]! += value;
      votes[row]!++;
    }
    return grower.leaves.map(({ value, box }) => ({ value: value + mean, box }));
  });
  let [error, total] = [0, 0];
  for (let row = 0; row < count; row++) {
    if (votes[row] === 0) continue;
    error += (centred[row]! - sums[row]! / votes[row]!) ** 2;
    total += centred[row]! ** 2;
  }
  return { trees: grown, outOfBag: total > 0 ? 1 - error / total : null };
}

/** What a tree says of a row. */
export const valueAt = (tree: Tree, row: ArrayLike<number>): number =>
  tree.find(({ box }) => box.every((spans, axis) => isWithin(spans, row[axis]!)))!.value;
const isWithin = (spans: readonly Span[], at: number): boolean =>
  spans.some(([from, to]) => at >= from && (at < to || to === 1));

const meanOver = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum / values.length;
};

/** Where a node is divided in two: what lies below a place of an ordered axis, or a set of pieces; and all else. */
interface Division {
  readonly axis: number;
  /** Σ over both parts (sum of targets)² / weight, which is largest where their squared errors are least. */
  readonly gain: number;
  readonly at: { readonly place: number } | { readonly pieces: ReadonlySet<number> };
}

class Grower {
  readonly leaves: Leaf[] = [];
  readonly unseen: { readonly row: number; readonly value: number }[] = [];
  readonly #isFirst: Uint8Array;

  constructor(
    readonly rows: readonly ArrayLike<number>[],
    readonly targets: Float64Array,
    readonly axes: readonly Axis[],
    readonly weights: Uint32Array,
    readonly random: RandomIntegers,
  ) {
    this.#isFirst = new Uint8Array(rows.length);
  }

  /**
   * @param orders  by axis the rows of the node, in the order of that axis
   * @param others  rows that the tree has not seen and that come to this node
   */
  grow(orders: readonly Int32Array[], others: Int32Array, box: Leaf["box"], depth: number): void {
    const [members] = orders as readonly [Int32Array, ...Int32Array[]];
    const isPure = members.every((row) => this.targets[row] === this.targets[members[0]!]);
    const division = isPure || depth >= mostDepth ? null : this.#divided(orders);
    if (!division) {
      const value = isPure ? this.targets[members[0]!]! : this.#mean(members);
      this.leaves.push({ value, box });
      for (const row of others) this.unseen.push({ row, value });
      return;
    }
    const isFirst = this.#test(division);
    for (const row of members) this.#isFirst[row] = isFirst(row) ? 1 : 0;
    for (const row of others) this.#isFirst[row] = isFirst(row) ? 1 : 0;
    const parts = orders.map((order) => this.#parted(order));
    const seenBy = this.#parted(others);
    for (const side of [1, 0] as const)
      this.grow(
        parts.map((both) => both[side]),
        seenBy[side],
        box.map((spans, axis) => (axis === division.axis ? this.#partOf(spans, division, side === 1) : spans)),
        depth + 1,
      );
  }

  /** In the same order; a loop, since filters of such lists took most of the time. @returns  [second, first part] */
  #parted(list: Int32Array): readonly [Int32Array, Int32Array] {
    let count = 0;
    for (const row of list) count += this.#isFirst[row]!;
    const parts = [new Int32Array(list.length - count), new Int32Array(count)] as const;
    const ends = [0, 0] as [number, number];
    for (const row of list) {
      const side = this.#isFirst[row]! as 0 | 1;
      parts[side][ends[side]++] = row;
    }
    return parts;
  }

  #mean(members: Int32Array): number {
    let [sum, weight] = [0, 0];
    for (const row of members) {
      sum += this.weights[row]! * this.targets[row]!;
      weight += this.weights[row]!;
    }
    return sum / weight;
  }

  /** The best division of a node; axes are tried in a drawn order, so that of equal ones not always the first wins. */
  #divided(orders: readonly Int32Array[]): Division | null {
    const order = this.axes.map((_, axis) => axis);
    for (let at = order.length - 1; at > 0; at--) {
      const other = this.random.int(at + 1);
      [order[at], order[other]] = [order[other]!, order[at]!];
    }
    let best: Division | null = null;
    for (const axis of order) {
      const found = this.axes[axis]!.isOrdered
        ? this.#ordered(axis, orders[axis]!)
        : this.#unordered(axis, orders[axis]!);
      if (found && (best === null || found.gain > best.gain)) best = found;
    }
    return best;
  }

  #ordered(axis: number, order: Int32Array): Division | null {
    let [sum, weight] = [0, 0];
    for (const row of order) {
      sum += this.weights[row]! * this.targets[row]!;
      weight += this.weights[row]!;
    }
    let [left, leftWeight, gain, place] = [0, 0, -Infinity, 0];
    for (let at = 0; at + 1 < order.length; at++) {
      const row = order[at]!;
      left += this.weights[row]! * this.targets[row]!;
      leftWeight += this.weights[row]!;
      const [own, next] = [this.rows[row]![axis]!, this.rows[order[at + 1]!]![axis]!];
      if (own === next) continue;
      const found = left ** 2 / leftWeight + (sum - left) ** 2 / (weight - leftWeight);
      if (found > gain) [gain, place] = [found, this.#between(axis, own, next)];
    }
    return gain === -Infinity ? null : { axis, gain, at: { place } };
  }

  /** In the middle; of pieces at an edge, the nearest to that. */
  #between(axis: number, own: number, next: number): number {
    const middle = own + (next - own) / 2;
    const { pieces } = this.axes[axis]!;
    const place = pieces === null ? middle : Math.round(middle * pieces) / pieces;
    // Of neighbouring numbers rounding may leave nothing between them.
    return place > own ? place : next;
  }

  /** By the means of its values: the best division into two sets is one of these. */
  #unordered(axis: number, order: Int32Array): Division | null {
    const pieces = new Map<number, { sum: number; weight: number }>();
    for (const row of order) {
      const piece = pieceAt(this.axes[axis]!, this.rows[row]![axis]!);
      const own = pieces.get(piece) ?? { sum: 0, weight: 0 };
      own.sum += this.weights[row]! * this.targets[row]!;
      own.weight += this.weights[row]!;
      pieces.set(piece, own);
    }
    if (pieces.size < 2) return null;
    const sorted = [...pieces].sort(([a, x], [b, y]) => x.sum / x.weight - y.sum / y.weight || a - b);
    const sum = sorted.reduce((all, [, own]) => all + own.sum, 0);
    const weight = sorted.reduce((all, [, own]) => all + own.weight, 0);
    let [left, leftWeight, gain, best] = [0, 0, -Infinity, 0];
    for (const [at, [, own]] of sorted.slice(0, -1).entries()) {
      left += own.sum;
      leftWeight += own.weight;
      const found = left ** 2 / leftWeight + (sum - left) ** 2 / (weight - leftWeight);
      if (found > gain) [gain, best] = [found, at];
    }
    const lower = sorted.slice(0, best + 1);
    // Values that none of its rows has go with the more of them.
    const isMost = 2 * lower.reduce((all, [, own]) => all + own.weight, 0) > weight;
    const chosen = (isMost ? sorted.slice(best + 1) : lower).map(([piece]) => piece);
    return { axis, gain, at: { pieces: new Set(chosen) } };
  }

  #test({ axis, at }: Division): (row: number) => boolean {
    const own = this.axes[axis]!;
    return "place" in at
      ? (row) => this.rows[row]![axis]! < at.place
      : (row) => at.pieces.has(pieceAt(own, this.rows[row]![axis]!));
  }

  #partOf(spans: readonly Span[], { axis, at }: Division, first: boolean): readonly Span[] {
    if ("place" in at) {
      const [low, high] = first ? [0, at.place] : [at.place, 1];
      return spans.flatMap(([from, to]): readonly Span[] => {
        const [start, end] = [Math.max(from, low), Math.min(to, high)];
        return start < end ? [[start, end]] : [];
      });
    }
    const count = this.axes[axis]!.pieces!;
    const found: [number, number][] = [];
    for (const [from, to] of spans)
      for (let piece = Math.round(from * count); piece < Math.round(to * count); piece++) {
        if (at.pieces.has(piece) !== first) continue;
        const last = found.at(-1);
        if (last && last[1] === piece / count) last[1] = (piece + 1) / count;
        else found.push([piece / count, (piece + 1) / count]);
      }
    return found;
  }
}

/** Which piece of an axis a place lies in. */
const pieceAt = ({ pieces }: Axis, at: number): number => Math.min(pieces! - 1, Math.floor(at * pieces!));
