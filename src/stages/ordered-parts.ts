/**
 * Rows → parts by the order in which they came about: the last ones are held out, as a model will meet them.
 *
 * The order is the column that `load` calls `order`, or a feature. Rows of one value never stand on both sides of a
 * border, for what they have in common, such as the day, is then known to both: the border moves to the nearest place
 * where the value changes.
 */
import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import type { PortInfo } from "../pipeline/port-info.js";
import { plural } from "../util/words.js";
import { featuresOf, float64Of } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";

const noColumn = (column: string, names: readonly string[], order: string | undefined): Mistake => {
  const known = [...(order === undefined ? [] : [order]), ...names];
  return {
    title: "no such column",
    message:
      `\`${column}\` is neither a feature of these data nor the column of their order.` +
      `${suggestion(column, known)} A column that is no feature travels along where the data are loaded with ` +
      `\`order: ${column}\`.`,
    at: ["order"],
  };
};

/** What check time says against a column; nothing where the columns are not known. */
export function orderMistake(column: string, data: PortInfo | undefined): Mistake | undefined {
  if (!data?.featureNames || data.order === column || data.featureNames.includes(column)) return undefined;
  return noColumn(column, data.featureNames, data.order);
}

/**
 * The value of each place.
 *
 * @param rows  stored rows, by place
 * @throws MistakeError where there is no such column, or some rows have no value
 */
export function orderValues({ data, blobs }: Dataset, column: string, rows: Int32Array): Float64Array {
  const width = data.shape.length === 1 ? data.shape[0]! : 0;
  const at = width > 0 ? data.featureNames.indexOf(column) : -1;
  const isOrder = data.order?.name === column;
  if (!isOrder && at < 0) throw new MistakeError(noColumn(column, data.featureNames, data.order?.name));
  const stored = isOrder ? float64Of(blobs.order!) : featuresOf(blobs.features!);
  const values = Float64Array.from(rows, (row) => (isOrder ? stored[row]! : stored[row * width + at]!));
  const missing = values.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
  if (missing > 0)
    throw new MistakeError({
      title: "rows without an order",
      message:
        `${plural(missing, "row")} of ${rows.length} ${missing === 1 ? "has" : "have"} no value in \`${column}\`, ` +
        `the first of them row ${values.findIndex(Number.isNaN) + 1} of \`data\`, so nothing says where ` +
        `${missing === 1 ? "it belongs" : "they belong"}. Leave ${missing === 1 ? "it" : "them"} out of the file, ` +
        "or fill the column there.",
      at: ["order"],
    });
  return values;
}

/**
 * Of each place its part: 0 is what comes first, 1 … what is held out, one after the other.
 *
 * @param wishes  examples of each part that is held out, in the order of the values, at least one
 * @throws MistakeError where there are fewer values than parts
 */
export function orderedParts(values: Float64Array, wishes: readonly number[], column: string): Uint8Array {
  const places = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  // Where the value changes: how many rows stand before.
  const changes = places.flatMap((place, at) => (at > 0 && values[place]! > values[places[at - 1]!]! ? [at] : []));
  if (changes.length < wishes.length)
    throw new MistakeError({
      title: "fewer values than parts",
      message:
        `\`${column}\` has ${plural(changes.length + 1, "value")}, and rows of one value stay together, so that ` +
        `there are no ${wishes.length + 1} parts to make of them. Name a column that tells rows apart.`,
      at: ["order"],
    });
  const borders: number[] = [];
  let wanted = values.length;
  let most = changes.length - 1;
  for (const [later, wish] of wishes.toReversed().entries()) {
    wanted -= wish;
    // Some are left for the borders before this one.
    const least = wishes.length - 1 - later;
    const found = nearestTo(wanted, changes, least, most);
    borders.unshift(changes[found]!);
    most = found - 1;
  }
  const parts = new Uint8Array(values.length);
  places.forEach((place, at) => {
    parts[place] = borders.filter((border) => border <= at).length;
  });
  return parts;
}
/** Place of the nearest number in part of an ascending list; of equally near ones the first. */
function nearestTo(wanted: number, list: readonly number[], from: number, to: number): number {
  let best = from;
  for (let at = from + 1; at <= to; at++) if (Math.abs(list[at]! - wanted) < Math.abs(list[best]! - wanted)) best = at;
  return best;
}
