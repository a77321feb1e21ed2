/**
 * Optimisers by PyTorch's formulas. g is the gradient, p the parameter, η the learning rate of the step.
 *
 *   sgd      v ← μ v + g;  p ← p − η v
 *   rmsprop  s ← α s + (1 − α) g²;  p ← p − η g / (√s + ε)
 *   adam     m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * Weight decay is taken off apart from all that, p ← p − η λ p (Loshchilov & Hutter, 2019), and off the weights of
 * convolutions and dense layers alone.
 *
 * Averages are carried without their factors 1 − α, 1 − β₁ and 1 − β₂, which go into the step's two numbers: S = s / (1
 * − α) ← α S + g². That saves passes over memory. What depends on the step is fed to it, so a recorded step stays right
 * for every t. Sources: torch.optim; Tieleman & Hinton (2012); Kingma & Ba (2015).
 */
import { tf } from "../util/tfjs.js";

/** `weightDecay`: share of each weight that is taken off in a step, times the learning rate. */
export type Optimizer = { readonly weightDecay?: number } & (
  | { readonly type: "sgd"; readonly momentum: number }
  | { readonly type: "rmsprop"; readonly alpha: number; readonly epsilon: number }
  | { readonly type: "adam"; readonly beta1: number; readonly beta2: number; readonly epsilon: number }
);

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

/** What step t (from 1) is fed: a rate η′, and an ε′ for where a root is divided by: p ← p − η′ M / (√S + ε′). */
export function stepNumbers(optimizer: Optimizer, learningRate: number, t: number): Readonly<Record<string, number>> {
  switch (optimizer.type) {
    case "sgd":
      return { rate: learningRate };
    case "rmsprop": {
      const root = Math.sqrt(1 - optimizer.alpha);
      return { rate: learningRate / root, epsilon: optimizer.epsilon / root };
    }
    case "adam": {
      const { beta1, beta2, epsilon } = optimizer;
      const root = Math.sqrt((1 - beta2) / (1 - beta2 ** t));
      return { rate: (learningRate * (1 - beta1)) / ((1 - beta1 ** t) * root), epsilon: epsilon / root };
    }
  }
}

export function update(
  optimizer: Optimizer,
  parameter: tf.Tensor,
  gradient: tf.Tensor,
  slots: readonly tf.Tensor[],
  numbers: Readonly<Record<string, tf.Tensor>>,
): { readonly parameter: tf.Tensor; readonly slots: readonly tf.Tensor[] } {
  const [rate, epsilon] = [numbers["rate"]!, numbers["epsilon"]!];
  switch (optimizer.type) {
    case "sgd": {
      if (slots.length === 0) return { parameter: tf.sub(parameter, tf.mul(rate, gradient)), slots };
      const velocity = accumulate(slots[0]!, optimizer.momentum, gradient);
      return { parameter: tf.sub(parameter, tf.mul(rate, velocity)), slots: [velocity] };
    }
    case "rmsprop": {
      const square = accumulate(slots[0]!, optimizer.alpha, tf.square(gradient));
      return {
        parameter: tf.sub(parameter, tf.div(tf.mul(rate, gradient), tf.add(tf.sqrt(square), epsilon))),
        slots: [square],
      };
    }
    case "adam": {
      const first = accumulate(slots[0]!, optimizer.beta1, gradient);
      const second = accumulate(slots[1]!, optimizer.beta2, tf.square(gradient));
      return {
        parameter: tf.sub(parameter, tf.div(tf.mul(rate, first), tf.add(tf.sqrt(second), epsilon))),
        slots: [first, second],
      };
    }
  }
}
const accumulate = (old: tf.Tensor, keep: number, fresh: tf.Tensor): tf.Tensor => tf.add(tf.mul(old, keep), fresh);
