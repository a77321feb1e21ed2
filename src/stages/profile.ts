/**
 * A dataset's profile: what `explore` leaves, and what `check` can say of data that it has read.
 *
 * The statistics and their rules are in `learn/profile.ts`; here are the columns they are asked about and the
 * sentences.
 */
import type { WarningName } from "../diagnostic/warnings.js";
import { type Examples, examplesOf } from "../learn/data.js";
import {
  classBalance,
  emptyIntervals,
  type Order,
  orderOfClasses,
  orderOfNumbers,
  type Summary,
  shift,
  summarise,
  summariseBytes,
} from "../learn/profile.js";
import { roundedText } from "../util/numbers.js";
import { sizeOfShape } from "../util/shape.js";
import { plural } from "../util/words.js";
import type { Dataset } from "../values/dataset.js";
import type { ColumnProfile, ProfileData } from "../values/profile.js";
import type { Sketch } from "../values/sketch.js";
import { columnName, isWhole } from "./dataset.js";
import { areMany, duplicatesOf } from "./same-rows.js";

/** Beyond this many columns of features they are told together, */
const mostColumns = 100;
/** and beyond this many nobody looks for empty intervals: with many columns every row is alone. */
const mostSearched = 20;
/** Chance that a shift is reported where there is none, over all columns. */
const shiftChance = 0.01;

export function profileOf(output: Dataset, test?: Dataset): ProfileData {
  const { split, count, shape } = output.data;
  const columns = columnsOf(output, test);
  const duplicates = duplicatesOf(output, test);
  const profile: Omit<ProfileData, "warnings" | "sketch"> = {
    split,
    count,
    shape: [...shape],
    columns,
    classes: classesOf(output),
    duplicates,
    order: orderOf(output) ?? null,
    test: test ? { split: test.data.split, count: test.data.count } : null,
  };
  return { ...profile, warnings: warningsOf(profile, cellsLacked(output)), sketch: sketchOf(profile) };
}

/** In which order the rows lie, in words: by class, by the first feature that tells, else by a number to predict. */
export function orderOf(output: Dataset): string | undefined {
  const examples = examplesOf(output);
  if (examples.classes) {
    const labels = Int32Array.from(examples.rows, (row) => examples.labels[row]!);
    const order = orderOfClasses(labels);
    if (order !== "mixed") return `${order} by class`;
  }
  if (!isWide(examples)) {
    const orders = columnNames(output).map(({ name, values }): [string, Order] => [
      name,
      orderOfNumbers(values(examples)),
    ]);
    for (const wanted of ["sorted", "grouped"] as const) {
      const found = orders.find(([, order]) => order === wanted);
      if (found) return `${wanted} by \`${found[0]}\``;
    }
  }
  return undefined;
}

/** What `allow` calls a remark: what a result keeps is its title. */
export const remarkNames: Readonly<Record<string, WarningName>> = {
  "rows in an order": "rows_in_order",
  "missing values": "missing_values",
  "constant column": "constant_column",
  "empty interval": "empty_interval",
  "test data differ": "test_data_differ",
  "classes of unequal size": "unequal_classes",
  "repeated rows": "repeated_rows",
  "test rows seen in training": "test_rows_in_training",
};

/** What to do about rows in an order, wherever it is told. */
export const orderRemedy = (order: string): string =>
  `The rows are ${order}, so a part cut out in this order does not resemble the whole. ` +
  "Put a `shuffle` stage before it, or let `fold` keep `shuffle: true`.";

const isWide = ({ shape }: Examples): boolean => shape.length !== 1 || shape[0]! > mostColumns;

/** Columns of numbers: features unless there are too many, and numbers to predict. */
function columnNames(
  output: Dataset,
): readonly { readonly name: string; readonly role: ColumnProfile["role"]; values(of: Examples): Float64Array }[] {
  const { featureNames, targetNames, classes, shape } = output.data;
  const features = Array.from(
    { length: shape.length === 1 && shape[0]! <= mostColumns ? shape[0]! : 0 },
    (_, column) => ({
      name: columnName(featureNames, column),
      role: "feature" as const,
      values: (of: Examples) => valuesAt(of.rows, of.features, shape[0]!, column, of.scale),
    }),
  );
  const targets = classes
    ? []
    : targetNames.map((name, column) => ({
        name,
        role: "target" as const,
        values: (of: Examples) => valuesAt(of.rows, of.labels, of.targets, column, 1),
      }));
  return [...features, ...targets];
}

function valuesAt(
  rows: Int32Array,
  table: ArrayLike<number>,
  width: number,
  column: number,
  scale: number,
): Float64Array {
  const values = new Float64Array(rows.length);
  for (let at = 0; at < values.length; at++) values[at] = table[rows[at]! * width + column]! * scale;
  return values;
}

function columnsOf(output: Dataset, test: Dataset | undefined): readonly ColumnProfile[] {
  const examples = examplesOf(output);
  const tested = test ? examplesOf(test) : undefined;
  const { missing } = cellsLacked(output);
  const columns = columnNames(output);
  const searched = examples.shape.length === 1 && examples.shape[0]! <= mostSearched;
  const profiled = columns.map(({ name, role, values }): ColumnProfile => {
    const [own, other] = [values(examples), tested ? values(tested) : undefined];
    const summary = summarise(own);
    return {
      name,
      role,
      ...summary,
      // Those that were kept without a value are among those that the file lacked.
      missing: Math.max(summary.missing, Object.hasOwn(missing, name) ? missing[name]! : 0),
      empty:
        searched && role === "feature"
          ? emptyIntervals(own).map(([from, to]) => ({
              from,
              to,
              test: other ? other.filter((value) => value > from && value < to).length : null,
            }))
          : [],
      shift: other ? shift(own, other, shiftChance / columns.length) : null,
    };
  });
  if (!isWide(examples)) return profiled;
  return [
    {
      name: examples.shape.length === 3 ? "pixels" : "features",
      role: "feature",
      ...together(examples),
      empty: [],
      shift: null,
    },
    ...profiled,
  ];
}

interface Lacked {
  /** Cells of these rows that the file lacked, by column; */
  readonly missing: Readonly<Record<string, number>>;
  /** or, where only a part of what the file holds is here, cells of all of it, and of how many rows. */
  readonly loaded?: { readonly missing: Readonly<Record<string, number>>; readonly rows: number };
}
function cellsLacked(output: Dataset): Lacked {
  const { missing = {}, leftOut = 0 } = output.data;
  if (leftOut === 0 && isWhole(output)) return { missing };
  return { missing: {}, loaded: { missing, rows: output.blobs.features!.shape[0]! + leftOut } };
}

function together({ features, rows, scale, shape }: Examples): Summary {
  const size = sizeOfShape(shape);
  const whole = rows.length * size === features.length && rows.every((row, index) => row === index);
  if (features instanceof Uint8Array) {
    if (whole) return summariseBytes(features, scale);
    const picked = new Uint8Array(rows.length * size);
    rows.forEach((row, at) => void picked.set(features.subarray(row * size, (row + 1) * size), at * size));
    return summariseBytes(picked, scale);
  }
  const picked = new Float64Array(rows.length * size);
  rows.forEach((row, at) => void picked.set(features.subarray(row * size, (row + 1) * size), at * size));
  return summarise(picked.map((value) => value * scale));
}

function classesOf(output: Dataset): ProfileData["classes"] {
  const { classes, labels, rows } = examplesOf(output);
  if (!classes) return null;
  const counts = new Array<number>(classes.length).fill(0);
  for (const row of rows) counts[labels[row]!]!++;
  const balance = classBalance(counts);
  const compared =
    balance.ratio === null
      ? "a class has no example"
      : `the largest has ${shown(balance.ratio)} times the examples of the smallest`;
  const remark = balance.balanced
    ? `The classes are of similar size (${compared}), so accuracy is a fair measure.`
    : `The classes differ in size (${compared}), so accuracy says little about the small ones. ` +
      "Look at recall and F1 of each class, and keep shares with `stratify: true`.";
  return { names: [...classes], counts, ...balance, remark };
}

function warningsOf(profile: Omit<ProfileData, "warnings" | "sketch">, { loaded }: Lacked): ProfileData["warnings"] {
  const { columns, classes, duplicates, order, test, split, count } = profile;
  const found: { title: string; message: string }[] = [];
  const warn = (title: string, message: string): void => void found.push({ title, message });
  const whose = split === "" ? "" : `${split === "train" ? "training" : split} `;
  if (order) warn("rows in an order", orderRemedy(order));
  for (const column of columns) {
    if (column.missing > 0)
      warn(
        "missing values",
        `\`${column.name}\` has ${plural(column.missing, "missing value")} among ${plural(count, "row")}.`,
      );
    else if (loaded && Object.hasOwn(loaded.missing, column.name))
      warn(
        "missing values",
        `\`${column.name}\` had ${plural(loaded.missing[column.name]!, "missing value")} in what was loaded ` +
          `(${plural(loaded.rows, "row")}).`,
      );
    if (column.distinct === 1)
      warn(
        "constant column",
        `\`${column.name}\` is ${shown(column.min!)} in every row, ` +
          `so ${column.role === "target" ? "there is nothing to learn" : "nothing can be learned from it"}.`,
      );
    for (const { from, to, test: inside } of column.empty)
      warn(
        "empty interval",
        `No ${whose}\`${column.name}\` lies between ${shown(from)} and ${shown(to)}${insideText(inside)}. ` +
          "What a model says there is a guess: judge it inside and outside.",
      );
    if (column.shift && column.shift.statistic > column.shift.critical)
      warn(
        "test data differ",
        `\`${column.name}\` is distributed differently in the test data: ` +
          `their shares of rows up to a value differ by as much as ${shown(column.shift.statistic)}, ` +
          `where chance rarely exceeds ${shown(column.shift.critical)}. ` +
          "Test metrics then tell of other data than the model learned from.",
      );
  }
  if (classes && !classes.balanced) warn("classes of unequal size", classes.remark);
  if (areMany(duplicates.rows, count))
    warn(
      "repeated rows",
      `${plural(duplicates.rows, "row")} of ${count} ${duplicates.rows === 1 ? "repeats" : "repeat"} the ` +
        "features of an earlier " +
        `one${duplicates.contradictory > 0 ? `, ${duplicates.contradictory} of them with another label` : ""}. ` +
        "Copies may fall into training and validation alike, which flatters the validation metrics.",
    );
  if (test && duplicates.test !== null && areMany(duplicates.test, test.count))
    warn(
      "test rows seen in training",
      `${plural(duplicates.test, "row")} of the ${test.count} test rows ` +
        `${duplicates.test === 1 ? "has" : "have"} the features of a row here, which flatters the test metrics.`,
    );
  return found;
}

/** How many rows of the test data lie in an empty interval, where there are any test data. */
function insideText(rows: number | null): string {
  if (rows === null) return "";
  return `; ${rows === 1 ? "1 test row lies" : `${rows} test rows lie`} there`;
}

function sketchOf(profile: Omit<ProfileData, "warnings" | "sketch">): readonly Sketch[] {
  const { columns, classes, count, test } = profile;
  const cell = (value: number | null): string => (value === null ? "–" : shown(value));
  const tables: Sketch[] = [
    {
      type: "table",
      title:
        `${plural(count, "row")} ` +
        `(${profile.split || "data"}${test ? `; beside them ${plural(test.count, "row")} of ${test.split}` : ""})`,
      columns: ["column", "min", "max", "mean", "sd", "missing", "distinct"],
      numbers: ["min", "max", "mean", "sd", "missing", "distinct"],
      rows: columns.map((column) => [
        column.name,
        cell(column.min),
        cell(column.max),
        cell(column.mean),
        cell(column.sd),
        String(column.missing),
        String(column.distinct),
      ]),
    },
  ];
  const empty = columns.flatMap((column) => column.empty.map((interval) => ({ ...interval, name: column.name })));
  if (empty.length > 0)
    tables.push({
      type: "table",
      title: "Empty intervals",
      columns: ["column", "from", "to", ...(test ? ["test rows inside"] : [])],
      numbers: ["from", "to", "test rows inside"],
      rows: empty.map(({ name, from, to, test: inside }) => [
        name,
        shown(from),
        shown(to),
        ...(inside === null ? [] : [String(inside)]),
      ]),
    });
  if (classes)
    tables.push({
      type: "table",
      title: classes.remark,
      columns: ["class", "examples", "share"],
      numbers: ["examples", "share"],
      rows: classes.names.map((name, index) => [
        name,
        String(classes.counts[index]),
        `${((100 * classes.counts[index]!) / Math.max(1, count)).toFixed(1)} %`,
      ]),
    });
  return tables;
}

/** Three significant digits, whole numbers whole, with a minus sign. */
export function shown(value: number): string {
  const whole = Number.isInteger(value) || Math.abs(value) >= 1000;
  return whole ? String(Math.round(value)).replace("-", "−") : roundedText(value, 3);
}
