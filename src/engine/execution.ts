/**
 * Which execution the steps of a program get: the one place that decides it, from what was measured on this machine.
 *
 * The first calls are short anyway, so they try one thread; then come all cores that nobody else keeps busy, with
 * threads that spin, and where that gains little, threads that sleep. The fastest stays. It is looked at again when
 * the load of others changes, when it was close, or when steps have become slower or faster. Whatever is chosen, the
 * bits are the same: that is the engine's promise for any number of threads, and why a choice is told (`tell`) and
 * never kept.
 *
 * How many threads there may be is decided by who installs the engine.
 */
import type { Execution, ExecutionReport, Tried } from "../compute/execution.js";
import type { Load, LoadMeter } from "./load.js";

/** A call of a program, as measured. */
export interface Call {
  readonly steps: number;
  readonly elapsedMs: number;
  /** The first of its session, which also finds its memory. */
  readonly isFirst: boolean;
}
export interface Choice {
  /** For the next call. */
  readonly current: Execution;
  took(call: Call): void;
}
export interface Executions {
  /** Programs of one structure share what was found out about it. */
  of(structure: string): Choice;
  /** Of what is computed once, without a program. */
  readonly single: Execution;
}

/** The same for everything. */
export const fixedExecutions = (execution: Execution): Executions => {
  const choice: Choice = { current: execution, took: () => undefined };
  return { of: () => choice, single: execution };
};

export const oneThread: Execution = { threads: 1, spins: false };
/** What keeps more cores busy has to gain that much. */
const worthwhile = 1.05;
/** Where spinning gains that much, sleeping would not gain more. */
const clearly = 1.1;
/** A way was tried when so many calls of it, and so long ones, were measured. */
const triedCalls = 2;
const triedMs = 100;
/** A choice that was taken over from another program is looked at after so long. */
const inheritedMs = 1000;
/** A choice is looked at again after so long, and then after twice as long each time up to the second number, … */
const settledMs = 10_000;
const longMs = 160_000;
/** … where another way took less than that much more, or a step takes that much more or less than it did. */
const close = 1.25;
/** Structures that are remembered. */
const mostStructures = 64;

/** What may be chosen where so many cores are free; what is tried first comes first. */
function waysFor(threads: number, cores: number): readonly Execution[] {
  const asleep = { threads, spins: false };
  return cores > 1 ? [oneThread, { threads: cores, spins: true }, asleep] : [oneThread, asleep];
}
export const sameExecution = (a: Execution, b: Execution): boolean => a.threads === b.threads && a.spins === b.spins;

/** A way that is being tried. */
class Trial {
  #calls = 0;
  #totalMs = 0;
  stepMs = Number.POSITIVE_INFINITY;

  constructor(readonly way: Execution) {}

  add({ steps, elapsedMs, isFirst }: Call): void {
    if (isFirst) return;
    this.#calls++;
    this.#totalMs += elapsedMs;
    this.stepMs = Math.min(this.stepMs, elapsedMs / steps);
  }
  get isEnough(): boolean {
    return this.#calls >= triedCalls && this.#totalMs >= triedMs;
  }
}

/** @param threads  more than one */
class MeasuredChoice implements Choice {
  current: Execution;
  /** Of the look that is under way; null where the choice stands. */
  #trials: Trial[] | null;
  #cores: number;
  /** Computed since the choice was made, or taken over. */
  #sinceMs = 0;
  #waitMs = settledMs / 2;
  /** Of a step, when it was made; null where it was taken over. */
  #stepMs: number | null = null;
  #isClose = false;
  /** In which other cores than `#cores` were free first. */
  #otherSpan: number | null = null;

  /** @param start  what another program's choice was; null where there is none */
  constructor(
    readonly threads: number,
    readonly load: () => Load,
    readonly tell: (report: ExecutionReport) => void,
    start: Execution | null,
  ) {
    this.#cores = this.#freeCores();
    const known = waysFor(threads, this.#cores).find((way) => start !== null && sameExecution(way, start));
    this.current = known ?? oneThread;
    this.#trials = known ? null : [new Trial(oneThread)];
  }

  took(call: Call): void {
    if (this.#trials) this.#try(this.#trials, call);
    else if (this.#isDue(call)) this.#look();
  }

  #freeCores(): number {
    return Math.min(this.threads, this.load().freeCores);
  }

  #try(trials: Trial[], call: Call): void {
    const trial = trials[trials.length - 1]!;
    trial.add(call);
    if (!trial.isEnough) return;
    this.#cores = this.#freeCores();
    const ways = waysFor(this.threads, this.#cores);
    const tried = trials.filter(({ way }) => ways.some((each) => sameExecution(each, way)));
    const next = ways.find((way) => !tried.some((each) => sameExecution(each.way, way)));
    if (next && !(isAsleep(next) && spinningGains(tried))) {
      trials.push(new Trial(next));
      this.current = next;
    } else this.#decide(tried);
  }

  #decide(trials: readonly Trial[]): void {
    const [first, ...others] = [...trials].sort((a, b) => a.way.threads - b.way.threads || +a.way.spins - +b.way.spins);
    const best = others.reduce((best, each) => (each.stepMs * worthwhile < best.stepMs ? each : best), first!);
    this.current = best.way;
    this.#trials = null;
    this.#sinceMs = 0;
    this.#waitMs = Math.min(longMs, 2 * this.#waitMs);
    this.#stepMs = best.stepMs;
    this.#isClose = trials.some((each) => each !== best && each.stepMs < best.stepMs * close);
    this.#otherSpan = null;
    const tried = trials.map(({ way, stepMs }): Tried => ({ ...way, stepMs }));
    this.tell({ ...best.way, tried, cores: this.#cores });
  }

  /** Whether the choice is to be looked at again. */
  #isDue({ steps, elapsedMs, isFirst }: Call): boolean {
    this.#sinceMs += elapsedMs;
    if (this.#isLoadChanged()) return true;
    if (isFirst) return false;
    if (this.#stepMs === null) return this.#sinceMs > inheritedMs;
    const ratio = elapsedMs / steps / this.#stepMs;
    return this.#sinceMs > this.#waitMs && (this.#isClose || ratio > close || ratio * close < 1);
  }

  /** In two spans one after the other: what others do for a moment is not worth a new session. */
  #isLoadChanged(): boolean {
    const { span } = this.load();
    if (this.#freeCores() === this.#cores) this.#otherSpan = null;
    else this.#otherSpan ??= span;
    return this.#otherSpan !== null && span > this.#otherSpan;
  }

  /** What is chosen now is measured first, for which it needs no new session. */
  #look(): void {
    const ways = waysFor(this.threads, this.#freeCores());
    this.current = ways.find((way) => sameExecution(way, this.current)) ?? ways[0]!;
    this.#trials = [new Trial(this.current)];
  }
}

const isAsleep = ({ threads, spins }: Execution): boolean => threads > 1 && !spins;
function spinningGains(trials: readonly Trial[]): boolean {
  const spinning = trials.find(({ way }) => way.spins);
  const alone = trials.find(({ way }) => way.threads === 1);
  return spinning !== undefined && alone !== undefined && spinning.stepMs * clearly < alone.stepMs;
}

/** What decides by measuring, and remembers it while the process lives. */
export class MeasuredExecutions implements Executions {
  readonly #choices = new Map<string, MeasuredChoice>();
  #last: Execution | null = null;

  /** Told whenever a choice is made by measuring; with one thread there is none. */
  tell: (report: ExecutionReport) => void = () => undefined;

  /** @param threads  that a step may use at most */
  constructor(
    readonly threads: number,
    readonly load: Pick<LoadMeter, "read" | "restart">,
  ) {}

  of(structure: string): Choice {
    if (this.threads === 1) return fixedExecutions(oneThread).of(structure);
    this.load.restart();
    const choice = this.#choices.get(structure) ?? this.#choice();
    this.#choices.delete(structure);
    this.#choices.set(structure, choice);
    if (this.#choices.size > mostStructures) this.#choices.delete(this.#choices.keys().next().value!);
    return choice;
  }

  #choice(): MeasuredChoice {
    const tell = (report: ExecutionReport): void => {
      const { threads, spins } = report;
      this.#last = { threads, spins };
      this.tell(report);
    };
    return new MeasuredChoice(this.threads, () => this.load.read(), tell, this.#last);
  }

  get single(): Execution {
    if (this.threads === 1) return oneThread;
    const cores = Math.min(this.threads, this.load.read().freeCores);
    return cores > 1 ? { threads: cores, spins: true } : oneThread;
  }
}
