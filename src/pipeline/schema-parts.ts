/**
 * Parts of a JSON Schema that occur more than once, told once under `definitions` and named after the option they
 * describe.
 */
import type { Json, JsonObject } from "../util/json.js";

/** Shorter parts are easier to read where they stand. */
const worthSharing = 250;

export function withSharedParts(schema: JsonObject): JsonObject {
  const count = new Map<string, number>();
  walk(schema, (part) => {
    const text = JSON.stringify(part);
    if (text.length >= worthSharing) count.set(text, (count.get(text) ?? 0) + 1);
  });
  const definitions: Record<string, Json> = {};
  const names = new Map<string, string>();
  const taken = new Set(Object.keys((schema.definitions as JsonObject | undefined) ?? {}));

  const nameFor = (text: string, path: readonly string[]): string => {
    const known = names.get(text);
    if (known !== undefined) return known;
    const options = optionsIn(path);
    let length = 1;
    let name = options.slice(-length).join(".");
    while (taken.has(name) && length < options.length) name = options.slice(-++length).join(".");
    for (let number = 2; taken.has(name); number++) name = `${options.join(".")}_${number}`;
    taken.add(name);
    names.set(text, name);
    return name;
  };

  const rebuilt = (node: Json, path: readonly string[]): Json => {
    if (Array.isArray(node)) return node.map((item, index) => rebuilt(item as Json, [...path, String(index)]));
    if (node === null || typeof node !== "object") return node;
    const members = (): JsonObject =>
      Object.fromEntries(Object.entries(node).map(([key, member]) => [key, rebuilt(member, [...path, key])]));
    const text = JSON.stringify(node);
    if (!isPart(node) || (count.get(text) ?? 0) < 2 || isDefinition(path)) return members();
    const isNew = !names.has(text);
    const name = nameFor(text, path);
    if (isNew) definitions[name] = members();
    return { $ref: `#/definitions/${name}` };
  };
  const whole = rebuilt(schema, []) as JsonObject;
  return { ...whole, definitions: { ...(whole.definitions as JsonObject | undefined), ...definitions } };
}

const isPart = (node: Json): boolean =>
  node !== null && typeof node === "object" && !Array.isArray(node) && ("type" in node || "anyOf" in node);
const isDefinition = (path: readonly string[]): boolean => path.length === 2 && path[0] === "definitions";

/** Names of options on the way: what follows `properties`, and the definition that it is in. */
function optionsIn(path: readonly string[]): readonly string[] {
  const found = path.filter((_, index) => path[index - 1] === "properties");
  return found.length > 0 ? found : [path[1] ?? "part"];
}

function walk(node: Json, visit: (part: Json) => void): void {
  if (Array.isArray(node)) for (const item of node) walk(item as Json, visit);
  else if (node !== null && typeof node === "object") {
    if (isPart(node)) visit(node);
    for (const member of Object.values(node)) walk(member, visit);
  }
}
