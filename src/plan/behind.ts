/**
 * How the models were trained whose results a step compares: the steps behind what it gathers, and in the end their
 * options. Of a model that is made of several it is what their trainings share. Stages are not named, so that a name
 * changes no fingerprint.
 */
import { type Behind, type Preparation, varies } from "../pipeline/gathering.js";
import type { Kind, Kinds } from "../pipeline/kind.js";
import { decidingOptions, withoutInputs } from "../pipeline/merged.js";
import type { Stage } from "../pipeline/pipeline.js";
import { canonical, type Json, type JsonObject } from "../util/json.js";
import { type AxisOf, repeatsOf } from "../values/axes.js";
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
type Steps = { get(key: string): ReadStep | undefined };

/** One of what is compared, before options are known that come from winners. */
export type StepBehind = Omit<Behind, "settings" | "prepared"> & {
  /** None where no model is behind it; several where it is made of several. */
  readonly trainings: readonly TrainingBehind[];
  /** What made one model of several. */
  readonly made: ReadStep | null;
};
interface TrainingBehind {
  readonly step: ReadStep;
  /** What prepared its data, the last first. */
  readonly preparations: readonly ReadStep[];
}

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
    const edge = stage.inputs.find((input) => input.option === name && input.index === list.source);
    const gathered = axes.filter(({ axis }) => !own.has(axis.stage) && !edge?.at.has(axis.stage));
    const keysOf = (of: AxisOf): string | null => {
      const keys = gathered.filter(({ axis }) => axis.of === of).map((each) => each.key);
      return keys.length > 0 ? keys.join("/") : null;
    };
    const repeated = gathered.flatMap(({ axis }) => (axis.of === "choices" ? [] : [axis]));
    const repeats = repeatsOf(repeated);
    const model = readBy(read, "model", steps);
    const members = model ? allReadBy(model, "model", steps) : [];
    const trained = members.length > 0 ? members : [model].flatMap((step) => step ?? []);
    return [
      {
        ...list,
        ...{ choice: keysOf("choices"), fold: keysOf("folds"), seed: keysOf("seeds") },
        ratio: repeated.length > 0 ? judgingOf(read.stage, repeated, kinds).ratio : null,
        ...(repeats > 1 ? { repeats } : {}),
        trainings: trained.map((step) => ({ step, preparations: preparationsOf(step, steps) })),
        made: members.length > 0 ? model! : null,
      },
    ];
  });
}

/** The steps that this one reads through inputs of a type. */
function allReadBy(step: ReadStep, type: PortType, steps: Steps): readonly ReadStep[] {
  const options = step.kind.inputs.filter(({ accepts }) => accepts.includes(type)).map(({ option }) => option);
  return step.sources.flatMap(({ option, step: key }) => (options.includes(option) ? (steps.get(key) ?? []) : []));
}
/** The first of them. */
const readBy = (step: ReadStep, type: PortType, steps: Steps): ReadStep | undefined => allReadBy(step, type, steps)[0];

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
  behind.map(({ trainings, made, ...place }) => {
    const settingsOf = ({ key, kind, stage }: ReadStep): JsonObject => {
      const all = withoutInputs(kind, optionsOf(key) ?? stage.options);
      return Object.fromEntries(Object.entries(all).filter(([name]) => !kind.keeping?.includes(name)));
    };
    const preparedBy = ({ preparations }: TrainingBehind): readonly Preparation[] =>
      preparations.map(({ kind, key, stage }) => ({
        kind: kind.name,
        options: decidingOptions(kind, optionsOf(key) ?? stage.options),
      }));
    const settings = trainings.map(({ step }) => settingsOf(step));
    return {
      ...place,
      settings: {
        ...sharedSettings(settings),
        // What it is told beside its options says no more of how it was made.
        ...(made
          ? { [made.kind.name]: { ...decidingOptions(made.kind, made.stage.options), members: settings.length } }
          : {}),
      },
      prepared: sharedPreparations(trainings.map(preparedBy)),
    };
  });

const areAlike = (values: readonly (Json | undefined)[]): boolean =>
  new Set(values.map((value) => canonical(value ?? null))).size <= 1;

function sharedSettings(all: readonly JsonObject[]): JsonObject {
  const names = [...new Set(all.flatMap(Object.keys))];
  const settingOf = (name: string): Json => (areAlike(all.map((each) => each[name])) ? all[0]![name]! : varies);
  return Object.fromEntries(names.map((name) => [name, settingOf(name)]));
}
/** Each by its kind and how often that was there before it; the last first, of the data of any of the trainings. */
function sharedPreparations(all: readonly (readonly Preparation[])[]): readonly Preparation[] {
  if (all.length < 2) return all[0] ?? [];
  const named = all.map((prepared) => {
    const counts = new Map<string, number>();
    return new Map(
      prepared.toReversed().map((each) => {
        const again = (counts.get(each.kind) ?? 0) + 1;
        counts.set(each.kind, again);
        return [`${each.kind} ${again}`, each] as const;
      }),
    );
  });
  const names = [...new Set(named.flatMap((each) => [...each.keys()]))];
  return names.toReversed().map((name): Preparation => {
    const found = named.map((each) => each.get(name));
    const [known] = found.filter((each) => each !== undefined);
    return areAlike(found.map((each) => each?.options)) ? known! : { kind: known!.kind, options: varies };
  });
}
