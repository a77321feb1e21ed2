/**
 * How columns, cells and words of a table are written in messages, so that what a message proposes can be copied into a
 * pipeline.
 */
import { shellWord } from "../util/escape.js";

/** The first of many, as they are. */
export const someOf = (words: readonly string[], most = 8): string =>
  `${words.slice(0, most).join(", ")}${words.length > most ? ", …" : ""}`;
export const placeIn = (path: string, line: number, column: string): string =>
  `\`${path}:${line}\`, column \`${column}\``;
export const cellText = (text: string): string => `\`${text.length > 60 ? `${text.slice(0, 60)}…` : text}\``;

/** Most items of a list that a message proposes whole. */
export const mostProposed = 20;
/** A word as an item of a YAML list `[…]`: in quotes where YAML would read something else. */
export const yamlWord = (word: string): string =>
  /^[\p{L}_][\p{L}\p{N}_./()%°+ -]*$/u.test(word) &&
  word === word.trim() &&
  !/^(null|true|false|~)$/i.test(word) &&
  !word.includes(" -")
    ? word
    : JSON.stringify(word);
/** The same where an option takes words as they are spelled in a file: `True` and `1` need no quotes there. */
export const spelledWord = (word: string): string =>
  /^(true|false)$/i.test(word) || (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(word) && Math.abs(Number(word)) < 2 ** 53)
    ? word
    : yamlWord(word);
export const yamlList = (words: readonly string[], item: (word: string) => string = yamlWord): string =>
  `[${words.map(item).join(", ")}]`;
/** A file beside another, to write a changed table into: `points-commas.csv` for `data/points.csv`. */
const fileBeside = (path: string, ending: string): string =>
  `${path.replace(/^.*\//, "").replace(/\.[^.]*$/, "")}${ending}`;
/** A command that writes a changed table into another file, which is then to be named. */
export const commandInto = (command: string, path: string, ending: string): string =>
  `\`${command} > ${shellWord(fileBeside(path, ending))}\`; then name that file`;

/** The first of a list that stands there again. */
export function twiceIn(words: readonly string[]): string | undefined {
  const seen = new Set<string>();
  return words.find((word) => seen.size === seen.add(word).size);
}
