/** Where and how a training diverged, in words: the first number that is not finite, and by what it was noticed. */
import type { DivergedError, Lost, Origin } from "../learn/diverged.js";

export const divergedTitles: Readonly<Record<Lost, string>> = {
  loss: "the loss is no longer a number",
  update: "the loss is no longer a number",
  validation: "the validation loss is no longer a number",
  weights: "the weights are no longer numbers",
  optimizer: "the optimiser's state is no longer numbers",
  average: "the average of the weights is no longer numbers",
};

/** `In epoch 3, step 12, the output of `dense_2` is infinite, and the loss became NaN (last losses: …)`. */
export function divergedSentence(error: DivergedError): string {
  const { epoch, step, lost, losses } = error;
  const { origin } = error.aftermath;
  const noticed = `In epoch ${epoch}, step ${step}, `;
  const consequence = consequenceOf(lost, losses, origin && isAfter(origin, error) ? origin : null);
  if (!origin || isAfter(origin, error)) return `${noticed}${consequence}`;
  if (origin.part === "loss") return `${noticed}${consequence}; the outputs of all layers are finite`;
  const place = `In epoch ${origin.epoch}, step ${origin.step}, ${causeOf(origin)}, and `;
  const isSame = origin.epoch === epoch && origin.step === step;
  if (isSame) return `${place}${consequence}`;
  const later = origin.epoch === epoch ? `in step ${step}` : `in epoch ${epoch}, step ${step},`;
  return `${place}${later} ${consequence}`;
}

/** Whether it is in what the update of the error's step left that the first number is not finite. */
const isAfter = (origin: Origin, { epoch }: DivergedError): boolean =>
  origin.set === "validation" || origin.epoch > epoch;

/** `the output of `dense_2` is infinite` */
export function causeOf({ part, name, slot, value }: Origin): string {
  switch (part) {
    case "output":
      return `the output of \`${name}\` is ${value}`;
    case "loss":
      return `the loss is ${value}`;
    case "running":
      return `the running statistics \`${name}\` became ${value}`;
    case "gradient":
      return `the gradient of \`${name}\` is ${value}`;
    case "parameter":
      return `the update made \`${name}\` ${value}`;
    case "slot":
      return `the optimiser's \`${slot}\` of \`${name}\` became ${value}`;
  }
}

/** @param after  what is not finite in what the update left, where that is known */
function consequenceOf(lost: Lost, losses: readonly number[], after: Origin | null): string {
  const last = losses[losses.length - 1]!;
  const listed = losses.map((loss) => (Number.isFinite(loss) ? loss.toPrecision(4) : String(loss))).join(", ");
  const mean = `mean training loss of the epoch: ${losses[0]!.toPrecision(4)}`;
  const output = after?.part === "output" ? after : null;
  switch (lost) {
    case "loss":
      return `the loss became ${last} (last losses: ${listed})`;
    case "update":
      return output
        ? `the last update left a network in which ${causeOf(output)}, and whose loss is ${last} (${mean})`
        : `the last update left a network whose loss is ${last} (${mean})`;
    case "validation":
      return output
        ? `the update left a network in which ${causeOf(output)} for \`validation\`, so nothing is scored from it ` +
            `(${mean})`
        : "the update left a network whose outputs for `validation` are NaN or infinite, or too far off for a " +
            `loss in 32 bits, so nothing is scored from them (${mean})`;
    case "weights":
      return `the last update left weights that are NaN or infinite (${mean})`;
    case "average":
      return `the last update left an average of the weights that is NaN or infinite (${mean})`;
    case "optimizer":
      return `the last update left running means of the optimiser that are NaN or infinite (${mean})`;
  }
}
