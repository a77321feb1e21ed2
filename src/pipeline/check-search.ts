/** A search is checked trial by trial, each stage of a trial as any other stage; then what they are compared by. */
import { suggestion } from "../diagnostic/nearest.js";
import { type Checking, checkStage, finished } from "./check-stage.js";
import { type Draft, entriesOf, namesRead, spanAt } from "./draft.js";
import { namesLookedUp } from "./lookup.js";
import type { Search, Stage, Trial } from "./pipeline.js";
import type { PortInfo, RowsInfo, SearchInfo } from "./port-info.js";
import { member } from "./read.js";
import { isError, type Report } from "./report.js";
import { type Axis, missingFrom } from "./scope.js";

/** A search: the stages of every trial are checked as any others, at the trial; then what is scored. */
export function checkSearch(draft: Draft, scope: readonly Axis[], checking: Checking): Stage | undefined {
  const { entry, trials, options } = draft;
  const { list, drafts } = trials!;
  const axis: Axis = { stage: entry.key, keys: list.trials.map((trial) => trial.key), seeds: false };
  const checked: Trial[] = [];
  const told = new Set<string>();
  // One map for all trials: a search may have many, beside many stages.
  const stages = new Map(checking.stages);
  /** Whether a stage of a trial reads one with a mistake, so that nobody can say what it measures. */
  let unknown = false;
  for (const [index, { key, stages: parts }] of drafts.entries()) {
    const broken = new Set(checking.broken);
    const own = new Map<string, Stage>();
    for (const part of parts.keys()) {
      const outside = checking.stages.get(part);
      if (outside) stages.set(part, outside);
      else stages.delete(part);
    }
    let failed = false;
    // Trials resemble each other: what was told of one is not told again, and after a mistake the others are left
    // alone.
    const report: Report = (mistake) => {
      const { span, title, message } = mistake;
      failed ||= isError(mistake);
      const sentence = `${span?.file.path} ${span?.start} ${title} ${isError(mistake) ? message : ""}`;
      if (!told.has(sentence)) checking.report(mistake);
      told.add(sentence);
    };
    for (const [part, partDraft] of parts) {
      const each = partDraft.each.length > 0 || draft.each.length === 0 ? partDraft.each : draft.each;
      const name = parts.size === 1 ? entry.key : `${entry.key}.${part}`;
      if (namesRead(partDraft).some((read) => broken.has(read.stage))) broken.add(part);
      const stage = checkStage(
        { ...partDraft, each },
        { ...checking, stages, broken, report, base: [...scope, axis], name },
      );
      if (!stage || failed) return undefined;
      unknown ||= broken.has(part);
      own.set(part, stage);
      stages.set(part, stage);
    }
    checked.push({ key, values: list.trials[index]!.values, stages: own });
  }
  const objective = objectiveOf(draft, checked[0]!, unknown, checking.report);
  if (!objective) return undefined;
  tellDoubts(draft, checking.report);
  const scored = checked[0]!.stages.get(objective.part)!;
  tellTest(draft, scored, objective.direction, checking.report);
  const search: Search = {
    strategy: list.strategy,
    objective,
    parameters: list.parameters,
    total: list.total,
    rejected: list.rejected,
    trials: checked,
    folds: missingFrom([...scope, axis], scored.scope),
  };
  const stage = finished({ ...draft, options: options! }, scope, null, checking, search);
  const inherited = checked.flatMap((trial) =>
    [...trial.stages.values()].flatMap((part) => (part.use ? parametersBehind(part.use.source) : [])),
  );
  const about: SearchInfo = {
    objective: { metric: objective.metric, direction: objective.direction },
    parameters: [...new Set([...inherited, ...list.parameters])],
    keys: axis.keys,
    judges: judgedOn(scored, search),
    values: inherited.length > 0 ? null : checked.map(({ values }) => values),
  };
  const known = (info: PortInfo): PortInfo => ({ ...info, count: checked.length, search: about });
  return (
    stage && {
      ...stage,
      outputs: Object.fromEntries(Object.entries(stage.outputs).map(([output, info]) => [output, known(info)])),
    }
  );
}

/** Examples that score a trial; of folds all together, which are those that were folded. */
function judgedOn(scored: Stage, { folds }: Search): RowsInfo | undefined {
  const rows = Object.values(scored.outputs)[0]?.judgedBy?.rows;
  const [around, ...above] = rows?.within ?? [];
  if (!rows || around === undefined || !folds.some((axis) => axis.seeds)) return rows;
  return { id: around, within: above, ...(rows.merged ? { merged: rows.merged } : {}) };
}

/** Trials that are compared by test examples; a training says so itself. */
function tellTest(draft: Draft, scored: Stage, direction: string, report: Report): void {
  const [port] = Object.values(scored.outputs);
  if (port?.type === "model" || !port?.judgedBy?.split?.split("+").includes("test")) return;
  report({
    span: spanAt(draft.entry, ["objective", direction]),
    title: "tuned on the test part",
    message:
      "Trials are compared by test examples, so the best of them knows of these, and its score on them flatters. Let the trial be judged by validation examples, cut off with `split` or `fold`, and leave the test examples to one `evaluate`.",
    severity: "warning",
    name: "tuned_on_test",
  });
}

/** Names of the values that come with the settings of a search's trial or of a winner. */
function parametersBehind(stage: Stage): readonly string[] {
  const ports = stage.search
    ? Object.values(stage.outputs)
    : stage.inputs.map((edge) => edge.source.outputs[edge.output]!);
  return ports.flatMap((port) => port.search?.parameters ?? []);
}

/** What a right search does that hardly anybody means. */
function tellDoubts({ entry, trials }: Draft, report: Report): void {
  const { doubts, parameters } = trials!.list;
  for (const { at = [], ...doubt } of doubts) report({ ...doubt, span: spanAt(entry, at) });
  const read = namesLookedUp(member(entry.value, "trial")!, "trial");
  for (const { key, keySpan } of entriesOf(member(entry.value, "space")))
    if (parameters.includes(key) && !read.has(key)) {
      const message = `The trial does not read \`\${trial.${key}}\`, so the same is trained for every value of \`${key}\`. Read it in the trial, or take it out of the space.`;
      report({ span: keySpan, title: "unused parameter", message, severity: "warning", name: "unused_parameter" });
    }
}

/** Where a metric is good, by its last name; undefined of one that is neither. */
function betterEnd(name: string): Search["objective"]["direction"] | undefined {
  if (["loss", "mse", "rmse", "mae"].includes(name)) return "minimize";
  return ["accuracy", "correct", "r2", "precision", "recall", "f1"].includes(name) ? "maximize" : undefined;
}

/** Which stage of a trial is scored, by which metric. */
function objectiveOf(
  { entry, options }: Draft,
  { stages }: Trial,
  unknown: boolean,
  report: Report,
): Search["objective"] | undefined {
  const { minimize, maximize } = options!["objective"] as { minimize?: string; maximize?: string };
  const [direction, metric] =
    minimize !== undefined ? (["minimize", minimize] as const) : (["maximize", maximize!] as const);
  const names = [...stages.keys()];
  const [first, ...rest] = metric.split(".") as [string, ...string[]];
  const part = names.length > 1 && names.includes(first) ? first : names[names.length - 1]!;
  const path = names.length > 1 && names.includes(first) ? rest : [first, ...rest];
  const known = Object.values(stages.get(part)!.outputs).flatMap((output) => output.metrics ?? []);
  if (unknown) return { metric, direction, part, path };
  if (known.length > 0 && known.includes(path.join("."))) {
    const better = betterEnd(path[path.length - 1]!);
    if (better && better !== direction)
      report({
        span: spanAt(entry, ["objective", direction]),
        title: "objective in the other direction",
        message: `\`${metric}\` is better when ${better === "minimize" ? "small" : "large"}, but this search prefers trials where it is ${better === "minimize" ? "large" : "small"}. Write \`${better}: ${metric}\`.`,
        severity: "warning",
        name: "objective_direction",
      });
    return { metric, direction, part, path };
  }
  const all =
    names.length > 1
      ? names.flatMap((name) =>
          Object.values(stages.get(name)!.outputs).flatMap((output) =>
            (output.metrics ?? []).map((each) => `${name}.${each}`),
          ),
        )
      : known;
  report({
    span: spanAt(entry, ["objective", direction]),
    title: "no such metric",
    message:
      all.length === 0
        ? `A trial of \`${entry.key}\` ends in a stage without metrics, so there is nothing to compare by. Let it end in a \`train\` or an \`evaluate\`.`
        : `A trial of \`${entry.key}\` has no metric \`${metric}\`.${suggestion(metric, all)}\n\nMetrics: ${all.join(", ")}`,
  });
  return undefined;
}
