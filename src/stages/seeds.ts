/**
 * seeds: the same pipeline under several seeds, so that what is due to chance is seen.
 *
 * In the element of seed s the pipeline's seed is s, and nothing else is different: each step is the one that
 * `--set seed=s` gives wherever it reads the same. So nobody reads what this stage leaves; a seed more or less changes
 * no other.
 */
import * as z from "zod";
import type { Kind } from "../pipeline/kind.js";
import { most } from "../pipeline/limits.js";
import { outputOf } from "../values/output.js";
import { seedsHeadline } from "../values/seeds.js";

const seed = z.number().int().min(0);
const schema = z.strictObject({
  from: seed.optional().describe("With `count`: the first seed, a whole number from 0. Default: 1."),
  count: z
    .number()
    .int()
    .min(1)
    .refine(...most("elements"))
    .optional()
    .describe("How many seeds, one after the other: `from`, `from` + 1, …. More of them later run only the new ones."),
  values: z
    .array(seed)
    .min(1)
    .refine(...most("elements"))
    .optional()
    .describe("The seeds themselves, such as `[3, 7]`, instead of `count`. Each is there once."),
});
type Options = z.infer<typeof schema>;

const seedsIn = ({ from = 1, count = 0, values }: Options): readonly number[] =>
  values ?? Array.from({ length: count }, (_, index) => from + index);

export const seeds: Kind<Options, Record<never, never>> = {
  name: "seeds",
  version: 1,
  summary: "Several seeds; stages with `each:` run once per seed, which is the pipeline's seed there.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [],
  outputs: { seeds: "The seeds; what `each:` stands on." },
  example: `
stages:
  digits: {kind: load, source: mnist}
  parts:  {kind: split, data: digits.train, validation: 10000}   # the same for every seed
  seeds:  {kind: seeds, count: 10}
  net:
    kind: train
    each: seeds
    data: parts.train
    validation: parts.validation
    layers: [flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 3
  score:  {kind: evaluate, each: seeds, model: net, data: digits.test}
  curves: {kind: visualize, figure: learning_curves, from: net}   # mean and ± sd over the seeds
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  preview: (_name, output) => [{ type: "lines", lines: ["", seedsHeadline(outputOf(output, "seeds"))] }],
  headline: ({ seeds }) => seedsHeadline(outputOf(seeds, "seeds")),
  elements: (options) => ({ keys: seedsIn(options).map(String), of: "seeds" }),
  check({ options, report }) {
    const { from, count, values } = options;
    if (count === undefined && values === undefined)
      report({
        title: "which seeds",
        message: "`seeds` needs `count: 10`, which are the seeds 1 … 10, or `values: [3, 7]`, the seeds themselves.",
      });
    else if (count !== undefined && values !== undefined)
      report({
        title: "seeds said twice",
        message: "`count` counts seeds from `from`, and `values` lists them. Leave out one of the two.",
        at: ["count"],
      });
    else if (from !== undefined && values !== undefined)
      report({
        title: "seeds said twice",
        message: "`from` is the first of the seeds that `count` counts; `values` lists them. Leave out `from`.",
        at: ["from"],
      });
    const all = seedsIn(options);
    const known = new Set<number>();
    const again = values?.findIndex((value) => known.size === known.add(value).size) ?? -1;
    if (again >= 0)
      report({
        title: "a seed that repeats",
        message:
          `The seed ${all[again]} is there twice, so the same computation would count twice, ` +
          "as if it were another one. Leave one of them out.",
        at: ["values", again],
      });
    if (all.some((value) => !Number.isSafeInteger(value)))
      report({
        title: "seeds too large",
        message: `The last seed would be ${all.at(-1)}; a seed is at most ${Number.MAX_SAFE_INTEGER}.`,
        at: ["from"],
      });
    return { seeds: { type: "seeds", count: all.length } };
  },
  async run({ options }) {
    const values = seedsIn(options);
    return { seeds: { type: "seeds", data: { count: values.length, values }, blobs: {} } };
  },
};
