/**
 * Carries out a plan, N steps at a time, and tells everything as events.
 *
 * A step waits for those it reads, is judged again with their real results (early cut-off), and is reused or run. Only
 * ready steps enter the queue, so it cannot lock up. After a failure nothing new starts, unless `keepGoing`; then
 * whatever does not depend on the failed step goes on. An interrupt asks the steps under way to stop and keep their
 * checkpoints.
 */
import { EnvironmentError, LocalMistakeError, MistakeError, ShortMemoryError } from "../diagnostic/diagnostic.js";
import { renderDiagnostic } from "../diagnostic/render.js";
import type { Kinds } from "../pipeline/kind.js";
import { ChangedFileError, InterruptedError, type Progress } from "../pipeline/run-context.js";
import { checkpointFamily } from "../plan/fingerprint.js";
import {
  failedBefore,
  inputDigests,
  type Judgement,
  judge,
  type Known,
  type Plan,
  type PlanOptions,
  readsOfStep,
  type Source,
  type Step,
  stepKey,
} from "../plan/plan.js";
import { asWritten, gatheringOptions, type Resolved, resolved } from "../plan/resolved-options.js";
import { type ArtifactInfo, CorruptBlobError, LostArtifactError, type StepRecord, type Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { JsonObject } from "../util/json.js";
import type { FailureData } from "../values/failure.js";
import { metricsOf, type Outputs } from "../values/output.js";
import type { RunEvent } from "./event.js";
import { executeSteps, type StepRequest } from "./execute.js";
import { diagnosticOf, placeInSearch } from "./failure-text.js";
import { headlineOf } from "./headline.js";
import { stopSignalOf } from "./interrupt.js";
import { Mending } from "./lost-results.js";
import { type Queued, StepQueue } from "./step-queue.js";
import { Threads } from "./threads.js";
import { WorkerLostError, type WorkerPool } from "./worker-pool.js";

/** Processes that compute. */
export type Workers = Pick<WorkerPool, "run" | "stop" | "dismissIdle">;
export interface RunOptions extends PlanOptions {
  readonly jobs: number;
  readonly keepGoing?: boolean;
  readonly emit: (event: RunEvent) => void;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly workers: Workers | null;
}
export interface RunResult {
  readonly status: "ok" | "failed" | "interrupted";
  readonly ran: number;
  readonly reused: number;
  readonly failed: number;
  /** Set when disk, cache or engine made it fail. */
  readonly environment: string | null;
  /** The same, where no step's event has said it. */
  readonly unsaid: string | null;
  /** Artifact of every step that succeeded, by step key. */
  readonly artifacts: ReadonlyMap<string, Digest>;
}
type Digests = Readonly<Record<string, Digest>>;
type Outcome =
  | { readonly status: "ok"; readonly artifact: Digest; readonly outputs: Digests }
  /** Of a trial whose failure is kept, being the same again: those that gather go on without it. */
  | {
      readonly status: "failed";
      readonly artifact: Digest | null;
      readonly outputs: Digests;
      readonly culprit: string;
      readonly tolerated: boolean;
    }
  | { readonly status: "skipped"; readonly culprit: string; readonly tolerated: boolean };
/** A step that was judged and has to be run. */
interface Ticket extends Queued {
  readonly judged: Judgement;
  readonly finish: (outcome: Outcome | Promise<Outcome>) => void;
  readonly fail: (error: unknown) => void;
}

/** So often a step is tried whose data file or stored input is not what it was judged by. */
const mostAttempts = 5;

export async function runPlan(plan: Plan, kinds: Kinds, store: Store, options: RunOptions): Promise<RunResult> {
  return await new Run(plan, kinds, store, options).go();
}

class Run {
  readonly #byKey: ReadonlyMap<string, Step>;
  readonly #order: ReadonlyMap<string, number>;
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #artifacts = new Map<string, Digest>();
  readonly #settled = new Map<string, "run" | "reuse" | "failed" | "skipped">();
  /** Options of steps that were judged, with what came with them. */
  readonly #resolved = new Map<string, Resolved>();
  /** Computations in the queue or at work, by fingerprint. */
  readonly #underWay = new Map<Digest, Promise<void>>();
  readonly #mending: Mending;
  /** Steps that are being settled. */
  readonly #pending = new Set<string>();
  /** Trials that failed, by search. */
  readonly #failures = new Map<string, Set<string>>();
  readonly #queue: StepQueue<Ticket>;
  readonly #threads: Threads;
  readonly #runId: number;
  readonly #startedAt: number;
  #failed = false;
  #environment: string | null = null;
  #unsaid: string | null = null;
  /** Nothing more can be done here, as opposed to by one step. */
  #isStuck = false;
  #computing = 0;

  constructor(
    readonly plan: Plan,
    readonly kinds: Kinds,
    readonly store: Store,
    readonly options: RunOptions,
  ) {
    this.#byKey = new Map(plan.steps.map((step) => [step.key, step]));
    this.#threads = new Threads(plan, options.jobs);
    this.#order = new Map(plan.steps.map((step, index) => [step.key, index]));
    this.#queue = new StepQueue(options.jobs, options.workers !== null, (tickets) => this.#work(tickets));
    this.#mending = new Mending({
      store,
      steps: this.#byKey,
      artifacts: this.#artifacts,
      isPending: (key) => this.#pending.has(key),
      forget: (key) => void this.#outcomes.delete(key),
      warn: (step, message) => this.#emit({ event: "warning", ...name(step), message }),
    });
    this.#startedAt = options.now();
    this.#runId = store.startRun(plan.pipeline.name, plan.pipeline.file.path);
  }

  async go(): Promise<RunResult> {
    const { pipeline, planned, searches, engine } = this.plan;
    this.#emit({ event: "plan", pipeline: pipeline.name, jobs: this.options.jobs, engine, steps: planned, searches });
    const onAbort = (): void => {
      this.#emit({ event: "interrupt", signal: stopSignalOf(this.options.signal.reason) });
      this.options.workers?.stop(4500);
    };
    if (this.options.signal.aborted) onAbort();
    else this.options.signal.addEventListener("abort", onAbort, { once: true });
    await this.#settleAll();
    const count = (verdict: string): number =>
      [...this.#settled.values()].filter((settled) => settled === verdict).length;
    const totals = { ran: count("run"), reused: count("reuse"), failed: count("failed") };
    const status = (): RunResult["status"] =>
      this.options.signal.aborted ? "interrupted" : this.#failed ? "failed" : "ok";
    this.#history(() => this.store.finishRun(this.#runId, { status: status(), ...totals }));
    const last = { status: status(), ...totals };
    this.#emit({ event: "run", ...last, elapsedMs: this.options.now() - this.#startedAt });
    return { ...last, environment: this.#environment, unsaid: this.#unsaid, artifacts: this.#artifacts };
  }

  #emit(event: RunEvent): void {
    this.options.emit(event);
    if (event.event !== "progress")
      this.#history(() => this.store.logEvent(this.#runId, this.options.now(), event as unknown as JsonObject));
  }

  /**
   * Events come from everywhere: a disk that has no room for the history of runs ends this one as any trouble does, and
   * throws nowhere.
   */
  #history(write: () => void): void {
    const error = attempt(write);
    if (!(error instanceof Error)) return;
    if (!(error instanceof EnvironmentError)) throw error;
    this.#failed = true;
    if (this.#environment === null) this.#unsaid = error.message;
    this.#environment ??= error.message;
    this.#isStuck = true;
  }

  get #halted(): boolean {
    return this.options.signal.aborted || (this.#failed && !this.options.keepGoing) || this.#isStuck;
  }

  #ensure(step: Step): Promise<Outcome> {
    let outcome = this.#outcomes.get(step.key);
    if (!outcome) {
      this.#pending.add(step.key);
      outcome = this.#settle(step).finally(() => this.#pending.delete(step.key));
      this.#outcomes.set(step.key, outcome);
    }
    return outcome;
  }

  async #settle(step: Step): Promise<Outcome> {
    for (let attempt = 1; ; attempt++) {
      const keys = readsOfStep(step);
      const read = await Promise.all(keys.map((key) => this.#ensure(this.#byKey.get(key)!)));
      // Whoever gathers goes on without trials that failed; all others need every step that they read.
      const broken = read.find((outcome) => outcome.status !== "ok" && !outcome.tolerated);
      if (broken) return this.#skip(step, (broken as { culprit: string }).culprit, false);
      const outcomes = new Map(keys.map((key, index) => [key, read[index]!]));
      try {
        return await this.#decide(step, outcomes);
      } catch (error) {
        if (attempt > mostAttempts) return this.#fail(step, error, 0);
        if (error instanceof CorruptBlobError || error instanceof LostArtifactError) this.#mending.met(step, error);
        else if (error instanceof ChangedFileError) this.#tellChanged(step, error);
        else return this.#fail(step, error, 0);
      }
    }
  }

  #tellChanged(step: Step, { path }: ChangedFileError): void {
    const message = `\`${path}\` was changed after this step was judged, so it is judged again, by what the file holds now.`;
    this.#emit({ event: "warning", ...name(step), message });
  }

  /** Judges a step whose inputs exist, then reuses or runs it. */
  async #decide(step: Step, outcomes: ReadonlyMap<string, Outcome>): Promise<Outcome> {
    const digests = inputDigests(step, (key) => knownOf(outcomes.get(key)!));
    if ("missing" in digests) throw new Error(`hw1 bug: ${step.key} has no ${digests.missing}`);
    if ("failed" in digests) {
      // Of trials alone; where all that is gathered has failed there is nothing left to go on with.
      if (!step.mayFail) this.#failed = true;
      return this.#skip(step, digests.failed, step.mayFail);
    }
    const planned = this.#asPlanned(step, outcomes);
    if (planned) return planned;
    let judged: Judgement;
    let all: JsonObject;
    try {
      const settings = step.settings?.step
        ? this.#outputsOf((outcomes.get(step.settings.step) as { artifact: Digest }).artifact)
        : undefined;
      const found = resolved(step, settings);
      this.#resolved.set(step.key, found);
      all = step.gathers
        ? gatheringOptions(step, (key) => ({
            step: this.#byKey.get(key)!,
            resolved: this.#resolved.get(key) ?? asWritten(this.#byKey.get(key)!),
          }))
        : found.options;
      judged = judge(step, all, digests.inputs, {
        store: this.store,
        pipeline: this.plan.pipeline,
        engine: this.options.engine,
        options: this.options,
      });
    } catch (error) {
      if (error instanceof LostArtifactError) throw error;
      return this.#fail(step, error, 0);
    }
    if (judged.verdict === "run" && this.#mending.has(step.key))
      judged = { ...judged, reason: "its stored result was damaged" };
    const found = judged.fingerprint!;
    if (judged.record) {
      const artifact = this.store.artifact(judged.record.artifact);
      if (artifact) return this.#reuse(step, judged, artifact);
    }
    // The same computation, asked for by another step, is under way: its result will do.
    const same = step.forced ? undefined : this.#underWay.get(found.digest);
    if (same) {
      await same;
      return await this.#decide(step, outcomes);
    }
    if (this.#halted) return this.#skip(step, "", false);
    const running = this.#run(step, outcomes, judged, all, digests.sources);
    const quiet = running.then(
      () => undefined,
      () => undefined,
    );
    this.#underWay.set(found.digest, quiet);
    try {
      return await running;
    } finally {
      if (this.#underWay.get(found.digest) === quiet) this.#underWay.delete(found.digest);
    }
  }

  #outputsOf(artifact: Digest): Outputs {
    const info = this.store.artifact(artifact);
    if (!info) throw new LostArtifactError(artifact);
    return info.outputs;
  }

  /** A step that the plan found unchanged, where all that it reads is what the plan saw, too. */
  #asPlanned(step: Step, outcomes: ReadonlyMap<string, Outcome>): Outcome | undefined {
    const judged = this.plan.judgements.get(step.key);
    const outputs = this.plan.outputs.get(step.key);
    if (!judged?.record || !outputs || this.#mending.has(step.key)) return undefined;
    for (const [key, outcome] of outcomes)
      if (outcome.status === "skipped" || outcome.outputs !== this.plan.outputs.get(key)) return undefined;
    this.#resolved.set(step.key, this.plan.resolved.get(step.key)!);
    // What a trial's step left is told again only where a search that compares it is not reused itself.
    const { artifact } = judged.record;
    if (
      step.mayFail &&
      !("failure" in outputs) &&
      (!step.cell || this.plan.outputs.has(stepKey(step.cell.search, step.cell.element)))
    ) {
      this.#artifacts.set(step.key, artifact);
      this.#settled.set(step.key, "reuse");
      this.#emit({
        event: "step",
        ...name(step),
        verdict: "reuse",
        status: "ok",
        digest: artifact,
        reason: judged.reason,
        elapsedMs: 0,
      });
      return { status: "ok", artifact, outputs };
    }
    const info = this.store.artifact(artifact);
    return info && this.#reuse(step, judged, info);
  }

  #reuse(step: Step, judged: Judgement, artifact: ArtifactInfo): Outcome {
    const failure = artifact.outputs["failure"]?.data as FailureData | undefined;
    if (!failure) {
      this.#tell(step, "reuse", judged.reason, artifact, 0);
      return this.#ok(step, artifact, "reuse");
    }
    const error = new MistakeError({ ...failure, at: failure.option });
    return this.#failedTrial(step, error, artifact, { verdict: "reuse", reason: failedBefore(failure), elapsedMs: 0 });
  }

  async #run(
    step: Step,
    outcomes: ReadonlyMap<string, Outcome>,
    judged: Judgement,
    all: JsonObject,
    sources: readonly Source[],
  ): Promise<Outcome> {
    const request: StepRequest = {
      kind: step.kind.name,
      options: all,
      folder: this.plan.pipeline.folder,
      files: judged.fingerprint!.files,
      seed: step.stage.seed,
      folds: step.folds,
      threads: 1,
      engine: this.options.engine,
      inputs: sources.map(({ option, step: key, output, element, list }) => ({
        option,
        artifact: (outcomes.get(key) as { artifact: Digest }).artifact,
        output,
        element,
        list,
      })),
      checkpoint: { ...checkpointFamily(judged.fingerprint!, step.kind, all), fresh: step.forced },
    };
    let settle: Pick<Ticket, "finish" | "fail"> | undefined;
    const outcome = new Promise<Outcome>((finish, fail) => {
      settle = { finish, fail };
    });
    await this.#queue.add({ step, judged, request, order: this.#order.get(step.key)!, ...settle! }, outcome);
    return await outcome;
  }

  /** Runs steps at once, in a worker where they compute, and settles each. Never throws. */
  async #work(tickets: readonly Ticket[], tries = 1): Promise<void> {
    if (this.#halted) {
      for (const { step, finish } of tickets) finish(this.#skip(step, "", false));
      return;
    }
    const startedAt = this.options.now();
    for (const { step, judged } of tickets) this.#emit({ event: "start", ...name(step), reason: judged.reason });
    const results = await this.#execute(tickets);
    const again = this.options.signal.aborted ? undefined : momentary(results[0]!);
    if (again && tickets.length > 1) {
      // One of them may have ended the process, or all together were too many; none shall suffer for the others.
      for (const ticket of tickets) await this.#work([ticket]);
      return;
    }
    if (again && tries === 1 && !(again instanceof LocalMistakeError)) {
      const { step } = tickets[0]!;
      this.#emit({
        event: "warning",
        ...name(step),
        message: `${again.message.split("\n")[0]} The step is tried once more, alone.`,
      });
      await this.#queue.alone(async () => {
        await this.options.workers?.dismissIdle();
        await this.#work(tickets, 2);
      });
      return;
    }
    const finishedAt = this.options.now();
    // Steps that ran together share the time that they took.
    const elapsedMs = (finishedAt - startedAt) / tickets.length;
    const ok = tickets.flatMap(({ step, judged }, index) => {
      const result = results[index]!;
      return result instanceof Error ? [] : [this.#recordOf(step, judged, result, elapsedMs, finishedAt)];
    });
    const kept = attempt(() => this.store.keepMany(ok));
    for (const [index, { step, judged, finish, fail }] of tickets.entries()) {
      const result =
        results[index]! instanceof Error ? results[index]! : kept instanceof Error ? kept : results[index]!;
      if (
        result instanceof CorruptBlobError ||
        result instanceof LostArtifactError ||
        result instanceof ChangedFileError
      )
        fail(result);
      else if (result instanceof Error) finish(this.#fail(step, result, elapsedMs, judged));
      else {
        const artifact = attempt(() => this.store.artifact(result) ?? new LostArtifactError(result));
        if (artifact instanceof LostArtifactError) {
          fail(artifact);
          continue;
        }
        if (artifact instanceof Error) {
          finish(this.#fail(step, artifact, elapsedMs, judged));
          continue;
        }
        this.#tell(step, "run", judged.reason, artifact, elapsedMs);
        finish(this.#ok(step, artifact, "run"));
      }
    }
  }

  #recordOf(
    step: Step,
    { fingerprint }: Judgement,
    artifact: Digest,
    elapsedMs: number,
    finishedAt: number,
  ): StepRecord {
    return {
      fingerprint: fingerprint!.digest,
      document: fingerprint!.document,
      artifact,
      pipeline: this.plan.pipeline.name,
      stage: step.stage.name,
      element: step.element,
      kind: step.kind.name,
      elapsedMs,
      finishedAt,
    };
  }

  async #execute(tickets: readonly Ticket[]): Promise<readonly (Digest | Error)[]> {
    const { workers } = this.options;
    const usesEngine = tickets[0]!.step.kind.usesEngine && workers !== null;
    if (usesEngine) this.#computing++;
    const hooks = {
      progress: (index: number, { remark, ...progress }: Progress) =>
        this.#emit(
          remark === undefined
            ? { event: "progress", ...name(tickets[index]!.step), ...progress }
            : { event: "remark", ...name(tickets[index]!.step), message: remark },
        ),
      warn: (index: number, message: string, warning?: string) => {
        const { step } = tickets[index]!;
        if (warning === undefined || !step.stage.allow.includes(warning))
          this.#emit({ event: "warning", ...name(step), message, ...(warning === undefined ? {} : { name: warning }) });
      },
    };
    try {
      const threads = usesEngine ? this.#threads.for(tickets[0]!.step, this.#computing, this.#settled) : 1;
      const requests = tickets.map(({ request }) => ({ ...request, threads }));
      if (usesEngine) return await workers!.run(requests, hooks);
      return await executeSteps(requests, this.kinds, this.store, {
        ...hooks,
        stopping: () => this.options.signal.aborted,
      });
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      return tickets.map(() => failure);
    } finally {
      if (usesEngine) this.#computing--;
    }
  }

  #ok(step: Step, artifact: ArtifactInfo, settled: "run" | "reuse"): Outcome {
    this.#artifacts.set(step.key, artifact.digest);
    this.#settled.set(step.key, settled);
    return { status: "ok", artifact: artifact.digest, outputs: this.#digestsOf(step, artifact) };
  }

  /** The very object that the plan has, where the artifact is the one that it saw. */
  #digestsOf(step: Step, artifact: ArtifactInfo): Digests {
    return this.plan.records.get(step.key)?.artifact === artifact.digest
      ? this.plan.outputs.get(step.key)!
      : digestsOf(artifact);
  }

  #tell(step: Step, verdict: "reuse" | "run", reason: string, artifact: ArtifactInfo, elapsedMs: number): void {
    const headline = headlineOf(artifact.outputs);
    const score = step.cell?.scores ? scoreOf(step, this.plan, artifact.outputs) : undefined;
    this.#emit({
      event: "step",
      ...name(step),
      verdict,
      status: "ok",
      digest: artifact.digest,
      reason,
      elapsedMs,
      ...(headline ? { headline } : {}),
      ...(score === undefined ? {} : { score }),
    });
  }

  #skip(step: Step, culprit: string, tolerated: boolean): Outcome {
    this.#settled.set(step.key, "skipped");
    const reason = culprit
      ? `${culprit} failed`
      : this.options.signal.aborted
        ? "the run was interrupted"
        : "the run ended early";
    this.#emit({ event: "step", ...name(step), verdict: "run", status: "skipped", digest: null, reason, elapsedMs: 0 });
    return { status: "skipped", culprit, tolerated };
  }

  #fail(step: Step, error: unknown, elapsedMs: number, judged?: Judgement): Outcome {
    if (error instanceof InterruptedError || (error instanceof WorkerLostError && this.options.signal.aborted))
      return this.#skip(step, "", false);
    const told = { verdict: "run", reason: judged?.reason ?? "could not be judged", elapsedMs } as const;
    if (step.mayFail && judged && error instanceof MistakeError && !(error instanceof LocalMistakeError)) {
      const kept = attempt(() => this.#keepFailure(step, judged, error, elapsedMs));
      return kept instanceof Error ? this.#failRun(step, kept, told) : this.#failedTrial(step, error, kept, told);
    }
    return this.#failRun(step, error, told);
  }

  /** Of a trial whose mistake would be the same again, at any time and anywhere. */
  #keepFailure(
    step: Step,
    judged: Judgement,
    { title, message, at: option }: MistakeError,
    elapsedMs: number,
  ): ArtifactInfo {
    const artifact = this.store.put({ failure: { type: "failure", data: { title, message, option }, blobs: {} } });
    this.store.keep(this.#recordOf(step, judged, artifact.digest, elapsedMs, this.options.now()));
    return artifact;
  }

  /** Nothing is kept, and a search does not go on without it: what failed here may succeed at another moment. */
  #failRun(
    step: Step,
    error: unknown,
    told: { readonly verdict: "run"; readonly reason: string; readonly elapsedMs: number },
  ): Outcome {
    this.#failed = true;
    this.#settled.set(step.key, "failed");
    if (error instanceof EnvironmentError) {
      this.#environment = error.message;
      this.#unsaid = null;
      // Others may need less memory.
      this.#isStuck ||= !(error instanceof ShortMemoryError);
    }
    const text =
      error instanceof EnvironmentError
        ? `${error.message}${placeInSearch(step)}`
        : renderDiagnostic(diagnosticOf(step, error));
    this.#emit({ event: "step", ...name(step), ...told, status: "failed", digest: null, error: text });
    return {
      status: "failed",
      artifact: null,
      outputs: {},
      culprit: step.cell ? step.key : step.stage.name,
      tolerated: false,
    };
  }

  /** The search goes on without it, unless more have failed than it allows. */
  #failedTrial(
    step: Step,
    error: Error,
    artifact: ArtifactInfo,
    told: { readonly verdict: "run" | "reuse"; readonly reason: string; readonly elapsedMs: number },
  ): Outcome {
    this.#settled.set(step.key, "failed");
    this.#artifacts.set(step.key, artifact.digest);
    this.#emit({
      event: "step",
      ...name(step),
      ...told,
      status: "failed",
      digest: artifact.digest,
      error: renderDiagnostic(diagnosticOf(step, error)),
    });
    const { cell } = step;
    if (cell) {
      const place = stepKey(cell.search, cell.element);
      const failed = this.#failures.get(place) ?? new Set();
      this.#failures.set(place, failed.add(cell.key));
      const most = this.#byKey.get(place)?.stage.options["max_failures"];
      if (typeof most === "number" && failed.size > most) this.#failed = true;
    }
    return {
      status: "failed",
      artifact: artifact.digest,
      outputs: this.#digestsOf(step, artifact),
      culprit: step.key,
      tolerated: true,
    };
  }

  /**
   * Damage that one step met may have taken results along that no other step reads: they belong to what the run leaves.
   */
  async #settleAll(): Promise<void> {
    for (let round = 0; round <= mostAttempts; round++) {
      await Promise.all(this.plan.steps.map((step) => this.#ensure(step)));
      if (this.#halted || !this.#mending.search()) return;
    }
  }
}

/** What may not happen again, or not where a step is by itself. */
const momentary = (result: Digest | Error): WorkerLostError | ShortMemoryError | LocalMistakeError | undefined =>
  result instanceof WorkerLostError || result instanceof ShortMemoryError || result instanceof LocalMistakeError
    ? result
    : undefined;

function attempt<T>(work: () => T): T | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
const digestsOf = (artifact: ArtifactInfo): Digests =>
  Object.fromEntries(Object.entries(artifact.outputs).map(([output, info]) => [output, info.digest]));
const knownOf = (outcome: Outcome): Known =>
  outcome.status === "skipped"
    ? { outputs: {}, failed: true }
    : { outputs: outcome.outputs, failed: outcome.status === "failed" };

/** The objective of a search's cell. */
function scoreOf({ cell }: Step, { pipeline }: Plan, outputs: Outputs): number | undefined {
  const path = pipeline.stages.find((stage) => stage.name === cell!.search)!.search!.objective.path;
  const value = path.reduce<unknown>(
    (found, part) => (found as Record<string, unknown> | undefined)?.[part],
    metricsOf(Object.values(outputs)[0]!),
  );
  return typeof value === "number" ? value : undefined;
}

const name = (step: Step): { stage: string; element: string | null } => ({
  stage: step.stage.name,
  element: step.element,
});
