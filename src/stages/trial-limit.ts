/** `time_limit` of a search: how long a trial may compute, and a rule that would leave one out that takes longer. */
import * as z from "zod";
import type { Json, JsonObject } from "../util/json.js";
import { yamlWord } from "./csv-words.js";
import type { Space } from "./space.js";

const unitsMs = { s: 1000, min: 60_000, h: 3_600_000 };
const spelled = /^\s*(\d+(?:\.\d+)?)\s*(s|min|h)\s*$/;
const wanted = { error: "seconds, or a time such as `90 s`, `10 min` or `2 h`, above 0" };

export const timeLimitOption = z
  .union([z.number().positive(), z.string().regex(spelled, wanted)], wanted)
  .refine((value) => msOf(value) > 0, wanted)
  .optional()
  .describe(
    "How long a trial may compute in one run, all its cells together: seconds, or a time such as `10 min` or `2 h`. " +
      "One that takes longer is stopped; the others go on, and the search waits. It decides no result, and is part " +
      "of none.",
  );

function msOf(value: number | string): number {
  if (typeof value === "number") return 1000 * value;
  const [, number, unit] = spelled.exec(value) ?? [];
  return unit ? Number(number) * unitsMs[unit as keyof typeof unitsMs] : Number.NaN;
}

/** `90` is said as `90 s`. */
export const limitOf = (value: number | string): { readonly ms: number; readonly text: string } => ({
  ms: msOf(value),
  text: typeof value === "number" ? `${value} s` : value.trim(),
});

/**
 * A rule for `constraints`, as YAML, that leaves out a configuration and no other of the space; null where a rule
 * cannot name one of its values. A parameter that has one value says nothing.
 */
export function ruleAgainst(space: Space, values: JsonObject): string | null {
  const told = Object.entries(values).filter(([name]) => {
    const parameter = space[name];
    return !Array.isArray(parameter) || parameter.length > 1;
  });
  const words = told.map(([name, value]) => {
    const word = wordOf(value);
    return word === null ? null : `${name}: ${word}`;
  });
  return words.length === 0 || words.includes(null) ? null : `never: {${words.join(", ")}}`;
}

function wordOf(value: Json): string | null {
  if (typeof value === "string") return yamlWord(value);
  return value !== null && typeof value === "object" ? null : JSON.stringify(value);
}
