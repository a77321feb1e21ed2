/**
 * Columns that travel with examples and are no features, groups and order: what becomes of them where rows are copied,
 * and where datasets are joined.
 */
import type { Mistake } from "../diagnostic/diagnostic.js";
import { type Blob, blobOf, float64Of, int32Of } from "../values/blob.js";
import type { Dataset, DatasetData } from "../values/dataset.js";

/** By which column, if any; of a dataset's data and of its port. */
export interface Travelling {
  readonly group: string | undefined;
  readonly order: string | undefined;
}
export const travellingOf = ({ group, order }: Pick<DatasetData, "group" | "order">): Travelling => ({
  group: group?.name,
  order: order?.name,
});

type TravellingBlobs = { readonly groups?: Blob; readonly order?: Blob };

/** Of stored rows that are copied, in their order. */
export function copiedColumns({ blobs }: Pick<Dataset, "blobs">, rows: ArrayLike<number>): TravellingBlobs {
  const { groups, order } = blobs;
  const [codes, values] = [groups && int32Of(groups), order && float64Of(order)];
  return {
    ...(codes
      ? {
          groups: blobOf(
            "int32",
            [rows.length],
            Int32Array.from(rows, (row) => codes[row]!),
          ),
        }
      : {}),
    ...(values
      ? {
          order: blobOf(
            "float64",
            [rows.length],
            Float64Array.from(rows, (row) => values[row]!),
          ),
        }
      : {}),
  };
}

/** Why a dataset cannot be joined with the first one: what travels with all of them travels with the whole. */
export function travellingMistake(first: Travelling, other: Travelling, index: number): Mistake | undefined {
  const at = ["data", index];
  for (const [option, words] of [
    ["group", { title: "groups", a: "groups", by: "groups by" }],
    ["order", { title: "an order", a: "an order", by: "an order by" }],
  ] as const) {
    const [wanted, got] = [first[option], other[option]];
    if (wanted === got) continue;
    const title = `${words.title} in some of the data`;
    const name = wanted ?? got;
    const both = `Load all of them with \`${option}: ${name}\`, or none of them with \`${option}\`.`;
    if (got === undefined)
      return { title, message: `The first dataset has ${words.a} (\`${name}\`), but this one has none. ${both}`, at };
    if (wanted === undefined)
      return { title, message: `This one has ${words.a} (\`${name}\`), but the first dataset has none. ${both}`, at };
    return {
      title: `${words.title} by another column`,
      message:
        `The first dataset has ${words.by} \`${wanted}\`, but this one by \`${got}\`, and whether both mean the ` +
        "same is not guessed. Let one name stand in all files, or load none of them with " +
        `\`${option}\`.`,
      at,
    };
  }
  return undefined;
}

/**
 * Of rows that are taken out of several datasets, which all have what the first one has. The words of groups are those
 * of all, in the order in which they first come.
 *
 * @param stored  of each row: of which dataset, and which of its stored rows it is
 */
export function joinedColumns(
  parts: readonly Dataset[],
  stored: readonly { readonly part: number; readonly row: number }[],
): { readonly data: Pick<DatasetData, "group">; readonly blobs: TravellingBlobs } {
  const { group, order } = parts[0]!.data;
  const values = order && parts.map(({ blobs }) => float64Of(blobs.order!));
  const byOrder = values
    ? {
        order: blobOf(
          "float64",
          [stored.length],
          Float64Array.from(stored, ({ part, row }) => values[part]![row]!),
        ),
      }
    : {};
  if (!group) return { data: {}, blobs: byOrder };
  const known = new Map<string, number>();
  const codes = parts.map(({ data, blobs }) => {
    const joined = data.group!.words.map((word) => {
      const place = known.get(word) ?? known.size;
      known.set(word, place);
      return place;
    });
    return int32Of(blobs.groups!).map((code) => joined[code]!);
  });
  const all = Int32Array.from(stored, ({ part, row }) => codes[part]![row]!);
  return {
    data: { group: { name: group.name, words: [...known.keys()] } },
    blobs: { groups: blobOf("int32", [stored.length], all), ...byOrder },
  };
}
