/**
 * How long the trials of a halved search are trained: the search says it, rung by rung, in every stage of a trial
 * whose kind has an option for that (`Kind.lengthOption`).
 *
 * A trial is checked as it is at its last rung. At the others it is the same in all but that option.
 */
import type { Json } from "../util/json.js";
import { type Entry, mapOf, member, spanAt, type Value, valueFrom } from "./document.js";
import type { Kind, Kinds, TrialList } from "./kind.js";
import { mergedOptions } from "./merged.js";
import { type Stage, type Trial, trialsBehind, type Use } from "./pipeline.js";
import type { Report } from "./report.js";

/** Of the last rung; null where the file says how long each trial is trained. */
export const lastLength = ({ rounds }: Pick<TrialList, "rounds">): number | null =>
  rounds.reduce<number | null>((last, { epochs }) => (epochs === null ? last : Math.max(last ?? 0, epochs)), null);

const kindNamed = (kinds: Kinds, name: string): Kind<unknown> | undefined =>
  Object.hasOwn(kinds, name) ? (kinds[name] as Kind<unknown>) : undefined;
const kindOf = (part: Value, kinds: Kinds): Kind<unknown> | undefined => {
  const written = member(part, "kind");
  return written?.type === "scalar" ? kindNamed(kinds, String(written.value)) : undefined;
};

/**
 * A stage of a trial, trained for as long as the last rung.
 *
 * @param search  where `halving` stands
 */
export function withLength(part: Value, length: number, search: Entry, kinds: Kinds, report: Report): Value {
  const option = kindOf(part, kinds)?.lengthOption?.option;
  if (option === undefined || part.type !== "map") return part;
  const written = part.entries.find(({ key }) => key === option);
  if (written) {
    report({
      span: written.keySpan,
      title: "a length of its own",
      message:
        "`halving` says how long a trial is trained, rung by rung, so the trial does not. " +
        `Leave out \`${option}\`, or leave out \`halving\`.`,
    });
    return part;
  }
  const span = spanAt(search, ["halving"]);
  return mapOf(part, [...part.entries, { key: option, keySpan: span, value: valueFrom(length, span) }]);
}

/** Told where there is nothing to halve. @param parts  of the first trial */
export function reportNoLength(parts: readonly Value[], search: Entry, kinds: Kinds, report: Report): void {
  if (parts.some((part) => kindOf(part, kinds)?.lengthOption)) return;
  const able = Object.values(kinds).flatMap(({ name, lengthOption }) => (lengthOption ? [`\`${name}\``] : []));
  report({
    span: spanAt(search, ["halving"]),
    title: "nothing to halve",
    message:
      `\`halving\` trains some trials longer than others, and a trial of \`${search.key}\` trains nothing: ` +
      `it has no stage of kind ${able.join(" or ")}. Leave out \`halving\`.`,
  });
}

/** Told of a trial of which a shorter training does not begin a longer one. */
export function reportWhole(stages: readonly Stage[], kinds: Kinds, report: Report): void {
  for (const stage of stages) {
    const kind = kindNamed(kinds, stage.kind);
    if (!kind?.lengthOption) continue;
    const all = stage.use ? settingsBehind(stage.use, kind, stage) : [stage.options];
    const whole = all.find((options) => kind.prefix?.(options) === undefined);
    if (!whole) continue;
    const { at = [], ...mistake } = kind.lengthOption.whole(whole);
    report({ ...mistake, span: stage.optionSpan(stage.use ? ["use"] : at) });
    return;
  }
}

/** Options with the settings of every trial that a stage may take them from. */
const settingsBehind = ({ source, part }: Use, kind: Kind<unknown>, { given }: Stage) =>
  (trialsBehind(source) ?? []).flatMap(({ stages }) => {
    const settings = stages.get(part);
    return settings ? [mergedOptions(kind, settings.options, given)] : [];
  });

/** The trial trained for another length; the same one every time, as its steps share what they know of options. */
export function ofLength(trial: Trial, length: number | null, kinds: Kinds): Trial {
  if (length === null) return trial;
  const lengths = byLength.get(trial) ?? new Map<number, Trial>();
  byLength.set(trial, lengths);
  let found = lengths.get(length);
  if (!found) {
    const stages = new Map<string, Stage>();
    const others = new Map<Stage, Stage>();
    for (const [name, stage] of trial.stages) {
      const option = kindNamed(kinds, stage.kind)?.lengthOption?.option;
      const set: Readonly<Record<string, Json>> = option === undefined ? {} : { [option]: length };
      const other: Stage = {
        ...stage,
        options: { ...stage.options, ...set },
        given: stage.use ? { ...stage.given, ...set } : stage.given,
        inputs: stage.inputs.map((edge) => ({ ...edge, source: others.get(edge.source) ?? edge.source })),
      };
      others.set(stage, other);
      stages.set(name, other);
    }
    found = { ...trial, stages };
    lengths.set(length, found);
  }
  return found;
}
const byLength = new WeakMap<Trial, Map<number, Trial>>();
