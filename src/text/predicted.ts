/** What a model says of inputs, one by one: as a table for people, as CSV, as JSON. */
import { csvPieces } from "../util/csv-write.js";
import { escaped } from "../util/escape.js";
import type { JsonObject } from "../util/json.js";
import { formatNumber, fractionText, shortest32 } from "../util/numbers.js";
import { columnWidths, table } from "../util/table.js";
import { clip, widthOf } from "../util/width.js";

export interface Said {
  /** What each input is called: a path, or a file and the line of its row. */
  readonly names: readonly string[];
  readonly classes: readonly string[] | null;
  /** Of numbers: what they are called; of one without a name []. */
  readonly targets: readonly string[];
  /** float32 [inputs, width]: probabilities of the classes, shares of votes, or numbers. */
  readonly values: Float32Array;
  readonly width: number;
  readonly areVotes: boolean;
}

const ownOf = ({ values, width }: Said, at: number): Float32Array => values.subarray(at * width, (at + 1) * width);
/** Of equals the first, as in an evaluation. */
const bestOf = (values: Float32Array): number => values.indexOf(Math.max(...values));
const targetName = ({ targets, width }: Said, at: number): string =>
  targets[at] ?? (width === 1 ? "prediction" : `prediction ${at + 1}`);

/**
 * @param columns  width of the terminal: where there is no room, the second class is left out and paths are clipped at
 *   their beginning
 */
export function predictedText(said: Said, columns: number): string {
  const { classes, width, names } = said;
  const heads = classes
    ? ["class", said.areVotes ? "votes" : "probability", ...(width > 1 ? ["next"] : [])]
    : Array.from({ length: width }, (_, at) => targetName(said, at));
  const rows = names.map((_, at) => {
    const own = ownOf(said, at);
    if (!classes) return [...own].map((value) => formatNumber(value));
    const best = bestOf(own);
    const others = own.map((value, index) => (index === best ? Number.NEGATIVE_INFINITY : value));
    const next = bestOf(others);
    return [
      classes[best]!,
      fractionText(own[best]!),
      ...(width > 1 ? [`${classes[next]!} ${fractionText(own[next]!)}`] : []),
    ];
  });
  const all = [heads, ...rows].map((row) => row.map(escaped));
  const wide = (cells: typeof all): number => columnWidths(cells).reduce((sum, own) => sum + own + 2, 0);
  const shown = classes && wide(all) + leastName > columns ? all.map((row) => row.slice(0, 2)) : all;
  const room = Math.max(leastName, columns - wide(shown));
  const lines = shown.map((row, at) => [at === 0 ? "input" : fitted(escaped(names[at - 1]!), room), ...row]);
  const right = classes ? 2 : undefined;
  return `${table(lines, { right: (column) => (right === undefined ? column > 0 : column === right) }).join("\n")}\n`;
}
/** Cells that a path has at least. */
const leastName = 12;
/** The end of a path tells more than its beginning. */
function fitted(name: string, room: number): string {
  if (widthOf(name) <= room) return name;
  const letters = [...name];
  while (letters.length > 1 && widthOf(letters.join("")) > room - 1) letters.shift();
  return clip(`…${letters.join("")}`, room);
}

export function* predictedCsv(said: Said): Generator<string> {
  const { classes, width, names } = said;
  const what = said.areVotes ? "votes" : "probability";
  const heads = classes
    ? ["class", ...classes.map((name) => `${what} ${name}`)]
    : Array.from({ length: width }, (_, at) => targetName(said, at));
  const rows = function* () {
    for (const [at, name] of names.entries()) {
      const own = ownOf(said, at);
      yield [name, ...(classes ? [classes[bestOf(own)]!] : []), ...[...own].map(shortest32)];
    }
  };
  for (const piece of csvPieces(["input", ...heads], rows())) yield Buffer.from(piece).toString("utf8");
}

/** `{inputs: [{input, class, probabilities}]}`; of numbers `values`, of votes `votes`. By name, in order. */
export function predictedJson(said: Said): JsonObject {
  const { classes, names, areVotes } = said;
  return {
    inputs: names.map((input, at): JsonObject => {
      const own = ownOf(said, at);
      const byName = (nameAt: (index: number) => string) =>
        Object.fromEntries([...own].map((value, index) => [nameAt(index), shortest32(value)]));
      if (!classes) return { input, values: byName((index) => targetName(said, index)) };
      const each = byName((index) => classes[index]!);
      return { input, class: classes[bestOf(own)]!, ...(areVotes ? { votes: each } : { probabilities: each }) };
    }),
  };
}
