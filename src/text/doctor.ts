/**
 * What `hw1 doctor` found, as aligned lines: a name, a mark, what was found; below it the remedy, where one is needed.
 */

import wrapAnsi from "wrap-ansi";
import { escaped } from "../util/escape.js";
import type { JsonObject } from "../util/json.js";
import { table } from "../util/table.js";
import { widthOf } from "../util/width.js";
import { plural } from "../util/words.js";
import { painter, type Style } from "./color.js";

type Mark = "ok" | "note" | "warning" | "problem";
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
  const room = Math.max(20, options.columns - Math.max(0, ...findings.map(({ name }) => widthOf(name))) - 5);
  const rows = findings.flatMap(({ name, mark, found, remedy, names }): readonly (readonly string[])[] => {
    const [glyph, style] = marks[mark];
    const [first = "", ...rest] = wrap(found, room);
    const below = [
      ...rest,
      ...wrap((names ?? []).join(" "), room).map((line) => paint("dim", line)),
      ...(remedy ?? "").split("\n").flatMap((line) => wrap(line, room)),
    ];
    return [[name, paint(style, glyph), first], ...below.map((line) => ["", "", line])];
  });
  const lines = table(rows, {
    paint: (cell, column) => (column === 0 && cell.trim() !== "" ? paint("bold", cell) : cell),
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

/** Lines of at most `columns` cells; a longer word has a line of its own, so that a path can be copied. */
function wrap(text: string, columns: number): readonly string[] {
  const words = escaped(text).split(" ").filter(Boolean);
  return words.length === 0 ? [] : wrapAnsi(words.join(" "), columns).split("\n");
}
