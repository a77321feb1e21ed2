/**
 * Optimisers by PyTorch's formulas. g is the gradient, p the parameter, η the learning rate of the step.
 *
 *   sgd      v ← μ v + g;  p ← p − η v
 *   rmsprop  s ← α s + (1 − α) g²;  p ← p − η g / (√s + ε)
 *   adam     m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * Numbers that depend on the step are fed to it, so a recorded step stays right for every t.
 * Sources: torch.optim; Tieleman & Hinton (2012); Kingma & Ba (2015).
 */
import * as tf from "@tensorflow/tfjs-core";

export type Optimizer =
  | { readonly type: "sgd"; readonly momentum: number }
  | { readonly type: "rmsprop"; readonly alpha: number; readonly epsilon: number }
  | { readonly type: "adam"; readonly beta1: number; readonly beta2: number; readonly epsilon: number };

/** Arrays of the parameter's shape that the optimiser carries for each parameter. */
export function slotsOf(optimizer: Optimizer): readonly string[] {
  switch (optimizer.type) {
    case "sgd":
      return optimizer.momentum === 0 ? [] : ["velocity"];
    case "rmsprop":
      return ["square"];
    case "adam":
      return ["first_moment", "second_moment"];
  }
}

/** What step t (from 1) is fed: [η, 0], or for adam [η / (1 − β₁ᵗ), √(1 − β₂ᵗ)]. */
export function stepNumbers(optimizer: Optimizer, learningRate: number, t: number): readonly [number, number] {
  if (optimizer.type !== "adam") return [learningRate, 0];
  return [learningRate / (1 - optimizer.beta1 ** t), Math.sqrt(1 - optimizer.beta2 ** t)];
}

export function update(
  optimizer: Optimizer,
  parameter: tf.Tensor,
  gradient: tf.Tensor,
  slots: readonly tf.Tensor[],
  numbers: readonly [tf.Tensor, tf.Tensor],
): { readonly parameter: tf.Tensor; readonly slots: readonly tf.Tensor[] } {
  const [rate, correction] = numbers;
  switch (optimizer.type) {
    case "sgd": {
      if (slots.length === 0) return { parameter: tf.sub(parameter, tf.mul(rate, gradient)), slots };
      const velocity = tf.add(tf.mul(slots[0]!, optimizer.momentum), gradient);
      return { parameter: tf.sub(parameter, tf.mul(rate, velocity)), slots: [velocity] };
    }
    case "rmsprop": {
      const square = mix(slots[0]!, tf.square(gradient), optimizer.alpha);
      return { parameter: tf.sub(parameter, tf.div(tf.mul(rate, gradient), tf.add(tf.sqrt(square), optimizer.epsilon))), slots: [square] };
    }
    case "adam": {
      const first = mix(slots[0]!, gradient, optimizer.beta1);
      const second = mix(slots[1]!, tf.square(gradient), optimizer.beta2);
      const divisor = tf.add(tf.div(tf.sqrt(second), correction), optimizer.epsilon);
      return { parameter: tf.sub(parameter, tf.div(tf.mul(rate, first), divisor)), slots: [first, second] };
    }
  }
}
const mix = (old: tf.Tensor, fresh: tf.Tensor, keep: number): tf.Tensor => tf.add(tf.mul(old, keep), tf.mul(fresh, 1 - keep));
