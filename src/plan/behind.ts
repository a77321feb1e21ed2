/**
 * How the models were trained whose results a step compares: the steps behind what it gathers, and in the end their
 * options. Stages are not named, so that a name changes no fingerprint.
 */
import type { Behind } from "../pipeline/gathering.js";
import type { Kind, Kinds } from "../pipeline/kind.js";
import { decidingOptions, withoutInputs } from "../pipeline/merged.js";
import type { Stage } from "../pipeline/pipeline.js";
import type { JsonObject } from "../util/json.js";
import type { AxisOf } from "../values/axes.js";
import type { PortType } from "../values/output.js";
import { judgingOf } from "./judging.js";

/** What has to be known of a step here. */
interface ReadStep {
  readonly key: string;
  readonly stage: Stage;
  /** Of what it runs over, in the order of its axes. */
  readonly keys: readonly string[];
  readonly kind: Kind<unknown>;
  readonly sources: readonly {
    readonly option: string;
    readonly step: string;
    readonly list: { readonly source: number; readonly element: string | null } | null;
  }[];
}
type Steps = ReadonlyMap<string, ReadStep>;

/** One of what is compared, before options are known that come from winners. */
export type StepBehind = Omit<Behind, "settings" | "prepared"> & {
  /** Null where no model is behind it. */
  readonly training: ReadStep | null;
  /** What prepared its data, the last first. */
  readonly preparations: readonly ReadStep[];
};

/** Of the step's sources at an option. @param steps  those before it, by key */
export function stepsBehind(
  { stage, sources }: Pick<ReadStep, "stage" | "sources">,
  option: string,
  steps: Steps,
  kinds: Kinds,
): readonly StepBehind[] {
  const own = new Set(stage.scope.map((axis) => axis.stage));
  return sources.flatMap(({ option: name, step: key, list }): readonly StepBehind[] => {
    const read = steps.get(key);
    if (name !== option || !list || !read) return [];
    const axes = read.stage.scope.map((axis, at) => ({ axis, key: read.keys[at]! }));
    const gathered = axes.filter(({ axis }) => !own.has(axis.stage));
    const keysOf = (of: AxisOf): string | null => {
      const keys = gathered.filter(({ axis }) => axis.of === of).map((each) => each.key);
      return keys.length > 0 ? keys.join("/") : null;
    };
    const repeated = gathered.flatMap(({ axis }) => (axis.of === "choices" ? [] : [axis]));
    const training = readBy(read, "model", steps);
    return [
      {
        ...list,
        ...{ choice: keysOf("choices"), fold: keysOf("folds"), seed: keysOf("seeds") },
        ratio: repeated.length > 0 ? judgingOf(read.stage, repeated, kinds).ratio : null,
        training: training ?? null,
        preparations: training ? preparationsOf(training, steps) : [],
      },
    ];
  });
}

/** The first of the steps that this one reads through an input of a type. */
function readBy(step: ReadStep, type: PortType, steps: Steps): ReadStep | undefined {
  const options = step.kind.inputs.filter(({ accepts }) => accepts.includes(type)).map(({ option }) => option);
  const source = step.sources.find(({ option }) => options.includes(option));
  return source && steps.get(source.step);
}

/** From data to data; of several that are merged the first. */
function preparationsOf(training: ReadStep, steps: Steps): readonly ReadStep[] {
  const found: ReadStep[] = [];
  for (let step = readBy(training, "dataset", steps); step; step = readBy(step, "dataset", steps)) found.push(step);
  return found;
}

/** With the options that they were run with. @param optionsOf  of a step, undefined where it was never decided about */
export const behindOptions = (
  behind: readonly StepBehind[],
  optionsOf: (key: string) => JsonObject | undefined,
): readonly Behind[] =>
  behind.map(({ training, preparations, ...place }) => ({
    ...place,
    settings: training ? withoutInputs(training.kind, optionsOf(training.key) ?? training.stage.options) : {},
    prepared: preparations.map(({ kind, key, stage }) => ({
      kind: kind.name,
      options: decidingOptions(kind, optionsOf(key) ?? stage.options),
    })),
  }));
