/**
 * Rows that are the same by content, wherever they were loaded from: inside a dataset, and between what teaches a model
 * and what judges it.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { examplesOf } from "../learn/data.js";
import { RowIndex } from "../learn/profile.js";
import { sameShape } from "../util/shape.js";
import { featuresOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import type { ProfileData } from "../values/profile.js";
import { inOrder } from "./agreement.js";
import { meetings } from "./meetings.js";

/** Share of rows from which they are worth a word; whole numbers repeat now and then. */
const repeatedShare = 0.01;
export const areMany = (rows: number, count: number): boolean => rows > 0 && rows >= repeatedShare * count;

export function duplicatesOf(output: Dataset, test: Dataset | undefined): ProfileData["duplicates"] {
  const { labels, rows, targets } = examplesOf(output);
  const features = output.blobs.features!;
  const isWide = [output, ...(test ? [test] : [])].some(({ blobs }) => blobs.features!.dtype === "float64");
  const bytes = rowsAsBytes(output, isWide);
  const index = new RowIndex(bytes, bytes.length / Math.max(1, features.shape[0]!), rows);
  const sameLabel = (a: number, b: number): boolean => {
    for (let target = 0; target < targets; target++)
      if (labels[a * targets + target] !== labels[b * targets + target]) return false;
    return true;
  };
  let [repeated, contradictory] = [0, 0];
  index.first.forEach((first, at) => {
    if (first === at) return;
    repeated++;
    if (!sameLabel(rows[first]!, rows[at]!)) contradictory++;
  });
  const comparable =
    test && (isWide || test.blobs.features!.dtype === features.dtype) && sameShape(test.data.shape, output.data.shape);
  if (!comparable) return { rows: repeated, contradictory, test: null };
  const other = rowsAsBytes(test, isWide);
  let shared = 0;
  for (const row of examplesOf(test).rows) if (index.find(other, row) >= 0) shared++;
  return { rows: repeated, contradictory, test: shared };
}

/** Features as stored, or, where they are held against wider ones, as doubles: equal numbers then have equal bytes. */
function rowsAsBytes(output: Dataset, isWide: boolean): Uint8Array {
  const features = output.blobs.features!;
  return isWide ? new Uint8Array(Float64Array.from(featuresOf(features)).buffer) : features.bytes();
}

/** Rows that are there again after their first time, label and all. */
export function copiesIn(data: Dataset): number {
  const { rows, contradictory } = duplicatesOf(data, undefined);
  return rows - contradictory;
}

/** Of each example the position of the first with the same features and the same label, which copies have in common. */
export function firstAlike(data: Dataset): Int32Array {
  const { labels, rows, targets } = examplesOf(data);
  const bytes = data.blobs.features!.bytes();
  const { first } = new RowIndex(bytes, bytes.length / Math.max(1, data.blobs.features!.shape[0]!), rows);
  const labelOf = (at: number): string => labels.subarray(rows[at]! * targets, (rows[at]! + 1) * targets).join();
  const others = new Map<string, number>();
  return first.map((position, at) => {
    if (position === at) return at;
    const label = labelOf(at);
    if (label === labelOf(position)) return position;
    const key = `${position}: ${label}`;
    if (!others.has(key)) others.set(key, at);
    return others.get(key)!;
  });
}

const known = new WeakMap<Dataset, WeakMap<Dataset, number>>();
/**
 * Rows of one dataset whose features are those of a row of another, columns by name; 0 where they cannot be compared.
 */
export function rowsAmong(judging: Dataset, learned: Dataset): number {
  const before = known.get(learned) ?? new WeakMap<Dataset, number>();
  known.set(learned, before);
  let shared = before.get(judging);
  if (shared === undefined) {
    shared = counted(judging, learned);
    before.set(judging, shared);
  }
  return shared;
}

function counted(judging: Dataset, learned: Dataset): number {
  try {
    return duplicatesOf(learned, inOrder(judging, learned.data, meetings.test).output).test ?? 0;
  } catch (error) {
    // That they do not fit is told where they meet.
    if (error instanceof MistakeError) return 0;
    throw error;
  }
}
