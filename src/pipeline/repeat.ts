/**
 * `repeat` in a list: its items several times, or once per item of another list.
 *
 *   - repeat: {times: 3, layers: [{dense: {units: 64}}]}                 three layers
 *   - repeat: {over: [256, 64], layers: [{dense: {units: "${item}"}}]}   a width of its own for each
 *
 * It is written out before options are checked, so a network is the same step however it was written, and every layer
 * keeps the place of its line. How many layers there will be is known before they are made.
 */

import type { Span } from "../diagnostic/diagnostic.js";
import { firstLine } from "../diagnostic/source.js";
import { grouped } from "../util/numbers.js";
import { member, type Value, withParts } from "./document.js";
import { limits, overLimit } from "./limits.js";
import { Room, substitute } from "./lookup.js";
import type { Report } from "./report.js";

type List = Value & { readonly type: "list" };

/** @param report  a mistake in a `repeat` is told once, and its items are left out */
export function writeOutRepeats(value: Value, report: Report, room = new Room()): Value {
  if (value.type !== "list" || !value.items.some((item) => isRepeat(item) || isMisspelt(item))) {
    const written = withParts(value, (part) => writeOutRepeats(part, report, room));
    if (written.type !== "list" || !written.items.some(isBlock) || layersOf(written.items) <= limits.layers.most)
      return written;
    report({
      span: firstLine(value.span),
      title: "too many layers",
      message: overLimit("layers", `These are ${grouped(layersOf(written.items))} layers, with those of the blocks.`),
    });
    return { ...written, items: untold(written) };
  }
  const items: Value[] = [];
  let count = 0;
  for (const item of value.items) {
    const more = isRepeat(item)
      ? repeated(member(item, "repeat")!, report, room)
      : [writeOutRepeats(isMisspelt(item) ? withoutItem(item) : item, report, room)];
    count += layersOf(more);
    if (more.length > 0 && count > limits.layers.most) return tooMany(value, item.span, count, report);
    items.push(...more);
  }
  return { ...value, items };
}

const counts = new WeakMap<Value, number>();
/** An item, and those of a block in it. What is repeated is one value, whose number is known after the first time. */
function layersIn(item: Value): number {
  let count = counts.get(item);
  if (count === undefined) {
    const layers = member(member(item, "residual"), "layers");
    count = 1 + (layers?.type === "list" ? layersOf(layers.items) : 0);
    counts.set(item, count);
  }
  return count;
}
const isBlock = (value: Value): boolean => member(value, "residual") !== undefined;
const layersOf = (items: readonly Value[]): number => items.reduce((sum, each) => sum + layersIn(each), 0);

const isRepeat = (value: Value): boolean =>
  value.type === "map" && value.entries.length === 1 && value.entries[0]!.key === "repeat";

/** `reepat: {over: […], layers: […]}`: the key is a mistake, which who checks the options tells. */
const isMisspelt = (value: Value): boolean =>
  value.type === "map" &&
  value.entries.length === 1 &&
  value.entries[0]!.key !== "repeat" &&
  member(value.entries[0]!.value, "over") !== undefined &&
  member(value.entries[0]!.value, "layers") !== undefined;
/** Without what `${item}` in it would be, of which nothing more is said. */
const withoutItem = (value: Value): Value => withParts(value, (part) => ({ ...untold(part)[0]!, span: part.span }));

function repeated(value: Value, report: Report, room: Room): readonly Value[] {
  const wrong = (at: Value | undefined, message: string): readonly Value[] => {
    report({ span: firstLine((at ?? value).span), title: "not a repeat", message });
    return untold(value);
  };
  const usage =
    "Write `repeat: {times: 3, layers: […]}`, or `repeat: {over: […], layers: […]}` with `${item}` in the layers.";
  if (value.type !== "map") return wrong(undefined, `\`repeat\` is a map. ${usage}`);
  const unknown = value.entries.find((entry) => !["times", "over", "layers"].includes(entry.key));
  if (unknown)
    return wrong({ ...unknown.value, span: unknown.keySpan }, `\`repeat\` has no option \`${unknown.key}\`. ${usage}`);
  const [times, over, layers] = ["times", "over", "layers"].map((key) => member(value, key));
  if (layers?.type !== "list") return wrong(layers, `\`layers\` of \`repeat\` is a list of layers. ${usage}`);
  if ((times === undefined) === (over === undefined))
    return wrong(undefined, `\`repeat\` takes either \`times\` or \`over\`. ${usage}`);
  let isWrong = false;
  const noting: Report = (mistake) => {
    isWrong = true;
    report(mistake);
  };
  const inner = (item: Value | undefined): readonly Value[] => {
    const filled = item ? substitute(layers, { item }, noting, [], room) : layers;
    return (writeOutRepeats(filled, noting, room) as List).items;
  };
  if (over) {
    if (over.type !== "list")
      return isLookup(over) ? untold(value) : wrong(over, "`over` of `repeat` is a list, such as `[256, 64]`.");
    // What an unknown lookup in it would repeat is not known either.
    if (room.sizes.of(over).lookups > 0) return untold(value);
    if (over.items.length > limits.layers.most) return tooMany(layers, over.span, over.items.length, report).items;
    const items: Value[] = [];
    for (const item of over.items) {
      if (!room.take(room.sizes.of(layers).values, over.span, report)) return untold(value);
      const more = inner(item);
      // The same for every item.
      if (isWrong) return untold(value);
      if (layersOf(items) + layersOf(more) > limits.layers.most)
        return tooMany(layers, over.span, layersOf(more) * over.items.length, report).items;
      items.push(...more);
    }
    return items;
  }
  const count = times!.type === "scalar" ? times!.value : null;
  if (isLookup(times!)) return untold(value);
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0)
    return wrong(times, `\`times\` of \`repeat\` is a whole number from 0 to ${limits.layers.most}.`);
  // However often they stand there, they are the same layers.
  const once = inner(undefined);
  if (layersOf(once) * count > limits.layers.most || count > limits.layers.most)
    return tooMany(layers, times!.span, Math.max(1, layersOf(once)) * count, report).items;
  return Array.from({ length: count }, () => once).flat();
}

/**
 * In the place of layers that could not be written out, for a reason that has been told: an unknown lookup, of which
 * nothing more is said.
 */
const untold = ({ span }: Value): readonly Value[] => [{ type: "scalar", span, value: "${repeat}" }];

/** An unknown ${…} has been told already. */
const isLookup = (value: Value): boolean =>
  value.type === "scalar" && typeof value.value === "string" && value.value.includes("${");

function tooMany(list: List, span: Span, count: number, report: Report): List {
  report({
    span: firstLine(span),
    title: "not a repeat",
    message: overLimit("layers", `This \`repeat\` makes ${grouped(count)} layers.`),
  });
  return { ...list, items: untold(list) };
}
