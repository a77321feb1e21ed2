/**
 * Training: epochs of shuffled batches, the loss of a validation set after each, early stopping, a state to go on from.
 *
 * What comes out depends on the examples, the options and the seeds, never on how many steps a call takes, on when
 * progress was told, on what a training is stacked with, or on where an earlier run was interrupted: every random draw
 * has a stream named by its epoch and purpose.
 */
import { setImmediate } from "node:timers/promises";
import type { ArrayValue, Compute } from "../compute/program.js";
import { modelParameters } from "./average.js";
import { stepsPerEpoch } from "./batches.js";
import { callMs } from "./call-size.js";
import { Course } from "./course.js";
import type { Examples } from "./data.js";
import { DivergedError, divergedAtEnd } from "./diverged.js";
import { EpochPictures } from "./epoch-pictures.js";
import { initialArrays } from "./initial.js";
import { isJudged } from "./rates.js";
import { lookBack } from "./retrace.js";
import { SingleTraining } from "./single-training.js";
import { isStackable, StackedTraining } from "./stacked-training.js";
import { type Progress, Trainer } from "./trainer.js";
import {
  type FitHooks,
  type FitMember,
  type FitOptions,
  type FitResult,
  type FitState,
  StoppedError,
  type TrainingOptions,
} from "./training.js";

/** @throws DivergedError, StoppedError */
export async function fitModel(
  compute: Compute,
  train: Examples,
  validation: Examples | null,
  options: FitOptions,
  hooks: FitHooks,
): Promise<FitResult> {
  const { seed, folds } = options;
  const [result] = await fitStack(compute, [{ train, validation, seed, folds, hooks }], options);
  if (result instanceof DivergedError) throw result;
  return result!;
}

/**
 * Trains members that have come equally far, epoch by epoch.
 *
 * More than one are small networks of dense layers on sets of the same size (`canFitTogether`), without early stopping,
 * for which each of them would have to come back to an epoch of its own.
 *
 * @returns  in the members' order, each one's result, or the error that ended it alone
 * @throws   StoppedError once every member under way has saved its state
 */
export async function fitStack(
  compute: Compute,
  members: readonly FitMember[],
  options: TrainingOptions,
): Promise<readonly (FitResult | DivergedError)[]> {
  const trainer = trainerOf(compute, members, options);
  const courses = members.map(({ hooks }) => new Course(options, hooks.resume));
  const failed = new Map<number, DivergedError>();
  /** By member: states to which it would be gone back. */
  const known = members.map(({ hooks }): readonly FitState[] => (hooks.resume ? [hooks.resume] : []));
  // What an epoch of one step ruins shows in the epoch after it.
  const statesKept = stepsPerEpoch(members[0]!.train.count, options) === 1 ? 2 : 1;
  const isWatched = members.some(({ hooks }) => hooks.epochEnded);
  const isOver = (): boolean => courses.every((course, member) => course.isOver || failed.has(member));
  /** Looks at what the last update of each that is over left, before it counts as a result. */
  const checkEnds = async (arrays: ArraysByMember): Promise<void> => {
    let losses: Promise<readonly number[]> | undefined;
    const nextLosses = (): Promise<readonly number[]> => (losses ??= trainer.nextLosses(courses[0]!.epoch));
    for (const [member, course] of courses.entries()) {
      if (!course.isOver || failed.has(member)) continue;
      const { count } = members[member]!.train;
      const nextLoss = async (): Promise<number> => (await nextLosses())[member]!;
      const error = await divergedAtEnd(course.state(arrays[member]!), count, options, nextLoss);
      if (error) failed.set(member, error);
    }
  };
  const { hooks: clock } = members[0]!;
  let toldAt = Number.NEGATIVE_INFINITY;
  let results: readonly (FitResult | DivergedError)[];
  try {
    let arrays: ArraysByMember = [];
    if (isOver()) {
      arrays = trainer.arrays();
      await checkEnds(arrays);
    }
    while (!isOver()) {
      const reached = Math.max(...courses.map(({ epoch }) => epoch));
      const before = options.earlyStopping ? trainer.snapshot() : null;
      if (arrays.length > 0)
        for (const [member, course] of courses.entries())
          if (!failed.has(member))
            known[member] = [course.state(arrays[member]!), ...known[member]!].slice(0, statesKept);
      // A judged schedule has no rate for the epoch after the next one.
      const most = isWatched || isJudged(options.schedule) ? 1 : options.epochs - reached;
      trainer.hear(courses[0]!.history);
      const runs = await trainer.train(reached + 1, most, progressOf(trainer, members));
      for (const [member, { scores, diverged }] of runs.entries()) {
        const course = courses[member]!;
        course.take(scores);
        // What lies behind the epoch at which a training stops is no part of it.
        if (diverged && !course.isExhausted) failed.set(member, diverged);
        else if (before) returnToEnd(trainer, course, before, reached, scores.length + (diverged ? 1 : 0));
      }
      if (failed.size === members.length) break;
      arrays = trainer.arrays();
      for (const [member, course] of courses.entries())
        if (course.bestEpoch === course.epoch) course.keepBest(arrays[member]!);
      for (const [member, { hooks }] of members.entries())
        if (!failed.has(member)) hooks.epochEnded?.(courses[member]!.epoch, modelParameters(arrays[member]!, options));
      await checkEnds(arrays);
      // What is not gone back to any more is not held while the new state is saved.
      for (const [member] of members.entries())
        if (!failed.has(member)) known[member] = known[member]!.slice(0, statesKept - 1);
      // Where short epochs do not share a call, no more of them are told of than if they did.
      const isTold = !isWatched || isOver() || clock.now() - toldAt >= callMs;
      if (isTold) toldAt = clock.now();
      for (const [member, { hooks }] of members.entries()) {
        if (failed.has(member)) continue;
        hooks.save(courses[member]!.state(arrays[member]!), courses[member]!.isOver);
        if (isTold) reportEnd(hooks, courses[member]!, trainer.examplesPerSecond);
      }
      // The process hears that it should stop.
      await setImmediate();
      if (!isOver() && members.some(({ hooks }) => hooks.stopping())) throw new StoppedError("stopped");
    }
    const speed = trainer.speed();
    if (speed) for (const [member, { hooks }] of members.entries()) if (!failed.has(member)) hooks.measured?.(speed);
    results = courses.map((course, member) => failed.get(member) ?? course.result(arrays[member]!));
  } finally {
    trainer.dispose();
  }
  const seen: (FitResult | DivergedError)[] = [];
  for (const [member, result] of results.entries())
    seen.push(
      result instanceof DivergedError
        ? await lookBack(compute, members[member]!, options, result, known[member]!, (one) =>
            trainerOf(compute, [one], options),
          )
        : result,
    );
  return seen;
}

/** By member: parameters, then each optimiser slot of each trained one, then averages. */
type ArraysByMember = readonly (readonly ArrayValue[])[];

function trainerOf(compute: Compute, members: readonly FitMember[], options: TrainingOptions): Trainer {
  const { layers, optimizer, average } = options;
  const [{ train, hooks: clock }] = members as [FitMember];
  const start = members.map(
    ({ hooks, seed, folds }) => hooks.resume?.arrays ?? initialArrays(layers, optimizer, seed, folds, average),
  );
  // A small network of dense layers is a stack of one, whose numbers are those that it has in company.
  const steps =
    !compute.stepwise && isStackable(options, train)
      ? new StackedTraining(members, options)
      : new SingleTraining(members[0]!, options, !compute.stepwise);
  return new Trainer(compute, steps, members, options, start, picturesOf(members[0]!, options), () => clock.now());
}

/** Null where the training set is not augmented. */
function picturesOf(member: FitMember, { epochs }: TrainingOptions): EpochPictures | null {
  const { train, hooks } = member;
  if (!train.augmentation) return null;
  return new EpochPictures(member, (hooks.resume?.epoch ?? 0) + 1, epochs, {
    most: hooks.threads ?? 1,
    now: () => hooks.now(),
    hear() {
      if (hooks.stopping()) throw new StoppedError("stopped");
    },
  });
}

/**
 * Leaves the state at the last epoch that counts, and keeps the parameters of the best one where that lies within the
 * call: the same steps again leave the same bits.
 *
 * @param before   the state at epoch `reached`, from which the call started
 * @param trained  epochs of the call, with the one that diverged
 */
function returnToEnd(
  trainer: Trainer,
  course: Course,
  before: readonly ArrayValue[],
  reached: number,
  trained: number,
): void {
  const [best, last] = [course.bestEpoch ?? 0, course.epoch];
  const isBestWithin = best > reached && best < last;
  if (!isBestWithin && last === reached + trained) return;
  trainer.restore(before);
  trainer.replay(reached + 1, isBestWithin ? best : last);
  if (!isBestWithin) return;
  course.keepBest(trainer.arrays()[0]!);
  trainer.replay(best + 1, last);
}

/** What is told between two calls of an epoch. @throws StoppedError */
function progressOf(trainer: Trainer, members: readonly FitMember[]): Progress {
  return async (epoch, fraction, scores) => {
    const { examplesPerSecond } = trainer;
    for (const [member, { hooks }] of members.entries()) {
      const score = scores[member];
      if (score) hooks.report({ epoch, fraction, examplesPerSecond, ...score, ended: false });
    }
    await setImmediate();
    if (members.some(({ hooks }) => hooks.stopping())) throw new StoppedError("stopped");
  };
}

function reportEnd(hooks: FitHooks, course: Course, examplesPerSecond: number): void {
  const { epoch, train, validation } = course.history[course.epoch - 1]!;
  hooks.report({ epoch, fraction: 1, examplesPerSecond, ...train, ...(validation ? { validation } : {}), ended: true });
}
