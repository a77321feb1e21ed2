/** Statistics of weights as CSV files. */
import type { Cell } from "../util/csv-write.js";
import { int32Of } from "./blob.js";
import type { Inspection } from "./inspection.js";
import type { Output } from "./output.js";
import type { SavedFile } from "./saved-array.js";
import { savedTable, tableOf } from "./table-file.js";
import { epochHistogramsOf, epochWeightsOf } from "./weight-history.js";
import type { HistogramAxis, Ratio, WeightsOfLayer } from "./weight-statistics.js";

const moments = ["mean", "sd", "min", "max", "skewness", "excessKurtosis", "nearZero"] as const;
const momentColumns = ["mean", "sd", "min", "max", "skewness", "excess_kurtosis", "near_zero"];

/** A row for each layer and epoch, and one for each bin of the histograms that are kept. */
export function weightHistoryTables(output: Output<"weight_history">): readonly SavedFile[] {
  const { layers, epochs, histograms, bins } = output.data;
  return [
    savedTable("weights", {
      columns: ["layer", "epoch", ...momentColumns],
      count: layers.length * epochs,
      *rows() {
        for (const { name } of layers)
          for (const [index, epoch] of epochWeightsOf(output, name).entries())
            yield [name, index + 1, ...moments.map((moment) => epoch[moment])];
      },
    }),
    savedTable("histograms", {
      columns: ["layer", "epoch", "from", "to", "count"],
      count: layers.length * histograms.length * (bins + 2),
      *rows() {
        for (const { name } of layers)
          for (const { epoch, axis, counts } of epochHistogramsOf(output, name))
            for (const row of binRows(axis, counts)) yield [name, epoch, ...row];
      },
    }),
  ];
}

/** A row for each layer, and one for each bin. */
export function inspectedWeightTables(
  { layers }: { readonly layers: readonly WeightsOfLayer[] },
  inspection: Inspection,
): readonly SavedFile[] {
  const ofLayers = layers.map(({ layer, count, around, ...own }) => [
    ...[layer, count, ...moments.map((moment) => own[moment])],
    ...[around?.offset ?? null, ...ratioCells(around?.againstNormal), ...ratioCells(around?.againstBeside)],
    ...[around?.peak ?? null, around?.isBell ?? null],
  ]);
  const ratioColumns = (name: string): readonly string[] => [name, `${name}_low`, `${name}_high`];
  return [
    savedTable(
      "weights",
      tableOf(
        [
          ...["layer", "count", ...momentColumns, "mean_over_sd"],
          ...[...ratioColumns("against_normal"), ...ratioColumns("against_beside"), "peak", "bell"],
        ],
        ofLayers,
      ),
    ),
    savedTable("histograms", {
      columns: ["layer", "from", "to", "count"],
      count: layers.reduce((sum, { histogram }) => sum + histogram.bins + 2, 0),
      *rows() {
        for (const { layer, histogram } of layers)
          for (const row of binRows(histogram, int32Of(inspection.blobs[`weights.${layer}`]!))) yield [layer, ...row];
      },
    }),
  ];
}
const ratioCells = (ratio: Ratio | undefined): readonly Cell[] =>
  ratio ? [ratio.value, ratio.low, ratio.high] : [null, null, null];

/** From, to and count of each bin; what lies beyond the axis has one end. */
function* binRows({ limit, bins, below, above }: HistogramAxis, counts: Int32Array): Generator<readonly Cell[]> {
  const end = (at: number): number => limit * ((2 * at) / bins - 1);
  yield [null, end(0), below];
  for (const [at, count] of counts.entries()) yield [end(at), end(at + 1), count];
  yield [end(bins), null, above];
}
