/**
 * What the program of a training computes, as TF.js calls: a step, the judging of a batch, the end of an epoch.
 *
 * Carried are arrays that are not learned, then those that are, then the optimiser's slots of each of these, then
 * averages.
 */
import type { ProgramBody } from "../compute/program.js";
import { tf } from "../util/tfjs.js";
import { averagedWithEnds, movedOn } from "./average.js";
import { clipped } from "./clipping.js";
import type { Feed } from "./feed.js";
import { ruleOf } from "./optimizer.js";
import { decayed } from "./penalties.js";
import type { TrainingOptions } from "./training.js";
import type { TrainingSteps } from "./training-steps.js";

/** Which is which, beside the step: the judging, by the model and by weights as trained, and the end of an epoch. */
export const bodies = { model: 1, unaveraged: 2, end: 3 };

/** The last two are there where the model is an average. */
export function bodiesOf(
  training: TrainingSteps,
  options: TrainingOptions,
  feed: Feed,
): readonly [ProgramBody, ...ProgramBody[]] {
  const rule = ruleOf(options.optimizer);
  const { clipNorm } = options.optimizer;
  const parameters = training.running + training.learned;
  const averagesAt = parameters + training.learned * rule.slots.length;
  /** One step: forward, loss, gradients, clipping, optimiser, average; running statistics are carried along. */
  const step: ProgramBody = (_constants, slices, state, gather) => {
    const inputs = feed.named(slices);
    const { running, gradients: whole, outputs, weights } = training.gradients(state, inputs, gather);
    const members = training.isStacked ? feed.members.length : null;
    const gradients = clipNorm === undefined ? whole : clipped(whole, clipNorm, members);
    const updated = gradients.map((gradient, index) => {
      const before = state[training.running + index]!;
      const from = training.running + gradients.length + index * rule.slots.length;
      const slots = state.slice(from, from + rule.slots.length);
      const next = rule.update(tf, { parameter: before, gradient, slots, numbers: inputs.numbers });
      if (!inputs.decay) return next;
      return { ...next, parameter: decayed(next.parameter, before, weights(index), inputs.decay) };
    });
    const next = [...running, ...updated.map(({ parameter }) => parameter)];
    const averages = state.slice(averagesAt);
    return {
      state: [
        ...next,
        ...updated.flatMap((each) => each.slots),
        ...(inputs.average ? movedOn(tf, averages, next, inputs.average) : averages),
      ],
      outputs,
    };
  };
  const judged =
    (from: number): ProgramBody =>
    (_constants, [rows], state, gather) => ({
      state,
      outputs: [training.judge(state.slice(from, from + parameters), rows!, gather)],
    });
  /** The weights at the end of an epoch go into the average of the last ones. */
  const endEpoch: ProgramBody = (_constants, [count], state) => ({
    state: [
      ...state.slice(0, averagesAt),
      ...averagedWithEnds(tf, state.slice(averagesAt), state.slice(0, parameters), count!),
    ],
    outputs: [],
  });
  return options.average ? [step, judged(averagesAt), judged(0), endEpoch] : [step, judged(0)];
}
