/**
 * What the step that gathers a search is given, and one that chooses the trials of a round: trials as they were run,
 * and by what they are compared (`pipeline/gathering.ts`).
 */
import type { Choosing, GatheredRun, GatheredTrial, Gathering } from "../pipeline/gathering.js";
import { withoutInputs } from "../pipeline/merged.js";
import type { JsonObject } from "../util/json.js";
import type { TrialsData } from "../values/chosen-trials.js";
import { type Round, type RoundPlace, roundsBefore } from "../values/search.js";
import { asWritten, type Resolved } from "./resolved-options.js";
import { meansOf } from "./search-steps.js";
import { roundKey, type Step } from "./step.js";

/** What is known when all that the step reads has ended. */
interface Known {
  resolved(key: string): Resolved | undefined;
  step(key: string): Step | undefined;
  chosen(key: string): TrialsData | undefined;
}
type Cells = ReadonlyMap<string, readonly (string | null)[]>;

export function gatheringOptions(step: Step, known: Known): Gathering {
  const search = step.stage.search!;
  const found = trialsOf(step, known);
  const { metric, direction, path } = search.objective;
  const roomOf = roomIn(found);
  const runs = found.map(({ trial, parts, cells }) => runOf(trial, parts, cells, search.objective.part, known));
  return {
    strategy: search.strategy,
    objective: { metric, direction, path },
    space: search.space,
    parameters: [...new Set([...runs.flatMap(({ parameters }) => parameters), ...search.parameters])],
    counts: { total: search.total, rejected: search.rejected },
    judging: step.judging!,
    max_failures: step.kind.failuresAllowed?.(step.stage.options) ?? null,
    ...(search.target ? { target: search.target } : {}),
    ...(search.rounds.length > 1
      ? { rounds: search.rounds.map((round) => ({ ...placeOf(round), ...roomOf(round) })) }
      : {}),
    trials: runs.map(({ run }) => run),
  };
}

export function choosingOptions(step: Step, round: Round, known: Known): Choosing {
  const search = step.stage.search!;
  const found = trialsOf(step, known);
  const roomOf = roomIn(found);
  const { metric, direction, path } = search.objective;
  return {
    objective: { metric, direction, path },
    judging: step.judging!,
    ...(search.target ? { target: search.target } : {}),
    choosing: { ...placeOf(round), places: round.places.length },
    before: roundsBefore(round, search.rounds).map((before) => ({
      ...placeOf(before),
      ...roomOf(before),
      why: known.chosen(roundKey(nameOfSearch(step), before))?.why ?? null,
    })),
    trials: found.map(({ trial }) => trial),
    by: step.kind.choosing?.(step.stage.options, round, search.drawn) ?? {},
  };
}

const placeOf = ({ generation, rung, epochs }: RoundPlace): RoundPlace => ({ generation, rung, epochs });
/** How many trials a round has room for, and how many it ran. */
function roomIn(found: readonly Found[]): (round: Round) => { readonly places: number; readonly ran: number } {
  const ran = new Map<Round, number>();
  for (const { round } of found) ran.set(round, (ran.get(round) ?? 0) + 1);
  return (round) => ({ places: round.places.length, ran: ran.get(round) ?? 0 });
}
/** Of a step that chooses: of the search that it is a part of. */
function nameOfSearch({ stage, keys }: Step) {
  return { stage: stage.name, element: keys.length === 0 ? null : keys.join("/") };
}

interface Found {
  readonly round: Round;
  readonly trial: GatheredTrial;
  /** The first step of each of its stages. */
  readonly parts: ReadonlyMap<string, Step>;
  readonly cells: Cells;
}

/** Trials that were run, in the order of the rounds; of a place where nothing ran there is none. */
function trialsOf(step: Step, known: Known): readonly Found[] {
  const lists = new Map<number, Map<string, (string | null)[]>>();
  for (const { option, list } of step.sources) {
    const own = lists.get(list!.source) ?? new Map<string, (string | null)[]>();
    lists.set(list!.source, own);
    const cells = own.get(option);
    if (cells) cells.push(list!.element);
    else own.set(option, [list!.element]);
  }
  const hasRounds = step.stage.search!.rounds.length > 1;
  return step.gathers!.flatMap(({ round, parts }, source) => {
    const steps = new Map([...parts].map(([name, key]) => [name, known.step(key)!]));
    const [first] = steps.values();
    if (!first?.trial) return [];
    const cells: Cells = lists.get(source) ?? new Map();
    const trial: GatheredTrial = {
      key: first.trial.key,
      values: first.trial.values,
      source,
      ...(hasRounds ? { round: placeOf(round) } : {}),
      cells: cells.get("cells") ?? [],
    };
    return [{ round, trial, parts: steps, cells }];
  });
}

/** With the options that it was run with, and what came with them. */
function runOf(
  trial: GatheredTrial,
  parts: ReadonlyMap<string, Step>,
  cells: Cells,
  scored: string,
  { resolved }: Known,
): { readonly run: GatheredRun; readonly parameters: readonly string[] } {
  let values: JsonObject = {};
  let parameters: readonly string[] = [];
  const options: [string, JsonObject][] = [];
  const means: NonNullable<GatheredRun["means"]>[number][] = [];
  for (const [name, cell] of parts) {
    const found = resolved(cell.key) ?? asWritten(cell);
    values = { ...values, ...found.values };
    parameters = [...found.parameters, ...parameters];
    options.push([name, withoutInputs(cell.kind, found.options)]);
    const list = name === scored ? "cells" : meansOf(name);
    const gathered = cells.get(list);
    if (cell.kind.meanOption && gathered)
      means.push({ part: name, metric: cell.kind.meanOption.metric, list, cells: gathered });
  }
  return {
    run: {
      ...trial,
      values: { ...values, ...trial.values },
      options: Object.fromEntries(options),
      ...(means.length > 0 ? { means } : {}),
    },
    parameters,
  };
}
