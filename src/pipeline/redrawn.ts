/**
 * Which examples are others at other elements of a fan-out: the parts that are cut out anew for each fold, or drawn
 * anew with each seed. Who gathers models over such elements has models that learned from any of them; who reads one
 * element by its name has that one's.
 */
import { type Edge, isElementPart, type Stage } from "./pipeline.js";
import { withKeys } from "./rows-id.js";
import { type Axis, type Element, nothing } from "./scope.js";

/**
 * Ids (`RowsInfo.id`, and orders) of what a stage, and those that it reads, cut out anew along the axes.
 *
 * @param at  keys at which it is read
 */
export const redrawnAlong = (stage: Stage, axes: readonly Axis[], at: Element): ReadonlySet<string> =>
  new Set(redrawnBehind(stage, axes, at).keys());

/** Of each such id whether it is the very part that one of the axes offers: a fold's `train`. */
export function redrawnBehind(
  stage: Stage,
  axes: readonly Axis[],
  keys: Element = nothing,
): ReadonlyMap<string, boolean> {
  const ids = new Map<string, boolean>();
  const seen = new Map<Stage, Set<string>>();
  /** @param at  keys that names on the way have given */
  const visit = (read: Stage, over: readonly Axis[], at: Element): void => {
    const way = [...over.map((axis) => axis.stage), "", ...[...at].flat()].join("/");
    const ways = seen.get(read) ?? new Set();
    if (over.length === 0 || ways.has(way)) return;
    seen.set(read, ways.add(way));
    const known = new Set(read.inputs.flatMap(idsOf));
    for (const [output, { rows }] of Object.entries(read.outputs))
      for (const id of [rows?.id, rows?.order]) {
        if (id === undefined || known.has(id) || !over.some((axis) => redraws(read, output, axis))) continue;
        const isPart = over.some((axis) => isPartOf(read, output, axis.stage));
        ids.set(keyed(id, read, output, at), isPart);
      }
    // Trials of a search read alike: what judges the first stands for what judges all.
    for (const part of read.search?.trials[0]?.stages.values() ?? []) visit(part, over, at);
    for (const edge of read.inputs)
      if (edge.at.size === 0) visit(edge.source, over, at);
      else
        visit(
          edge.source,
          over.filter((axis) => !edge.at.has(axis.stage)),
          new Map([...at, ...edge.at]),
        );
  };
  visit(stage, axes, keys);
  return ids;
}

/** As who reads it by these keys knows it. */
function keyed(id: string, stage: Stage, output: string, at: Element): string {
  if (at.size === 0) return id;
  const own = stage.offers && isPartOf(stage, output, stage.offers.stage) ? at.get(stage.offers.stage) : undefined;
  const around = stage.scope.flatMap((axis) => {
    const key = at.get(axis.stage);
    return key !== undefined && redraws(stage, output, axis) ? [[axis.stage, key] as const] : [];
  });
  return withKeys(id, { own, around: new Map(around) });
}

const idsOf = ({ info }: Edge): readonly string[] => [info.rows?.id, info.rows?.order].filter((id) => id !== undefined);

const isPartOf = (stage: Stage, output: string, axis: string): boolean =>
  isElementPart(stage, output) && stage.offers!.stage === axis;

function redraws(stage: Stage, output: string, axis: Axis): boolean {
  if (isPartOf(stage, output, axis.stage)) return true;
  if (!stage.scope.some((own) => own.stage === axis.stage)) return false;
  // Under another seed only what draws with it is another choice.
  return axis.of !== "seeds" || (stage.draws && !stage.hasOwnSeed);
}
