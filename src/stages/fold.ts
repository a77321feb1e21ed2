/**
 * fold: k parts for cross-validation. Every example is in validation exactly once; parts differ by at most one example.
 *
 * It leaves one assignment of rows to folds. Whoever says `each: folds` runs once per fold and reads `folds.train` and
 * `folds.validation` of that fold.
 */
import * as z from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { stream } from "../learn/random.js";
import type { Kind } from "../pipeline/kind.js";
import { most } from "../pipeline/limits.js";
import { ordinals } from "../pipeline/scope.js";
import { blobOf } from "../values/blob.js";
import { foldsHeadline } from "../values/folds.js";
import { outputOf } from "../values/output.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { type Cut, warnBothSides } from "./both-sides.js";
import { byClass, countsOf, cutFrom, datasetPort, reference, rowsOf } from "./dataset.js";
import { checkCut, rareText } from "./honesty.js";
import { orderOf, orderRemedy } from "./profile.js";

const schema = z.strictObject({
  data: reference("The dataset to fold."),
  k: z
    .number()
    .int()
    .min(2)
    .refine(...most("elements"))
    .describe("Number of folds, from 2 to the number of examples."),
  shuffle: z
    .boolean()
    .default(true)
    .describe("Assign examples at random (seeded); otherwise in runs, in the order of the data. Default: true."),
  stratify: z.boolean().default(false).describe("Keep the share of each class in every fold. Default: false."),
});
type Options = z.infer<typeof schema>;
const cut: Cut = {
  name: "a fold",
  effect:
    "the validation metrics. Fold first, and merge inside `each:`, " +
    "such as `{kind: merge, each: folds, data: [folds.train, folds.train]}`.",
};
const tooMany = (k: number, count: number): string =>
  `${k} folds need at least ${k} examples, but the data has ${count}.`;

export const fold: Kind<Options, { data: "dataset" }> = {
  name: "fold",
  version: 2,
  summary: "Cuts a dataset into k folds; stages with `each:` run once per fold.",
  schema,
  optionNames: Object.keys(schema.shape),
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
  headline: ({ folds }) => foldsHeadline(outputOf(folds, "folds")),
  elements: ({ k }) => ({ keys: ordinals(k), of: "folds" }),
  check({ options, inputs, identity, span, report }) {
    const data = inputs.data;
    checkPlain(data, readers.fold, report);
    const count = data?.count ?? null;
    if (count !== null && options.k > count)
      report({ title: "more folds than examples", message: tooMany(options.k, count), at: ["k"] });
    if (options.stratify && data && data.classes === null)
      report({
        title: "nothing to stratify by",
        message: "`stratify` keeps the share of each class, but these labels are no classes.",
        at: ["stratify"],
      });
    if (data?.ordered && !options.shuffle && !options.stratify)
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
    const from = checkCut("fold", data, cut, report);
    const validation = count === null ? null : Math.floor(count / options.k);
    return {
      folds: { ...datasetPort(from, count), type: "folds" },
      train: {
        ...datasetPort(from, count === null ? null : count - Math.ceil(count / options.k)),
        split: "train",
        splitAt: span(),
        rows: cutFrom(from, `${identity()}.train`),
      },
      validation: {
        ...datasetPort(from, validation),
        split: "validation",
        splitAt: span(),
        rows: cutFrom(from, `${identity()}.validation`),
      },
    };
  },
  async run({ options, inputs, seeds, warn }) {
    const data = inputs.data;
    requirePlain(data, readers.fold);
    const rows = rowsOf(data);
    const { k } = options;
    if (k > rows.length)
      throw new MistakeError({ title: "more folds than examples", message: tooMany(k, rows.length), at: ["k"] });
    const order = options.shuffle || options.stratify ? undefined : orderOf(data);
    // Of numbers that lie in an order `check` has told, where it could read them; of classes a fold may lack some
    // altogether.
    if (order?.endsWith("by class")) warn(orderRemedy(order), "sorted_folds");
    const { classes } = data.data;
    const rare = classes && rareText(classes, countsOf(data, rows), k);
    if (rare) warn(rare, "rare_class");
    const random = stream(seeds.seed, seeds.folds, "fold");
    const groups = options.stratify ? byClass(data, rows) : [Array.from(rows, (_, index) => index)];
    const assignment = new Int32Array(rows.length);
    let dealt = 0;
    if (options.shuffle || options.stratify)
      // Dealing goes on where the last class ended, so that folds differ by at most one example.
      for (const group of groups) {
        const order = options.shuffle ? random.permutation(group.length) : group.map((_, index) => index);
        for (const at of order) assignment[group[at]!] = (dealt++ % k) + 1;
      }
    else
      for (let index = 0; index < rows.length; index++) assignment[index] = Math.floor((index * k) / rows.length) + 1;
    warnBothSides(rows, assignment, cut, warn);
    const meta = data.data;
    return {
      folds: {
        type: "folds",
        data: { ...meta, shape: [...meta.shape], count: rows.length, k },
        blobs: {
          features: data.blobs.features!,
          labels: data.blobs.labels!,
          rows: blobOf("int32", [rows.length], rows),
          assignment: blobOf("int32", [rows.length], assignment),
        },
      },
    };
  },
};
