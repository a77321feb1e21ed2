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
import { type Found, missingCells, notNumbers, OddCells } from "./csv-cells.js";
import { type Classes, LabelWords } from "./csv-labels.js";
import type { MissingWords } from "./csv-missing.js";
import type { Row } from "./csv-rows.js";
import { someOf } from "./csv-words.js";

/** Numbers one after the other, in pieces, so that growing copies nothing. */
class Numbers {
  readonly #pieces: Float64Array[] = [];
  #piece = new Float64Array(0);
  #at = 0;
  length = 0;

  push(value: number): void {
    if (this.#at === this.#piece.length) {
      this.#piece = new Float64Array(Math.min(1 << 20, Math.max(1 << 10, 2 * this.#piece.length)));
      this.#pieces.push(this.#piece);
      this.#at = 0;
    }
    this.#piece[this.#at++] = value;
    this.length++;
  }
  /** Hands over all, in order, and forgets them. */
  taken(): Float64Array {
    const all = new Float64Array(this.length);
    let at = 0;
    for (const piece of this.#pieces) {
      const used = piece.subarray(0, Math.min(piece.length, this.length - at));
      all.set(used, at);
      at += used.length;
    }
    this.#pieces.length = 0;
    this.#piece = new Float64Array(0);
    this.#at = 0;
    return all;
  }
}

/** Which columns are read, and how. */
export interface Layout extends Omit<Found, "rows"> {
  readonly missing: MissingWords;
  /** Of a target: words that are classes are none. */
  readonly missingLabels: MissingWords;
  readonly classes: Classes | null;
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
  readonly words = new LabelWords();
  /** Rows of the file, and those kept. */
  rows = 0;
  kept = 0;
  readonly #holes = new OddCells();
  /** Those of the targets. */
  readonly #holesOfTarget = new OddCells();
  readonly #wrong = new OddCells();
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
  }

  take(row: Row): void {
    const { features, missing, policy, classes } = this.layout;
    if (this.rows++ === 0) this.#firstLine = row.line;
    this.#odd.length = 0;
    let holes = 0;
    for (let index = 0; index < features.length; index++) {
      const value = row.number(features[index]!);
      this.#values[index] = value;
      if (!Number.isNaN(value) && !this.#checksWords) continue;
      const isMissing = missing.has(row.text(features[index]!), value);
      if (isMissing) holes++;
      if (isMissing || Number.isNaN(value)) this.#odd.push(index);
    }
    const broken = this.#takeLabels(row) || holes > 0;
    if (broken) {
      for (const index of this.#odd)
        if (missing.has(row.text(features[index]!), this.#values[index]))
          this.#holes.add(row.line, features[index]!, row.text(features[index]!));
      for (const { column, text, isHole } of this.#labels)
        if (isHole) for (const found of [this.#holes, this.#holesOfTarget]) found.add(row.line, column, text);
      if (policy === "drop_row") return;
    }
    this.kept++;
    for (const index of this.#odd) {
      const cell = row.text(features[index]!);
      if (missing.has(cell, this.#values[index])) this.#values[index] = Number.NaN;
      else this.#wrong.add(row.line, features[index]!, cell);
    }
    for (const { column, value, text, isHole } of this.#labels)
      if (Number.isNaN(value) && !isHole) this.#wrong.add(row.line, column, text);
    // Once something is wrong nothing is made of the rows.
    if (this.isWrong) return;
    for (let index = 0; index < this.#values.length; index++) this.features.push(this.#values[index]!);
    for (const { text, value } of this.#labels)
      this.labels.push(classes ? this.words.codeOf(text, row.line, this.kept) : value);
    if (this.features.length > limits.cells.most)
      throw new MistakeError({
        title: "too many cells",
        message: overLimit(
          "cells",
          `\`${this.layout.path}\` has more than ${plural(this.kept - 1, "row")} ` +
            `of ${plural(features.length, "feature")}.`,
        ),
      });
  }

  /** Reads the targets of a row. Whether one is missing. */
  #takeLabels(row: Row): boolean {
    const { missingLabels, classes } = this.layout;
    const isNumeric = classes === null || !classes.areNamed;
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
    const { policy } = this.layout;
    return (
      this.#wrong.count > 0 ||
      (policy === "error" && this.#holes.count > 0) ||
      (policy === "mean" && this.#holesOfTarget.count > 0)
    );
  }

  /** @param isWhole  whether all rows were read. @throws MistakeError with the first of what is wrong with the cells */
  check(isWhole: boolean): void {
    const { policy, path } = this.layout;
    const found: Found = { ...this.layout, rows: this.kept };
    const mistakes = policy === "mean" ? this.#holesOfTarget : this.#holes;
    if (policy !== "drop_row" && mistakes.count > 0) throw missingCells(mistakes, found);
    if (policy === "drop_row" && isWhole && this.rows > 0 && this.kept === 0)
      throw new MistakeError({
        title: "no rows left",
        message: `Every row of \`${path}\` has a missing cell, so \`on_missing: drop_row\` leaves none.`,
        at: ["on_missing"],
      });
    if (this.#wrong.count > 0) throw notNumbers(this.#wrong, this.#holes, found, this.#firstLine);
  }

  /** Missing cells by column, in the order in which they were found; none where there are none. */
  get missing(): ReadonlyMap<string, number> {
    return new Map(this.#holes.columns.map((column) => [this.layout.columns[column]!, this.#holes.countOf(column)]));
  }
  /** What was done about missing cells, in a sentence. */
  get remark(): string | undefined {
    const { path, policy } = this.layout;
    const count = this.#holes.count;
    if (count === 0) return undefined;
    const byColumn = [...this.missing].map(([name, holes]) => `${name}: ${holes}`);
    const cells = `${plural(count, "missing cell")} (${someOf(byColumn)})`;
    return policy === "mean"
      ? `\`${path}\`: ${cells} filled with the mean of the column in the training rows.`
      : `\`${path}\`: ${plural(this.rows - this.kept, "row")} of ${this.rows} left out because of ${cells}.`;
  }
}
