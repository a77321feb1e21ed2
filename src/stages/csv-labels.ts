/**
 * Labels of classes: the words of the target column, and which class each means.
 *
 * Whether labels are names or numbers is decided once for a `load`, over all its files and parts: a class that is 1 in
 * one file is never another in the next. With a number of classes, labels are numbers from 0. With names, labels are
 * names where one of them is, or where one is no number; and always where a name is a number itself, so that `classes:
 * [1, 2, 3]` never means 0, 1 and 2. Only else are they numbers from 0 in the order of the names. Two spellings of one
 * number (`1`, `1.0`) are one label.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { isNumberText, isSameNumber, numberOf } from "./csv-numbers.js";
import { indexIn, namesAmong, type Word, type Words } from "./csv-vocabulary.js";
import { cellText, mostProposed, someOf, spelledWord, twiceIn, yamlList } from "./csv-words.js";

export interface Classes {
  readonly names: readonly string[];
  /** Names were given, and not only how many there are. */
  readonly areNamed: boolean;
}
/** What a `load` says of its labels: their classes; that training rows tell those; or that they are numbers. */
export type DeclaredClasses = Classes | "auto" | null;

/** A part with labels, as its mistakes name it. */
interface LabelledPart {
  /** Of the file, as it stands in a sentence. */
  readonly name: string;
  /** Where a word stands first. */
  readonly placeOf: (word: Word) => string;
  readonly labels: Words;
}

/** A name that is given twice, by its text or as the same number. */
export function repeatedClass(names: readonly string[]): Mistake | undefined {
  const twice = twiceIn(names);
  const numbers = names.filter(isNumberText);
  const same =
    twice ?? numbers.find((name, index) => numbers.slice(0, index).some((other) => isSameNumber(name, other)));
  if (same === undefined) return undefined;
  const message = `\`classes\` names ${cellText(same)} twice. Name each class once.`;
  return { title: "a class named twice", message, at: ["classes"] };
}

/**
 * For each part, the class of each of its words; or the first mistake, and which part it is in.
 *
 * @param isWhole  whether all words are known; else only what no further word can put right is a mistake
 * @param isAuto   whether training rows told the classes
 */
export function classesOfWords(
  parts: readonly LabelledPart[],
  { names, areNamed }: Classes,
  isWhole: boolean,
  isAuto = false,
): { readonly classes: readonly Int32Array[] } | { readonly mistake: MistakeError; readonly part: number } {
  const byName = indexIn(names);
  const all = parts.flatMap(({ labels }) => labels.words);
  const haveNumbers = names.some(isNumberText);
  const isName = areNamed && (haveNumbers || all.some(({ text }) => byName(text) >= 0 || Number.isNaN(numberOf(text))));
  const indexOf = isName ? byName : (text: string): number => indexOfNumber(text, names.length);
  const isStrange = ({ text }: Word): boolean =>
    indexOf(text) < 0 && (isWhole || !areNamed || haveNumbers || Number.isNaN(numberOf(text)));
  for (const [at, part] of parts.entries()) {
    const stranger = part.labels.words.find(isStrange);
    if (!stranger) continue;
    if (isAuto) return { mistake: unknownClass(part, stranger, names), part: at };
    const strange = isName ? strangeName : strangeNumber;
    return { mistake: strange(part, stranger, names, all), part: at };
  }
  return { classes: parts.map(({ labels }) => Int32Array.from(labels.words, ({ text }) => indexOf(text))) };
}

/** The classes of `classes: auto`: words of the training rows. @throws MistakeError where there are no two */
export function autoClasses(words: readonly Word[], target: string, path: string): Classes {
  const names = namesAmong(words.map(({ text }) => text));
  if (names.length < 2)
    throw new MistakeError({
      title: "a single class",
      message:
        `The target \`${target}\` is ${cellText(names[0] ?? "")} in every training row of \`${path}\`, so there is ` +
        "nothing to tell apart. Name another column as `target`, or rows of other classes.",
      at: ["target"],
    });
  return { names, areNamed: true };
}

/**
 * Whether a label of this word is one of the classes, or may be one: beside names that are no numbers, labels may count
 * the classes from 0.
 */
export function mayBeClass(word: string, { names, areNamed }: Classes): boolean {
  return (
    indexIn(names)(word) >= 0 || (!(areNamed && names.some(isNumberText)) && indexOfNumber(word, names.length) >= 0)
  );
}

function indexOfNumber(text: string, count: number): number {
  const value = numberOf(text);
  return Number.isInteger(value) && value >= 0 && value < count ? value + 0 : -1;
}

function unknownClass({ placeOf }: LabelledPart, word: Word, names: readonly string[]): MistakeError {
  return new MistakeError({
    title: "an unknown class",
    message:
      `${placeOf(word)}: ${cellText(word.text)} is no class of the training rows.${suggestion(word.text, names)}\n\n` +
      `Classes: ${someOf(names, 50)}`,
    at: ["classes"],
  });
}

function strangeName(
  { placeOf }: LabelledPart,
  word: Word,
  names: readonly string[],
  all: readonly Word[],
): MistakeError {
  const { text } = word;
  const count = names.length;
  const fromZero = names.every(isNumberText) && all.every((label) => indexOfNumber(label.text, count) >= 0);
  const remedy = fromZero
    ? ` The labels here are whole numbers below ${count}: ` +
      `if they count the classes from 0, write \`classes: ${count}\`.`
    : suggestion(text, names);
  return new MistakeError({
    title: "label outside the classes",
    message:
      `${placeOf(word)}: ${cellText(text)} is none of the classes.${remedy}\n\n` + `Classes: ${someOf(names, 50)}`,
    at: ["classes"],
  });
}

function strangeNumber(
  { name }: LabelledPart,
  { text, row }: Word,
  names: readonly string[],
  all: readonly Word[],
): MistakeError {
  const words = [...new Set(all.map((word) => word.text))];
  const values = words.map(Number);
  const counted = values.every((value) => Number.isInteger(value) && value >= 0) && values.includes(0);
  const inOrder = words.sort((a, b) => Number(a) - Number(b));
  const remedy =
    counted || words.length > mostProposed || words.length < 2
      ? "Correct the file, or raise `classes`."
      : `To take the labels as they stand in the file for names: \`classes: ${yamlList(inOrder, spelledWord)}\`.`;
  return new MistakeError({
    title: "label outside the classes",
    message:
      `Row ${row} of ${name} has the label ${Number(text)}, but the classes are 0 ` +
      `… ${names.length - 1}. ${remedy}`,
    at: ["classes"],
  });
}
