/**
 * Words of a column that name something (a class, a category, a group), and which of the names each one is.
 *
 * A word is a name where its text is, or where both write the same number: `1` and `1.0` are one. `01` and `1` are two
 * where both are there.
 */
import { garbledWord, isGarbled } from "./csv-encoding.js";
import { numberKey } from "./csv-numbers.js";
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

/**
 * Of a word that writes a number plainly, one text for all such spellings of it. Words with zeros in front or an
 * exponent are codes, such as `007` and `1E2`: other words than `7` and `100`.
 */
export const plainNumber = (word: string): string | undefined =>
  /^[+-]?0\d|e/i.test(word) ? undefined : numberKey(word);

/**
 * Names that words make: each once, sorted by code unit, so that no order of rows matters.
 *
 * @param numberIn  what two words share that are one name
 */
export function namesAmong(words: Iterable<string>, numberIn = plainNumber): readonly string[] {
  const numbers = new Set<string>();
  return [...new Set(words)].sort().filter((word) => {
    const number = numberIn(word);
    if (number === undefined) return true;
    return numbers.size < numbers.add(number).size;
  });
}

/**
 * Of a word, the place of the name that it is: by its text, else by its number; −1 for none, and where several names
 * may be meant.
 */
export function indexIn(names: readonly string[]): (text: string) => number {
  const byText = new Map(names.map((name, index) => [name, index]));
  const byNumber = new Map<string, number>();
  const byPlain = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const number = numberKey(name);
    if (number === undefined) continue;
    byNumber.set(number, byNumber.has(number) ? -1 : index);
    const plain = plainNumber(name);
    if (plain !== undefined && !byPlain.has(plain)) byPlain.set(plain, index);
  }
  return (text) => {
    const known = byText.get(text);
    if (known !== undefined || byNumber.size === 0) return known ?? -1;
    return byPlain.get(plainNumber(text) ?? "") ?? byNumber.get(numberKey(text) ?? "") ?? -1;
  };
}
