/** What a pipeline says of a CSV, and what of that can be no right, whatever the files hold. */
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { WarningName } from "../diagnostic/warnings.js";
import { type Classes, repeatedClass } from "./csv-labels.js";
import type { TableOptions } from "./csv-table.js";

export interface CsvOptions extends TableOptions {
  readonly train?: string | undefined;
  readonly test?: string | undefined;
  readonly file?: string | undefined;
  readonly split?: SplitColumn | undefined;
  readonly target: Targets;
  readonly features?: readonly string[] | undefined;
  readonly missing: readonly Word[];
  readonly on_missing: "error" | "drop_row" | "mean";
}
/** The column to learn, or several of numbers. */
export type Targets = string | readonly string[];
export type Part = "train" | "validation" | "test";
/** A column whose values say of which split a row is. */
export interface SplitColumn extends Readonly<Partial<Record<Part, Words | undefined>>> {
  readonly column: string;
}
type Word = string | number | boolean;
type Words = Word | readonly Word[];

export const targetsOf = (target: Targets): readonly string[] => (typeof target === "string" ? [target] : target);

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
): readonly Mistake[] {
  const found: Mistake[] = [];
  if (['"', "\n", "\r"].includes(delimiter))
    found.push({
      title: "no delimiter",
      message: "Quotes and line ends have a meaning of their own in a CSV, so they cannot stand between cells.",
      at: ["delimiter"],
    });
  const targets = targetsOf(target);
  for (const [index, name] of targets.entries()) {
    const at = typeof target === "string" ? ["target"] : ["target", index];
    if (split?.column === name)
      found.push({
        title: "the split as target",
        message:
          `The column \`${name}\` says of which split a row is, so it is no column to learn. ` +
          "Name another as `target`.",
        at,
      });
    if (targets.indexOf(name) < index)
      found.push({
        title: "a target twice",
        message: `\`target\` names the column \`${name}\` twice. Name it once.`,
        at,
      });
  }
  if (classes && targets.length > 1)
    found.push({
      title: "classes of several targets",
      message:
        `\`classes\` declares the target a class, but \`target\` names ${targets.length} columns, which are learned ` +
        "together as numbers. Name one of them as `target`, or leave out `classes`.",
      at: ["classes"],
    });
  const firstPlace = new Map([...(features ?? []).entries()].reverse().map(([index, name]) => [name, index]));
  features?.forEach((name, index) => {
    if (targets.includes(name))
      found.push({
        title: "the target among the features",
        message:
          `The column \`${name}\` is ${targets.length > 1 ? "a" : "the"} target. Who learns from it learns nothing ` +
          "else: leave it out of `features`.",
        at: ["features", index],
      });
    else if (name === split?.column)
      found.push({
        title: "the split among the features",
        message:
          `The column \`${name}\` says of which split a row is, so it is no feature. ` + "Leave it out of `features`.",
        at: ["features", index],
      });
    else if (firstPlace.get(name)! < index)
      found.push({
        title: "a feature twice",
        message: `\`features\` names the column \`${name}\` twice. Name it once.`,
        at: ["features", index],
      });
  });
  const twice = classes?.areNamed ? repeatedClass(classes.names) : undefined;
  if (twice) found.push(twice);
  return found;
}

/** What is worth a warning. */
export interface Remark extends Mistake {
  readonly severity: "warning";
  readonly name: WarningName;
}
