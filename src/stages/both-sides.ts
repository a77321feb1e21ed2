/** Rows that are there more than once, and fall on both sides of a cut: known to `check` or found by the run. */
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { RunContext } from "../pipeline/run-context.js";

/** How a stage that cuts speaks of it. */
export interface Cut {
  /** `a fold`, `the split` */
  readonly name: string;
  /** What is too good for it, and what to do instead. */
  readonly effect: string;
}
const sentence = (found: string, { effect }: Cut): string =>
  `${found}, so the same row is trained on and judged by, which flatters ${effect}`;

/** Where check time knows that rows of `data` are there again. */
export function reportBothSides(data: PortInfo | undefined, cut: Cut, report: CheckContext<unknown>["report"]): void {
  const repeats = data?.rows?.repeats;
  if (repeats === undefined) return;
  const copies = repeats === null ? "Rows of `data`" : `${repeats} of ${data!.count} rows of \`data\``;
  report({
    title: "rows on both sides",
    message: sentence(`${copies} are copies of others and may stand on both sides of ${cut.name}`, cut),
    at: ["data"],
    severity: "warning",
    name: "rows_on_both_sides",
  });
}

/** @param parts  of each place, which part it is in */
export function warnBothSides(
  rows: Int32Array,
  parts: ArrayLike<number>,
  cut: Cut,
  warn: RunContext<unknown>["warn"],
): void {
  const count = onBothSides(rows, parts);
  if (count === 0) return;
  const found = `${count} of ${rows.length} rows of \`data\` have copies on both sides of ${cut.name}`;
  warn(sentence(found, cut), "rows_on_both_sides");
}

/** Rows that are there more than once and not all in one part. @param parts  of each place, which part it is in */
export function onBothSides(rows: Int32Array, parts: ArrayLike<number>): number {
  const first = new Map<number, number>();
  const shared = new Set<number>();
  rows.forEach((row, place) => {
    const known = first.get(row);
    if (known === undefined) first.set(row, parts[place]!);
    else if (known !== parts[place]) shared.add(row);
  });
  return shared.size;
}
