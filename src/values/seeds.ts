/** Seeds to run over. A source of elements: whoever runs over them reads the seed of its element, and not this. */
import type { Output } from "./output.js";

export type SeedsData = { readonly count: number; readonly values: readonly number[] };

declare module "./output.js" {
  interface OutputTypes {
    readonly seeds: SeedsData;
  }
}

/** So many are told one by one. */
const listedSeeds = 8;

/** `1 … 10` of seeds that follow one another, `3, 7, 12`, or `3, 7, 12, …`. */
export function seedsText(values: readonly number[]): string {
  const [first, last] = [values[0], values.at(-1)];
  if (values.length > 2 && values.every((value, index) => value === first! + index)) return `${first} … ${last}`;
  return values.length <= listedSeeds
    ? values.join(", ")
    : `${values.slice(0, listedSeeds - 1).join(", ")}, … (${values.length})`;
}

/** `10 seeds: 1 … 10` */
export const seedsHeadline = ({ data: { values } }: Output<"seeds">): string =>
  `${values.length} seed${values.length === 1 ? "" : "s"}: ${seedsText(values)}`;
