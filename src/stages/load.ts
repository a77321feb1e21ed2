/** load: data from outside, as outputs `train` and, where given, `test`. The only kind that reads data files. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Kind, PortInfo } from "../pipeline/kind.js";
import { type Digest, digestBytes } from "../util/digest.js";
import type { Output } from "../util/value.js";
import { classesOption, classNames, dataOf } from "./dataset.js";
import { loadCsv } from "./load-csv.js";
import { readFile } from "./load-files.js";
import { checkIdxPair, loadIdxPair } from "./load-idx.js";
import { loadMnist, mnistFiles } from "./load-mnist.js";

const pair = z.strictObject({
  images: z.string().describe("IDX file of images, gzip or not; relative to the pipeline's folder."),
  labels: z.string().describe("IDX file of labels, gzip or not."),
});
const mnist = z.strictObject({ source: z.literal("mnist").describe("The 60,000 + 10,000 images of MNIST.") });
const idx = z.strictObject({
  source: z.literal("idx").describe("Images and labels in IDX files."),
  train: pair.describe("Training images and labels."),
  test: pair.optional().describe("Test images and labels."),
  classes: classesOption.default(10),
});
const csv = z.strictObject({
  source: z.literal("csv").describe("Columns of numbers with a header row."),
  train: z.string().describe("CSV file of the training examples; relative to the pipeline's folder."),
  test: z.string().optional().describe("CSV file of the test examples."),
  target: z.string().describe("Column to learn."),
  features: z.array(z.string()).min(1).optional().describe("Columns to learn from. Default: every other column."),
  classes: classesOption.optional(),
  delimiter: z.string().length(1).default(",").describe("Character between cells. Default: a comma."),
});
const schema = z.discriminatedUnion("source", [mnist, idx, csv]);
type Options = z.infer<typeof schema>;

/** A CSV up to this size is read whole by `check`. */
const checkedSizeBytes = 8 * 1024 * 1024;

export const load: Kind<Options> = {
  name: "load",
  version: 1,
  summary: "Loads data: MNIST, IDX files or CSV.",
  schema,
  optionNames: [...new Set([mnist, idx, csv].flatMap((source) => Object.keys(source.shape)))],
  inputs: [],
  outputs: { train: "The training examples, a dataset.", test: "The test examples, a dataset; where the source has them." },
  example: `
stages:
  digits: {kind: load, source: mnist}
  garments:
    kind: load
    source: idx
    train: {images: train-images.idx, labels: train-labels.idx}
    classes: [shirt, shoe, bag]
  points: {kind: load, source: csv, train: points.csv, target: label, features: [input]}
`,
  usesEngine: false,
  drawsRandomNumbers: false,
  check({ options, folder, report, span }) {
    const origin = span(options.source === "mnist" ? ["source"] : "classes" in options && options.classes !== undefined ? ["classes"] : ["source"]);
    const parts = (["train", "test"] as const).filter((name) => name in options && (options as Record<string, unknown>)[name] !== undefined);
    const port = (shape: readonly number[] | null, count: number | null, classes: readonly string[] | null): PortInfo => ({
      type: "dataset",
      shape,
      count,
      classes,
      origin,
    });
    if (options.source === "mnist") return { train: port([28, 28, 1], 60000, classNames(10)), test: port([28, 28, 1], 10000, classNames(10)) };
    const outputs: Record<string, PortInfo> = {};
    for (const name of parts) {
      outputs[name] = port(null, null, classNames(options.classes));
      try {
        if (options.source === "idx") {
          const { count, shape } = checkIdxPair(folder, options[name]!);
          outputs[name] = port(shape, count, classNames(options.classes));
        } else if (sizeOf(folder, options[name]!) <= checkedSizeBytes) {
          const { count, shape } = dataOf(loadCsv(folder, options[name]!, options, classNames(options.classes), name));
          outputs[name] = port(shape, count, classNames(options.classes));
        }
      } catch (error) {
        if (!(error instanceof MistakeError)) throw error;
        report({ title: error.title, message: error.message, at: error.option.length > 0 ? error.option : [name] });
      }
    }
    return outputs;
  },
  files(options, folder) {
    if (options.source === "mnist") return mnistFiles;
    const paths =
      options.source === "idx"
        ? [options.train, options.test].flatMap((part) => (part ? [part.images, part.labels] : []))
        : [options.train, options.test].flatMap((path) => (path ? [path] : []));
    const digests: Record<string, Digest> = {};
    for (const path of paths) digests[path] = digestBytes(readFile(folder, path));
    return digests;
  },
  async run({ options, folder }) {
    if (options.source === "mnist") return loadMnist();
    const outputs: Record<string, Output> = {};
    for (const name of ["train", "test"] as const) {
      const part = options[name];
      if (part === undefined) continue;
      outputs[name] =
        options.source === "idx"
          ? loadIdxPair(folder, part as typeof options.train, classNames(options.classes)!, name)
          : loadCsv(folder, part as string, options, classNames(options.classes), name);
    }
    return outputs;
  },
};

function sizeOf(folder: string, path: string): number {
  try {
    return statSync(resolve(folder, path)).size;
  } catch {
    return 0;
  }
}
