/**
 * split: a dataset into train, validation and, where asked for, test.
 *
 * Sizes are counts (from 1) or fractions (below 1, of the whole, rounded). With `stratify` every class keeps its share:
 * largest remainders get the examples that rounding leaves over. Each part keeps the order of the data.
 */

import * as z from "zod";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { stream } from "../learn/random.js";
import type { Kind } from "../pipeline/kind.js";
import { rounded } from "../util/numbers.js";
import type { Dataset } from "../values/dataset.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { type Cut, warnBothSides } from "./both-sides.js";
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
import { checkCut } from "./honesty.js";

const size = z.number().positive();
const schema = z.strictObject({
  data: reference("The dataset to split."),
  validation: size.describe("Examples for validation: a count from 1, or a fraction below 1."),
  test: size.optional().describe("Examples for a test set, likewise. Default: none."),
  stratify: z.boolean().default(false).describe("Keep the share of each class in every part. Default: false."),
});
type Options = z.infer<typeof schema>;
const parts = ["train", "validation", "test"] as const;
const cut: Cut = {
  name: "the split",
  effect:
    "what is measured. Split first, and merge training examples alone, " +
    "such as `{kind: merge, data: [parts.train, parts.train]}`.",
};

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
  const wishes = (["validation", "test"] as const).flatMap((at) =>
    options[at] === undefined ? [] : [{ at, wish: options[at], size: parts[at] }],
  );
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
  const most = count - 1 - (wishes.length > 1 ? parts.test : 0);
  const way =
    most >= 1 && wishes.some(({ wish }) => wish < 1) ? ` Ask for at most ${most}: \`validation: ${most}\`.` : "";
  return [
    {
      title: "split larger than the data",
      message:
        `${asked} examples are asked for, but the data has ${count}, ` +
        `and at least one must remain for training.${way}`,
      at: ["validation"],
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
    validation: "The examples held out to judge a training by.",
    test: "The examples held out to judge the chosen model by; only with the option `test`.",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  parts:  {kind: split, data: digits.train, validation: 10000, stratify: true}
`,
  usesEngine: false,
  drawsRandomNumbers: true,
  ...datasetWords,
  check({ options, inputs, identity, span, report }) {
    const data = inputs.data;
    checkPlain(data, readers.split, report);
    const from = checkCut("split", data, cut, report);
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
    if (count === null)
      return {
        train: part("train", null),
        validation: part("validation", null),
        ...(options.test === undefined ? {} : { test: part("test", null) }),
      };
    const parts = sizes(options, count);
    for (const mistake of sizeMistakes(options, count)) report({ ...mistake, label: `of ${count} examples` });
    return {
      train: part("train", parts.train),
      validation: part("validation", parts.validation),
      ...(options.test === undefined ? {} : { test: part("test", parts.test) }),
    };
  },
  async run({ options, inputs, seeds, warn }) {
    const data = inputs.data;
    requirePlain(data, readers.split);
    const rows = rowsOf(data);
    const wanted = sizes(options, rows.length);
    const [mistake] = sizeMistakes(options, rows.length);
    if (mistake) throw new MistakeError(mistake);
    const random = stream(seeds.seed, seeds.folds, "split");
    const groups = options.stratify ? byClass(data, rows) : [Array.from(rows, (_, index) => index)];
    const validationSizes = shares(
      groups.map((group) => group.length),
      wanted.validation,
    );
    const testSizes = shares(
      groups.map((group, index) => group.length - validationSizes[index]!),
      wanted.test,
    );
    const assigned = new Uint8Array(rows.length);
    groups.forEach((group, index) => {
      const order = random.permutation(group.length);
      for (let at = 0; at < validationSizes[index]! + testSizes[index]!; at++)
        assigned[group[order[at]!]!] = parts.indexOf(at < validationSizes[index]! ? "validation" : "test");
    });
    warnBothSides(rows, assigned, cut, warn);
    const part = (name: (typeof parts)[number]): Dataset =>
      withRows(
        data,
        rows.filter((_, place) => parts[assigned[place]!] === name),
        name,
      );
    return {
      train: part("train"),
      validation: part("validation"),
      ...(options.test === undefined ? {} : { test: part("test") }),
    };
  },
};

/**
 * Whole numbers that sum to `total`, as near as can be to each group's share of it (largest remainders first, ties to
 * the first group).
 */
export function shares(groups: readonly number[], total: number): number[] {
  const all = groups.reduce((sum, size) => sum + size, 0);
  const exact = groups.map((size) => (all === 0 ? 0 : (size * total) / all));
  const floors = exact.map(Math.floor);
  const left = total - floors.reduce((sum, size) => sum + size, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, rest: value - floors[index]! }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index);
  for (const { index } of byRemainder.slice(0, left)) floors[index]!++;
  return floors;
}
