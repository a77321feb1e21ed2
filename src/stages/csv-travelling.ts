/**
 * Columns that travel with the rows and are no features: the group that a row belongs to, and the number or date by
 * which rows may be put in order.
 *
 * Every row that is kept needs both where they are named. A group is a word (`1` and `1.0` are one); an order is a
 * column of numbers or one of dates (`csv-dates.ts`), as its first cell is.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { plural } from "../util/words.js";
import { daysOf } from "./csv-dates.js";
import { Numbers } from "./csv-growing.js";
import type { MissingWords } from "./csv-missing.js";
import { isNumberText } from "./csv-numbers.js";
import type { Row } from "./csv-rows.js";
import { CellWords } from "./csv-vocabulary.js";
import { cellText, placeIn } from "./csv-words.js";

/** Columns by their place; absent where none is named. */
export interface TravellingColumns {
  readonly group?: number | undefined;
  readonly order?: number | undefined;
}
interface Odd {
  readonly line: number;
  readonly text: string;
  count: number;
}

/** Of the rows of one part. */
export class Travelling {
  readonly groupWords: CellWords;
  /** Numbers of those words, by row. */
  readonly groups = new Numbers();
  readonly order = new Numbers();
  #orderIsNumber: boolean | undefined;
  readonly #odd: { group?: Odd; order?: Odd } = {};

  constructor(
    private readonly path: string,
    private readonly columns: readonly string[],
    private readonly at: TravellingColumns,
    private readonly missing: MissingWords,
  ) {
    this.groupWords = new CellWords(path, columns);
  }

  /** @param kept  the row's number among those kept, from 1 */
  take(row: Row, kept: number): void {
    const { group, order } = this.at;
    if (group !== undefined) {
      const text = row.text(group);
      if (this.missing.has(text)) this.#found("group", row.line, text);
      else this.groups.push(this.groupWords.take(row, group, kept));
    }
    if (order === undefined) return;
    const text = row.text(order);
    this.#orderIsNumber ??= this.missing.has(text) ? undefined : isNumberText(text);
    const value = this.#orderIsNumber === true ? plainNumber(text) : daysOf(text);
    if (this.missing.has(text) || !Number.isFinite(value)) this.#found("order", row.line, text);
    else this.order.push(value);
  }

  #found(what: "group" | "order", line: number, text: string): void {
    const known = this.#odd[what];
    if (known) known.count++;
    else this.#odd[what] = { line, text, count: 1 };
  }

  /** @throws MistakeError with the first row that has no group, or nothing to order by */
  check(): void {
    const { group, order } = this.#odd;
    if (group)
      throw new MistakeError({
        title: "a row without a group",
        message:
          `${this.#place("group", group)}: ${lack(group.text)}, so the row belongs to no group.${beside(group)} ` +
          "Fill it in, or take the row out of the file.",
        at: ["group"],
      });
    if (order)
      throw new MistakeError({
        title: "a row without an order",
        message: `${this.#place("order", order)}: ${this.#orderLack(order.text)}.${beside(order)}`,
        at: ["order"],
      });
  }
  #place(what: "group" | "order", { line }: Odd): string {
    return placeIn(this.path, line, this.columns[this.at[what]!]!);
  }
  #orderLack(text: string): string {
    if (this.missing.has(text)) return `${lack(text)}, so the row has no place in the order`;
    if (this.#orderIsNumber) return `${cellText(text)} is no number, as the column has above`;
    const above = this.order.length > 0 ? ", as the column has above" : ", nor a number";
    return `${cellText(text)} is no date in ISO 8601, such as \`2024-03-31\` or \`2024-03-31T18:45:00Z\`${above}`;
  }
}

/** Of any size that a double holds: an order is never rounded to 32 bits. */
const plainNumber = (text: string): number => (isNumberText(text) ? Number(text) : Number.NaN);
const lack = (text: string): string => (text === "" ? "the cell is empty" : `${cellText(text)} stands for no value`);
const beside = ({ count }: Odd): string =>
  count === 1 ? "" : ` So ${count === 2 ? "is" : "are"} ${plural(count - 1, "more row")}.`;
