/**
 * Models side by side, as a table for a paper: by which settings they differ, how large and how long trained they are,
 * what they reach on each set, and which differences a test supports; sentences say no more than that.
 */

import { type Figure, figureOf, setName } from "../../figure/figure.js";
import { foldedLines } from "../../figure/font.js";
import { type Column, type Row, tableSketch, tableView } from "../../figure/table.js";
import { learnsClasses } from "../../learn/losses.js";
import type { Behind } from "../../pipeline/gathering.js";
import type { PortInfo } from "../../pipeline/port-info.js";
import { significance } from "../../statistics/tests.js";
import { canonical } from "../../util/json.js";
import { formatNumber, grouped, numberText, pSentence, pText } from "../../util/numbers.js";
import { capital, plural } from "../../util/words.js";
import { measuredText } from "../../values/interval.js";
import { spreadText } from "../../values/search-words.js";
import {
  type ComparedModel,
  type ComparedSet,
  type Comparison,
  classesAgainstNumbers,
  comparedModels,
  judgedOn,
  oneModel,
  otherSets,
  type Pair,
} from "../compared-models.js";
import { declareFigure, type FigureSource } from "../figure-declaration.js";
import { type DifferingSetting, differingSettings } from "../model-settings.js";

const name = "model_comparison";

export const modelComparisonFigure = declareFigure({
  name,
  summary:
    "A table of models: settings that differ, parameters, epochs, metrics with intervals, and which differences a " +
    "test supports. Of evaluations of two models or more on the same examples; sets of one model share its row.",
  from: { accepts: ["evaluation"], many: true, source: "the `evaluate` stages of the models" },
  comparesSettings: true,
  together: misfit,
  draw({ options, items, behind }) {
    const several = items.some(({ source }) => source > 0);
    const given = items.map(({ source, element, value }) => ({
      label: options.labels?.[source] ?? (several ? `model ${source + 1}` : ""),
      value,
      behind: behind.find((each) => each.source === source && each.element === element) ?? unknown(source, element),
    }));
    return modelComparison(comparedModels(given), options.title);
  },
  sample: ({ rivals }) => ({
    from: rivals.map(({ evaluation }) => evaluation),
    behind: rivals.map(({ behind }, source) => ({ ...unknown(source, null), ...behind })),
    options: { labels: rivals.map(({ label }) => label) },
  }),
});

/** Where nobody says how it was trained. */
const unknown = (source: number, element: string | null): Behind => ({
  ...{ source, element, choice: element, fold: null, seed: null, ratio: null },
  ...{ settings: {}, prepared: [] },
});

function misfit(sources: readonly FigureSource[]) {
  const ports = sources.map(({ port }) => port);
  const kinds = ports.map((port) => (port.loss === undefined ? undefined : learnsClasses(port.loss)));
  const first = kinds.find((kind) => kind !== undefined);
  const other = kinds.findIndex((kind) => kind !== undefined && kind !== first);
  if (other >= 0) return { ...classesAgainstNumbers, at: ["from", other] };
  const elements = sources.map(({ scope }) => scope?.gathered.reduce((product, { keys }) => product * keys.length, 1));
  if (sources.length === 1 && elements[0] === 1) return { ...oneModel(1), at: ["from"] };
  const isChoice = sources.some(({ scope }) => !scope || scope.gathered.some(({ of }) => of === "choices"));
  const models = new Set(ports.map((port) => port.model));
  if (models.has(undefined)) return undefined;
  if (!isChoice && models.size === 1) return { ...oneModel(sources.length), at: ["from"] };
  return ofOtherSets(ports);
}

/** Which examples, in which order, on which scale: what `EvaluationData.examples` will tell apart. */
function examplesText({ judgedBy, normalization }: PortInfo): string | undefined {
  if (!judgedBy?.rows || !normalization) return undefined;
  const { id, order } = judgedBy.rows;
  return JSON.stringify([id, order, normalization.map(({ method, of }) => [method, of?.id])]);
}

/** Sets are known by their examples, models by what left them. */
function ofOtherSets(ports: readonly PortInfo[]) {
  const rows = ports.map(examplesText);
  if (rows.includes(undefined)) return undefined;
  const models = [...new Set(ports.map((port) => port.model))];
  const isOf = (id: string, model: PortInfo | undefined): boolean =>
    ports.some((port, at) => rows[at] === id && port.model === model);
  if (rows.some((id) => models.every((model) => isOf(id!, model)))) return undefined;
  return { ...otherSets, at: ["from", rows.findIndex((id) => id !== rows[0])] };
}

/** A setting told in a column of its own is no longer than this; the others have lines to themselves. */
const [longestSetting, mostColumns] = [36, 6];
/** px, of a text that is told in lines. */
const lineWidth = 640;
const mostSentences = 6;

export function modelComparison(comparison: Comparison, title?: string): Figure {
  const { models, sets, tested, pairs, isClasses } = comparison;
  const measure = isClasses ? "accuracy" : "mse";
  const [columns, rows] = modelTable(comparison, measure);
  const [pairColumns, pairRows] = pairTable(comparison);
  const settings = differingSettings(models.map(({ trained }) => trained));
  const isShort = ({ values }: DifferingSetting): boolean => values.every((text) => text.length <= longestSetting);
  const short = settings.filter(isShort).slice(0, mostColumns);
  const long = settings.filter((setting) => !short.includes(setting));
  const shortColumns: readonly Column[] = [{ title: "Settings" }, ...short.map(({ name: title }) => ({ title }))];
  const shortRows = models.map(({ label }, at): Row => ({ cells: [label, ...short.map(({ values }) => values[at]!)] }));
  const sentences = sentencesOf(comparison, measure);
  const places = columns.map((_, at) => at).slice(1);
  const [beside, judged] = [places.slice(0, places.length - sets.length), places.slice(places.length - sets.length)];
  const ofSets = judged.toSorted(
    (a, b) => Number(sets[b - judged[0]!] === tested) - Number(sets[a - judged[0]!] === tested),
  );
  const subtitle = foldedLines([...captionOf(comparison, measure), ...sentences], 760);
  const set = `${setName(tested.split)}, ${plural(tested.examples, "example", grouped(tested.examples))}`;
  return figureOf(
    name,
    title ?? `Comparison of ${models.length} models`,
    subtitle,
    {
      spacing: 26,
      vconcat: [
        tableView(columns, rows),
        tableView(pairColumns, pairRows),
        ...(short.length > 0 ? [tableView(shortColumns, shortRows)] : []),
        ...long.map(({ name: setting, values }) => tableView(...inLines(setting, models, values), lineWidth)),
      ],
    },
    [
      // In a terminal what was tested comes first, so that there is room for it.
      tableSketch(...part(columns, rows, ofSets), `models, on the ${set}`),
      { type: "text", lines: sentences },
      tableSketch(...sketchPairs(models, pairs, isClasses), "differences, first model − second"),
      tableSketch(...part(columns, rows, beside), "trainings"),
      ...settings.map(({ name: setting, values }) => ({
        ...{ type: "text" as const, title: setting },
        lines: models.map(({ label }, at) => `${label}: ${values[at]!}`),
      })),
    ],
  );
}

const titleOf = (split: string, measure: string): string => capital(split === "" ? measure : `${split} ${measure}`);

/** Model, size, length, the training's own validation where no evaluation has it, and each set. */
function modelTable({ models, sets }: Comparison, measure: string): [readonly Column[], readonly Row[]] {
  const own = validationOf(models, sets, measure);
  const columns: readonly Column[] = [
    { title: "Model" },
    { title: "Parameters", align: "right" },
    { title: "Epochs (best)", align: "right" },
    ...(own ? [{ title: own.title, align: "right" } as const] : []),
    ...sets.map(({ split }) => ({ title: titleOf(split, measure), align: "right" }) as const),
  ];
  const rows = models.map(
    ({ label, parameters, epochs, bestEpoch, judged }, at): Row => ({
      cells: [
        label,
        grouped(parameters),
        `${formatNumber(epochs.mean)} (${formatNumber(bestEpoch.mean)})`,
        ...(own ? [own.texts[at]!] : []),
        ...sets.map(({ id }) => judgedText(measure, judged.get(id))),
      ],
    }),
  );
  return [columns, rows];
}
function judgedText(measure: string, cells: Parameters<typeof judgedOn>[0] | undefined): string {
  if (!cells) return "–";
  const { score, interval, sd } = judgedOn(cells);
  return sd === null ? measuredText(measure, score, interval) : spreadText(measure, { mean: score, sd });
}

/** What a training says of its validation examples; losses where all compute the same one. */
function validationOf(
  models: readonly ComparedModel[],
  sets: readonly ComparedSet[],
  measure: string,
): { readonly title: string; readonly texts: readonly string[] } | null {
  if (sets.some(({ split }) => split.split("+").includes("validation"))) return null;
  if (models.every(({ validation }) => validation === null)) return null;
  if (measure === "accuracy")
    return {
      title: "Validation accuracy",
      texts: models.map(({ validation }) => measuredText(measure, validation?.accuracy, null)),
    };
  const losses = new Set(models.map(({ trained }) => canonical(trained.settings.loss ?? null)));
  if (losses.size > 1) return null;
  const [loss] = models.map(({ trained }) => trained.settings.loss);
  return {
    title: loss === "mse" ? "Validation mse" : "Validation loss",
    texts: models.map(({ validation }) => measuredText("loss", validation?.loss, null)),
  };
}

/** Only some of the columns, behind the models' names. */
const part = (columns: readonly Column[], rows: readonly Row[], places: readonly number[]) =>
  [
    [0, ...places].map((at) => columns[at]!),
    rows.map(({ cells }) => ({ cells: [0, ...places].map((at) => cells[at]!) })),
  ] as const;

/** A text of several lines, each in a row. */
function inLines(
  setting: string,
  models: readonly ComparedModel[],
  values: readonly string[],
): [readonly Column[], readonly Row[]] {
  const rows = models.flatMap(({ label }, at) =>
    foldedLines([values[at]!], lineWidth).map((line, index): Row => ({ cells: [index === 0 ? label : "", line] })),
  );
  return [[{ title: "" }, { title: setting }], rows];
}

const differenceText = (difference: number, isClasses: boolean): string =>
  isClasses ? (100 * difference).toFixed(2).replace("-", "−") : numberText(difference);

function pairTable({ models, pairs, isClasses }: Comparison): [readonly Column[], readonly Row[]] {
  const hasOnly = pairs.some(({ only }) => only);
  const hasInterval = pairs.some(({ interval }) => interval);
  const columns: readonly Column[] = [
    { title: "First model" },
    { title: "Second model" },
    { title: isClasses ? "Difference (points)" : "Difference of mse", align: "right" },
    ...(hasInterval ? [{ title: "95 % interval", align: "right" } as const] : []),
    ...(hasOnly ? (["Only first right", "Only second right"] as const).map(right) : []),
    ...["p", "p (Holm)"].map(right),
  ];
  const rows = pairs.map(
    ({ first, second, difference, interval, only, p, corrected }): Row => ({
      cells: [
        models[first]!.label,
        models[second]!.label,
        differenceText(difference, isClasses),
        ...(hasInterval ? [interval ? interval.map((end) => numberText(end)).join(" to ") : "–"] : []),
        ...(hasOnly ? [0, 1].map((at) => (only ? grouped(only[at]!) : "–")) : []),
        p === null ? "not tested" : pText(p),
        pText(corrected),
      ],
      bold: isSupported(corrected),
    }),
  );
  return [columns, rows];
}
const right = (title: string): Column => ({ title, align: "right" });
const isSupported = (corrected: number | null): boolean => corrected !== null && corrected < significance;

/** The same, narrow. */
function sketchPairs(
  models: readonly ComparedModel[],
  pairs: readonly Pair[],
  isClasses: boolean,
): [readonly Column[], readonly Row[]] {
  const rows = pairs.map(
    ({ first, second, difference, p, corrected }): Row => ({
      cells: [
        `${models[first]!.label} − ${models[second]!.label}`,
        p === null ? "not tested" : pText(corrected),
        differenceText(difference, isClasses),
        pText(p),
      ],
    }),
  );
  return [[{ title: "" }, right("p (Holm)"), right(isClasses ? "points" : "mse"), right("p")], rows];
}

const tests = {
  mcnemar: () => "McNemar's exact test",
  paired_bootstrap: () => "paired bootstrap of the squared errors",
  corrected_t: ({ splits }: ComparedSet) => `corrected resampled t-test over ${splits} splits`,
  crossed_t: () => "t-test over seeds and examples",
} as const;

function captionOf(comparison: Comparison, measure: string): readonly string[] {
  const { models, sets, tested, pairs } = comparison;
  const examples = plural(tested.examples, "example", grouped(tested.examples));
  const used = [...new Set(pairs.flatMap(({ test }) => test ?? []))].map((test) => tests[test](tested));
  const cells = models.flatMap(({ judged }) => [...judged.values()]);
  const spread = cells.filter((list) => judgedOn(list).sd !== null);
  const over = spread.some((list) => list.some(({ fold }) => fold !== null)) ? "folds" : "seeds";
  const chance = sets.some(({ splits }) => splits > 1)
    ? "over splits, which share training examples"
    : "over the choice of examples, not of trainings";
  const set = `on the ${setName(tested.split)} (${examples})`;
  return [
    ...(used.length > 0
      ? [`p: ${used.join(", ")}, ${set}; with Holm's correction for ${plural(pairs.length, "pair")}; bold: below 0.05`]
      : []),
    [
      ...(cells.some((list) => judgedOn(list).interval) ? [`in brackets 95 % intervals, ${chance}`] : []),
      ...(spread.length > 0 ? [`±: standard deviation over ${over}`] : []),
      ...(validationOf(models, sets, measure) ? ["validation: what the trainings say, without an interval"] : []),
    ].join("; "),
  ].filter((line) => line !== "");
}

/** Nothing that a test does not support, after the correction for all pairs. */
export function sentencesOf({ models, tested, pairs, isClasses }: Comparison, measure: string): readonly string[] {
  const scores = models.map(({ judged }) => judgedOn(judged.get(tested.id)!).score);
  const said = (at: number): string => measuredText(measure, scores[at], null);
  const better = pairs
    .filter(({ corrected }) => isSupported(corrected))
    .map(({ first, second, corrected }) => {
      const isFirst = isClasses ? scores[first]! > scores[second]! : scores[first]! < scores[second]!;
      const [one, two] = isFirst ? [first, second] : [second, first];
      return (
        `${models[one]!.label} is better than ${models[two]!.label} ` +
        `(${said(one)} against ${said(two)}, ${pSentence(corrected)}, Holm)`
      );
    });
  const pairText = ({ first, second }: Pair): string => `${models[first]!.label} and ${models[second]!.label}`;
  const tied = pairs.filter(({ corrected }) => corrected !== null && !isSupported(corrected));
  const untested = pairs.filter(({ corrected }) => corrected === null);
  const listed = (list: readonly Pair[], say: (pair: Pair) => string): string =>
    list.slice(0, mostSentences).map(say).join("; ") + moreText(list.length);
  return [
    ...better.slice(0, mostSentences),
    ...(better.length > mostSentences ? [`${better.length - mostSentences} more differences are in the table`] : []),
    ...(tied.length > 0
      ? [`cannot be told apart: ${listed(tied, (pair) => `${pairText(pair)} (${pSentence(pair.corrected)})`)}`]
      : []),
    ...(untested.length > 0 ? [`not tested: ${listed(untested, pairText)}`] : []),
  ];
}
const moreText = (count: number): string => (count > mostSentences ? `; and ${count - mostSentences} more` : "");
