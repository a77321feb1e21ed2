/** What is said of a text that `csv-parse` refuses, with the line and the words that are there. */
import type { CsvError } from "csv-parse/sync";
import { MistakeError } from "../diagnostic/diagnostic.js";

const quote = 34;

/** @param placeAt  names the line of a byte */
export function brokenCsv(
  error: CsvError,
  bytes: Buffer,
  delimiter: string,
  placeAt: (byte: number) => string,
): MistakeError {
  // `csv-parse` says where the last cell that it could read ends; the first quote behind it is the one at fault.
  const from = Number(error.bytes);
  const at = bytes.indexOf(quote, from);
  const broken = (message: string): MistakeError => new MistakeError({ title: "not valid CSV", message });
  if (error.code === "CSV_QUOTE_NOT_CLOSED")
    return broken(
      `${placeAt(at)}: a quote (\`"\`) opens a cell here and is not closed up to the end of the file. ` +
        "A quote inside a cell is written twice.",
    );
  if (error.code === "INVALID_OPENING_QUOTE" && error.quoting === false) {
    const before = bytes.toString("utf8", from, at);
    const cell = (before.startsWith(delimiter) ? before.slice(delimiter.length) : before).trimStart();
    return broken(
      `${placeAt(at)}: a quote (\`"\`) stands inside a cell, after ${shown(cell)}. ` +
        "A cell with a quote in it is put in quotes, and the quote is written twice.",
    );
  }
  let end = bytes.indexOf(quote, at + 1);
  while (bytes[end + 1] === quote) end = bytes.indexOf(quote, end + 2);
  const found = bytes.toString("utf8", at, end + 1) + bytes.toString("utf8", end + 1, end + 13).split(/[\r\n]/, 1)[0]!;
  return broken(
    `${placeAt(end)}: text follows the quote that closes a cell, ${shown(found)}. ` +
      "A quote inside a cell is written twice.",
  );
}

const shown = (text: string): string => `\`${text.length > 40 ? `${text.slice(0, 40)}…` : text}\``;
