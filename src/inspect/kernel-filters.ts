/** Kernels of a convolution against filters that measure an edge: the best match of each, and how many are like one. */
import { stream } from "../learn/random.js";
import type { FilterMatch, FiltersOf, FiltersOfLayer } from "../values/inspected-filters.js";
import { bestMatch, type Filter, filterBank } from "./filter-bank.js";
import { type EdgeThreshold, edgeThreshold, edgeVerdict } from "./filter-verdict.js";

/** So many of the best are told one by one. */
const mostTold = 100;

export interface ComparedKernels {
  readonly data: Omit<FiltersOfLayer, "layer">;
  /** [best, height, width, 1] */
  readonly kernels: Float32Array;
  /** [units, channels], where channels are one of `mean` and of one channel. */
  readonly correlation: Float32Array;
  readonly direction: Float32Array;
  /** From 1; 0 of a uniform kernel. */
  readonly filter: Int32Array;
}

/** Banks and thresholds by the size of kernels: the threshold takes a quarter of a second. */
export class KernelFilters {
  readonly #known = new Map<string, { readonly bank: readonly Filter[]; readonly threshold: EdgeThreshold | null }>();

  /**
   * @param weights  [height, width, channels, kernels]
   * @param units    kernels, counted from 0
   */
  compare(weights: Float32Array, shape: readonly number[], units: readonly number[], of: FiltersOf): ComparedKernels {
    const [height, width, channels, all] = shape as [number, number, number, number];
    const { bank, threshold } = this.#of(height, width);
    const size = height * width;
    const compared = channelsOf(of, channels);
    const kernelOf = (unit: number, channel: number | null): Float32Array =>
      Float32Array.from({ length: size }, (_, place) => {
        const at = (which: number): number => weights[(place * channels + which) * all + unit]!;
        if (channel !== null) return at(channel);
        let sum = 0;
        for (let which = 0; which < channels; which++) sum += at(which);
        return sum / channels;
      });
    const count = units.length * compared.length;
    const correlation = new Float32Array(count).fill(Number.NaN);
    const direction = new Float32Array(count).fill(Number.NaN);
    const filter = new Int32Array(count);
    const found: (FilterMatch & { readonly at: number })[] = [];
    for (const [first, unit] of units.entries())
      for (const [second, channel] of compared.entries()) {
        const match = bestMatch(bank, kernelOf(unit, channel));
        if (!match) continue;
        const at = first * compared.length + second;
        correlation[at] = match.correlation;
        direction[at] = match.direction;
        filter[at] = match.filter + 1;
        const counted = { unit: unit + 1, channel: channel === null ? null : channel + 1 };
        found.push({ ...match, ...counted, filter: bank[match.filter]!.name, at });
      }
    const verdict =
      threshold &&
      edgeVerdict(
        found.map((each) => each.correlation),
        threshold,
      );
    const best = [...found].sort((a, b) => b.correlation - a.correlation || a.at - b.at).slice(0, mostTold);
    const kernels = new Float32Array(best.length * size);
    for (const [index, { unit, channel }] of best.entries())
      kernels.set(kernelOf(unit - 1, channel === null ? null : channel - 1), index * size);
    return {
      data: {
        ...{ of, channels, height, width },
        units: units.map((unit) => unit + 1),
        bank: bank.map(({ name }) => name),
        count: found.length,
        uniform: count - found.length,
        edges: verdict &&
          threshold && {
            threshold: threshold.correlation,
            chance: threshold.chance,
            drawn: threshold.drawn,
            count: verdict.edges,
            interval: verdict.interval,
            p: verdict.p,
          },
        best: best.map(({ at: _, ...match }) => match),
      },
      kernels,
      correlation,
      direction,
      filter,
    };
  }

  #of(height: number, width: number) {
    const key = `${height} × ${width}`;
    const known = this.#known.get(key);
    if (known) return known;
    const bank = filterBank(height, width);
    // Of no seed: every network's kernels of this size meet the same threshold.
    const threshold = edgeThreshold(bank, height * width, stream(0, [], `random kernels ${key}`));
    const made = { bank, threshold };
    this.#known.set(key, made);
    return made;
  }
}

/** Counted from 0; null stands for the mean over all. */
function channelsOf(of: FiltersOf, channels: number): readonly (number | null)[] {
  if (of === "mean") return [null];
  return of === "each" ? Array.from({ length: channels }, (_, channel) => channel) : [of - 1];
}
