/**
 * Nested cross-validation: what each outer fold chose, how its choice did on the fold's own test part, and how steady
 * the choice was.
 */

import { MistakeError } from "../../diagnostic/diagnostic.js";
import { type Figure, figureOf } from "../../figure/figure.js";
import { type Column, type Row, tableSketch, tableView } from "../../figure/table.js";
import { metricText, valueText, withError } from "../../figure/trials.js";
import { learnsClasses } from "../../learn/losses.js";
import { outermostOf } from "../../util/levels.js";
import { numberText } from "../../util/numbers.js";
import type { Spread } from "../../util/statistics.js";
import { capital, plural } from "../../util/words.js";
import { type AxisOf, nounOf, overText } from "../../values/axes.js";
import type { EvaluationData } from "../../values/evaluation.js";
import type { SelectionData } from "../../values/selection.js";
import { declareFigure, type FigureSource } from "../figure-declaration.js";

export const outerFoldsFigure = declareFigure({
  name: "outer_folds",
  summary:
    "Winners and test error of a nested cross-validation. " + "Of a selection and an evaluation under each outer fold.",
  from: {
    accepts: ["selection", "evaluation"],
    order: ["selection", "evaluation"],
    many: true,
    source: "the `select` stage and then the `evaluate` stage that run under `each` outer fold",
  },
  together([selection, evaluation]) {
    const [outer, judged] = [axesOf(selection), axesOf(evaluation)];
    return outer && judged && outer.some((stage, level) => judged[level] !== stage)
      ? { ...otherFolds, at: ["from", 1] }
      : undefined;
  },
  draw({ options, items }) {
    return outerFolds(
      items.flatMap(({ element, value }) => (value.type === "selection" ? [{ element, value: value.data }] : [])),
      items.flatMap(({ element, value }) => (value.type === "evaluation" ? [{ element, value: value.data }] : [])),
      options.title,
      items[0]!.over,
    );
  },
  sample: ({ outerWinners, outerFits }) => ({ from: [outerWinners, outerFits] }),
});

/** Elements are named by what is gathered, else by all that the source runs over. */
const axesOf = (source: FigureSource | undefined): readonly string[] | undefined =>
  source?.scope &&
  (source.scope.gathered.length > 0 ? source.scope.gathered : source.scope.all).map(({ stage }) => stage);
const otherFolds = {
  title: "evaluations of other folds",
  message:
    "No evaluation belongs to an outer fold of the selections. " +
    "Let `from` name the `select` and the `evaluate` stage that run under the same `each`, in this order.",
};

/** What one outer fold left; `element` is null where there is only one. */
interface Kept<T> {
  readonly element: string | null;
  readonly value: T;
}

interface Line {
  readonly fold: string;
  readonly winner: SelectionData["winners"][number];
  readonly count: number | null;
  readonly test: number | null;
}

/**
 * An evaluation belongs to the selection whose element it carries on (`2` and `2/1`); what follows tells the winner, by
 * rank or key, else evaluations of a fold are taken in the order of its winners.
 *
 * @throws MistakeError when there are no selections, or no evaluation belongs to one
 */
export function outerFolds(
  selections: readonly Kept<SelectionData>[],
  evaluations: readonly Kept<EvaluationData>[],
  title?: string,
  over: readonly AxisOf[] = [],
): Figure {
  if (selections.length === 0 || evaluations.length === 0)
    throw new MistakeError({
      title: "nothing to list",
      message: "`from` gives no selections or no evaluations, so there are no outer folds to list.",
      at: ["from"],
    });
  const lines = selections.flatMap(({ element, value }) => linesOf(element, value, evaluations));
  if (lines.every(({ test }) => test === null)) throw new MistakeError({ ...otherFolds, at: ["from"] });
  const isClasses = learnsClasses(evaluations[0]!.value.loss);
  const measure = isClasses ? "accuracy" : "mse";
  const objective = selections[0]!.value;
  const inner = metricText(objective);
  const tests = lines.flatMap(({ test }) => (test === null ? [] : [test]));
  const isOverSeeds = over.includes("seeds");
  const isNested = isOverSeeds && over.length > 1;
  const all = outermostOf(
    lines.flatMap(({ fold, test }) =>
      test === null ? [] : [{ keys: isNested ? fold.split("/") : [""], metrics: { test } }],
    ),
  );
  // The means of numbers are one.
  const spread = all.metrics.test as Spread;
  const words = wordsOf(over);
  const columns: Column[] = [
    { title: words.column },
    { title: "Winner" },
    { title: `inner ${inner}, ± se`, align: "right" },
    { title: "test examples", align: "right" },
    { title: `test ${measure}`, align: "right" },
  ];
  const meanText = `${numberText(spread.mean, 4)}${spread.sd === null ? "" : ` ± ${numberText(spread.sd)}`}`;
  const rows: Row[] = [
    ...lines.map(({ fold, winner, count, test }) => ({
      cells: [
        fold,
        winnerText(winner),
        withError(winner.score),
        count === null ? "–" : String(count),
        numberText(test, 4),
      ],
    })),
    { cells: ["Mean ± sd", "", "", "", meanText], bold: true, rule: true },
  ];
  const chosen = new Map<string, number>();
  for (const { winner } of lines) chosen.set(winnerText(winner), (chosen.get(winnerText(winner)) ?? 0) + 1);
  const choices = [...chosen].toSorted((a, b) => b[1] - a[1]);
  const folds = selections.length;
  const often = choices.slice(0, 4).map(([text, count]) => `${text} in ${count} of ${folds} ${words.elements}`);
  const counts = over.map((of, at) => ({
    of,
    count: new Set(selections.map(({ element }) => element!.split("/")[at])).size,
  }));
  const testsText = isOverSeeds ? overText(counts) : plural(tests.length, "outer evaluation");
  const sdText = spread.sd === null ? "" : " (standard deviation)";
  const subtitle = [
    `test ${measure} over ${testsText}: mean ${meanText}${sdText}`,
    `chosen: ${often.join(", ")}${choices.length > 4 ? `, and ${choices.length - 4} others` : ""}`,
    ...(tests.length < lines.length
      ? [`without a test result: ${lines.length - tests.length} of ${lines.length}`]
      : []),
  ];
  const stability: Column[] = [
    { title: "winner" },
    { title: "chosen", align: "right" },
    { title: `of ${words.elements}`, align: "right" },
  ];
  return figureOf("outer_folds", title ?? words.title, subtitle, tableView(columns, rows), [
    tableSketch(columns, rows),
    tableSketch(
      stability,
      choices.map(([text, count]) => ({ cells: [text, String(count), String(folds)] })),
      "stability of the choice",
    ),
  ]);
}

function wordsOf(over: readonly AxisOf[]): { readonly [K in "column" | "elements" | "title"]: string } {
  if (!over.includes("seeds")) return { column: "Outer fold", elements: "folds", title: "Nested cross-validation" };
  if (over.length === 1) return { column: "Seed", elements: "seeds", title: "Choices over the seeds" };
  const column = over.map((of) => (of === "folds" ? "outer fold" : nounOf(of))).join("/");
  return { column: capital(column), elements: "elements", title: "Choices over the seeds" };
}

function linesOf(
  element: string | null,
  { winners }: SelectionData,
  evaluations: readonly Kept<EvaluationData>[],
): readonly Line[] {
  const own = evaluations.flatMap((evaluation) => {
    if (element === null || evaluation.element === element)
      return [{ rest: element === null ? evaluation.element : null, value: evaluation.value }];
    return evaluation.element?.startsWith(`${element}/`)
      ? [{ rest: evaluation.element.slice(element.length + 1), value: evaluation.value }]
      : [];
  });
  return winners.map((winner, place) => {
    const named = own.find(({ rest }) => rest === winner.key || rest === String(winner.rank));
    const found =
      named ?? (own.every(({ rest }) => rest === null) || own.length === winners.length ? own[place] : undefined);
    return {
      fold: element ?? "–",
      winner,
      count: found?.value.metrics.count ?? null,
      test: found ? testOf(found.value) : null,
    };
  });
}
const testOf = ({ metrics }: EvaluationData): number => ("mse" in metrics ? metrics.mse : metrics.accuracy);

/** `hidden_layers 2, units 64`, or the key where there are no values to tell. */
function winnerText({ key, values }: SelectionData["winners"][number]): string {
  const settings = Object.entries(values).map(([name, value]) => `${name} ${valueText(value)}`);
  return settings.length === 0 || settings.length > 3 ? key : settings.join(", ");
}
