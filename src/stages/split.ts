/**
 * split: a dataset into train and what is held out: validation, test or both.
 *
 * Sizes are counts (from 1) or fractions (below 1, of the whole, rounded). With `stratify` every class keeps its share:
 * largest remainders get the examples that rounding leaves over. With `by: group` groups stay whole, and with `order`
 * the last rows are held out; sizes are then as near as that allows. Each part keeps the order of the data.
 */

import * as z from "zod";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { type Stream, stream } from "../learn/random.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { Kind } from "../pipeline/kind.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { rounded } from "../util/numbers.js";
import { shares } from "../util/shares.js";
import { plural } from "../util/words.js";
import type { Dataset } from "../values/dataset.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { type Cut, reportGroupsOnBothSides, warnBothSides, warnGroupsOnBothSides } from "./both-sides.js";
import {
  byClass,
  cutFrom,
  datasetPort,
  datasetWords,
  nothingToStratify,
  reference,
  rowsOf,
  withRows,
} from "./dataset.js";
import { partsOfGroups, stratifiedParts } from "./group-folds.js";
import { countsIn, groupCountOf, groupsOf, noGroups } from "./groups.js";
import { checkCut } from "./honesty.js";
import { orderedParts, orderMistake, orderValues } from "./ordered-parts.js";

const size = z.number().positive();
const schema = z.strictObject({
  data: reference("The dataset to split."),
  validation: size
    .optional()
    .describe("Examples for validation: a count from 1, or a fraction below 1. Default: none, where `test` is given."),
  test: size.optional().describe("Examples for a test set, likewise. Default: none."),
  stratify: z.boolean().default(false).describe("Keep the share of each class in every part. Default: false."),
  by: z
    .enum(["group"])
    .optional()
    .describe(
      "`group`: examples of one group, as `load: {group: COLUMN}` tells them apart, stay together, and sizes are as " +
        "near as whole groups allow. Default: examples are drawn one by one.",
    ),
  order: z
    .string()
    .optional()
    .describe(
      "A column by which the last rows are held out: that of `load: {order: COLUMN}`, or a feature. The greatest " +
        "values are the test examples, those before them validate, and rows of one value stay together. Default: " +
        "examples are drawn at random.",
    ),
});
type Options = z.infer<typeof schema>;
/** Parts that are held out, in the order in which rows are given to them. */
const heldOut = (options: Options): readonly ("validation" | "test")[] =>
  (["validation", "test"] as const).filter((name) => options[name] !== undefined);
/** Names of the parts by their numbers. */
const partsOf = (options: Options) => ["train", ...heldOut(options)] as const;
const cut: Cut = {
  name: "the split",
  effect:
    "what is measured. Split first, and merge training examples alone, " +
    "such as `{kind: merge, data: [parts.train, parts.train]}`.",
};
const cutOf = ({ order, by }: Options): Cut => ({ ...cut, by: order === undefined ? by : "order" });

function countOf(wish: number | undefined, count: number): number {
  if (wish === undefined) return 0;
  return wish < 1 ? Math.round(wish * count) : Math.floor(wish);
}

function sizes(options: Options, count: number): { validation: number; test: number; train: number } {
  const validation = countOf(options.validation, count);
  const test = countOf(options.test, count);
  return { validation, test, train: count - validation - test };
}
/** Wishes that leave a part without examples, with what would not. */
function sizeMistakes(options: Options, count: number): readonly Mistake[] {
  const parts = sizes(options, count);
  const wishes = heldOut(options).map((at) => ({ at, wish: options[at]!, size: parts[at] }));
  const empty = wishes.filter(({ size }) => size < 1);
  if (empty.length > 0)
    return empty.map(({ at, wish }) => {
      const remedy =
        count > wishes.length ? `Ask for a count, such as \`${at}: 1\`, or for more.` : "Split more examples.";
      const size = rounded(wish * count, 3);
      return {
        title: "a part without examples",
        message: `\`${at}: ${wish}\` of ${count} examples is ${size}, which rounds to none. ${remedy}`,
        at: [at],
      };
    });
  if (parts.train >= 1) return [];
  const asked = wishes
    .map(({ wish, size }) => (wish < 1 ? `${wish} (${size} of ${count} when rounded)` : String(wish)))
    .join(" + ");
  const first = wishes[0]!.at;
  const most = count - 1 - (wishes.length > 1 ? parts.test : 0);
  const way =
    most >= 1 && wishes.some(({ wish }) => wish < 1) ? ` Ask for at most ${most}: \`${first}: ${most}\`.` : "";
  return [
    {
      title: "split larger than the data",
      message:
        `${asked} examples are asked for, but the data has ${count}, ` +
        `and at least one must remain for training.${way}`,
      at: [first],
    },
  ];
}

export const split: Kind<Options, { data: "dataset" }> = {
  name: "split",
  version: 2,
  summary: "Splits a dataset into training, validation and test examples.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [{ option: "data", accepts: ["dataset"], description: "The dataset to split." }],
  outputs: {
    train: "What remains, a dataset.",
    validation: "The examples held out to judge a training by; only with the option `validation`.",
    test: "The examples held out to judge the chosen model by; only with the option `test`.",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  parts:  {kind: split, data: digits.train, validation: 10000, stratify: true}
`,
  usesEngine: false,
  drawsRandomNumbers: ({ order }) => typeof order !== "string",
  ...datasetWords,
  check({ options, inputs, identity, span, report }) {
    const data = inputs.data;
    checkPlain(data, readers.split, report);
    const from = checkCut("split", data, cutOf(options), report);
    reportGroupsOnBothSides(data, cutOf(options), report);
    checkWholes(options, data, report);
    if (heldOut(options).length === 0)
      report({
        title: "missing option",
        message: "`split` needs `validation`, `test` or both: how many examples it holds out, such as `test: 0.2`.",
        at: [],
      });
    const part = (name: string, count: number | null) => ({
      ...datasetPort(from, count),
      split: name,
      splitAt: span(name === "train" ? [] : [name]),
      rows: cutFrom(from, `${identity()}.${name}`),
    });
    for (const name of ["validation", "test"] as const) {
      const wish = options[name];
      if (wish !== undefined && wish > 1 && !Number.isInteger(wish))
        report({
          title: "wrong value",
          message: `\`${name}\` is a whole number of examples, or a fraction below 1; ${wish} is neither.`,
          at: [name],
        });
    }
    if (options.stratify && data && data.classes === null) report(nothingToStratify);
    const count = data?.count ?? null;
    if (count !== null)
      for (const mistake of heldOut(options).length > 0 ? sizeMistakes(options, count) : [])
        report({ ...mistake, label: `of ${count} examples` });
    // Of whole groups, and of rows with the same value, the run alone knows how many there are.
    const isKnown = count !== null && options.by === undefined && options.order === undefined;
    const parts = isKnown ? sizes(options, count) : { train: null, validation: null, test: null };
    return {
      train: part("train", parts.train),
      ...(options.validation === undefined ? {} : { validation: part("validation", parts.validation) }),
      ...(options.test === undefined ? {} : { test: part("test", parts.test) }),
    };
  },
  async run({ options, inputs, seeds, progress, warn }) {
    const data = inputs.data;
    requirePlain(data, readers.split);
    const rows = rowsOf(data);
    const wanted = sizes(options, rows.length);
    const [mistake] = sizeMistakes(options, rows.length);
    if (mistake) throw new MistakeError(mistake);
    const assigned = assignedTo(data, rows, options, wanted, stream(seeds.seed, seeds.folds, "split"));
    for (const text of sizesReached(assigned, options, wanted)) progress({ remark: text });
    warnBothSides(data, rows, [assigned], cut, warn);
    warnGroupsOnBothSides(data, rows, [assigned], cutOf(options), warn);
    const parts = partsOf(options);
    const part = (name: (typeof parts)[number]): Dataset =>
      withRows(
        data,
        rows.filter((_, place) => parts[assigned[place]!] === name),
        name,
      );
    return {
      train: part("train"),
      ...(options.validation === undefined ? {} : { validation: part("validation") }),
      ...(options.test === undefined ? {} : { test: part("test") }),
    };
  },
};

type Sizes = ReturnType<typeof sizes>;

/** Of each place its part, by its place among `parts`. */
function assignedTo(data: Dataset, rows: Int32Array, options: Options, wanted: Sizes, random: Stream): Uint8Array {
  const [parts, wishes] = [partsOf(options), heldOut(options).map((name) => wanted[name])];
  if (options.order !== undefined) return orderedParts(orderValues(data, options.order, rows), wishes, options.order);
  if (options.by === "group") return ofWholeGroups(data, rows, options, wishes, random);
  const assigned = new Uint8Array(rows.length);
  const groups = options.stratify ? byClass(data, rows) : [Array.from(rows, (_, index) => index)];
  const validationSizes = shares(
    groups.map((group) => group.length),
    wanted.validation,
  );
  const testSizes = shares(
    groups.map((group, index) => group.length - validationSizes[index]!),
    wanted.test,
  );
  groups.forEach((group, index) => {
    const order = random.permutation(group.length);
    for (let at = 0; at < validationSizes[index]! + testSizes[index]!; at++)
      assigned[group[order[at]!]!] = parts.indexOf(at < validationSizes[index]! ? "validation" : "test");
  });
  return assigned;
}

function ofWholeGroups(
  data: Dataset,
  rows: Int32Array,
  { stratify }: Options,
  wishes: readonly number[],
  random: Stream,
): Uint8Array {
  const groups = groupsOf(data, rows);
  if (groups.length <= wishes.length) throw new MistakeError(fewerGroups(groups.length, wishes.length + 1));
  if (stratify && !data.data.classes) throw new MistakeError(nothingToStratify);
  const counts = countsIn(groups, data, rows, stratify);
  const found = stratify
    ? stratifiedParts(counts, wishes, random)
    : partsOfGroups(
        counts.map(([size]) => size!),
        wishes,
        random,
      );
  const assigned = new Uint8Array(rows.length);
  groups.forEach(({ places }, group) => {
    for (const place of places) assigned[place] = found[group]!;
  });
  return assigned;
}

const fewerGroups = (groups: number, wanted: number): Mistake => ({
  title: "fewer groups than parts",
  message:
    `${wanted} parts need at least ${wanted} groups, but the data have ${groups === 1 ? "one" : groups}. ` +
    "Ask for fewer parts, or leave out `by` where examples of a group have nothing in common.",
  at: ["by"],
});

/** What check time says against keeping groups or an order. */
function checkWholes(options: Options, data: PortInfo | undefined, report: CheckContext<Options>["report"]): void {
  const { by, order, stratify } = options;
  if (order !== undefined) {
    const other = ["by", "stratify"].find((name) => (name === "by" ? by !== undefined : stratify));
    if (other !== undefined)
      report({
        title: "a split in order and not",
        message:
          `With \`order\` the place of a row in that order alone says in which part it is, so that \`${other}\` ` +
          "cannot have a say. Leave out one of the two.",
        at: [other],
      });
    const mistake = orderMistake(order, data);
    if (mistake) report(mistake);
  } else if (by === "group") {
    if (data?.rows && data.group === undefined) report(noGroups);
    const [groups, wanted] = [groupCountOf(data), partsOf(options).length];
    if (groups !== undefined && groups < wanted) report(fewerGroups(groups, wanted));
  }
}

/**
 * Where whole groups or equal values make parts of another size than was asked for, in words.
 *
 * @throws MistakeError where a part is more than half as large again, or less than half as large
 */
function sizesReached(assigned: Uint8Array, options: Options, wanted: Sizes): readonly string[] {
  const parts = partsOf(options);
  return heldOut(options).flatMap((name) => {
    const wish = wanted[name];
    const got = assigned.reduce((count, part) => count + (parts[part] === name ? 1 : 0), 0);
    if (got === wish) return [];
    const whole = options.order === undefined ? "whole groups" : `rows of one \`${options.order}\` kept together`;
    if (2 * Math.abs(got - wish) > wish)
      throw new MistakeError({
        title: "no part of that size",
        message:
          `Of ${assigned.length} examples ${wish} are asked for (\`${name}: ${options[name]}\`), but with ${whole} ` +
          `it gets ${got}. Ask for what can be had, such as \`${name}: ${got}\`.`,
        at: [name],
      });
    return [`\`${name}\` gets ${plural(got, "example")} in place of ${wish}, with ${whole}`];
  });
}
