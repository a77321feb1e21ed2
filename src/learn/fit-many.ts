/**
 * Several trainings of one network, such as the folds of a configuration: side by side where they are small networks of
 * dense layers, else one after the other. The result of each is what `fitModel` makes of it, bit for bit.
 */
import type { Compute } from "../compute/program.js";
import { sameShape } from "../util/shape.js";
import type { EpochScore } from "../values/model.js";
import type { Examples } from "./data.js";
import { troubleAtEnd } from "./diverged.js";
import {
  DivergedError,
  type FitHooks,
  type FitOptions,
  type FitResult,
  type FitState,
  fitModel,
  lowestEpoch,
} from "./fit.js";
import { initialArrays } from "./initial.js";
import { isForTeams, Team, type TeamOptions, teamSize } from "./stacked-training.js";
import { pause, StoppedError } from "./trainer.js";

export interface FitMember {
  readonly train: Examples;
  readonly validation: Examples | null;
  readonly seed: number;
  readonly folds: readonly string[];
  readonly hooks: FitHooks;
}
export type FitManyOptions = Omit<FitOptions, "seed" | "folds">;

/**
 * Whether the members can be trained side by side: a small network of dense layers without early stopping, and as many
 * examples in each of the training sets, and of the validation sets. Their values, arrays and rows may differ, and so
 * may how far each has come.
 */
export function canFitTogether(
  options: FitManyOptions,
  members: readonly Pick<FitMember, "train" | "validation">[],
): boolean {
  const [first, ...others] = members;
  if (!first || options.earlyStopping !== null || !isForTeams(options, first.train.count)) return false;
  const alike = (a: Examples | null, b: Examples | null): boolean =>
    a === b ||
    (a !== null &&
      b !== null &&
      a.count === b.count &&
      sameShape(a.shape, b.shape) &&
      a.targets === b.targets &&
      a.classes?.length === b.classes?.length);
  return others.every(({ train, validation }) => alike(train, first.train) && alike(validation, first.validation));
}

/**
 * @param atATime  members in one program; it decides nothing but speed
 * @returns  in the members' order, each one's result, or the error that ended it alone
 * @throws   StoppedError once every member under way has saved its state; whatever is wrong with the machine
 */
export async function fitMany(
  compute: Compute,
  members: readonly FitMember[],
  options: FitManyOptions,
  atATime = teamSize(options),
): Promise<readonly (FitResult | DivergedError)[]> {
  const results = new Map<FitMember, FitResult | DivergedError>();
  const together = !compute.stepwise && canFitTogether(options, members);
  for (const group of together ? groupsOf(members, options.epochs, atATime) : members.map((member) => [member]))
    for (const [index, result] of (
      await (group.length > 1 ? fitTeam(compute, group, options) : fitAlone(compute, group[0]!, options))
    ).entries())
      results.set(group[index]!, result);
  return members.map((member) => results.get(member)!);
}

async function fitAlone(
  compute: Compute,
  { train, validation, seed, folds, hooks }: FitMember,
  options: FitManyOptions,
): Promise<[FitResult | DivergedError]> {
  try {
    return [await fitModel(compute, train, validation, { ...options, seed, folds }, hooks)];
  } catch (error) {
    if (error instanceof DivergedError) return [error];
    throw error;
  }
}

/** Members that have come equally far, in teams of about equal size. Who has nothing left to train stands alone. */
function groupsOf(members: readonly FitMember[], epochs: number, atATime: number): readonly (readonly FitMember[])[] {
  const byEpoch = new Map<number, FitMember[]>();
  for (const member of members) {
    const epoch = member.hooks.resume?.epoch ?? 0;
    byEpoch.set(epoch, [...(byEpoch.get(epoch) ?? []), member]);
  }
  return [...byEpoch].flatMap(([epoch, group]) => {
    const count = epoch >= epochs ? group.length : Math.ceil(group.length / atATime);
    return Array.from({ length: count }, (_, index) =>
      group.slice(Math.round((index * group.length) / count), Math.round(((index + 1) * group.length) / count)),
    );
  });
}

async function fitTeam(
  compute: Compute,
  members: readonly FitMember[],
  options: TeamOptions,
): Promise<readonly (FitResult | DivergedError)[]> {
  const { layers, optimizer, epochs } = options;
  const parameters = layers.flatMap((layer) => layer.parameters).length;
  const started = members.map((member) => ({
    ...member,
    start: member.hooks.resume?.arrays ?? initialArrays(layers, optimizer, member.seed, member.folds),
  }));
  const [{ hooks: clock }] = members as [FitMember];
  const team = new Team(compute, started, options, () => clock.now());
  const histories = members.map(({ hooks }): EpochScore[] => [...(hooks.resume?.history ?? [])]);
  const failed = new Map<number, DivergedError>();
  const stateOf = (member: number): FitState => ({
    epoch: histories[member]!.length,
    arrays: team.arrays(member),
    history: [...histories[member]!],
    best: null,
  });
  let epoch = clock.resume?.epoch ?? 0;
  try {
    while (epoch < epochs && failed.size < members.length) {
      const trained = team.train(epoch + 1, epochs - epoch);
      epoch += trained.reduce((most, { scores, trouble }) => (trouble ? most : Math.max(most, scores.length)), 0);
      const final = epoch >= epochs;
      let nextLosses: readonly number[] | undefined;
      for (const [index, { scores, trouble: diverged }] of trained.entries()) {
        if (diverged) {
          failed.set(index, diverged);
          continue;
        }
        const { hooks, train: examples } = members[index]!;
        const history = histories[index]!;
        history.push(...scores);
        const { train, validation } = history[epoch - 1]!;
        const state = stateOf(index);
        const nextLoss = (): number => {
          nextLosses ??= team.nextLosses(epoch);
          return nextLosses[index]!;
        };
        const trouble = final ? troubleAtEnd({ ...state, parameters }, examples.count, options, nextLoss) : null;
        if (trouble) {
          failed.set(index, trouble);
          continue;
        }
        hooks.save(state, final);
        hooks.report({
          epoch,
          fraction: 1,
          examplesPerSecond: team.examplesPerSecond,
          ...train,
          ...(validation ? { validation } : {}),
          ended: true,
        });
      }
      await pause();
      if (epoch < epochs && failed.size < members.length && members.some(({ hooks }) => hooks.stopping()))
        throw new StoppedError("stopped");
    }
    return members.map((_, index): FitResult | DivergedError => {
      const state = stateOf(index);
      return (
        failed.get(index) ?? {
          parameters: state.arrays.slice(0, parameters),
          state,
          stopped: "epochs",
          bestEpoch: lowestEpoch(state.history),
        }
      );
    });
  } finally {
    team.dispose();
  }
}
