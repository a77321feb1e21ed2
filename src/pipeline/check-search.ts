/** A search is checked trial by trial, each stage of a trial as any other stage; then what they are compared by. */
import type { Mistake } from "../diagnostic/diagnostic.js";
import { digestJson } from "../util/digest.js";
import { inSpaceOrder } from "../values/trial-name.js";
import { checkStage, finished } from "./check-stage.js";
import { type Checking, scopeOf } from "./checking.js";
import { type Entry, spanAt } from "./document.js";
import { type Draft, namesRead, type TrialDrafts } from "./draft.js";
import type { TrialList } from "./kind.js";
import { lastLength, reportWhole } from "./lengths.js";
import { objectiveOf, reportCriteria, reportDoubts, reportTest, targetOf } from "./objective.js";
import { readsOf, type Search, type Stage, type Trial } from "./pipeline.js";
import type { PortInfo, RowsInfo, SearchInfo } from "./port-info.js";
import { allowing, isError, type Report } from "./report.js";
import { type Axis, missingFrom } from "./scope.js";

export function checkSearch(draft: Draft, around: Checking): Stage | undefined {
  const { entry, kind, options } = draft;
  const checking: Checking = { ...around, report: allowing(draft.allow, around.report) };
  if (!kind || !options || !draft.isScopeKnown) return undefined;
  const scope = scopeOf(draft, checking);
  if (!scope || !draft.trials) return undefined;
  const { list } = draft.trials;
  const axis: Axis = { stage: entry.key, keys: list.keys, of: "choices" };
  const base = [...scope, axis];
  const { trials, samples, isKnown } = checkTrials(draft, draft.trials, base, checking);
  if (!trials) return undefined;
  const objective = objectiveOf(entry, options, trials[0]!, isKnown, checking.report);
  if (!objective) return undefined;
  const target = targetOf(entry, options, trials[0]!, objective, isKnown, checking.report);
  if (target === undefined) return undefined;
  reportDoubts(entry, list, checking.report);
  reportNames(entry, list, checking.report);
  if (list.rounds.some((round) => !round.isKnown)) reportCells(entry, [...trials, ...samples], checking.report);
  if (lastLength(list) !== null)
    reportWhole(
      [...trials, ...samples].flatMap(({ stages }) => [...stages.values()]),
      checking.kinds,
      checking.report,
    );
  const scored = trials[0]!.stages.get(objective.part)!;
  reportCriteria(entry, objective, trials, checking.report);
  reportTest(entry, scored, objective.direction, checking.report);
  const search: Search = {
    strategy: list.strategy,
    space: list.space,
    objective,
    parameters: list.parameters,
    total: list.total,
    rejected: list.rejected,
    target,
    keys: list.keys,
    trials,
    samples,
    drawn: list.drawn,
    mayRead: [...new Set(samples.flatMap(({ stages }) => [...stages.values()].flatMap((part) => [...readsOf(part)])))],
    trialOf: laterTrials({ draft, drafts: draft.trials, base, checking, trials }),
    rounds: list.rounds,
    folds: missingFrom([...scope, axis], scored.scope),
  };
  const stage = finished({ ...draft, kind, options }, scope, null, checking, search);
  const about = infoOf(search, scored, axis);
  const known = (info: PortInfo): PortInfo => ({ ...info, count: finalists(list), search: about });
  return {
    ...stage,
    outputs: Object.fromEntries(Object.entries(stage.outputs).map(([output, info]) => [output, known(info)])),
  };
}

interface CheckedTrials {
  /** Nothing where one has a mistake. */
  readonly trials: readonly Trial[] | undefined;
  /** Of `TrialList.samples`, and what was drawn and is not known to run. */
  readonly samples: readonly Trial[];
  /** False where a stage of a trial reads one with a mistake, so that nobody can say what it measures. */
  readonly isKnown: boolean;
}

function checkTrials(
  draft: Draft,
  { list, drafts, samples }: TrialDrafts,
  base: readonly Axis[],
  checking: Checking,
): CheckedTrials {
  const trials: Trial[] = [];
  const reported = new Set<string>();
  // One map for all trials: a search may have many, beside many stages.
  const stages = new Map(checking.stages);
  let isKnown = true;
  for (const { key, stages: parts } of [...drafts, ...samples]) {
    let hasFailed = false;
    // Trials resemble each other: what was told of one is not told again, and after a mistake the others are left
    // alone.
    const report: Report = (mistake) => {
      const { span, title, message } = mistake;
      hasFailed ||= isError(mistake);
      const sentence = `${span?.file.path} ${span?.start} ${title} ${isError(mistake) ? message : ""}`;
      if (!reported.has(sentence)) checking.report(mistake);
      reported.add(sentence);
    };
    const found = checkTrial(draft, parts, base, { ...checking, stages, report }, checking.stages);
    if (!found || hasFailed) return { trials: undefined, samples: [], isKnown };
    isKnown &&= found.isKnown;
    trials.push({ key, values: list.trials[trials.length]?.values ?? {}, stages: found.stages });
  }
  return { trials: trials.slice(0, drafts.length), samples: trials.slice(drafts.length), isKnown };
}

/**
 * The stages of one trial, in order.
 *
 * @param checking  with a map of stages that is changed
 * @param outside   stages of the file
 * @returns         nothing where one cannot be checked
 */
function checkTrial(
  draft: Draft,
  parts: ReadonlyMap<string, Draft>,
  base: readonly Axis[],
  checking: Checking & { readonly stages: Map<string, Stage> },
  outside: ReadonlyMap<string, Stage>,
): { readonly stages: ReadonlyMap<string, Stage>; readonly isKnown: boolean } | undefined {
  const { entry } = draft;
  const { stages } = checking;
  const broken = new Set(checking.broken);
  const own = new Map<string, Stage>();
  let isKnown = true;
  for (const part of parts.keys()) {
    const other = outside.get(part);
    if (other) stages.set(part, other);
    else stages.delete(part);
  }
  for (const [part, partDraft] of parts) {
    const each = partDraft.each.length > 0 || draft.each.length === 0 ? partDraft.each : draft.each;
    const name = parts.size === 1 ? entry.key : `${entry.key}.${part}`;
    if (namesRead(partDraft).some((read) => broken.has(read.stage))) broken.add(part);
    const stage = checkStage({ ...partDraft, each }, { ...checking, broken, base, name });
    if (!stage) return undefined;
    isKnown &&= !broken.has(part);
    own.set(part, stage);
    stages.set(part, stage);
  }
  return { stages: own, isKnown };
}

/**
 * Trials of configurations that are chosen while a search runs, each the same one every time. One in which there is a
 * mistake has it, and the stages of another as far as it has none of its own.
 */
function laterTrials({
  draft,
  drafts,
  base,
  checking,
  trials,
}: {
  readonly draft: Draft;
  readonly drafts: TrialDrafts;
  readonly base: readonly Axis[];
  readonly checking: Checking;
  readonly trials: readonly Trial[];
}): Search["trialOf"] {
  // The file's stages as they are now: later ones may be called as a stage of the trial.
  const outside = new Map(checking.stages);
  const known = new Map(trials.map((trial) => [digestJson([trial.key, trial.values]), trial]));
  return ({ key, values: unordered }) => {
    const place = digestJson([key, unordered]);
    const found = known.get(place);
    if (found) return found;
    const values = inSpaceOrder(unordered, drafts.list.parameters);
    let mistake: Mistake | undefined;
    const report: Report = ({ span: _, ...other }) => {
      if (isError(other)) mistake ??= other;
    };
    const parts = drafts.written(values, report);
    const unread = [...parts.values()].flatMap(namesRead).find(({ stage }) => !parts.has(stage) && !outside.has(stage));
    if (unread)
      mistake ??= {
        title: "a stage that no other trial reads",
        message: `With these values the trial reads \`${unread.stage}\`, of which nothing was known before.`,
      };
    const checked = mistake
      ? undefined
      : checkTrial(draft, parts, base, { ...checking, stages: new Map(outside), report }, outside);
    const sample = trials[0]!.stages;
    if (checked && cellsOf(checked) !== cellsOf(trials[0]!))
      mistake ??= {
        title: "trials over other elements",
        message:
          `With these values the trial runs over other stages than ${trials[0]!.key} does, and all have as many ` +
          "steps. Let `each` be the same for every configuration.",
      };
    const stages = new Map(
      [...sample].map(([name, stage]) => {
        const own = checked?.stages.get(name);
        if (own && !mistake) return [name, own];
        const options = parts.get(name)?.options ?? { ...stage.options, trial: values };
        // Its failure is kept as that of each of its stages, and one of these may be right by itself.
        return [name, { ...stage, options: { ...options, mistake: mistake ? [mistake.title, mistake.message] : [] } }];
      }),
    );
    const trial: Trial = { key, values, stages, ...(mistake ? { mistake } : {}) };
    known.set(place, trial);
    return trial;
  };
}

/** How many trials may come through the last rung of their generation. */
const finalists = ({ rounds }: TrialList): number => {
  const last = Math.max(...rounds.map(({ rung }) => rung));
  return rounds.reduce((sum, { rung, places }) => (rung === last ? sum + places.length : sum), 0);
};

/** Elements of a search are trials, places and rounds: none is called as another. */
function reportNames(entry: Entry, { rounds, trials }: TrialList, report: Report): void {
  const taken = new Set(rounds.flatMap(({ name, places, isKnown }) => (isKnown ? [] : [name, ...places])));
  const trial = trials.find(({ key }) => taken.has(key));
  if (trial)
    report({
      span: spanAt(entry, ["space"]),
      title: "a configuration called as a place",
      message:
        `One configuration of \`${entry.key}\` is called \`${trial.key}\`, and so is a place that a later round ` +
        "fills. Give one of its values another name.",
    });
}

/** Over what the stages of a trial run. */
const cellsOf = ({ stages }: Pick<Trial, "stages">): string =>
  [...stages].map(([name, { scope }]) => `${name}: ${scope.map(({ stage }) => stage).join(", ")}`).join("; ");

/** A place has as many cells as any trial that may get it. */
function reportCells(entry: Entry, trials: readonly Trial[], report: Report): void {
  const other = trials.find((trial) => cellsOf(trial) !== cellsOf(trials[0]!));
  if (other)
    report({
      span: spanAt(entry, ["trial"]),
      title: "trials over other elements",
      message:
        `The trials ${trials[0]!.key} and ${other.key} of \`${entry.key}\` run over other stages, ` +
        "so it is not known before how many steps a later round has. Let `each` be the same for every configuration.",
    });
}

function infoOf({ objective, parameters, keys, trials, rounds, folds }: Search, scored: Stage, axis: Axis): SearchInfo {
  const inherited = trials.flatMap((trial) =>
    [...trial.stages.values()].flatMap((part) => (part.use ? parametersBehind(part.use.source) : [])),
  );
  return {
    objective: { metric: objective.metric, direction: objective.direction },
    parameters: [...new Set([...inherited, ...parameters])],
    keys: axis.keys,
    isHalved: rounds.some(({ epochs }) => epochs !== null),
    judges: judgedOn(scored, folds),
    criterion: Object.values(scored.outputs)
      .flatMap(({ criterion }) => criterion ?? [])
      .find(({ metrics }) => metrics.includes(objective.path.join("."))),
    losses: [...(trials[0]?.stages.values() ?? [])].flatMap(({ outputs }) =>
      Object.values(outputs).flatMap(({ type, loss }) => (type === "model" ? [loss] : [])),
    ),
    values: inherited.length > 0 || trials.length < keys.length ? null : trials.map(({ values }) => values),
  };
}

/** Examples that score a trial; of folds all together, which are those that were folded. */
function judgedOn(scored: Stage, folds: readonly Axis[]): RowsInfo | undefined {
  const rows = Object.values(scored.outputs)[0]?.judgedBy?.rows;
  const [around, ...above] = rows?.within ?? [];
  if (!rows || around === undefined || !folds.some((axis) => axis.of === "folds")) return rows;
  return { id: around, within: above, ...(rows.merged ? { merged: rows.merged } : {}) };
}

/** Names of the values that come with the settings of a search's trial or of a winner. */
function parametersBehind(stage: Stage): readonly string[] {
  const ports = stage.search ? Object.values(stage.outputs) : stage.inputs.map((edge) => edge.info);
  return ports.flatMap((port) => port.search?.parameters ?? []);
}
