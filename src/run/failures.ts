/**
 * What a failure means.
 *
 *  - A trial's own mistake would be the same at any time and anywhere: it is kept as the trial's result, and the search
 *    goes on without it, unless more trials have failed than the search allows.
 *  - Whatever else fails, fails the run; nothing of it is kept, because another moment may know better. Where the cause
 *    lies outside of the step (no room, no engine), nothing else starts.
 *  - A step that was asked to stop did not fail.
 */
import { LocalMistakeError, MistakeError } from "../diagnostic/diagnostic.js";
import { InterruptedError } from "../pipeline/run-context.js";
import type { Judged } from "../plan/decide.js";
import { failedBefore, keptFailure } from "../plan/kept-failure.js";
import type { Plan } from "../plan/plan.js";
import { type Step, stepKey } from "../plan/steps.js";
import type { ArtifactInfo, Store } from "../store/store.js";
import { attempt } from "../util/attempt.js";
import { shellWord } from "../util/escape.js";
import type { FailureLog } from "../values/failure-log.js";
import { failureText } from "./failure-text.js";
import { nameOf, type Outcome, type Outcomes, type StepReport } from "./outcomes.js";
import { recordOf } from "./record.js";
import { WorkerLostError } from "./worker-pool.js";

export class Failures {
  /** Trials that failed, by the key of the search's step. */
  readonly #failed = new Map<string, Set<string>>();

  /** @param now  wall clock in milliseconds */
  constructor(
    readonly plan: Plan,
    readonly steps: ReadonlyMap<string, Step>,
    readonly store: Store,
    readonly outcomes: Outcomes,
    readonly now: () => number,
  ) {}

  /** @param judged  none where the step could not be judged. @param log  what it said before */
  of(step: Step, error: unknown, elapsedMs: number, judged?: Judged, log?: FailureLog): Outcome {
    const { signal } = this.outcomes.status;
    if (error instanceof InterruptedError || (error instanceof WorkerLostError && signal.aborted))
      return this.outcomes.skipped(step, null);
    const report = { verdict: "run", reason: judged?.reason ?? "could not be judged", elapsedMs } as const;
    if (!step.mayFail || !judged || !(error instanceof MistakeError) || error instanceof LocalMistakeError)
      return this.#ofRun(step, error, report);
    const kept = attempt(() => this.#keep(step, judged, error, elapsedMs, log));
    return kept instanceof Error ? this.#ofRun(step, kept, report) : this.#ofTrial(step, error, kept, report);
  }

  /** Of a trial that failed in an earlier run. */
  again(step: Step, error: MistakeError, artifact: ArtifactInfo): Outcome {
    return this.#ofTrial(step, error, artifact, { verdict: "reuse", reason: failedBefore(error), elapsedMs: 0 });
  }

  #keep(step: Step, judged: Judged, error: MistakeError, elapsedMs: number, log?: FailureLog): ArtifactInfo {
    const artifact = this.store.put(keptFailure(error));
    this.store.keep(recordOf(this.plan, step, judged, artifact.digest, { elapsedMs, finishedAt: this.now() }));
    if (log) this.store.keepFailureLog(judged.fingerprint.digest, log);
    return artifact;
  }

  #ofRun(step: Step, error: unknown, report: StepReport): Outcome {
    this.outcomes.status.failBy(error);
    return this.outcomes.failed(step, failureText(step, error), report);
  }

  #ofTrial(step: Step, error: MistakeError, artifact: ArtifactInfo, report: StepReport): Outcome {
    const outcome = this.outcomes.failedTrial(step, failureText(step, error), artifact, report);
    if (step.cell) this.#count(step.cell);
    return outcome;
  }

  #count({ search, element, key, trial = key }: NonNullable<Step["cell"]>): void {
    const place = stepKey(search, element);
    const failed = this.#failed.get(place) ?? new Set();
    const isNew = !failed.has(trial);
    this.#failed.set(place, failed.add(trial));
    const step = this.steps.get(place);
    const most = step?.kind.failuresAllowed?.(step.stage.options) ?? null;
    if (!step || most === null || !isNew || failed.size !== most + 1) return;
    const so = this.outcomes.status.keepGoing ? "" : ", so that nothing more starts";
    this.outcomes.emit({
      event: "warning",
      ...nameOf(step),
      message:
        `${failed.size} trials failed, and \`max_failures\` allows ${most}${so}. What one said before it ` +
        `failed: \`hw1 show ${shellWord(this.plan.pipeline.file.path)} ${shellWord(`${place}/${key}`)}\`.`,
    });
    this.outcomes.status.fail();
  }
}
