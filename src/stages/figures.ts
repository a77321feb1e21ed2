/**
 * The figures that `visualize` draws: what each takes, what check time can tell of it, and how it is drawn.
 *
 * A row of the table knows stages and options; the functions of `figure/` know numbers only.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Figure } from "../figure/figure.js";
import { points } from "../figure/points.js";
import type { SourceScope } from "../pipeline/check-context.js";
import type { PortInfo } from "../pipeline/port-info.js";
import type { ListItem } from "../pipeline/run-context.js";
import type { Axis } from "../pipeline/scope.js";
import { sizeOfShape } from "../util/shape.js";
import { featuresOf, int32Of } from "../values/blob.js";
import type { EvaluationData } from "../values/evaluation.js";
import { type TrainedModel, trainedModelOf } from "../values/model.js";
import { type Output, outputOf, type PortType } from "../values/output.js";
import type { SearchData } from "../values/search.js";
import { dataOf, rowsOf } from "./dataset.js";
import {
  classesText,
  curveOf,
  featureOf,
  gapsOf,
  mseOf,
  namesOf,
  pointsOf,
  severalFeatures,
  squaredErrorsOf,
} from "./figure-values.js";
import { type ActivationName, activations } from "./figures/activations.js";
import { classFrequency, noClassesText } from "./figures/class-frequency.js";
import { classificationReport } from "./figures/classification-report.js";
import { confusionMatrix } from "./figures/confusion-matrix.js";
import { examples, isImageShape, noImagesText } from "./figures/examples.js";
import { fittedCurves } from "./figures/fit.js";
import { fitGallery } from "./figures/fit-gallery.js";
import { type FoldGroup, foldCurves } from "./figures/fold-curves.js";
import { gapError } from "./figures/gap-error.js";
import { learningCurves } from "./figures/learning-curves.js";
import { otherFolds, outerFolds } from "./figures/outer-folds.js";
import { parallelCoordinates } from "./figures/parallel-coordinates.js";
import { profileTable } from "./figures/profile.js";
import { searchEffects } from "./figures/search-effects.js";
import { otherObjectives, searchFunnel } from "./figures/search-funnel.js";
import { searchTable } from "./figures/search-table.js";
import { testError } from "./figures/test-error.js";

export const figureNames = [
  "examples",
  "class_frequency",
  "profile",
  "points",
  "activations",
  "learning_curves",
  "fold_curves",
  "confusion_matrix",
  "classification_report",
  "fit",
  "fit_gallery",
  "test_error",
  "gap_error",
  "search_table",
  "search_effects",
  "parallel_coordinates",
  "search_funnel",
  "outer_folds",
] as const;
export type FigureName = (typeof figureNames)[number];

/** Options that only some figures read. */
export interface FigureOptions {
  readonly figure: FigureName;
  readonly title?: string | undefined;
  readonly per_class: number;
  readonly names?: readonly ActivationName[] | undefined;
  readonly top: number;
}

/** One of the inputs in `from`, with the words that tell it from the others; these are empty for one alone. */
export interface Item extends ListItem<Output> {
  readonly label: string;
}
export interface Given {
  readonly options: FigureOptions;
  /** In the order of `from`, then of the elements; at least one where the figure reads any. */
  readonly items: readonly Item[];
  readonly data: Output | undefined;
  readonly results: Output | undefined;
}
export interface Problem {
  readonly title: string;
  readonly message: string;
}

/** One of the names in `from`, while checking. */
export interface FigureSource {
  readonly port: PortInfo;
  /** Undefined where a mistake leaves it open. */
  readonly scope: SourceScope | undefined;
}
export interface SourceProblem extends Problem {
  /** Which of the sources; undefined where `results` is at fault. */
  readonly index?: number;
}

export interface FigureRow {
  /** Types of port it is drawn from; none where it reads nothing. */
  readonly takes: readonly PortType[];
  /** The type of each name, where the order decides. */
  readonly order?: readonly PortType[];
  /** Draws any number of inputs; otherwise exactly one. */
  readonly many?: boolean;
  /** Where such an input comes from, for the message that it is needed. */
  readonly source: string;
  /** Whether it reads `data`. */
  readonly data?: "needed" | "optional";
  readonly results?: boolean;
  /** Why the input cannot be drawn, as far as its port tells. */
  problem(from: PortInfo): Problem | undefined;
  /** Why they cannot be drawn together, or over the elements that they give, as far as check time knows. */
  together?(sources: readonly FigureSource[], results: PortInfo | undefined): SourceProblem | undefined;
  draw(given: Given): Figure | Promise<Figure>;
}

const aboutClasses = (figure: FigureName, input: "dataset" | "evaluation") => (from: PortInfo) =>
  isRegression(from) ? { title: "a figure about classes", message: noClassesText(figure, input) } : undefined;
/** Where nothing is known, nothing is said. */
const isRegression = ({ loss, classes }: PortInfo): boolean => (loss === undefined ? classes === null : loss === "mse");

/** Numbers as targets, and one feature where `oneFeature` says so. */
export const aboutNumbers =
  (figure: FigureName, oneFeature: boolean) =>
  ({ loss, classes, shape }: PortInfo): Problem | undefined => {
    if (loss === "cross_entropy" || (loss === undefined && classes))
      return { title: "a figure about numbers", message: classesText(figure) };
    if (oneFeature && shape && sizeOfShape(shape) !== 1)
      return { title: "several features", message: severalFeatures(figure, shape) };
    return undefined;
  };
const nothing = (): undefined => undefined;
/** The first source that is at fault, and why. */
function firstOf(
  sources: readonly FigureSource[],
  problemOf: (source: FigureSource) => Problem | undefined,
): SourceProblem | undefined {
  for (const [index, source] of sources.entries()) {
    const problem = problemOf(source);
    if (problem) return { ...problem, index };
  }
  return undefined;
}
function noFolds(axes: readonly Axis[]): Problem {
  const folds = axes.findLast((axis) => axis.seeds);
  const found = folds
    ? `but under \`each: ${folds.stage}\` it is given one of them at a time. Leave \`${folds.stage}\` out of \`each\``
    : "but this training runs over none. `learning_curves` draws a training by itself";
  return {
    title: "no folds to compare",
    message: `\`fold_curves\` draws the folds of a cross-validation together, ${found}.`,
  };
}
const otherSearch: Problem = {
  title: "results of another search",
  message:
    "None of the evaluations in `from` is of a trial of `results`. Let `results` name the search over whose trials they were gathered.",
};
const noSearches: Problem = {
  title: "no searches to draw",
  message: "`search_funnel` is drawn from searches, but `from` names none. Let it name `search` stages in their order.",
};

const theOne = ({ items }: Given): Output => items[0]!.value;
const searchOf = (output: Output): SearchData => outputOf(output, "search").data;
const evaluationOf = (output: Output): EvaluationData => outputOf(output, "evaluation").data;
const splitOf = (output: Output): string => evaluationOf(output).split;
const dataGaps = (figure: FigureName, { data }: Given) => (data ? gapsOf(figure, data, "data") : []);

export const figures: Readonly<Record<FigureName, FigureRow>> = {
  examples: {
    takes: ["dataset"],
    source: "a stage that loads or cuts data",
    problem: ({ shape }) =>
      shape && !isImageShape(shape) ? { title: "no images to draw", message: noImagesText(shape) } : undefined,
    draw: (given) => {
      const from = theOne(given);
      const data = dataOf(from);
      const { features, labels } = from.blobs as Record<"features" | "labels", Output["blobs"][string]>;
      const values = featuresOf(features);
      const images = { data, features: values, labels: data.classes ? int32Of(labels) : null, rows: rowsOf(from) };
      return examples(images, given.options.per_class, given.options.title);
    },
  },
  class_frequency: {
    takes: ["dataset"],
    source: "a stage that loads or cuts data",
    problem: aboutClasses("class_frequency", "dataset"),
    draw: (given) =>
      classFrequency(
        dataOf(theOne(given)),
        dataOf(theOne(given)).classes ? classLabelsOf(theOne(given)) : [],
        given.options.title,
      ),
  },
  profile: {
    takes: ["profile"],
    source: "an `explore` stage",
    problem: nothing,
    draw: (given) => profileTable(outputOf(theOne(given), "profile").data, given.options.title),
  },
  points: {
    takes: ["dataset"],
    many: true,
    source: "a stage that loads or cuts data",
    data: "optional",
    problem: aboutNumbers("points", true),
    draw: ({ options, items, data }) => {
      const sets = items.map(({ label, value }) => ({
        label: label || dataOf(value).split,
        points: pointsOf("points", value),
      }));
      const gaps = data ? gapsOf("points", data, "data") : gapsOf("points", items[0]!.value);
      return points(sets, gaps, namesOf(items[0]!.value), options.title);
    },
  },
  activations: {
    takes: [],
    source: "nothing",
    problem: nothing,
    draw: ({ options }) => activations(options.names, options.title),
  },
  learning_curves: {
    takes: ["model"],
    source: "a `train` stage",
    problem: nothing,
    draw: (given) => learningCurves(trainedModelOf(outputOf(theOne(given), "model")), given.options.title),
  },
  fold_curves: {
    takes: ["model"],
    many: true,
    source: "a `train` stage that runs under `each`",
    problem: nothing,
    together: (sources) =>
      firstOf(sources, ({ scope }) =>
        scope && !scope.gathered.some((axis) => axis.seeds) ? noFolds(scope.all) : undefined,
      ),
    draw: ({ options, items }) => {
      if (items.every(({ element }) => element === null)) {
        const { title, message } = noFolds([]);
        throw new MistakeError({ title, message, at: ["from"] });
      }
      return foldCurves(foldGroups(items), options.title);
    },
  },
  confusion_matrix: {
    takes: ["evaluation"],
    source: "an `evaluate` stage",
    problem: aboutClasses("confusion_matrix", "evaluation"),
    draw: (given) => confusionMatrix(evaluationOf(theOne(given)), given.options.title),
  },
  classification_report: {
    takes: ["evaluation"],
    source: "an `evaluate` stage",
    problem: aboutClasses("classification_report", "evaluation"),
    draw: (given) => classificationReport(evaluationOf(theOne(given)), given.options.title),
  },
  fit: {
    takes: ["evaluation"],
    many: true,
    source: "an `evaluate` stage",
    data: "optional",
    problem: aboutNumbers("fit", true),
    draw: (given) =>
      fittedCurves(given.items.map(fitOf("fit")), dataGaps("fit", given), namesOf(given.data), given.options.title),
  },
  fit_gallery: {
    takes: ["evaluation"],
    many: true,
    source: "an `evaluate` stage that runs under `each` over the trials of a search",
    data: "optional",
    results: true,
    problem: aboutNumbers("fit_gallery", true),
    together: (sources, results) => {
      const keys = new Set(results?.search?.keys);
      const isOfTrial = ({ scope }: FigureSource): boolean =>
        !scope || scope.all.some((axis) => axis.keys.some((key) => keys.has(key)));
      return keys.size > 0 && !sources.some(isOfTrial) ? otherSearch : undefined;
    },
    draw: (given) => {
      const search = given.results ? searchOf(given.results) : null;
      const trials = new Map(search?.trials.map((trial) => [trial.key, trial]));
      const tiles = given.items.map((item) => ({
        ...fitOf("fit_gallery")(item),
        score: trialOf(trials, item.element)?.score ?? null,
      }));
      if (search && given.items.every(({ element }) => trialOf(trials, element) === undefined))
        throw new MistakeError({ ...otherSearch, at: ["results"] });
      return fitGallery(tiles, search, dataGaps("fit_gallery", given), namesOf(given.data), given.options.title);
    },
  },
  test_error: {
    takes: ["evaluation"],
    many: true,
    source: "an `evaluate` stage",
    problem: aboutNumbers("test_error", false),
    draw: ({ options, items }) =>
      testError(
        items.map(({ label, value }) => ({
          label,
          squared: squaredErrorsOf("test_error", value),
          split: splitOf(value),
        })),
        options.title,
      ),
  },
  gap_error: {
    takes: ["evaluation"],
    many: true,
    source: "an `evaluate` stage",
    data: "needed",
    problem: aboutNumbers("gap_error", true),
    draw: (given) => {
      const evaluations = given.items.map(({ label, value }) => {
        const squared = squaredErrorsOf("gap_error", value);
        return {
          label,
          split: splitOf(value),
          errors: featureOf("gap_error", value).map((x, index) => ({ x, squared: squared[index]! })),
        };
      });
      return gapError(evaluations, dataGaps("gap_error", given), given.options.title);
    },
  },
  search_table: {
    takes: ["search"],
    source: "a `search` stage",
    problem: nothing,
    draw: (given) => searchTable(searchOf(theOne(given)), given.options.top, given.options.title),
  },
  search_effects: {
    takes: ["search"],
    source: "a `search` stage",
    problem: nothing,
    draw: (given) => searchEffects(searchOf(theOne(given)), given.options.title),
  },
  parallel_coordinates: {
    takes: ["search"],
    source: "a `search` stage",
    problem: nothing,
    draw: (given) => parallelCoordinates(searchOf(theOne(given)), given.options.title),
  },
  search_funnel: {
    takes: ["search", "selection"],
    many: true,
    source: "`search` stages in their order, and the `select` stage that chose among them",
    problem: nothing,
    together: (sources) => {
      if (sources.every(({ port }) => port.type !== "search")) return { ...noSearches, index: 0 };
      const objectives = sources.map(({ port }) => port.search?.objective);
      const first = objectives.find((objective) => objective !== undefined);
      const other = objectives.findIndex(
        (objective) =>
          objective && first && (objective.metric !== first.metric || objective.direction !== first.direction),
      );
      return other < 0
        ? undefined
        : { title: "searches of different objectives", message: otherObjectives, index: other };
    },
    draw: ({ options, items }) => {
      const of = (type: PortType): readonly Item[] => items.filter(({ value }) => value.type === type);
      const searches = of("search");
      if (searches.length === 0) throw new MistakeError({ ...noSearches, at: ["from"] });
      return searchFunnel(
        // The number that stands for a name counts the searches, whatever selections stand between.
        searches.map(({ label, value }) => ({ label: /^\d*$/.test(label) ? "" : label, search: searchOf(value) })),
        of("selection").map(({ value }) => outputOf(value, "selection").data),
        options.title,
      );
    },
  },
  outer_folds: {
    takes: ["selection", "evaluation"],
    order: ["selection", "evaluation"],
    many: true,
    source: "the `select` stage and then the `evaluate` stage that run under `each` outer fold",
    problem: nothing,
    together: ([selection, evaluation]) => {
      // Elements are named by what is gathered, else by all that the source runs over.
      const axes = (source: FigureSource | undefined): readonly string[] | undefined =>
        source?.scope &&
        (source.scope.gathered.length > 0 ? source.scope.gathered : source.scope.all).map(({ stage }) => stage);
      const [outer, judged] = [axes(selection), axes(evaluation)];
      return outer && judged && outer.some((stage, level) => judged[level] !== stage)
        ? { title: "evaluations of other folds", message: otherFolds, index: 1 }
        : undefined;
    },
    draw: ({ options, items }) =>
      outerFolds(
        items
          .filter(({ source }) => source === 0)
          .map(({ element, value }) => ({ element, value: outputOf(value, "selection").data })),
        items
          .filter(({ source }) => source === 1)
          .map(({ element, value }) => ({ element, value: evaluationOf(value) })),
        options.title,
      ),
  },
};

/** Of the dataset's examples, in order. */
function classLabelsOf(dataset: Output): Int32Array {
  const labels = int32Of(dataset.blobs["labels"]!);
  return rowsOf(dataset).map((row) => labels[row]!);
}

const fitOf =
  (figure: FigureName) =>
  ({ label, value }: Item) => ({
    label,
    points: pointsOf(figure, value),
    curve: curveOf(figure, value),
    mse: mseOf(value),
    split: splitOf(value),
  });

/** By the whole key of the element, else by one of its levels: trials may stand under an outer fold. */
function trialOf<T>(trials: ReadonlyMap<string, T>, element: string | null): T | undefined {
  if (element === null) return undefined;
  return trials.get(element) ?? element.split("/").flatMap((level) => trials.get(level) ?? [])[0];
}

/** The last level of an element is the fold; what stands before it, and the name in `from`, tell the groups apart. */
function foldGroups(items: readonly Item[]): readonly FoldGroup[] {
  const groups = new Map<string, { label: string; models: TrainedModel[] }>();
  for (const { source, element, label, value } of items) {
    const above = element?.includes("/") ? element.slice(0, element.lastIndexOf("/")) : null;
    const key = `${source}/${above ?? ""}`;
    // The label ends in the element, of which only what the folds share is told.
    const own =
      element !== null && label.endsWith(element)
        ? `${label.slice(0, label.length - element.length)}${above ?? ""}`
        : label;
    const group = groups.get(key) ?? { label: own.replace(/[,:\s]+$/, ""), models: [] };
    group.models.push(trainedModelOf(outputOf(value, "model")));
    groups.set(key, group);
  }
  const all = [...groups.values()];
  return all.length === 1 ? [{ ...all[0]!, label: all[0]!.label === "1" ? "" : all[0]!.label }] : all;
}
