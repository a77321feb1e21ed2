/** How well kernels fit filters that measure an edge, and how many of them look like one. */
import { grouped, pText, shortText } from "../util/numbers.js";
import { plural } from "../util/words.js";
import type { AspectWords } from "./aspect-words.js";
import { measuredText } from "./interval.js";
import { savedTable, tableOf } from "./table-file.js";

/** A filter of the bank (`inspect/filter-bank.ts`). Sizes in pixels. */
export type FilterName =
  | { readonly type: "sobel"; readonly size: readonly [height: number, width: number] }
  | { readonly type: "gaussian"; readonly sigma: number };

/** `Sobel 3 × 3` · `Gaussian, σ 1.41` */
export const filterText = (name: FilterName): string =>
  name.type === "sobel" ? `Sobel ${name.size.join(" × ")}` : `Gaussian, σ ${name.sigma}`;

/** Which kernels of a convolution are compared: those of one input channel (from 1), their mean over them, or each. */
export type FiltersOf = number | "mean" | "each";

export type FilterMatch = {
  /** Of the kernel, counted from 1. */
  readonly unit: number;
  /** Which input channel it is of, counted from 1; null of a mean over them. */
  readonly channel: number | null;
  readonly filter: FilterName;
  /** Where the kernel gets lighter: degrees from the right, counterclockwise. */
  readonly direction: number;
  /** Pearson's r over the pixels, 0 … 1. */
  readonly correlation: number;
};
export type FiltersOfLayer = {
  readonly layer: string;
  readonly of: FiltersOf;
  /** Input channels of the layer. */
  readonly channels: number;
  /** Which kernels, counted from 1, in the order of the arrays. */
  readonly units: readonly number[];
  readonly height: number;
  readonly width: number;
  /** What kernels are compared with. */
  readonly bank: readonly FilterName[];
  /** Kernels that were compared. */
  readonly count: number;
  /** Further kernels, all of whose numbers are equal: these correlate with nothing. */
  readonly uniform: number;
  /** What is known of kernels that look like an edge; null of a size of which every kernel does. */
  readonly edges: {
    /** Correlation from which on a kernel looks like an edge. */
    readonly threshold: number;
    /** Share of random kernels that do: the threshold is that quantile of so many. */
    readonly chance: number;
    readonly drawn: number;
    readonly count: number;
    /** 95 % interval of their share; null without kernels. */
    readonly interval: readonly [low: number, high: number] | null;
    /** How often as many or more of random kernels would; null without kernels. */
    readonly p: number | null;
  } | null;
  /** Those that fit best, the best first: at most 100. */
  readonly best: readonly FilterMatch[];
};
/**
 * blobs, each behind `filters.LAYER`: `.kernels` float32 [best, height, width, 1], those of `best`, as they are;
 * `.correlation` and `.direction` float32 [units, channels], and `.filter` int32, the place in `bank` from 1. Channels
 * are one where `of` is not `each`. Of a uniform kernel they are NaN, NaN and 0.
 */
export type InspectedFilters = { readonly layers: readonly FiltersOfLayer[] };

declare module "./inspection.js" {
  interface Aspects {
    readonly filters: InspectedFilters;
  }
}

/**
 * `41 of 128 kernels look like an edge, 32.03 % (24.57 to 40.54 %); r ≥ 0.556, as 5 % of random kernels do; p 3e-22`
 *
 * p is of the test that no more of them do than of random kernels.
 */
export function edgeSentence({ count, edges, height, width }: FiltersOfLayer): string {
  if (count === 0) return "all numbers of each kernel are equal: none correlates with anything";
  if (!edges) return `every kernel of ${height} × ${width} looks like an edge: it has no other pattern`;
  const look = edges.count === 1 ? "looks" : "look";
  const share = measuredText("accuracy", edges.count / count, edges.interval);
  return (
    `${grouped(edges.count)} of ${plural(count, "kernel", grouped(count))} ${look} like an edge, ${share}; ` +
    `r ≥ ${shortText(edges.threshold)}, as ${Math.round(edges.chance * 100)} % of random kernels do; ` +
    `p ${pText(edges.p)}`
  );
}

/** `45°` */
export const directionText = (direction: number): string => `${Math.round(direction) % 360}°`;
/** `kernel 3` · `kernel 3, channel 2` */
export const kernelText = ({ unit, channel }: FilterMatch, { channels }: Pick<FiltersOfLayer, "channels">): string =>
  channel === null || channels === 1 ? `kernel ${unit}` : `kernel ${unit}, channel ${channel}`;
/** `the kernels of channel 2` · `means over 128 channels` */
export function filtersOfText({ of, channels }: Pick<FiltersOfLayer, "of" | "channels">): string {
  if (of === "mean") return `means over ${plural(channels, "channel")}`;
  if (channels === 1) return "kernels";
  return of === "each" ? `kernels of each of ${channels} channels` : `kernels of channel ${of}`;
}

/** Lines of a preview. */
const told = 5;

export const filtersWords: AspectWords<"filters"> = {
  headline: ({ layers }) =>
    layers
      .map(({ layer, count, edges }) => `${layer} ${edges ? grouped(edges.count) : "–"} of ${grouped(count)} edges`)
      .join(", "),
  preview: ({ layers }) => [
    {
      type: "lines",
      lines: layers.map((layer) => `${layer.layer}, ${filtersOfText(layer)}: ${edgeSentence(layer)}`),
      isFolded: true,
    },
    {
      type: "columns",
      rows: [
        ["layer", "kernel", "filter", "direction", "r"],
        ...layers.flatMap((layer) =>
          layer.best
            .slice(0, told)
            .map((match) => [
              ...[layer.layer, kernelText(match, layer), filterText(match.filter)],
              ...[directionText(match.direction), shortText(match.correlation, 3)],
            ]),
        ),
      ],
    },
  ],
  meaning: (_data, array) => {
    if (array.endsWith(".kernels"))
      return "[best, height, width, 1]; the kernels that fit a filter best, the best first";
    if (array.endsWith(".filter")) return "[kernels, channels]; place in the bank from 1, 0 of a uniform kernel";
    if (array.endsWith(".direction")) return "[kernels, channels]; where it gets lighter, in degrees, counterclockwise";
    return "[kernels, channels]; Pearson's r with the best filter, NaN of a uniform kernel";
  },
  tables: ({ layers }) => [
    savedTable(
      "filters",
      tableOf(
        ["layer", "of", "kernels", "uniform", "edges", "threshold", "chance", "low", "high", "p"],
        layers.map(({ layer, of, count, uniform, edges }) => [
          ...[layer, String(of), count, uniform, edges?.count ?? null, edges?.threshold ?? null, edges?.chance ?? null],
          ...[edges?.interval?.[0] ?? null, edges?.interval?.[1] ?? null, edges?.p ?? null],
        ]),
      ),
    ),
    savedTable(
      "filter_matches",
      tableOf(
        ["layer", "kernel", "channel", "filter", "direction", "correlation"],
        layers.flatMap(({ layer, best }) =>
          best.map(({ unit, channel, filter, direction, correlation }) => [
            ...[layer, unit, channel, filterText(filter), direction, correlation],
          ]),
        ),
      ),
    ),
  ],
};
