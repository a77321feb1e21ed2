/** What is said of cells that hold no number where one belongs: which, why, and what to do. */

import { MistakeError } from "../diagnostic/diagnostic.js";
import { limitInWords, overLimit } from "../pipeline/limits.js";
import { plural } from "../util/words.js";
import type { ColumnReading } from "../values/reading.js";
import type { DeclaredClasses } from "./csv-labels.js";
import { styleOf } from "./csv-number-styles.js";
import { isNumberText } from "./csv-numbers.js";
import { type ColumnLists, leaveOut, textColumns, textTarget, wordsKept } from "./csv-texts.js";
import { cellText, placeIn, spelledWord, yamlList } from "./csv-words.js";

/** Most places that a message lists. */
const most = 3;
const more = (count: number): string => `${plural(count - most, "more cell")} ${count === most + 1 ? "is" : "are"}`;

/** Where and how cells were found. */
export interface Found {
  readonly path: string;
  readonly columns: readonly string[];
  /** Columns that are read, by place, … */
  readonly features: readonly number[];
  /** … and what each is read as. */
  readonly kinds: readonly ColumnKind[];
  readonly targets: readonly number[];
  /** Rows that are kept. */
  readonly rows: number;
  readonly header: boolean;
  readonly delimiter: string;
  readonly policy: MissingPolicy;
  readonly options: ColumnLists;
  readonly classes: DeclaredClasses;
}
export type MissingPolicy = "error" | "drop_row" | "mean" | "keep";
/** Of a row whose target has no value. */
export type TargetPolicy = "error" | "drop_row";
export type ColumnKind = ColumnReading["as"];

/** Cells of one part that are no numbers, or missing: all are counted, few are kept. */
export class OddCells {
  count = 0;
  readonly #first: { readonly line: number; readonly column: number; readonly text: string }[] = [];
  readonly #byColumn = new Map<number, { count: number; readonly words: Set<string>; readonly line: number }>();
  #lastLine = 0;

  add(line: number, column: number, text: string): void {
    this.count++;
    this.#lastLine = line;
    if (this.#first.length < most) this.#first.push({ line, column, text });
    const known = this.#byColumn.get(column);
    const of = known ?? { count: 0, words: new Set<string>(), line };
    if (!known) this.#byColumn.set(column, of);
    of.count++;
    if (of.words.size <= wordsKept) of.words.add(text);
  }
  get columns(): readonly number[] {
    return [...this.#byColumn.keys()];
  }
  get first() {
    return this.#first;
  }
  /** The line that all are in, if it is one. */
  get onlyLine(): number | undefined {
    return this.#first[0]?.line === this.#lastLine ? this.#lastLine : undefined;
  }
  /** Where the first of a column stands. */
  lineOf(column: number): number | undefined {
    return this.#byColumn.get(column)?.line;
  }
  countOf(column: number): number {
    return this.#byColumn.get(column)?.count ?? 0;
  }
  /** Different ones, in order: all of them, or one more than are kept. */
  wordsOf(column: number): readonly string[] {
    return [...(this.#byColumn.get(column)?.words ?? [])];
  }
}

export function missingCells(holes: OddCells, found: Found): MistakeError {
  const { path, columns, features, kinds, targets, classes } = found;
  const wantedIn = (column: number): string => {
    if (targets.includes(column)) return classes === "auto" ? "a class" : "a number";
    return `a ${kinds[features.indexOf(column)]!}`;
  };
  const lines = holes.first.map(({ line, column, text }) => {
    const what = text === "" ? "the cell is empty" : `${cellText(text)} stands`;
    return `${placeIn(path, line, columns[column]!)}: ${what} where ${wantedIn(column)} belongs.`;
  });
  if (holes.count > most) lines.push(`${more(holes.count)} missing.`);
  lines.push(remedyOf(holes, found));
  return new MistakeError({
    title: holes.count === 1 ? "a missing value" : "missing values",
    message: lines.join("\n"),
  });
}

/** What leaves rows and columns to learn from. */
function remedyOf(holes: OddCells, found: Found): string {
  const { columns, features, targets, kinds, rows, policy, options } = found;
  const isEmpty = (column: number): boolean => holes.countOf(column) >= rows;
  const emptyTarget = targets.find(isEmpty);
  if (emptyTarget !== undefined && rows > 1)
    return (
      `The target \`${columns[emptyTarget]}\` is empty throughout, so there is nothing to learn. ` +
      "Name another column as `target`."
    );
  const empty = features.filter(isEmpty);
  if (empty.length > 0 && empty.length < features.length && rows > 1) {
    const name = columns[empty[0]!]!;
    return `The column \`${name}\` is empty throughout. ${leaveOut([name], options, "Leave")}`;
  }
  const ofTarget = holes.columns.some((column) => targets.includes(column));
  if (policy === "mean" && !ofTarget)
    return (
      "`on_missing: mean` fills numbers; words have no mean. `on_missing: keep` makes such a cell the category " +
      "`missing` (and an `impute` stage fills numbers); `on_missing: drop_row` leaves out such rows."
    );
  if (policy === "drop_row") return `Fill it in, or leave out \`on_missing_target: error\`.${toPredict}`;
  if (policy !== "error")
    return (
      `\`on_missing: ${policy}\` ${policy === "mean" ? "fills" : "keeps gaps of"} features only; ` +
      "a label cannot be made up. `on_missing_target: drop_row` leaves out such rows." +
      `${toPredict}${classNamed(holes, found)}`
    );
  const them = holes.count === 1 ? "it" : "them";
  const fill = `Fill ${them} in, or choose \`on_missing: drop_row\` (leaves out such rows)`;
  if (ofTarget) return `${fill}.${toPredict}${classNamed(holes, found)}`;
  const areWords = features.some((column, index) => kinds[index] === "category" && holes.countOf(column) > 0);
  return areWords
    ? `${fill} or \`on_missing: keep\` (a category of its own; an \`impute\` stage fills numbers).`
    : `${fill}, \`on_missing: mean\` (the column's mean in the training rows) or \`on_missing: keep\` ` +
        "(for an `impute` stage).";
}
const toPredict = " Rows whose target is to be predicted belong into a file of their own, for `hw1 predict`.";
/** Where training rows tell the classes, a word that stands for no value may be meant as one. */
function classNamed(holes: OddCells, { classes, targets }: Found): string {
  const words =
    classes === "auto" ? targets.flatMap((column) => holes.wordsOf(column)).filter((word) => word !== "") : [];
  return words.length === 0
    ? ""
    : ` If ${cellText(words[0]!)} is a class, list in \`missing\` only what stands for no value.`;
}

/**
 * @param wrong      cells that are no numbers
 * @param holes      missing ones
 * @param firstLine  of the first row
 */
export function notNumbers(wrong: OddCells, holes: OddCells, found: Found, firstLine: number): MistakeError {
  const { header, rows } = found;
  const lines = numberPlaces(wrong, found);
  if (!header && wrong.count > 1 && wrong.onlyLine === firstLine) {
    lines.push("The first row looks like names of columns. If it is, leave out `header`.");
    return new MistakeError({ title: "not a number", message: lines.join("\n") });
  }
  // Columns of numbers in another style; what is odd in others is said beside it.
  const styled = wrong.columns.filter((column) => styleOf(wrong.wordsOf(column)) !== undefined);
  const words = styled.flatMap((column) => wrong.wordsOf(column));
  const style = styled.length > 0 ? styleOf(words) : undefined;
  if (style) lines.push(style.remedy(words, found));
  const others = style ? wrong.columns.filter((column) => !styled.includes(column)) : wrong.columns;
  if (rows > 1) lines.push(...oddColumns(others, wrong, holes, found));
  return new MistakeError({ title: style?.title ?? "not a number", message: lines.join("\n") });
}

/** Where cells stand that are no numbers, and what is wrong with each; of many the first. */
export function numberPlaces(wrong: OddCells, { path, columns }: Pick<Found, "path" | "columns">): string[] {
  const lines = wrong.first.map(
    ({ line, column, text }) =>
      `${placeIn(path, line, columns[column]!)}: ${cellText(text)} stands where a number belongs.${why(text)}`,
  );
  if (wrong.count > most) lines.push(`${more(wrong.count)} no ${wrong.count === most + 1 ? "number" : "numbers"}.`);
  return lines;
}

/** @param wrong  cells of columns of dates that are none */
export function notDates(wrong: OddCells, found: Found): MistakeError {
  const lines = notDateLines(wrong, found);
  const names = wrong.columns.map((column) => found.columns[column]!);
  const words = wrong.columns.flatMap((column) => wrong.wordsOf(column));
  const orLeaveOut = names.length < found.features.length ? ` ${leaveOut(names, found.options)}` : "";
  lines.push(
    words.every(isNumberText)
      ? `A number is a feature as it is: leave ${names.map((name) => `\`${name}\``).join(", ")} out of \`dates\`.`
      : `Write dates so in the file.${orLeaveOut}`,
  );
  return new MistakeError({ title: "not a date", message: lines.join("\n") });
}
/** Where they stand, each with what it is instead; of many the first. */
export function notDateLines(wrong: OddCells, { path, columns }: Pick<Found, "path" | "columns">): string[] {
  const lines = wrong.first.map(({ line, column, text }) => {
    const isShaped = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d[\d:.Z+ -]*)?$/i.test(text);
    const what = isShaped
      ? "is no day or time that there is"
      : "is no date in ISO 8601, such as `2024-03-31` or `2024-03-31T18:45:00Z`";
    return `${placeIn(path, line, columns[column]!)}: ${cellText(text)} ${what}.`;
  });
  if (wrong.count > most) lines.push(`${more(wrong.count)} no ${wrong.count === most + 1 ? "date" : "dates"}.`);
  return lines;
}

/** A column in which so many different words stand that they are no categories, or of a target no classes. */
export function tooManyWords({ path, columns, targets }: Omit<Found, "rows">, column: number): MistakeError {
  const name = columns[column]!;
  return targets.includes(column)
    ? new MistakeError({
        title: "too many classes",
        message:
          `The target \`${name}\` of \`${path}\` has more than ${limitInWords("classes")}, which is the limit ` +
          "`classes`. If it is a number to predict, leave out `classes`.",
        at: ["classes"],
      })
    : new MistakeError({
        title: "too many categories",
        message: overLimit(
          "categories",
          `The column \`${name}\` of \`${path}\` has more different words than categories may be.`,
        ),
        at: ["categories"],
      });
}

function why(text: string): string {
  if (isNumberText(text)) return " It is too large for a 32-bit number.";
  if (/^-?\d+,\d+$/.test(text)) return " Decimals are written with a point.";
  return "";
}

/** Columns in which no cell is a number, and words among numbers. */
function oddColumns(odd: readonly number[], wrong: OddCells, holes: OddCells, found: Found): readonly string[] {
  const { columns, features, targets, rows } = found;
  const isText = (column: number): boolean =>
    odd.includes(column) && wrong.countOf(column) + holes.countOf(column) >= rows;
  if (!odd.every(isText)) return odd.some(isText) ? [] : wordsAmongNumbers(odd, wrong, holes);
  const lines: string[] = [];
  const texts = features.filter(isText);
  if (texts.length > 0)
    lines.push(
      ...textColumns(
        texts.map((column) => ({ name: columns[column]!, words: wrong.wordsOf(column), count: wrong.countOf(column) })),
        found.options,
        texts.length < features.length,
      ),
    );
  for (const target of targets.filter(isText))
    lines.push(...textTarget(wrong.wordsOf(target), columns[target]!, targets.length > 1));
  return lines;
}

const nothingWord =
  /^(unknown|none|null|nil|n\/?a|nan|missing|undefined|unavailable|#n\/a|#value!|#div\/0!|[-–—.*]+)$/i;
/** Words among numbers that other programs write for no value. */
function wordsAmongNumbers(odd: readonly number[], wrong: OddCells, holes: OddCells): readonly string[] {
  const words = [...new Set(odd.flatMap((column) => wrong.wordsOf(column)))];
  if (holes.count > 0 || words.length > 3 || !words.every((word) => nothingWord.test(word))) return [];
  const which = words.map((word) => cellText(word)).join(" and ");
  return [
    `If ${which} ${words.length > 1 ? "stand" : "stands"} for no value: ` +
      `\`missing: ${yamlList(words, spelledWord)}\`, ` +
      "with `on_missing: drop_row` (leaves out such rows) or `on_missing: mean` (in features).",
  ];
}
