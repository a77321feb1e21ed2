/**
 * `repeat` in a list: its items several times, or once per item of another list.
 *
 *   - repeat: {times: 3, layers: [{dense: {units: 64}}]}                 three layers
 *   - repeat: {over: [256, 64], layers: [{dense: {units: "${item}"}}]}   a width of its own for each
 *
 * It is written out before options are checked, so a network is the same step however it was written, and every layer keeps the
 * place of its line.
 */
import type { Span } from "../diagnostic/diagnostic.js";
import { firstLine } from "../diagnostic/source.js";
import { member, type Value } from "./read.js";
import type { Report } from "./report.js";
import { substitute } from "./settings.js";

/** More layers than this are a slip of the pen. */
const mostItems = 1000;

/** @param report  a mistake in a `repeat` is told once, and its items are left out */
export function writeOutRepeats(value: Value, report: Report): Value {
  if (value.type === "map") return { ...value, entries: value.entries.map((entry) => ({ ...entry, value: writeOutRepeats(entry.value, report) })) };
  if (value.type === "scalar") return value;
  return { ...value, items: value.items.flatMap((item) => (isRepeat(item) ? repeated(member(item, "repeat")!, report) : [writeOutRepeats(item, report)])) };
}

const isRepeat = (value: Value): boolean => value.type === "map" && value.entries.length === 1 && value.entries[0]!.key === "repeat";

function repeated(value: Value, report: Report): readonly Value[] {
  const wrong = (at: Value | undefined, message: string): readonly Value[] => {
    report(firstLine((at ?? value).span), "not a repeat", message);
    return [];
  };
  const usage = "Write `repeat: {times: 3, layers: […]}`, or `repeat: {over: […], layers: […]}` with `${item}` in the layers.";
  if (value.type !== "map") return wrong(undefined, `\`repeat\` is a map. ${usage}`);
  const unknown = value.entries.find((entry) => !["times", "over", "layers"].includes(entry.key));
  if (unknown) return wrong({ ...unknown.value, span: unknown.keySpan }, `\`repeat\` has no option \`${unknown.key}\`. ${usage}`);
  const [times, over, layers] = ["times", "over", "layers"].map((key) => member(value, key));
  if (layers?.type !== "list") return wrong(layers, `\`layers\` of \`repeat\` is a list of layers. ${usage}`);
  if ((times === undefined) === (over === undefined)) return wrong(undefined, `\`repeat\` takes either \`times\` or \`over\`. ${usage}`);
  const inner = (item: Value | undefined): readonly Value[] => {
    const filled = item ? substitute(layers, { item }, report) : layers;
    return (writeOutRepeats(filled, report) as Value & { readonly type: "list" }).items;
  };
  if (over) {
    if (over.type !== "list") return isLookup(over) ? [] : wrong(over, "`over` of `repeat` is a list, such as `[256, 64]`.");
    return limited(over.items.flatMap(inner), over.span, report);
  }
  const count = times!.type === "scalar" ? times!.value : null;
  if (isLookup(times!)) return [];
  if (typeof count !== "number" || !Number.isInteger(count) || count < 0 || count > mostItems)
    return wrong(times, `\`times\` of \`repeat\` is a whole number from 0 to ${mostItems}.`);
  return limited(Array.from({ length: count }, () => inner(undefined)).flat(), times!.span, report);
}

/** An unknown ${…} has been told already. */
const isLookup = (value: Value): boolean => value.type === "scalar" && typeof value.value === "string" && value.value.includes("${");

function limited(items: readonly Value[], span: Span, report: Report): readonly Value[] {
  if (items.length <= mostItems) return items;
  report(firstLine(span), "not a repeat", `This \`repeat\` makes ${items.length} layers; at most ${mostItems} are possible.`);
  return [];
}
