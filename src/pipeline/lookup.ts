/**
 * ${params.x}, ${trial.x} and ${item}: pure lookups, which keep a value's type and run no code. A key may be one, too,
 * so that a choice among names, each with options of its own, is a parameter like any other.
 *
 * What is looked up stands in many places but is kept once. It is counted each time, against a room that the stages of
 * a pipeline share, and so is text that lookups make; so parameters that repeat each other end in a mistake before they
 * are written out.
 */

import type { Span } from "../diagnostic/diagnostic.js";
import { namesInWords, suggestion } from "../diagnostic/nearest.js";
import { type Entry, entriesOf, type MapValue, member, type ScalarValue, type Value, withParts } from "./document.js";
import { type LimitName, limits, overLimit } from "./limits.js";
import type { Report } from "./report.js";
import { Sizes } from "./sizes.js";

const lookup = /\$\{([^}]*)\}/g;

/** What lookups may begin with, and the map (or value) that they look into. */
type Roots = Readonly<Record<string, Value | undefined>>;

/** How much lookups may write out. */
export class Room {
  readonly sizes = new Sizes();
  #left: number;
  #isFull = false;
  constructor(readonly limit: LimitName = "values") {
    this.#left = limits[limit].most;
  }

  /** Takes room for so many values; without enough of it, says so once. */
  take(values: number, span: Span | undefined, report: Report): boolean {
    this.#left -= values;
    if (this.#left >= 0) return true;
    if (!this.#isFull)
      report({
        span,
        title: "too many values",
        message: overLimit(this.limit, "Lookups repeat more than a pipeline needs."),
      });
    this.#isFull = true;
    return false;
  }
}

/** What the lookups of one stage share. */
interface Search {
  readonly roots: Roots;
  /**
   * Roots whose lookups are left as they are; `any` for all but `trial` and `item`, which are mistakes where nothing
   * has answered them.
   */
  readonly later: readonly string[];
  readonly report: Report;
  readonly room: Room;
  left: number;
}

/** Fills in lookups where they are given: alone one keeps the value's type, inside text it is spelled out. */
export function substitute(
  value: Value,
  roots: Roots,
  report: Report,
  later: readonly string[] = [],
  room: Room = new Room(),
): Value {
  let reported: Set<string> | undefined;
  const once: Report = (mistake) => {
    reported ??= new Set();
    const key = `${mistake.span?.file.path} ${mistake.span?.start} ${mistake.message}`;
    if (!reported.has(key)) report(mistake);
    reported.add(key);
  };
  return filled(value, { roots, later, report: once, room, left: limits.lookups.most }, [], 0);
}

/** @param trail names of the parameters on the way here; @param depth lists and maps around it */
function filled(value: Value, search: Search, trail: readonly string[], depth: number): Value {
  if (value.type !== "scalar") {
    const whole = withParts(value, (part) => filled(part, search, trail, depth + 1));
    return whole.type === "map" && whole.entries.some(isLookedUp) ? withKeys(whole, search, trail) : whole;
  }
  if (typeof value.value !== "string" || !value.value.includes("${")) return value;
  const alone = /^\$\{([^}]*)\}$/.exec(value.value);
  return alone
    ? filledAlone(value, alone[1]!.trim(), search, trail, depth)
    : filledText(value, value.value, search, trail);
}

const isLookedUp = ({ key }: Entry): boolean => key.includes("${");
/** Keys spelled out. One that another key spells, too, is a mistake, and so is what is no text. */
function withKeys(map: MapValue, search: Search, trail: readonly string[]): MapValue {
  const keys = new Set(map.entries.filter((entry) => !isLookedUp(entry)).map(({ key }) => key));
  const entries = map.entries.map((entry): Entry => {
    if (!isLookedUp(entry)) return entry;
    const written: ScalarValue = { type: "scalar", span: entry.keySpan, value: entry.key };
    const key = String(filledText(written, entry.key, search, trail).value);
    if (keys.has(key) && !key.includes("${"))
      search.report({
        span: entry.keySpan,
        title: "a key twice",
        message: `\`${entry.key}\` is \`${key}\` here, which is already a key of this map.`,
      });
    keys.add(key);
    return { ...entry, key };
  });
  return { ...map, entries };
}

function filledAlone(value: ScalarValue, name: string, search: Search, trail: readonly string[], depth: number): Value {
  const { room, report } = search;
  const tooDeep = (): Value => {
    report({
      span: value.span,
      title: "nested too deeply",
      message: overLimit("nesting", `With \`\${${name}}\` here, lists and maps stand inside each other too deeply.`),
    });
    return value;
  };
  if (depth > limits.nesting.most) return tooDeep();
  const found = find(name, value.span, search, trail, depth);
  if (found === undefined) return value;
  const size = room.sizes.of(found);
  // Who looks up too much has been told so.
  if (search.left < 0 || !room.take(size.values, value.span, report)) return value;
  return depth + size.depth > limits.nesting.most ? tooDeep() : withSpan(found, value.span);
}

function filledText(value: ScalarValue, written: string, search: Search, trail: readonly string[]): ScalarValue {
  const parts: string[] = [];
  let length = 0;
  let end = 0;
  for (const match of written.matchAll(lookup)) {
    const found = find(match[1]!.trim(), value.span, search, trail, 0);
    if (found === undefined) continue;
    if (found.type !== "scalar") {
      const message = `\`${match[0]}\` is a ${found.type}; alone it keeps its type; it is no part of a text or key.`;
      search.report({ span: value.span, title: "a list or map inside text", message });
      continue;
    }
    const text = String(found.value);
    length += text.length;
    if (length > 16 && !search.room.take(text.length / 16, value.span, search.report)) return value;
    parts.push(written.slice(end, match.index), text);
    end = match.index + match[0].length;
  }
  return { ...value, value: `${parts.join("")}${written.slice(end)}` };
}

/** The value as if written here; its own span stays where it is a map or list member. */
function withSpan(value: Value, span: Span): Value {
  return value.span.file.path === "--set" ? value : { ...value, span };
}

function followed(root: Value | undefined, name: string): Value | undefined {
  return name
    .split(".")
    .slice(1)
    .reduce<Value | undefined>((found, part) => member(found, part), root);
}

/** Of a lookup's root: where its names are written, what they are called, and what is said where it has no meaning. */
interface Root {
  readonly title: string;
  readonly where: string;
  readonly names: string;
  readonly elsewhere: string;
}
const places: Readonly<Record<string, Root>> = {
  params: { title: "unknown parameter", where: "under `params:`", names: "Parameters", elsewhere: "" },
  trial: {
    title: "unknown parameter",
    where: "in the `space` of this search",
    names: "Parameters of the space",
    elsewhere: " `${trial.name}` stands only inside the `trial` of a search.",
  },
  item: {
    title: "unknown lookup",
    where: "in the items of this `repeat`",
    names: "Names in an item",
    elsewhere: " `${item}` stands only inside a `repeat` with `over`.",
  },
};

function find(name: string, span: Span, search: Search, trail: readonly string[], depth: number): Value | undefined {
  const { roots, report } = search;
  const root = name.split(".", 1)[0]!;
  if (search.later.includes(root) || (search.later.includes("any") && !["trial", "item"].includes(root)))
    return undefined;
  const value = Object.hasOwn(roots, root) && Object.hasOwn(places, root) ? roots[root] : undefined;
  const found = Object.hasOwn(places, root) ? followed(value, name) : undefined;
  // A parameter's name may be any key; but what is not there and looks like arithmetic was meant to be computed.
  const isExpression = !/^[\p{L}\p{N}_.-]*$/u.test(name) && found === undefined;
  if (!Object.hasOwn(roots, root) || (root !== "item" && !name.startsWith(`${root}.`)) || isExpression) {
    const elsewhere = Object.hasOwn(places, root) ? places[root]!.elsewhere : "";
    const near = suggestion(
      name.startsWith("params.") ? name : `params.${name}`,
      namesIn(roots.params).map((known) => `params.${known}`),
    );
    report({
      span,
      title: "unknown lookup",
      message:
        `\`\${${name}}\` is not known.${elsewhere} ` +
        `A lookup is \`\${params.name}\`; no expression runs code.${near}`,
    });
    return undefined;
  }
  if (found === undefined) {
    const { title, where, names: heading } = places[root]!;
    const known = namesIn(value);
    const [first = "", ...inside] = name.slice(root.length + 1).split(".");
    // Of a parameter of the space that is not there, all that is looked up in it is missing.
    const isMissing = root === "trial" && !known.includes(first);
    const wanted = isMissing ? first : [first, ...inside].join(".");
    const all = known.length > 0 ? `\n\n${heading}: ${namesInWords(known)}` : "";
    report({
      span,
      title,
      message: `There is no \`${wanted}\` ${where}.${suggestion(wanted, known)}${all}`,
      about: root === "item" ? undefined : aboutOf(root, wanted, value),
    });
    return undefined;
  }
  if (root !== "params") return found;
  if (trail.includes(name)) {
    report({
      span,
      title: "parameters in a circle",
      message: `\`\${${name}}\` leads back to itself: ${[...trail.slice(trail.indexOf(name)), name].join(" → ")}.`,
    });
    return undefined;
  }
  if (search.left-- <= 0) {
    if (search.left === -1)
      report({
        span,
        title: "too many lookups",
        message: overLimit("lookups", "This stage looks up more, with what its parameters look up."),
      });
    return undefined;
  }
  // Most parameters are plain values.
  return search.room.sizes.of(found).lookups === 0 ? found : filled(found, search, [...trail, name], depth);
}

/** A parameter that is missing is told once; those of two searches are two. */
const aboutOf = (root: string, wanted: string, value: Value | undefined): string =>
  root === "params" ? `parameter params.${wanted}` : `parameter ${wanted} of the trial at ${value?.span.start}`;

const namesIn = (value: Value | undefined): readonly string[] => entriesOf(value).map(({ key }) => key);

/** What lookups in a value name under a root: of `${trial.size.x}` the `size`. */
export function namesLookedUp(value: Value, root: string): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<Value>();
  const noteIn = (text: string): void => {
    if (!text.includes("${")) return;
    for (const match of text.matchAll(lookup)) {
      const [first, name] = match[1]!.trim().split(".");
      if (first === root && name !== undefined) names.add(name);
    }
  };
  const look = (part: Value): Value => {
    if (part.type !== "scalar") {
      if (!seen.has(part)) withParts(part, look);
      if (!seen.has(part)) for (const { key } of entriesOf(part)) noteIn(key);
      seen.add(part);
    } else if (typeof part.value === "string") noteIn(part.value);
    return part;
  };
  look(value);
  return names;
}
