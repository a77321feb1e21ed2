/** Names and words as YAML spells them, so that they come back as they were; and text as a comment. */
import { yamlWord } from "../stages/csv-words.js";
import { escaped, jsonText } from "../util/escape.js";
import { firstFew } from "../util/words.js";

/** As a value or an item of a list: in quotes where YAML would read something else, hidden characters as numbers. */
export const spelled = (word: string): string => (escaped(word) === word ? yamlWord(word) : jsonText(word));
/** The same of a column in a list of columns, where `${` would be looked up: a pattern stands for it. */
export const spelledColumn = (name: string): string => spelled(name.replaceAll("${", "?{"));

/** Most items that stand on one line. */
const lineLength = 100;
/** `name: [a, b]`, on lines of readable length. @param indent  of the option */
export function listOption(name: string, words: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = `${indent}${name}: [`;
  for (const [index, word] of words.map(spelledColumn).entries()) {
    const item = `${word}${index + 1 < words.length ? "," : "]"}`;
    const isFirst = line.endsWith("[") || line.trim() === "";
    if (!isFirst && line.length + item.length + 1 > lineLength) {
      lines.push(line);
      line = `${indent}  ${item}`;
    } else line += isFirst ? item : ` ${item}`;
  }
  return [...lines, line].join("\n");
}

/** Text in lines that begin with `# `, broken between words; those of an item of a list are indented. */
export function comment(text: string): string {
  const lines: string[] = [];
  const further = text.startsWith("- ") ? "#   " : "# ";
  for (const word of escaped(text).split(" ")) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(`# ${word}`);
    else if (last.length + word.length + 1 > lineLength) lines.push(`${further}${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join("\n");
}
/** Names in a sentence; of many the first. */
export const named = (names: readonly string[], most = 6): string =>
  firstFew(
    names.map((name) => `\`${name}\``),
    most,
  );
