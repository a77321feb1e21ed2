/**
 * `load: csv`: columns of numbers into features and targets, from a file for each split or one file with a column that
 * names the split.
 *
 * Every cell read must be a finite number; the first that are not are named by line and column. Missing cells are a
 * mistake unless the pipeline says what to do about them: nothing is repaired in silence. With `classes` the target is
 * a class: see `csv-labels.ts`. Numbers are kept in 32 bits, or in 64 where the table would lose by that.
 *
 * A file is gone through once, piece by piece, by whoever has its bytes: `begin` gives what takes them, `finish` what
 * they came to.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { columnOf, movesConstant, roundingOf } from "../learn/rounding.js";
import { blobOf } from "../values/blob.js";
import type { Dataset, DatasetData } from "../values/dataset.js";
import { type Classes, classesOfWords } from "./csv-labels.js";
import { type CsvFile, type CsvOptions, type Part, type Remark, targetsOf } from "./csv-options.js";
import type { CsvPart } from "./csv-part.js";
import { TableReader } from "./csv-table.js";
import { FileTaker } from "./csv-taker.js";
import type { Word } from "./csv-vocabulary.js";
import { placeIn } from "./csv-words.js";
import { datasetOutput } from "./dataset.js";

export interface CsvResult {
  /** Of parts that were read whole and have no mistake. */
  readonly outputs: Readonly<Partial<Record<Part, Dataset>>>;
  /** Names of the features, where a header told them. */
  readonly features: readonly string[] | undefined;
  /** Of them, those that 32 bits cannot hold without a loss that a network would notice. */
  readonly rounded: readonly string[];
  readonly remarks: readonly Remark[];
}
export type Fail = (mistake: MistakeError, file: CsvFile) => void;

/** Parts of one file, read. */
interface FileRead {
  readonly file: CsvFile;
  readonly parts: readonly (readonly [Part, CsvPart])[];
}
interface PartRead {
  readonly file: CsvFile;
  readonly name: Part;
  readonly part: CsvPart;
}
class PartMistake extends Error {
  constructor(
    readonly file: CsvFile,
    readonly mistake: MistakeError,
  ) {
    super(mistake.message);
  }
}

/** Reads files one after the other, training examples first: they decide the features and the means that fill gaps. */
export class CsvLoad {
  #features: readonly string[] | undefined;
  readonly #read: FileRead[] = [];
  readonly #remarks: Remark[] = [];
  #hasFailed = false;
  /** Not all rows were read, so what only all can tell is left unsaid. */
  #isPartial = false;

  /** @param fail  told of each mistake in each file; parts without a mistake are returned. Throws it unless given. */
  constructor(
    private readonly options: CsvOptions,
    private readonly classes: Classes | null,
    private readonly fail: Fail = (mistake) => {
      throw mistake;
    },
  ) {
    this.#features = options.features;
  }

  /** What takes the bytes of a file. @param keepEnd  as `NamelessColumn` wants it */
  begin(file: CsvFile, keepEnd = false): CsvFileReader {
    const { target, features, split } = this.options;
    const taker = new FileTaker(file, this.options, this.classes, this.#features);
    const wanted = new Set([...targetsOf(target), ...(features ?? []), ...(split ? [split.column] : [])]);
    const table = new TableReader(file.path, this.options, wanted, taker, keepEnd);
    return {
      push: (piece) => table.push(piece),
      end: (isWhole = true) => {
        table.end(isWhole);
        this.#isPartial ||= !isWhole;
        this.#features ??= taker.features;
        this.#read.push({ file, parts: taker.end(isWhole) });
        if (isWhole && taker.index) this.#remarks.push(...taker.index.remarks(file, this.#features ?? []));
      },
    };
  }

  /** A file that could not be read. */
  failed(mistake: MistakeError, file: CsvFile): void {
    this.#hasFailed = true;
    this.fail(mistake, file);
  }

  finish(): CsvResult {
    const found = (outputs: CsvResult["outputs"], rounded: readonly string[] = []): CsvResult => ({
      outputs,
      features: this.#features,
      rounded,
      remarks: this.#remarks,
    });
    const all = this.#read.flatMap(({ file, parts }) => parts.map(([name, part]) => ({ file, name, part })));
    if (this.#hasFailed || all.length === 0) return found({});
    try {
      const labels = this.#labels(all);
      if (this.#isPartial) return found({});
      const features = all.map(({ part }) => part.features.taken());
      const width = all[0]!.part.layout.features.length;
      // Of what the file holds: a mean that fills a gap may come near a value by chance.
      const rounding = this.#features!.map((_, column) => {
        const values = features.map((table) => columnOf(table, width, column));
        return { ...roundingOf(values), moves: movesConstant(values) };
      });
      const type = rounding.some(({ loses, moves }) => loses || moves) ? "float64" : "float32";
      if (this.options.on_missing === "mean") this.#fill(features, all[0]!.file);
      for (const { part } of all)
        if (part.remark)
          this.#remarks.push({
            severity: "warning",
            title: "missing values",
            message: part.remark,
            at: ["on_missing"],
            name: "missing_values",
          });
      return found(
        Object.fromEntries(
          all.map(({ name, part }, index) => {
            const values = features[index]!;
            const blobs = {
              features: blobOf(type, [part.kept, width], type === "float64" ? values : Float32Array.from(values)),
              labels: this.classes
                ? blobOf("int32", [part.kept], labels[index]!)
                : blobOf("float32", [part.kept, part.layout.targets.length], Float32Array.from(labels[index]!)),
            };
            return [name, datasetOutput(this.#described(name, part), blobs)];
          }),
        ),
        this.#features!.filter((_, column) => rounding[column]!.matters),
      );
    } catch (error) {
      if (!(error instanceof PartMistake)) throw error;
      this.fail(error.mistake, error.file);
      return found({});
    }
  }

  #described(split: Part, { rows, kept, layout, missing }: CsvPart): DatasetData {
    return {
      count: kept,
      shape: [layout.features.length],
      classes: this.classes?.names ?? null,
      scale: 1,
      featureNames: this.#features!,
      targetNames: targetsOf(this.options.target),
      split,
      ...(missing.size > 0 ? { missing: Object.fromEntries(missing) } : {}),
      ...(rows > kept ? { leftOut: rows - kept } : {}),
    };
  }

  /** Puts means of the training rows where values are missing. @throws PartMistake */
  #fill(features: readonly Float64Array[], first: CsvFile): void {
    const means = meansOf(features[0]!, this.#features!.length);
    const empty = means.findIndex((mean) => Number.isNaN(mean));
    if (empty >= 0)
      throw new PartMistake(
        first,
        new MistakeError({
          title: "an empty column",
          message:
            `No training row has a number in the column \`${this.#features![empty]}\`, ` +
            "so there is no mean to fill it with. Leave it out of `features`.",
          at: ["on_missing"],
        }),
      );
    for (const values of features) fillIn(values, means);
  }

  /** Of each part, classes or numbers. @throws PartMistake */
  #labels(all: readonly PartRead[]): readonly (Int32Array | Float64Array)[] {
    const names = targetsOf(this.options.target);
    if (this.classes) {
      const [name] = names;
      const labelled = all.map(({ part }) => ({
        name: `\`${part.layout.path}\``,
        placeOf: ({ line }: Word) => placeIn(part.layout.path, line, name!),
        labels: part.words,
      }));
      const meant = classesOfWords(labelled, this.classes, !this.#isPartial);
      if ("mistake" in meant) throw new PartMistake(all[meant.part]!.file, meant.mistake);
      return all.map(({ part }, index) => Int32Array.from(part.labels.taken(), (code) => meant.classes[index]![code]!));
    }
    const values = all.map(({ part }) => part.labels.taken());
    for (const [column, name] of names.entries()) {
      const own = values.map((numbers) => columnOf(numbers, names.length, column));
      if (!this.#isPartial && roundingOf(own).loses)
        this.#remarks.push({ ...roundedTarget(name, own), at: [all[0]!.file.option] });
    }
    return values;
  }
}

/** What is said of numbers to predict that lose their differences in 32 bits. */
export function roundedTarget(target: string, labels: readonly Float64Array[]): Omit<Remark, "at"> {
  const example =
    labels.flatMap((values) => [...values.slice(0, 1000)]).find((value) => Math.fround(value) !== value) ?? 0;
  return {
    title: "a target that 32 bits cannot hold",
    message:
      `Numbers of the target \`${target}\` differ by less than 32 bits can tell, ` +
      `and targets are kept in 32 bits: ${example} becomes ${Math.fround(example)}. ` +
      "Subtract a constant from the column in the file, such as its smallest number.",
    severity: "warning",
    name: "rounded_target",
  };
}

export interface CsvFileReader {
  /** @throws MistakeError, NamelessColumn */
  push(piece: Uint8Array): void;
  /** @param isWhole  was that the whole file? @throws MistakeError, NamelessColumn */
  end(isWhole?: boolean): void;
}

/** Mean of each column, of the values that are there; added in the order of the rows. */
function meansOf(values: Float64Array, width: number): Float64Array {
  const [sums, counts] = [new Float64Array(width), new Float64Array(width)];
  for (let at = 0, column = 0; at < values.length; at++) {
    if (!Number.isNaN(values[at]!)) {
      sums[column]! += values[at]!;
      counts[column]!++;
    }
    if (++column === width) column = 0;
  }
  return sums.map((sum, column) => sum / counts[column]!);
}

function fillIn(values: Float64Array, means: Float64Array): void {
  for (let at = 0, column = 0; at < values.length; at++) {
    if (Number.isNaN(values[at]!)) values[at] = means[column]!;
    if (++column === means.length) column = 0;
  }
}
