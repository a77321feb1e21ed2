/**
 * Rows that are there more than once, and groups, that fall on both sides of a cut: known to `check` or found by the
 * run.
 */
import type { CheckContext } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { RunContext } from "../pipeline/run-context.js";
import { plural } from "../util/words.js";
import type { Dataset } from "../values/dataset.js";
import { groupsOf } from "./groups.js";
import { areMany, firstAlike } from "./same-rows.js";

/** How a stage that cuts speaks of it. */
export interface Cut {
  /** `a fold`, `the split` */
  readonly name: string;
  /** What is too good for it, and what to do instead. */
  readonly effect: string;
  /** Whole groups, or an order in which groups have no say; else examples are dealt one by one. */
  readonly by?: "group" | "order" | undefined;
}
const sentence = (found: string, { effect }: Cut): string =>
  `${found}, so the same row is trained on and judged by, which flatters ${effect}`;

/** Whether copies stand in the file, and were not made by the pipeline. */
const isAsLoaded = ({ rows, loaded = [] }: PortInfo): boolean => loaded.some(({ id }) => id === rows?.id);
const ofFile =
  "If they are one case noted several times, a model is judged by what it has learned by heart: leave the copies out " +
  "of the file, or name each case in a column and keep it whole (`group` in `load`, `by: group` here). If they are " +
  "cases that are alike in all that was noted of them, as in a table of few columns, they are meant.";

/** Where check time knows that rows of `data` are there again. */
export function reportBothSides(data: PortInfo | undefined, cut: Cut, report: CheckContext<unknown>["report"]): void {
  const repeats = data?.rows?.repeats;
  // Copies of an example are of its group.
  if (repeats === undefined || cut.by === "group") return;
  const copies = repeats === null ? "Rows of `data`" : `${repeats} of ${data!.count} rows of \`data\``;
  const found = `${copies} are copies of others and may stand on both sides of ${cut.name}`;
  report({
    title: "rows on both sides",
    message: isAsLoaded(data!) ? `${found}. ${ofFile}` : sentence(found, cut),
    at: ["data"],
    severity: "warning",
    name: "rows_on_both_sides",
  });
}

/**
 * Rows that were merged in again, and images that were loaded again. Copies in a table are known to `check`.
 *
 * @param cuts  of each place, which part it is in; of several cuts that in which most are
 */
export function warnBothSides(
  data: Dataset,
  rows: Int32Array,
  cuts: readonly ArrayLike<number>[],
  cut: Cut,
  warn: RunContext<unknown>["warn"],
): void {
  const most = (of: Int32Array): number => Math.max(...cuts.map((parts) => onBothSides(of, parts)));
  const count = most(rows);
  if (count > 0) {
    const found = `${count} of ${rows.length} rows of \`data\` have copies on both sides of ${cut.name}`;
    warn(sentence(found, cut), "rows_on_both_sides");
    return;
  }
  if (data.data.shape.length === 1) return;
  const alike = most(firstAlike(data));
  if (areMany(alike, rows.length))
    warn(
      `${alike} of ${plural(rows.length, "image")} of \`data\` ${alike === 1 ? "has a copy" : "have copies"}, ` +
        `value by value, on both sides of ${cut.name}. If they are one image saved several times, a model is ` +
        "judged by what it has learned by heart: remove the copies. If different cases look alike, they are meant.",
      "rows_on_both_sides",
    );
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

const groupsSentence = (found: string, { by }: Cut): string =>
  `${found}, so a model is judged by groups that it has learned from, which flatters what is measured. ` +
  (by === "order"
    ? "That is right where it will meet these groups again; else say `by: group` in place of `order`."
    : "Say `by: group`, which keeps them whole.");

/** Where check time knows that data have groups, which a cut does not keep whole. */
export function reportGroupsOnBothSides(
  data: PortInfo | undefined,
  cut: Cut,
  report: CheckContext<unknown>["report"],
): void {
  if (data?.group === undefined || cut.by === "group") return;
  report({
    title: "groups on both sides",
    message: groupsSentence(`Groups of \`data\` (\`${data.group}\`) may stand on both sides of ${cut.name}`, cut),
    at: ["data"],
    severity: "warning",
    name: "group_on_both_sides",
  });
}

/** @param cuts  as of `warnBothSides` */
export function warnGroupsOnBothSides(
  data: Dataset,
  rows: Int32Array,
  cuts: readonly ArrayLike<number>[],
  cut: Cut,
  warn: RunContext<unknown>["warn"],
): void {
  if (!data.data.group || cut.by === "group") return;
  const groups = groupsOf(data, rows);
  const parted = (parts: ArrayLike<number>): number =>
    groups.filter(({ places }) => places.some((place) => parts[place] !== parts[places[0]!])).length;
  const count = Math.max(...cuts.map(parted));
  if (count === 0) return;
  const found =
    `${count} of ${groups.length} groups of \`data\` (\`${data.data.group.name}\`) ` +
    `${count === 1 ? "has" : "have"} examples on both sides of ${cut.name}`;
  warn(groupsSentence(found, cut), "group_on_both_sides");
}
