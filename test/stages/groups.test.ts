/** Whole groups in parts and folds, rows in order, repeated folds: who is where. */
import { describe, expect, test } from "vitest";
import { stream } from "../../src/learn/random.js";
import { elementOutput } from "../../src/plan/elements.js";
import { rowsOf } from "../../src/stages/dataset.js";
import { fold } from "../../src/stages/fold.js";
import { foldsOfGroups, largestFirst, partsOfGroups, stratifiedParts } from "../../src/stages/group-folds.js";
import { shuffle } from "../../src/stages/shuffle.js";
import { split } from "../../src/stages/split.js";
import { blobOf, int32Of } from "../../src/values/blob.js";
import type { Dataset } from "../../src/values/dataset.js";
import type { Output } from "../../src/values/output.js";
import { checkKind, dataset, runKind } from "../rig/stage.js";

interface More {
  readonly classes?: readonly string[];
  readonly labelOf?: (group: number, place: number) => number;
  readonly order?: readonly number[];
}
/** Examples of groups of these sizes, in their order; the only feature is the place. */
function grouped(sizes: readonly number[], { classes, labelOf, order }: More = {}): Dataset {
  const codes = sizes.flatMap((size, group) => new Array<number>(size).fill(group));
  const labels = codes.map((group, place) => labelOf?.(group, place) ?? place);
  const data = dataset(
    codes.map((_, place) => [place, labels[place]!]),
    classes ? { classes } : {},
  );
  return {
    ...data,
    data: {
      ...data.data,
      group: { name: "patient", words: sizes.map((_, group) => `p${group}`) },
      ...(order ? { order: { name: "day" } } : {}),
    },
    blobs: {
      ...data.blobs,
      groups: blobOf("int32", [codes.length], Int32Array.from(codes)),
      ...(order ? { order: blobOf("float64", [codes.length], Float64Array.from(order)) } : {}),
    },
  };
}
const groupsIn = (output: Output): readonly number[] => {
  const codes = int32Of(output.blobs.groups!);
  return [...new Set([...rowsOf(output)].map((row) => codes[row]!))].sort((a, b) => a - b);
};
const countsOf = (outputs: Readonly<Record<string, Output>>) =>
  Object.fromEntries(Object.entries(outputs).map(([name, output]) => [name, rowsOf(output).length]));
/** Of each key: examples that validate. */
function foldsIn(folds: Output, count: number): readonly Output[] {
  return Array.from({ length: count }, (_, index) => elementOutput(folds, String(index + 1), "validation"));
}
const sizes = [13, 11, 9, 8, 8, 7, 5, 5, 3, 2, 1, 1];
const two: More = { classes: ["no", "yes"], labelOf: (_, place) => ((place * 7) % 10 < 3 ? 1 : 0) };
const mistakeOf = async (run: Promise<unknown>) =>
  await run.then(
    () => "no mistake",
    ({ title, message, at }) => ({ title, message, at: at.join(".") }),
  );

describe("folds of whole groups", () => {
  // As scikit-learn 1.9 gives them: GroupKFold(k) and StratifiedGroupKFold(k) of the same groups and labels.
  test.each([
    [2, [37, 36]],
    [3, [25, 24, 24]],
    [5, [15, 15, 14, 15, 14]],
  ])("%i folds are as large as those of GroupKFold", async (k, wanted) => {
    for (const seed of [0, 1, 2]) {
      const { folds } = (await runKind(fold, { data: "x", k, by: "group" }, { inputs: { data: grouped(sizes) }, seed }))
        .outputs;
      expect(foldsIn(folds!, k).map((part) => rowsOf(part).length)).toEqual(wanted);
    }
  });
  test.each([
    [2, ["34 11", "39 11"]],
    [3, ["24 7", "24 7", "25 8"]],
    [5, ["15 5", "14 4", "16 5", "13 4", "15 4"]],
  ])("%i stratified folds have as many of both classes as those of StratifiedGroupKFold", async (k, wanted) => {
    const options = { data: "x", k, by: "group", stratify: true, shuffle: false };
    const { folds } = (await runKind(fold, options, { inputs: { data: grouped(sizes, two) } })).outputs;
    const counts = foldsIn(folds!, k).map((part) => {
      const labels = int32Of(part.blobs.labels!);
      return `${rowsOf(part).length} ${rowsOf(part).reduce((yes, row) => yes + labels[row]!, 0)}`;
    });
    expect(counts).toEqual(wanted);
  });
  test("every example validates once, with all of its group, and trains elsewhere", async () => {
    const { outputs, warnings } = await runKind(
      fold,
      { data: "x", k: 4, by: "group", stratify: true },
      { inputs: { data: grouped(sizes, two) }, seed: 5 },
    );
    const seen = new Set<number>();
    for (const key of ["1", "2", "3", "4"]) {
      const [train, validation] = (["train", "validation"] as const).map((part) =>
        elementOutput(outputs.folds!, key, part),
      );
      expect(groupsIn(train!).filter((group) => groupsIn(validation!).includes(group))).toEqual([]);
      expect(rowsOf(train!).length + rowsOf(validation!).length).toBe(73);
      for (const row of rowsOf(validation!)) expect(seen.size).toBe(seen.add(row).size - 1);
      expect(train!.data).toMatchObject({ group: { name: "patient" }, split: "train" });
      expect(Object.keys(train!.data)).not.toContain("sizes");
    }
    expect(warnings).toEqual([]);
  });
  test("equal groups go to other folds under another seed, and no fold is empty", () => {
    const counts = new Array(12).fill([4]);
    const foldsAt = (seed: number) => [...foldsOfGroups(counts, 3, largestFirst(counts, stream(seed, [], "fold")))];
    expect(foldsAt(1)).not.toEqual(foldsAt(2));
    // By their shares of the classes alone the last folds would get none.
    const apart = [
      [1, 0],
      [1, 0],
      [1, 0],
      [0, 9],
    ];
    for (let k = 2; k <= 4; k++) expect(new Set(foldsOfGroups(apart, k, [0, 1, 2, 3])).size).toBe(k);
  });
  test("the headline says how large they came out", async () => {
    const { outputs } = await runKind(fold, { data: "x", k: 5, by: "group" }, { inputs: { data: grouped(sizes) } });
    expect(fold.headline!(outputs)).toBe("5 folds of 73 examples, 14 to 15 in each");
  });
  test("more folds than groups are a mistake, and so are data without groups", async () => {
    const data = grouped([5, 5, 5]);
    expect(await mistakeOf(runKind(fold, { data: "x", k: 4, by: "group" }, { inputs: { data } }))).toEqual({
      title: "more folds than groups",
      message: "4 folds of whole groups need at least 4 groups, but the data have 3. Ask for at most `k: 3`.",
      at: "k",
    });
    const none = {
      title: "no groups to keep whole",
      message:
        "`by: group` keeps examples of one group together, but these data have no groups. " +
        "Name the column that tells them where the data are loaded: `group: COLUMN` in the `load` stage.",
      at: "by",
    };
    const plain = dataset([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(await mistakeOf(runKind(fold, { data: "x", k: 2, by: "group" }, { inputs: { data: plain } }))).toEqual(none);
    const port = { type: "dataset", rows: { id: "a", within: [] } } as const;
    for (const [kind, options] of [
      [fold, { data: "x", k: 2, by: "group" }],
      [split, { data: "x", validation: 1, by: "group" }],
    ] as const) {
      const { told } = checkKind(kind as typeof fold, options, { inputs: { data: port } });
      expect(told).toEqual([{ severity: "error", ...none }]);
    }
  });
  test("a class of fewer groups than folds is rare, however many examples it has", async () => {
    const data = grouped([20, 20, 20, 20], { ...two, labelOf: (group) => (group === 0 ? 1 : 0) });
    const { warnings } = await runKind(fold, { data: "x", k: 3, by: "group", stratify: true }, { inputs: { data } });
    expect(warnings).toEqual([
      "With `k: 3` every class needs at least 3 groups to be in every fold, but `yes` has 1. " +
        "In the other folds the metrics of such a class are undefined. Use fewer folds, or add groups.",
    ]);
  });
});

describe("repeated folds", () => {
  test("keys go on over the repetitions; in each every example validates once, in another way", async () => {
    const data = grouped(sizes, two);
    for (const more of [{}, { stratify: true }, { by: "group" }, { by: "group", stratify: true }]) {
      const options = { data: "x", k: 3, repeats: 4, ...more };
      const { folds } = (await runKind(fold, options, { inputs: { data }, seed: 2 })).outputs;
      expect(folds!.blobs.assignment!.shape).toEqual([4, 73]);
      const parts = foldsIn(folds!, 12).map((part) => [...rowsOf(part)].join());
      expect(new Set(parts).size).toBeGreaterThan(9);
      for (let repeat = 0; repeat < 4; repeat++) {
        const rows = parts.slice(3 * repeat, 3 * repeat + 3).flatMap((part) => part.split(",").map(Number));
        expect(rows.sort((a, b) => a - b)).toEqual(Array.from({ length: 73 }, (_, row) => row));
      }
      for (let key = 1; key <= 12; key++) {
        const train = rowsOf(elementOutput(folds!, String(key), "train"));
        expect(train.length + parts[key - 1]!.split(",").length).toBe(73);
      }
    }
  });
  test("the first repetition is what there is without: more of them change none before", async () => {
    const data = grouped(sizes);
    const assigned = async (more: object) =>
      int32Of(
        (await runKind(fold, { data: "x", k: 3, ...more }, { inputs: { data }, seed: 7 })).outputs.folds!.blobs
          .assignment!,
      );
    const [one, again, three] = [await assigned({}), await assigned({ repeats: 1 }), await assigned({ repeats: 3 })];
    expect(again).toEqual(one);
    expect(three.subarray(0, 73)).toEqual(one);
    expect((await assigned({ repeats: 2 })).subarray(73)).toEqual(three.subarray(73, 146));
    expect(fold.elements!(fold.schema.parse({ data: "x", k: 3, repeats: 2 }))).toEqual({
      keys: ["1", "2", "3", "4", "5", "6"],
      of: "folds",
      repeats: 2,
    });
  });
  test("where there are no other folds, repeating them is a mistake", async () => {
    const same = (why: string, remedy: string) => ({
      title: "repeats of the same folds",
      message: `${why}, so that a repetition would train and judge the same again, as if it were another one. ${remedy}`,
      at: "repeats",
    });
    const fewer = "Ask for fewer folds, or leave out `repeats`.";
    const port = { type: "dataset", count: 6, rows: { id: "a", within: [] } } as const;
    const told = (options: object) => checkKind(fold, { data: "x", ...options }, { inputs: { data: port } }).told;
    expect(told({ k: 3, repeats: 2, shuffle: false })).toEqual([
      {
        severity: "error",
        ...same("Without `shuffle` there is one way alone to fold data", "Leave out `shuffle: false`."),
      },
    ]);
    expect(told({ k: 6, repeats: 2 })).toEqual([
      { severity: "error", ...same("Folds of one example each are one way alone to fold data", fewer) },
    ]);
    // Four groups, three folds: of the six ways three are about even.
    const data = grouped([1, 2, 3, 4]);
    const options = (repeats: number) => ({ data: "x", k: 3, repeats, by: "group" });
    expect(await mistakeOf(runKind(fold, options(7), { inputs: { data } }))).toEqual(
      same(
        "There are hardly more than 3 ways to fold these data evenly",
        "Ask for fewer `repeats`, such as 3, or for fewer folds.",
      ),
    );
    expect(await mistakeOf(runKind(fold, options(2), { inputs: { data } }))).toBe("no mistake");
  });
  test("the limit of elements counts all repetitions", () => {
    const { error } = fold.schema.safeParse({ data: "x", k: 2000, repeats: 11 });
    expect(error!.issues).toMatchObject([
      { path: ["repeats"], message: "such that k × repeats is at most 20,000 (the limit `elements`)" },
    ]);
  });
});

describe("parts of whole groups", () => {
  test("groups are whole, sizes as near as that allows, and the seed decides which are held out", async () => {
    const data = grouped(sizes);
    const held = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      const options = { data: "x", validation: 15, test: 0.2, by: "group" };
      const { outputs } = await runKind(split, options, { inputs: { data }, seed });
      const { train, validation, test: last } = outputs;
      const all = [train!, validation!, last!].flatMap((part) => groupsIn(part));
      expect(all.sort((a, b) => a - b)).toEqual(sizes.map((_, group) => group));
      expect(countsOf(outputs)).toEqual({ train: 43, validation: 15, test: 15 });
      held.add(groupsIn(validation!).join());
    }
    expect(held.size).toBeGreaterThan(5);
  });
  test("sizes that groups miss are told, and far ones refused with what can be had", async () => {
    const options = { data: "x", validation: 8, by: "group" };
    const { outputs, remarks } = await runKind(split, options, { inputs: { data: grouped([6, 6, 6, 6]) } });
    expect(split.headline!(outputs)).toBe("train 18, validation 6");
    expect(remarks).toEqual(["`validation` gets 6 examples in place of 8, with whole groups"]);
    const data = grouped([95, 3, 2]);
    expect(await mistakeOf(runKind(split, { ...options, validation: 20 }, { inputs: { data } }))).toEqual({
      title: "no part of that size",
      message:
        "Of 100 examples 20 are asked for (`validation: 20`), but with whole groups it gets 5. " +
        "Ask for what can be had, such as `validation: 5`.",
      at: "validation",
    });
    expect(countsOf((await runKind(split, { ...options, validation: 5 }, { inputs: { data } })).outputs)).toEqual({
      train: 95,
      validation: 5,
    });
    expect(await mistakeOf(runKind(split, options, { inputs: { data: grouped([30]) } }))).toEqual({
      title: "fewer groups than parts",
      message:
        "2 parts need at least 2 groups, but the data have one. " +
        "Ask for fewer parts, or leave out `by` where examples of a group have nothing in common.",
      at: "by",
    });
  });
  test("no part is empty, whatever the groups", () => {
    const random = stream(1, [], "sizes");
    for (let trial = 0; trial < 300; trial++) {
      const wishes = Array.from({ length: 1 + random.int(2) }, () => 1 + random.int(40));
      const own = Array.from({ length: wishes.length + 1 + random.int(6) }, () => 1 + random.int(30));
      const found = partsOfGroups(own, wishes, stream(trial, [], "split"));
      expect(new Set(found).size).toBe(wishes.length + 1);
      const counts = own.map((size) => [random.int(size + 1), size]);
      const total = own.reduce((sum, size) => sum + size, 0);
      const within = wishes.map((wish) => Math.min(wish, Math.floor(total / 4) || 1));
      expect(new Set(stratifiedParts(counts, within, stream(trial, [], "split"))).size).toBe(wishes.length + 1);
    }
  });
  test("stratified, every class keeps its share nearly, and another seed holds out others", async () => {
    // Sixty patients of 1 to 20 pictures, each nearly all of one class.
    const random = stream(3, [], "patients");
    const many = Array.from({ length: 60 }, () => 1 + random.int(20));
    const data = grouped(many, {
      ...two,
      labelOf: (group) => (random.uniform() < (group % 3 === 0 ? 0.9 : 0.05) ? 1 : 0),
    });
    const labels = int32Of(data.blobs.labels!);
    const shareIn = (output: Output): number => {
      const own = [...rowsOf(output)].map((row) => labels[row]!);
      return own.reduce((sum, label) => sum + label, 0) / own.length;
    };
    const held = new Set<string>();
    for (let seed = 0; seed < 10; seed++) {
      const options = { data: "x", validation: 0.2, test: 0.2, by: "group", stratify: true };
      const { outputs } = await runKind(split, options, { inputs: { data }, seed });
      for (const part of ["validation", "test"]) {
        expect(Math.abs(shareIn(outputs[part]!) - shareIn(data))).toBeLessThan(0.03);
        expect(Math.abs(rowsOf(outputs[part]!).length / data.data.count - 0.2)).toBeLessThan(0.02);
      }
      held.add(groupsIn(outputs.test!).join());
    }
    expect(held.size).toBe(10);
  });
  test("shuffled rows take their group along", async () => {
    const { data } = (await runKind(shuffle, { data: "x" }, { inputs: { data: grouped(sizes) } })).outputs;
    const { validation } = (
      await runKind(split, { data: "x", validation: 13, by: "group" }, { inputs: { data: data! } })
    ).outputs;
    const whole = groupsIn(validation!).reduce((sum, group) => sum + sizes[group]!, 0);
    expect(rowsOf(validation!).length).toBe(whole);
  });
});

describe("rows in an order", () => {
  const days = [5, 1, 4, 2, 3, 9, 8, 7, 6, 10];
  const inOrder = (order: number[]) => grouped([10], { order });
  const run = (options: object, data: Dataset) =>
    runKind(split, { data: "x", order: "day", ...options }, { inputs: { data } });
  const daysOf = (output: Output, order: number[]) => [...rowsOf(output)].map((row) => order[row]!);

  test("the last rows test, those before them validate, each part in the order of the data", async () => {
    const { outputs, warnings, remarks } = await run({ validation: 2, test: 0.3 }, inOrder(days));
    expect(daysOf(outputs.train!, days)).toEqual([5, 1, 4, 2, 3]);
    expect(daysOf(outputs.validation!, days)).toEqual([7, 6]);
    expect(daysOf(outputs.test!, days)).toEqual([9, 8, 10]);
    expect(remarks).toEqual([]);
    expect(warnings).toHaveLength(1);
  });
  test("a feature may be the order", async () => {
    const data = dataset([
      [3, 0, 1],
      [1, 0, 1],
      [2, 0, 1],
    ]);
    const { outputs } = await runKind(split, { data: "x", order: "x1", validation: 1 }, { inputs: { data } });
    expect([...rowsOf(outputs.validation!)]).toEqual([0]);
  });
  test("rows of one value stay on one side: the border moves to the nearest change", async () => {
    const order = [1, 1, 1, 2, 2, 2, 2, 3, 3, 4];
    const { outputs, remarks } = await run({ validation: 4 }, inOrder(order));
    expect(daysOf(outputs.validation!, order)).toEqual([3, 3, 4]);
    expect(remarks).toEqual(["`validation` gets 3 examples in place of 4, with rows of one `day` kept together"]);
    // As near on both sides: the larger part is held out.
    const even = [1, 1, 1, 1, 1, 1, 2, 2, 3, 3];
    expect(daysOf((await run({ validation: 3 }, inOrder(even))).outputs.validation!, even)).toEqual([2, 2, 3, 3]);
  });
  test("what cannot be cut so is a mistake that says what can", async () => {
    const even = [1, 1, 1, 1, 1, 2, 2, 2, 2, 3];
    expect(await mistakeOf(run({ validation: 3 }, inOrder(even)))).toEqual({
      title: "no part of that size",
      message:
        "Of 10 examples 3 are asked for (`validation: 3`), but with rows of one `day` kept together it gets 5. " +
        "Ask for what can be had, such as `validation: 5`.",
      at: "validation",
    });
    expect(await mistakeOf(run({ validation: 1, test: 1 }, inOrder([1, 1, 1, 1, 1, 2, 2, 2, 2, 2])))).toEqual({
      title: "fewer values than parts",
      message:
        "`day` has 2 values, and rows of one value stay together, so that there are no 3 parts to make of them. " +
        "Name a column that tells rows apart.",
      at: "order",
    });
    expect(await mistakeOf(run({ validation: 1 }, inOrder([1, 2, Number.NaN, 4, 5, 6, 7, 8, Number.NaN, 10])))).toEqual(
      {
        title: "rows without an order",
        message:
          "2 rows of 10 have no value in `day`, the first of them row 3 of `data`, so nothing says where they belong. " +
          "Leave them out of the file, or fill the column there.",
        at: "order",
      },
    );
  });
  test("check time knows the columns, and refuses what would have a say beside the order", () => {
    const port = {
      type: "dataset",
      rows: { id: "a", within: [] },
      featureNames: ["age", "dose"],
      order: "day",
    } as const;
    const told = (options: object) =>
      checkKind(split, { data: "x", validation: 1, ...options }, { inputs: { data: port } }).told;
    expect(told({ order: "day" })).toEqual([]);
    expect(told({ order: "dose" })).toEqual([]);
    expect(told({ order: "dosis" })).toEqual([
      {
        severity: "error",
        title: "no such column",
        message:
          "`dosis` is neither a feature of these data nor the column of their order. Did you mean `dose`? " +
          "A column that is no feature travels along where the data are loaded with `order: dosis`.",
        at: "order",
      },
    ]);
    expect(told({ order: "day", stratify: true })).toMatchObject([
      {
        title: "a split in order and not",
        message:
          "With `order` the place of a row in that order alone says in which part it is, so that `stratify` cannot " +
          "have a say. Leave out one of the two.",
        at: "stratify",
      },
    ]);
  });
});
