/** What is said of columns in which no cell is a number: what they seem to hold, and how that is read or left out. */
import { daysOf, looksLikeDate } from "./csv-dates.js";
import { mostProposed, yamlList } from "./csv-words.js";

/** What a pipeline says of columns already. */
export interface ColumnLists {
  readonly features?: readonly string[] | undefined;
  readonly leave_out?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  readonly dates?: readonly string[] | undefined;
}
interface TextColumn {
  readonly name: string;
  /** Different ones, at most one more than `wordsKept`. */
  readonly words: readonly string[];
  /** Cells. */
  readonly count: number;
}
/** Different words of a column that are kept for what is said of it. */
export const wordsKept = 100;

/**
 * @param texts     features that are no numbers in any row
 * @param areOthers  whether there are other features
 */
export function textColumns(texts: readonly TextColumn[], options: ColumnLists, areOthers: boolean): readonly string[] {
  const dates = texts.filter(({ words }) => words.every((word) => !Number.isNaN(daysOf(word))));
  const otherDates = texts.filter((column) => !dates.includes(column) && column.words.every(looksLikeDate));
  const rest = texts.filter((column) => !dates.includes(column) && !otherDates.includes(column));
  // Words that hardly ever come again are names of rows, and teach nothing.
  const categories = rest.filter(
    ({ words, count }) => words.length <= wordsKept && (count < 10 || 2 * words.length <= count),
  );
  const others = rest.filter((column) => !categories.includes(column));
  const lines: string[] = [];
  if (dates.length > 0)
    lines.push(`${hold(dates, "dates")}: ${withList("dates", dates, options)} makes days since 1970 of them.`);
  if (otherDates.length > 0)
    lines.push(`${hold(otherDates, "dates")}, but not in ISO 8601 (\`2024-03-31\`): write them so, for \`dates\`.`);
  if (categories.length > 0)
    lines.push(`${hold(categories, "words")}: ${withList("categories", categories, options)} makes a feature of each.`);
  if (others.length > 0) lines.push(`${hold(others, "text")}.`);
  const names = texts.map(({ name }) => name);
  if (areOthers) lines.push(leaveOut(names, options, others.length === texts.length ? "Leave" : "Or leave"));
  return lines;
}

function hold(texts: readonly TextColumn[], what: string): string {
  const names = texts.slice(0, mostProposed).map(({ name }) => `\`${name}\``);
  const all = `${names.join(", ")}${texts.length > mostProposed ? " and others" : ""}`;
  return texts.length > 1 ? `The columns ${all} hold ${what}` : `The column ${all} holds ${what}`;
}
const withList = (option: "dates" | "categories", texts: readonly TextColumn[], options: ColumnLists): string =>
  texts.length <= mostProposed
    ? `\`${option}: ${yamlList([...(options[option] ?? []), ...texts.map(({ name }) => name)])}\``
    : `\`${option}\`, with their names or patterns such as \`"x_*"\`,`;

/** How columns are left out, as a sentence. @param begins  its first word or two */
export function leaveOut(
  names: readonly string[],
  { features, leave_out }: ColumnLists,
  begins: "Leave" | "Or leave" = "Or leave",
): string {
  const it = names.length > 1 ? "them" : "it";
  if (names.every((name) => features?.includes(name))) return `${begins} ${it} out of \`features\`.`;
  return names.length <= mostProposed
    ? `${begins} ${it} out: \`leave_out: ${yamlList([...(leave_out ?? []), ...names])}\`.`
    : `${begins} ${it} out with \`leave_out\`, by names or patterns such as \`"x_*"\`.`;
}

/**
 * @param words           different ones of the target, in which there is no number
 * @param isOneOfSeveral  which are numbers
 */
export function textTarget(words: readonly string[], target: string, isOneOfSeveral: boolean): readonly string[] {
  if (words.every(looksLikeDate))
    return [`The target \`${target}\` holds dates: write them as numbers in the file, such as days since a day.`];
  if (isOneOfSeveral)
    return [
      `The target \`${target}\` holds text. Classes are learned alone: name it as the only \`target\`, ` +
        "with `classes: auto`.",
    ];
  if (words.length < 2) return [];
  const count = words.length > wordsKept ? `more than ${wordsKept}` : String(words.length);
  const what = words.length > mostProposed ? `${count} different texts` : "words";
  return [`The target \`${target}\` holds ${what}. If they are names of classes: \`classes: auto\`.`];
}
