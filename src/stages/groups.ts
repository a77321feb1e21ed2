/**
 * Which examples belong together: groups of a dataset, such as the pictures of one patient, by the column that `load`
 * calls `group`. Who cuts examples into those that teach and those that judge may keep groups whole.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { plural } from "../util/words.js";
import { int32Of } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { rowsOf } from "./dataset.js";

export interface Group {
  readonly word: string;
  /** Places among the rows, in order: a row that is there twice has two. */
  readonly places: readonly number[];
}

/** The value of `by:`, where it is said. */
export const noGroups: Mistake = {
  title: "no groups to keep whole",
  message:
    "`by: group` keeps examples of one group together, but these data have no groups. " +
    "Name the column that tells them where the data are loaded: `group: COLUMN` in the `load` stage.",
  at: ["by"],
};

/**
 * The groups that the rows are of, in the order of their first rows.
 *
 * @param rows  stored rows, as `rowsOf` gives them
 * @throws MistakeError where the data have none
 */
export function groupsOf(data: Dataset, rows: Int32Array): readonly Group[] {
  const codes = codesOf(data);
  if (!codes) throw new MistakeError(noGroups);
  const { words } = data.data.group!;
  const found = new Map<number, number[]>();
  rows.forEach((row, place) => {
    const code = codes[row]!;
    const places = found.get(code);
    if (places) places.push(place);
    else found.set(code, [place]);
  });
  return [...found].map(([code, places]) => ({ word: words[code]!, places }));
}
/** Of each stored row; undefined where the data have no groups. */
export const codesOf = ({ data, blobs }: Dataset): Int32Array | undefined =>
  data.group && blobs.groups ? int32Of(blobs.groups) : undefined;

/** How many groups there are, where `check` has the examples. */
export function groupCountOf(port: PortInfo | undefined): number | undefined {
  const data = port?.examples?.();
  return data?.data.group ? groupsOf(data, rowsOf(data)).length : undefined;
}

/**
 * Examples of each class in each group; of data that are not told apart by class all count as one.
 *
 * @returns  by group, in their order: counts by class
 */
export function countsIn(groups: readonly Group[], data: Dataset, rows: Int32Array, byClass: boolean): number[][] {
  if (!byClass) return groups.map(({ places }) => [places.length]);
  const labels = int32Of(data.blobs.labels!);
  const classes = data.data.classes!.length;
  return groups.map(({ places }) => {
    const counts = new Array<number>(classes).fill(0);
    for (const place of places) counts[labels[rows[place]!]!]!++;
    return counts;
  });
}

/** Words of the groups that are in both, as far as both are told apart by the same column. */
export function groupsShared(judging: Dataset, learned: Dataset): readonly string[] {
  if (!judging.data.group || judging.data.group.name !== learned.data.group?.name) return [];
  const known = new Set(groupsOf(learned, rowsOf(learned)).map(({ word }) => word));
  return groupsOf(judging, rowsOf(judging)).flatMap(({ word }) => (known.has(word) ? [word] : []));
}

/**
 * What is said of examples that judge where groups of them are groups of those that teach; undefined where none is.
 *
 * @param names  of both, such as `test examples` and `training examples`
 */
export function sharedGroupsText(
  judging: Dataset,
  learned: Dataset,
  names: { readonly judging: string; readonly learned: string },
): string | undefined {
  const shared = groupsShared(judging, learned);
  if (shared.length === 0) return undefined;
  const all = groupsOf(judging, rowsOf(judging)).length;
  const listed = shared.slice(0, mostListed).map((word) => `\`${word}\``);
  const more = shared.length > mostListed ? `, and ${shared.length - mostListed} more` : "";
  const isOne = shared.length === 1;
  return (
    `${shared.length} of ${plural(all, "group")} (\`${judging.data.group!.name}\`) of the ${names.judging} ` +
    `${isOne ? "is" : "are"} among those of the ${names.learned}: ${listed.join(", ")}${more}. ` +
    "So a model is judged by groups that it has learned from, which flatters the score. " +
    `Leave ${isOne ? "it" : "them"} out of one of the two.`
  );
}
const mostListed = 8;

/** Of the outputs of one `load`, those that judge: what `sharedGroupsText` says of each, in their order. */
export const sharedGroups = ({
  train,
  ...others
}: Readonly<Record<string, Dataset | undefined>>): readonly { readonly part: string; readonly text: string }[] =>
  Object.entries(others).flatMap(([part, judging]) => {
    const names = { judging: `${part} examples`, learned: "training examples" };
    const text = train && judging && sharedGroupsText(judging, train, names);
    return text === undefined ? [] : [{ part, text }];
  });
