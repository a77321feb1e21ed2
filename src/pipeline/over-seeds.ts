/** What of a stage that runs over seeds differs from seed to seed, and what is the same for every one of them. */
import type { Mistake } from "../diagnostic/diagnostic.js";
import { plural } from "../util/words.js";
import type { Stage } from "./pipeline.js";
import type { Axis } from "./scope.js";

const seedAxes = (scope: readonly Axis[]): readonly Axis[] => scope.filter(({ of }) => of === "seeds");

/** What a stage reads, and whose settings it uses; with the axes along which no name picks one element. */
const waysFrom = ({ inputs, use }: Stage, axes: readonly Axis[]) => [
  ...inputs.map(({ source, at }) => ({ read: source, left: axes.filter((axis) => !at.has(axis.stage)) })),
  ...(use ? [{ read: use.source, left: axes }] : []),
];
/** What of that may differ along an axis. */
const readAlong = (stage: Stage, axis: Axis): readonly Stage[] =>
  waysFrom(stage, [axis]).flatMap(({ read, left }) => (left.length > 0 ? [read] : []));
const partsOf = ({ search }: Stage): readonly Stage[] =>
  (search?.trials ?? []).flatMap(({ stages }) => [...stages.values()]);

/**
 * Whether a stage leaves something else for every seed of an axis: it draws with that seed, or reads what does. Which
 * trials a search has is decided once, when the file is read.
 */
function variesWith(stage: Stage, axis: Axis): boolean {
  const known = variations.get(stage) ?? new Map<string, boolean>();
  variations.set(stage, known);
  const found = known.get(axis.stage);
  if (found !== undefined) return found;
  const own = seedAxes(stage.scope);
  const draws = stage.draws && !stage.search && !stage.hasOwnSeed && own.at(-1)?.stage === axis.stage;
  const varies =
    own.some((each) => each.stage === axis.stage) &&
    (draws || [...readAlong(stage, axis), ...partsOf(stage)].some((read) => variesWith(read, axis)));
  known.set(axis.stage, varies);
  return varies;
}
const variations = new WeakMap<Stage, Map<string, boolean>>();

/** Told of a stage under seeds that do not change it, or not all that one would think. */
export function reportSameForEverySeed(stage: Stage, report: (mistake: Mistake) => void): void {
  const { name } = stage;
  const axes = seedAxes(stage.scope);
  const isFixed = stage.draws && stage.hasOwnSeed && !stage.search;
  const common = { title: "the same for every seed", severity: "warning", name: "same_for_every_seed" } as const;
  const unmoved = axes.filter((axis) => !variesWith(stage, axis));
  for (const axis of unmoved) {
    // Where what it reads stands still under the same seeds, that has been told.
    const isEcho = readAlong(stage, axis).some(({ scope }) => scope.some((other) => other.stage === axis.stage));
    if (isEcho) continue;
    const over = `\`${axis.stage}\``;
    const same = `so the ${plural(axis.keys.length, "element")} are one computation, and their mean has no spread`;
    const innermost = axes.at(-1)!.stage;
    const draws = stage.draws && innermost !== axis.stage ? `takes its seed from \`${innermost}\`` : "draws nothing";
    const named = stage.inputs.find(({ at }) => at.has(axis.stage));
    const [reads, remedy] = named
      ? [`reads \`${named.name}\` alone`, `name \`${named.stage}\` without a key`]
      : [`reads nothing that runs over ${over}`, `let what it reads run over ${over}, too`];
    report(
      isFixed
        ? {
            ...common,
            message:
              `\`${name}\` runs over ${over} with a \`seed\` of its own, ${same}. ` +
              `Leave out \`seed\`, or ${over} in \`each\`.`,
            at: ["seed"],
          }
        : {
            ...common,
            message:
              `\`${name}\` ${draws} and ${reads}${named ? ` of what runs over ${over}` : ""}, ${same}. ` +
              `Leave ${over} out of \`each\`, or ${remedy}.`,
            at: ["each"],
          },
    );
  }
  if (isFixed && axes.length > 0 && unmoved.length === 0)
    report({
      ...common,
      message:
        `\`${name}\` has a \`seed\` of its own, so what it draws is the same for every seed of ` +
        `\`${axes.at(-1)!.stage}\`, and only what it reads differs. Leave out \`seed\` to let both differ.`,
      at: ["seed"],
    });
}

/**
 * Stages behind one that runs over seeds which draw random numbers and are the same for every seed, in the order in
 * which they run; of a search its name stands for its trials. [] of one that runs over none.
 */
export function fixedBehind(stage: Stage): readonly Stage[] {
  const axes = seedAxes(stage.scope);
  if (axes.length === 0) return [];
  const seen = new Map<Stage, Set<string>>();
  const drawn = new Map<Stage, { isFixed: boolean }>();
  const visit = (reader: Stage, over: readonly Axis[]): void => {
    const parts = new Set(partsOf(reader));
    for (const { read, left } of [reader, ...parts].flatMap((from) => waysFrom(from, over))) {
      const way = left.map((axis) => axis.stage).join();
      const ways = seen.get(read) ?? new Set();
      if (ways.has(way) || parts.has(read)) continue;
      seen.set(read, ways.add(way));
      visit(read, left);
      const draws = read.search ? partsOf(read).some((part) => part.draws) : read.draws;
      // What is read at one seed by its name, and at all others as well, does vary.
      const isFixed = !left.some((axis) => variesWith(read, axis)) && drawn.get(read)?.isFixed !== false;
      if (draws) drawn.set(read, { isFixed });
    }
  };
  visit(stage, axes);
  return [...drawn].flatMap(([read, { isFixed }]) => (isFixed ? [read] : []));
}
