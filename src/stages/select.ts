/**
 * select: the winners of one or several searches. Whoever says `each:` runs once per winner, and takes its settings
 * with `use:`.
 *
 * A configuration that several searches tried counts once. With `one_standard_error` the winner is the simplest trial
 * that is no worse than the best one by more than the best one's standard error (Breiman, Friedman, Olshen & Stone,
 * 1984, §3.4.3; Hastie, Tibshirani & Friedman, 2009, §7.10).
 */
import * as z from "zod";
import { MistakeError } from "../diagnostic/diagnostic.js";
import { suggestion } from "../diagnostic/nearest.js";
import type { Kind } from "../pipeline/kind.js";
import { most } from "../pipeline/limits.js";
import type { SearchInfo } from "../pipeline/port-info.js";
import { ordinals } from "../pipeline/scope.js";
import { digestJson } from "../util/digest.js";
import { ownOf } from "../util/json.js";
import { outputOf } from "../values/output.js";
import type { SearchData, TrialData } from "../values/search.js";
import { selectionInBrief, selectionPreview } from "../values/search-preview.js";
import { type SelectionData, selectionHeadline } from "../values/selection.js";
import { inSpaceOrder, keyOf } from "../values/trial-name.js";
import { references } from "./dataset.js";

const schema = z.strictObject({
  from: references("", "the name of a search, or a list of them").describe("The search to choose from, or several."),
  top: z
    .number()
    .int()
    .min(1)
    .refine(...most("elements"))
    .default(1)
    .describe("How many winners. Default: 1."),
  rule: z
    .enum(["best", "one_standard_error"])
    .default("best")
    .describe(
      "`best`: the best means. `one_standard_error`: of the trials within one standard error of the best, " +
        "the one with the fewest parameters; one winner. Default: best.",
    ),
  distinct: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe("Parameters of which no two winners may have the same values, such as `activation`."),
});
type Options = z.infer<typeof schema>;

interface Candidate {
  readonly trial: TrialData;
  readonly source: number;
  readonly key: string;
}

export const select: Kind<Options, Record<never, never>, { from: "search" }> = {
  name: "select",
  version: 3,
  summary: "Chooses the winners of one or several searches; stages with `each:` run once per winner.",
  schema,
  optionNames: Object.keys(schema.shape),
  inputs: [{ option: "from", accepts: ["search"], many: true, description: "The searches to choose from." }],
  outputs: { winners: "The winners with their values, scores, settings, and the mean best epoch of their trainings." },
  example: `
stages:
  points: {kind: load, source: csv, train: points.csv, test: more.csv, target: label}
  folds:  {kind: fold, data: points.train, k: 5}
  widths:
    kind: search
    strategy: grid
    space: {units: [8, 16, 32]}
    trial:
      kind: train
      each: folds
      data: folds.train
      validation: folds.validation
      layers: [{dense: {units: "\${trial.units}", activation: tanh}}, {dense: {units: 1}}]
      loss: mse
      optimizer: adam
      epochs: 100
    objective: {minimize: validation.loss}
  smallest: {kind: select, from: widths, rule: one_standard_error}
  final:    {kind: train, each: smallest, use: smallest.trial, data: points.train, epochs: best}
  score:    {kind: evaluate, each: smallest, model: final, data: points.test}
`,
  usesEngine: false,
  decides: "selection",
  drawsRandomNumbers: false,
  preview: (_name, output) => selectionPreview(outputOf(output, "selection")),
  brief: ({ winners }) => selectionInBrief(outputOf(winners, "selection")),
  headline: ({ winners }) => selectionHeadline(outputOf(winners, "selection")),
  elements: ({ top }) => ({ keys: ordinals(top), of: "choices" }),
  settings({ winners: output }, key) {
    const { winners, parameters } = outputOf(output, "selection").data;
    const found = winners.find(({ rank }) => String(rank) === key);
    return found && { ...found, parameters };
  },
  check({ options, lists, report }) {
    const trials =
      lists.from?.reduce<number | null>(
        (sum, from) => (sum === null || from?.count == null ? null : sum + from.count),
        0,
      ) ?? null;
    if (trials !== null && options.top > trials)
      report({
        title: "more winners than trials",
        message:
          `\`top: ${options.top}\` wants ${options.top} winners, but ` +
          (lists.from?.some((from) => from?.search?.isHalved)
            ? `${trials === 1 ? "one trial comes" : `${trials} trials come`} through the last rung, and those that are ` +
              "stopped before are not chosen. Lower `top`, or let more survive: with fewer rungs, or a smaller `factor`."
            : `there ${trials === 1 ? "is one trial" : `are ${trials} trials`} to choose from.`),
        at: ["top"],
      });
    const searches = (lists.from ?? []).map((from) => from?.search);
    const first = searches.find((one) => one !== undefined);
    const other = searches.findIndex((one) => one && first && otherObjective(first, one));
    if (other >= 0) {
      const { title, message } = otherObjective(first!, searches[other]!)!;
      report({ title, message, at: Array.isArray(options.from) ? ["from", other] : ["from"] });
    }
    const known = searches.flatMap((one) => one ?? []);
    const criteria = known.flatMap(({ criterion }) => criterion ?? []);
    const another = criteria.find(({ text }) => text !== criteria[0]!.text);
    if (other < 0 && another)
      report({
        severity: "warning",
        name: "incomparable_losses",
        title: "losses that cannot be compared",
        message:
          `\`${first!.objective.metric}\` is each search's own loss, and they compute it in different ways: ` +
          `${criteria[0]!.text}, ${another.text}. The trial whose number is smallest need not be the best one. ` +
          another.instead,
        at: ["from"],
      });
    const distinct = distinctOf(options);
    if (known.length === searches.length && known.length > 0) {
      const unknown = unknownParameter(distinct, [...new Set(known.flatMap(({ parameters }) => parameters))]);
      if (unknown)
        report({
          title: unknown.title,
          message: unknown.message,
          at: Array.isArray(options.distinct) ? ["distinct", unknown.index] : ["distinct"],
        });
      const most = new Set(
        known
          .flatMap(({ values }) => values ?? [])
          .map((values) => digestJson(distinct.map((name) => ownOf(values, name) ?? null))),
      ).size;
      if (
        !unknown &&
        distinct.length > 0 &&
        known.every(({ values }) => values !== null) &&
        options.top > most &&
        (trials === null || options.top <= trials)
      )
        report({ title: "not enough trials", message: notEnough(options.top, most, "trials", distinct), at: ["top"] });
    }
    if (options.rule === "one_standard_error" && options.top > 1)
      report({
        title: "one winner only",
        message: "`one_standard_error` gives one winner. Leave out `top`, or use `rule: best`.",
        at: ["top"],
      });
    return { winners: { type: "selection", count: options.top } };
  },
  async run({ options, lists }) {
    const searches = lists.from.map(({ value, source }) => ({ data: value.data, source }));
    return { winners: { type: "selection", data: chosen(options, searches), blobs: {} } };
  },
};

interface Found {
  readonly title: string;
  readonly message: string;
}
const distinctOf = ({ distinct }: Options): readonly string[] => (distinct === undefined ? [] : [distinct].flat());

function otherObjective(one: Pick<SearchInfo, "objective">, two: Pick<SearchInfo, "objective">): Found | undefined {
  const [a, b] = [one.objective, two.objective];
  if (a.metric === b.metric && a.direction === b.direction) return undefined;
  return {
    title: "searches with other objectives",
    message:
      `One search has the objective \`${a.direction}: ${a.metric}\`, another \`${b.direction}: ${b.metric}\`, ` +
      "so their scores cannot be compared. Select from each by itself.",
  };
}

function unknownParameter(
  distinct: readonly string[],
  parameters: readonly string[],
): (Found & { readonly index: number }) | undefined {
  const index = distinct.findIndex((name) => !parameters.includes(name));
  if (index < 0) return undefined;
  const name = distinct[index]!;
  return {
    title: "unknown parameter",
    message:
      `No trial has a parameter \`${name}\`.${suggestion(name, parameters)}\n\n` +
      `Parameters: ${parameters.join(", ")}`,
    index,
  };
}

const notEnough = (top: number, count: number, trials: string, distinct: readonly string[]): string =>
  `\`top: ${top}\` wants ${top} winners, but ${count} of the ${trials} can be ` +
  `one${distinct.length > 0 ? ` with distinct ${distinct.join(", ")}` : ""}.`;

function chosen(
  options: Options,
  searches: readonly { readonly data: SearchData; readonly source: number }[],
): SelectionData {
  const { objective } = searches[0]!.data;
  const other = searches.flatMap(({ data }) => otherObjective(searches[0]!.data, data) ?? [])[0];
  if (other) throw new MistakeError({ ...other, at: ["from"] });
  const parameters = [...new Set(searches.flatMap(({ data }) => data.parameters))];
  const distinct = distinctOf(options);
  const unknown = unknownParameter(distinct, parameters);
  if (unknown) throw new MistakeError({ ...unknown, at: ["distinct"] });
  const sign = objective.direction === "minimize" ? 1 : -1;
  const known = new Set<string>();
  const candidates = searches
    .flatMap(({ data, source }) =>
      data.trials
        .filter((trial) => trial.status === "ok")
        .map((trial): Candidate => ({ trial, source, key: keyOf(inSpaceOrder(trial.values, parameters)) })),
    )
    .filter(({ trial }) => {
      // Options do not say what a trial reads. The same settings on the same data are one step, so their scores are
      // equal fold by fold.
      const computation = digestJson({ options: trial.options, scores: trial.cells.map(({ score }) => score) });
      return !known.has(computation) && known.add(computation);
    })
    .sort((a, b) => sign * (a.trial.score!.mean - b.trial.score!.mean));
  const ranking = options.rule === "best" ? candidates : simplestFirst(candidates, sign);
  const taken = new Set<string>();
  const winners = ranking.filter(({ trial }) => {
    if (distinct.length === 0) return true;
    const values = digestJson(distinct.map((name) => ownOf(trial.values, name) ?? null));
    return !taken.has(values) && taken.add(values);
  });
  if (winners.length < options.top)
    throw new MistakeError({
      title: "not enough trials",
      message: notEnough(options.top, winners.length, "trials that succeeded", distinct),
      at: ["top"],
    });
  return {
    rule: options.rule,
    objective,
    parameters,
    candidates: candidates.length,
    winners: winners.slice(0, options.top).map(({ trial, source, key }, index) => ({
      rank: index + 1,
      key,
      values: trial.values,
      score: trial.score!,
      parameters: trial.parameters,
      ...(trial.bestEpochs ? { bestEpochs: trial.bestEpochs } : {}),
      source,
      options: trial.options,
    })),
  };
}

/** Trials within one standard error of the best, fewest parameters first; of equals the better one. */
function simplestFirst(candidates: readonly Candidate[], sign: number): readonly Candidate[] {
  const best = candidates[0]?.trial.score;
  const within = candidates.filter(({ trial }) => sign * (trial.score!.mean - best!.mean) <= (best!.se ?? 0));
  const size = ({ trial }: Candidate): number => trial.parameters ?? Number.POSITIVE_INFINITY;
  return [...within].sort((a, b) => (size(a) === size(b) ? 0 : size(a) - size(b)));
}
