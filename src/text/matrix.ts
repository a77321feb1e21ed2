/**
 * A confusion matrix as lines: true classes down, predicted classes across, with totals.
 *
 * Cells are counts, or shares of their row or column. Where these do not fit beside each other, names across become
 * numbers; then a cell is one sign, as dark as its share, and the most frequent mistakes are told below; and where not
 * even signs fit, these alone.
 */

import { grouped } from "../util/numbers.js";
import { clip, fill, folded, widthOf } from "../util/width.js";
import { plural } from "../util/words.js";
import type { Sketch } from "../values/sketch.js";
import { type Line, piece } from "./line.js";

type Matrix = Extract<Sketch, { type: "matrix" }>;

const indent = "  ";
/** Cells that a name has at most, before counts and before signs, and at least. */
const [mostName, shortName, leastName] = [16, 10, 5];
const mostMistakes = 8;
/** Up to this share a cell has this sign; none has its own. */
const shades = [
  { sign: "░", most: 0.1 },
  { sign: "▒", most: 0.5 },
  { sign: "▓", most: 0.9 },
  { sign: "█", most: 1 },
] as const;
const none = "·";

export function matrixLines(matrix: Matrix, columns: number): readonly Line[] {
  const { title } = matrix;
  const head: readonly Line[] = title ? [[piece(clip(title, columns), "bold")]] : [];
  const names = matrix.names.map((name) => piece(name).text);
  const facts = factsOf(matrix);
  const isClear = new Set(names).size === names.length && names.every((name) => widthOf(name) <= mostName);
  const lines =
    (isClear ? table(names, names, facts, columns) : undefined) ??
    table(
      names.map((name, index) => `${index} ${name}`),
      names.map((_, index) => String(index)),
      facts,
      columns,
    ) ??
    signs(names, facts, columns);
  return [...head, ...lines];
}

interface Facts extends Matrix {
  readonly ofRows: readonly number[];
  readonly ofColumns: readonly number[];
  /** Of its row, or of its column where cells are shares of that; null where there is nothing to have a share of. */
  share(truth: number, predicted: number): number | null;
}
function factsOf(matrix: Matrix): Facts {
  const { counts, shares } = matrix;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const ofRows = counts.map(sum);
  const ofColumns = counts.map((_, at) => sum(counts.map((row) => row[at]!)));
  return {
    ...matrix,
    ofRows,
    ofColumns,
    share(truth, predicted) {
      const whole = shares === "column" ? ofColumns[predicted]! : ofRows[truth]!;
      return whole === 0 ? null : counts[truth]![predicted]! / whole;
    },
  };
}

/** @returns  undefined where it is wider than the window */
function table(
  down: readonly string[],
  across: readonly string[],
  { counts, shares, ofRows, ofColumns, share }: Facts,
  columns: number,
): readonly Line[] | undefined {
  const text = (truth: number, predicted: number): string => {
    const count = counts[truth]![predicted]!;
    if (!shares) return count === 0 ? none : grouped(count);
    const part = share(truth, predicted);
    if (part === null) return "–";
    return count === 0 ? none : part.toFixed(2);
  };
  const ofAll = ofRows.reduce((total, count) => total + count, 0);
  // Shares sum to 1 along one side, which says nothing: there stands how many they are shares of.
  const [hasRows, hasColumns] = [shares !== "column", shares !== "row"];
  const total = shares ? "count" : "total";
  const rows = [
    ["", ...across, ...(hasRows ? [total] : [])],
    ...down.map((name, truth) => [
      clip(name, mostName),
      ...across.map((_, predicted) => text(truth, predicted)),
      ...(hasRows ? [grouped(ofRows[truth]!)] : []),
    ]),
    ...(hasColumns ? [[total, ...ofColumns.map(grouped), ...(hasRows ? [grouped(ofAll)] : [])]] : []),
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  if (indent.length + widths.reduce((sum, width) => sum + width + 1, -1) > columns) return undefined;
  return rows.map((row, at): Line => {
    const isEdge = at === 0 || (hasColumns && at === rows.length - 1);
    const cells = row.map((cell, column) => fill(cell, widths[column]!, column === 0 ? "right" : "left"));
    return [
      piece(`${indent}${cells[0]} `, isEdge ? "dim" : undefined),
      ...cells.slice(1).flatMap((cell, index) => {
        const gap = index === 0 ? "" : " ";
        const isTotal = isEdge || (hasRows && index === across.length);
        return [piece(`${gap}${cell}`, isTotal ? "dim" : undefined)];
      }),
    ];
  });
}

function signs(names: readonly string[], facts: Facts, columns: number): readonly Line[] {
  const { counts, shares, ofRows, share } = facts;
  const totals = ofRows.map(grouped);
  const totalWidth = Math.max(...totals.map(widthOf));
  const room = columns - indent.length - names.length - 1;
  // Counts at the end give way to names.
  const hasTotals = room - totalWidth - 1 >= leastName;
  const width = Math.min(shortName, hasTotals ? room - totalWidth - 1 : room);
  const labels = distinct(names, width);
  const sign = (truth: number, predicted: number): string => {
    if (counts[truth]![predicted] === 0) return none;
    const part = share(truth, predicted)!;
    return shades.find((shade) => part <= shade.most)!.sign;
  };
  const labelWidth = Math.max(...labels.map(widthOf));
  const rows = labels.map(
    (label, truth): Line => [
      piece(`${indent}${fill(label, labelWidth)} ${names.map((_, at) => sign(truth, at)).join("")}`),
      ...(hasTotals ? [piece(` ${fill(totals[truth]!, totalWidth, "left")}`, "dim")] : []),
    ],
  );
  const [light, middle, dark] = shades.map((shade) => `${shade.sign} to ${100 * shade.most} %`);
  const legend = [
    `columns in the order of the rows${hasTotals ? "; their counts at the end" : ""}`,
    `share of its ${shares ?? "row"}: ${none} none, ${light}, ${middle}, ${dark}, ${shades[3].sign} above`,
  ];
  return [
    ...(width >= leastName ? [...rows, ...legend.flatMap((line) => asideLines(line, columns))] : []),
    ...mistakes(names, facts, columns),
  ];
}

/** Names within so many cells; where some have to be clipped, or are alike, all of them with their number. */
function distinct(names: readonly string[], width: number): readonly string[] {
  const isClear = new Set(names).size === names.length && names.every((name) => widthOf(name) <= width);
  return isClear ? names : names.map((name, index) => clip(`${index} ${name}`, width));
}

const asideLines = (text: string, columns: number): readonly Line[] =>
  folded(text, columns - indent.length).map((line) => [piece(clip(`${indent}${line}`, columns), "dim")]);

/** Most frequent first, then in the order of the classes. */
function mistakes(names: readonly string[], { counts, share, shares }: Facts, columns: number): readonly Line[] {
  const found = counts.flatMap((row, truth) =>
    row.flatMap((count, predicted) => (truth !== predicted && count > 0 ? [{ truth, predicted, count }] : [])),
  );
  if (found.length === 0) return [[piece(clip(`${indent}no example is mistaken for another class`, columns), "dim")]];
  const of = (one: (typeof found)[number]): number => (shares ? share(one.truth, one.predicted)! : one.count);
  const shown = found.toSorted((a, b) => of(b) - of(a)).slice(0, mostMistakes);
  const said = shown.map((one) => (shares ? of(one).toFixed(2) : grouped(one.count)));
  const width = Math.max(...said.map(widthOf));
  const room = Math.max(1, Math.floor((columns - indent.length - width - 2 - 4) / 2));
  const labels = distinct(names, room);
  const more = found.length - shown.length;
  return [
    [piece(clip(`${indent}most mistaken, true as predicted`, columns), "dim")],
    ...shown.map(({ truth, predicted }, index): Line => {
      const pair = `${labels[truth]} as ${labels[predicted]}`;
      return [piece(clip(`${indent}${fill(said[index]!, width, "left")}  ${pair}`, columns))];
    }),
    ...(more > 0 ? [[piece(clip(`${indent}and ${plural(more, "pair")} more`, columns), "dim" as const)]] : []),
  ];
}
