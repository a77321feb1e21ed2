/**
 * Carries out a plan, N steps at a time, and reports everything as events.
 *
 * A step waits for those it reads, is judged again with their real results (early cut-off), and is reused or run. Only
 * ready steps enter the queue, so it cannot lock up. After a failure nothing new starts, unless `keepGoing`; then
 * whatever does not depend on the failed step goes on. An interrupt asks the steps under way to stop and keep their
 * checkpoints.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Kinds } from "../pipeline/kind.js";
import { ChangedFileError } from "../pipeline/run-context.js";
import { type Decision, decide, inPlace, type Judged, unreadable } from "../plan/decide.js";
import { checkpointFamily } from "../plan/fingerprint.js";
import { failureDigest, failureOf } from "../plan/kept-failure.js";
import { chosenIn, type Plan, type PlanOptions } from "../plan/plan.js";
import type { Resolved } from "../plan/resolved-options.js";
import { isEmpty, placedTrials } from "../plan/search-steps.js";
import type { Place } from "../plan/step.js";
import { readsOfStep, type Step, stepKey } from "../plan/steps.js";
import { LostArtifactError, type Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { TrialsData } from "../values/chosen-trials.js";
import type { Round } from "../values/search.js";
import type { RunEvent } from "./event.js";
import type { StepRequest } from "./execute.js";
import { Failures } from "./failures.js";
import { RunHistory, type RunSetting } from "./history.js";
import { stopSignalOf } from "./interrupt.js";
import { LedgerNotes } from "./ledger-notes.js";
import { LostResults } from "./lost-results.js";
import { nameOf, type Outcome, Outcomes } from "./outcomes.js";
import { RunStatus } from "./run-status.js";
import { isOutdated, StepRunner, type Workers } from "./step-runner.js";
import { TrialTimes } from "./trial-times.js";

export type { Workers };

interface RunOptions extends PlanOptions {
  readonly jobs: number;
  readonly keepGoing?: boolean;
  readonly emit: (event: RunEvent) => void;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly workers: Workers | null;
  readonly setting?: RunSetting;
}
export interface RunResult {
  readonly status: "ok" | "failed" | "interrupted";
  readonly ran: number;
  readonly reused: number;
  readonly failed: number;
  /** Set when disk, cache or engine made it fail. */
  readonly environment: string | null;
  /** The same, where no step's event has said it. */
  readonly unreported: string | null;
  /** Artifact of every step that succeeded, by step key. */
  readonly artifacts: ReadonlyMap<string, Digest>;
}
/** Of the steps that one reads. */
type Read = ReadonlyMap<string, Outcome>;

/** So often a step is tried whose data file or stored input is not what it was judged by. */
const mostAttempts = 5;

export async function runPlan(plan: Plan, kinds: Kinds, store: Store, options: RunOptions): Promise<RunResult> {
  return await new Run(plan, kinds, store, options).go();
}

class Run {
  /** By key, with what stands at the places of rounds that were chosen. */
  readonly #steps: Map<string, Step>;
  readonly #status: RunStatus;
  readonly #history: RunHistory;
  readonly #outcomes: Outcomes;
  readonly #failures: Failures;
  readonly #lost: LostResults;
  readonly #notes: LedgerNotes;
  readonly #runner: StepRunner;
  /** What becomes of each step, by key. */
  readonly #settling = new Map<string, Promise<Outcome>>();
  /** Steps that are being settled. */
  readonly #pending = new Set<string>();
  /** Options of steps that were judged, with what came with them. */
  readonly #resolved = new Map<string, Resolved>();
  /** What steps have chosen for rounds of searches, by key. */
  readonly #chosen = new Map<string, TrialsData>();
  /** Steps whose test set may be opened now. */
  readonly #released = new Set<string>();
  /** Computations in the queue or at work, by fingerprint. */
  readonly #underWay = new Map<Digest, Promise<void>>();
  readonly #startedAt: number;

  constructor(
    readonly plan: Plan,
    kinds: Kinds,
    readonly store: Store,
    readonly options: RunOptions,
  ) {
    const { jobs, workers, now, signal, keepGoing } = options;
    const emit = (event: RunEvent): void => this.#emit(event);
    this.#steps = new Map(plan.steps.map((step) => [step.key, step]));
    this.#status = new RunStatus(signal, keepGoing === true);
    const outcomes = new Outcomes(plan, this.#status, emit);
    const failures = new Failures(plan, this.#steps, store, outcomes, now);
    this.#outcomes = outcomes;
    this.#failures = failures;
    this.#history = new RunHistory(store, plan.pipeline, this.#status, now, options.setting);
    const notes = new LedgerNotes({
      steps: this.#steps,
      pipeline: plan.pipeline.name,
      store,
      artifacts: outcomes.artifacts,
      run: this.#history.id,
    });
    this.#notes = notes;
    const times = new TrialTimes(this.#steps, now);
    this.#runner = new StepRunner({ plan, kinds, store, jobs, workers, now, outcomes, failures, notes, times, emit });
    this.#lost = new LostResults({
      store,
      steps: this.#steps,
      artifacts: outcomes.artifacts,
      isPending: (key) => this.#pending.has(key),
      forget: (key) => void this.#settling.delete(key),
      warn: (step, message) => this.#warn(step, message),
    });
    this.#startedAt = now();
  }

  async go(): Promise<RunResult> {
    const { pipeline, planned, searches, engine } = this.plan;
    const { jobs, signal, workers, now } = this.options;
    this.#emit({ event: "plan", pipeline: pipeline.name, jobs, engine, steps: planned, searches });
    const onAbort = (): void => {
      this.#emit({ event: "interrupt", signal: stopSignalOf(signal.reason) });
      workers?.stop(4500);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    await this.#settleAll();
    this.#history.finish(() => this.#notes.finish());
    const { status, totals } = this.#status;
    this.#emit({ event: "run", status, ...totals, elapsedMs: now() - this.#startedAt });
    const { environment, unreported } = this.#status;
    return { status, ...totals, environment, unreported, artifacts: this.#outcomes.artifacts };
  }

  #emit(event: RunEvent): void {
    this.options.emit(event);
    this.#history.log(event);
  }

  #warn(step: Step, message: string): void {
    this.#emit({ event: "warning", ...nameOf(step), message });
  }

  /**
   * A loss that one step met may have taken results along that no other step reads: they belong to what the run leaves.
   */
  async #settleAll(): Promise<void> {
    for (let round = 0; round <= mostAttempts; round++) {
      await Promise.all(this.plan.steps.map(({ key }) => this.#settled(key)));
      if (this.#status.isHalted || !this.#lost.findMore()) return;
    }
  }

  #settled(key: string): Promise<Outcome> {
    let outcome = this.#settling.get(key);
    if (!outcome) {
      this.#pending.add(key);
      outcome = this.#settle(this.#steps.get(key)!).finally(() => this.#pending.delete(key));
      this.#settling.set(key, outcome);
    }
    return outcome;
  }

  async #settle(open: Step): Promise<Outcome> {
    for (let attempt = 1; ; attempt++) {
      let step = open;
      try {
        if (open.place) {
          const standing = await this.#inPlace(open, open.place);
          if ("status" in standing) return standing;
          step = standing;
        }
        const keys = readsOfStep(step);
        const ended = await Promise.all(keys.map((key) => this.#settled(key)));
        // Whoever gathers goes on without trials that failed; all others need every step that they read.
        for (const [index, outcome] of ended.entries())
          if (outcome.status !== "ok" && !outcome.isTolerated)
            return this.#outcomes.skipped(step, this.#culpritFor(step, keys[index]!, outcome));
        const outcome = await this.#judge(step, new Map(keys.map((key, index) => [key, ended[index]!])));
        if (step.chooses) this.#noteChosen(step, step.chooses, outcome);
        return outcome;
      } catch (error) {
        if (attempt > mostAttempts || !isOutdated(error)) return this.#failures.of(step, error, 0);
        if (error instanceof ChangedFileError)
          this.#warn(
            step,
            `\`${error.path}\` was changed after this step was judged, ` +
              "so it is judged again, by what the file holds now.",
          );
        else this.#lost.metBy(step, error);
      }
    }
  }

  /** Who reads its own element of a stage is told of the stage; who reads another, such as `net/2`, of that element. */
  #culpritFor(reader: Step, key: string, { status, culprit }: Exclude<Outcome, { status: "ok" }>): string | null {
    const isOther = status === "failed" && this.#steps.get(key)!.element !== reader.element;
    return isOther ? key : culprit;
  }

  /** The step of the configuration that was chosen for a place; else how the place ends without one. */
  async #inPlace(open: Step, place: Place): Promise<Step | Outcome> {
    const outcome = await this.#settled(place.by);
    if (outcome.status === "skipped" && outcome.isAbsent)
      return this.#outcomes.notNeeded(open, `nothing ran as ${place.by}`);
    if (outcome.status !== "ok") return this.#outcomes.skipped(open, outcome.culprit);
    const standing = inPlace(open, { chosen: (key) => this.#chosen.get(key), step: (key) => this.#steps.get(key) });
    if (!isEmpty(standing)) {
      this.#steps.set(open.key, standing);
      return standing;
    }
    // The plan may have seen one there.
    this.#steps.set(open.key, { ...open, trial: null, isOpen: true });
    return this.#outcomes.notNeeded(open, standing.empty);
  }

  /** What a step has chosen is known to the places that it chose for, and told. */
  #noteChosen(step: Step, round: Round, outcome: Outcome): void {
    if (outcome.status !== "ok") return;
    const chosen = chosenIn(this.store, outcome)!;
    this.#chosen.set(step.key, chosen);
    const { stage, keys } = step;
    const element = keys.length === 0 ? null : keys.join("/");
    const trials = placedTrials(round, chosen);
    this.#emit({ event: "trials", stage: stage.name, element, round: round.name, trials });
  }

  /** Judges a step whose inputs exist, then reuses or runs it. */
  async #judge(step: Step, read: Read): Promise<Outcome> {
    const planned = this.#asPlanned(step, read);
    if (planned) return planned;
    let decision: Decision;
    try {
      decision = this.#decide(step, read);
    } catch (error) {
      if (error instanceof LostArtifactError) throw error;
      return this.#failures.of(step, error, 0);
    }
    if (decision.verdict === "wait") throw new Error(`hw1 bug: ${step.key} has no ${decision.missing}`);
    if (decision.verdict === "none") return this.#outcomes.notNeeded(step, decision.reason);
    if (decision.verdict === "skip") {
      // Of trials alone; where all that is gathered has failed there is nothing left to go on with.
      if (!step.mayFail) this.#status.fail();
      return this.#outcomes.skipped(step, decision.failed, step.mayFail);
    }
    this.#resolved.set(step.key, decision.resolved);
    if (decision.verdict === "reuse") {
      const reused = this.#reuse(step, decision);
      if (reused) return reused;
      decision = unreadable(decision);
    }
    // Of a configuration that was proposed: what check time would have said of it.
    if (step.trial?.mistake) return this.#failures.of(step, new MistakeError(step.trial.mistake), 0, decision);
    if (await this.#hasWaited(step)) return await this.#judge(step, read);
    // The same computation, asked for by another step, is under way: its result will do.
    const same = step.forced ? undefined : this.#underWay.get(decision.fingerprint.digest);
    if (same) {
      await same;
      return await this.#judge(step, read);
    }
    if (this.#status.isHalted) return this.#outcomes.skipped(step, null);
    return await this.#run(step, decision, read);
  }

  /** Of a step that opens a test set: whether something that it does not read came to its end meanwhile. */
  async #hasWaited(step: Step): Promise<boolean> {
    if (this.#released.has(step.key)) return false;
    this.#released.add(step.key);
    const keys = this.#notes.waitsFor(step);
    await Promise.all(keys.map((key) => this.#settled(key)));
    return keys.length > 0;
  }

  #decide(step: Step, read: Read): Decision {
    return decide(step, {
      store: this.store,
      pipeline: this.plan.pipeline,
      engine: this.options.engine,
      versionOf: this.options.versionOf,
      ended: (key) => read.get(key),
      resolved: (key) => this.#resolved.get(key),
      step: (key) => this.#steps.get(key),
      chosen: (key) => this.#chosen.get(key),
      isLost: (key) => this.#lost.has(key),
    });
  }

  /** A step that the plan found unchanged, where all that it reads is what the plan saw, too. */
  #asPlanned(step: Step, read: Read): Outcome | undefined {
    const decision = this.plan.decisions.get(step.key);
    const outputs = this.plan.outputs.get(step.key);
    if (decision?.verdict !== "reuse" || !outputs || this.#lost.has(step.key)) return undefined;
    for (const [key, outcome] of read)
      if (
        outcome.status === "skipped"
          ? this.plan.decisions.get(key)?.verdict !== "none"
          : outcome.outputs !== this.plan.outputs.get(key)
      )
        return undefined;
    this.#resolved.set(step.key, decision.resolved);
    // What a trial's step left is reported again only where a search that compares it is not reused itself.
    const isUnread =
      step.mayFail &&
      !failureDigest(outputs) &&
      (!step.cell || this.plan.outputs.has(stepKey(step.cell.search, step.cell.element)));
    if (!isUnread) return this.#reuse(step, decision);
    this.#notes.reused(step, decision, this.options.now());
    return this.#outcomes.unchanged(step, decision);
  }

  /** Undefined where the result has gone meanwhile. */
  #reuse(step: Step, judged: Judged & { readonly verdict: "reuse" }): Outcome | undefined {
    const { record, reason } = judged;
    const artifact = this.store.artifact(record.artifact);
    if (!artifact) return undefined;
    const failure = failureOf(artifact.outputs);
    if (!failure) this.#notes.reused(step, judged, this.options.now());
    return failure
      ? this.#failures.again(step, failure, artifact)
      : this.#outcomes.succeeded(step, artifact, { verdict: "reuse", reason, elapsedMs: 0 });
  }

  async #run(step: Step, judged: Judged, read: Read): Promise<Outcome> {
    const { digest } = judged.fingerprint;
    const running = this.#runner.run(step, judged, this.#requestOf(step, judged, read));
    const quiet = running.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.set(digest, quiet);
    try {
      return await running;
    } finally {
      if (this.#underWay.get(digest) === quiet) this.#underWay.delete(digest);
    }
  }

  #requestOf(step: Step, { fingerprint, options, sources }: Judged, read: Read): StepRequest {
    return {
      kind: step.kind.name,
      options,
      folder: this.plan.pipeline.folder,
      files: fingerprint.files,
      seed: step.seed,
      folds: step.folds,
      threads: 1,
      engine: this.options.engine,
      inputs: sources.map(({ option, step: key, output, element, list }) => ({
        option,
        artifact: read.get(key)!.artifact!,
        output,
        element,
        list,
      })),
      checkpoint: { ...checkpointFamily(fingerprint, step.kind, options), fresh: step.forced },
    };
  }
}
