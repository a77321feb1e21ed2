/**
 * Text that is not UTF-8. Each byte that is none is read as U+FFFD, so that different words become one: in what is
 * taken by its words (names of features, classes, categories, groups) such bytes are a mistake. Elsewhere they do not
 * matter.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { shellWord } from "../util/escape.js";
import { cellText, placeIn } from "./csv-words.js";

/** What stands for a byte that is no text. */
export const isGarbled = (text: string): boolean => text.includes("\ufffd");

/** How a file becomes UTF-8, as sentences. */
export const asUtf8 = (path: string): string =>
  "Save the file as UTF-8; of the usual other one: " +
  `\`iconv -f LATIN1 -t UTF-8 ${shellWord(path)} > ${shellWord(`utf8-${path.replace(/^.*\//, "")}`)}\`, ` +
  "then name that file.";

/** @param text  of a cell whose word says something */
export const garbledWord = (path: string, line: number, column: string, text: string): MistakeError =>
  new MistakeError({
    title: "not UTF-8",
    message: `${placeIn(path, line, column)}: ${cellText(text)} has bytes that are not UTF-8. ${asUtf8(path)}`,
  });

export const garbledName = (path: string, name: string): MistakeError =>
  new MistakeError({
    title: "not UTF-8",
    message: `The name of the column ${cellText(name)} of \`${path}\` has bytes that are not UTF-8. ${asUtf8(path)}`,
  });
