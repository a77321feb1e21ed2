/**
 * Cells without a value, which `load` keeps as NaN with `on_missing: keep`: who needs numbers in their place says so
 * here, by what check time knows and of data at hand.
 */
import { type Mistake, MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { grouped } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { featuresOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { columnName, rowsOf } from "./dataset.js";

/** Who needs numbers: what is done to the data, and what to do about cells without one. */
interface Needs {
  readonly at: OptionPath;
  /** A clause. */
  readonly why: string;
  readonly remedy: string;
}
const before = "Put an `impute` stage before it (`{kind: impute, data: …}`), and name what that leaves.";
export const needs = {
  train: { at: ["data"], why: "a network learns from numbers", remedy: before },
  normalize: (option: "data" | "fit"): Needs => ({
    at: [option],
    why: "`normalize` takes statistics of numbers",
    remedy: before,
  }),
  /** Data that meet other data, or a model of such: theirs would have filled the cells. */
  like: (at: OptionPath, expected: string): Needs => ({
    at,
    why: `nothing says what ${expected} would have in their place`,
    remedy:
      "Let the training read what an `impute` stage leaves (`{kind: impute, data: …}`): raw data that meet its model " +
      "are then filled by the same statistics.",
  }),
} as const;

const mistakeOf = (cells: string, { at, why, remedy }: Needs): Mistake => ({
  title: "cells without a value",
  message: `\`${at[0]}\` has cells without a value${cells}, and ${why}. ${remedy}`,
  at,
});

/** @returns whether nothing is said against the data */
export function checkFilled(port: PortInfo | undefined, who: Needs, report: CheckContext<unknown>["report"]): boolean {
  if (!port?.hasGaps) return true;
  report(mistakeOf("", who));
  return false;
}

const mostListed = 8;

/** The same of data at hand. @throws MistakeError with the columns and how many cells of each */
export function requireFilled(output: Dataset, who: Needs): void {
  const counts = gapsOf(output);
  if (counts.size === 0) return;
  const told = [...counts].map(
    ([column, count]) => `${columnName(output.data.featureNames, column)}: ${grouped(count)}`,
  );
  const list = [...told.slice(0, mostListed), ...(told.length > mostListed ? ["…"] : [])].join(", ");
  throw new MistakeError(mistakeOf(` (${list})`, who));
}

/** Cells without a value among the rows, by column; of tables, for pixels have values. */
function gapsOf(output: Dataset): ReadonlyMap<number, number> {
  const features = featuresOf(output.blobs.features!);
  const counts = new Map<number, number>();
  if (features instanceof Uint8Array || output.data.shape.length !== 1) return counts;
  const width = sizeOfShape(output.data.shape);
  for (const row of rowsOf(output))
    for (let column = 0; column < width; column++)
      if (Number.isNaN(features[row * width + column]!)) counts.set(column, (counts.get(column) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => a - b));
}
