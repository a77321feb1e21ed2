/** The loss of a guess, which a training should come below: what it says of a training that goes wrong. */
import type { Sums } from "./criterion.js";
import type { Examples } from "./data.js";
import { criterionOf, type Loss, losses } from "./losses.js";

/**
 * Of numbers the mean (or median) of each target, of classes equal probabilities; over the examples.
 *
 * @param loss  whose weights are numbers
 * @returns     `text` such as "predicting the mean"
 */
export function guessOf(loss: Loss, examples: Examples): { readonly loss: number; readonly text: string } {
  const { classes, labels, rows, targets } = examples;
  const row = losses[loss.type];
  const guess =
    row.learns === "classes"
      ? new Float64Array(row.outputs(classes!.length) ?? 1)
      : Float64Array.from({ length: targets }, (_, target) =>
          row.guess.of(Array.from(rows, (at) => labels[at * targets + target]!)),
        );
  const criterion = criterionOf(loss);
  const sums: Sums = { loss: 0, weight: 0 };
  for (const at of rows) criterion.add(sums, guess, 0, labels, at * targets, guess.length);
  return { loss: sums.loss / sums.weight, text: row.learns === "classes" ? "equal probabilities" : row.guess.text };
}
