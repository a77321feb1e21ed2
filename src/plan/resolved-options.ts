/** A step's options, where a trial's settings go into them; and what the step that gathers a search is given. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Gathering } from "../pipeline/gathering.js";
import type { TrialSettings } from "../pipeline/kind.js";
import { mergedOptions, withoutInputs } from "../pipeline/merged.js";
import { type Stage, type Trial, trialOf } from "../pipeline/pipeline.js";
import type { JsonObject } from "../util/json.js";
import type { Outputs } from "../values/output.js";
import type { Step } from "./steps.js";

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
  const merged = mergedOptions(step.kind, base, stage.given);
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
  return { options: checked.data as JsonObject, values: found.values, parameters: found.parameters };
}

/**
 * Of a step that was not judged, because what it reads failed: its options were never needed, but a search still says
 * what they were.
 */
const asWritten = ({ stage }: Step): Resolved => ({ options: stage.options, values: {}, parameters: [] });

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

/** Options of the step that gathers a search: its trials as they were run, and by what they are compared. */
export function gatheringOptions(step: Step, resolvedOf: (key: string) => Resolved | undefined): Gathering {
  const search = step.stage.search!;
  let parameters = search.parameters;
  const cellsOf = new Map<Trial, (string | null)[]>();
  for (const { list } of step.sources) {
    const trial = search.trials[list!.source]!;
    const cells = cellsOf.get(trial);
    if (cells) cells.push(list!.element);
    else cellsOf.set(trial, [list!.element]);
  }
  const trials = step.gathers!.map(({ trial, parts }) => {
    let values: JsonObject = {};
    const options: [string, JsonObject][] = [];
    for (const [name, cell] of parts) {
      const found = resolvedOf(cell.key) ?? asWritten(cell);
      values = { ...values, ...found.values };
      parameters = [...new Set([...found.parameters, ...parameters])];
      options.push([name, withoutInputs(cell.kind, found.options)]);
    }
    return {
      key: trial.key,
      values: { ...values, ...trial.values },
      options: Object.fromEntries(options),
      cells: cellsOf.get(trial) ?? [],
    };
  });
  const { metric, direction, path } = search.objective;
  return {
    strategy: search.strategy,
    objective: { metric, direction, path },
    parameters,
    counts: { total: search.total, rejected: search.rejected },
    max_failures: step.kind.failuresAllowed?.(step.stage.options) ?? null,
    trials,
  };
}
