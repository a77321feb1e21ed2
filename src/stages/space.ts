/**
 * The space of a search: parameters, what is ruled out, and the configurations that are left.
 *
 * A parameter is a list of values or a range. Configurations come in the order of the space, the last parameter fastest; a random search takes
 * them in a seeded order, each once. A configuration's key is its values, so it keeps it when the space grows.
 */
import { z } from "zod";
import { suggestion } from "../diagnostic/nearest.js";
import { stream } from "../learn/random.js";
import { digestJson } from "../util/digest.js";
import { canonical, type Json, type JsonObject } from "../util/json.js";

/** Grids beyond this are better searched at random. */
export const mostTrials = 10_000;
/** Up to so many configurations are written out before a random search takes some of them. */
const mostListed = 100_000;
/** Draws from ranges that may be ruled out, or be there already, per configuration wanted. */
const drawsPerTrial = 200;

const ends = z.tuple([z.number(), z.number()], { error: "two numbers, [from, to]" });
const rising = <T extends z.ZodType<[number, number]>>(range: T) => range.refine(([from, to]) => from < to, { error: "two rising numbers, [from, to]" });
const ranges = z
  .strictObject({
    uniform: rising(ends).optional().describe("Any number of the range, all equally likely."),
    log_uniform: rising(ends)
      .refine(([from]) => from > 0, { error: "two rising numbers above 0, [from, to]" })
      .optional()
      .describe("Any number of the range, all orders of magnitude equally likely; above 0."),
    integer: rising(z.tuple([z.number().int(), z.number().int()], { error: "two whole numbers, [from, to]" }))
      .optional()
      .describe("A whole number of the range, both ends included."),
  })
  .refine((range) => Object.keys(range).length === 1, { error: "a list of values, or one of {uniform: [a, b]}, {log_uniform: [a, b]}, {integer: [a, b]}" });
const parameter = z.union([z.array(z.unknown()).min(1, { error: "at least one value" }), ranges], {
  error: "a list of values, or one of {uniform: [a, b]}, {log_uniform: [a, b]}, {integer: [a, b]}",
});
type Parameter = z.infer<typeof parameter>;
export const spaceOption = z
  .record(z.string().regex(/^[A-Za-z_]\w*$/, { error: "a name of letters, digits and `_`" }), parameter)
  .refine((space) => Object.keys(space).length > 0, { error: "at least one parameter, such as `units: [16, 32]`" })
  .describe("Parameters and their values: a list, or a range (`uniform`, `log_uniform`, `integer`). The trial reads them as ${trial.name}.");

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const conditions = z
  .record(z.string(), z.union([scalar, z.array(scalar).min(1)], { error: "a value, a list of values, or a comparison such as '> 2'" }))
  .refine((all) => Object.keys(all).length > 0, { error: "at least one parameter" });
const rule = z
  .strictObject({
    name: z.string().optional().describe("What the plan calls the rule. Default: the rule itself."),
    at_most_one: z.array(z.string()).min(2).optional().describe("At most one of these parameters is on: not 0, false, none or null."),
    never: conditions.optional().describe("This combination is ruled out."),
    if: conditions.optional().describe("Where this holds …"),
    then: conditions.optional().describe("… this must hold, too."),
  })
  .refine(
    ({ at_most_one, never, if: when, then }) =>
      [at_most_one, never, when].filter((part) => part !== undefined).length === 1 && (when === undefined) === (then === undefined),
    {
      error: "one of `at_most_one: […]`, `never: {…}` and `if: {…}` with `then: {…}`",
    },
  );
type Rule = z.infer<typeof rule>;
type Conditions = z.infer<typeof conditions>;
export const constraintsOption = z
  .array(rule)
  .default([])
  .describe("Rules over the space. A condition is a value, a list of values, or a comparison such as '> 2'. What a rule rejects is counted in the plan.");

export type Space = Readonly<Record<string, Parameter>>;
export interface SpaceProblem {
  readonly title: string;
  readonly message: string;
  readonly at: readonly (string | number)[];
}
export interface Configurations {
  readonly total: number | null;
  readonly rejected: readonly { readonly rule: string; readonly count: number }[];
  readonly trials: readonly { readonly key: string; readonly values: JsonObject }[];
}

export function gridOf(space: Space, rules: readonly Rule[]): Configurations | { readonly problem: SpaceProblem } {
  const problem = problemOf(space, rules);
  if (problem) return { problem };
  const endless = Object.keys(space).find((name) => valuesOf(space[name]!) === null);
  if (endless !== undefined)
    return {
      problem: {
        title: "a range in a grid",
        message: `A grid tries every value, but \`${endless}\` is a range of numbers. Give it a list, or search with \`strategy: random\`.`,
        at: ["space", endless],
      },
    };
  const total = sizeOf(space)!;
  if (total > mostTrials)
    return {
      problem: {
        title: "the grid is too large",
        message: `This grid has ${total.toLocaleString("en")} configurations; at most ${mostTrials.toLocaleString("en")} are tried. Use \`strategy: random\` with a \`budget\`, or shorter lists.`,
        at: ["space"],
      },
    };
  const listed = listedOf(space, rules);
  return listed.kept.length === 0 ? { problem: nothingLeft(total, listed.rejected) } : { total, rejected: listed.rejected, trials: withKeys(listed.kept) };
}

export function drawnFrom(space: Space, rules: readonly Rule[], budget: number, seed: number): Configurations | { readonly problem: SpaceProblem } {
  const problem = problemOf(space, rules);
  if (problem) return { problem };
  const total = sizeOf(space);
  const random = stream(seed, [], "search");
  if (total !== null && total <= mostListed) {
    const { kept, rejected } = listedOf(space, rules);
    if (kept.length === 0) return { problem: nothingLeft(total, rejected) };
    if (budget > kept.length)
      return {
        problem: {
          title: "more trials than configurations",
          message: `The budget is ${budget}, but the space has ${kept.length} ${kept.length === 1 ? "configuration" : "configurations"}${kept.length < total ? ` (of ${total}, ${total - kept.length} are ruled out)` : ""}. Lower the budget to ${kept.length}, or use \`strategy: grid\`.`,
          at: ["budget"],
        },
      };
    const order = random.permutation(kept.length);
    return { total, rejected, trials: withKeys(Array.from(order.subarray(0, budget), (index) => kept[index]!)) };
  }
  const seen = new Set<string>();
  const found: JsonObject[] = [];
  const counts = new Map<Rule, number>();
  for (let draw = 0; draw < budget * drawsPerTrial && found.length < budget; draw++) {
    const values = Object.fromEntries(Object.entries(space).map(([name, one]) => [name, drawnValue(one, random)])) as JsonObject;
    const text = canonical(values);
    if (seen.has(text)) continue;
    seen.add(text);
    const broken = rules.find((each) => !holds(each, values));
    if (broken) counts.set(broken, (counts.get(broken) ?? 0) + 1);
    else found.push(values);
  }
  const rejected = rules.map((each) => ({ rule: nameOf(each), count: counts.get(each) ?? 0 }));
  if (found.length === budget) return { total, rejected, trials: withKeys(found) };
  return {
    problem: {
      title: found.length === 0 ? "no configuration is left" : "more trials than configurations",
      message: `Of ${seen.size.toLocaleString("en")} configurations drawn at random ${found.length} ${found.length === 1 ? "is" : "are"} not ruled out, but the budget is ${budget}. ${toldRules(rejected)}Lower the budget, widen the space, or drop a constraint.`,
      at: found.length === 0 ? ["constraints"] : ["budget"],
    },
  };
}

/** Values in order; null of a range that has no end of them. */
function valuesOf(one: Parameter): readonly Json[] | null {
  if (Array.isArray(one)) return one as readonly Json[];
  if (!one.integer) return null;
  const [from, to] = one.integer;
  return to - from >= mostListed ? null : Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

const sizeOf = (space: Space): number | null =>
  Object.values(space).reduce<number | null>((product, one) => {
    const values = valuesOf(one);
    return product === null || values === null ? null : product * values.length;
  }, 1);

function listedOf(
  space: Space,
  rules: readonly Rule[],
): { readonly kept: readonly JsonObject[]; readonly rejected: readonly { rule: string; count: number }[] } {
  const counts = new Map<Rule, number>();
  const all = Object.entries(space).reduce<readonly JsonObject[]>(
    (found, [name, one]) => found.flatMap((values) => valuesOf(one)!.map((value) => ({ ...values, [name]: value }))),
    [{}],
  );
  const kept = all.filter((values) => {
    const broken = rules.find((each) => !holds(each, values));
    if (broken) counts.set(broken, (counts.get(broken) ?? 0) + 1);
    return broken === undefined;
  });
  return { kept, rejected: rules.map((each) => ({ rule: nameOf(each), count: counts.get(each) ?? 0 })) };
}

function drawnValue(one: Parameter, random: ReturnType<typeof stream>): Json {
  if (Array.isArray(one)) return one[random.int(one.length)] as Json;
  if (one.integer) return one.integer[0] + random.int(one.integer[1] - one.integer[0] + 1);
  // Six digits are as good as sixteen, and can be read.
  if (one.uniform) return Number((one.uniform[0] + random.uniform() * (one.uniform[1] - one.uniform[0])).toPrecision(6));
  const [from, to] = one.log_uniform!;
  return Number(Math.exp(Math.log(from) + random.uniform() * (Math.log(to) - Math.log(from))).toPrecision(6));
}

function problemOf(space: Space, rules: readonly Rule[]): SpaceProblem | undefined {
  for (const [name, one] of Object.entries(space)) {
    if (!Array.isArray(one)) continue;
    const texts = one.map((value) => canonical(value as Json));
    const twice = texts.findIndex((text, index) => texts.indexOf(text) !== index);
    if (twice >= 0)
      return {
        title: "the same value twice",
        message: `\`${name}\` lists \`${texts[twice]}\` twice. A configuration is tried once; remove one of them.`,
        at: ["space", name, twice],
      };
  }
  const names = Object.keys(space);
  for (const [index, each] of rules.entries())
    for (const [part, used] of [
      ["at_most_one", each.at_most_one ?? []],
      ["never", Object.keys(each.never ?? {})],
      ["if", Object.keys(each.if ?? {})],
      ["then", Object.keys(each.then ?? {})],
    ] as const)
      for (const [place, name] of used.entries())
        if (!names.includes(name))
          return {
            title: "unknown parameter",
            message: `The rule is about \`${name}\`, but the space has no such parameter.${suggestion(name, names)}\n\nParameters of the space: ${names.join(", ")}`,
            at: ["constraints", index, part, part === "at_most_one" ? place : name],
          };
  return undefined;
}

function nothingLeft(total: number, rejected: readonly { readonly rule: string; readonly count: number }[]): SpaceProblem {
  return {
    title: "no configuration is left",
    message: `All ${total} configurations are ruled out. ${toldRules(rejected)}Drop a rule, or widen the space.`,
    at: ["constraints"],
  };
}
const toldRules = (rejected: readonly { readonly rule: string; readonly count: number }[]): string =>
  rejected.length === 0 ? "" : `Rejected by ${rejected.map(({ rule: name, count }) => `${name}: ${count}`).join("; ")}. `;

const nameOf = (each: Rule): string =>
  each.name ??
  (each.at_most_one
    ? `at_most_one [${each.at_most_one.join(", ")}]`
    : each.never
      ? `never {${toldConditions(each.never)}}`
      : `if {${toldConditions(each.if!)}} then {${toldConditions(each.then!)}}`);
const toldConditions = (all: Conditions): string =>
  Object.entries(all)
    .map(([name, wanted]) => `${name}: ${Array.isArray(wanted) ? `[${wanted.join(", ")}]` : String(wanted)}`)
    .join(", ");

function holds(each: Rule, values: JsonObject): boolean {
  if (each.at_most_one) return each.at_most_one.filter((name) => isOn(values[name])).length <= 1;
  if (each.never) return !meets(each.never, values);
  return !meets(each.if!, values) || meets(each.then!, values);
}
const isOn = (value: Json | undefined): boolean =>
  !(value === 0 || value === false || value === null || value === undefined || value === "none" || value === "off");
const meets = (all: Conditions, values: JsonObject): boolean => Object.entries(all).every(([name, wanted]) => isMet(wanted, values[name]));

function isMet(wanted: Conditions[string], value: Json | undefined): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => isMet(one, value));
  const compared = typeof wanted === "string" ? /^\s*(>=|<=|>|<|!=)\s*(\S+)\s*$/.exec(wanted) : null;
  if (!compared) return value === wanted;
  const [, operator, text] = compared as unknown as [string, string, string];
  if (operator === "!=") return String(value) !== text;
  const [a, b] = [Number(value), Number(text)];
  return operator === ">=" ? a >= b : operator === "<=" ? a <= b : operator === ">" ? a > b : a < b;
}

function withKeys(list: readonly JsonObject[]): Configurations["trials"] {
  const taken = new Map<string, number>();
  return list.map((values) => {
    const key = keyOf(values);
    const times = (taken.get(key) ?? 0) + 1;
    taken.set(key, times);
    return { key: times === 1 ? key : `${key}~${times}`, values };
  });
}

/** Values in the order of the space, such as `2-16-elu-0.01`. */
export const keyOf = (values: JsonObject): string => Object.values(values).map(shortOf).join("-") || "trial";

function shortOf(value: Json): string {
  if (typeof value === "number") return String(Number(value.toPrecision(6)));
  if (value === null) return "none";
  if (Array.isArray(value) && value.every((item) => item === null || typeof item !== "object"))
    return value.map((item) => shortOf(item as Json)).join("+") || "empty";
  if (typeof value === "object") return digestJson(value).slice(7, 13);
  return String(value).replace(/[^\p{L}\p{N}_.+]+/gu, "_") || "empty";
}
