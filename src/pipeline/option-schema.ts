/**
 * What a kind's options look like, as data: the JSON Schema of what a file may say (before defaults are filled in).
 *
 * Messages, the editor's schema and the reference page all read this, so they agree with each other and with what is
 * checked. Rules that only code can state (`.refine`) are not part of it.
 */

import * as z from "zod";
import type { Json } from "../util/json.js";
import { listed } from "../util/words.js";
import type { Kind } from "./kind.js";

/** The part of JSON Schema, draft-07, that options use. */
export interface OptionSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: Json;
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly OptionSchema[];
  readonly oneOf?: readonly OptionSchema[];
  readonly properties?: Readonly<Record<string, OptionSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | OptionSchema;
  readonly propertyNames?: OptionSchema;
  readonly items?: OptionSchema | readonly OptionSchema[];
  readonly additionalItems?: boolean;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Of a part that holds itself, such as a layer that is made of layers: its name among the `definitions`. */
  readonly $ref?: string;
  /** What `$ref` stands for; not enumerable, so that whoever walks through a schema comes to an end. */
  readonly meant?: OptionSchema;
  /** Of a whole schema alone. */
  readonly definitions?: Readonly<Record<string, OptionSchema>>;
}

const known = new WeakMap<object, OptionSchema>();

/** The options of a kind, without `kind`, `each` and `seed`. Computed once per kind. */
export function optionSchema(kind: Kind<unknown>): OptionSchema {
  let schema = known.get(kind);
  if (!schema) {
    const whole = z.toJSONSchema(kind.schema, {
      io: "input",
      target: "draft-7",
      unrepresentable: "any",
      override: ({ jsonSchema }) => void withoutLimits(jsonSchema),
    });
    const { $schema: _dialect, ...rest } = whole;
    schema = rest as OptionSchema;
    bind(schema, schema.definitions ?? {});
    known.set(kind, schema);
  }
  return schema;
}

/** Lets every reference in a schema know what it stands for. */
function bind(part: object, definitions: Readonly<Record<string, OptionSchema>>): void {
  for (const inner of Object.values(part)) if (typeof inner === "object" && inner !== null) bind(inner, definitions);
  const { $ref } = part as OptionSchema;
  if ($ref) Object.defineProperty(part, "meant", { value: definitions[$ref.replace("#/definitions/", "")] });
}

/** The option that decides which others there are, such as `source` of `load`; undefined where none does. */
export const discriminatorOf = ({ schema }: Kind<unknown>): string | undefined =>
  schema instanceof z.ZodDiscriminatedUnion ? schema.def.discriminator : undefined;

/** The same, and those that decide further within one of its forms, such as `generator` of `source: synthetic`. */
export const discriminatorsOf = ({ schema }: Kind<unknown>): readonly string[] => decidingIn(schema);
const decidingIn = (schema: z.core.$ZodType): readonly string[] =>
  schema instanceof z.ZodDiscriminatedUnion
    ? [schema.def.discriminator, ...schema.options.flatMap((form) => decidingIn(form))]
    : [];

/** zod bounds whole numbers by what a double holds exactly; nobody wants to read that. */
function withoutLimits(schema: { minimum?: number | undefined; maximum?: number | undefined }): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
}

/** The forms a value may take: a union flattened, a reference followed, anything else alone. */
export function forms(schema: OptionSchema): readonly OptionSchema[] {
  if (schema.meant) return forms(schema.meant);
  const branches = schema.anyOf ?? schema.oneOf;
  return branches ? branches.flatMap(forms) : [schema];
}

/**
 * Every form that may stand at a path.
 *
 * Where forms of a map are told apart by a constant (`source: mnist`), only those that agree with `value` count.
 */
export function formsAt(schema: OptionSchema, path: readonly string[], value?: unknown): readonly OptionSchema[] {
  const all = forms(schema);
  const agreeing = all.filter((form) => !contradicts(form, value));
  const here = agreeing.length > 0 ? agreeing : all;
  const [part, ...rest] = path;
  if (part === undefined) return here;
  return here.flatMap((form) => {
    const next = childOf(form, part);
    return next ? formsAt(next, rest, (value as Record<string, unknown> | null | undefined)?.[part]) : [];
  });
}

function contradicts(form: OptionSchema, value: unknown): boolean {
  if (typeof value !== "object" || value === null || !form.properties) return false;
  return Object.entries(form.properties).some(
    ([key, property]) => property.const !== undefined && property.const !== (value as Record<string, unknown>)[key],
  );
}

function childOf(form: OptionSchema, part: string): OptionSchema | undefined {
  if (form.items)
    return Array.isArray(form.items)
      ? (form.items as readonly OptionSchema[])[Number(part)]
      : (form.items as OptionSchema);
  if (form.properties && Object.hasOwn(form.properties, part)) return form.properties[part];
  return typeof form.additionalProperties === "object" ? form.additionalProperties : undefined;
}

/** Names of the options that maps of these forms take. */
export const keysOf = (found: readonly OptionSchema[]): readonly string[] => [
  ...new Set(found.flatMap((form) => Object.keys(form.properties ?? {}))),
];

/** The options of a form whose value the form decides, such as `source: mnist`. */
export const constantsOf = (form: OptionSchema): Readonly<Record<string, Json>> =>
  Object.fromEntries(
    Object.entries(form.properties ?? {}).flatMap(([name, option]) =>
      option.const === undefined ? [] : [[name, option.const]],
    ),
  );

/** The option whose constants tell these forms apart, where there is one. */
export const decidingOption = (found: readonly OptionSchema[]): string | undefined =>
  Object.keys(found[0]?.properties ?? {}).find((name) => {
    const values = found.map((form) => form.properties?.[name]?.const);
    return !values.includes(undefined) && new Set(values).size === found.length;
  });

/** Words and numbers that can be chosen by name among these forms. */
export const choicesOf = (found: readonly OptionSchema[]): readonly string[] => [
  ...new Set(
    found.flatMap((form) => [...(form.enum ?? []), ...(form.const === undefined ? [] : [form.const])]).map(String),
  ),
];

/** A form in plain words: `a whole number from 1`. Without `range`, `a whole number`. */
export function inWords(schema: OptionSchema, { range = true }: { readonly range?: boolean } = {}): string {
  const found = forms(schema);
  if (found.length > 1) return inOneSentence(found, range);
  const form = found[0]!;
  if (form.enum) return `one of ${form.enum.map(String).join(", ")}`;
  if (form.const !== undefined) return `\`${String(form.const)}\``;
  switch (form.type) {
    case "integer":
      return `a whole number${range ? rangeOf(form) : ""}`;
    case "number":
      return `a number${range ? rangeOf(form) : ""}`;
    case "boolean":
      return "true or false";
    case "string":
      return form.maxLength === 1 && form.minLength === 1 ? "one character" : "text";
    case "array":
      return listInWords(form, range);
    case "object":
      return form.properties && Object.keys(form.properties).length > 0
        ? `a map of ${Object.keys(form.properties).join(", ")}`
        : "a map";
    default:
      return "a value";
  }
}

function inOneSentence(found: readonly OptionSchema[], range: boolean): string {
  const words = [...new Set(found.map((form) => inWords(form, { range })))];
  return listed(words, "or");
}

function listInWords(form: OptionSchema, range: boolean): string {
  if (Array.isArray(form.items)) return `a list of ${form.items.length}`;
  const plural: Readonly<Record<string, string>> = {
    integer: "whole numbers",
    number: "numbers",
    string: "texts",
    boolean: "true or false",
  };
  const item = form.items as OptionSchema | undefined;
  const of = item && typeof item.type === "string" ? plural[item.type] : undefined;
  const least = range && form.minItems !== undefined ? form.minItems : 0;
  if (least > 1) return `a list of ${least} or more ${of ?? "items"}`;
  const list = of ? `a list of ${of}` : "a list";
  if (least < 1) return list;
  return of ? `${list}, one or more` : `${list} of one or more`;
}

function rangeOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: OptionSchema): string {
  let low = "";
  if (minimum !== undefined) low = ` from ${minimum}`;
  else if (exclusiveMinimum !== undefined) low = ` above ${exclusiveMinimum}`;
  if (maximum !== undefined) return `${low} to ${maximum}`;
  return exclusiveMaximum === undefined ? low : `${low} ${low ? "to " : ""}below ${exclusiveMaximum}`;
}
