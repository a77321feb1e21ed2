/**
 * normalize: features brought to a common scale, each column by itself, each channel of images by itself. Labels stay.
 *
 * The statistics come from `fit`, which should be a training set: those of validation or test examples tell the model
 * of data that it must not know, and are doubted. All stored examples are transformed and the choice of rows kept, so
 * that parts of one dataset that are normalised alike share their bytes in the store.
 */
import * as z from "zod";
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { examplesOf } from "../learn/data.js";
import { statistics } from "../learn/normalization.js";
import type { Kind } from "../pipeline/kind.js";
import type { NormalizationInfo, PortInfo } from "../pipeline/port-info.js";
import type { Normalization } from "../values/dataset.js";
import { alike, meetings } from "./agreement.js";
import { checkMeeting } from "./agreement-check.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { datasetPort, datasetWords, heldOutIn, reference, withNormalization } from "./dataset.js";

const schema = z.strictObject({
  data: reference("The dataset to normalise."),
  fit: reference(
    "The training examples, whose statistics are used. Default: `data` itself, " +
      "which is right for training examples only.",
  ).optional(),
  method: z
    .enum(["standard", "min_max"])
    .default("standard")
    .describe(
      "`standard`: (x − mean) / sd, with the sd over n. `min_max`: (x − min) / (max − min), " +
        "so that the examples of `fit` lie in 0 … 1. A constant column becomes 0.",
    ),
});
type Options = z.infer<typeof schema>;

export const normalize: Kind<Options, { data: "dataset"; fit?: "dataset" }> = {
  name: "normalize",
  version: 3,
  summary: "Brings features to a common scale: per column, or per channel of images. Labels stay as they are.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [
    { option: "data", accepts: ["dataset"], description: "The dataset to normalise." },
    {
      option: "fit",
      accepts: ["dataset"],
      optional: true,
      description: "The training examples, whose statistics are used.",
    },
  ],
  outputs: {
    data:
      "The same examples with normalised features. The statistics stay with them, " +
      "and with a model that learns from them.",
  },
  example: `
stages:
  points:      {kind: load, source: synthetic, generator: gapped_curve}
  train_ready: {kind: normalize, data: points.train}
  test_ready:  {kind: normalize, data: points.test, fit: points.train}
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  ...datasetWords,
  check({ options, inputs, span, report }) {
    const { data, fit } = inputs;
    const leak = data && leakOf(data.split, fit ? (fit.split ?? "") : undefined);
    if (leak)
      report({
        title: leak.title,
        message: leak.message,
        at: leak.at,
        severity: "warning",
        name: "fitted_on_held_out",
      });
    if (checkPlain(fit, readers.fit, report)) checkMeeting(data, fit, meetings.fit, report, "refused");
    const before = data?.normalization;
    const step: NormalizationInfo = {
      method: options.method,
      of: (fit ?? data)?.rows,
      span: span(),
      numbers: numbersOf(fit ?? data, options.method),
      isReported: leak !== undefined,
    };
    return {
      data: {
        ...datasetPort(data, data?.count ?? null),
        rounded: undefined,
        classCounts: data?.classCounts,
        normalization: before && [...before, step],
      },
    };
  },
  async run({ options, inputs, progress, warn }) {
    const { data, fit } = inputs;
    const leak = leakOf(data.data.split, fit?.data.split);
    if (leak) warn(leak.message, "fitted_on_held_out");
    if (fit) requirePlain(fit, readers.fit);
    const beside = fit && alike(fit, data, meetings.fit);
    for (const remark of beside?.remarks ?? []) progress({ remark });
    const learned = examplesOf(beside?.output ?? data);
    if (learned.count === 0)
      throw new MistakeError({
        title: "no examples",
        message: "There is no example to take statistics from.",
        at: [fit ? "fit" : "data"],
      });
    return { data: withNormalization(data, [statistics(learned, options.method)]) };
  },
};

/** Held-out examples whose statistics would be used; `fit` is undefined where the data's own are. */
function leakOf(split: string | undefined, fit: string | undefined): Mistake | undefined {
  const heldOut = heldOutIn(fit ?? split);
  if (heldOut.length === 0) return undefined;
  const what = heldOut.join(" and ");
  return fit === undefined
    ? {
        title: "statistics of held-out data",
        message:
          heldOut.length < split!.split("+").length
            ? `\`data\` holds ${what} examples among others, and their statistics are used too, ` +
              "so training would know of them. Normalise after they are told apart, " +
              "with training examples in `fit`."
            : `\`data\` holds ${what} examples and is normalised by its own statistics, ` +
              "so it gets another scale than the training examples. Name those in `fit`.",
        at: ["data"],
      }
    : {
        title: "statistics of held-out data",
        message:
          `\`fit\` holds ${what} examples, whose statistics leak into training, so that a score on them flatters. ` +
          "Name training examples.",
        at: ["fit"],
      };
}

/** Computed when somebody asks, once: of examples that `check` reads anyway. */
function numbersOf(from: PortInfo | undefined, method: Options["method"]): NormalizationInfo["numbers"] {
  const examples = from?.examples;
  if (!examples) return undefined;
  let numbers: Normalization | undefined;
  return () => {
    numbers ??= statistics(examplesOf(examples()), method);
    return numbers;
  };
}
