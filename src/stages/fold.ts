/**
 * fold: k parts for cross-validation. Every example is in validation exactly once, or once in each repetition; parts
 * differ by at most one example, or by as little as whole groups allow.
 *
 * It leaves one assignment of rows to folds, or one for each repetition. Whoever says `each: folds` runs once per fold
 * and reads `folds.train` and `folds.validation` of that fold.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { explainMemory } from "../diagnostic/memory.js";
import { type Stream, stream } from "../learn/random.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { Kind } from "../pipeline/kind.js";
import { most } from "../pipeline/limits.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { withRepeats } from "../pipeline/rows-id.js";
import type { Seeds } from "../pipeline/run-context.js";
import { ordinals } from "../pipeline/scope.js";
import { digestBytes } from "../util/digest.js";
import { checkMemory, MemoryError } from "../util/memory.js";
import { grouped } from "../util/numbers.js";
import { blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { foldsHeadline } from "../values/folds.js";
import { outputOf } from "../values/output.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { type Cut, reportGroupsOnBothSides, warnBothSides, warnGroupsOnBothSides } from "./both-sides.js";
import { byClass, countsOf, cutFrom, datasetPort, nothingToStratify, reference, rowsOf } from "./dataset.js";
import { foldsOfGroups, largerSooner, largestFirst } from "./group-folds.js";
import { countsIn, type Group, groupCountOf, groupsOf, noGroups } from "./groups.js";
import { checkCut, rareText } from "./honesty.js";
import { orderOf, orderRemedy } from "./profile.js";

const fields = z.strictObject({
  data: reference("The dataset to fold."),
  k: z
    .number()
    .int()
    .min(2)
    .refine(...most("elements"))
    .describe("Number of folds, from 2 to the number of examples."),
  repeats: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      "How many times the data are folded anew, each time in another way: elements are then the folds " +
        "1 … k × repeats. Default: 1.",
    ),
  shuffle: z
    .boolean()
    .default(true)
    .describe("Assign examples at random (seeded); otherwise in runs, in the order of the data. Default: true."),
  stratify: z.boolean().default(false).describe("Keep the share of each class in every fold. Default: false."),
  by: z
    .enum(["group"])
    .optional()
    .describe(
      "`group`: examples of one group, as `load: {group: COLUMN}` tells them apart, are in one fold, and folds are " +
        "as equal as whole groups allow. Default: examples are dealt one by one.",
    ),
});
const [isFew, { error: tooManyElements }] = most("elements");
const schema = fields.refine(({ k, repeats }) => repeats === undefined || !isFew(k) || isFew(k * repeats), {
  path: ["repeats"],
  error: `such that k × repeats is ${tooManyElements}`,
});
type Options = z.infer<typeof schema>;
const cut: Cut = {
  name: "a fold",
  effect:
    "the validation metrics. Fold first, and merge inside `each:`, " +
    "such as `{kind: merge, each: folds, data: [folds.train, folds.train]}`.",
};
const tooMany = (k: number, count: number): Mistake => ({
  title: "more folds than examples",
  message: `${k} folds need at least ${k} examples, but the data has ${count}.`,
  at: ["k"],
});
const tooManyForGroups = (k: number, groups: number): Mistake => ({
  title: "more folds than groups",
  message:
    `${k} folds of whole groups need at least ${k} groups, but the data have ${groups}. ` +
    (groups > 1 ? `Ask for at most \`k: ${groups}\`.` : "Leave out `by`, or fold data of several groups."),
  at: ["k"],
});
const sameFolds = (why: string, remedy = "Ask for fewer folds, or leave out `repeats`."): Mistake => ({
  title: "repeats of the same folds",
  message: `${why}, so that a repetition would train and judge the same again, as if it were another one. ${remedy}`,
  at: ["repeats"],
});
/** So many draws that give folds of before mean that there are hardly any others. */
const mostDraws = 100;

export const fold: Kind<Options, { data: "dataset" }> = {
  name: "fold",
  version: 2,
  summary: "Cuts a dataset into k folds; stages with `each:` run once per fold.",
  schema,
  optionNames: Object.keys(fields.shape),
  inputs: [{ option: "data", accepts: ["dataset"], description: "The dataset to fold." }],
  outputs: {
    folds: "Which example is in which fold; what `each:` stands on.",
    train: "With `each:`, the examples outside the fold at hand.",
    validation: "With `each:`, the examples of the fold at hand.",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  folds:  {kind: fold, data: digits.train, k: 5, stratify: true}
  net:
    kind: train
    each: folds
    data: folds.train
    validation: folds.validation
    layers: [flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 3
  score: {kind: evaluate, each: folds, model: net, data: digits.test}
`,
  usesEngine: false,
  drawsRandomNumbers: true,
  preview: (_name, output) => [{ type: "lines", lines: ["", foldsHeadline(outputOf(output, "folds"))] }],
  headline: ({ folds }) => foldsHeadline(outputOf(folds, "folds")),
  elements: ({ k, repeats = 1 }) => ({
    keys: ordinals(k * repeats),
    of: "folds",
    ...(repeats > 1 ? { repeats } : {}),
  }),
  check({ options, inputs, identity, span, report }) {
    const data = inputs.data;
    checkPlain(data, readers.fold, report);
    const count = data?.count ?? null;
    const { k, repeats = 1, by } = options;
    if (count !== null && k > count) report(tooMany(k, count));
    if (repeats > 1 && !options.shuffle)
      report(sameFolds("Without `shuffle` there is one way alone to fold data", "Leave out `shuffle: false`."));
    else if (repeats > 1 && k === count) report(sameFolds("Folds of one example each are one way alone to fold data"));
    checkGroups(options, data, report);
    if (options.stratify && data && data.classes === null)
      report({
        title: "nothing to stratify by",
        message: "`stratify` keeps the share of each class, but these labels are no classes.",
        at: ["stratify"],
      });
    if (data?.ordered && !options.shuffle && !options.stratify && by === undefined)
      report({
        title: "rows in an order",
        message: orderRemedy(data.ordered),
        at: ["shuffle"],
        severity: "warning",
        name: "sorted_folds",
      });
    const counts = data?.classCounts?.();
    const rare = counts && data?.classes && rareText(data.classes, counts, options.k);
    if (rare && (count === null || options.k <= count))
      report({ title: "a rare class", message: rare, at: ["k"], severity: "warning", name: "rare_class" });
    const from = checkCut("fold", data, { ...cut, by }, report);
    // Of whole groups the run alone knows how many examples they have.
    const known = by === undefined ? count : null;
    const cutId = repeats > 1 ? withRepeats(identity(), k) : identity();
    return {
      folds: { ...datasetPort(from, count), type: "folds" },
      train: {
        ...datasetPort(from, known === null ? null : known - Math.ceil(known / k)),
        split: "train",
        splitAt: span(),
        rows: cutFrom(from, `${cutId}.train`),
      },
      validation: {
        ...datasetPort(from, known === null ? null : Math.floor(known / k)),
        split: "validation",
        splitAt: span(),
        rows: cutFrom(from, `${cutId}.validation`),
      },
    };
  },
  async run({ options, inputs, seeds, warn }) {
    const data = inputs.data;
    requirePlain(data, readers.fold);
    const rows = rowsOf(data);
    const { k, repeats = 1, by } = options;
    if (k > rows.length) throw new MistakeError(tooMany(k, rows.length));
    const order = options.shuffle || options.stratify || by !== undefined ? undefined : orderOf(data);
    // Of numbers that lie in an order `check` has told, where it could read them; of classes a fold may lack some
    // altogether.
    if (order?.endsWith("by class")) warn(orderRemedy(order), "sorted_folds");
    const groups = by === "group" ? groupsOf(data, rows) : undefined;
    if (groups && k > groups.length) throw new MistakeError(tooManyForGroups(k, groups.length));
    const { classes } = data.data;
    const counts = groups && classes ? groupsWith(countsIn(groups, data, rows, true)) : countsOf(data, rows);
    const rare = classes && rareText(classes, counts, k, groups ? "groups" : "examples");
    if (rare) warn(rare, "rare_class");
    checkRepeats(repeats, rows.length);
    const assignments = foldedAnew(repeats, seeds, (random, isFirst) =>
      groups ? byGroups(groups, data, rows, options, random, isFirst) : oneByOne(data, rows, options, random),
    );
    warnBothSides(data, rows, assignments, cut, warn);
    warnGroupsOnBothSides(data, rows, assignments, { ...cut, by }, warn);
    const meta = data.data;
    const sizes = groups ? rangeOf(assignments, k) : undefined;
    return {
      folds: {
        type: "folds",
        data: {
          ...meta,
          shape: [...meta.shape],
          count: rows.length,
          k,
          ...(repeats > 1 ? { repeats } : {}),
          ...(sizes ? { sizes } : {}),
        },
        blobs: {
          ...data.blobs,
          rows: blobOf("int32", [rows.length], rows),
          assignment:
            repeats > 1
              ? blobOf("int32", [repeats, rows.length], joinedKeys(assignments, k))
              : blobOf("int32", [rows.length], assignments[0]!),
        },
      },
    };
  },
};

/** Groups that have examples of each class. */
const groupsWith = (counts: readonly (readonly number[])[]): readonly number[] =>
  counts[0]!.map((_, at) => counts.filter((own) => own[at]! > 0).length);

function checkGroups(
  { by, k, repeats = 1 }: Options,
  data: PortInfo | undefined,
  report: CheckContext<Options>["report"],
): void {
  reportGroupsOnBothSides(data, { ...cut, by }, report);
  if (by === undefined) return;
  if (data?.rows && data.group === undefined) report(noGroups);
  const groups = groupCountOf(data);
  if (groups === undefined) return;
  if (k > groups) report(tooManyForGroups(k, groups));
  else if (repeats > 1 && k === groups) report(sameFolds("Folds of one group each are one way alone to fold data"));
}

/** What is kept of each repetition while all are made: the fold of each row, and its key. */
function checkRepeats(repeats: number, count: number): void {
  try {
    checkMemory(8 * repeats * count, () => `Folding ${grouped(count)} examples ${grouped(repeats)} times`);
  } catch (error) {
    if (error instanceof MemoryError) throw explainMemory(error, "Ask for fewer `repeats`.", ["repeats"]);
    throw error;
  }
}

/**
 * Of each repetition which fold each place is in, from 1. Each draws from a stream of its own until its folds are not
 * those of one before it; the first is the one that there is without repetitions.
 *
 * @throws MistakeError where there are not so many ways to fold
 */
function foldedAnew(
  repeats: number,
  { seed, folds }: Seeds,
  drawn: (random: Stream, isFirst: boolean) => Int32Array,
): readonly Int32Array[] {
  const found: Int32Array[] = [];
  const known = new Set<string>();
  for (let repeat = 1; repeat <= repeats; repeat++) {
    const random = stream(seed, folds, repeat === 1 ? "fold" : `fold ${repeat}`);
    let assignment = drawn(random, repeat === 1);
    if (repeats > 1) {
      for (let draws = 1; known.has(nameOf(assignment)); draws++) {
        if (draws === mostDraws)
          throw new MistakeError(
            sameFolds(
              `There are hardly more than ${found.length} ways to fold these data evenly`,
              `Ask for fewer \`repeats\`, such as ${found.length}, or for fewer folds.`,
            ),
          );
        assignment = drawn(random, false);
      }
      known.add(nameOf(assignment));
    }
    found.push(assignment);
  }
  return found;
}
/** The same for the same folds in whatever order. */
function nameOf(assignment: Int32Array): string {
  const numbers = new Map<number, number>();
  const renamed = assignment.map((fold) => {
    if (!numbers.has(fold)) numbers.set(fold, numbers.size);
    return numbers.get(fold)!;
  });
  return digestBytes(new Uint8Array(renamed.buffer));
}
/** One after the other, with the keys of all folds: repetition r has those from r k + 1. */
function joinedKeys(assignments: readonly Int32Array[], k: number): Int32Array {
  const count = assignments[0]!.length;
  const keys = new Int32Array(assignments.length * count);
  for (const [repeat, assignment] of assignments.entries())
    keys.set(
      assignment.map((fold) => repeat * k + fold),
      repeat * count,
    );
  return keys;
}
/** Examples in the smallest and in the largest fold. */
function rangeOf(assignments: readonly Int32Array[], k: number): readonly [number, number] {
  const sizes = assignments.flatMap((assignment) => {
    const counts = new Array<number>(k).fill(0);
    for (const fold of assignment) counts[fold - 1]!++;
    return counts;
  });
  return [Math.min(...sizes), Math.max(...sizes)];
}

function oneByOne(data: Dataset, rows: Int32Array, { k, shuffle, stratify }: Options, random: Stream): Int32Array {
  const assignment = new Int32Array(rows.length);
  if (!shuffle && !stratify) return assignment.map((_, index) => Math.floor((index * k) / rows.length) + 1);
  const groups = stratify ? byClass(data, rows) : [Array.from(rows, (_, index) => index)];
  let dealt = 0;
  // Dealing goes on where the last class ended, so that folds differ by at most one example.
  for (const group of groups) {
    const order = shuffle ? random.permutation(group.length) : group.map((_, index) => index);
    for (const at of order) assignment[group[at]!] = (dealt++ % k) + 1;
  }
  return assignment;
}

function byGroups(
  groups: readonly Group[],
  data: Dataset,
  rows: Int32Array,
  { k, shuffle, stratify }: Options,
  random: Stream,
  isFirst: boolean,
): Int32Array {
  if (stratify && !data.data.classes) throw new MistakeError(nothingToStratify);
  const counts = countsIn(groups, data, rows, stratify);
  // The largest first, which makes the most equal folds, is nearly one order alone: further ones have to be drawn.
  const order = isFirst ? largestFirst(counts, shuffle ? random : undefined) : largerSooner(counts, random);
  const found = foldsOfGroups(counts, k, order);
  const assignment = new Int32Array(rows.length);
  groups.forEach(({ places }, group) => {
    for (const place of places) assignment[place] = found[group]! + 1;
  });
  return assignment;
}
