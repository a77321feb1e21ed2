/**
 * What fan-out means. A stage's scope is the list of axes that it runs over, outermost first; each axis is a stage that
 * offers elements (folds, seeds, trials, winners). An element picks one key of each axis.
 *
 * A stage reads another at its own element, as far as the other runs over the same axes: `[outer, inner]` reads what
 * runs over `[outer]`, or over nothing. What runs over more can only be gathered.
 */
import type { AxisOf } from "../values/axes.js";

export interface Axis {
  /** The stage that offers the elements. */
  readonly stage: string;
  readonly keys: readonly string[];
  readonly of: AxisOf;
  /** Of folds: how often the same data were folded anew, where that is more than once. */
  readonly repeats?: number;
}
/** One key per axis, by the axis's stage. */
export type Element = ReadonlyMap<string, string>;

/** Of what runs over nothing, or of a name that gives no keys. */
export const nothing: Element = new Map();

/**
 * Every element of a scope, the last axis fastest; one empty element of an empty scope. `start` picks keys beforehand.
 */
export function elementsOf(scope: readonly Axis[], start: Element = nothing): readonly Element[] {
  return scope.reduce<readonly Element[]>(
    (elements, axis) =>
      start.has(axis.stage)
        ? elements
        : elements.flatMap((element) => axis.keys.map((key) => new Map([...element, [axis.stage, key]]))),
    [start],
  );
}

/** The element's keys along a scope, joined by "/"; null for an empty scope. */
export function elementName(scope: readonly Axis[], element: Element): string | null {
  return scope.length === 0 ? null : scope.map((axis) => element.get(axis.stage)!).join("/");
}

/** Keys that name random streams. */
export const foldKeys = (scope: readonly Axis[], element: Element): readonly string[] =>
  scope.filter((axis) => axis.of === "folds").map((axis) => element.get(axis.stage)!);

/** The seed of an element that runs over seeds, the innermost where there are several; else undefined. */
export function seedAt(scope: readonly Axis[], element: Element): number | undefined {
  const axis = scope.findLast(({ of }) => of === "seeds");
  return axis && Number(element.get(axis.stage));
}

/** What names an element to who reads it in that element: a seed is nothing that `--set seed=…` would name. */
export const withoutSeeds = (scope: readonly Axis[]): readonly Axis[] => scope.filter(({ of }) => of !== "seeds");

/** Axes of the second list that are not in the first. */
export const missingFrom = (scope: readonly Axis[], wanted: readonly Axis[]): readonly Axis[] =>
  wanted.filter((axis) => !scope.some((own) => own.stage === axis.stage));

/** Both, without doubles. */
export const joined = (scope: readonly Axis[], more: readonly Axis[]): readonly Axis[] => [
  ...scope,
  ...missingFrom(scope, more),
];

/** Keys 1 … count. Stages share their texts, because many may have many. */
export function ordinals(count: number): readonly string[] {
  while (known.length < count) known.push(String(known.length + 1));
  return known.slice(0, count);
}
const known: string[] = [];
