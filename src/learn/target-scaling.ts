/**
 * Targets brought to a common scale for a training, and outputs brought back.
 *
 *   a network learns (y − offset) / divisor, and what it says of an example is output · divisor + offset
 *
 * Statistics are those of the training examples, target by target, as `normalize` takes them of features: mean and sd
 * over n, or the minimum and the range. Both ways are computed in doubles and rounded to float32 once.
 *
 * The same as scikit-learn's `TransformedTargetRegressor` with a `StandardScaler` or a `MinMaxScaler`.
 */
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Scaling } from "../values/dataset.js";
import type { Examples } from "./data.js";
import { statistics } from "./normalization.js";

/** A constant target has a divisor of 1. @param examples  of numbers, one or more */
export const targetScalingOf = ({ labels, rows, targets }: Examples, method: Scaling["method"]): Scaling =>
  statistics({ features: Float32Array.from(labels), rows, shape: [targets], scale: 1 }, method);

/** @throws MistakeError where a target leaves what float32 can hold */
export function withScaledTargets(
  examples: Examples,
  { offset, divisor }: Scaling,
  names: readonly string[],
): Examples {
  const { labels, targets } = examples;
  const scaled = new Float32Array(labels.length);
  for (const row of examples.rows)
    for (let target = 0; target < targets; target++) {
      const at = row * targets + target;
      scaled[at] = (labels[at]! - offset[target]!) / divisor[target]!;
      if (!Number.isFinite(scaled[at]))
        throw new MistakeError({
          title: "a target beyond 32 bits",
          message:
            `The value ${labels[at]} of the target \`${names[target] ?? `column ${target + 1}`}\` cannot be held in ` +
            "32 bits once it is scaled: it lies too far from the training examples. Correct the value, or leave out " +
            "`scale_targets`.",
        });
    }
  return { ...examples, labels: scaled };
}

/**
 * What a network says, in the units of the targets.
 *
 * @param outputs  float32 [count, targets]; given back as they are where nothing was scaled
 */
export function inTargetUnits(outputs: Float32Array, scaling: Scaling | undefined): Float32Array {
  if (!scaling) return outputs;
  const { offset, divisor } = scaling;
  return outputs.map((value, at) => value * divisor[at % offset.length]! + offset[at % offset.length]!);
}
