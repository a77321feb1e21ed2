/**
 * Whether an exported file computes what hw1 computes: it is read again by those who will read it, shown numbers in the
 * units of the file, and held against the model in the engine.
 *
 * With examples all metrics must be those of `evaluate`: what is counted (accuracy, the confusion matrix, all that
 * follows from them) exactly; losses, and metrics of numbers, within 1e-5 of their size, or where the outputs
 * themselves are that near. Without, the outputs for 64 seeded inputs must be within 1e-5: probabilities as they are,
 * logits and numbers of the largest of them (of 1, where no logit is larger).
 */
import type { LoadedNetwork } from "../compute/loaded.js";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Described, ExportedFiles } from "../export/described.js";
import { formats } from "../export/formats.js";
import type { Outputs } from "../learn/criterion.js";
import { type Examples, examplesOf } from "../learn/data.js";
import { readingOf } from "../learn/losses.js";
import { classificationMetrics, regressionMetrics } from "../learn/metrics.js";
import { InterruptedError, type RunContext } from "../pipeline/run-context.js";
import { installedVersion } from "../util/installed.js";
import { sizeOfShape } from "../util/shape.js";
import type { Dataset } from "../values/dataset.js";
import type { ExportCheck, ExportFormat } from "../values/exported.js";
import { membersOf } from "../values/model.js";
import type { Output } from "../values/output.js";
import { inOrder, traitsOf } from "./agreement.js";
import { columnName, unitOf } from "./dataset.js";
import { unitText } from "./export-described.js";
import { seededInputs } from "./export-inputs.js";
import { meetings, withMembers } from "./meetings.js";
import { type ModelOutputs, outputsOf } from "./model-outputs.js";

type Hooks = Pick<RunContext<unknown>, "progress" | "stopping">;
interface Exporting {
  readonly format: ExportFormat;
  readonly model: Output<"model">;
  readonly described: Described & { readonly scale: number };
  readonly files: ExportedFiles;
}

/** How far two outputs may be apart. */
const nearness = 1e-5;

/**
 * @param data  raw, as it was loaded; null for seeded inputs
 * @throws      MistakeError where the file computes something else, or the data are not what it takes; InterruptedError
 */
export async function checkedFile(exporting: Exporting, data: Dataset | null, hooks: Hooks): Promise<ExportCheck> {
  const { format, model, described, files } = exporting;
  const { readBy, loader } = formats[format];
  const by = `${readBy} ${installedVersion(readBy)}`;
  const shown = data ? inFileUnits(exporting, data) : seededInputs(model, described);
  const meeting = membersOf(model).length > 1 ? withMembers(meetings.evaluate) : meetings.evaluate;
  const half = (from: number): Hooks => ({
    stopping: hooks.stopping,
    progress: (told) =>
      hooks.progress(told.fraction === undefined ? told : { ...told, fraction: from + told.fraction / 2 }),
  });
  const wanted = await outputsOf(model, shown, null, meeting, half(0));
  const examples = examplesOf(shown);
  const network = await loader()(files);
  let found: FileOutputs;
  try {
    found = await saidByFile(network, described, examples, half(0.5));
  } finally {
    network.dispose();
  }
  const outputs = asLossReads(found, described, wanted);
  const hasOutputs = found.logits !== undefined || found.predictions !== undefined;
  const largest = Math.max(
    // The logarithm of a probability that float32 rounds to 0, or next to it, says nothing about the file.
    hasOutputs ? distance(wanted.outputs, outputs, wanted.probabilities ? 1 : 0) : 0,
    wanted.probabilities ? distance(wanted.probabilities, found.probabilities!, 1) : 0,
  );
  const name = formats[format].title;
  if (data) return { by, of: "examples", split: shown.data.split, count: examples.count, largest, ...scores() };
  if (!(largest <= nearness))
    throw new MistakeError({
      title: "the file computes something else",
      message:
        `Read by ${by}, the ${name} file differs by ${largest.toExponential(1)} from what hw1 computes of ` +
        `${examples.count} seeded inputs, where at most ${nearness} is let pass. The file is not kept.`,
    });
  return { by, of: "inputs", count: examples.count, largest };

  function scores(): Pick<ExportCheck, "scores"> {
    const { loss, without } = wanted;
    const targets = Array.from({ length: wanted.width }, (_, at) => columnName(shown.data.targetNames ?? [], at));
    const measure = (given: Outputs): object =>
      readingOf(loss.type)
        ? classificationMetrics(given, examples, loss, without)
        : regressionMetrics(given, examples, loss, targets);
    const [ours, theirs] = [flat(measure(wanted.outputs)), flat(measure(outputs))];
    for (const [metric, value] of ours) {
      const other = theirs.get(metric) ?? null;
      if (value === other || (!isCounted(metric, ours) && isNear(value, other, largest))) continue;
      throw new MistakeError({
        title: "the file computes something else",
        message:
          `Read by ${by}, the ${name} file has the ${metric} ${other} on \`data\`, and hw1 ${value}. Its outputs ` +
          `differ by up to ${largest.toExponential(1)}. The file is not kept. Where that is the rounding of a tie, ` +
          "leave out `data`, and it is checked by the outputs of seeded inputs.",
        at: ["data"],
      });
    }
    const told = ["accuracy", "correct", "loss", "logLoss", "mse", "mae", "r2"];
    return {
      scores: Object.fromEntries(
        told.flatMap((metric) => {
          const value = ours.get(metric);
          return value === undefined || value === null ? [] : [[metric, value] as const];
        }),
      ),
    };
  }
}

/** Examples as the file takes them: in the order of the model, not normalised. @throws MistakeError */
function inFileUnits({ model, described }: Exporting, given: Dataset): Dataset {
  const { output } = inOrder(given, traitsOf(membersOf(model)[0]!.model), meetings.evaluate);
  const { normalization = [], scale } = output.data;
  if (normalization.length > 0) throw new MistakeError(normalisedData(normalization));
  if (scale !== described.scale)
    throw new MistakeError({
      title: "data in other units",
      message:
        `The numbers of \`data\` are multiplied by ${unitText(scale)} before a model sees them, and the model ` +
        `learned from numbers that were multiplied by ${unitText(described.scale)}, which the file does. Name data ` +
        "of the same kind of files.",
      at: ["data"],
    });
  return output;
}

/** What is said of data that are no longer as they were in their file. */
export const normalisedData = (steps: readonly { readonly method: string }[]) => ({
  title: "data that are normalised",
  message:
    `The file takes numbers as they were loaded and normalises them itself, but \`data\` is normalised already ` +
    `(${steps.map(({ method }) => method).join(", then ")}). Name data before they are normalised.`,
  at: ["data"],
});

/** What a file gives, by the names of its outputs, flat. */
interface FileOutputs {
  readonly logits?: Float32Array;
  readonly probabilities?: Float32Array;
  readonly predictions?: Float32Array;
}
/** Examples that are shown at a time. */
const batchSize = 250;

async function saidByFile(
  network: LoadedNetwork,
  { input, outputs, width }: Described,
  { features, rows, shape }: Examples,
  { progress, stopping }: Hooks,
): Promise<FileOutputs> {
  const size = sizeOfShape(shape);
  const names = outputs.map(({ name }) => name);
  const said = names.map(() => new Float32Array(rows.length * width));
  for (let from = 0; from < rows.length; from += batchSize) {
    const batch = rows.subarray(from, from + batchSize);
    const data = new (input.dtype === "float64" ? Float64Array : Float32Array)(batch.length * size);
    for (const [index, row] of batch.entries()) data.set(features.subarray(row * size, (row + 1) * size), index * size);
    const values = await network.run(input.name, { shape: [batch.length, ...shape], data }, names);
    for (const [index, value] of values.entries()) said[index]!.set(value, from * width);
    progress({ fraction: (from + batch.length) / rows.length, ...unitOf(shape) });
    if (stopping()) throw new InterruptedError();
  }
  return Object.fromEntries(names.map((name, index) => [name, said[index]!]));
}

/** Outputs of the file as those of the engine are read. */
function asLossReads(found: FileOutputs, { rule, width }: Described, { loss, width: own }: ModelOutputs): Outputs {
  if (found.predictions) return found.predictions;
  // Where TF.js has no logits, they are what the probabilities say.
  const logits = rule === "vote" ? found.probabilities! : (found.logits ?? logsOf(found.probabilities!));
  if (readingOf(loss.type) && own === 1 && width === 2)
    return Float64Array.from({ length: logits.length / 2 }, (_, row) => logits[2 * row + 1]! - logits[2 * row]!);
  return logits;
}
/** A probability that float32 has no number for counts as the smallest that it has. */
const logsOf = (probabilities: Float32Array): Float64Array =>
  Float64Array.from(probabilities, (value) => Math.log(Math.max(value, 2 ** -149)));

/** The largest difference, of the largest value; of `floor`, where none is larger. */
function distance(wanted: Outputs, found: Outputs, floor: number): number {
  let [difference, size] = [0, floor];
  for (const [at, value] of wanted.entries()) {
    size = Math.max(size, Math.abs(value));
    const apart = Math.abs(value - found[at]!);
    // NaN is as far as can be.
    difference = apart <= difference ? difference : apart;
  }
  return size === 0 ? difference : difference / size;
}

/** Numbers of nested metrics by dotted names, in their order. */
function flat(metrics: object, before = ""): ReadonlyMap<string, number | null> {
  return new Map(
    Object.entries(metrics).flatMap(([key, value]): readonly (readonly [string, number | null])[] => {
      const name = `${before}${key}`;
      if (value === null || typeof value === "number") return [[name, value]];
      return typeof value === "object" ? [...flat(value as object, `${name}.`)] : [];
    }),
  );
}
/** Whether a metric follows from counts of predicted classes alone. */
const isCounted = (metric: string, all: ReadonlyMap<string, unknown>): boolean =>
  all.has("accuracy") && !["loss", "logLoss", "auc"].includes(metric);
function isNear(value: number | null, other: number | null, largest: number): boolean {
  if (value === null || other === null) return false;
  return Math.abs(value - other) <= nearness * Math.max(Math.abs(value), Math.abs(other)) || largest <= nearness;
}
