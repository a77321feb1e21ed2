/**
 * `load: csv`: columns into features and targets, from a file for each split or one file with a column that names the
 * split.
 *
 * Every cell read must be a finite number, unless its column is one of `categories` or `dates`; the first that are not
 * are named by line and column. Missing cells are a mistake unless the pipeline says what to do about them: nothing is
 * repaired in silence. With `classes` the target is a class: see `csv-labels.ts`. Numbers are kept in 32 bits, or in 64
 * where the table would lose by that.
 *
 * A file is gone through once, piece by piece, by whoever has its bytes: `begin` gives what takes them, `finish` what
 * they came to (`csv-datasets.ts`).
 */
import type { MistakeError } from "../diagnostic/diagnostic.js";
import type { Dataset } from "../values/dataset.js";
import type { ChosenColumns } from "./csv-columns.js";
import { datasetsOf, type Known, PartMistake } from "./csv-datasets.js";
import type { DeclaredClasses } from "./csv-labels.js";
import { type CsvFile, type CsvOptions, featuresOfOptions, type Part, type Remark, targetsOf } from "./csv-options.js";
import type { CsvPart } from "./csv-part.js";
import { TableReader } from "./csv-table.js";
import { FileTaker } from "./csv-taker.js";

export interface CsvResult extends Known {
  /** Of parts that were read whole and have no mistake. */
  readonly outputs: Readonly<Partial<Record<Part, Dataset>>>;
  /** Of the features, those that 32 bits cannot hold without a loss that a network would notice. */
  readonly rounded: readonly string[];
  readonly remarks: readonly Remark[];
}
export type Fail = (mistake: MistakeError, file: CsvFile) => void;

/** Parts of one file, read. */
interface FileRead {
  readonly file: CsvFile;
  readonly parts: readonly (readonly [Part, CsvPart])[];
  readonly isWhole: boolean;
}

/**
 * Reads files one after the other, training examples first: they decide the features, classes and categories, and the
 * means that fill gaps.
 */
export class CsvLoad {
  #chosen: ChosenColumns | undefined;
  readonly #read: FileRead[] = [];
  readonly #remarks: Remark[] = [];
  #hasFailed = false;

  /**
   * @param fail       told of each mistake in each file; parts without a mistake are returned. Throws it unless given.
   * @param mostCells  features of a part, rows × columns, of which more are not made: what is known without is told
   */
  constructor(
    private readonly options: CsvOptions,
    private readonly classes: DeclaredClasses,
    private readonly fail: Fail = (mistake) => {
      throw mistake;
    },
    private readonly mostCells = Number.POSITIVE_INFINITY,
  ) {}

  /** What takes the bytes of a file. @param keepEnd  as `NamelessColumn` wants it */
  begin(file: CsvFile, keepEnd = false): CsvFileReader {
    const taker = new FileTaker(file, this.options, this.classes, this.#chosen);
    const table = new TableReader(file.path, this.options, namedColumns(this.options), taker, keepEnd);
    return {
      push: (piece) => table.push(piece),
      end: (isWhole = true) => {
        table.end(isWhole);
        this.#chosen ??= taker.chosen;
        this.#read.push({ file, parts: taker.end(isWhole), isWhole });
        if (isWhole && taker.index)
          this.#remarks.push(...taker.index.remarks(file, this.#chosen?.features ?? [], this.options.leave_out ?? []));
      },
    };
  }

  /** A file that could not be read. */
  failed(mistake: MistakeError, file: CsvFile): void {
    this.#hasFailed = true;
    this.fail(mistake, file);
  }

  finish(): CsvResult {
    const remarks = this.#remarks;
    const known: Known = { features: plainFeatures(this.#chosen, this.options), classes: undefined };
    const nothing = { outputs: {}, rounded: [], remarks };
    const all = this.#read.flatMap(({ file, parts }) => parts.map(([name, part]) => ({ file, name, part })));
    if (this.#hasFailed || all.length === 0) return { ...nothing, ...known };
    try {
      const isWhole = this.#read.every((read) => read.isWhole);
      const knowsTraining = this.#read[0]!.isWhole;
      const found = datasetsOf(all, this.#chosen!, this.options, this.classes, {
        ...{ isWhole, knowsTraining, mostCells: this.mostCells },
      });
      remarks.push(...found.remarks);
      return {
        outputs: found.outputs,
        rounded: found.rounded,
        remarks,
        features: found.features,
        classes: found.classes,
      };
    } catch (error) {
      if (!(error instanceof PartMistake)) throw error;
      this.fail(error.mistake, error.file);
      return { ...nothing, ...known };
    }
  }
}

/** Names of the features that columns are, where no training row decides them. */
function plainFeatures(chosen: ChosenColumns | undefined, options: CsvOptions): readonly string[] | undefined {
  if (!chosen) return featuresOfOptions(options);
  return chosen.kinds.includes("category") ? undefined : chosen.features;
}

function namedColumns(options: CsvOptions): ReadonlySet<string> {
  const { target, features, split, leave_out, categories, dates, group, order } = options;
  const single = [split?.column, group, order].filter((name) => name !== undefined);
  const lists = [features, leave_out, categories, dates].flatMap((list) => list ?? []);
  return new Set([...targetsOf(target), ...lists, ...single]);
}

export interface CsvFileReader {
  /** @throws MistakeError, NamelessColumn */
  push(piece: Uint8Array): void;
  /** @param isWhole  was that the whole file? @throws MistakeError, NamelessColumn */
  end(isWhole?: boolean): void;
}
