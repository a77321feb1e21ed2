/**
 * explore: what the data are like before anything is learned from them, and what to be careful of.
 *
 * Its warnings come with the run, and with `hw1 check` too where the data are read or made while checking: a CSV of up
 * to 8 MiB and synthetic data, straight from `load`.
 */
import * as z from "zod";
import type { Kind } from "../pipeline/kind.js";
import { brought } from "./agreement.js";
import { checkMeeting } from "./agreement-check.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { reference } from "./dataset.js";
import { meetings } from "./meetings.js";
import { profileOf, remarkNames } from "./profile.js";

const schema = z.strictObject({
  data: reference("The dataset to look at, most often the training examples."),
  test: reference(
    "A dataset to compare it with: rows in empty intervals, shifts, rows that are in both. Default: none.",
  ).optional(),
});
type Options = z.infer<typeof schema>;

export const explore: Kind<Options, { data: "dataset"; test?: "dataset" }> = {
  name: "explore",
  version: 2,
  summary:
    "Profiles a dataset: ranges, empty intervals, order, repeated rows, balance of classes, " +
    "and how test data differ; warns where care is needed.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [
    { option: "data", accepts: ["dataset"], description: "The dataset to look at." },
    { option: "test", accepts: ["dataset"], optional: true, description: "A dataset to compare it with." },
  ],
  outputs: {
    profile:
      "Per column min, max, mean, sd, missing, distinct, empty intervals and shift; rows, repeated rows, " +
      "order, counts of classes; warnings. An interval is empty when it is longer than 99 of 100 samples of " +
      "evenly spread values have one, twice as long as those beside it, " +
      "and has a tenth of the values on either side. Rows are sorted, " +
      "or grouped when neighbours are alike (serial rank correlation above 0.3 and above 4/√n). " +
      "A shift is a Kolmogorov–Smirnov distance that chance exceeds in 1 of 100 datasets.",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  look:   {kind: explore, data: digits.train, test: digits.test}
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  headline: () => "profile",
  check({ inputs, report }) {
    const { data, test } = inputs;
    let fits = true;
    const misfit: typeof report = (mistake) => {
      fits = false;
      report(mistake);
    };
    if (checkPlain(test, readers.test, misfit)) checkMeeting(data, test, meetings.test, misfit, "follows");
    if (fits && data?.examples)
      for (const { title, message } of profileOf(
        data.examples(),
        test?.examples && brought(test.examples(), data.examples(), meetings.test).output,
      ).warnings)
        report({ title, message, at: ["data"], severity: "warning", name: remarkNames[title] });
    return { profile: { type: "profile", count: data?.count ?? null, shape: data?.shape ?? null } };
  },
  async run({ inputs, progress, warn }) {
    const { data, test } = inputs;
    if (test) requirePlain(test, readers.test);
    if (data.data.recipe) progress({ remark: "`data` is augmented; what is told is of the images as they are" });
    const beside = test && brought(test, data, meetings.test);
    for (const remark of beside?.remarks ?? []) progress({ remark });
    const profile = profileOf(data, beside?.output);
    for (const { title, message } of profile.warnings) warn(message, remarkNames[title]);
    return { profile: { type: "profile", data: profile, blobs: {} } };
  },
};
