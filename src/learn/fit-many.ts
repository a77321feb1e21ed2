/**
 * Several trainings of one network, such as the folds of a configuration: stacked where they are small networks of
 * dense layers, else one after the other. The result of each is what `fitModel` makes of it, bit for bit.
 */
import type { Compute } from "../compute/program.js";
import { sameShape } from "../util/shape.js";
import type { Examples } from "./data.js";
import type { DivergedError } from "./diverged.js";
import { fitStack } from "./fit.js";
import { isJudged } from "./rates.js";
import { isStackable, stackSize } from "./stacked-training.js";
import type { FitMember, FitResult, Member, TrainingOptions } from "./training.js";

/**
 * Whether the members can be stacked: a small network of dense layers without early stopping, augmentation, or a
 * schedule that judges epochs, and as many examples in each of the training sets, and of the validation sets. Their
 * values, arrays and rows may differ, and so may how far each has come.
 */
export function canFitTogether(
  options: TrainingOptions,
  members: readonly Pick<Member, "train" | "validation">[],
): boolean {
  const [first, ...others] = members;
  if (!first || options.earlyStopping !== null || isJudged(options.schedule)) return false;
  if (!members.every(({ train }) => isStackable(options, train))) return false;
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
  options: TrainingOptions,
  atATime = stackSize(options),
): Promise<readonly (FitResult | DivergedError)[]> {
  const results = new Map<FitMember, FitResult | DivergedError>();
  const together = !compute.stepwise && canFitTogether(options, members);
  for (const stack of together ? stacksOf(members, options.epochs, atATime) : members.map((member) => [member])) {
    const fits = await fitStack(compute, stack, options);
    for (const [index, member] of stack.entries()) results.set(member, fits[index]!);
  }
  return members.map((member) => results.get(member)!);
}

/** Members that have come equally far, in stacks of about equal size. Who has nothing left to train stands alone. */
function stacksOf(members: readonly FitMember[], epochs: number, atATime: number): readonly (readonly FitMember[])[] {
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
