/**
 * Kinds → JSON Schema of a pipeline file, for editors: completion, descriptions on hover, marks under mistakes.
 *
 * Draft-07, which the YAML language server knows best. A stage's `kind` picks its options by `if` and `then`, because
 * an editor then completes and blames the options of that kind alone; a `oneOf` would make it guess. Wherever an option
 * stands, `${params.x}` may stand too. A profile's stages are parts of stages, so nothing is required of them. What
 * only `hw1 check` can tell (names of stages, shapes, one layer per item) is left to it.
 */

import { warningNames } from "../diagnostic/warnings.js";
import type { Json, JsonObject } from "../util/json.js";
import { type Kind, type Kinds, mayDrawRandomNumbers } from "./kind.js";
import {
  constantsOf,
  decidingOption,
  discriminatorOf,
  forms,
  type OptionSchema,
  optionSchema,
} from "./option-schema.js";
import { withSharedParts } from "./schema-parts.js";

const lookupPattern = "\\$\\{((params|trial|item)\\.[^}]+|item)\\}";
const lookupHint = "a value, or ${params.name} in quotes";
const lookup = { $ref: "#/definitions/lookup" };
const stageName = "^[A-Za-z_][A-Za-z0-9_-]*$";

export function pipelineJsonSchema(kinds: Kinds): JsonObject {
  const rows = Object.values(kinds) as Kind<unknown>[];
  const definitions: Record<string, Json> = {
    lookup: {
      type: "string",
      pattern: lookupPattern,
      patternErrorMessage: lookupHint,
      description:
        "A parameter: ${params.name}; in a search's trial ${trial.name}; in a repeat ${item}. Alone it keeps its type.",
    },
    stage: stageSchema(rows, true),
    stage_of_a_halved_trial: stageSchema(rows, false),
    part_of_a_stage: partOfStage(rows),
  };
  for (const kind of rows) {
    Object.assign(definitions, definitionsOf(kind));
    for (const [name, part] of Object.entries(optionSchema(kind).definitions ?? {}))
      definitions[name] = withLookups(part);
  }
  const seed = {
    type: "integer",
    minimum: 0,
    description: "Where all random numbers begin, a whole number from 0. Default: 0.",
  };
  const params = {
    type: "object",
    description:
      "Names and values that stages look up as ${params.name}, and that profiles and `--set name=value` change.",
  };
  return withSharedParts({
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "hw1 pipeline",
    description: "A study in one file: data, training, evaluation, figures. Run it with `hw1 run FILE`.",
    type: "object",
    properties: {
      name: {
        type: "string",
        pattern: "^[A-Za-z0-9_.-]+$",
        description: "Name of the study; figures are kept in a folder of that name. Default: the file's name.",
      },
      seed: { ...seed, default: 0 },
      params,
      profiles: {
        type: "object",
        description: "Changes under a name, merged over the file key by key by `--profile NAME`.",
        additionalProperties: {
          type: "object",
          properties: {
            seed,
            params,
            stages: {
              type: "object",
              description:
                "Options to change, by stage. " +
                "A stage that changes its `kind`, `source` or `figure` is replaced whole.",
              propertyNames: { pattern: stageName },
              additionalProperties: { $ref: "#/definitions/part_of_a_stage" },
            },
          },
          additionalProperties: false,
        },
      },
      stages: {
        type: "object",
        description:
          "The work, by name. A stage reads another by its name, or by `name.output`; one element of a fan-out is " +
          "`name/key`, such as `net/3.model`.",
        minProperties: 1,
        propertyNames: { pattern: stageName },
        additionalProperties: { $ref: "#/definitions/stage" },
      },
    },
    required: ["stages"],
    additionalProperties: false,
    definitions,
  });
}

/** Keys of every stage. */
function common(kinds: readonly Kind<unknown>[]): {
  readonly kind: JsonObject;
  readonly each: JsonObject;
  readonly allow: JsonObject;
  readonly use: JsonObject;
} {
  return {
    kind: {
      description: `What the stage does.\n\n${kinds.map((kind) => `- \`${kind.name}\`: ${kind.summary}`).join("\n")}`,
      anyOf: [{ type: "string", enum: kinds.map((kind) => kind.name) }, lookup],
    },
    each: {
      description:
        "Runs once per element of this stage, such as a `fold`, `seeds`, a `select` or a `search`; " +
        "of several, once per combination.",
      anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }],
    },
    allow: {
      description: "Warnings that are meant, by name; they are not told of this stage.",
      anyOf: [{ enum: warningNames }, { type: "array", items: { enum: warningNames } }],
    },
    use: {
      type: "string",
      description:
        "Takes the settings of a trial, such as `winners.trial`. What is written here beats them; " +
        "an option set to `null` is left out.",
    },
  };
}
const ownSeed: JsonObject = {
  type: ["integer", "string"],
  minimum: 0,
  pattern: lookupPattern,
  patternErrorMessage: lookupHint,
  description: "Where this stage's random numbers begin. Default: the pipeline's `seed`.",
};

/** @param hasLength  whether a training says how long it is, which of a halved trial the search says */
function stageSchema(kinds: readonly Kind<unknown>[], hasLength: boolean): JsonObject {
  const formOf = ({ name, lengthOption, inputs }: Kind<unknown>): JsonObject => {
    const form = { $ref: `#/definitions/${name}` };
    return hasLength && lengthOption ? { allOf: [form, needed([lengthOption.option], inputs.length > 0)] } : form;
  };
  return {
    type: "object",
    properties: common(kinds),
    required: ["kind"],
    allOf: kinds.map((kind) => whenConst("kind", kind.name, formOf(kind))),
  };
}

const whenConst = (key: string, value: Json, then: JsonObject): JsonObject => ({
  if: { properties: { [key]: { const: value } }, required: [key] },
  then,
});

/** One definition per kind; where one option decides which others there are, one more for each of its values. */
function definitionsOf(kind: Kind<unknown>): Record<string, Json> {
  const options = optionSchema(kind);
  // `kind`, `each` and `allow` are described where the stage is; here they are only allowed.
  const sharedBy = (form: OptionSchema) => ({
    kind: true,
    each: true,
    allow: true,
    ...(kind.inputs.length > 0 ? { use: true } : {}),
    ...(mayDrawRandomNumbers(kind, constantsOf(form)) ? { seed: ownSeed } : {}),
  });
  const variants = forms(options);
  if (variants.length === 1)
    return { [kind.name]: withDescription(kind, withTrial(kind, asStage(options, sharedBy(options), lengthOf(kind)))) };
  const key = discriminatorOf(kind);
  if (key === undefined)
    return {
      [kind.name]: withDescription(kind, { anyOf: variants.map((variant) => asStage(variant, sharedBy(variant))) }),
    };
  return apart(kind.name, variants, key, []);

  /** Forms told apart by the constants of an option; those that share one by another. */
  function apart(
    name: string,
    all: readonly OptionSchema[],
    option: string,
    above: readonly string[],
  ): Record<string, Json> {
    const groups = new Map<string, OptionSchema[]>();
    for (const form of all) {
      const value = String(form.properties![option]!.const);
      groups.set(value, [...(groups.get(value) ?? []), form]);
    }
    const head = {
      type: "object",
      properties: {
        [option]: {
          description: [...groups]
            .map(([value, [form]]) => `- \`${value}\`: ${form!.properties![option]!.description ?? ""}`)
            .join("\n"),
          anyOf: [{ type: "string", enum: [...groups.keys()] }, lookup],
        },
      },
      ...needed([option], kind.inputs.length > 0),
      allOf: [...groups.keys()].map((value) => whenConst(option, value, { $ref: `#/definitions/${name}.${value}` })),
    };
    const found: Record<string, Json> = { [name]: above.length > 0 ? head : withDescription(kind, head) };
    const chosen = [...above, option];
    for (const [value, [form, ...others]] of groups)
      if (others.length > 0)
        Object.assign(
          found,
          apart(`${name}.${value}`, [form!, ...others], decidingOption([form!, ...others])!, chosen),
        );
      else
        found[`${name}.${value}`] = asStage(form!, {
          ...sharedBy(form!),
          ...Object.fromEntries(chosen.map((each) => [each, true])),
        });
    return found;
  }
}

const withDescription = (kind: Kind<unknown>, schema: JsonObject): JsonObject => ({
  description: kind.summary,
  ...schema,
});

const lengthOf = ({ lengthOption }: Kind<unknown>): string | undefined => lengthOption?.option;

/** @param length  the option that is needed where no search says it (`stageSchema`) */
function asStage(options: OptionSchema, shared: Readonly<Record<string, Json>>, length?: string): JsonObject {
  const { required, ...schema } = withLookups(options) as {
    readonly properties?: JsonObject;
    readonly required?: readonly string[];
  };
  const rest =
    required === undefined
      ? {}
      : needed(
          required.filter((name) => name !== length),
          "use" in shared,
        );
  return { ...schema, properties: { ...schema.properties, ...shared }, ...rest };
}
/** What a trial's settings bring along need not be written. */
const needed = (required: readonly string[], hasUse: boolean): JsonObject =>
  hasUse ? { if: { required: ["use"] }, else: { required } } : { required };

/** A trial is a stage, or several by name. */
function withTrial(kind: Kind<unknown>, schema: JsonObject): JsonObject {
  if (!kind.trials) return schema;
  const properties = schema.properties as JsonObject;
  const { description } = properties.trial as { readonly description?: string };
  const trialOf = (name: string): JsonObject => {
    const stage = { $ref: `#/definitions/${name}` };
    const several = {
      type: "object",
      minProperties: 1,
      propertyNames: { pattern: stageName },
      additionalProperties: stage,
    };
    return { properties: { trial: { if: { required: ["kind"] }, then: stage, else: several } } };
  };
  return {
    ...schema,
    properties: { ...properties, trial: { description: description ?? "" } },
    if: { required: ["halving"] },
    then: trialOf("stage_of_a_halved_trial"),
    else: trialOf("stage"),
  };
}

/** Every option of every kind, none required, since a profile gives only what it changes. */
function partOfStage(kinds: readonly Kind<unknown>[]): JsonObject {
  const found = new Map<string, Map<string, JsonObject>>();
  const constants: Record<string, Json[]> = {};
  for (const kind of kinds) {
    const options = optionSchema(kind);
    for (const variant of forms(options))
      for (const [name, option] of Object.entries(variant.properties ?? {})) {
        if (option.const !== undefined) {
          constants[name] = [...new Set([...(constants[name] ?? []), option.const])];
          continue;
        }
        const schema = valueOrLookup(withoutRequired(option));
        const { description: _description, ...rest } = schema as JsonObject;
        const known = found.get(name) ?? new Map<string, JsonObject>();
        if (!known.has(JSON.stringify(rest))) known.set(JSON.stringify(rest), schema);
        found.set(name, known);
      }
  }
  const properties: Record<string, Json> = Object.fromEntries(
    [...found].map(([name, known]) => [
      name,
      known.size === 1 ? [...known.values()][0]! : { anyOf: [...known.values()] },
    ]),
  );
  for (const [name, values] of Object.entries(constants))
    properties[name] = { anyOf: [{ type: "string", enum: values }, lookup] };
  return {
    type: "object",
    description: "Options to change in this stage; maps are merged, everything else is replaced.",
    properties: { ...common(kinds), seed: ownSeed, ...properties },
    additionalProperties: false,
  };
}

/** Maps inside a profile are merged key by key; items of lists are replaced, so they stay whole. */
function withoutRequired(schema: OptionSchema): OptionSchema {
  const { required: _required, ...rest } = schema;
  return {
    ...rest,
    ...(schema.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([name, option]) => [name, withoutRequired(option)]),
          ),
        }
      : {}),
    ...(schema.anyOf ? { anyOf: schema.anyOf.map(withoutRequired) } : {}),
    ...(schema.oneOf ? { oneOf: schema.oneOf.map(withoutRequired) } : {}),
  };
}

/** The same schema, with a lookup allowed wherever a value stands inside it. */
function withLookups(schema: OptionSchema): JsonObject {
  const { properties, items, additionalProperties, anyOf, oneOf, definitions: _apart, ...rest } = schema;
  return {
    ...rest,
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, option]) => [name, valueOrLookup(option)]),
          ),
          // A key may be looked up, too: what it will be is not known to an editor.
          ...(additionalProperties === false ? { patternProperties: { [lookupPattern]: true } } : {}),
        }
      : {}),
    ...(items ? { items: Array.isArray(items) ? items.map(valueOrLookup) : valueOrLookup(items as OptionSchema) } : {}),
    ...(additionalProperties === undefined
      ? {}
      : {
          additionalProperties:
            typeof additionalProperties === "object" ? valueOrLookup(additionalProperties) : additionalProperties,
        }),
    ...(anyOf ? { anyOf: anyOf.map(withLookups) } : {}),
    ...(oneOf ? { oneOf: oneOf.map(withLookups) } : {}),
  } as JsonObject;
}

/**
 * A value or a lookup. Numbers and booleans become `[type, "string"]` with a pattern, which binds strings only: an
 * editor then shows one plain message instead of the failures of two branches.
 */
function valueOrLookup(schema: OptionSchema): JsonObject {
  if (schema.enum || schema.const !== undefined) return lifted(schema, [withLookups(bare(schema)), lookup]);
  if (schema.anyOf) return { ...withLookups(schema), anyOf: [...schema.anyOf.map(withLookups), lookup] };
  switch (schema.type) {
    case "integer":
    case "number":
    case "boolean":
      return {
        ...withLookups(schema),
        type: [schema.type, "string"],
        pattern: lookupPattern,
        patternErrorMessage: lookupHint,
      };
    case "string":
      if (schema.pattern === undefined && schema.maxLength === undefined) return withLookups(schema);
      return lifted(schema, [withLookups(bare(schema)), lookup]);
    default:
      return lifted(schema, [withLookups(bare(schema)), lookup]);
  }
}

const bare = ({ description: _description, default: _default, ...rest }: OptionSchema): OptionSchema => rest;

/** Description and default stay with the option, where editors look for them. */
const lifted = ({ description, default: value }: OptionSchema, anyOf: readonly JsonObject[]): JsonObject => ({
  ...(description === undefined ? {} : { description }),
  ...(value === undefined ? {} : { default: value }),
  anyOf,
});
