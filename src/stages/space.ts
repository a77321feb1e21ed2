/**
 * The space of a search: parameters, what is ruled out, and the configurations that are left.
 *
 * A parameter is a list of values or a range. Configurations come in the order of the space, the last parameter
 * fastest; a random search takes them in a seeded order, each once. A configuration's key is its values, so it keeps it
 * when the space grows.
 */

import * as z from "zod";
import type { Mistake } from "../diagnostic/diagnostic.js";
import { type Stream, stream } from "../learn/random.js";
import { limits, overLimit } from "../pipeline/limits.js";
import { canonical, type Json, type JsonObject } from "../util/json.js";
import { grouped, rounded } from "../util/numbers.js";
import { plural } from "../util/words.js";
import { mostListed } from "../values/search.js";
import { keyOf } from "../values/trial-name.js";
import { type Domain, type ReadRule, type Rule, readRules } from "./space-rules.js";

/** Draws from ranges that may be ruled out, or be there already, per configuration wanted. */
const drawsPerTrial = 200;
/** … and in all, so that a space of which nothing is left is told soon. */
const mostDraws = 100_000;

const ends = z.tuple([z.number(), z.number()], { error: "two numbers, [from, to]" });
const rising = <T extends z.ZodType<[number, number]>>(range: T) =>
  range.refine(([from, to]) => from < to, { error: "two rising numbers, [from, to]" });
const ranges = z
  .strictObject({
    uniform: rising(ends)
      .refine(([from, to]) => Number.isFinite(to - from), {
        error: "two rising numbers whose distance is a number, too, [from, to]",
      })
      .optional()
      .describe("Any number of the range, all equally likely."),
    log_uniform: rising(ends)
      .refine(([from]) => from > 0, { error: "two rising numbers above 0, [from, to]" })
      .optional()
      .describe("Any number of the range, all orders of magnitude equally likely; above 0."),
    integer: rising(z.tuple([z.number().int(), z.number().int()], { error: "two whole numbers, [from, to]" }))
      .refine(([from, to]) => to - from < Number.MAX_SAFE_INTEGER, {
        error: `two whole numbers less than ${Number.MAX_SAFE_INTEGER} apart, [from, to]`,
      })
      .optional()
      .describe("A whole number of the range, both ends included."),
  })
  .refine((range) => Object.keys(range).length === 1, {
    error: "a list of values, or one of {uniform: [a, b]}, {log_uniform: [a, b]}, {integer: [a, b]}",
  });
const parameter = z.union([z.array(z.unknown()).min(1, { error: "at least one value" }), ranges], {
  error: "a list of values, or one of {uniform: [a, b]}, {log_uniform: [a, b]}, {integer: [a, b]}",
});
export type Parameter = z.infer<typeof parameter>;
export const spaceOption = z
  .record(
    z.string().regex(/^[A-Za-z_]\w*$/, { error: "a word of letters, digits and `_` that begins with no digit" }),
    parameter,
  )
  .refine((space) => Object.keys(space).length > 0, { error: "at least one parameter, such as `units: [16, 32]`" })
  .describe(
    "Parameters and their values: a list, or a range (`uniform`, `log_uniform`, `integer`). " +
      "The trial reads them as ${trial.name}.",
  );

export type Space = Readonly<Record<string, Parameter>>;
interface Configurations {
  readonly total: number | null;
  readonly rejected: readonly { readonly rule: string; readonly count: number }[];
  readonly trials: readonly { readonly key: string; readonly values: JsonObject }[];
  /** Rules that a reader would doubt. */
  readonly doubts: readonly Mistake[];
}
type Found = Configurations | Exclude<ReturnType<typeof readRules>, { readonly rules: unknown }>;

/** Rules of a space that was checked, as functions. */
export function rulesOf(space: Space, rules: readonly Rule[]): readonly ReadRule[] {
  const read = readSpace(space, rules);
  if ("problem" in read) throw new Error(`hw1 bug: ${read.problem.message}`);
  return read.rules;
}

export function gridOf(space: Space, rules: readonly Rule[]): Found {
  const read = readSpace(space, rules);
  if ("problem" in read) return read;
  const endless = Object.keys(space).find((name) => valuesOf(space[name]!) === null);
  if (endless !== undefined)
    return {
      problem: {
        title: "a range in a grid",
        message:
          `A grid tries every value, but \`${endless}\` is a range of numbers. Give it a list, ` +
          "or search with `strategy: random`.",
        at: ["space", endless],
      },
    };
  const total = sizeOf(space)!;
  if (total > limits.trials.most)
    return {
      problem: {
        title: "the grid is too large",
        message: overLimit("trials", `This grid has ${countText(total)} configurations.`),
        at: ["space"],
      },
    };
  const listed = listedOf(space, read.rules);
  if (listed.kept.length === 0) return { problem: nothingLeft(total, listed.rejected) };
  return { total, rejected: listed.rejected, trials: withKeys(listed.kept), doubts: read.doubts };
}

export function drawnFrom(space: Space, rules: readonly Rule[], budget: number, seed: number): Found {
  const read = readSpace(space, rules);
  if ("problem" in read) return read;
  const { doubts } = read;
  const total = sizeOf(space);
  const random = stream(seed, [], "search");
  if (total !== null && total <= mostListed) {
    const { kept, rejected } = listedOf(space, read.rules);
    if (kept.length === 0) return { problem: nothingLeft(total, rejected) };
    const ruledOut = kept.length < total ? ` (of ${total}, ${total - kept.length} are ruled out)` : "";
    if (budget > kept.length)
      return {
        problem: {
          title: "more trials than configurations",
          message:
            `The budget is ${budget}, but the space has ${plural(kept.length, "configuration")}${ruledOut}. ` +
            `Lower the budget to ${kept.length}, or use \`strategy: grid\`.`,
          at: ["budget"],
        },
      };
    const order = random.permutation(kept.length);
    return {
      total,
      rejected,
      trials: withKeys(Array.from(order.subarray(0, budget), (index) => kept[index]!)),
      doubts,
    };
  }
  const seen = new Set<string>();
  const found: JsonObject[] = [];
  const counts = new Map<ReadRule, number>();
  const draws = Math.min(budget * drawsPerTrial, mostDraws);
  for (let draw = 0; draw < draws && found.length < budget; draw++) {
    const values = drawnFor(space, random);
    const text = canonical(values);
    if (seen.has(text)) continue;
    seen.add(text);
    const broken = read.rules.find((each) => !each.holds(values));
    if (broken) counts.set(broken, (counts.get(broken) ?? 0) + 1);
    else found.push(values);
  }
  const rejected = rejectedBy(read.rules, counts);
  if (found.length === budget)
    return { total: isCountable(total) ? total : null, rejected, trials: withKeys(found), doubts };
  return {
    problem: {
      title: found.length === 0 ? "no configuration is left" : "more trials than configurations",
      message:
        `Of ${grouped(seen.size)} configurations drawn at random ${found.length} ` +
        `${found.length === 1 ? "is" : "are"} not ruled out, but the budget is ${budget}. ` +
        `${rulesText(rejected)}Lower the budget, widen the space, or drop a constraint.`,
      at: found.length === 0 ? ["constraints"] : ["budget"],
    },
  };
}

/**
 * One more configuration at random, among those that are neither ruled out nor seen: of a space that can be listed any
 * that is left, of others one of many draws. Null where none is.
 *
 * @param seen  canonical texts
 */
export function anotherOf(
  space: Space,
  rules: readonly ReadRule[],
  seen: ReadonlySet<string>,
  random: Stream,
): JsonObject | null {
  const isNew = (values: JsonObject): boolean => !seen.has(canonical(values));
  const total = sizeOf(space);
  if (total !== null && total <= mostListed) {
    const left = listedOf(space, rules).kept.filter(isNew);
    return left.length > 0 ? left[random.int(left.length)]! : null;
  }
  for (let draw = 0; draw < mostDraws; draw++) {
    const values = drawnFor(space, random);
    if (isNew(values) && rules.every((rule) => rule.holds(values))) return values;
  }
  return null;
}

const isCountable = (total: number | null): boolean => total !== null && Number.isSafeInteger(total);
const countText = (count: number): string =>
  Number.isSafeInteger(count) ? grouped(count) : `about ${count.toPrecision(3)}`;

/** Values in order; null of a range that has no end of them. */
function valuesOf(one: Parameter): readonly Json[] | null {
  if (Array.isArray(one)) return one as readonly Json[];
  if (!one.integer) return null;
  const [from, to] = one.integer;
  return to - from >= mostListed ? null : Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
function countOf(one: Parameter): number | null {
  if (Array.isArray(one)) return one.length;
  return one.integer && one.integer[1] - one.integer[0] < mostListed ? one.integer[1] - one.integer[0] + 1 : null;
}

const sizeOf = (space: Space): number | null =>
  Object.values(space).reduce<number | null>((product, one) => {
    const count = countOf(one);
    return product === null || count === null ? null : product * count;
  }, 1);

function domainOf(one: Parameter): Domain {
  if (Array.isArray(one)) return { values: one as readonly Json[] };
  const [from, to] = (one.integer ?? one.uniform ?? one.log_uniform)!;
  return { from, to, isWhole: one.integer !== undefined };
}

function listedOf(
  space: Space,
  rules: readonly ReadRule[],
): { readonly kept: readonly JsonObject[]; readonly rejected: readonly { rule: string; count: number }[] } {
  const counts = new Map<ReadRule, number>();
  const names = Object.keys(space);
  const values = names.map((name) => valuesOf(space[name]!)!);
  const total = values.reduce((product, list) => product * list.length, 1);
  const kept: JsonObject[] = [];
  for (let index = 0; index < total; index++) {
    const configuration: Record<string, Json> = {};
    // The last parameter goes fastest; entries stand in the order of the space.
    let stride = total;
    for (const [place, name] of names.entries()) {
      stride /= values[place]!.length;
      configuration[name] = values[place]![Math.floor(index / stride) % values[place]!.length]!;
    }
    const broken = rules.find((each) => !each.holds(configuration));
    if (broken) counts.set(broken, (counts.get(broken) ?? 0) + 1);
    else kept.push(configuration);
  }
  return { kept, rejected: rejectedBy(rules, counts) };
}

const rejectedBy = (rules: readonly ReadRule[], counts: ReadonlyMap<ReadRule, number>): Configurations["rejected"] =>
  rules.map((each) => ({ rule: each.name, count: counts.get(each) ?? 0 }));

const drawnFor = (space: Space, random: Stream): JsonObject =>
  Object.fromEntries(Object.entries(space).map(([name, one]) => [name, drawnValue(one, random)]));
function drawnValue(one: Parameter, random: Stream): Json {
  if (Array.isArray(one)) return one[random.int(one.length)] as Json;
  if (one.integer) return one.integer[0] + random.int(one.integer[1] - one.integer[0] + 1);
  // Six digits are as good as sixteen, and can be read.
  if (one.uniform) return rounded(one.uniform[0] + random.uniform() * (one.uniform[1] - one.uniform[0]));
  const [from, to] = one.log_uniform!;
  return rounded(Math.exp(Math.log(from) + random.uniform() * (Math.log(to) - Math.log(from))));
}

function readSpace(space: Space, rules: readonly Rule[]): ReturnType<typeof readRules> {
  const names = Object.keys(space);
  if (names.length > limits.space.most)
    return {
      problem: {
        title: "too many parameters",
        message: overLimit("space", `This space has ${grouped(names.length)}.`),
        at: ["space"],
      },
    };
  for (const [name, one] of Object.entries(space)) {
    if (!Array.isArray(one)) continue;
    const texts = new Set<string>();
    for (const [index, value] of one.entries()) {
      const text = canonical(value as Json);
      if (texts.has(text))
        return {
          problem: {
            title: "the same value twice",
            message: `\`${name}\` lists \`${text}\` twice. A configuration is tried once; remove one of them.`,
            at: ["space", name, index],
          },
        };
      texts.add(text);
    }
  }
  return readRules(rules, new Map(Object.entries(space).map(([name, one]) => [name, domainOf(one)])));
}

function nothingLeft(total: number, rejected: Configurations["rejected"]): Mistake {
  return {
    title: "no configuration is left",
    message: `All ${total} configurations are ruled out. ${rulesText(rejected)}Drop a rule, or widen the space.`,
    at: ["constraints"],
  };
}
const rulesText = (rejected: Configurations["rejected"]): string =>
  rejected.length === 0
    ? ""
    : `Rejected by ${rejected.map(({ rule: name, count }) => `${name}: ${count}`).join("; ")}. `;

function withKeys(list: readonly JsonObject[]): Configurations["trials"] {
  const taken = new Map<string, number>();
  return list.map((values) => {
    const key = keyOf(values);
    const times = (taken.get(key) ?? 0) + 1;
    taken.set(key, times);
    return { key: times === 1 ? key : `${key}~${times}`, values };
  });
}
