/** What a trial of a search scores: the objective of each of its cells, and their mean. */
import type { GatheredTrial, Gathering } from "../pipeline/gathering.js";
import { aggregateMetrics } from "../util/aggregate.js";
import type { JsonObject } from "../util/json.js";
import { levelsOf } from "../util/levels.js";
import type { ScoreSpread } from "../util/statistics.js";
import { repeatsOf } from "../values/axes.js";
import { metricsOf, type Output } from "../values/output.js";
import type { TrialData } from "../values/search.js";
import type { Places } from "./search-curves.js";

export interface Scored {
  /** Null where a cell has none. */
  readonly score: ScoreSpread | null;
  readonly cells: TrialData["cells"];
  /** What the cells left, undefined of one of which an earlier stage failed. */
  readonly outputs: readonly (Output | undefined)[];
}

/** @param places  what all cells left */
export function scored(
  trial: GatheredTrial,
  { objective, judging }: Pick<Gathering, "objective" | "judging">,
  places: ReadonlyMap<string, Places>,
): Scored {
  const outputs = trial.cells.map((element) => places.get("cells")?.get(`${trial.source} ${element}`));
  const cells = trial.cells.map((element, at) => ({
    element,
    ...cellOf(outputs[at] ?? failureBefore(`${trial.source} ${element}`, places), objective.path, () =>
      failureWithin(trial, element, places),
    ),
  }));
  const isOk = cells.every(({ score }) => score !== null);
  return { score: isOk ? scoreOf(cells, judging) : null, cells, outputs };
}

/**
 * The level of a search's cells over which scores are: null where they are all alike. An axis of one element is no
 * level: nothing is averaged over it.
 */
export function levelOf({ axes }: Gathering["judging"]): number | null {
  if (axes.length < 2 || !axes.some(({ of }) => of === "seeds")) return null;
  return Math.max(
    0,
    axes.findIndex(({ count }) => count > 1),
  );
}

/** Over the cells; of seeds and folds over those of a level, each a mean over those within. */
export function metricsOver(
  cells: readonly { readonly element: string | null; readonly metrics: JsonObject }[],
  judging: Gathering["judging"],
): JsonObject {
  const { axes } = judging;
  const level = levelOf(judging);
  if (level === null)
    return aggregateMetrics(
      cells.map(({ metrics }) => metrics),
      repeatsOf(axes),
    );
  const elements = cells.map(({ element, metrics }) => ({ keys: element!.split("/"), metrics }));
  return levelsOf(elements, axes)[level]![0]!.metrics;
}
/** The same of scores, none of which is missing. */
const scoreOf = (cells: TrialData["cells"], judging: Gathering["judging"]): ScoreSpread =>
  // Numbers of which none is missing have a mean.
  metricsOver(
    cells.map(({ element, score }) => ({ element, metrics: { score } })),
    judging,
  ).score as ScoreSpread;

/** Of an earlier stage of the trial, as far as such are gathered: why the scored one left nothing. */
const failureBefore = (cell: string, places: ReadonlyMap<string, Places>): Output<"failure"> | undefined =>
  [...places.values()].map((list) => list.get(cell)).find(isFailure);
/**
 * The same where the scored stage gathers what an earlier one runs over: the first of the elements within a cell.
 * What runs over the cells themselves is looked up above.
 */
function failureWithin(
  { source, cells }: GatheredTrial,
  cell: string | null,
  places: ReadonlyMap<string, Places>,
): Output<"failure"> | undefined {
  const own = new Set(cells.map((element) => `${source} ${element}`));
  const start = cell === null ? `${source} ` : `${source} ${cell}/`;
  for (const list of places.values())
    for (const [key, output] of list) if (key.startsWith(start) && !own.has(key) && isFailure(output)) return output;
  return undefined;
}
const isFailure = (output: Output | undefined): output is Output<"failure"> => output?.type === "failure";

function cellOf(
  output: Output | undefined,
  path: readonly string[],
  within: () => Output<"failure"> | undefined,
): { readonly score: number | null; readonly error: string | null } {
  if (!output) {
    const data = within()?.data;
    return { score: null, error: `an earlier stage of it failed${data ? `: ${data.title}\n${data.message}` : ""}` };
  }
  if (output.type === "failure") {
    const { title, message } = output.data;
    return { score: null, error: `${title}\n${message}` };
  }
  const value = path.reduce<unknown>((found, part) => (found as JsonObject | undefined)?.[part], metricsOf(output));
  if (typeof value === "number" && Number.isFinite(value)) return { score: value, error: null };
  if (value === null) return { score: null, error: `${path.join(".")} is undefined` };
  return { score: null, error: `${path.join(".")} is ${typeof value === "number" ? String(value) : "missing"}` };
}
