/**
 * Evaluations → models: which of them are of one model (over folds or seeds, on several sets), how it did on each set,
 * and which differences between models a test supports.
 *
 * A model of a row is the one or the several (one per fold or seed) that the same settings gave; sets are known by
 * their examples, and models are compared on a set that all were judged by. What is tested of seeds and folds is told
 * in `search-ties.ts`; the tests here are the same ones.
 */

import { type Mistake, MistakeError } from "../diagnostic/diagnostic.js";
import { distinctLabels } from "../figure/points.js";
import { learnsClasses } from "../learn/losses.js";
import { type Behind, varies } from "../pipeline/gathering.js";
import { type Interval, tInterval } from "../statistics/intervals.js";
import { correctedResampledT, crossedT, holm } from "../statistics/tests.js";
import { canonical, type Json, type JsonObject } from "../util/json.js";
import { meanOf, ofRepeats, type ScoreSpread, spreadOf } from "../util/statistics.js";
import { type ClassificationMetrics, type RegressionMetrics, trainingsOf } from "../values/evaluation.js";
import type { Output } from "../values/output.js";
import { bootstrapsOf, difference, mcnemarOf, measuredOf } from "./paired.js";

type Evaluation = Output<"evaluation">;

/** One evaluation, and where it stands; `label` is that of its name. */
export interface Given {
  readonly label: string;
  readonly value: Evaluation;
  readonly behind: Behind;
}
type Cell = Pick<Behind, "fold" | "seed" | "ratio" | "repeats"> & {
  readonly value: Evaluation;
};
export interface ComparedModel {
  readonly label: string;
  readonly parameters: number;
  readonly epochs: ScoreSpread;
  readonly bestEpoch: ScoreSpread;
  /** Of the training: null where it had no validation examples. */
  readonly validation: { readonly accuracy: number | null; readonly loss: number } | null;
  /** How it was trained; what differs between its folds is "varies". */
  readonly trained: Pick<Behind, "settings" | "prepared">;
  /** By set. */
  readonly judged: ReadonlyMap<string, readonly Cell[]>;
}
/** A set of examples, or one for each fold or seed. */
export interface ComparedSet {
  readonly id: string;
  /** `test`, `validation`, as its examples are called. */
  readonly split: string;
  readonly examples: number;
  readonly splits: number;
}
export interface Comparison {
  readonly isClasses: boolean;
  readonly models: readonly ComparedModel[];
  readonly sets: readonly ComparedSet[];
  /** The set that the pairs were tested on. */
  readonly tested: ComparedSet;
  readonly pairs: readonly Pair[];
}
export type PairTest = "mcnemar" | "paired_bootstrap" | "corrected_t" | "crossed_t";
export interface Pair {
  readonly first: number;
  readonly second: number;
  readonly test: PairTest | null;
  /** Of the first without the second: accuracy, or mean squared error. */
  readonly difference: number;
  /** Of the difference, where the test has one. */
  readonly interval: Interval | null;
  /** McNemar: examples that only one of them has right. */
  readonly only?: readonly [first: number, second: number];
  readonly p: number | null;
  /** With Holm's correction for all pairs. */
  readonly corrected: number | null;
}

/** @throws MistakeError where they are not of two models that were judged by the same examples */
export function comparedModels(given: readonly Given[]): Comparison {
  const isClasses = given.some(({ value }) => learnsClasses(value.data.loss));
  if (isClasses && !given.every(({ value }) => learnsClasses(value.data.loss))) throw mistake(classesAgainstNumbers);
  const found = modelsOf(given);
  if (found.length < 2) throw mistake(oneModel(given.length));
  // Sets of one model may share a label; models that do get their number.
  const labels = distinctLabels(found.map(({ label }) => label));
  const models = found.map((model, index) => ({ ...model, label: labels[index]! }));
  const sets = setsOf(models);
  const common = sets.filter(({ id }) => models.every(({ judged }) => judged.has(id)));
  // What was said of test examples counts most.
  const tested = common.find(({ split }) => split.split("+").includes("test")) ?? common[0];
  if (!tested) throw mistake(otherSets);
  return { isClasses, models, sets, tested, pairs: pairsOf(models, tested.id, isClasses) };
}
const mistake = (what: Mistake): MistakeError => new MistakeError({ ...what, at: ["from"] });

export const classesAgainstNumbers: Mistake = {
  title: "classes against numbers",
  message:
    "`model_comparison` compares models of classes by their accuracy, or of numbers by their mean squared error, but " +
    "`from` gives both. Compare each kind in a figure of its own.",
};
export const otherSets: Mistake = {
  title: "evaluations of different sets",
  message:
    "`model_comparison` compares models on the same examples, but no set was given to all of them. " +
    "Let the `evaluate` stages of all models read the same `data`; raw data are normalised as each model's were.",
};
export const oneModel = (evaluations: number): Mistake => ({
  title: "one model alone",
  message:
    "`model_comparison` compares two models or more, but " +
    `${evaluations === 1 ? "`from` gives one evaluation" : "the evaluations in `from` are of one model"}. ` +
    "Let `from` name evaluations of several models on the same data.",
});

/** Evaluations of one name and choice are of one row; so are those of other names of the very same models. */
function modelsOf(given: readonly Given[]): readonly ComparedModel[] {
  const groups = new Map<string, Given[]>();
  for (const each of given) {
    const { source, choice } = each.behind;
    const key = JSON.stringify([source, choice]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const byModels = new Map<string, Given[][]>();
  for (const group of groups.values()) {
    const models = group.map(({ behind, value }) => `${behind.fold} ${behind.seed} ${value.data.model.digest}`);
    const key = models.toSorted().join();
    byModels.set(key, [...(byModels.get(key) ?? []), group]);
  }
  return [...byModels.values()].map(modelOf);
}

function modelOf(groups: readonly (readonly Given[])[]): ComparedModel {
  const [first] = groups as [readonly Given[]];
  const models = first.map(({ value }) => value.data.model);
  const trainings = models.flatMap(trainingsOf);
  // What validation says of members it does not say of what they say together.
  const validations = models.flatMap((model) => ("members" in model ? [] : (model.validation ?? [])));
  const accuracies = validations.flatMap(({ accuracy }) => accuracy ?? []);
  return {
    label: labelOf(first[0]!),
    parameters: models[0]!.parameters,
    epochs: spreadOf(trainings.map(({ epochs }) => epochs)),
    bestEpoch: spreadOf(trainings.map(({ bestEpoch }) => bestEpoch)),
    validation:
      validations.length < models.length
        ? null
        : {
            accuracy: accuracies.length < models.length ? null : meanOf(accuracies),
            loss: meanOf(validations.map(({ loss }) => loss)),
          },
    trained: trainedAs(first.map(({ behind }) => behind)),
    judged: new Map(
      groups.map((group) => {
        const cells = group.map(({ behind: { fold, seed, ratio, repeats }, value }): Cell => {
          return { fold, seed, ratio, value, ...(repeats === undefined ? {} : { repeats }) };
        });
        return [setOf(cells), cells];
      }),
    ),
  };
}
/** A name alone needs no choice behind it, and a choice alone no name. */
function labelOf({ label, behind: { choice } }: Given): string {
  if (choice === null) return label;
  return label === "" ? choice : `${label}, ${choice}`;
}
const setOf = (cells: readonly Cell[]): string =>
  [...new Set(cells.map(({ value }) => value.data.examples))].sort().join();

function trainedAs(list: readonly Behind[]): ComparedModel["trained"] {
  const [first] = list as [Behind];
  const names = Object.keys(first.settings);
  const isSame = (of: (behind: Behind) => Json | undefined): boolean =>
    new Set(list.map((each) => canonical(of(each) ?? null))).size === 1;
  const settings: JsonObject = Object.fromEntries(
    names.map((name) => [name, isSame((each) => each.settings[name]) ? first.settings[name]! : varies]),
  );
  return { settings, prepared: first.prepared };
}

function setsOf(models: readonly ComparedModel[]): readonly ComparedSet[] {
  const found = new Map<string, ComparedSet>();
  for (const { judged } of models)
    for (const [id, cells] of judged) {
      const bySplit = new Map(cells.map(({ value: { data } }) => [data.examples, data.metrics.count]));
      // In each repetition of the folds the same examples judge again.
      const repeats = cells[0]!.repeats ?? 1;
      const counted =
        repeats > 1 ? new Map(cells.map(({ fold, value: { data } }) => [fold, data.metrics.count])) : bySplit;
      const examples = [...counted.values()].reduce((sum, count) => sum + count, 0) / repeats;
      const split = cells[0]!.value.data.split;
      if (!found.has(id)) found.set(id, { id, split, examples, splits: bySplit.size });
    }
  return [...found.values()];
}

/** Accuracy, or the mean squared error over all targets. */
export const scoreOf = ({ data: { metrics } }: Evaluation): number =>
  "accuracy" in metrics ? (metrics as ClassificationMetrics).accuracy : (metrics as RegressionMetrics).mse;

/** Mean over the cells; with it what is known of chance. */
export interface Judged {
  readonly score: number;
  readonly interval: Interval | null;
  /** Over seeds with the same examples, where an interval would say less than it seems to. */
  readonly sd: number | null;
}
export function judgedOn(cells: readonly Cell[]): Judged {
  const [only] = cells as [Cell];
  if (cells.length === 1) return { score: scoreOf(only.value), interval: intervalOf(only.value), sd: null };
  const scores = [...scoresBySplit(cells).values()];
  if (scores.length > 1)
    return {
      score: meanOf(scores),
      interval: tInterval(ofRepeats(spreadOf(scores), only.repeats ?? 1)),
      sd: null,
    };
  const { mean, sd } = spreadOf(cells.map(({ value }) => scoreOf(value)));
  return { score: mean, interval: null, sd };
}
const intervalOf = ({ data: { intervals } }: Evaluation): Interval | null =>
  "accuracy" in intervals ? intervals.accuracy : intervals.mse;

/** By the examples that judge: the mean of the scores, over seeds say. */
function scoresBySplit(cells: readonly Cell[]): ReadonlyMap<string, number> {
  const scores = new Map<string, number[]>();
  for (const { value } of cells)
    scores.set(value.data.examples, [...(scores.get(value.data.examples) ?? []), scoreOf(value)]);
  return new Map([...scores].map(([examples, list]) => [examples, meanOf(list)]));
}

function pairsOf(models: readonly ComparedModel[], set: string, isClasses: boolean): readonly Pair[] {
  const cells = models.map(({ judged }) => judged.get(set)!);
  const measured = new Map<Evaluation, Float64Array>();
  const measure = (value: Evaluation): Float64Array => {
    const found = measured.get(value) ?? measuredOf(isClasses ? "right" : "squared", value);
    measured.set(value, found);
    return found;
  };
  const places = models.flatMap((_, first) => models.slice(first + 1).map((_, at) => [first, first + 1 + at] as const));
  const tested = places.map(([first, second]) => testOf(cells[first]!, cells[second]!, isClasses, measure));
  // Drawing the resamples takes the time, so all pairs that need some share them.
  const lists = tested.flatMap(({ differences }) => differences ?? []);
  const boots =
    lists.length > 0
      ? bootstrapsOf(
          lists,
          cells.flat().map(({ value }) => value),
        )
      : [];
  let drawn = 0;
  const found = tested.map(({ differences, ...test }) => {
    if (!differences) return test;
    const { p, interval } = boots[drawn++]!;
    return { ...test, p, interval };
  });
  const corrected = holm(found.map(({ p }) => p));
  return places.map(([first, second], at) => ({
    first,
    second,
    difference: judgedOn(cells[first]!).score - judgedOn(cells[second]!).score,
    ...found[at]!,
    corrected: corrected[at]!,
  }));
}

type Tested = Pick<Pair, "test" | "only" | "p" | "interval"> & { readonly differences?: Float64Array };
const untested: Tested = { test: null, p: null, interval: null };

function testOf(
  first: readonly Cell[],
  second: readonly Cell[],
  isClasses: boolean,
  measure: (value: Evaluation) => Float64Array,
): Tested {
  const [one, two] = [scoresBySplit(first), scoresBySplit(second)];
  if (one.size > 1) {
    // Of models that were taught by different numbers of examples the larger ratio: it errs to the side of no difference.
    const ratios = [...first, ...second].map((cell) => cell.ratio);
    const ratio = ratios.some((each) => each == null) ? null : Math.max(...ratios.map(Number));
    const differences = [...one].map(([examples, score]) => score - two.get(examples)!);
    const p = ratio === null ? null : (correctedResampledT(differences, ratio)?.p ?? null);
    return { test: "corrected_t", p, interval: null };
  }
  if (first.length === 1 && second.length === 1) {
    const lists = [measure(first[0]!.value), measure(second[0]!.value)] as const;
    if (!isClasses) return { test: "paired_bootstrap", p: null, interval: null, differences: difference(...lists) };
    const { onlyFirst, onlySecond, p } = mcnemarOf(...lists);
    return { test: "mcnemar", only: [onlyFirst, onlySecond], p, interval: null };
  }
  // Folds that one set judges depend on each other; other seeds are no pairs, and one model has no spread over them.
  const bySeed = new Map(second.map((cell) => [cell.seed, cell]));
  const both = first.flatMap((cell) => (bySeed.has(cell.seed) ? [[cell, bySeed.get(cell.seed)!] as const] : []));
  const isPaired = both.length > 1 && both.length === first.length && both.length === second.length;
  if (!isPaired || [...first, ...second].some(({ fold }) => fold !== null)) return untested;
  const test = crossedT(both.map(([a, b]) => difference(measure(a.value), measure(b.value))));
  return { test: "crossed_t", p: test?.p ?? null, interval: null };
}
