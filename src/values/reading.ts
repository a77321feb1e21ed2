/**
 * How `load` made features of what a file holds, where that is more than taking its numbers: it stays with the data and
 * with a model that learns from them, so that `predict` and `export` do the same to what comes later.
 *
 * Absent where features are the file's own numbers under `featureNames`, and cells without a value are spelled as
 * usual.
 */

/** Of pictures: the shape of the data says the rest. */
export type PictureReading = {
  readonly of: "pictures";
  /** Whether colours were made grey; channels are those of the files otherwise. */
  readonly grey: boolean;
  /** [height, width] that every picture was brought to; absent where the files had one size. */
  readonly resize?: readonly [number, number];
};
/** What a column of a table becomes. */
export type ColumnReading = { readonly name: string } & (
  | { readonly as: "number" }
  /** One feature for each category, `name=category`, 1 where it is that one and 0 elsewhere: one-hot. */
  | {
      readonly as: "category";
      /** Those of the training file, sorted by code unit. */
      readonly categories: readonly string[];
      /** What one that is not among them is: a mistake, or 0 everywhere. */
      readonly unknown: "error" | "ignore";
      /** That of a cell without a value, where training rows had such cells and they were kept. */
      readonly missing?: string;
    }
  /** Days since 1970-01-01 in UTC. */
  | { readonly as: "date" }
);
/** Of a table: its columns that are features, in order. */
export type TableReading = {
  readonly of: "table";
  readonly columns: readonly ColumnReading[];
  /** Words for a cell without a value. */
  readonly missing: readonly string[];
  readonly delimiter: string;
  /** Names of all columns of a file that has no header row (false: by number); absent where it has one. */
  readonly header?: false | readonly string[];
  /** Numbers were kept in 64 bits, because 32 would lose differences. */
  readonly doubles?: true;
};
export type Reading = PictureReading | TableReading;

/** Names of the features that a column becomes. */
export const featuresOfColumn = (column: ColumnReading): readonly string[] =>
  column.as === "category" ? column.categories.map((category) => `${column.name}=${category}`) : [column.name];
