/** Why a step runs, with old and new values, against the nearest earlier fingerprint. */
import type { Stage } from "../pipeline/pipeline.js";
import type { StepRecord } from "../store/store.js";
import { canonical, type Json, type JsonObject, ownOf } from "../util/json.js";
import { firstFew } from "../util/words.js";

/** A leaf at which two values differ, as a dotted path with both; undefined where one has none. */
interface Difference {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Every leaf at which two values differ. */
export function differences(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
): Difference[] {
  if (before !== undefined && after !== undefined && canonical(before) === canonical(after)) return [];
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(ownOf(before, key), ownOf(after, key), [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item: Json, index) => differences(item, after[index] as Json, [...path, String(index)]));
  return [{ path: path.join("."), before, after }];
}
const isMap = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** The earlier record that differs least; the newest of equals. */
export function nearestRecord(document: JsonObject, records: readonly StepRecord[]): StepRecord | undefined {
  let best: StepRecord | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const record of records) {
    const count = differences(record.document, document).length;
    if (count < fewest) {
      best = record;
      fewest = count;
    }
  }
  return best;
}

/** `epochs was 5, is 10` · `cnn changed` · `never run`. */
export function reasonFor(
  document: JsonObject,
  step: { readonly pipeline: string; readonly stage: Stage; readonly element: string | null },
  records: readonly StepRecord[],
): string {
  const { stage } = step;
  const mine = records.filter(
    (record) => record.pipeline === step.pipeline && record.stage === stage.name && record.element === step.element,
  );
  const record = nearestRecord(document, mine);
  if (!record) return "never run";
  const causes = withoutConsequences(differences(record.document, document)).map((each) => sentence(each, stage));
  if (causes.length === 0) return "its result is gone";
  return firstFew([...new Set(causes)], 3);
}

/**
 * Without what follows from another difference: a document of another form differs everywhere, another version of a
 * kind, which is told first, may have options of its own, another engine has other versions.
 */
function withoutConsequences(all: readonly Difference[]): readonly Difference[] {
  const form = all.filter(({ path }) => path === "schema");
  if (form.length > 0) return form;
  // Another version of a kind may be given more than the one before it was.
  const version = all.filter(({ path }) => path === "version");
  if (version.length > 0) {
    const isNew = ({ path, before }: Difference): boolean => path.startsWith("options.") && before === undefined;
    return [...version, ...all.filter((each) => each.path !== "version" && !isNew(each))];
  }
  const isOther = all.some(({ path }) => path === "engine.name");
  return isOther ? all.filter(({ path }) => !path.startsWith("engine.") || path === "engine.name") : all;
}

function sentence({ path, before, after }: Difference, stage: Stage): string {
  const [head, ...rest] = path.split(".");
  const name = rest.join(".");
  if (head === "options") return name === "" ? "options changed" : `${name} ${was(before, after)}`;
  if (head === "inputs") {
    const [, index] = (rest[1] ?? "").match(/^(\d+)/) ?? [];
    const edges = stage.inputs.filter((input) => input.option === rest[0]);
    const edge = edges.find((input) => String(input.index) === index) ?? edges[0];
    return edge ? `${edge.name} changed` : `${rest[0]} changed`;
  }
  if (head === "seeds") return rest[0] === "seed" ? `seed ${was(before, after)}` : "its fold changed";
  if (head === "engine" || head === "renderer" || head === "decoder")
    return name === "name" ? `${head} ${was(before, after)}` : `${head}: ${name} ${was(before, after)}`;
  if (head === "version") return `\`${stage.kind}\` of hw1 changed`;
  if (head === "schema") return "the keys of results hold more since hw1 changed";
  if (head === "files") return `${name}: the data file changed`;
  return `${path} ${was(before, after)}`;
}

function was(before: Json | undefined, after: Json | undefined): string {
  if (before === undefined) return `is ${show(after)}, was not set`;
  if (after === undefined) return `was ${show(before)}, is not set`;
  return `was ${show(before)}, is ${show(after)}`;
}
function show(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return value.replace(/^sha256:([0-9a-f]{12}).*$/, "$1");
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
