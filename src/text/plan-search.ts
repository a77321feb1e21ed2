/**
 * What a search would cost, in few lines: configurations and trainings, epochs, what constraints reject, what is
 * reused.
 */

import type { PlannedCell, PlannedSearch, PlannedStep, SearchEpochs } from "../run/event.js";
import { grouped } from "../util/numbers.js";
import { plural } from "../util/words.js";
import { countText } from "../values/axes.js";
import { mostListed } from "../values/search.js";
import { stepLabel } from "./search-index.js";
import { configurationsOf } from "./search-rounds.js";

/**
 * @param searches  of one stage; several where it runs under `each`
 * @param steps     their cells and the steps that collate them
 * @returns         at least one line
 */
export function planSearch(searches: readonly PlannedSearch[], steps: readonly PlannedStep[]): readonly string[] {
  const first = searches[0]!;
  const cells = verdictsOf(steps);
  const lines = [`${sizeText(searches)}: ${verdictText(cells, emptyIn(searches), steps)}`];
  lines.push(...roundsText(first));
  if (first.target) lines.push(`ends as soon as a round has a trial with ${first.target.metric} ${first.target.bound}`);
  const epochs = epochsText(searches);
  if (epochs !== null) lines.push(epochs);
  const drawn = drawnText(first);
  if (drawn !== null) lines.push(drawn);
  const reason = reasonLine(steps, cells);
  if (reason) lines.push(reason);
  if (first.outer === "fold") lines.push(costText(searches));
  return lines;
}

/**
 * Which configurations are tried, and what each rule rejected: of a space that can be listed over all of it, of a
 * larger one over those that were drawn until enough were left. Null where all of a grid are.
 */
function drawnText(search: PlannedSearch): string | null {
  const { strategy, total, trials } = search;
  const rejected = search.rejected.reduce((sum, { count }) => sum + count, 0);
  const rules = search.rejected.filter(({ count }) => count > 0).map(({ rule, count }) => `${rule}: ${grouped(count)}`);
  const lost = `${grouped(rejected)} rejected (${rules.join(", ")})`;
  const space = total === null ? "" : plural(total, "configuration", grouped(total));
  const from = total === null ? "" : ` from ${space}`;
  if (rejected === 0)
    return strategy === "random" && trials.length > 0 ? `drawn at random${from}${once(search)}` : null;
  if (strategy === "grid") return `grid of ${grouped(total ?? 0)}: ${lost}, ${grouped(trials.length)} left`;
  if (total !== null && total <= mostListed) {
    const left = grouped(total - rejected);
    return `${space}: ${lost}${strategy === "tpe" ? "" : `, ${trials.length} drawn of ${left} left`}${once(search)}`;
  }
  if (strategy === "tpe") return `of those drawn ${lost}`;
  return `${grouped(rejected + trials.length)} drawn at random${from}: ${lost}, ${trials.length} left${once(search)}`;
}
/** Configurations are the same for all seeds that a search runs over. */
const once = ({ strategy, outer, over }: PlannedSearch): string =>
  strategy === "random" && (outer === "seed" || over.some(({ of }) => of === "seeds")) ? ", once for all seeds" : "";

/**
 * `36 configurations × 10 folds = 360 fold trainings`, `4 configurations × 3 seeds × 5 folds = 60 trainings`.
 * Where what is scored reads several trainings, `3 configurations = 3 cells of 9 trainings`.
 */
function sizeText(searches: readonly PlannedSearch[]): string {
  const { folds, over, rounds } = searches[0]!;
  const counts = searches.map(configurationsOf);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most === 0) return "configurations are not known yet";
  const configurations = `${least === most ? "" : `${least} to `}${plural(most, "configuration")}`;
  const count = searches.reduce((sum, search) => sum + placesIn(search) * search.folds.length, 0);
  const fans = isFanned(folds);
  const outer = outerText(searches);
  const rungs = rungsOf(rounds);
  const halved = rungs > 1 ? ` in ${rungs} rungs` : "";
  const inner = over.map((axis) => ` × ${countText(axis)}`).join("");
  const trainings = trainingsIn(searches);
  if (trainings !== null && trainings > count)
    return `${configurations}${inner}${halved}${outer} = ${plural(count, "cell")} of ${plural(trainings, "training")}`;
  if (!fans && outer === "") return `${configurations}${halved}, ${plural(count, "training")}`;
  const areFolds = fans && over.every(({ of }) => of === "folds");
  return `${configurations}${inner}${halved}${outer} = ${plural(count, areFolds ? "fold training" : "training")}`;
}
/** Null where nothing trains, or it is not known yet what does. */
function trainingsIn(searches: readonly PlannedSearch[]): number | null {
  const all = searches.flatMap(({ epochs }) => epochs ?? []);
  return all.length < searches.length ? null : all.reduce((sum, { trainings }) => sum + trainings, 0);
}
const rungsOf = (rounds: PlannedSearch["rounds"]): number => Math.max(...rounds.map(({ rung }) => rung));
const placesIn = ({ rounds }: PlannedSearch): number => rounds.reduce((sum, { places }) => sum + places.length, 0);

/** How many trials each rung has, and each generation; nothing of a search of one round. */
function roundsText({ rounds }: PlannedSearch): readonly string[] {
  const first = rounds.filter(({ rung }) => rung === 1);
  const sizes = first.map(({ places }) => places.length);
  const most = Math.max(...sizes);
  const size = sizes.every((each) => each === most) ? String(most) : `at most ${most}`;
  const generations = `${first.length} generations of ${size}, each chosen from the scores before`;
  const rungs = rounds
    .filter(({ generation }) => generation === 1)
    .map(({ places, epochs }, at) => `${places.length} for ${at === 0 ? plural(epochs ?? 0, "epoch") : epochs}`)
    .join(", ");
  return [
    ...(first.length > 1 ? [generations] : []),
    ...(rungsOf(rounds) > 1 ? [`rungs${first.length > 1 ? " of each" : ""}: ${rungs}`] : []),
  ];
}
function outerText(searches: readonly PlannedSearch[]): string {
  const { outer } = searches[0]!;
  if (outer === null) return "";
  return outer === "fold"
    ? ` in each of ${plural(searches.length, "outer fold")}`
    : ` for each of ${plural(searches.length, outer)}`;
}

/** `at most 2,400 epochs, at least 1,200 (early stopping); 600 reused`; null where nothing is trained. */
function epochsText(searches: readonly PlannedSearch[]): string | null {
  if (searches.every(({ epochs }) => epochs === undefined)) return null;
  if (searches.some(({ epochs }) => epochs === null)) return "how many epochs it takes is not known yet";
  const all = searches.flatMap(({ epochs }) => epochs ?? []);
  const sum = (of: (epochs: SearchEpochs) => number): number => all.reduce((total, each) => total + of(each), 0);
  const [most, least, reused] = [sum((each) => each.most), sum((each) => each.least), sum((each) => each.reused)];
  const ways = [...new Set(all.flatMap(({ by }) => by))].join(" or ");
  const count = plural(most, "epoch", grouped(most));
  const range = least === most ? count : `at most ${count}, at least ${grouped(least)} (${ways})`;
  return `${range}${reused > 0 ? `; ${grouped(reused)} reused` : ""}`;
}

const isFanned = (folds: readonly (string | null)[]): boolean => folds.some((fold) => fold !== null);

interface Cells {
  readonly reuse: number;
  readonly run: number;
  readonly wait: number;
}

/**
 * A cell of several stages runs when one of them does, and is reused when all are. A stage that runs over other elements
 * than the one that is scored, such as the members of an ensemble over seeds, is a part of all cells of its trial.
 */
const urgency: Readonly<Record<PlannedStep["verdict"], number>> = { reuse: 0, wait: 1, run: 2 };

function verdictsOf(steps: readonly PlannedStep[]): Cells {
  const trials = new Map<string, Map<string | null, PlannedStep["verdict"]>>();
  const cellsOf = ({ element, key }: PlannedCell): Map<string | null, PlannedStep["verdict"]> => {
    const name = `${element ?? ""}\u0000${key}`;
    const known = trials.get(name) ?? new Map();
    trials.set(name, known);
    return known;
  };
  for (const { trial, verdict } of steps) if (trial?.scores) cellsOf(trial).set(trial.fold, verdict);
  for (const { trial, verdict } of steps) {
    if (!trial || trial.scores) continue;
    const cells = cellsOf(trial);
    for (const fold of cells.has(trial.fold) ? [trial.fold] : [...cells.keys()])
      if (urgency[verdict] > urgency[cells.get(fold)!]) cells.set(fold, verdict);
  }
  const count = (wanted: PlannedStep["verdict"]): number =>
    [...trials.values()].flatMap((cells) => [...cells.values()]).filter((verdict) => verdict === wanted).length;
  return { reuse: count("reuse"), run: count("run"), wait: count("wait") };
}

/** Cells of places for which there was no trial: nothing is to do for them, and nothing was done. */
const emptyIn = (searches: readonly PlannedSearch[]): number =>
  searches.reduce((sum, { rounds, folds }) => {
    const empty = rounds.map(({ places, chosen }) => (chosen ? places.length - chosen.length : 0));
    return sum + folds.length * empty.reduce((all, each) => all + each, 0);
  }, 0);

function verdictText({ reuse, run, wait }: Cells, empty: number, steps: readonly PlannedStep[]): string {
  if (wait > 0 && reuse + run === 0) return `all wait, ${steps.find(({ trial }) => trial)!.reason}`;
  if (reuse + run + wait === 0) return steps[0]?.reason ?? "";
  const more = [...(wait > 0 ? [`${wait} to be judged later`] : []), ...(empty > 0 ? [`${empty} not needed`] : [])];
  return [`${reuse - empty} reused`, `${run} to run`, ...more].join(", ");
}

/**
 * Why the first runs, where some are reused or there is more to say than that it has never run; where no training
 * does, what chooses anew who does.
 */
function reasonLine(steps: readonly PlannedStep[], { reuse, run }: Cells): string | null {
  const running = steps.find(({ trial, verdict }) => trial && verdict === "run");
  const choosing = running ? undefined : steps.find(({ chooses, verdict }) => chooses && verdict === "run");
  if (choosing) return `${stepLabel(choosing)} runs: ${choosing.reason}`;
  if (!running || (reuse === 0 && running.reason === "never run")) return null;
  return `the first of ${run} to run is ${stepLabel(running)}: ${running.reason}`;
}

/**
 * Trainings of three ways to choose, side by side; the last training of each is with the winner's settings.
 *
 *   nested = Σ over outer folds (inner × trials + 1),  flat = inner × trials + 1,  hold-out = trials + 1
 */
function costText(searches: readonly PlannedSearch[]): string {
  const { folds } = searches[0]!;
  const trials = placesIn(searches[0]!);
  const nested = searches.reduce((sum, search) => sum + search.folds.length * placesIn(search) + 1, 0);
  const flat = folds.length * trials + 1;
  const others = `a flat one would take ${flat}, a hold-out ${trials + 1}`;
  return `nested cross-validation: ${plural(nested, "training")}; ${others}`;
}
