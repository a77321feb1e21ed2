/**
 * Draft → Stage: what it runs over, whose settings it takes, its inputs wired and typed; then its kind has its say.
 *
 * A stage whose options are broken is still known by its name and kind, so one mistake does not raise others about the
 * stages that read it. A search is `check-search.ts`'s.
 */
import type { OptionPath, Span } from "../diagnostic/diagnostic.js";
import { digestJson } from "../util/digest.js";
import type { CheckContext } from "./check-context.js";
import { type CheckedInputs, checkInputs } from "./check-inputs.js";
import { withSettings } from "./check-use.js";
import { type CheckableDraft, type Checking, scopeOf, written } from "./checking.js";
import { entriesOf, spanAt } from "./document.js";
import type { Draft } from "./draft.js";
import { drawsRandomNumbers, leavesToTrial } from "./kind.js";
import { decidingOptions, withoutInputs } from "./merged.js";
import { reportSameForEverySeed } from "./over-seeds.js";
import type { Search, Stage, Use } from "./pipeline.js";
import { allowing, isError } from "./report.js";
import type { Axis } from "./scope.js";

export function checkStage(draft: Draft, around: Checking): Stage | undefined {
  const { kind } = draft;
  const checking: Checking = { ...around, report: allowing(draft.allow, around.report) };
  if (!kind || !draft.isScopeKnown || (draft.options === undefined && !draft.use)) return undefined;
  const scope = scopeOf(draft, checking);
  if (!scope) return undefined;
  const { entry, options } = draft;
  const set = draft.use ? withSettings(draft, kind, draft.use, scope, checking) : { entry, options, use: null };
  if (!set?.options) return undefined;
  const { meanOption } = kind;
  if (meanOption && !draft.use && leavesToTrial(kind, set.options))
    checking.report({ ...meanOption.alone, span: spanAt(entry, [meanOption.option]) });
  return finished({ ...draft, kind, entry: set.entry, options: set.options }, scope, set.use, checking);
}

/** Inputs are wired and typed, then the kind has its say. */
export function finished(
  draft: CheckableDraft,
  scope: readonly Axis[],
  use: Use | null,
  checking: Checking,
  search: Search | null = null,
): Stage {
  const { kind, options } = draft;
  const { name = draft.entry.key } = checking;
  const found = checkInputs(draft, scope, checking);
  // Where a name of a stage is wrong, the input is not missing.
  const isComplete = kind.inputs.every(
    ({ option, optional }) =>
      optional || found.inputs[option] || draft.edges.some((reference) => reference.option === option),
  );
  const optionSpan = (path: OptionPath = []): Span => spanAt(draft.entry, path);
  const elements = search ? { keys: search.keys, of: "choices" as const } : kind.elements?.(options);
  const stage: Stage = {
    name,
    kind: kind.name,
    options,
    seed: draft.seed,
    hasOwnSeed: draft.hasOwnSeed,
    draws: drawsRandomNumbers(kind, options),
    allow: draft.allow,
    inputs: found.edges,
    scope,
    each: scope.length > 0 ? scope.map((axis) => axis.stage).join(", ") : null,
    offers: elements ? { stage: name, ...elements } : null,
    use,
    given: use ? withoutInputs(kind, written(draft.body)) : {},
    search,
    outputs: isComplete ? kind.check(contextOf(draft, found, use, optionSpan, checking)) : {},
    span: draft.entry.keySpan,
    optionSpan,
  };
  // Where something is wrong with what it reads, nobody can say what depends on the seed.
  if (isComplete && found.edges.length === draft.edges.length && !checking.broken.has(draft.entry.key))
    reportSameForEverySeed(stage, (mistake) =>
      checking.report({ ...mistake, span: spanAt(draft.entry, mistake.at ?? []) }),
    );
  return stage;
}

function contextOf(
  { kind, entry, body, options, seed }: CheckableDraft,
  { inputs, lists, scopes, examplesRead }: CheckedInputs,
  use: Use | null,
  span: (path?: OptionPath) => Span,
  { folder, report }: Checking,
): CheckContext<unknown> {
  const own = new Set(entriesOf(body).map(({ key }) => key));
  // A search whose trials are all trained again has chosen none of them.
  const chosenFrom = use && !use.source.search ? use.source.inputs : [];
  return {
    options,
    inputs,
    lists,
    scopes,
    chosen: chosenFrom.flatMap((edge) => edge.info.search?.judges ?? []),
    isWritten: (option) => entriesOf(entry.value).some(({ key }) => key === option),
    isTrials: (option) => use !== null && !own.has(option),
    folder,
    seed,
    identity: () =>
      digestJson({
        kind: kind.name,
        options: decidingOptions(kind, options),
        read: examplesRead,
        seed: drawsRandomNumbers(kind, options) ? seed : null,
      }),
    span,
    report: ({ at = [], ...mistake }) => {
      // A doubt about an option that a trial brings was told at the trial.
      const isTrials = use !== null && at.length > 0 && !own.has(String(at[0]));
      if (!isTrials || isError(mistake)) report({ ...mistake, span: mistake.span ?? span(at) });
    },
  };
}
