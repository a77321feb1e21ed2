/** What a pipeline says of a CSV, and what of that can be no right, whatever the files hold. */
import type { Mistake } from "../diagnostic/diagnostic.js";
import type { WarningName } from "../diagnostic/warnings.js";
import type { MissingPolicy, TargetPolicy } from "./csv-cells.js";
import { type DeclaredClasses, repeatedClass } from "./csv-labels.js";
import { mayBePattern } from "./csv-patterns.js";
import type { TableOptions } from "./csv-table.js";

export interface CsvOptions extends TableOptions {
  readonly train?: string | undefined;
  readonly test?: string | undefined;
  readonly file?: string | undefined;
  readonly split?: SplitColumn | undefined;
  readonly target: Targets;
  readonly features?: readonly string[] | undefined;
  /** Names and patterns, as in the other lists of columns. */
  readonly leave_out?: readonly string[] | undefined;
  readonly categories?: readonly string[] | undefined;
  /** What a category is that no training row has. */
  readonly unknown?: "error" | "ignore" | undefined;
  readonly dates?: readonly string[] | undefined;
  readonly group?: string | undefined;
  readonly order?: string | undefined;
  readonly missing: readonly Word[];
  readonly on_missing: MissingPolicy;
  /** What is done about a row without a target. */
  readonly on_missing_target?: TargetPolicy | undefined;
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

export const targetPolicyOf = ({ on_missing, on_missing_target }: CsvOptions): TargetPolicy =>
  on_missing_target ?? (on_missing === "drop_row" ? "drop_row" : "error");

/** Names of the features, where options alone decide them. */
export function featuresOfOptions({ features, categories }: CsvOptions): readonly string[] | undefined {
  return categories || features?.some(mayBePattern) ? undefined : features;
}

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
export function columnMistakes(options: CsvOptions, classes: DeclaredClasses): readonly Mistake[] {
  const { target, features, split, delimiter } = options;
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
  const twice = classes !== "auto" && classes?.areNamed ? repeatedClass(classes.names) : undefined;
  if (twice) found.push(twice);
  return [...found, ...travellingMistakes(options), ...listMistakes(options)];
}

/** Of columns that travel and are no features. */
function travellingMistakes({ target, features, split, ...options }: CsvOptions): readonly Mistake[] {
  return (["group", "order"] as const).flatMap((option): readonly Mistake[] => {
    const name = options[option];
    if (name === undefined) return [];
    const says = option === "group" ? "which rows belong together" : "in which order rows are";
    if (targetsOf(target).includes(name))
      return [
        {
          title: `the target as ${option}`,
          message: `The column \`${name}\` is the target, so it cannot say ${says}. Name another as \`${option}\`.`,
          at: [option],
        },
      ];
    if (name === split?.column)
      return [
        {
          title: `the split as ${option}`,
          message:
            `The column \`${name}\` says of which split a row is, and not ${says}. ` + `Name another as \`${option}\`.`,
          at: [option],
        },
      ];
    const place = features?.indexOf(name) ?? -1;
    return place < 0
      ? []
      : [
          {
            title: `the ${option} among the features`,
            message:
              `The column \`${name}\` says ${says} (\`${option}\`), so it travels with the rows and is no feature. ` +
              "Leave it out of `features`.",
            at: ["features", place],
          },
        ];
  });
}

/** Of lists of columns that contradict each other, or an option that needs one. */
function listMistakes({ features, leave_out, categories, unknown }: CsvOptions): readonly Mistake[] {
  const both = leave_out?.findIndex((name) => features?.includes(name)) ?? -1;
  const found: Mistake[] = [];
  if (both >= 0)
    found.push({
      title: "a feature that is left out",
      message: `The column \`${leave_out![both]}\` is in \`features\` and in \`leave_out\`. Name it in one of them.`,
      at: ["leave_out", both],
    });
  if (unknown !== undefined && categories === undefined)
    found.push({
      title: "no categories",
      message:
        "`unknown` says what is done about a category that no training row has, and no column has categories here. " +
        "Name those that do in `categories`, or leave out `unknown`.",
      at: ["unknown"],
    });
  return found;
}

/** What is worth a warning. */
export interface Remark extends Mistake {
  readonly severity: "warning";
  readonly name: WarningName;
}
