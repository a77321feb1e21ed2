/** What judges a stage, as check time knows it: of what it reads, which examples are whose. */
import type { Judging } from "../pipeline/gathering.js";
import { drawsRandomNumbers, type Kind, type Kinds } from "../pipeline/kind.js";
import { type Edge, isElementPart, type Stage } from "../pipeline/pipeline.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { Axis } from "../pipeline/scope.js";

/** @param axes  those of the stage's that are asked about */
export function judgingOf(stage: Stage, axes: readonly Axis[], kinds: Kinds): Judging {
  const port = Object.values(stage.outputs)[0];
  const judges = edgeTo(stage, port?.judgedBy?.rows?.id);
  const teaches = teachingEdge(stage);
  const counts = [judges, teaches].map((edge) => countOf(edge?.info));
  const described = axes.map((axis) => ({
    of: axis.of,
    count: axis.keys.length,
    redrawn: judges ? isRedrawn(judges, axis, kinds) : axis.of === "folds",
    ...(axis.repeats === undefined ? {} : { repeats: axis.repeats }),
  }));
  const folds = axes.findLast((axis, at) => axis.of === "folds" && described[at]!.redrawn);
  const [test, train] = counts;
  // Every example of k folds judges once, and teaches the other k − 1 times; in each repetition again.
  const parts = folds ? folds.keys.length / (folds.repeats ?? 1) : 0;
  const assumed = parts > 1 ? 1 / (parts - 1) : null;
  return { axes: described, ratio: test && train ? test / train : assumed };
}

const edgeTo = ({ inputs }: Stage, rows: string | undefined): Edge | undefined =>
  rows === undefined ? undefined : inputs.find(({ info }) => info.rows?.id === rows);

/** The data that a stage's model learned from, of a model that it trains or reads. */
function teachingEdge(stage: Stage): Edge | undefined {
  const trained = Object.values(stage.outputs)
    .flatMap(({ learned = [] }) => learned)
    .find(({ how }) => how === "trained");
  const own = edgeTo(stage, trained?.rows.id);
  if (own) return own;
  const model = stage.inputs.find(({ info }) => info.type === "model");
  return model && teachingEdge(model.source);
}

/** Each counted once: copies of an example are no others. */
function countOf(port: PortInfo | undefined): number | null {
  const repeats = port?.rows?.repeats;
  if (port?.count == null || repeats === null) return null;
  return port.count - (repeats ?? 0);
}

/** Whether other elements of an axis read other examples through it. */
function isRedrawn(edge: Edge, axis: Axis, kinds: Kinds): boolean {
  const { source, output, at, info } = edge;
  // All elements read the one that is named.
  if (at.has(axis.stage)) return false;
  if (isElementPart(source, output) && source.offers!.stage === axis.stage) return true;
  if (!source.scope.some(({ stage }) => stage === axis.stage)) return false;
  const rows = info.rows?.id;
  const read = source.inputs.filter((input) => input.info.rows !== undefined);
  // What is done to features or their order leaves the examples what they are.
  const same = read.find((input) => input.info.rows!.id === rows);
  if (same) return isRedrawn(same, axis, kinds);
  const draws = axis.of !== "choices" && drawsRandomNumbers(kinds[source.kind] as Kind<unknown>, source.options);
  const isFixed = axis.of === "seeds" && source.hasOwnSeed;
  return (draws && !isFixed) || read.some((input) => isRedrawn(input, axis, kinds));
}
