/**
 * Carries out a plan, N steps at a time, and tells everything as events.
 *
 * A step waits for those it reads, is judged again with their real results (early cut-off), and is reused or run. Only ready
 * steps enter the queue, so it cannot lock up. After a failure nothing new starts, unless `keepGoing`; then whatever does
 * not depend on the failed step goes on. An interrupt asks the steps under way to stop and keep their checkpoints.
 */
import { availableParallelism } from "node:os";
import PQueue from "p-queue";
import { type Diagnostic, EnvironmentError, MistakeError } from "../diagnostic/diagnostic.js";
import { renderDiagnostic } from "../diagnostic/render.js";
import { InterruptedError, type Kinds } from "../pipeline/kind.js";
import { checkpointFamily, foldsOf } from "../plan/fingerprint.js";
import { inputDigests, type Judgement, judge, type Plan, type PlanOptions, type Step } from "../plan/plan.js";
import { CorruptBlobError, type Store } from "../store/store.js";
import type { Digest } from "../util/digest.js";
import type { JsonObject } from "../util/json.js";
import type { Blob } from "../util/value.js";
import type { RunEvent } from "./event.js";
import { executeStep, type StepRequest } from "./execute.js";
import { headlineOf } from "./headline.js";
import { WorkerLostError, type WorkerPool } from "./worker-pool.js";

export interface RunOptions extends PlanOptions {
  readonly jobs: number;
  readonly keepGoing?: boolean;
  readonly emit: (event: RunEvent) => void;
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly workers: WorkerPool | null;
}
export interface RunResult {
  readonly status: "ok" | "failed" | "interrupted";
  readonly ran: number;
  readonly reused: number;
  readonly failed: number;
  /** Set when disk, cache or engine made it fail. */
  readonly environment: string | null;
  /** Artifact of every step that succeeded, by step key. */
  readonly artifacts: ReadonlyMap<string, Digest>;
}
type Outcome =
  | { readonly status: "ok"; readonly artifact: Digest; readonly outputs: Readonly<Record<string, Digest>>; readonly fingerprint: Digest }
  | { readonly status: "failed" | "skipped"; readonly culprit: string };

export async function runPlan(plan: Plan, kinds: Kinds, store: Store, options: RunOptions): Promise<RunResult> {
  return await new Run(plan, kinds, store, options).go();
}

class Run {
  readonly #byKey: ReadonlyMap<string, Step>;
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #artifacts = new Map<string, Digest>();
  readonly #settled = new Map<string, "run" | "reuse" | "failed" | "skipped">();
  /** Computations in the queue or at work, by fingerprint. */
  readonly #underWay = new Map<Digest, Promise<void>>();
  /** Steps whose stored result was found damaged. */
  readonly #damaged = new Set<string>();
  readonly #queue: PQueue;
  readonly #runId: number;
  readonly #startedAt: number;
  #failed = false;
  #environment: string | null = null;
  #computing = 0;

  constructor(
    readonly plan: Plan,
    readonly kinds: Kinds,
    readonly store: Store,
    readonly options: RunOptions,
  ) {
    this.#byKey = new Map(plan.steps.map((step) => [step.key, step]));
    this.#queue = new PQueue({ concurrency: options.jobs });
    this.#startedAt = options.now();
    this.#runId = store.startRun(plan.pipeline.name, plan.pipeline.file.path);
  }

  async go(): Promise<RunResult> {
    const { pipeline, planned, engine } = this.plan;
    this.#emit({ event: "plan", pipeline: pipeline.name, jobs: this.options.jobs, engine, steps: planned });
    const onAbort = (): void => {
      this.#emit({ event: "interrupt", signal: this.options.signal.reason === "SIGTERM" ? "SIGTERM" : "SIGINT" });
      this.options.workers?.stop(4500);
    };
    if (this.options.signal.aborted) onAbort();
    else this.options.signal.addEventListener("abort", onAbort, { once: true });
    await Promise.all(this.plan.steps.map((step) => this.#ensure(step)));
    const count = (verdict: string): number => [...this.#settled.values()].filter((settled) => settled === verdict).length;
    const totals = { ran: count("run"), reused: count("reuse"), failed: count("failed") };
    const status = this.options.signal.aborted ? "interrupted" : this.#failed ? "failed" : "ok";
    this.store.finishRun(this.#runId, { status, ...totals });
    this.#emit({ event: "run", status, ...totals, elapsedMs: this.options.now() - this.#startedAt });
    return { status, ...totals, environment: this.#environment, artifacts: this.#artifacts };
  }

  #emit(event: RunEvent): void {
    this.options.emit(event);
    if (event.event !== "progress") this.store.logEvent(this.#runId, this.options.now(), event as unknown as JsonObject);
  }

  get #halted(): boolean {
    return this.options.signal.aborted || (this.#failed && !this.options.keepGoing) || this.#environment !== null;
  }

  #ensure(step: Step): Promise<Outcome> {
    let outcome = this.#outcomes.get(step.key);
    if (!outcome) {
      outcome = this.#settle(step);
      this.#outcomes.set(step.key, outcome);
    }
    return outcome;
  }

  async #settle(step: Step): Promise<Outcome> {
    for (let attempt = 1; ; attempt++) {
      const sources = [...new Set(step.sources.map((source) => source.step))];
      const read = await Promise.all(sources.map((key) => this.#ensure(this.#byKey.get(key)!)));
      const broken = read.find((outcome) => outcome.status !== "ok");
      if (broken) return this.#skip(step, broken.culprit);
      const outcomes = new Map(sources.map((key, index) => [key, read[index] as Extract<Outcome, { status: "ok" }>]));
      try {
        return await this.#decide(step, outcomes);
      } catch (error) {
        if (!(error instanceof CorruptBlobError) || attempt > 5) return this.#fail(step, error, 0);
        this.#setAside(step, error);
      }
    }
  }

  /** Judges a step whose inputs exist, then reuses or runs it. */
  async #decide(step: Step, outcomes: ReadonlyMap<string, Extract<Outcome, { status: "ok" }>>): Promise<Outcome> {
    const digests = inputDigests(step, (key, output) => outcomes.get(key)?.outputs[output]);
    if ("missing" in digests) throw new Error(`hw1 bug: ${step.key} has no ${digests.missing}`);
    let judged: Judgement;
    try {
      judged = judge(step, digests.inputs, { store: this.store, pipeline: this.plan.pipeline, engine: this.options.engine, options: this.options });
    } catch (error) {
      return this.#fail(step, error, 0);
    }
    if (judged.verdict === "run" && this.#damaged.has(step.key)) judged = { ...judged, reason: "its stored result was damaged" };
    const found = judged.fingerprint!;
    if (judged.record) {
      const artifact = this.store.artifact(judged.record.artifact);
      if (artifact) {
        this.#tell(step, "reuse", judged.reason, artifact.digest, 0, headlineOf(artifact.outputs));
        return this.#ok(step, artifact.digest, found.digest, "reuse");
      }
    }
    // The same computation, asked for by another step, is under way: its result will do.
    const same = step.forced ? undefined : this.#underWay.get(found.digest);
    if (same) {
      await same;
      return await this.#decide(step, outcomes);
    }
    if (this.#halted) return this.#skip(step, "");
    const running = this.#run(step, outcomes, judged);
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

  async #run(step: Step, outcomes: ReadonlyMap<string, Extract<Outcome, { status: "ok" }>>, judged: Judgement): Promise<Outcome> {
    const found = judged.fingerprint!;
    return (await this.#queue.add(async () => {
      if (this.#halted) return this.#skip(step, "");
      const startedAt = this.options.now();
      this.#emit({ event: "start", ...name(step), reason: judged.reason });
      try {
        const digest = await this.#execute(step, outcomes, judged);
        const elapsedMs = this.options.now() - startedAt;
        this.store.keep({
          fingerprint: found.digest,
          document: found.document,
          artifact: digest,
          pipeline: this.plan.pipeline.name,
          stage: step.stage.name,
          element: step.element,
          kind: step.kind.name,
          elapsedMs,
          finishedAt: this.options.now(),
        });
        this.#tell(step, "run", judged.reason, digest, elapsedMs, headlineOf(this.store.artifact(digest)?.outputs ?? {}));
        return this.#ok(step, digest, found.digest, "run");
      } catch (error) {
        if (error instanceof CorruptBlobError) throw error;
        return this.#fail(step, error, this.options.now() - startedAt, judged.reason);
      }
    })) as Outcome;
  }

  async #execute(step: Step, outcomes: ReadonlyMap<string, Extract<Outcome, { status: "ok" }>>, judged: Judgement): Promise<Digest> {
    const usesEngine = step.kind.usesEngine && this.options.workers !== null;
    if (usesEngine) this.#computing++;
    try {
      const request: StepRequest = {
        kind: step.kind.name,
        options: step.stage.options,
        folder: this.plan.pipeline.folder,
        seed: step.stage.seed,
        folds: foldsOf(step.element),
        threads: usesEngine ? this.#threads(step) : 1,
        engine: this.options.engine,
        inputs: step.sources.map(({ option, step: key, output, element }) => ({ option, artifact: outcomes.get(key)!.artifact, output, element })),
        checkpoint: { ...checkpointFamily(judged.fingerprint!, step.kind, step.stage.options), fresh: step.forced },
      };
      const hooks = {
        progress: (progress: object) => this.#emit({ event: "progress", ...name(step), ...progress }),
        warn: (message: string) => this.#emit({ event: "warning", ...name(step), message }),
      };
      if (usesEngine) return await this.options.workers!.run(request, hooks);
      return await executeStep(request, this.kinds, this.store, { ...hooks, stopping: () => this.options.signal.aborted });
    } finally {
      if (usesEngine) this.#computing--;
    }
  }

  /** With several steps at work each computes on one thread; one that is alone, now and by the plan, may use all cores. */
  #threads(step: Step): number {
    const others = this.plan.steps.filter(
      (other) => other !== step && other.kind.usesEngine && !this.#settled.has(other.key) && !this.#dependsOn(other, step.key),
    );
    return this.#computing > 1 || (others.length > 0 && this.options.jobs > 1) ? 1 : Math.max(1, Math.min(availableParallelism(), 8));
  }
  #dependsOn(step: Step, key: string): boolean {
    return step.sources.some((source) => source.step === key || this.#dependsOn(this.#byKey.get(source.step)!, key));
  }

  #ok(step: Step, artifact: Digest, fingerprint: Digest, settled: "run" | "reuse"): Outcome {
    this.#artifacts.set(step.key, artifact);
    this.#settled.set(step.key, settled);
    const outputs = Object.fromEntries(Object.entries(this.store.artifact(artifact)?.outputs ?? {}).map(([output, info]) => [output, info.digest]));
    return { status: "ok", artifact, outputs, fingerprint };
  }

  #tell(step: Step, verdict: "reuse" | "run", reason: string, digest: Digest, elapsedMs: number, headline: string): void {
    this.#emit({ event: "step", ...name(step), verdict, status: "ok", digest, reason, elapsedMs, ...(headline ? { headline } : {}) });
  }

  #skip(step: Step, culprit: string): Outcome {
    this.#settled.set(step.key, "skipped");
    const reason = culprit ? `${culprit} failed` : this.options.signal.aborted ? "the run was interrupted" : "the run ended early";
    this.#emit({ event: "step", ...name(step), verdict: "run", status: "skipped", digest: null, reason, elapsedMs: 0 });
    return { status: "skipped", culprit };
  }

  #fail(step: Step, error: unknown, elapsedMs: number, reason = "could not be judged"): Outcome {
    if (error instanceof InterruptedError || (error instanceof WorkerLostError && this.options.signal.aborted)) return this.#skip(step, "");
    this.#failed = true;
    this.#settled.set(step.key, "failed");
    if (error instanceof EnvironmentError) this.#environment = error.message;
    const text = error instanceof EnvironmentError ? error.message : renderDiagnostic(diagnosticOf(step, error));
    this.#emit({ event: "step", ...name(step), verdict: "run", status: "failed", digest: null, reason, elapsedMs, error: text });
    return { status: "failed", culprit: step.stage.name };
  }

  /**
   * A damaged blob is set aside, and with it every other damaged one that the step would meet; the steps whose result needed
   * them are judged anew, and so recomputed.
   */
  #setAside(step: Step, error: CorruptBlobError): void {
    const damaged = new Set<Digest>([error.blob]);
    for (const source of step.sources) for (const blob of damagedBlobs(this.store, this.#artifacts.get(source.step))) damaged.add(blob);
    for (const blob of damaged) {
      this.store.quarantine(blob);
      this.#emit({
        event: "warning",
        ...name(step),
        message: `A stored blob (${blob.slice(0, 19)}…) does not match its digest. It was set aside, and what it held is computed again.`,
      });
    }
    const renew = (key: string): boolean => {
      const source = this.#byKey.get(key)!;
      const upstream = source.sources.map((read) => renew(read.step)).some(Boolean);
      const artifact = this.#artifacts.get(key);
      const gone =
        artifact === undefined || this.store.artifact(artifact) === undefined || blobsOf(this.store, artifact).some((blob) => damaged.has(blob.digest!));
      if (gone) this.#damaged.add(key);
      if (gone || upstream) this.#outcomes.delete(key);
      return gone || upstream;
    };
    for (const source of step.sources) renew(source.step);
  }
}

const blobsOf = (store: Store, artifact: Digest): readonly Blob[] =>
  Object.values(store.artifact(artifact)?.outputs ?? {}).flatMap((output) => Object.values(output.blobs));

function damagedBlobs(store: Store, artifact: Digest | undefined): readonly Digest[] {
  if (artifact === undefined) return [];
  return blobsOf(store, artifact).flatMap((blob) => {
    try {
      blob.bytes();
      return [];
    } catch (error) {
      if (error instanceof CorruptBlobError) return [error.blob];
      throw error;
    }
  });
}
const name = (step: Step): { stage: string; element: string | null } => ({ stage: step.stage.name, element: step.element });

function diagnosticOf(step: Step, error: unknown): Diagnostic {
  const { stage } = step;
  const place = (option: readonly (string | number)[]): Pick<Diagnostic, "file" | "span"> => {
    const span = stage.optionSpan(option);
    return { file: span.file.path, span };
  };
  if (error instanceof MistakeError) return { severity: "error", title: error.title, ...place(error.option), message: error.message };
  if (error instanceof WorkerLostError)
    return {
      severity: "error",
      title: "the step's process was lost",
      ...place([]),
      message: `${error.message}\nRun the same command again: it goes on from the last checkpoint.`,
    };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { severity: "error", title: "hw1 has a bug", ...place([]), message: `This should not happen. Please report it with the lines below.\n\n${stack}` };
}
