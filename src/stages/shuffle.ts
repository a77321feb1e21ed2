/** shuffle: the same examples in a seeded random order. Writes row numbers only. */
import * as z from "zod";
import { stream } from "../learn/random.js";
import type { Kind } from "../pipeline/kind.js";
import { datasetPort, datasetWords, reference, rowsOf, withRows } from "./dataset.js";

const schema = z.strictObject({ data: reference("The dataset to shuffle.") });
type Options = z.infer<typeof schema>;

export const shuffle: Kind<Options, { data: "dataset" }> = {
  name: "shuffle",
  version: 1,
  summary: "Puts the examples of a dataset in a seeded random order.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [{ option: "data", accepts: ["dataset"], description: "The dataset to shuffle." }],
  outputs: { data: "The same examples in another order." },
  example: `
stages:
  digits: {kind: load, source: mnist}
  mixed:  {kind: shuffle, data: digits.train, seed: 3}
`,
  usesEngine: false,
  drawsRandomNumbers: true,
  ...datasetWords,
  check({ inputs, identity }) {
    const data = datasetPort(inputs.data, inputs.data?.count ?? null);
    return {
      data: {
        ...data,
        rows: data.rows && { ...data.rows, order: identity() },
        ordered: undefined,
        classCounts: inputs.data?.classCounts,
      },
    };
  },
  async run({ inputs, seeds }) {
    const data = inputs.data;
    const rows = rowsOf(data);
    const order = stream(seeds.seed, seeds.folds, "shuffle").permutation(rows.length);
    return {
      data: withRows(
        data,
        rows.map((_, index) => rows[order[index]!]!),
      ),
    };
  },
};
