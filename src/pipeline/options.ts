/**
 * A stage's options against its kind's schema: canonical options with defaults, or problems with places.
 *
 * zod finds what is wrong; `explain-issue.ts` says it.
 */
import type { JsonObject } from "../util/json.js";
import type { Entry, Value } from "./document.js";
import { explainAll } from "./explain-issue.js";
import type { Kind } from "./kind.js";
import { present } from "./merged.js";
import type { OptionProblem, Scene } from "./option-scene.js";

export function optionProblems(
  kind: Kind<unknown>,
  body: Value,
  entry: Entry,
  special: readonly string[],
): { options: JsonObject | undefined; problems: OptionProblem[] } {
  const given = ordinary(body, kind.spelled);
  const result = kind.schema.safeParse(given);
  if (result.success) return { options: present(result.data), problems: [] };
  const scene: Scene = { kind, body, given, entry, special };
  // A long list of what is wrong is wrong in the same way.
  const problems = explainAll(result.error.issues.slice(0, mostExplained), [], scene);
  // Two rules about one value may say the same.
  const seen = new Set<string>();
  return {
    options: undefined,
    problems: problems.filter(
      ({ span, message }) => !seen.has(`${span.start} ${message}`) && seen.add(`${span.start} ${message}`),
    ),
  };
}

const mostExplained = 100;

/**
 * As zod wants it: ordinary maps. A `__proto__` key is left out here, and reported as the unknown option that it is.
 *
 * @param spelled  keys inside whose values words are taken as they were written: `[True, 1.0]` there is two words of a
 *   file
 */
function ordinary(value: Value, spelled: readonly string[] = []): unknown {
  if (value.type === "scalar") return value.value;
  if (value.type === "list") return value.items.map((item) => ordinary(item));
  const map: Record<string, unknown> = {};
  for (const { key, value: inner } of value.entries)
    map[key === "__proto__" ? "__proto__ " : key] =
      spelled.includes(key) && inner.type !== "scalar" ? asSpelled(inner) : ordinary(inner);
  return map;
}

function asSpelled(value: Value): unknown {
  if (value.type === "scalar") return value.source ?? value.value;
  if (value.type === "list") return value.items.map(asSpelled);
  const map: Record<string, unknown> = {};
  for (const { key, value: inner } of value.entries) map[key === "__proto__" ? "__proto__ " : key] = asSpelled(inner);
  return map;
}
