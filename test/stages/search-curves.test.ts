import { expect, test } from "vitest";
import { curvesOf, placesOf } from "../../src/stages/search-curves.js";
import { spreadOf } from "../../src/util/statistics.js";
import type { EpochScore } from "../../src/values/model.js";
import type { Output } from "../../src/values/output.js";
import { searchCurvesOf } from "../../src/values/search-curves.js";
import { modelData, outputOf } from "../figure/data.js";

type Cells = Readonly<Record<string, readonly EpochScore[] | "failed">>;
/** A search of trials whose cells left these histories; `part` of them is what was trained. */
async function gathered(
  trials: Readonly<Record<string, Cells>>,
  part = "trial",
): Promise<readonly ReturnType<typeof read>[]> {
  const list = part === "trial" ? "cells" : `means.${part}`;
  const models = new Map<readonly EpochScore[], Output>();
  const modelOf = (left: readonly EpochScore[]): Output => {
    if (!models.has(left)) models.set(left, outputOf("model", modelData(left, "cross_entropy", 1)));
    return models.get(left)!;
  };
  const items = Object.values(trials).flatMap((cells, source) =>
    Object.entries(cells).map(([element, history]) => ({
      source,
      element,
      value: history === "failed" ? outputOf("failure", { title: "no number", message: "" }) : modelOf(history),
    })),
  );
  const asked = Object.entries(trials).map(([key, cells], source) => ({
    ...{ key, source },
    means: [{ part, metric: "bestEpoch", list, cells: Object.keys(cells) }],
  }));
  const curves = await curvesOf(asked, new Map([[list, placesOf(items)]]));
  if (!curves) return [];
  const output = { type: "search", data: { curves: curves.data }, blobs: { curves: curves.blob } } as unknown;
  return searchCurvesOf(output as Output<"search">).map(read);
}
const read = ({ mean, sd, epoch, ...curve }: ReturnType<typeof searchCurvesOf>[number]) => ({
  ...curve,
  epoch: [...epoch],
  mean: (of: Parameters<typeof mean>[0]) => mean(of) && [...mean(of)!],
  sd: (of: Parameters<typeof mean>[0]) => sd(of) && [...sd(of)!],
});
const history = (losses: readonly number[], more: (loss: number) => Partial<EpochScore> = () => ({})): EpochScore[] =>
  losses.map((loss, at) => ({
    ...{ epoch: at + 1, learningRate: 0.1, train: { loss }, validation: { loss: loss + 1 } },
    ...more(loss),
  }));
const float32 = (values: readonly (number | null)[]): number[] =>
  values.map((value) => (value === null ? Number.NaN : Math.fround(value)));

test("a training's curves are mean and sd over the cells that reached an epoch, failed ones left out", async () => {
  const [first, second] = await gathered({
    a: { 1: history([3, 2, 1.7]), 2: history([5, 3]), 3: "failed" },
    b: { 1: "failed", 2: "failed", 3: history([1]) },
  });
  expect([first!.trial, first!.part, first!.loss, first!.cells, first!.epochs, first!.leftOut]).toEqual([
    ...["a", "trial", "cross_entropy", 2, 3, 0],
  ]);
  expect(first!.epoch).toEqual([1, 2, 3]);
  expect(first!.mean("train.loss")).toEqual(float32([4, 2.5, 1.7]));
  expect(first!.sd("validation.loss")).toEqual(float32([spreadOf([4, 6]).sd, spreadOf([3, 4]).sd, null]));
  // The third epoch is of one fold alone, so it is not the best, though its loss is the least.
  expect(first!.best).toEqual({ epoch: 2, loss: 3.5 });
  expect([second!.cells, second!.mean("train.loss"), second!.sd("train.loss")]).toEqual([1, [1], [Number.NaN]]);
});

test("a measure that no training has takes no room, one that this training has not is NaN", async () => {
  const [plain, scored] = await gathered({
    plain: { 1: [{ epoch: 1, learningRate: 1, train: { loss: 2 } }] },
    scored: { 1: history([1], (loss) => ({ train: { loss, accuracy: 0.5 } })) },
  });
  expect(plain!.mean("train.accuracy")).toEqual([Number.NaN]);
  expect(scored!.mean("train.accuracy")).toEqual([0.5]);
  expect(plain!.mean("validation.accuracy")).toBeNull();
  expect(plain!.best).toEqual({ epoch: 1, loss: 2 });
});

test("values that are not finite, or that float32 cannot hold, are in no mean and are counted", async () => {
  const [curve] = await gathered({ a: { 1: history([1, Number.NaN]), 2: history([3, 4]), 3: history([5, 1e300]) } });
  expect(curve!.mean("train.loss")).toEqual([3, Number.NaN]);
  expect(curve!.leftOut).toBe(2);
  expect(curve!.best).toEqual({ epoch: 1, loss: 4 });
});

test("long trainings keep epochs at equal distances, of many trainings fewer, and the best is that of all", async () => {
  const long = history(Array.from({ length: 5000 }, (_, at) => Math.abs(at - 1234) + 1));
  const [one] = await gathered({ a: { 1: long } });
  expect([one!.rows, one!.epochs, one!.epoch[0], one!.epoch.at(-1), one!.best!.epoch]).toEqual([
    ...[1000, 5000, 1, 5000, 1235],
  ]);
  const short = history(Array.from({ length: 120 }, () => 1));
  const many = await gathered(Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`t${at}`, { 1: short }])));
  expect(many.map(({ rows }) => rows)).toEqual(many.map(() => 100));
});

test("curves are those of the stage that is trained where another one is scored, and none where nothing is", async () => {
  const [curve] = await gathered({ a: { 1: history([2]) } }, "net");
  expect([curve!.part, curve!.mean("train.loss")]).toEqual(["net", [2]]);
  expect(await gathered({ a: { 1: [] } })).toEqual([]);
  expect(await curvesOf([{ key: "a", source: 0 }], new Map())).toBeNull();
});
