/** How sets of examples were read, held against each other: as one where they are merged, and where they only meet. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { canonical, type Json } from "../util/json.js";
import { type ColumnReading, featuresOfColumn, type PictureReading, type Reading } from "../values/reading.js";

/**
 * The one reading of all that have one, for whoever reads more examples later; undefined where none has.
 *
 * How a file's text was taken apart does not matter, such as its delimiter: features decide.
 *
 * @param parts         in their order
 * @param featureNames  of the merged data, in whose order the columns are
 * @throws MistakeError  where two were made in different ways
 */
export function mergedReading(
  parts: readonly (Reading | undefined)[],
  featureNames: readonly string[],
): Reading | undefined {
  const first = parts.find((part) => part !== undefined);
  for (const [index, part] of parts.entries()) {
    if (!first || !part || canonical(meaningOf(part)) === canonical(meaningOf(first))) continue;
    throw new MistakeError({
      title: "data that were read in different ways",
      message:
        `${difference(first, part)} A model of both could not say how to read the next example. ` +
        "Give the `load` stages the same options.",
      at: ["data", index],
    });
  }
  if (first?.of !== "table") return first;
  const placeOf = (column: ColumnReading): number => featureNames.indexOf(featuresOfColumn(column)[0]!);
  const columns = [...first.columns].sort((a, b) => placeOf(a) - placeOf(b));
  const missing = [...new Set(parts.flatMap((part) => (part?.of === "table" ? part.missing : [])))];
  return { ...first, columns, missing };
}

/** The same whatever the order of its columns: equal where one input can be for both. */
export const readingText = (reading: Reading | undefined): string =>
  canonical((reading?.of === "table" ? { ...reading, columns: byName(reading.columns) } : (reading ?? null)) as Json);
const byName = (columns: readonly ColumnReading[]): readonly ColumnReading[] =>
  [...columns].sort((a, b) => (a.name < b.name ? -1 : 1));
const meaningOf = (reading: Reading): Json => (reading.of === "table" ? byName(reading.columns) : reading) as Json;

function difference(first: Reading, other: Reading): string {
  if (first.of === "table" && other.of === "table") {
    const column = other.columns.find(
      (each) => canonical(columnAmong(first.columns, each.name)) !== canonical(each as Json),
    );
    return column
      ? `The column \`${column.name}\` became other features than in the first dataset.`
      : "The first dataset has columns that this one lacks.";
  }
  if (first.of === "pictures" && other.of === "pictures")
    return `Of the first dataset ${pictureWords(first)}; of this one ${pictureWords(other)}.`;
  return "One dataset was read from pictures, and another one from a table.";
}
const columnAmong = (columns: readonly ColumnReading[], name: string): Json =>
  (columns.find((column) => column.name === name) ?? null) as Json;
const pictureWords = ({ grey, resize }: PictureReading): string =>
  `\`grey\` was ${grey} and \`resize\` ${resize ? `[${resize.join(", ")}]` : "not there"}`;

/**
 * A column that one side has as a date: a day is another number then than the one that a file may have for it.
 *
 * @param wanted, got  of data of the same columns; without a reading these are the file's own numbers
 */
export function differingDate(
  wanted: Reading | undefined,
  got: Reading | undefined,
): { readonly column: string; readonly ways: readonly [string, string] } | undefined {
  const [ours, theirs] = [datesOf(wanted), datesOf(got)];
  const column = [...ours].find((name) => !theirs.has(name)) ?? [...theirs].find((name) => !ours.has(name));
  if (column === undefined) return undefined;
  const ways = ["a date (days since 1970-01-01)", "a number"] as const;
  return { column, ways: ours.has(column) ? ways : [ways[1], ways[0]] };
}
const datesOf = (reading: Reading | undefined): ReadonlySet<string> =>
  new Set(reading?.of === "table" ? reading.columns.flatMap(({ name, as }) => (as === "date" ? [name] : [])) : []);
