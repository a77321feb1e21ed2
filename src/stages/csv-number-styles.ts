/** Ways of writing numbers that are not read, and the command that makes others of them. */
import { shellWord } from "../util/escape.js";
import { commandInto } from "./csv-words.js";

/** Where such numbers were found. */
interface Table {
  readonly path: string;
  readonly header: boolean;
  readonly delimiter: string;
}

/** A way of writing numbers that is not read. */
interface Style {
  readonly title: string;
  readonly spelling: RegExp;
  readonly remedy: (words: readonly string[], found: Table) => string;
}
const styles: readonly Style[] = [
  {
    title: "thousands separators",
    spelling: /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/,
    // `1,234` alone may be either.
    remedy: (words, found) =>
      words.some((word) => /\.|,\d+,/.test(word)) || found.delimiter === ","
        ? `The commas part thousands. Take them out: ${rewritten(found, [["", ""]])}`
        : `If the comma is a decimal comma: ${rewritten(found, [["", "."]])} ` +
          `If it parts thousands: ${rewritten(found, [["", ""]])}`,
  },
  {
    title: "decimal commas",
    spelling: /^[+-]?\d+,\d+(e[+-]?\d+)?$/i,
    remedy: (_words, found) => `Write decimal points: ${rewritten(found, [["", "."]])}`,
  },
  {
    title: "decimal commas and thousands separators",
    spelling: /^[+-]?(\d{1,3}(\.\d{3})+(,\d+)?|\d+,\d+)$/,
    remedy: (_words, found) =>
      "The points part thousands, the commas decimals. Take out the former and write points for the latter: " +
      rewritten(found, pointsThenCommas),
  },
  {
    title: "thousands separators",
    spelling: /^[+-]?\d{1,3}([ '’\u00a0\u2009\u202f]\d{3})+([.,]\d+)?$/,
    remedy: () => "Save the file without thousands separators and with decimal points.",
  },
  {
    title: "signs that are no part of a number",
    spelling: /^(?=.*[−–%$€£¥°])[−–+-]?[$€£¥]? ?[−–+-]?\d+(\.\d+)? ?[%$€£¥°]?$/,
    remedy: (words, found) => {
      // Each by itself, because not every locale takes a letter of several bytes for one.
      const signs = [...new Set(words.join("").match(/[−–%$€£¥°]/g))];
      const scripts = signs.map((sign) =>
        /[−–]/.test(sign) ? `s/${sign}/-/g` : `s/ *${sign === "$" ? "\\$" : sign} *//g`,
      );
      return `Write the numbers alone: ${commandFor(found, "-plain", scripts)}`;
    },
  },
];
export const styleOf = (words: readonly string[]): Style | undefined =>
  styles.find(({ spelling }) => words.every((word) => spelling.test(word)));

/** What goes (points, else commas), and what comes in its place. */
type Step = readonly ["points" | "", string];
const pointsThenCommas: readonly Step[] = [
  ["points", ""],
  ["", "."],
];

/**
 * The command that rewrites numbers, below the header. Where a comma parts the cells, numbers with commas are in
 * quotes, and only those are touched.
 */
function rewritten(found: Table, steps: readonly Step[]): string {
  const inQuotes = found.delimiter === ",";
  const scripts = steps.flatMap(([what, by]) => {
    const sign = what === "points" ? "\\." : ",";
    return inQuotes
      ? [`:a${what}`, `s/"([+-]?[0-9]+)${sign}([0-9.,]+)"/"\\1${by}\\2"/`, `ta${what}`]
      : [`s/${sign}/${by}/g`];
  });
  return commandFor(found, "-points", scripts, inQuotes);
}

/** A call of `sed` that leaves the header as it is. */
function commandFor({ path, header }: Table, ending: string, scripts: readonly string[], extended = false): string {
  const below = header ? "1!" : "";
  const parts = scripts.map((script) => `-e '${script.startsWith("s/") ? below : ""}${script}'`);
  const command = `sed ${extended ? "-E " : ""}${parts.join(" ")} ${shellWord(path)}`;
  return `${commandInto(command, path, `${ending}.csv`)}.`;
}
