/**
 * What `hw1 doctor` found, as aligned lines: a name, a mark, what was found; below it the remedy, where one is needed.
 */

import type { JsonObject } from "../util/json.js";
import { plural } from "../util/words.js";
import { painter, type Style } from "./color.js";
import { piece, widthOf } from "./line.js";

export type Mark = "ok" | "note" | "warning" | "problem";
export interface Finding {
  readonly name: string;
  readonly mark: Mark;
  /** One line. */
  readonly found: string;
  /** What to do, where something should be done. */
  readonly remedy?: string;
  /** Names that belong to it, told in smaller voice. */
  readonly names?: readonly string[];
  /** The same as data. */
  readonly facts?: JsonObject;
}

const marks: Readonly<Record<Mark, readonly [string, Style]>> = {
  ok: ["✓", "green"],
  note: ["–", "dim"],
  warning: ["!", "yellow"],
  problem: ["✗", "red"],
};

export function renderFindings(
  findings: readonly Finding[],
  options: { readonly color: boolean; readonly columns: number },
): string {
  const paint = painter(options.color);
  const width = Math.max(0, ...findings.map(({ name }) => name.length));
  const margin = " ".repeat(width + 5);
  const room = Math.max(20, options.columns - margin.length);
  const lines = findings.flatMap(({ name, mark, found, remedy, names }) => {
    const [glyph, style] = marks[mark];
    const [first = "", ...rest] = wrap(found, room);
    return [
      `${paint("bold", name.padEnd(width))}  ${paint(style, glyph)}  ${first}`.trimEnd(),
      ...rest.map((line) => margin + line),
      ...wrap((names ?? []).join(" "), room).map((line) => margin + paint("dim", line)),
      ...(remedy ?? "").split("\n").flatMap((line) => wrap(line, room).map((part) => margin + part)),
    ];
  });
  return `${lines.join("\n")}\n\n${verdict(findings)}\n`;
}

function verdict(findings: readonly Finding[]): string {
  const named = (mark: Mark): readonly string[] =>
    findings.filter((finding) => finding.mark === mark).map(({ name }) => name);
  const [problems, warnings] = [named("problem"), named("warning")];
  if (problems.length > 0)
    return `${counted(problems, "problem")}. What needs ${problems.length === 1 ? "it" : "them"} does not work before.`;
  return `Everything that hw1 needs works${warnings.length > 0 ? `; ${counted(warnings, "warning")}` : ""}.`;
}
const counted = (names: readonly string[], noun: string): string =>
  `${plural(names.length, noun)}: ${names.join(", ")}`;

/**
 * Lines of at most `columns` cells, broken between words; a longer word has a line of its own, so that a path can be
 * copied.
 */
function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of piece(text).text.split(" ").filter(Boolean)) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}
