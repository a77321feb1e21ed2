/**
 * A column that only counts the rows, as pandas and R write one: a model would learn from the place of a row.
 *
 * Told are a column without a name (or `Unnamed: 0`) that holds a different whole number in each row, and one called
 * like `id` that counts up from 0 or 1 without a gap; of columns that are features because nobody said which are.
 */

import type { CsvFile, Remark } from "./csv-options.js";
import type { Row } from "./csv-rows.js";
import { yamlList } from "./csv-words.js";

const isNameless = (name: string): boolean => /^(Unnamed: ?\d+(_level_\d+)?)?$/.test(name);
const isNumber = (name: string): boolean =>
  /^(id|idx|index|row|rownames|no|nr|num|number|level_0|obs|observation|#)\.?$/i.test(name) ||
  /^rows?_?(id|index|no|nr|num|number)\.?$/i.test(name);
const leastRows = 3;

export class IndexColumn {
  #rows = 0;
  #counts = true;
  #last = Number.NaN;
  readonly #seen: Set<number> | undefined;

  constructor(
    private readonly name: string,
    private readonly at: number,
  ) {
    this.#seen = isNameless(name) ? new Set() : undefined;
  }

  /** The first column that may count the rows. */
  static among(columns: readonly string[], features: readonly number[]): IndexColumn | undefined {
    const at = features.find((column) => isNameless(columns[column]!) || isNumber(columns[column]!));
    return at === undefined ? undefined : new IndexColumn(columns[at]!, at);
  }

  take(row: Row): void {
    if (!this.#counts) return;
    const value = row.number(this.at);
    if (this.#seen) this.#counts = Number.isInteger(value) && value >= 0 && !this.#seen.has(value);
    else if (this.#rows === 0) this.#counts = value === 0 || value === 1;
    else this.#counts = value === this.#last + 1;
    this.#seen?.add(value);
    this.#last = value;
    this.#rows++;
  }

  /** @param leftOut  what is left out already */
  remarks({ path, option }: CsvFile, features: readonly string[], leftOut: readonly string[]): readonly Remark[] {
    if (!this.#counts || this.#rows < leastRows) return [];
    const isAlone = features.every((name) => name === this.name);
    const what =
      this.name === ""
        ? `Column ${this.at + 1} of \`${path}\`, which has no name,`
        : `The column \`${this.name}\` of \`${path}\``;
    return [
      {
        title: "a column that counts the rows",
        message:
          `${what} only numbers the rows, so a model learns from it where a row stands in the file. ` +
          (isAlone
            ? "It is the only feature: take it out of the file, or name another."
            : `Leave it out: \`leave_out: ${yamlList([...leftOut, this.name])}\`.`),
        severity: "warning",
        name: "index_column",
        at: [option],
      },
    ];
  }
}
