/**
 * The results of a search: what the cells of its trials left, mean, standard deviation and standard error of the
 * objective over them, and ranks. Which trials cannot be told from the best is `search-ties.ts`'s.
 *
 * A trial of a halved search is there once, as the last rung left it that ran it. It is `stopped` where others of its
 * generation went on and it did not.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { GatheredRun, Gathering } from "../pipeline/gathering.js";
import { spreadOf } from "../util/statistics.js";
import { modelOf, parameterCountOf } from "../values/model.js";
import { metricsOf, type Output } from "../values/output.js";
import { isLeftBehind, type SearchData, type TrialData } from "../values/search.js";
import { trialName } from "../values/trial-name.js";
import { reachedBy } from "./search-choosing.js";
import type { Places } from "./search-curves.js";
import { metricsOver, type Scored, scored } from "./search-scores.js";
import { isTied, type Tried, tiesOf } from "./search-ties.js";

export const firstError = (trial: TrialData): string =>
  trial.cells.find((cell) => cell.error !== null)?.error?.split("\n", 1)[0] ?? "";

interface Run {
  readonly run: GatheredRun;
  readonly scored: Scored;
}
/** A trial in the rounds that ran it, in order. */
interface Tested {
  readonly runs: readonly Run[];
  /** The last of them. */
  readonly last: Run;
}

/** @throws MistakeError where more trials failed than may, or none came to its end */
export function gathered(options: Gathering, places: ReadonlyMap<string, Places>): SearchData {
  const { direction, metric: name, path } = options.objective;
  const sign = direction === "minimize" ? 1 : -1;
  const over = options.judging.axes.map(({ redrawn: _redrawn, ...axis }) => axis);
  const tested = testedOf(options, places);
  const trials = tested.map((each) => dataOf(each, options, places));
  const ok = trials.filter((trial) => trial.status === "ok");
  const failed = trials.filter((trial) => trial.status === "failed");
  reportFailures(options, trials, failed);
  const rankings = ranked(trials, sign);
  const best = rankings[0]!;
  const left = new Map(tested.map(({ last }) => [last.run.key, last.scored.outputs]));
  const compared = rankings.filter((trial) => trial.status === "ok");
  const tried = compared.map(
    (trial): Tried => ({ scores: trial.cells.map(({ score }) => score!), outputs: left.get(trial.key)! }),
  );
  const { comparison, ps } = tiesOf(tried, tried[0]!, options.judging, path.join("."));
  const rank = new Map(rankings.map((trial, index) => [trial.key, index + 1]));
  const byKey = new Map(compared.map((trial, index) => [trial.key, ps[index]!]));
  const stopped = trials.length - ok.length - failed.length;
  return {
    strategy: options.strategy,
    objective: { metric: name, direction },
    space: options.space,
    parameters: options.parameters,
    counts: { ...options.counts, trials: trials.length, failed: failed.length },
    ...(options.rounds ? { rounds: options.rounds } : {}),
    ...(options.target
      ? { target: { metric: options.target.metric, bound: options.target.bound, reached: reachedBy(options, places) } }
      : {}),
    comparison,
    ...(over.some(({ of, repeats }) => of === "seeds" || repeats) ? { over } : {}),
    trials: trials.map((trial) => {
      const p = byKey.get(trial.key) ?? null;
      return { ...trial, rank: rank.get(trial.key) ?? null, p, tied: isTied(p) };
    }),
    metrics: {
      trials: trials.length,
      failed: failed.length,
      ...(options.rounds?.some(({ epochs }) => epochs !== null) ? { stopped } : {}),
      best: best.score!.mean,
    },
  };
}

/** Each trial once, in the order in which it was first run. */
function testedOf(options: Gathering, places: ReadonlyMap<string, Places>): readonly Tested[] {
  const byKey = new Map<string, Run[]>();
  for (const run of options.trials) {
    const own = byKey.get(run.key) ?? [];
    byKey.set(run.key, own);
    own.push({ run, scored: scored(run, options, places) });
  }
  return [...byKey.values()].map((runs) => ({ runs, last: runs[runs.length - 1]! }));
}

function dataOf({ runs, last }: Tested, options: Gathering, places: ReadonlyMap<string, Places>): TrialData {
  const { key, values, round, options: settings } = last.run;
  const { cells, outputs, score } = last.scored;
  const measured = outputs.flatMap((output, at) => {
    const metrics = output && metricsOf(output);
    return metrics ? [{ element: cells[at]!.element, metrics }] : [];
  });
  const model = outputs.find((output): output is Output<"model"> => output?.type === "model");
  const rungs = runs.flatMap(({ run, scored: { score } }) =>
    run.round && run.round.epochs !== null ? [{ rung: run.round.rung, epochs: run.round.epochs, score }] : [],
  );
  return {
    key,
    values,
    status: statusOf(last, options, places),
    rank: null,
    score,
    ...(round ? { round } : {}),
    ...(rungs.length > 0 ? { rungs } : {}),
    metrics: measured.length > 0 ? metricsOver(measured, options.judging) : null,
    cells,
    parameters: model ? parameterCountOf(modelOf(model)) : null,
    ...bestEpochsOf(last.run, places),
    p: null,
    tied: false,
    options: settings,
  };
}

/**
 * Of a generation that ended early nobody was left behind by others. Where another one went further, those that reached
 * the target have come to their end, and the rest have not: nobody trained them as long.
 */
function statusOf(
  { run, scored: { score } }: Run,
  { rounds = [], ...options }: Gathering,
  places: ReadonlyMap<string, Places>,
): TrialData["status"] {
  const { round } = run;
  if (score === null) return "failed";
  if (!round || !rounds.some(({ rung, ran }) => rung > round.rung && ran > 0)) return "ok";
  if (isLeftBehind(round, rounds)) return "stopped";
  return reachedBy({ ...options, trials: [run] }, places) === null ? "stopped" : "ok";
}

/** Best first: those that came to their end, then those that were stopped, the later the better. */
function ranked(trials: readonly TrialData[], sign: number): readonly TrialData[] {
  const rungOf = ({ status, round }: TrialData): number =>
    status === "ok" ? Number.POSITIVE_INFINITY : (round?.rung ?? 0);
  const further = (a: TrialData, b: TrialData): number => (rungOf(a) === rungOf(b) ? 0 : rungOf(b) - rungOf(a));
  // The first of equals is the better one, in the order of the space.
  return trials
    .filter(({ status }) => status !== "failed")
    .sort((a, b) => further(a, b) || sign * (a.score!.mean - b.score!.mean));
}

/** @throws MistakeError */
function reportFailures(options: Gathering, trials: readonly TrialData[], failed: readonly TrialData[]): void {
  const [example] = failed;
  if (!example) return;
  const said = `${trialName(options, example)}: ${firstError(example)}`;
  if (failed.length === trials.length)
    throw new MistakeError({
      title: "every trial failed",
      message: `None of the ${trials.length} trials has a result. ${said}`,
      at: ["trial"],
    });
  if (options.max_failures !== null && failed.length > options.max_failures)
    throw new MistakeError({
      title: "too many trials failed",
      message:
        `${failed.length} of ${trials.length} trials failed, and \`max_failures\` allows ${options.max_failures}. ` +
        said,
      at: ["max_failures"],
    });
  if (trials.some(({ status }) => status === "ok")) return;
  const last = failed.reduce((one, other) => ((other.round?.rung ?? 0) > (one.round?.rung ?? 0) ? other : one));
  throw new MistakeError({
    title: "every survivor failed",
    message:
      "No trial came through the last rung: those that went on failed there, and those that were stopped before are " +
      `no results of a whole training. ${trialName(options, last)}: ${firstError(last)}`,
    at: ["trial"],
  });
}

/** Of the trial's stages whose means are kept; of one that left nothing there is none. */
function bestEpochsOf(
  { means = [], source }: GatheredRun,
  places: ReadonlyMap<string, Places>,
): Pick<TrialData, "bestEpochs"> {
  const found = means.flatMap(({ part, metric, list, cells }) => {
    const values = cells.flatMap((element) => {
      const output = places.get(list)?.get(`${source} ${element}`);
      const value = output && output.type !== "failure" ? metricsOf(output)?.[metric] : undefined;
      return typeof value === "number" ? [value] : [];
    });
    return values.length > 0 ? [[part, spreadOf(values)] as const] : [];
  });
  return found.length > 0 ? { bestEpochs: Object.fromEntries(found) } : {};
}
