/**
 * A small validator for JSON Schema, draft-07: the keywords that `pipeline.schema.json` uses, and no others.
 *
 * An unknown keyword throws, so a schema cannot lean on one that is silently skipped here.
 */
type Node = { readonly [keyword: string]: unknown };

const annotations = [
  "$schema",
  "title",
  "description",
  "default",
  "definitions",
  "patternErrorMessage",
  "then",
  "else",
];

/** What is wrong, each as `path: problem`; empty when the value is valid. */
export function violations(schema: object, value: unknown): readonly string[] {
  return validate(schema as Node, value, "", schema as Node);
}

function validate(schema: Node | boolean, value: unknown, path: string, root: Node): string[] {
  if (schema === true) return [];
  if (schema === false) return [`${path}: nothing may stand here`];
  // In draft-07, what stands beside $ref does not count.
  if (typeof schema.$ref === "string") return validate(resolve(schema.$ref, root), value, path, root);
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (annotations.includes(keyword)) return [];
    const check = checks[keyword];
    if (!check) throw new Error(`keyword ${keyword} is not known to the validator of the tests`);
    return check(wanted as never, value, path, root, schema);
  });
}

function resolve(reference: string, root: Node): Node {
  const name = /^#\/definitions\/(.+)$/.exec(reference)?.[1];
  const found = (root.definitions as Record<string, Node>)[name ?? ""];
  if (!found) throw new Error(`${reference} is not defined`);
  return found;
}

type Check = (wanted: never, value: unknown, path: string, root: Node, schema: Node) => string[];
const holds = (holding: boolean, path: string, problem: string): string[] => (holding ? [] : [`${path}: ${problem}`]);
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const number = (test: (value: number, limit: number) => boolean, words: string): Check =>
  ((limit: number, value: unknown, path: string) =>
    holds(typeof value !== "number" || test(value, limit), path, `${words} ${limit}`)) as Check;
const size = (
  of: (value: unknown) => number | undefined,
  test: (size: number, limit: number) => boolean,
  words: string,
): Check =>
  ((limit: number, value: unknown, path: string) => {
    const found = of(value);
    return holds(found === undefined || test(found, limit), path, `${words} ${limit}`);
  }) as Check;
const length = (value: unknown): number | undefined => (typeof value === "string" ? value.length : undefined);
const items = (value: unknown): number | undefined => (Array.isArray(value) ? value.length : undefined);
const members = (value: unknown): number | undefined => (isMap(value) ? Object.keys(value).length : undefined);
const atLeast = (a: number, b: number): boolean => a >= b;
const atMost = (a: number, b: number): boolean => a <= b;

const patternsIn = (wanted: unknown): readonly (readonly [RegExp, Node | boolean])[] =>
  Object.entries((wanted ?? {}) as Record<string, Node | boolean>).map(([text, part]) => [new RegExp(text, "u"), part]);

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  object: isMap,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: Number.isInteger,
  boolean: (value) => typeof value === "boolean",
  null: (value) => value === null,
};

const checks: Readonly<Record<string, Check>> = {
  type: (wanted: string | string[], value, path) =>
    holds(
      [wanted].flat().some((type) => types[type]!(value)),
      path,
      `not ${[wanted].flat().join(" or ")}`,
    ),
  const: (wanted: unknown, value, path) =>
    holds(JSON.stringify(wanted) === JSON.stringify(value), path, `not ${JSON.stringify(wanted)}`),
  enum: (wanted: unknown[], value, path) => holds(wanted.includes(value), path, `not one of ${wanted.join(", ")}`),
  pattern: (wanted: string, value, path) =>
    holds(typeof value !== "string" || new RegExp(wanted, "u").test(value), path, `does not match ${wanted}`),
  minimum: number((a, b) => a >= b, "not from"),
  maximum: number((a, b) => a <= b, "not up to"),
  exclusiveMinimum: number((a, b) => a > b, "not above"),
  exclusiveMaximum: number((a, b) => a < b, "not below"),
  minLength: size(length, atLeast, "shorter than"),
  maxLength: size(length, atMost, "longer than"),
  minItems: size(items, atLeast, "fewer items than"),
  maxItems: size(items, atMost, "more items than"),
  minProperties: size(members, atLeast, "fewer members than"),
  required: (wanted: string[], value, path) =>
    isMap(value)
      ? wanted.filter((name) => !Object.hasOwn(value, name)).map((name) => `${path}: ${name} is missing`)
      : [],
  properties: (wanted: Record<string, Node>, value, path, root) =>
    isMap(value)
      ? Object.entries(wanted).flatMap(([name, schema]) =>
          Object.hasOwn(value, name) ? validate(schema, value[name], `${path}/${name}`, root) : [],
        )
      : [],
  additionalProperties: (wanted: Node | boolean, value, path, root, schema) =>
    isMap(value)
      ? Object.keys(value)
          .filter((name) => !Object.hasOwn((schema.properties ?? {}) as object, name))
          .filter((name) => patternsIn(schema.patternProperties).every(([pattern]) => !pattern.test(name)))
          .flatMap((name) => validate(wanted, value[name], `${path}/${name}`, root))
      : [],
  patternProperties: (wanted: Record<string, Node | boolean>, value, path, root) =>
    patternsIn(wanted).flatMap(([pattern, part]) =>
      Object.keys(isMap(value) ? value : {})
        .filter((name) => pattern.test(name))
        .flatMap((name) => validate(part, (value as Record<string, unknown>)[name], `${path}/${name}`, root)),
    ),
  propertyNames: (wanted: Node, value, path, root) =>
    isMap(value) ? Object.keys(value).flatMap((name) => validate(wanted, name, `${path}/${name}`, root)) : [],
  items: (wanted: Node | Node[], value, path, root) =>
    Array.isArray(value)
      ? value.flatMap((item, index) =>
          validate(Array.isArray(wanted) ? (wanted[index] ?? true) : wanted, item, `${path}/${index}`, root),
        )
      : [],
  additionalItems: (wanted: boolean, value, path, _root, schema) =>
    holds(wanted || !Array.isArray(value) || value.length <= (schema.items as Node[]).length, path, "too many items"),
  anyOf: (wanted: Node[], value, path, root) => {
    const branches = wanted.map((schema) => validate(schema, value, path, root));
    return branches.some((found) => found.length === 0) ? [] : branches.flat();
  },
  oneOf: (wanted: Node[], value, path, root) =>
    holds(
      wanted.filter((schema) => validate(schema, value, path, root).length === 0).length === 1,
      path,
      "not exactly one form",
    ),
  allOf: (wanted: Node[], value, path, root) => wanted.flatMap((schema) => validate(schema, value, path, root)),
  if: (wanted: Node, value, path, root, schema) =>
    validate(wanted, value, path, root).length === 0
      ? validate((schema.then ?? true) as Node, value, path, root)
      : validate((schema.else ?? true) as Node, value, path, root),
};
