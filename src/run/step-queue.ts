/**
 * Steps that are ready, N at a time, in the order of the plan: a search before the pictures of its every trial.
 *
 * Steps with the same options that are better run together (folds or seeds of a configuration) are handed out together:
 * what has come together by the time a place is free, shared out where there would be places left. A training that
 * shares its beginning with shorter ones waits for them, so that it can go on from theirs.
 *
 * A step that lost its process, or found too little memory beside others, is tried once more by itself: it waits until
 * nothing else is at work, and nothing begins before it has ended.
 */
import PQueue from "p-queue";
import { withoutInputs } from "../pipeline/merged.js";
import type { Step } from "../plan/steps.js";
import { type Digest, digestJson } from "../util/digest.js";
import type { StepRequest } from "./execute.js";

/** Steps that go together are at most so many: their states are in memory at the same time. */
const mostTogether = 16;

export interface Queued {
  readonly step: Step;
  readonly request: StepRequest;
  /** Place in the plan. */
  readonly order: number;
}

export class StepQueue<T extends Queued> {
  readonly #queue: PQueue;
  /** Lengths of trainings that share their beginning, with when each is done, by family. */
  readonly #families = new Map<Digest, { readonly length: number; readonly done: Promise<unknown> }[]>();
  /** Steps in the queue that go together, by what they have in common. */
  readonly #groups = new Map<Digest, T[]>();
  /** Steps at work, without those that wait to be alone; and these. */
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param together  whether steps may be handed out together at all
   * @param work      runs steps; never throws
   */
  constructor(
    readonly jobs: number,
    readonly together: boolean,
    readonly work: (tickets: readonly T[]) => Promise<void>,
  ) {
    this.#queue = new PQueue({ concurrency: jobs });
  }

  /** @param done  settles when the step has ended, however */
  async add(ticket: T, done: Promise<unknown>): Promise<void> {
    const { family, length, shared } = ticket.request.checkpoint;
    if (shared) {
      const members = this.#families.get(family) ?? [];
      this.#families.set(family, members);
      members.push({ length, done: done.catch(() => undefined) });
      // By then every training that can start now is known.
      await tick();
      await Promise.all(members.filter((other) => other.length < length).map((other) => other.done));
    }
    this.#enqueue(ticket);
  }

  /**
   * From within a step at work: does `work` when nothing else is at work. Nothing begins before the whole step has
   * ended.
   */
  async alone(work: () => Promise<void>): Promise<void> {
    this.#queue.pause();
    await new Promise<void>((begin) => {
      this.#waiting.push(begin);
      this.#busy--;
      this.#next();
    });
    await work();
  }

  async #counted(tickets: readonly T[]): Promise<void> {
    this.#busy++;
    try {
      await this.work(tickets);
    } finally {
      this.#busy--;
      this.#next();
    }
  }

  #next(): void {
    if (this.#busy > 0) return;
    const begin = this.#waiting.shift();
    if (!begin) {
      this.#queue.start();
      return;
    }
    this.#busy++;
    begin();
  }

  #enqueue(ticket: T): void {
    const { step, request } = ticket;
    const { kind, stage } = step;
    if (!this.together || !kind.usesEngine || !kind.runTogether || !kind.goTogether?.(request.options, stage.outputs)) {
      void this.#queue.add(() => this.#counted([ticket]), { priority: -ticket.order });
      return;
    }
    const key = digestJson({
      kind: kind.name,
      options: withoutInputs(kind, request.options),
      fresh: request.checkpoint.fresh,
    });
    const group = this.#groups.get(key);
    if (group) group.push(ticket);
    else this.#open(key, [ticket]);
  }

  #open(key: Digest, group: T[]): void {
    this.#groups.set(key, group);
    const hand = async (): Promise<void> => {
      await tick();
      this.#groups.delete(key);
      const free = this.#queue.size === 0 ? Math.max(0, this.jobs - this.#queue.pending) : 0;
      const share = Math.min(mostTogether, Math.ceil(group.length / (1 + free)));
      const rest = group.slice(share);
      if (rest.length > 0) this.#open(key, rest);
      await this.#counted(group.slice(0, share));
    };
    void this.#queue.add(hand, { priority: -group[0]!.order });
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
