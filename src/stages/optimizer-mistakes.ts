/**
 * What is said against an optimiser and its schedule: options that do not go together, what a schedule lacks, and epochs
 * in which nothing would be learned.
 */
import type { Mistake } from "../diagnostic/diagnostic.js";
import { stepsPerEpoch } from "../learn/batches.js";
import type { PlacedLayer } from "../learn/layer.js";
import { ruleOfSchedule, type Schedule, warmUpEpochs } from "../learn/rates.js";
import { rounded } from "../util/numbers.js";
import { plural } from "../util/words.js";
import { type OptimizerOption, optimizerProblem, scheduleOf } from "./optimizer.js";

interface Training {
  readonly optimizer: OptimizerOption;
  /** `best` where that is not known before winners are chosen. */
  readonly epochs: number | "best";
  readonly batch_size: number;
  readonly validation?: unknown;
}

/**
 * @param layers, count  of the network and the training examples; null where they are not known yet
 * @returns              mistakes, and doubts where there are none
 */
export function optimizerMistakes(
  training: Training,
  layers: readonly PlacedLayer[] | null,
  count: number | null,
): readonly Mistake[] {
  const schedule = scheduleOf(training.optimizer);
  const batchSize = Math.min(training.batch_size, count ?? training.batch_size);
  const steps = layers && count ? stepsPerEpoch(count, { layers, batchSize }) : null;
  const found = [unjudged(schedule, training), warmedTwice(schedule), withoutTime(schedule, steps)];
  const mistakes = found.filter((mistake) => mistake !== null);
  const { epochs } = training;
  const idle = mistakes.length === 0 && epochs !== "best" ? idleEpochs(schedule, epochs, steps) : null;
  const { name, problem } = optimizerProblem(training.optimizer);
  const ofSchedule = [...mistakes, ...(idle ? [idle] : [])].map((mistake) => ({
    ...mistake,
    at: ["optimizer", name, "learning_rate", ...(mistake.at ?? [])],
  }));
  if (!problem) return ofSchedule;
  const { option, title, message } = problem;
  return [{ title, message, at: ["optimizer", name, option] }, ...ofSchedule];
}

function unjudged(schedule: Schedule, training: Training): Mistake | null {
  if ("validation" in training || !ruleOfSchedule(schedule).judged) return null;
  return {
    title: "nothing to judge by",
    message:
      `\`${schedule.type}\` follows the loss of a validation set. ` +
      "Add `validation:`, such as `validation: parts.validation`.",
    at: [schedule.type],
  };
}

function warmedTwice(schedule: Schedule): Mistake | null {
  if (!ruleOfSchedule(schedule).rises || warmUpEpochs(schedule, 1) === 0) return null;
  return {
    title: "warmed up twice",
    message:
      `\`${schedule.type}\` begins with a rise of its own (\`pct_start\` and \`div_factor\` say how). ` +
      "Leave `warm_up` out.",
    at: ["warm_up"],
  };
}

const warmUpText = ({ warmUp }: Schedule): string =>
  typeof warmUp === "number" ? plural(warmUp, "epoch") : plural(warmUp.steps, "step");

/** Whether the warm-up goes on until a schedule of so many epochs is over; false where that is not known yet. */
function fills(schedule: Schedule, epochs: number, steps: number | null): boolean {
  const known = typeof schedule.warmUp === "number" ? 1 : steps;
  return known !== null && warmUpEpochs(schedule, known) >= epochs;
}

function withoutTime(schedule: Schedule, steps: number | null): Mistake | null {
  const { end, rises } = ruleOfSchedule(schedule);
  if (!end || rises || !fills(schedule, end.epochs, steps)) return null;
  const each = typeof schedule.warmUp === "number" || steps === null ? "" : ` of ${plural(steps, "step")}`;
  return {
    title: "over before the warm-up is",
    message:
      `\`warm_up\` takes ${warmUpText(schedule)}, and \`over\` is ${plural(end.epochs, "epoch")}${each}, so the rate ` +
      `never comes to \`from\`. Set a larger \`over\`, or a shorter \`warm_up\`.`,
    at: [schedule.type, "over"],
  };
}

/** Below this share of the highest rate an epoch changes next to nothing. */
const nextToNothing = 1e-3;

function idleEpochs(schedule: Schedule, epochs: number, steps: number | null): Mistake | null {
  const { end, dependsOnLength } = ruleOfSchedule(schedule);
  const doubt = { severity: "warning", name: "idle_epochs", at: [schedule.type] } as const;
  if (dependsOnLength && fills(schedule, epochs, steps))
    return {
      ...doubt,
      title: "warmed up to the end",
      message:
        `\`warm_up\` takes ${warmUpText(schedule)} of a training of ${plural(epochs, "epoch")}, so the rate only ` +
        `rises to the last one of \`${schedule.type}\`. Train for more epochs, or set a shorter \`warm_up\`.`,
    };
  if (!end || epochs <= end.epochs || end.last >= nextToNothing * end.highest) return null;
  return {
    ...doubt,
    title: "epochs that change nothing",
    message:
      `After \`over: ${end.epochs}\` the rate stays at ${rounded(end.last, 3)}, which changes next to nothing in the ` +
      `rest of ${epochs} epochs. Set \`epochs: ${end.epochs}\`, or a larger \`over\`.`,
    at: [schedule.type, "over"],
  };
}
