/**
 * Optimisers by PyTorch's formulas. g is the gradient, p the parameter, η the learning rate of the step.
 *
 *   sgd      v ← μ v + g;  p ← p − η v;  with Nesterov's momentum p ← p − η (g + μ v)
 *   rmsprop  s ← α s + (1 − α) g²;  p ← p − η g / (√s + ε)
 *   adam     m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  p ← p − η / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *   adamw    the same, with a weight decay where none is set
 *
 * Averages are carried without their factors 1 − α, 1 − β₁ and 1 − β₂, which go into the step's numbers: S = s /
 * (1 − α) ← α S + g², then p ← p − η′ M / (√S + ε′). That saves passes over memory. What depends on the step is fed to
 * it, so a recorded step stays right for every t. Weight decay is taken off apart from all that (`penalties.ts`), and g
 * may have been scaled down before (`clipping.ts`).
 *
 * An optimiser is a row, and nothing else knows its name. A row is given TF.js where it computes: options are checked
 * without loading it.
 *
 * Sources: torch.optim; Sutskever et al. (2013); Tieleman & Hinton (2012); Kingma & Ba (2015); Loshchilov & Hutter
 * (2019).
 */
import * as z from "zod";
import type { tf } from "../util/tfjs.js";

/** What an optimiser does with its options set. N are the names of its numbers. */
export interface Rule<N extends string = string> {
  /** Arrays of the parameter's shape that are carried for each parameter. */
  readonly slots: readonly string[];
  /** What step t (from 1) is fed. */
  numbers(learningRate: number, t: number): Readonly<Record<N, number>>;
  update(calls: typeof tf, step: Step<N>): Updated;
}
interface Step<N extends string> {
  readonly parameter: tf.Tensor;
  readonly gradient: tf.Tensor;
  /** What the step before left, in the order of `slots`; 0 at first. */
  readonly slots: readonly tf.Tensor[];
  /** float32 [] */
  readonly numbers: Readonly<Record<N, tf.Tensor>>;
}
interface Updated {
  readonly parameter: tf.Tensor;
  readonly slots: readonly tf.Tensor[];
}
interface Problem {
  readonly option: string;
  readonly title: string;
  readonly message: string;
}
interface Row<O extends z.ZodRawShape = z.ZodRawShape> {
  readonly summary: string;
  /** Where a file sets none. */
  readonly learningRate: number;
  /** Weight decay, where a file sets none. */
  readonly weightDecay: number;
  /** As a file spells them, each a single word, with defaults and descriptions. */
  readonly options: O;
  /** What is wrong with options that go well one by one. */
  problem?(options: z.infer<z.ZodObject<O>>): Problem | null;
  rule(options: z.infer<z.ZodObject<O>>): Rule;
}
const row = <O extends z.ZodRawShape, N extends string>(
  given: Omit<Row<O>, "rule"> & { readonly rule: (options: z.infer<z.ZodObject<O>>) => Rule<N> },
): Row<O> => given;

export const positive = z.number().gt(0, { error: "a number above 0" });
const share = z.number().min(0).lt(1, { error: "a number from 0 to below 1" });
const epsilon = positive.default(1e-8).describe("Added to the root. Default: 1e-8.");

const adam = row({
  summary: "Running first and second moments, corrected for their start.",
  learningRate: 0.001,
  weightDecay: 0,
  options: {
    beta1: share.default(0.9).describe("Share of the first moment that is kept. Default: 0.9."),
    beta2: share.default(0.999).describe("Share of the second moment that is kept. Default: 0.999."),
    epsilon,
  },
  rule: ({ beta1, beta2, epsilon }) => ({
    slots: ["first_moment", "second_moment"],
    numbers(rate, t) {
      const root = Math.sqrt((1 - beta2) / (1 - beta2 ** t));
      return { rate: (rate * (1 - beta1)) / ((1 - beta1 ** t) * root), epsilon: epsilon / root };
    },
    update(tf, { parameter, gradient, slots, numbers: { rate, epsilon } }) {
      const first = accumulate(tf, slots[0]!, beta1, gradient);
      const second = accumulate(tf, slots[1]!, beta2, tf.square(gradient));
      const change = tf.div(tf.mul(rate, first), tf.add(tf.sqrt(second), epsilon));
      return { parameter: tf.sub(parameter, change), slots: [first, second] };
    },
  }),
});

export const optimizers = {
  sgd: row({
    summary: "Stochastic gradient descent, with momentum.",
    learningRate: 0.01,
    weightDecay: 0,
    options: {
      momentum: share.default(0).describe("Share of the last update that is kept. Default: 0."),
      // Without a default, so that who does not name it has the spelling of ever.
      nesterov: z
        .boolean()
        .optional()
        .describe("Looks ahead by the momentum: a step is taken along g + momentum · v. Default: false."),
    },
    problem: ({ momentum, nesterov }) =>
      nesterov && momentum === 0
        ? {
            option: "nesterov",
            title: "nothing to look ahead by",
            message: "`nesterov` is about momentum. Set one, such as `momentum: 0.9`, or leave `nesterov` out.",
          }
        : null,
    rule: ({ momentum, nesterov }) => ({
      slots: momentum === 0 ? [] : ["velocity"],
      numbers: (rate) => ({ rate }),
      update(tf, { parameter, gradient, slots: [before], numbers: { rate } }) {
        if (!before) return { parameter: tf.sub(parameter, tf.mul(rate, gradient)), slots: [] };
        const velocity = accumulate(tf, before, momentum, gradient);
        const along = nesterov ? accumulate(tf, velocity, momentum, gradient) : velocity;
        return { parameter: tf.sub(parameter, tf.mul(rate, along)), slots: [velocity] };
      },
    }),
  }),
  rmsprop: row({
    summary: "Divides by a running root mean square of the gradient.",
    learningRate: 0.01,
    weightDecay: 0,
    options: {
      alpha: share.default(0.99).describe("Share of the running mean of squares that is kept. Default: 0.99."),
      epsilon,
    },
    rule: ({ alpha, epsilon }) => ({
      slots: ["square"],
      numbers(rate) {
        const root = Math.sqrt(1 - alpha);
        return { rate: rate / root, epsilon: epsilon / root };
      },
      update(tf, { parameter, gradient, slots, numbers: { rate, epsilon } }) {
        const square = accumulate(tf, slots[0]!, alpha, tf.square(gradient));
        const change = tf.div(tf.mul(rate, gradient), tf.add(tf.sqrt(square), epsilon));
        return { parameter: tf.sub(parameter, change), slots: [square] };
      },
    }),
  }),
  adam,
  adamw: {
    ...adam,
    summary: "Adam with a weight decay of 0.01 where none is set: here every optimiser's is apart from the gradient.",
    weightDecay: 0.01,
  },
};
const accumulate = (calls: typeof tf, old: tf.Tensor, keep: number, fresh: tf.Tensor): tf.Tensor =>
  calls.add(calls.mul(old, keep), fresh);

type Rows = typeof optimizers;
export type OptimizerName = keyof Rows;
/**
 * An optimiser with its options. `weightDecay`: share of each weight taken off in a step, times the learning rate;
 * `clipNorm`: largest norm of a step's gradient.
 */
export type Optimizer = {
  [K in OptimizerName]: { readonly type: K; readonly weightDecay?: number; readonly clipNorm?: number } & Readonly<
    z.infer<z.ZodObject<Rows[K]["options"]>>
  >;
}[OptimizerName];

/** What is wrong with options that go well one by one; null where nothing is. */
export function problemOf(type: OptimizerName, options: Readonly<Record<string, unknown>>): Problem | null {
  const { problem }: Row = optimizers[type];
  return problem?.(options) ?? null;
}

export function ruleOf({ type, weightDecay: _apart, clipNorm: _before, ...options }: Optimizer): Rule {
  const { rule }: Row = optimizers[type];
  return rule(options);
}
