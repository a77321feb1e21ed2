/**
 * Which columns of a table are features, and what each is read as: names and patterns of the options against the
 * columns that the training file has.
 *
 * Features are in the order of `features`, those of a pattern in the order of the file; without `features` all that are
 * nothing else (a target, `split`, `group`, `order`). A column that is there twice, by name and by pattern, is there
 * once.
 */
import { MistakeError, type OptionPath } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { listed } from "../util/words.js";
import type { ColumnKind } from "./csv-cells.js";
import { asUtf8, isGarbled } from "./csv-encoding.js";
import { numberOf } from "./csv-numbers.js";
import { type CsvOptions, targetsOf } from "./csv-options.js";
import { matches, mayBePattern } from "./csv-patterns.js";
import { someOf } from "./csv-words.js";

/** The columns of one file. */
export interface Columns {
  readonly path: string;
  readonly names: readonly string[];
  readonly hasHeader: boolean;
}
export interface ChosenColumns {
  readonly features: readonly string[];
  /** Of each. */
  readonly kinds: readonly ColumnKind[];
}

/** @throws MistakeError */
export function chooseColumns(file: Columns, options: CsvOptions): ChosenColumns {
  const { split, group, order } = options;
  const targets = targetsOf(options.target);
  const others = new Set([...targets, split?.column, group, order]);
  const candidates = file.names.filter((name) => !others.has(name));
  if (candidates.length === 0)
    throw new MistakeError({
      title: "no features",
      message: `\`${file.path}\` has no column besides the ${targetWords(targets)}.`,
      at: ["target"],
    });
  const named = options.features ? columnsOf("features", options.features, file, candidates).all : candidates;
  const out = new Set(options.leave_out ? columnsOf("leave_out", options.leave_out, file, file.names).all : []);
  const features = named.filter((name) => !out.has(name));
  if (features.length === 0)
    throw new MistakeError({
      title: "no features",
      message: `\`leave_out\` leaves no column of \`${file.path}\` to learn from.`,
      at: ["leave_out"],
    });
  return { features, kinds: kindsOf(file, options, features) };
}
const targetWords = (names: readonly string[]): string =>
  `target${names.length > 1 ? "s" : ""} ${listed(names.map((name) => `\`${name}\``))}`;

type ListOption = "features" | "leave_out" | "categories" | "dates";
interface NamedColumns {
  readonly all: readonly string[];
  /** Those by their names, each with its place in the list; others are there by a pattern. */
  readonly exact: ReadonlyMap<string, number>;
}
/** @param candidates  which of the columns a pattern may stand for */
function columnsOf(
  option: ListOption,
  list: readonly string[],
  file: Columns,
  candidates: readonly string[],
): NamedColumns {
  const exact = new Map<string, number>();
  const all = new Set<string>();
  for (const [index, name] of list.entries()) {
    if (!mayBePattern(name) || file.names.includes(name)) {
      placeOf(file, name, [option, index]);
      exact.set(name, index);
      all.add(name);
      continue;
    }
    const found = candidates.filter((candidate) => matches(name, candidate));
    if (found.length === 0) throw nothingMatches(name, file, [option, index]);
    for (const column of found) all.add(column);
  }
  return { all: [...all], exact };
}

function nothingMatches(pattern: string, { path, names }: Columns, at: OptionPath): MistakeError {
  const others = names.filter((name) => matches(pattern, name)).map((name) => `\`${name}\``);
  const only =
    others.length > 0
      ? ` that may be one here; it stands for ${someOf(others)}, which is taken for something else`
      : "";
  return new MistakeError({
    title: "a pattern without a column",
    message: `\`${pattern}\` stands for no column of \`${path}\`${only}.\n\nColumns: ${someOf(names, 100)}`,
    at,
  });
}

/** What each feature is read as; who is named is that, whatever patterns say. @throws MistakeError */
function kindsOf(file: Columns, options: CsvOptions, features: readonly string[]): readonly ColumnKind[] {
  const named = (option: "categories" | "dates"): NamedColumns => {
    const found = columnsOf(option, options[option] ?? [], file, features);
    for (const [name, index] of found.exact)
      if (!features.includes(name)) throw notAFeature(name, option, index, options);
    return found;
  };
  const [categories, dates] = [named("categories"), named("dates")];
  const [isCategory, isDate] = [new Set(categories.all), new Set(dates.all)];
  return features.map((name) => {
    if (!isCategory.has(name)) return isDate.has(name) ? "date" : "number";
    if (!isDate.has(name)) return "category";
    const [byName, alsoByName] = [categories.exact.has(name), dates.exact.has(name)];
    if (byName !== alsoByName) return byName ? "category" : "date";
    throw new MistakeError({
      title: "a category and a date",
      message: `The column \`${name}\` is in \`categories\` and in \`dates\`. Name it in one of them.`,
      at: ["dates"],
    });
  });
}

function notAFeature(name: string, option: string, index: number, options: CsvOptions): MistakeError {
  const isTarget = targetsOf(options.target).includes(name);
  let why = "`features` does not name it";
  if (isTarget) why = "it is the target";
  else if (name === options.split?.column || name === options.group || name === options.order)
    why = "it says which rows belong where";
  else if (options.leave_out) why = "`leave_out` takes it out, or `features` does not name it";
  const words = isTarget && option === "categories" ? " Words of a target are classes: `classes: auto`." : "";
  return new MistakeError({
    title: "not a feature",
    message: `\`${option}\` names the column \`${name}\`, which is no feature: ${why}.${words}`,
    at: [option, index],
  });
}

/** The place of a column by its name. @param option  which names it. @throws MistakeError */
export function placeOf({ path, names, hasHeader }: Columns, name: string, option: OptionPath): number {
  const place = names.indexOf(name);
  if (place >= 0) return place;
  if (hasHeader && names.every((cell) => !Number.isNaN(numberOf(cell))))
    throw new MistakeError({
      title: "no header",
      message:
        `\`${path}:1\` has numbers (${someOf(names)}) where names of columns belong. ` +
        "If the file has no header, name its columns: `header: [input, label]`; " +
        "with `header: false` they are called column_1, column_2 ….",
      at: option,
    });
  const isOther = names.some(isGarbled);
  const near = isOther || names.length > 1000 ? "" : suggestion(name, names);
  const remedy = isOther ? `\n\nThe header is not in UTF-8. ${asUtf8(path)}` : "";
  throw new MistakeError({
    title: "no such column",
    message: `\`${path}\` has no column \`${name}\`.${near}\n\nColumns: ${someOf(names, 100)}${remedy}`,
    at: option,
  });
}
