/**
 * Which examples are others at other elements of a fan-out: the parts that are cut out anew for each fold, or drawn
 * anew with each seed. Who gathers models over such elements has models that learned from any of them.
 */
import { type Edge, isElementPart, type Stage } from "./pipeline.js";
import type { Axis } from "./scope.js";

/** Ids (`RowsInfo.id`) of what a stage, and those that it reads, cut out anew along the axes. */
export function redrawnAlong(stage: Stage, axes: readonly Axis[]): ReadonlySet<string> {
  const ids = new Set<string>();
  const seen = new Set<Stage>();
  const visit = (read: Stage): void => {
    if (seen.has(read)) return;
    seen.add(read);
    const known = new Set(read.inputs.flatMap(idOf));
    for (const [output, { rows }] of Object.entries(read.outputs))
      if (rows && !known.has(rows.id) && axes.some((axis) => redraws(read, output, axis))) ids.add(rows.id);
    for (const { source } of read.inputs) visit(source);
  };
  visit(stage);
  return ids;
}

const idOf = ({ source, output }: Edge): readonly string[] => {
  const id = source.outputs[output]?.rows?.id;
  return id === undefined ? [] : [id];
};

function redraws(stage: Stage, output: string, axis: Axis): boolean {
  if (isElementPart(stage, output) && stage.offers!.stage === axis.stage) return true;
  if (!stage.scope.some((own) => own.stage === axis.stage)) return false;
  // Under another seed only what draws with it is another choice.
  return axis.of !== "seeds" || (stage.draws && !stage.hasOwnSeed);
}
