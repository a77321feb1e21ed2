/**
 * Columns of a table as they were read → features, as a `TableReading` says: a number or a date is one, a category is
 * one for each category of the training rows, 1 where it is that one and 0 elsewhere.
 *
 * `load` and whoever reads rows for a model that is there make features here, so both are the same to the bit.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { type ColumnReading, featuresOfColumn } from "../values/reading.js";
import { indexIn, namesAmong, type Word } from "./csv-vocabulary.js";
import { cellText, placeIn, someOf } from "./csv-words.js";

export type CategoryReading = Extract<ColumnReading, { readonly as: "category" }>;

/** A category that stands for no value: the number that cells of a category column have then. */
export const noWord = -1;

/**
 * A column by the words of its training rows.
 *
 * @param hasHoles  some of them lack a value, and that is a category of its own
 */
export function categoryReading(
  name: string,
  words: readonly Word[],
  unknown: "error" | "ignore",
  hasHoles: boolean,
): CategoryReading {
  const texts = words.map(({ text }) => text);
  return {
    name,
    as: "category",
    categories: namesAmong(hasHoles ? [...texts, nothing] : texts),
    unknown,
    ...(hasHoles ? { missing: nothing } : {}),
  };
}
/** The category of cells without a value; a word like that means the same. */
export const nothing = "missing";

/** The cells of one category column in one part of a table. */
export interface CategoryCells {
  readonly path: string;
  readonly reading: CategoryReading;
  /** By the numbers that stand in the cells. */
  readonly words: readonly Word[];
  /** Where a cell without a value stands first. */
  readonly hole?: { readonly line: number } | undefined;
}
/** The place of each word among the categories, −1 for none; and of a cell without a value. */
export interface Places {
  readonly ofWords: Int32Array;
  readonly ofNone: number;
}

/**
 * @param remedy  what to do about one that is not among the categories
 * @throws MistakeError for the first such, unless they are ignored
 */
export function placesOf({ path, reading, words, hole }: CategoryCells, remedy: string): Places {
  const { name, categories, unknown, missing } = reading;
  const index = indexIn(categories);
  const places = { ofWords: Int32Array.from(words, ({ text }) => index(text)), ofNone: -1 };
  if (missing !== undefined) places.ofNone = index(missing);
  if (unknown === "ignore") return places;
  const strange = places.ofWords.indexOf(-1);
  const at = strange < 0 ? undefined : words[strange]!;
  const isHole = hole !== undefined && places.ofNone < 0 && (at === undefined || hole.line <= at.line);
  if (isHole)
    throw new MistakeError({
      title: "an unknown category",
      message:
        `${placeIn(path, hole.line, name)}: no value stands here, and the column had one in every training row, so ` +
        `that is no category.\n\nCategories: ${someOf(categories, 50)}\n\n${remedy}`,
    });
  if (at)
    throw new MistakeError({
      title: "an unknown category",
      message:
        `${placeIn(path, at.line, name)}: ${cellText(at.text)} is no category of the training rows.` +
        `${suggestion(at.text, categories)}\n\nCategories: ${someOf(categories, 50)}\n\n${remedy}`,
    });
  return places;
}

export const widthOf = (columns: readonly ColumnReading[]): number =>
  columns.reduce((sum, column) => sum + featuresOfColumn(column).length, 0);

/**
 * @param values   [rows, columns], row by row; of a category the number of its word, or `noWord`
 * @param columns  what each column becomes
 * @param places   of each that is a category
 * @returns        [rows, features] in a fresh array of that type, and cells whose category is none, by column
 */
export function featuresFrom(
  values: Float64Array,
  columns: readonly ColumnReading[],
  places: readonly (Places | undefined)[],
  type: "float32" | "float64",
): { readonly features: Float32Array | Float64Array; readonly unknown: readonly number[] } {
  const unknown = columns.map(() => 0);
  const width = columns.length;
  const rows = values.length / width;
  const sizes = columns.map((column) => featuresOfColumn(column).length);
  const features = new (type === "float64" ? Float64Array : Float32Array)(rows * sizes.reduce((a, b) => a + b, 0));
  let at = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column]!;
      const known = places[column];
      if (known) {
        const place = value === noWord ? known.ofNone : known.ofWords[value]!;
        if (place < 0) unknown[column]!++;
        else features[at + place] = 1;
      } else features[at] = value;
      at += sizes[column]!;
    }
  return { features, unknown };
}
