/**
 * Items of a figure that are drawn as one: of a name, and of what was chosen; folds and seeds of these together.
 *
 * Trials and winners are never put together, since a mean over different settings says nothing.
 */
import type { AxisOf } from "../values/axes.js";
import type { Output, PortType } from "../values/output.js";
import type { Item } from "./figure-declaration.js";

export interface ItemGroup<Type extends PortType> {
  /** Tells it from the others; empty for one alone. */
  readonly label: string;
  /** Of the keys of its members, outermost first; [] of a single one. */
  readonly over: readonly AxisOf[];
  readonly members: readonly { readonly keys: readonly string[]; readonly value: Output<Type> }[];
}

/** In the order of the items. */
export function itemGroups<Type extends PortType>(items: readonly Item<Type>[]): readonly ItemGroup<Type>[] {
  const groups = new Map<string, ItemGroup<Type>>();
  for (const { source, element, name, label: whole, over, value } of items) {
    const keys = over.length === 0 ? [] : element!.split("/");
    // Of what nobody says what it is an element of, nothing is put together.
    const chosen = over.length === 0 ? (element ?? "") : keys.filter((_, at) => over[at] === "choices").join("/");
    const label = over.length === 0 ? whole : [name, chosen].filter((text) => text !== "").join(", ");
    const key = `${source} ${chosen}`;
    const known = groups.get(key) ?? { label, over: over.filter((of) => of !== "choices"), members: [] };
    const member = { keys: keys.filter((_, at) => over[at] !== "choices"), value };
    groups.set(key, { ...known, members: [...known.members, member] });
  }
  return [...groups.values()];
}

/** What a group's keys run over, and how many there are of each. */
export const axesOf = ({
  over,
  members,
}: Pick<ItemGroup<PortType>, "over"> & { readonly members: readonly { readonly keys: readonly string[] }[] }) =>
  over.map((of, at) => ({ of, count: new Set(members.map(({ keys }) => keys[at])).size }));
