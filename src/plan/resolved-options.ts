/** A step's options, where a trial's settings go into them. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { leavesToTrial, type TrialSettings } from "../pipeline/kind.js";
import { mergedOptions, present } from "../pipeline/merged.js";
import { type Stage, trialOf } from "../pipeline/pipeline.js";
import type { JsonObject } from "../util/json.js";
import type { Outputs } from "../values/output.js";
import { elementsNamed, gatheredBy, type Step } from "./steps.js";

export interface Resolved {
  readonly options: JsonObject;
  /** Values that came with the settings, and their names in order; a trial of a later search adds its own. */
  readonly values: JsonObject;
  readonly parameters: readonly string[];
}
/**
 * The options of a step. @param outputs  of the step that has the settings, where they come from one. @throws
 * MistakeError
 */
export function resolveOptions(step: Step, outputs: Outputs | undefined): Resolved {
  const { stage, settings } = step;
  if (!stage.use || !settings) return { options: stage.options, values: {}, parameters: [] };
  const found = outputs ? settings.kind.settings?.(outputs, settings.key) : settingsInFile(stage, settings.key);
  const base = found?.options[settings.part];
  if (!base)
    throw new MistakeError({
      title: "no settings there",
      message: `There is no trial \`${settings.key}\` whose settings \`${stage.name}\` could use.`,
      at: ["use"],
    });
  const merged = { ...mergedOptions(step.kind, base, stage.given), ...meanOptionOf(step, found) };
  const names = Object.fromEntries(
    Object.entries(stage.options).filter(([name]) => step.kind.inputs.some((input) => input.option === name)),
  );
  const checked = step.kind.schema.safeParse({ ...merged, ...names });
  if (!checked.success) {
    const [first] = checked.error.issues;
    throw new MistakeError({
      title: "settings do not fit",
      message: `With the settings of ${settings.key}, \`${first!.path.join(".")}\` does not fit: ${first!.message}.`,
      at: ["use"],
    });
  }
  return { options: present(checked.data), values: found.values, parameters: found.parameters };
}

/** What stands in place of the word that leaves an option to the trial. @throws MistakeError */
function meanOptionOf({ stage, kind, settings }: Step, found: TrialSettings): JsonObject {
  const { meanOption } = kind;
  if (!meanOption || !leavesToTrial(kind, stage.given)) return {};
  const { option, word, value } = meanOption;
  const refusal = meanOption.refusal(null, mergedOptions(kind, found.options[settings!.part]!, stage.given));
  if (refusal) throw new MistakeError({ ...refusal, at: [option] });
  const spread = found.bestEpochs?.[settings!.part];
  if (!spread)
    throw new MistakeError({
      title: "the trial did not come to an end",
      message:
        `\`${option}: ${word}\` is the mean over the cells of \`${settings!.key}\`, ` +
        "and none of them has a result.",
      at: [option],
    });
  return { [option]: value(spread.mean) };
}

/**
 * Of a step that was not judged, because what it reads failed: its options were never needed, but a search still says
 * what they were.
 */
export const asWritten = ({ stage }: Step): Resolved => ({ options: stage.options, values: {}, parameters: [] });

function settingsInFile({ use }: Stage, key: string): TrialSettings | undefined {
  const search = use!.source.search;
  const trial = search && trialOf(search, key);
  if (!search || !trial) return undefined;
  return {
    options: Object.fromEntries([...trial.stages].map(([name, stage]) => [name, stage.options])),
    values: trial.values,
    parameters: search.parameters,
  };
}

/** Options of a step that is told what it gathers over, or which elements it reads by their names. */
export function toldOptions({ kind, stage }: Step, options: JsonObject): JsonObject {
  const named = kind.toldElements?.(options);
  const elements = named === undefined ? undefined : elementsNamed(stage, named);
  return withOver({ kind, stage }, elements ? { ...options, elements } : options);
}

function withOver({ kind, stage }: Pick<Step, "kind" | "stage">, options: JsonObject): JsonObject {
  const wish = kind.toldOver?.(options);
  const lists = kind.inputs
    .filter(({ many }) => wish !== undefined && many)
    .flatMap(({ option }) => gatheredBy(stage, option));
  const isTold = lists.some((axes) => (wish === "seeds" ? axes.includes("seeds") : axes.length > 0));
  return isTold ? { ...options, over: lists } : options;
}
