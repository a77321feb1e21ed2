/**
 * Runs steps that were judged, as the queue hands them out: in a worker where they compute, else here; keeps what they
 * leave, and settles each.
 *
 * What may have gone wrong only because of the steps beside it is tried again without them.
 */

import { LocalMistakeError, ShortMemoryError } from "../diagnostic/diagnostic.js";
import type { Kinds } from "../pipeline/kind.js";
import { ChangedFileError, type Progress } from "../pipeline/run-context.js";
import type { Judged } from "../plan/decide.js";
import type { Plan } from "../plan/plan.js";
import type { Step } from "../plan/steps.js";
import { CorruptBlobError, LostArtifactError, type Store } from "../store/store.js";
import { asError, attempt } from "../util/attempt.js";
import type { Digest } from "../util/digest.js";
import type { Resumed } from "../values/computed.js";
import { type FailureLog, type LoggedEpoch, LogKeeper } from "../values/failure-log.js";
import type { SpeedReport } from "../values/speed.js";
import type { RunEvent } from "./event.js";
import { executeSteps, type StepRequest } from "./execute.js";
import type { Failures } from "./failures.js";
import type { LedgerNotes } from "./ledger-notes.js";
import { nameOf, type Outcome, type Outcomes } from "./outcomes.js";
import { recordOf } from "./record.js";
import { type Queued, StepQueue } from "./step-queue.js";
import { Threads } from "./threads.js";
import { TimeLimitError, type TrialTimes } from "./trial-times.js";
import { type WorkerHooks, WorkerLostError, type WorkerPool } from "./worker-pool.js";

/** Processes that compute. */
export type Workers = Pick<WorkerPool, "run" | "stop" | "dismissIdle">;
interface Tools {
  readonly plan: Plan;
  readonly kinds: Kinds;
  readonly store: Store;
  readonly jobs: number;
  readonly workers: Workers | null;
  readonly now: () => number;
  readonly outcomes: Outcomes;
  readonly failures: Failures;
  readonly notes: LedgerNotes;
  readonly times: TrialTimes;
  readonly emit: (event: RunEvent) => void;
}
interface Ticket extends Queued {
  readonly judged: Judged;
  readonly finish: (outcome: Outcome) => void;
  readonly fail: (error: unknown) => void;
}

/** What a step says of how it was computed; told once its result counts. */
interface Told {
  readonly speed?: SpeedReport;
  readonly resumed?: Resumed;
}

export class StepRunner {
  readonly #tools: Tools;
  readonly #queue: StepQueue<Ticket>;
  readonly #threads: Threads;
  readonly #order: ReadonlyMap<string, number>;
  /** Steps in workers at this moment; those that run together are one. */
  #computing = 0;

  constructor(tools: Tools) {
    const { plan, jobs, workers } = tools;
    this.#tools = tools;
    this.#threads = new Threads(plan, jobs);
    this.#order = new Map(plan.steps.map((step, index) => [step.key, index]));
    this.#queue = new StepQueue(jobs, workers !== null, (tickets) => this.#work(tickets));
  }

  /** @throws what the step is to be judged anew for: ChangedFileError, CorruptBlobError, LostArtifactError */
  async run(step: Step, judged: Judged, request: StepRequest): Promise<Outcome> {
    let settle: Pick<Ticket, "finish" | "fail"> | undefined;
    const outcome = new Promise<Outcome>((finish, fail) => {
      settle = { finish, fail };
    });
    await this.#queue.add({ step, judged, request, order: this.#order.get(step.key)!, ...settle! }, outcome);
    return await outcome;
  }

  /** Runs steps at once, and settles each. Never throws. */
  async #work(tickets: readonly Ticket[], tries = 1): Promise<void> {
    const { outcomes, times, now, emit } = this.#tools;
    if (outcomes.status.isHalted) {
      for (const { step, finish } of tickets) finish(outcomes.skipped(step, null));
      return;
    }
    const late = tickets.filter(({ step }) => times.errorOf(step));
    if (late.length > 0) {
      for (const ticket of late) this.#settle(ticket, times.errorOf(ticket.step)!, times.spentMs(ticket.step));
      const inTime = tickets.filter((ticket) => !late.includes(ticket));
      if (inTime.length > 0) await this.#work(inTime, tries);
      return;
    }
    const startedAt = now();
    for (const { step, judged } of tickets) emit({ event: "start", ...nameOf(step), reason: judged.reason });
    const told = tickets.map((): Told => ({}));
    const logs = tickets.map(() => new LogKeeper());
    const results = await this.#execute(tickets, told, logs);
    if (tickets.some(({ step }, index) => results[index] instanceof WorkerLostError && times.errorOf(step))) {
      // Those of trials that have time left begin again.
      await this.#work(tickets, tries);
      return;
    }
    const again = outcomes.status.signal.aborted ? undefined : momentary(results[0]!);
    if (again && tickets.length > 1) {
      // One of them may have ended the process, or all together were too many; none shall suffer for the others.
      for (const ticket of tickets) await this.#work([ticket]);
      return;
    }
    if (again && tries === 1 && !(again instanceof LocalMistakeError)) {
      await this.#workAlone(tickets[0]!, again);
      return;
    }
    const finishedAt = now();
    // Steps that ran together share the time that they took.
    const elapsedMs = (finishedAt - startedAt) / tickets.length;
    const kept = this.#keep(tickets, results, { elapsedMs, finishedAt });
    for (const [index, ticket] of tickets.entries()) {
      const [digest, { speed, resumed }] = [kept[index]!, told[index]!];
      if (speed && !(digest instanceof Error)) emit({ event: "speed", ...nameOf(ticket.step), digest, ...speed });
      if (resumed && !(digest instanceof Error)) emit({ event: "resumed", ...nameOf(ticket.step), digest, ...resumed });
      this.#settle(ticket, digest, elapsedMs, logs[index]!.log);
    }
  }

  async #workAlone(ticket: Ticket, { message }: Error): Promise<void> {
    const { emit, workers } = this.#tools;
    emit({
      event: "warning",
      ...nameOf(ticket.step),
      message: `${message.split("\n")[0]} The step is tried once more, alone.`,
    });
    await this.#queue.alone(async () => {
      await workers?.dismissIdle();
      await this.#work([ticket], 2);
    });
  }

  /** Results that count: their rows are written, all or none. */
  #keep(
    tickets: readonly Ticket[],
    results: readonly (Digest | Error)[],
    when: Parameters<typeof recordOf>[4],
  ): readonly (Digest | Error)[] {
    const { plan, store, notes } = this.#tools;
    const records = tickets.flatMap(({ step, judged }, index) => {
      const result = results[index]!;
      return result instanceof Error ? [] : [recordOf(plan, step, judged, result, when)];
    });
    const kept = attempt(() => {
      const entries = tickets.flatMap(({ step, judged }, index) =>
        results[index] instanceof Error ? [] : (notes.entryOf(step, judged, when.finishedAt) ?? []),
      );
      store.keepMany(records, entries);
    });
    return kept instanceof Error ? results.map((result) => (result instanceof Error ? result : kept)) : results;
  }

  #settle({ step, judged, finish, fail }: Ticket, result: Digest | Error, elapsedMs: number, log?: FailureLog): void {
    const { store, outcomes, failures, times } = this.#tools;
    const artifact =
      result instanceof Error ? result : attempt(() => store.artifact(result) ?? new LostArtifactError(result));
    const told = artifact instanceof TimeLimitError ? times.toldBy(step) : null;
    if (told !== null) finish(outcomes.skipped(step, told));
    else if (isOutdated(artifact)) fail(artifact);
    else if (artifact instanceof Error) finish(failures.of(step, artifact, elapsedMs, judged, log));
    else finish(outcomes.succeeded(step, artifact, { verdict: "run", reason: judged.reason, elapsedMs }));
  }

  /** @param told  takes what is told of them, by the place of the step; so do `logs` */
  async #execute(
    tickets: readonly Ticket[],
    told: readonly Told[],
    logs: readonly LogKeeper[],
  ): Promise<readonly (Digest | Error)[]> {
    const { workers, kinds, store, outcomes, times } = this.#tools;
    const { signal, settled } = outcomes.status;
    const hooks = this.#hooks(tickets, told, logs);
    const watch = times.begin(tickets.map(({ step }) => step));
    const computes = tickets[0]!.step.kind.usesEngine && workers !== null;
    if (computes) this.#computing++;
    try {
      const threads = computes ? this.#threads.for(tickets[0]!.step, this.#computing, settled) : 1;
      const requests = tickets.map(({ request }) => ({ ...request, threads }));
      if (computes) return await workers.run(requests, hooks, watch.signal);
      return await executeSteps(requests, kinds, store, { ...hooks, stopping: () => signal.aborted });
    } catch (error) {
      const failure = asError(error);
      return tickets.map(() => failure);
    } finally {
      watch.end();
      if (computes) this.#computing--;
    }
  }

  #hooks(tickets: readonly Ticket[], told: readonly Told[], logs: readonly LogKeeper[]): WorkerHooks {
    const { emit } = this.#tools;
    return {
      progress: (index: number, { remark, ...progress }: Progress) => {
        const name = nameOf(tickets[index]!.step);
        if (remark === undefined) {
          const { epoch, loss, examplesPerSecond } = progress;
          // With a speed it is told in the middle of an epoch.
          if (epoch !== undefined && loss !== undefined && examplesPerSecond === undefined)
            logs[index]!.epoch(loggedEpoch(progress, epoch, loss));
          emit({ event: "progress", ...name, ...progress });
          return;
        }
        logs[index]!.say("remark", remark);
        emit({ event: "remark", ...name, message: remark });
      },
      execution: (report) => {
        for (const { step } of tickets) emit({ event: "execution", ...nameOf(step), ...report });
      },
      measured: (index, speed) => void Object.assign(told[index]!, { speed }),
      resumed: (index, resumed) => void Object.assign(told[index]!, { resumed }),
      failing: (index, epochs) => logs[index]!.replace(epochs),
      warn: (index: number, message: string, name?: string) => {
        const { step } = tickets[index]!;
        if (name !== undefined && step.stage.allow.includes(name)) return;
        logs[index]!.say("warning", message);
        emit({ event: "warning", ...nameOf(step), message, ...(name === undefined ? {} : { name }) });
      },
    };
  }
}

const loggedEpoch = (
  { accuracy, validationLoss, validationAccuracy }: Progress,
  epoch: number,
  loss: number,
): LoggedEpoch => ({
  epoch,
  loss,
  ...(accuracy === undefined ? {} : { accuracy }),
  ...(validationLoss === undefined ? {} : { validationLoss }),
  ...(validationAccuracy === undefined ? {} : { validationAccuracy }),
});

/** What may not happen again, or not where a step is by itself. */
const momentary = (result: Digest | Error): Error | undefined =>
  result instanceof WorkerLostError || result instanceof ShortMemoryError || result instanceof LocalMistakeError
    ? result
    : undefined;

/** What the step was judged by is there no longer. */
export const isOutdated = (error: unknown): error is ChangedFileError | CorruptBlobError | LostArtifactError =>
  error instanceof ChangedFileError || error instanceof CorruptBlobError || error instanceof LostArtifactError;
