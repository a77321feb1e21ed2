/**
 * What is found out about a training that has diverged: the way that it took is gone once more, with the same draws and
 * so with the same bits, to the first step in which a number is not finite, and that step is looked into (`origin.ts`).
 *
 * It begins at a state that the training still has; nothing of it is done, and nothing is kept for it, while a training
 * goes well. It never makes another error of a divergence: what does not work leaves what is known already.
 */
import { setImmediate } from "node:timers/promises";
import type { ArrayValue, Compute } from "../compute/program.js";
import { Course } from "./course.js";
import { type Aftermath, type DivergedError, type Found, isFinite32, type Origin } from "./diverged.js";
import { firstInStep, firstInValidation } from "./origin.js";
import type { Trainer, Walked } from "./trainer.js";
import { type FitMember, type FitState, StoppedError, type TrainingOptions } from "./training.js";

/** Makes what goes over a training's steps, from the state that the member's hooks say. */
type MakeTrainer = (member: FitMember) => Trainer;

/**
 * @param states  of the training, the latest first; where none of them lies far enough back, it begins at the start
 * @throws StoppedError
 */
export async function lookBack(
  compute: Compute,
  member: FitMember,
  options: TrainingOptions,
  error: DivergedError,
  states: readonly FitState[],
  makeTrainer: MakeTrainer,
): Promise<DivergedError> {
  try {
    for (const from of [...states, undefined]) {
      if (from && !from.arrays.every(({ data }) => isFinite32(data))) continue;
      const aftermath = await new Retracing(compute, member, options, error, from, makeTrainer).go();
      if (aftermath) return error.with(aftermath);
    }
  } catch (failure) {
    if (failure instanceof StoppedError) throw failure;
  }
  return error;
}

class Retracing {
  readonly #trainer: Trainer;
  readonly #course: Course;
  /** The state that stands, null at the start; and that of the epoch before, undefined where it is not known. */
  #now: FitState | null;
  #previous: FitState | null | undefined;

  constructor(
    readonly compute: Compute,
    readonly member: FitMember,
    readonly options: TrainingOptions,
    readonly error: DivergedError,
    from: FitState | undefined,
    makeTrainer: MakeTrainer,
  ) {
    this.#trainer = makeTrainer({ ...member, hooks: { ...member.hooks, resume: from } });
    this.#course = new Course(options, from);
    this.#now = from ?? null;
    this.#previous = from ? undefined : null;
    this.#trainer.hear(this.#course.history);
  }

  /** @returns null where it has to begin farther back */
  async go(): Promise<Aftermath | null> {
    try {
      return await this.#epochs();
    } finally {
      this.#trainer.dispose();
    }
  }

  async #epochs(): Promise<Aftermath | null> {
    const { epoch: last, step, lost } = this.error;
    while (this.#course.epoch < last) {
      const epoch = this.#course.epoch + 1;
      const before = this.#trainer.snapshot();
      if (lost === "loss" && epoch === last) return await this.#withinEpoch(epoch, step, before);
      const [run] = await this.#trainer.train(epoch, 1, () => this.#hear());
      const { scores, diverged } = run!;
      const arrays = this.#arrays();
      const areFinite = arrays.every(isFiniteArray);
      if (diverged?.lost === "validation" && areFinite)
        return { origin: this.#inValidation(diverged, arrays), last: this.#now };
      if (diverged || !areFinite) {
        this.#trainer.restore(before);
        return await this.#withinEpoch(epoch, null, before);
      }
      this.#take(scores, arrays);
      await this.#hear();
    }
    // All numbers that it left are finite, so it is the next step in which they are not.
    return lost === "update" ? await this.#withinEpoch(last + 1, 1, this.#trainer.snapshot()) : null;
  }

  #take(scores: Parameters<Course["take"]>[0], arrays: readonly ArrayValue[]): void {
    const course = this.#course;
    course.take(scores);
    this.#trainer.hear(course.history);
    if (course.bestEpoch === course.epoch) course.keepBest(arrays);
    this.#previous = this.#now;
    this.#now = course.state(arrays);
  }

  /**
   * @param step   whose loss is not finite; null where all losses are
   * @param start  what is carried at the start of the epoch
   */
  async #withinEpoch(epoch: number, step: number | null, start: readonly ArrayValue[]): Promise<Aftermath | null> {
    const skipped = step === null ? 0 : Math.max(0, step - 2);
    let ruined = await this.#ruinedStep(epoch, skipped);
    if (ruined && ruined.steps > 1) {
      this.#trainer.restore(start);
      ruined = await this.#ruinedStep(epoch, 0);
    }
    if (!ruined) return { origin: null, last: this.#now };
    // A network whose next loss is not finite has come to no result, though its weights are numbers.
    const isNow = ruined.from > 0 || this.member.validation !== null || Number.isFinite(ruined.losses[0]);
    const last = isNow ? this.#now : this.#previous;
    if (last === undefined) return null;
    return { origin: this.#inStep(epoch, ruined), last };
  }

  #inStep(epoch: number, { from: step, before, fed: { pictures } }: Walked): Origin | null {
    const looked = { epoch, step, before: this.#unpacked(before), after: this.#arrays(), pictures };
    const found = orNull(() => firstInStep(this.compute, this.member, this.options, looked));
    return found && { ...found, epoch, step: step + 1, set: "train" };
  }

  #inValidation({ epoch, step }: DivergedError, arrays: readonly ArrayValue[]): Origin | null {
    const found = orNull(() => firstInValidation(this.compute, this.member, this.options, arrays));
    return found && { ...found, epoch, step, set: "validation" };
  }

  /** The first call of steps that has a loss, or leaves a number, that is not finite. */
  async #ruinedStep(epoch: number, skipped: number): Promise<Walked | null> {
    for await (const walked of this.#trainer.walk(epoch, skipped)) {
      const areFinite =
        Array.from(walked.losses).every(Number.isFinite) && this.#trainer.snapshot().every(isFiniteArray);
      if (!areFinite) return walked;
      await this.#hear();
    }
    return null;
  }

  #arrays(): readonly ArrayValue[] {
    return this.#trainer.arrays()[0]!;
  }
  #unpacked(carried: readonly ArrayValue[]): readonly ArrayValue[] {
    return this.#trainer.training.unpack(carried)[0]!;
  }

  /** @throws StoppedError */
  async #hear(): Promise<void> {
    await setImmediate();
    if (this.member.hooks.stopping()) throw new StoppedError("stopped");
  }
}

/** Where a step cannot be looked into, for lack of memory say, the states are still known. */
function orNull(look: () => Found | null): Found | null {
  try {
    return look();
  } catch {
    return null;
  }
}

const isFiniteArray = ({ data }: ArrayValue): boolean => isFinite32(data);
