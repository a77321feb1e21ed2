/**
 * Gathers the learning curves of a search's trials: mean and standard deviation over the cells of each, by epoch.
 *
 * Histories are read one trial after the other, so what is held at a time is that of one configuration. How many epochs
 * are kept depends on how many trainings there are: one has a thousand at most, a search of thousands of them fewer, so
 * that its curves stay below some megabytes.
 */
import { setImmediate } from "node:timers/promises";
import { thinned } from "../figure/scale.js";
import type { GatheredRun } from "../pipeline/gathering.js";
import type { ListItem } from "../pipeline/run-context.js";
import { spreadOf } from "../util/statistics.js";
import { type Blob, blobOf } from "../values/blob.js";
import { columnsIn } from "../values/history-columns.js";
import { modelOf } from "../values/model.js";
import type { Output } from "../values/output.js";
import { type CurveData, type CurvesData, curveMeasures } from "../values/search-curves.js";

export type Lists = Readonly<Record<string, readonly ListItem<Output>[] | undefined>>;
/** What cells left, by trial and element. */
export type Places = ReadonlyMap<string, Output>;
export const placesOf = (cells: readonly ListItem<Output>[] = []): Places =>
  new Map(cells.map((cell) => [`${cell.source} ${cell.element}`, cell.value]));

/** Epochs kept of one training, of all together, and of each however many there are. */
const [mostEpochs, mostRows, leastEpochs] = [1000, 200_000, 50];

/** A trial in a round: which of the cells are its. */
type CurveRun = Pick<GatheredRun, "key" | "source" | "means">;
interface Curve extends CurveData {
  /** [rows][epoch, cells, mean and sd of each of `curveMeasures`]. */
  readonly numbers: Float32Array;
}

/**
 * Others have their turn after each trial: thousands of histories take seconds, and the screen would stand still.
 *
 * @returns  null where no trial has trained anything for an epoch
 */
export async function curvesOf(
  runs: readonly CurveRun[],
  lists: ReadonlyMap<string, Places>,
): Promise<{ readonly data: CurvesData; readonly blob: Blob } | null> {
  const trials = lastTrained(runs, lists);
  const count = trials.reduce((sum, { means = [] }) => sum + means.length, 0);
  const most = Math.max(leastEpochs, Math.min(mostEpochs, Math.floor(mostRows / Math.max(1, count))));
  const curves: Curve[] = [];
  for (const { key, source, means = [] } of trials) {
    for (const { part, list, cells } of means) {
      const models = cells.flatMap((element) => {
        const output = lists.get(list)?.get(`${source} ${element}`);
        return output?.type === "model" ? [output] : [];
      });
      const curve = models.length > 0 ? curveOf(models, most) : null;
      if (curve) curves.push({ trial: key, part, ...curve });
    }
    await setImmediate();
  }
  if (curves.length === 0) return null;
  const present = curveMeasures.flatMap((name, at) => {
    const column = 2 + 2 * at;
    return curves.some(({ numbers }) => isIn(numbers, column)) ? [{ name, column }] : [];
  });
  const kept = [0, 1, ...present.flatMap(({ column }) => [column, column + 1])];
  const rows = curves.reduce((sum, curve) => sum + curve.rows, 0);
  const table = new Float32Array(rows * kept.length);
  let row = 0;
  for (const { numbers, rows: own } of curves)
    for (let at = 0; at < own; at++, row++)
      for (const [to, from] of kept.entries()) table[row * kept.length + to] = numbers[at * allColumns + from]!;
  const columns = ["epoch", "cells", ...present.flatMap(({ name }) => [name, `${name}.sd`])];
  return {
    data: { columns, trainings: curves.map(({ numbers: _numbers, ...curve }) => curve) },
    blob: blobOf("float32", [rows, columns.length], table),
  };
}

/** Of each trial the last rung that left something: those before it are its beginning. */
function lastTrained(runs: readonly CurveRun[], lists: ReadonlyMap<string, Places>): readonly CurveRun[] {
  const last = new Map<string, CurveRun>();
  for (const run of runs) {
    const isTrained = run.means?.some(({ list, cells }) =>
      cells.some((element) => lists.get(list)?.get(`${run.source} ${element}`)?.type === "model"),
    );
    if (isTrained || !last.has(run.key)) last.set(run.key, run);
  }
  return [...last.values()];
}

const allColumns = 2 + 2 * curveMeasures.length;
const isIn = (numbers: Float32Array, column: number): boolean => {
  for (let at = column; at < numbers.length; at += allColumns) if (!Number.isNaN(numbers[at]!)) return true;
  return false;
};

/** @returns  null where no model has a history */
function curveOf(models: readonly Output<"model">[], most: number): Omit<Curve, "trial" | "part"> | null {
  const histories = models.map(columnsOf);
  const longest = histories.reduce((best, history) => (history.epochs.length > best.epochs.length ? history : best));
  if (longest.epochs.length === 0) return null;
  const kept = thinned(longest.epochs.length, most);
  const numbers = new Float32Array(kept.length * allColumns).fill(Number.NaN);
  const finite: number[] = [];
  for (const [row, at] of kept.entries()) {
    const start = row * allColumns;
    numbers[start] = longest.epochs[at]!;
    numbers[start + 1] = histories.filter(({ epochs }) => at < epochs.length).length;
    for (const index of curveMeasures.keys()) {
      finite.length = 0;
      for (const { measures } of histories) {
        const value = measures[index]![at];
        if (value !== undefined && Number.isFinite(value)) finite.push(value);
      }
      if (finite.length === 0) continue;
      const { mean, sd } = spreadOf(finite);
      numbers[start + 2 + 2 * index] = withinFloat32(mean);
      numbers[start + 3 + 2 * index] = sd === null ? Number.NaN : withinFloat32(sd);
    }
  }
  return {
    loss: modelOf(models[0]!).loss,
    cells: models.length,
    epochs: longest.epochs.length,
    rows: kept.length,
    best: bestOf(histories),
    leftOut: histories.reduce((sum, { leftOut }) => sum + leftOut, 0),
    numbers,
  };
}

/** A history as one array for each measure, NaN where it has none. */
interface Columns {
  readonly epochs: Float64Array;
  /** As `curveMeasures`. */
  readonly measures: readonly Float64Array[];
  readonly hasValidation: boolean;
  readonly leftOut: number;
}
function columnsOf({ blobs: { history } }: Output<"model">): Columns {
  const none = new Float64Array(0);
  if (!history) return { epochs: none, measures: curveMeasures.map(() => none), hasValidation: false, leftOut: 0 };
  const { count, values, has } = columnsIn(history.bytes());
  let leftOut = 0;
  const measures = curveMeasures.map((measure) => {
    const own = values(measure);
    if (!own) return new Float64Array(count).fill(Number.NaN);
    for (let at = 0; at < count; at++) if (!Number.isFinite(own[at]!) && has(measure, at)) leftOut++;
    return own;
  });
  const hasValidation = (["validation.loss", "validation.accuracy"] as const).some(
    (measure) => values(measure) !== null && has(measure, 0),
  );
  return { epochs: values("epoch") ?? none, measures, hasValidation, leftOut };
}

/** What float32 cannot hold would be drawn as infinite. */
const withinFloat32 = (value: number): number => (Number.isFinite(Math.fround(value)) ? value : Number.NaN);

/** Over all epochs and not only those kept; one that some cells did not reach would be compared on other folds. */
function bestOf(histories: readonly Columns[]): CurveData["best"] {
  const index = curveMeasures.indexOf(histories.every((each) => each.hasValidation) ? "validation.loss" : "train.loss");
  const shared = Math.min(...histories.map(({ epochs }) => epochs.length));
  let best: CurveData["best"] = null;
  for (let at = 0; at < shared; at++) {
    let sum = 0;
    for (const { measures } of histories) sum += measures[index]![at]!;
    const loss = sum / histories.length;
    if (Number.isFinite(loss) && (best === null || loss < best.loss)) best = { epoch: histories[0]!.epochs[at]!, loss };
  }
  return best;
}
