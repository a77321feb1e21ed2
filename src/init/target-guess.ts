/** What the column to learn is: classes or numbers. Where it is neither, what stands in the way. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import { namesAmong } from "../stages/csv-vocabulary.js";
import { cellText, someOf } from "../stages/csv-words.js";
import { shellWord } from "../util/escape.js";
import { plural } from "../util/words.js";
import { type ColumnSurvey, isIdentifierName, type TableSurvey } from "./survey.js";

export interface TargetGuess {
  readonly name: string;
  /** Their names, sorted; null where the target is a number. */
  readonly classes: readonly string[] | null;
  /** Rows of the rarest class; 0 where the target is a number. */
  readonly rarest: number;
  /** Rows without a target. */
  readonly missing: number;
  readonly remarks: readonly string[];
}

/** Whole numbers with so many values or fewer are classes. */
const mostNumberClasses = 10;
/** Words with more values are no classes that a first network would learn. */
const mostWordClasses = 100;

/** @throws MistakeError */
export function targetGuess(path: string, survey: TableSurvey, name: string): TargetGuess {
  const column = survey.columns.find((each) => each.name === name);
  const names = survey.columns.map((each) => each.name);
  if (!column)
    throw new MistakeError({
      title: "no such column",
      message:
        `\`${path}\` has no column \`${name}\`.${suggestion(name, names)}\n\nColumns: ${someOf(names, 100)}` +
        (survey.header ? "" : "\n\nThe first row was not taken for names, so columns are called by their places."),
    });
  if (name.includes("${"))
    throw new MistakeError({
      title: "a name that a pipeline cannot spell",
      message: `A pipeline looks up \`\${…}\`, so \`${name}\` cannot be named in one. Rename the column.`,
    });
  if (names.length < 2)
    throw new MistakeError({
      title: "only one column",
      message: `\`${path}\` has the column \`${name}\` alone, and it takes another to learn from.`,
    });
  const { filled, missing, different } = column;
  const wrong = (title: string, message: string): MistakeError => new MistakeError({ title, message });
  if (filled === 0)
    throw wrong(
      "an empty target",
      `The column \`${name}\` of \`${path}\` has no value in any row. Name another with --target.`,
    );
  if (different === 1)
    throw wrong(
      "a single class",
      `The column \`${name}\` of \`${path}\` is ${cellText([...column.words.keys()][0]!)} ` +
        `in every row, so there is nothing to tell apart. Name another with --target.`,
    );
  const are = missing === 1 ? "is" : "are";
  const gone = missing > 0 ? [`${plural(missing, "row")} without a value in \`${name}\` ${are} left out`] : [];
  if (column.areDates || column.datesOfAKind === filled)
    throw wrong(
      "dates to predict",
      `The column \`${name}\` of \`${path}\` holds dates. Write what is to be predicted ` +
        `as a number, such as days since another day, or name another column with --target.`,
    );
  const isWhole = column.areNumbers && column.areWhole;
  const areFew = different !== undefined && different <= Math.max(2, Math.min(mostNumberClasses, filled / 5));
  if (column.areNumbers && !(areFew && (isWhole || different === 2)))
    return {
      ...{ name, classes: null, rarest: 0, missing },
      remarks: [`\`${name}\` is a number to predict (${valuesText(column)})`, ...gone],
    };
  if (
    !column.areNumbers &&
    column.numbers >= 0.9 * filled &&
    (different ?? Number.POSITIVE_INFINITY) > mostNumberClasses
  )
    throw wrong(
      "not a number",
      `The target \`${name}\` of \`${path}\` is a number in ${column.numbers} of ` +
        `${plural(filled, "row")}; elsewhere stands ${[...column.odd].slice(0, 3).map(cellText).join(", ")}. ` +
        `Correct these cells, or leave them empty: then their rows are left out.`,
    );
  if (different === undefined || different > Math.min(mostWordClasses, filled / 2))
    throw wrong(
      "no classes",
      `The target \`${name}\` of \`${path}\` has ${different ?? "very many"} ` +
        `different words in ${plural(filled, "row")}, too many to ` +
        `be classes: each needs several rows. Name another with --target.`,
    );
  const classes = namesAmong(column.words.keys());
  const counts = [...column.words.values()];
  const rarest = Math.min(...counts);
  const said = classes.map((word) => `${word} ${column.words.get(word) ?? 0}`);
  return {
    ...{ name, classes, rarest, missing },
    remarks: [
      `\`${name}\` is one of ${classes.length} classes, with so many rows: ${someOf(said, 10)}`,
      ...(column.areNumbers
        ? [
            `\`${name}\` has ${different} ${isWhole ? "whole " : ""}numbers, taken for classes; if it ` +
              `is an amount, leave out \`classes\` and learn it with \`loss: mse\``,
          ]
        : []),
      ...gone,
    ],
  };
}

function valuesText({ different, filled }: ColumnSurvey): string {
  return different === undefined
    ? `very many values in ${plural(filled, "row")}`
    : `${plural(different, "value")} in ${plural(filled, "row")}`;
}

/** What is said where no target was named. */
export function noTarget(path: string, survey: TableSurvey): MistakeError {
  const names = survey.columns.map(({ name }) => name);
  const likely = likelyTarget(survey.columns);
  return new MistakeError({
    title: "no target",
    message:
      `Which column is to be learned? \`${path}\` has ${plural(names.length, "column")}:\n` +
      `${survey.columns
        .slice(0, 50)
        .map((column) => `  ${column.name}: ${contentText(column)}`)
        .join("\n")}` +
      `${names.length > 50 ? `\n  and ${names.length - 50} more` : ""}\n` +
      (likely === undefined
        ? "Name it with --target."
        : `Most likely it is \`${likely}\`: hw1 init --data ${shellWord(path)} --target ${shellWord(likely)}`),
  });
}

function contentText(column: ColumnSurvey): string {
  const { different, filled, missing } = column;
  if (filled === 0) return "empty";
  const count = different === undefined ? "very many" : String(different);
  const gaps = missing > 0 ? `, ${missing} missing` : "";
  const of = different === 1 ? "" : " different";
  if (column.areNumbers) return `${count}${of} number${different === 1 ? "" : "s"}${gaps}`;
  if (column.areDates) return `dates${gaps}`;
  const some = different !== undefined && different <= 5 ? ` (${[...column.words.keys()].sort().join(", ")})` : "";
  return `${count}${of} word${different === 1 ? "" : "s"}${some}${gaps}`;
}

const usual: ReadonlySet<string> = new Set([
  ...["target", "label", "class", "y", "outcome", "output", "result", "response", "diagnosis", "species"],
  ...["category", "type", "survived", "price", "quality", "score", "churn", "default"],
]);
function likelyTarget(columns: readonly ColumnSurvey[]): string | undefined {
  const may = columns.filter(
    (column) =>
      column.filled > 0 &&
      column.different !== 1 &&
      !column.countsRows &&
      !column.areDates &&
      !isIdentifierName(column.name) &&
      (column.areNumbers ||
        (column.different !== undefined && column.different <= Math.min(mostWordClasses, column.filled / 2))),
  );
  return (may.findLast(({ name }) => usual.has(name.toLowerCase())) ?? may.at(-1))?.name;
}
