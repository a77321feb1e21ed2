/**
 * What stages hand to each other: named outputs of JSON and typed bytes, a union discriminated by `type`.
 *
 * A type of output is a file of this folder: its data, and the line that adds it to `OutputTypes`. Nothing else lists
 * them. What is stored of an output is `type`, `data` and the digests of its blobs, so all three are its identity.
 *
 * A dataset's shuffle, split or fold writes only `rows`; the features and labels blobs keep their digests and are
 * stored once. A blob read from the store knows its digest, so passing it on costs nothing.
 */
import type { JsonObject } from "../util/json.js";
import type { Blob } from "./blob.js";

/** Each type of output, by name, with its data. Filled by the files that define them. */
// biome-ignore lint/suspicious/noEmptyInterface: its members are declared beside the data that they name.
export interface OutputTypes {}

export type PortType = keyof OutputTypes;

/** One output of a stage, of any of the types or of some of them: `Output<"dataset">`. */
export type Output<T extends PortType = PortType> = {
  readonly [K in T]: {
    readonly type: K;
    readonly data: OutputTypes[K];
    readonly blobs: Readonly<Record<string, Blob>>;
  };
}[T];
export type Outputs = Readonly<Record<string, Output>>;

/**
 * An output whose type was checked before anything ran, as what it is.
 *
 * @throws Error where it is of another type, which check time has let through
 */
export function outputOf<T extends PortType>(output: Output | undefined, ...types: readonly T[]): Output<T> {
  if (output && isOf(types, output)) return output;
  throw new Error(`hw1 bug: ${output?.type ?? "nothing"} where ${types.join(" or ")} is read`);
}

function isOf<T extends PortType>(types: readonly T[], output: { readonly type: PortType }): output is Output<T> {
  return (types as readonly PortType[]).includes(output.type);
}

/** The measures of an output, where it has some: a map of numbers, of maps of them, and of lists. */
export const metricsOf = ({ data }: Output): JsonObject | undefined => ("metrics" in data ? data.metrics : undefined);

/** Intervals of those measures, where it has some: under the same names. */
export const intervalsOf = ({ data }: Output): JsonObject | undefined =>
  "intervals" in data ? data.intervals : undefined;

/** The type in a sentence: `an evaluation`. */
export const withArticle = (type: PortType): string => `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
