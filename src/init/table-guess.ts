/**
 * What a pipeline for a table is to say, guessed from a survey of its columns: what is learned and from what, what is
 * left out and why. Each guess has its words, which the command tells and the file repeats.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { limits } from "../pipeline/limits.js";
import { garbledName, garbledWord, isGarbled } from "../stages/csv-encoding.js";
import { styleOf } from "../stages/csv-number-styles.js";
import { missingWords } from "../stages/load-options.js";
import { plural } from "../util/words.js";
import { learnedRows } from "./fold-sizes.js";
import { type ColumnSurvey, isIdentifierName, type TableSurvey } from "./survey.js";
import { type TargetGuess, targetGuess } from "./target-guess.js";
import { named } from "./yaml-text.js";

export interface TableGuess {
  readonly path: string;
  readonly delimiter: string;
  readonly header: boolean;
  /** Rows that can be learned from: those with a target. */
  readonly rows: number;
  readonly target: TargetGuess;
  readonly numbers: readonly string[];
  readonly categories: readonly string[];
  readonly dates: readonly string[];
  readonly leaveOut: readonly string[];
  /** Words that stand for no value, where there are others than those that `load` knows. */
  readonly missing: readonly string[] | undefined;
  /** Some number or date has no value in some row. */
  readonly hasGaps: boolean;
  /** Some cell at all has none. */
  readonly hasMissing: boolean;
  /** How many inputs the network has, roughly: one for each number, date and category. */
  readonly inputs: number;
  /** One each, without a full stop. */
  readonly remarks: readonly string[];
}

/** Most different words of a column that are categories by themselves; with fewer rows, fewer. */
const mostCategories = 50;
/**
 * So few cells of a column have a value that those a network learns from may have none, and nothing says what fills
 * gaps. From ten on that all are held out is a chance of 4 in 100,000 for each fold.
 */
const mayBeEmpty = (values: number, rows: number): boolean => values < 10 && values <= rows - learnedRows(rows);
/** Words that other programs write for no value; only these are taken for it. */
const nothing = /^(unknown|none|nil|n\/a|na|nan|null|missing|undefined|unavailable|#n\/a|[-–—.*]+)$/i;

type Role =
  | { readonly is: "number" | "date" | "category" }
  | { readonly is: "number"; readonly gaps: readonly string[] }
  | { readonly is: "left out"; readonly why: string };

/** @param path  as messages name it. @throws MistakeError */
export function guessTable(path: string, survey: TableSurvey, targetName: string): TableGuess {
  const target = targetGuess(path, survey, targetName);
  const targetColumn = survey.columns.find(({ name }) => name === targetName)!;
  const features = survey.columns.filter(({ name }) => name !== targetName);
  const classes = new Set(target.classes ?? []);
  const roles = features.map((column): readonly [ColumnSurvey, Role] => [
    column,
    roleOf(path, survey, column, classes, survey.rows - target.missing),
  ]);
  const of = (is: Role["is"]): readonly ColumnSurvey[] =>
    roles.flatMap(([column, role]) => (role.is === is ? [column] : []));
  const [numbers, dates, categories] = [of("number"), of("date"), of("category")];
  const names = (columns: readonly ColumnSurvey[]): readonly string[] => columns.map(({ name }) => name);
  const kept = [...numbers, ...dates, ...categories];
  if (kept.length === 0) throw noFeatures(path, roles);
  refuseGarbled(path, target.classes ? [targetColumn] : [], categories, kept);
  const words = [...new Set(roles.flatMap(([, role]) => ("gaps" in role ? role.gaps : [])))];
  const rows = survey.rows - target.missing;
  const gaps = [...numbers, ...dates].filter(
    (column) => column.missing > 0 || roles.some(([other, role]) => other === column && "gaps" in role),
  );
  const remarks = [
    ...target.remarks,
    ...(numbers.length > 0 ? [`${plural(numbers.length, "column")} of numbers: ${named(names(numbers))}`] : []),
    ...categories.map(
      (column) => `\`${column.name}\` is a category: ${plural(column.different ?? 0, "word")}, an input for each`,
    ),
    ...dates.map(({ name }) => `\`${name}\` holds dates, which become days since 1970-01-01`),
    ...roles.flatMap(([column, role]) =>
      role.is === "left out" ? [`\`${column.name}\` is left out: ${role.why}`] : [],
    ),
    ...(target.classes ? [targetColumn, ...categories] : categories).flatMap(twinRemark),
    ...numbers.flatMap(strayRemark),
    ...(words.length > 0 ? [`${named(words)} among numbers is taken for a missing value`] : []),
    ...(gaps.length > 0
      ? [`${plural(gaps.length, "column")} of numbers or dates with missing values: ${named(names(gaps))}`]
      : []),
    ...roles.flatMap(([{ name }, role]) =>
      role.is === "left out" && role.why.startsWith(groupWords)
        ? [
            `if rows with one \`${name}\` belong together, keep them so: \`group: ` +
              `${name}\` in the first stage and \`by: group\` in \`split\` and \`fold\``,
          ]
        : [],
    ),
  ];
  return {
    path,
    delimiter: survey.delimiter,
    header: survey.header,
    rows,
    target,
    numbers: names(numbers),
    categories: names(categories),
    dates: names(dates),
    leaveOut: roles.flatMap(([{ name }, role]) => (role.is === "left out" ? [name] : [])),
    missing: words.length > 0 ? [...missingWords, ...words] : undefined,
    hasGaps: gaps.length > 0,
    hasMissing: gaps.length > 0 || categories.some(({ missing }) => missing > 0),
    inputs: numbers.length + dates.length + categories.reduce((sum, { different }) => sum + (different ?? 0), 0),
    remarks,
  };
}
function twinRemark({ name, twins }: ColumnSurvey): readonly string[] {
  if (!twins) return [];
  return [
    `\`${name}\` has ${named(twins)}, which differ in case alone and count as two: if they are one, write them alike`,
  ];
}
function strayRemark({ name, strayNumber: stray }: ColumnSurvey): readonly string[] {
  if (!stray) return [];
  return [
    `\`${name}\` is ${stray.value} in ${stray.count} rows, far from its other numbers: if that stands for no value, ` +
      "leave these cells empty in the file, and write the pipeline anew",
  ];
}
/** What `load` would refuse when the pipeline runs. */
function refuseGarbled(
  path: string,
  target: readonly ColumnSurvey[],
  categories: readonly ColumnSurvey[],
  kept: readonly ColumnSurvey[],
): void {
  const named = kept.find(({ name, nameIsUtf8 }) => !nameIsUtf8 && isGarbled(name));
  if (named) throw garbledName(path, named.name);
  for (const { name, garbled } of [...target, ...categories])
    if (garbled) throw garbledWord(path, garbled.line, name, garbled.text);
}
const groupWords = "it names something that has several rows";

/**
 * @param classes  words of the target, which stand for a class there
 * @param taught   rows with a target
 */
function roleOf(
  path: string,
  survey: TableSurvey,
  column: ColumnSurvey,
  classes: ReadonlySet<string>,
  taught: number,
): Role {
  const out = (why: string): Role => ({ is: "left out", why });
  const { different, filled, rows } = column;
  if (filled === 0) return out("it is empty");
  if (different === 1 && column.missing === 0) return out("it is the same in every row");
  if (column.countsRows) return out("it only counts the rows");
  if (isIdentifierName(column.name) && (column.areWhole || !column.areNumbers)) {
    if (different === filled || (different === undefined && !column.areNumbers)) return out("it names each row");
    // What has a few values says something of a row; what has many says which thing it is of.
    if (different === undefined || different > Math.max(20, filled / 20)) return out(groupWords);
  }
  if ((column.areNumbers || column.areDates) && mayBeEmpty(filled, taught))
    return out(`it has a value in ${plural(filled, "row")} alone`);
  if (column.areNumbers) return { is: "number" };
  if (column.areDates) return { is: "date" };
  const odd = [...column.odd];
  const style = odd.length > 0 && column.numbers + column.dates < filled ? styleOf(odd) : undefined;
  if (style && column.numbers + odd.length > 0 && isStyled(column))
    throw otherNumbers(path, survey, column, style.title, style.remedy(odd, { path, ...survey }));
  const isNothing = (word: string): boolean => nothing.test(word) && !classes.has(word);
  if (odd.length <= 3 && column.numbers >= filled / 2 && !mayBeEmpty(column.numbers, taught) && odd.every(isNothing))
    return { is: "number", gaps: odd };
  if (different !== undefined && different <= Math.min(mostCategories, limits.categories.most, Math.max(2, rows / 4)))
    return { is: "category" };
  if (column.datesOfAKind === filled) return out("its dates are in another spelling than ISO 8601 (`2024-03-31`)");
  if (column.numbers >= filled / 2) return out(`${named(odd.slice(0, 2))} and such stand among its numbers`);
  const count = different === undefined ? "very many" : String(different);
  return out(`it has ${count} different words in ${plural(rows, "row")}, which is text or a name`);
}

/** All its cells are numbers, or look like numbers in one other style. */
const isStyled = (column: ColumnSurvey): boolean => column.datesOfAKind === 0 && column.odd.size > 0;

function otherNumbers(
  path: string,
  { header }: TableSurvey,
  { name, odd }: ColumnSurvey,
  title: string,
  remedy: string,
): MistakeError {
  const [word] = odd;
  return new MistakeError({
    title,
    message:
      `The column \`${name}\` of \`${path}\` has numbers such as ` +
      `\`${word}\`${header ? "" : " (the file has no header)"}. ${remedy}`,
  });
}

function noFeatures(path: string, roles: readonly (readonly [ColumnSurvey, Role])[]): MistakeError {
  const lines = roles.map(([{ name }, role]) => `  ${name}: ${role.is === "left out" ? role.why : role.is}`);
  return new MistakeError({
    title: "nothing to learn from",
    message:
      `No column of \`${path}\` is left to learn from:\n${lines.join("\n")}\n` +
      "Put such a column right in the file, as numbers, as dates in ISO 8601 or as a few words.",
  });
}
