/** What the trials of a search are compared by, and what a reader would doubt about that. */
import { suggestion } from "../diagnostic/nearest.js";
import type { JsonObject } from "../util/json.js";
import { holdsTest } from "../values/dataset.js";
import { type Entry, entriesOf, member, spanAt } from "./document.js";
import type { TrialList } from "./kind.js";
import { namesLookedUp } from "./lookup.js";
import type { Search, Stage, Trial } from "./pipeline.js";
import type { Report } from "./report.js";

type Objective = Search["objective"];

/** Which stage of a trial is scored, by which metric. */
export function objectiveOf(
  entry: Entry,
  options: JsonObject,
  { stages }: Trial,
  isKnown: boolean,
  report: Report,
): Objective | undefined {
  const { direction, metric } = chosenMetric(options);
  const names = [...stages.keys()];
  const [first, ...rest] = metric.split(".") as [string, ...string[]];
  const namesPart = names.length > 1 && names.includes(first);
  const part = namesPart ? first : names[names.length - 1]!;
  const path = namesPart ? rest : [first, ...rest];
  const objective: Objective = { metric, direction, part, path };
  if (!isKnown) return objective;
  const known = metricsOf(stages.get(part)!);
  const span = spanAt(entry, ["objective", direction]);
  if (!known.includes(path.join("."))) {
    const all =
      names.length > 1 ? names.flatMap((name) => metricsOf(stages.get(name)!).map((each) => `${name}.${each}`)) : known;
    report({ span, title: "no such metric", message: noMetric(entry.key, metric, all) });
    return undefined;
  }
  const better = betterEnd(path[path.length - 1]!);
  if (better && better !== direction) {
    const [good, sought] = better === "minimize" ? ["small", "large"] : ["large", "small"];
    report({
      span,
      title: "objective in the other direction",
      message:
        `\`${metric}\` is better when ${good}, but this search prefers trials where it is ${sought}. ` +
        `Write \`${better}: ${metric}\`.`,
      severity: "warning",
      name: "objective_direction",
    });
  }
  return objective;
}

/** Where a search ends early: null where nothing is aimed at, undefined where the metric is not there. */
export function targetOf(
  entry: Entry,
  options: JsonObject,
  { stages }: Trial,
  { part }: Objective,
  isKnown: boolean,
  report: Report,
): Search["target"] | undefined {
  const [found] = Object.entries((options.target ?? {}) as Readonly<Record<string, string>>);
  if (!found) return null;
  const [metric, bound] = found;
  const path = metric.split(".");
  if (stages.size > 1 && path[0] === part) path.shift();
  const known = metricsOf(stages.get(part)!);
  if (!isKnown || known.includes(path.join("."))) return { metric, path, bound };
  const message =
    `A trial of \`${entry.key}\` has no metric \`${metric}\`.${suggestion(metric, known)}\n\nMetrics` +
    `${stages.size > 1 ? ` of \`${part}\`, which the search is scored by` : ""}: ${known.join(", ")}`;
  report({ span: spanAt(entry, ["target", metric]), title: "no such metric", message });
  return undefined;
}

function chosenMetric(options: JsonObject): Pick<Objective, "direction" | "metric"> {
  const { minimize, maximize } = options.objective as { minimize?: string; maximize?: string };
  return minimize !== undefined
    ? { direction: "minimize", metric: minimize }
    : { direction: "maximize", metric: maximize! };
}
const metricsOf = ({ outputs }: Stage): readonly string[] =>
  Object.values(outputs).flatMap((output) => output.metrics ?? []);

const noMetric = (search: string, metric: string, all: readonly string[]): string =>
  all.length === 0
    ? `A trial of \`${search}\` ends in a stage without metrics, so there is nothing to compare by. ` +
      "Let it end in a `train` or an `evaluate`."
    : `A trial of \`${search}\` has no metric \`${metric}\`.${suggestion(metric, all)}\n\nMetrics: ${all.join(", ")}`;

/** Where a metric is good, by its last name; undefined of one that is neither. */
function betterEnd(name: string): Objective["direction"] | undefined {
  if (["loss", "logLoss", "mse", "rmse", "mae", "huber"].includes(name)) return "minimize";
  const isGood = ["accuracy", "balancedAccuracy", "auc", "correct", "r2", "precision", "recall", "f1"].includes(name);
  return isGood ? "maximize" : undefined;
}

/** Trials that are compared by a loss which each computes in its own way, so that the smallest need not be the best. */
export function reportCriteria(
  entry: Entry,
  { metric, direction, part, path }: Objective,
  trials: readonly Trial[],
  report: Report,
): void {
  const criteria = trials.flatMap(({ stages }) =>
    Object.values(stages.get(part)!.outputs).flatMap(({ criterion }) => criterion ?? []),
  );
  const by = criteria.find(({ metrics }) => metrics.includes(path.join(".")));
  const [first, second, ...others] = new Set(criteria.map(({ text }) => text));
  if (!by || second === undefined) return;
  report({
    span: spanAt(entry, ["objective", direction]),
    title: "losses that cannot be compared",
    message:
      `\`${metric}\` is each trial's own loss, and trials compute it in different ways: ${first}, ${second}` +
      `${others.length > 0 ? `, and ${others.length} more` : ""}. The trial whose number is smallest need not be the ` +
      `best one. ${by.instead}`,
    severity: "warning",
    name: "incomparable_losses",
  });
}

/** Trials that are compared by test examples; a training says so itself. */
export function reportTest(entry: Entry, scored: Stage, direction: Objective["direction"], report: Report): void {
  const [port] = Object.values(scored.outputs);
  if (port?.type === "model" || !holdsTest(port?.judgedBy?.split)) return;
  report({
    span: spanAt(entry, ["objective", direction]),
    title: "tuned on the test part",
    message:
      "Trials are compared by test examples, so the best of them knows of these, and its score on them flatters. " +
      "Let the trial be judged by validation examples, cut off with `split` or `fold`, " +
      "and leave the test examples to one `evaluate`.",
    severity: "warning",
    name: "tuned_on_test",
  });
}

/** What a right search does that hardly anybody means. */
export function reportDoubts(entry: Entry, { doubts, parameters }: TrialList, report: Report): void {
  for (const { at = [], ...doubt } of doubts) report({ ...doubt, span: spanAt(entry, at) });
  const read = namesLookedUp(member(entry.value, "trial")!, "trial");
  for (const { key, keySpan } of entriesOf(member(entry.value, "space")))
    if (parameters.includes(key) && !read.has(key))
      report({
        span: keySpan,
        title: "unused parameter",
        message:
          `The trial does not read \`\${trial.${key}}\`, so the same is trained for every value of \`${key}\`. ` +
          "Read it in the trial, or take it out of the space.",
        severity: "warning",
        name: "unused_parameter",
      });
}
