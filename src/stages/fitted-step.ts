/**
 * What `normalize` and `impute` have in common: a step that is done to features by statistics of `fit`, which should be
 * a training set. Those of validation or test examples tell the model of data that it must not know, and are doubted.
 *
 * All stored examples are transformed and the choice of rows kept, so that parts of one dataset that go through the
 * same step share their bytes in the store.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { type Examples, examplesOf } from "../learn/data.js";
import type { CheckContext } from "../pipeline/check-context.js";
import type { NormalizationInfo, PortInfo } from "../pipeline/port-info.js";
import type { RunContext } from "../pipeline/run-context.js";
import type { Dataset, Normalization } from "../values/dataset.js";
import { alike } from "./agreement.js";
import { checkMeeting } from "./agreement-check.js";
import { checkPlain, readers, requirePlain } from "./augmented.js";
import { datasetPort, heldOutIn, reference, withNormalization } from "./dataset.js";
import { meetings } from "./meetings.js";

export type FittedInputs = { data: "dataset"; fit?: "dataset" };
interface FittedOptions {
  readonly method: string;
}
/** A step in words. */
export interface StepWords {
  /** `Normalise` */
  readonly imperative: string;
  /** `normalised` */
  readonly done: string;
  /** What data get that are treated by their own statistics: `another scale`. */
  readonly other: string;
}

/** The options that name datasets, and the inputs. */
export const fittedSchema = (what: string) => ({
  data: reference(`The dataset to ${what}.`),
  fit: reference(
    "The training examples, whose statistics are used. Default: `data` itself, " +
      "which is right for training examples only.",
  ).optional(),
});
export const fittedInputs = (what: string) =>
  [
    { option: "data", accepts: ["dataset"], description: `The dataset to ${what}.` },
    {
      option: "fit",
      accepts: ["dataset"],
      optional: true,
      description: "The training examples, whose statistics are used.",
    },
  ] as const;

/** @param own  what is known of the step itself; `numbers` of examples that `check` reads anyway */
export function checkStep(
  { inputs, span, report }: CheckContext<FittedOptions, FittedInputs>,
  words: StepWords,
  own: Pick<NormalizationInfo, "method" | "by"> & { readonly numbers: (examples: Examples) => Normalization },
): PortInfo {
  const { data, fit } = inputs;
  const leak = data && leakOf(words, data.split, fit ? (fit.split ?? "") : undefined);
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
  const { numbers, ...known } = own;
  const step: NormalizationInfo = {
    ...known,
    of: (fit ?? data)?.rows,
    span: span(),
    numbers: numbersOf(fit ?? data, numbers),
    isReported: leak !== undefined,
  };
  return {
    ...datasetPort(data, data?.count ?? null),
    classCounts: data?.classCounts,
    normalization: before && [...before, step],
  };
}

/** @param numbers  the step by the statistics of examples, of which there is one at least; `option` names them */
export function runStep(
  { inputs, progress, warn }: Pick<RunContext<FittedOptions, FittedInputs>, "inputs" | "progress" | "warn">,
  words: StepWords,
  numbers: (examples: Examples, option: "data" | "fit") => Normalization,
): Dataset {
  const { data, fit } = inputs;
  const leak = leakOf(words, data.data.split, fit?.data.split);
  if (leak) warn(leak.message, "fitted_on_held_out");
  if (fit) requirePlain(fit, readers.fit);
  const beside = fit && alike(fit, data, meetings.fit);
  for (const remark of beside?.remarks ?? []) progress({ remark });
  const learned = examplesOf(beside?.output ?? data);
  const option = fit ? "fit" : "data";
  if (learned.count === 0)
    throw new MistakeError({
      title: "no examples",
      message: "There is no example to take statistics from.",
      at: [option],
    });
  return withNormalization(data, [numbers(learned, option)]);
}

/** Held-out examples whose statistics would be used; `fit` is undefined where the data's own are. */
function leakOf(
  { imperative, done, other }: StepWords,
  split: string | undefined,
  fit: string | undefined,
): Mistake | undefined {
  const heldOut = heldOutIn(fit ?? split);
  if (heldOut.length === 0) return undefined;
  const what = heldOut.join(" and ");
  return fit === undefined
    ? {
        title: "statistics of held-out data",
        message:
          heldOut.length < split!.split("+").length
            ? `\`data\` holds ${what} examples among others, and their statistics are used too, ` +
              `so training would know of them. ${imperative} after they are told apart, ` +
              "with training examples in `fit`."
            : `\`data\` holds ${what} examples and is ${done} by its own statistics, ` +
              `so it gets ${other} than the training examples. Name those in \`fit\`.`,
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
function numbersOf(
  from: PortInfo | undefined,
  numbers: (examples: Examples) => Normalization,
): NormalizationInfo["numbers"] {
  const examples = from?.examples;
  if (!examples) return undefined;
  let found: Normalization | undefined;
  return () => {
    found ??= numbers(examplesOf(examples()));
    return found;
  };
}
