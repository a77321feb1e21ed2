/**
 * The rows of one part of a CSV (training, validation, test) as numbers: cells go straight from the bytes into arrays
 * that grow.
 *
 * Features and numbers to predict are kept in doubles until all parts are read; NaN stands where a value is missing.
 * Labels of classes are kept as numbers of their words until it is known what the words mean.
 */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { plural } from "../util/words.js";
import {
  type Found,
  missingCells,
  notDates,
  notNumbers,
  OddCells,
  type TargetPolicy,
  tooManyWords,
} from "./csv-cells.js";
import { daysOf } from "./csv-dates.js";
import { Numbers } from "./csv-growing.js";
import type { MissingWords } from "./csv-missing.js";
import { noWord } from "./csv-one-hot.js";
import type { Row } from "./csv-rows.js";
import { Travelling, type TravellingColumns } from "./csv-travelling.js";
import { CellWords } from "./csv-vocabulary.js";
import { someOf } from "./csv-words.js";

/** Which columns are read, and how. */
export interface Layout extends Omit<Found, "rows"> {
  readonly targetPolicy: TargetPolicy;
  readonly missing: MissingWords;
  /** Of a target: words that are classes are none. */
  readonly missingLabels: MissingWords;
  /** Of each column: a cell without a value is no mistake there, whatever the policy. */
  readonly mayLack?: readonly boolean[];
  /** Whether these rows say which categories and classes there are, of which there may be so many and no more. */
  readonly teaches: boolean;
  readonly travelling?: TravellingColumns | undefined;
}

/** A target in the row at hand; of classes that have names the number is 0. */
interface Label {
  readonly column: number;
  value: number;
  text: string;
  isHole: boolean;
}

export class CsvPart {
  readonly features = new Numbers();
  /** Numbers to predict, those of a row side by side; or numbers of words. */
  readonly labels = new Numbers();
  readonly words: CellWords;
  /** Of each column that is a category; among the features stand the numbers of its words, or `noWord`. */
  readonly categories: readonly (CellWords | undefined)[];
  readonly travelling: Travelling | undefined;
  /** Rows of the file, and those kept. */
  rows = 0;
  kept = 0;
  readonly #holes = new OddCells();
  /** Those that are a mistake: of which `on_missing` says nothing, or nothing that helps. */
  readonly #unhelped = new OddCells();
  readonly #wrong = new OddCells();
  readonly #wrongDates = new OddCells();
  #firstLine = 0;
  readonly #values: Float64Array;
  /** Places among the features of cells without a number, in the row at hand. */
  readonly #odd: number[] = [];
  readonly #labels: Label[];
  readonly #checksWords: boolean;

  constructor(readonly layout: Layout) {
    this.#values = new Float64Array(layout.features.length);
    this.#labels = layout.targets.map((column) => ({ column, value: 0, text: "", isHole: false }));
    this.#checksWords = layout.missing.haveNumbers;
    const { path, columns, missing } = layout;
    this.words = new CellWords(path, columns);
    this.travelling = layout.travelling && new Travelling(path, columns, layout.travelling, missing);
    this.categories = layout.kinds.map((kind) => (kind === "category" ? new CellWords(path, columns) : undefined));
  }

  take(row: Row): void {
    const { features, policy, targetPolicy } = this.layout;
    if (this.rows++ === 0) this.#firstLine = row.line;
    this.#odd.length = 0;
    let holes = 0;
    for (let index = 0; index < features.length; index++) {
      const value = this.#valueOf(row, index);
      this.#values[index] = value;
      if (!Number.isNaN(value) && !this.#checksWords) continue;
      const isMissing = this.#isHole(row, index);
      if (isMissing) holes++;
      if (isMissing || Number.isNaN(value)) this.#odd.push(index);
    }
    const lacksTarget = this.#takeLabels(row);
    // Of a row that is no example what its features lack does not matter; by `drop_row` all that it lacks is told.
    const isUntaught = lacksTarget && targetPolicy === "drop_row";
    if (isUntaught && policy !== "drop_row") this.#odd.length = 0;
    if (lacksTarget || holes > 0) {
      this.#countHoles(row);
      if (isUntaught || (policy === "drop_row" && !lacksTarget)) return;
    }
    this.kept++;
    this.#takeOdd(row);
    // Once something is wrong nothing is made of the rows.
    if (this.isWrong) return;
    this.#keep(row);
  }

  /** NaN for a cell without a value, and for what cannot be read; of a category any number, its word's comes later. */
  #valueOf(row: Row, index: number): number {
    const { features, kinds, missing } = this.layout;
    const kind = kinds[index]!;
    if (kind === "number") return row.number(features[index]!);
    const text = row.text(features[index]!);
    if (missing.has(text)) return Number.NaN;
    return kind === "date" ? daysOf(text) : 0;
  }
  #isHole(row: Row, index: number): boolean {
    const { features, kinds, missing } = this.layout;
    const text = row.text(features[index]!);
    return kinds[index] === "number" ? missing.has(text, this.#values[index]) : missing.has(text);
  }

  #countHoles(row: Row): void {
    const { features, kinds, policy, targetPolicy, mayLack } = this.layout;
    const count = (column: number, text: string, isHelped: boolean): void => {
      this.#holes.add(row.line, column, text);
      if (!isHelped) this.#unhelped.add(row.line, column, text);
    };
    for (const index of this.#odd) {
      if (!this.#isHole(row, index)) continue;
      const isHelped =
        policy === "mean" ? kinds[index] !== "category" : policy !== "error" || mayLack?.[index] === true;
      count(features[index]!, row.text(features[index]!), isHelped);
    }
    for (const { column, text, isHole } of this.#labels) if (isHole) count(column, text, targetPolicy === "drop_row");
  }

  /** Of a row that is kept. */
  #takeOdd(row: Row): void {
    const { features, kinds } = this.layout;
    for (const index of this.#odd) {
      const kind = kinds[index]!;
      if (this.#isHole(row, index)) this.#values[index] = kind === "category" ? noWord : Number.NaN;
      else
        (kind === "date" ? this.#wrongDates : this.#wrong).add(row.line, features[index]!, row.text(features[index]!));
    }
    for (const { column, value, text, isHole } of this.#labels)
      if (Number.isNaN(value) && !isHole) this.#wrong.add(row.line, column, text);
  }

  #keep(row: Row): void {
    const { features, classes, path, teaches } = this.layout;
    for (let index = 0; index < this.#values.length; index++) {
      const words = this.categories[index];
      if (words && this.#values[index] !== noWord) {
        this.#values[index] = words.take(row, features[index]!, this.kept);
        if (teaches && words.words.length > limits.categories.most) throw tooManyWords(this.layout, features[index]!);
      }
      this.features.push(this.#values[index]!);
    }
    this.travelling?.take(row, this.kept);
    for (const { column, value } of this.#labels)
      this.labels.push(classes ? this.words.take(row, column, this.kept) : value);
    if (teaches && classes === "auto" && this.words.words.length > limits.classes.most)
      throw tooManyWords(this.layout, this.layout.targets[0]!);
    if (this.features.length > limits.cells.most)
      throw new MistakeError({
        title: "too many cells",
        message: overLimit(
          "cells",
          `\`${path}\` has more than ${plural(this.kept - 1, "row")} of ${plural(features.length, "feature")}.`,
        ),
      });
  }

  /** Reads the targets of a row. Whether one is missing. */
  #takeLabels(row: Row): boolean {
    const { missingLabels, classes } = this.layout;
    const isNumeric = classes === null || (classes !== "auto" && !classes.areNamed);
    let broken = false;
    for (const label of this.#labels) {
      label.value = isNumeric ? row.number(label.column) : 0;
      const isOdd = Number.isNaN(label.value) || !isNumeric || this.#checksWords;
      label.text = isOdd || classes !== null ? row.text(label.column) : "";
      label.isHole = isOdd && missingLabels.has(label.text);
      broken ||= label.isHole;
    }
    return broken;
  }

  private get isWrong(): boolean {
    return this.#wrong.count > 0 || this.#wrongDates.count > 0 || this.#unhelped.count > 0;
  }

  /** @param isWhole  whether all rows were read. @throws MistakeError with the first of what is wrong with the cells */
  check(isWhole: boolean): void {
    const { policy, targetPolicy, path } = this.layout;
    const found: Found = { ...this.layout, rows: this.kept };
    if (this.#unhelped.count > 0) throw missingCells(this.#unhelped, found);
    if (isWhole && this.rows > 0 && this.kept === 0) {
      if (policy === "drop_row")
        throw noRowsLeft(`Every row of \`${path}\` has a missing cell, so \`on_missing: drop_row\``, "on_missing");
      if (targetPolicy === "drop_row")
        throw noRowsLeft(
          `Every row of \`${path}\` lacks a target, so \`on_missing_target: drop_row\``,
          "on_missing_target",
        );
    }
    if (this.#wrong.count > 0) throw notNumbers(this.#wrong, this.#holes, found, this.#firstLine);
    if (this.#wrongDates.count > 0) throw notDates(this.#wrongDates, found);
    this.travelling?.check();
  }

  /** Cells that are no numbers or dates, and missing ones: all, and those that are a mistake. */
  get odd() {
    return { wrong: this.#wrong, wrongDates: this.#wrongDates, holes: this.#holes, unhelped: this.#unhelped };
  }

  /** Missing cells by column, in the order in which they were found; none where there are none. */
  get missing(): ReadonlyMap<string, number> {
    return new Map(this.#holes.columns.map((column) => [this.layout.columns[column]!, this.#holes.countOf(column)]));
  }
  /** What was done about missing cells, in sentences. */
  get remark(): string | undefined {
    const { path, policy, targets, columns } = this.layout;
    if (this.#holes.count === 0) return undefined;
    const cells = (among: readonly number[]): string => {
      const count = among.reduce((sum, column) => sum + this.#holes.countOf(column), 0);
      const byColumn = among.map((column) => `${columns[column]!}: ${this.#holes.countOf(column)}`);
      return `${plural(count, "missing cell")} (${someOf(byColumn)})`;
    };
    const left = `${plural(this.rows - this.kept, "row")} of ${this.rows} left out because of`;
    const all = this.#holes.columns;
    if (policy === "drop_row") return `\`${path}\`: ${left} ${cells(all)}.`;
    const ofTargets = all.filter((column) => targets.includes(column));
    const others = all.filter((column) => !targets.includes(column));
    const done = policy === "mean" ? "filled with the mean of the column in the training rows" : "kept without a value";
    const sentences = [
      ...(ofTargets.length > 0 ? [`${left} ${cells(ofTargets)}.`] : []),
      ...(others.length > 0 ? [`${cells(others)} ${done}.`] : []),
    ];
    return `\`${path}\`: ${sentences.join(" ")}`;
  }
}

const noRowsLeft = (why: string, option: string): MistakeError =>
  new MistakeError({ title: "no rows left", message: `${why} leaves none.`, at: [option] });
