/**
 * load: data from outside or from a formula, as outputs `train` and, where there are any, `validation` and `test`. The
 * only kind that reads data files.
 */
import type { Kind } from "../pipeline/kind.js";
import type { Dataset } from "../values/dataset.js";
import { loadCsv } from "./csv-files.js";
import { classNames, datasetWords } from "./dataset.js";
import { sharedGroups } from "./groups.js";
import { checkLoad, classesOf, declaredClasses } from "./load-check.js";
import { digestFile, judgedFile } from "./load-files.js";
import { type IdxPair, loadIdxPair } from "./load-idx.js";
import { loadImages } from "./load-images.js";
import { loadMnist, mnistFiles } from "./load-mnist.js";
import { loadNpy } from "./load-npy.js";
import { forms, type LoadOptions, schema } from "./load-options.js";
import { namedFiles } from "./load-paths.js";
import { makeGappedCurve } from "./load-synthetic.js";
import { decodersHere } from "./picture-decode.js";
import { digestFolder } from "./picture-folder.js";
import { comparePin } from "./pinned.js";
import { makeDigits } from "./synthetic-digits.js";

export const load: Kind<LoadOptions, Record<never, never>> = {
  name: "load",
  version: 3,
  summary: "Loads data (pictures, CSV, NumPy arrays, IDX files, MNIST), or makes them.",
  schema,
  optionNames: [...new Set(forms.flatMap(({ shape }) => Object.keys(shape)))],
  spelled: ["classes", "missing", "split"],
  guards: ["sha256"],
  inputs: [],
  outputs: {
    train: "The training examples, a dataset.",
    validation: "The validation examples, a dataset; where the source names them: an npy, or a CSV's `split`.",
    test: "The test examples, a dataset; where the source has them.",
  },
  example: `
stages:
  digits: {kind: load, source: mnist}
  garments:
    kind: load
    source: idx
    train: {images: train-images.idx, labels: train-labels.idx}
    classes: [shirt, shoe, bag]
  scans:
    kind: load
    source: npy
    train: {features: scans.npy, labels: labels.npy}
    test: {file: held-out.npz, features: x, labels: y}
    classes: 4
  points: {kind: load, source: csv, train: points.csv, test: more-points.csv, target: label, features: [input]}
  flowers:
    kind: load
    source: csv
    file: flowers.csv
    split: {column: part, train: training, test: [test, held-out]}
    target: species
    classes: [setosa, versicolor, virginica]
    on_missing: drop_row
  visits:
    kind: load
    source: csv
    train: visits.csv
    target: outcome
    classes: auto
    leave_out: [id, "note_*"]
    categories: [ward]
    dates: [visited]
    group: patient
    on_missing: keep
  photos: {kind: load, source: images, train: photos/train, test: photos/test, resize: [64, 64]}
  drawn: {kind: load, source: synthetic, generator: digits, count: 2000}
  curve: {kind: load, source: synthetic, generator: gapped_curve, noise: 0.5, seed: 3}
`,
  usesEngine: false,
  drawsRandomNumbers: ({ source }) => source === "synthetic",
  ...datasetWords,
  check: checkLoad,
  files(options, folder) {
    if (options.source === "mnist") return mnistFiles;
    return namedFiles(options).map(({ path, option }) => {
      const isFolder = options.source === "images";
      const digest = isFolder ? digestFolder(folder, path, option[0]!) : digestFile(folder, path);
      if ("sha256" in options) comparePin(options.sha256, path, digest, isFolder ? "folder" : "file");
      return { option, digest };
    });
  },
  decoders: ({ source }, versionOf) => (source === "images" ? decodersHere(versionOf) : []),
  async run({ options, folder, files, seeds, warn, progress, stopping }) {
    switch (options.source) {
      case "mnist":
        return loadMnist();
      case "idx": {
        const classes = classNames(options.classes)!;
        const partOf = (pair: IdxPair, split: "train" | "test"): Dataset => {
          const judged = { images: judgedFile(files, split, "images"), labels: judgedFile(files, split, "labels") };
          return loadIdxPair(folder, pair, classes, split, judged);
        };
        return {
          train: partOf(options.train, "train"),
          ...(options.test ? { test: partOf(options.test, "test") } : {}),
        };
      }
      case "npy": {
        const { outputs, remarks } = loadNpy(folder, options, classesOf(options), files);
        for (const { message, name } of remarks) warn(message, name);
        return outputs;
      }
      case "csv": {
        const { outputs, remarks } = await loadCsv(folder, options, declaredClasses(options), files);
        for (const { message, name } of remarks) warn(message, name);
        for (const { text } of sharedGroups(outputs)) warn(text, "group_on_both_sides");
        return outputs;
      }
      case "images":
        return loadImages(options, { folder, ...(files ? { files } : {}), warn, progress, stopping });
      case "synthetic":
        return options.generator === "digits" ? makeDigits(options, seeds) : makeGappedCurve(options, seeds);
    }
  },
};
