/** `use`: the settings of a trial, as the options of the stage that takes them over. */
import { suggestion } from "../diagnostic/nearest.js";
import type { JsonObject } from "../util/json.js";
import { type Checking, written } from "./checking.js";
import { type Entry, entriesOf, mapOf, spanAt, valueFrom } from "./document.js";
import type { Draft } from "./draft.js";
import { specialKeys } from "./draft-stage.js";
import { type Kind, leavesToTrial } from "./kind.js";
import { mergedOptions } from "./merged.js";
import { optionProblems } from "./options.js";
import { trialsBehind, type Use } from "./pipeline.js";
import type { Reference } from "./references.js";
import { type Axis, missingFrom } from "./scope.js";

/**
 * Options of a stage that takes a trial's settings: those of the first trial, which others resemble, beaten by its own.
 */
export function withSettings(
  draft: Draft,
  kind: Kind<unknown>,
  { stage: name, output, span }: Reference,
  scope: readonly Axis[],
  { stages, broken, report }: Checking,
): { readonly entry: Entry; readonly options: JsonObject; readonly use: Use } | undefined {
  const { entry } = draft;
  const source = stages.get(name);
  if (!source) return undefined;
  const part = output === "" ? "trial" : output;
  const trials = trialsBehind(source);
  if (!trials || !source.offers) {
    const message =
      "`use` takes the settings of a trial, from a `search` or a `select`, " +
      `such as \`use: winners.trial\`; \`${name}\` has none.`;
    if (!broken.has(name)) report({ span, title: "no settings there", message });
    return undefined;
  }
  const sample = trials.find((trial) => trial.stages.has(part))?.stages.get(part);
  if (!sample) {
    const names = [...new Set(trials.flatMap((trial) => [...trial.stages.keys()]))];
    const all = `\n\nStages of a trial: ${names.join(", ")}`;
    const message = `A trial of \`${name}\` has no stage \`${part}\`.${suggestion(part, names)}${all}`;
    report({ span, title: "no such settings", message });
    return undefined;
  }
  if (sample.kind !== kind.name) {
    const message = `\`${name}.${part}\` is a \`${sample.kind}\`, so its settings do not fit a \`${kind.name}\`.`;
    report({ span, title: "settings of another kind", message });
    return undefined;
  }
  if (missingFrom(scope, [...source.scope, source.offers]).length > 0) {
    const remedy = `Add \`each: ${name}\` to \`${entry.key}\`, so that it runs once per element.`;
    const message = `\`${name}\` offers settings per element. ${remedy}`;
    report({ span, title: "one value wanted, many offered", message });
    return undefined;
  }
  const given = written(draft.body);
  const others = trials.flatMap((trial) => trial.stages.get(part) ?? []).map(({ options }) => options);
  for (const { option, ...mistake } of refusalsOf(kind, others, given))
    report({ ...mistake, span: spanAt(entry, [option]) });
  const own = mergedOptions(kind, sample.options, given);
  const kept = Object.entries(own).filter(([key]) => !(key in given));
  const special = specialKeys(kind, entry.value);
  const value = mapOf(entry.value, [
    ...kept.map(([key, option]) => ({ key, keySpan: span, value: valueFrom(option, span) })),
    ...entriesOf(entry.value).filter(({ key }) => key in own || special.includes(key)),
  ]);
  const merged: Entry = { ...entry, value };
  const body = mapOf(
    value,
    value.entries.filter(({ key }) => !special.includes(key)),
  );
  const { options, problems } = optionProblems(kind, body, merged, special);
  for (const problem of problems) report(problem);
  return options && { entry: merged, options, use: { source, part } };
}

/** What its own options would do to settings that were chosen without them. */
function* refusalsOf(
  kind: Kind<unknown>,
  trials: readonly JsonObject[],
  given: JsonObject,
): Generator<{ readonly option: string; readonly title: string; readonly message: string }> {
  const { meanOption, judgedWith } = kind;
  if (meanOption && leavesToTrial(kind, given))
    for (const options of trials) {
      const refusal = meanOption.refusal(options, mergedOptions(kind, options, given));
      if (!refusal) continue;
      yield { option: meanOption.option, ...refusal };
      break;
    }
  if (!judgedWith) return;
  const added = judgedWith.options.find((option) => option in given && given[option] !== null);
  if (added && trials.some((options) => judgedWith.options.every((option) => !(option in options))))
    yield { option: added, ...judgedWith.refusal(added) };
}
