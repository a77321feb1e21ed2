/** A search is checked trial by trial, each stage of a trial as any other stage; then what they are compared by. */
import { checkStage, finished } from "./check-stage.js";
import { type Checking, scopeOf } from "./checking.js";
import { type Entry, spanAt } from "./document.js";
import { type Draft, namesRead } from "./draft.js";
import type { TrialList } from "./kind.js";
import { lastLength, reportWhole } from "./lengths.js";
import { objectiveOf, reportCriteria, reportDoubts, reportTest } from "./objective.js";
import type { Search, Stage, Trial } from "./pipeline.js";
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
  const axis: Axis = { stage: entry.key, keys: list.trials.map((trial) => trial.key), of: "choices" };
  const { trials, isKnown } = checkTrials(draft, draft.trials, [...scope, axis], checking);
  if (!trials) return undefined;
  const objective = objectiveOf(entry, options, trials[0]!, isKnown, checking.report);
  if (!objective) return undefined;
  reportDoubts(entry, list, checking.report);
  reportNames(entry, list, checking.report);
  if (list.rounds.some((round) => !round.isKnown)) reportCells(entry, trials, checking.report);
  if (lastLength(list) !== null)
    reportWhole(
      trials.flatMap(({ stages }) => [...stages.values()]),
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
    trials,
    rounds: list.rounds,
    folds: missingFrom([...scope, axis], scored.scope),
  };
  const stage = finished({ ...draft, kind, options }, scope, null, checking, search);
  const about = infoOf(search, scored, axis);
  const known = (info: PortInfo): PortInfo => ({ ...info, count: trials.length, search: about });
  return {
    ...stage,
    outputs: Object.fromEntries(Object.entries(stage.outputs).map(([output, info]) => [output, known(info)])),
  };
}

interface CheckedTrials {
  /** Nothing where one has a mistake. */
  readonly trials: readonly Trial[] | undefined;
  /** False where a stage of a trial reads one with a mistake, so that nobody can say what it measures. */
  readonly isKnown: boolean;
}

function checkTrials(
  draft: Draft,
  { list, drafts }: NonNullable<Draft["trials"]>,
  base: readonly Axis[],
  checking: Checking,
): CheckedTrials {
  const { entry } = draft;
  const trials: Trial[] = [];
  const reported = new Set<string>();
  // One map for all trials: a search may have many, beside many stages.
  const stages = new Map(checking.stages);
  let isKnown = true;
  for (const [index, { key, stages: parts }] of drafts.entries()) {
    const broken = new Set(checking.broken);
    const own = new Map<string, Stage>();
    for (const part of parts.keys()) {
      const outside = checking.stages.get(part);
      if (outside) stages.set(part, outside);
      else stages.delete(part);
    }
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
    for (const [part, partDraft] of parts) {
      const each = partDraft.each.length > 0 || draft.each.length === 0 ? partDraft.each : draft.each;
      const name = parts.size === 1 ? entry.key : `${entry.key}.${part}`;
      if (namesRead(partDraft).some((read) => broken.has(read.stage))) broken.add(part);
      const stage = checkStage({ ...partDraft, each }, { ...checking, stages, broken, report, base, name });
      if (!stage || hasFailed) return { trials: undefined, isKnown };
      isKnown &&= !broken.has(part);
      own.set(part, stage);
      stages.set(part, stage);
    }
    trials.push({ key, values: list.trials[index]!.values, stages: own });
  }
  return { trials, isKnown };
}

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

/** A place has as many cells as any trial that may get it. */
function reportCells(entry: Entry, trials: readonly Trial[], report: Report): void {
  const cellsOf = ({ stages }: Trial): string =>
    [...stages].map(([name, { scope }]) => `${name}: ${scope.map(({ stage }) => stage).join(", ")}`).join("; ");
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

function infoOf({ objective, parameters, trials, rounds, folds }: Search, scored: Stage, axis: Axis): SearchInfo {
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
    values: inherited.length > 0 ? null : trials.map(({ values }) => values),
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
  const ports = stage.search
    ? Object.values(stage.outputs)
    : stage.inputs.map((edge) => edge.source.outputs[edge.output]!);
  return ports.flatMap((port) => port.search?.parameters ?? []);
}
