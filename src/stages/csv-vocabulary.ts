/**
 * Words of a column that name something (a class, a category, a group), and which of the names each one is.
 *
 * A word is a name where its text is, or where both write the same number: `1` and `1.0` are one.
 */
import { garbledWord, isGarbled } from "./csv-encoding.js";
import { isNumberText, numberKey } from "./csv-numbers.js";
import type { Row } from "./csv-rows.js";

export interface Word {
  readonly text: string;
  /** Where it stands first: its line in the file, and its row among those kept. */
  readonly line: number;
  readonly row: number;
}

/** The different words of a column in one part of a table, each by a number in the order in which they come. */
export class Words {
  readonly words: Word[] = [];
  readonly #codes = new Map<string, number>();
  codeOf(text: string, line: number, row: number): number {
    let code = this.#codes.get(text);
    if (code === undefined) {
      code = this.words.length;
      this.#codes.set(text, code);
      this.words.push({ text, line, row });
    }
    return code;
  }
}

/** Words as they stand in the cells of a table. */
export class CellWords extends Words {
  /** @param columns  names of those of the table */
  constructor(
    private readonly path: string,
    private readonly columns: readonly string[],
  ) {
    super();
  }
  /**
   * The number of the word in a cell.
   *
   * @param kept  the row's number among those kept, from 1
   * @throws MistakeError where bytes are no text, so that words would be taken for each other
   */
  take(row: Row, cell: number, kept: number): number {
    const text = row.text(cell);
    if (!row.isUtf8 && isGarbled(text)) throw garbledWord(this.path, row.line, this.columns[cell]!, text);
    return this.codeOf(text, row.line, kept);
  }
}

/** Names that words make: each once, sorted by code unit, so that no order of rows matters. */
export function namesAmong(words: Iterable<string>): readonly string[] {
  const numbers = new Set<string>();
  return [...new Set(words)].sort().filter((word) => {
    const number = numberKey(word);
    if (number === undefined) return true;
    return numbers.size < numbers.add(number).size;
  });
}

/** Of a word, the place of the name that it is: by its text, else by its number; −1 for none. */
export function indexIn(names: readonly string[]): (text: string) => number {
  const byText = new Map(names.map((name, index) => [name, index]));
  // Of two names that write one number the first.
  const byNumber = new Map(
    names
      .map((name, index) => [numberKey(name), index] as const)
      .filter(([number]) => number !== undefined)
      .reverse(),
  );
  return (text) =>
    byText.get(text) ?? (byNumber.size > 0 && isNumberText(text) ? (byNumber.get(numberKey(text)) ?? -1) : -1);
}
