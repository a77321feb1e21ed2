/** What a pipeline says of a CSV, and what of that can be no right, whatever the files hold. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { WarningName } from "../diagnostic/warnings.js";
import { type Classes, repeatedClass } from "./csv-labels.js";
import type { TableOptions } from "./csv-table.js";

export interface CsvOptions extends TableOptions {
  readonly train?: string | undefined;
  readonly test?: string | undefined;
  readonly file?: string | undefined;
  readonly split?: SplitColumn | undefined;
  readonly target: string;
  readonly features?: readonly string[] | undefined;
  readonly missing: readonly Word[];
  readonly on_missing: "error" | "drop_row" | "mean";
}
export type Part = "train" | "validation" | "test";
/** A column whose values say of which split a row is. */
export interface SplitColumn extends Readonly<Partial<Record<Part, Words | undefined>>> {
  readonly column: string;
}
type Word = string | number | boolean;
export type Words = Word | readonly Word[];

export const csvPartNames = ["train", "validation", "test"] as const;
export const wordsOf = (words: Words): readonly string[] => (Array.isArray(words) ? words : [words]).map(String);

export interface CsvFile {
  readonly path: string;
  readonly option: "train" | "test" | "file";
}
/** Files to read, in the order in which their mistakes are told. */
export function csvFiles({ train, test, file }: CsvOptions): readonly CsvFile[] {
  return (["train", "test", "file"] as const).flatMap((option) => {
    const path = { train, test, file }[option];
    return path === undefined ? [] : [{ path, option }];
  });
}
/** Names of the outputs, which options alone decide. */
export function csvParts({ train, test, file, split }: CsvOptions): readonly Part[] {
  if (file !== undefined) return csvPartNames.filter((part) => split?.[part] !== undefined);
  return csvPartNames.filter((part) => ({ train, validation: undefined, test })[part] !== undefined);
}

/** What the options say of columns that cannot be, whatever the file holds; each with its place. */
export function columnMistakes(
  { target, features, split, delimiter }: CsvOptions,
  classes: Classes | null,
): readonly MistakeError[] {
  const found: MistakeError[] = [];
  const tell = (title: string, message: string, option: readonly (string | number)[]): void =>
    void found.push(new MistakeError({ title, message, at: option }));
  if (['"', "\n", "\r"].includes(delimiter))
    tell(
      "no delimiter",
      "Quotes and line ends have a meaning of their own in a CSV, so they cannot stand between cells.",
      ["delimiter"],
    );
  if (split?.column === target)
    tell(
      "the split as target",
      `The column \`${target}\` says of which split a row is, so it is no column to learn. Name another as \`target\`.`,
      ["target"],
    );
  const firstPlace = new Map([...(features ?? []).entries()].reverse().map(([index, name]) => [name, index]));
  features?.forEach((name, index) => {
    if (name === target)
      tell(
        "the target among the features",
        `The column \`${name}\` is the target. Who learns from it learns nothing else: leave it out of \`features\`.`,
        ["features", index],
      );
    else if (name === split?.column)
      tell(
        "the split among the features",
        `The column \`${name}\` says of which split a row is, so it is no feature. Leave it out of \`features\`.`,
        ["features", index],
      );
    else if (firstPlace.get(name)! < index)
      tell("a feature twice", `\`features\` names the column \`${name}\` twice. Name it once.`, ["features", index]);
  });
  const twice = classes?.areNamed ? repeatedClass(classes.names) : undefined;
  if (twice) found.push(twice);
  return found;
}

/** What is worth a warning. */
export interface Remark {
  readonly title: string;
  readonly message: string;
  readonly name?: WarningName;
  readonly at: readonly string[];
}
