/**
 * Activation functions, by PyTorch's definitions: GELU exact, softmax over the last axis.
 *
 *   sigmoid 1 / (1 + e⁻ˣ) · tanh · relu max(0, x) · leaky_relu x < 0 ? slope x : x · elu x < 0 ? alpha (eˣ − 1) : x
 *   gelu x Φ(x), Φ(x) = (1 + erf(x / √2)) / 2 · silu x / (1 + e⁻ˣ) · softplus ln(1 + eˣ) · softmax e^xᵢ / Σ e^xⱼ
 *
 * An activation is a row, and nothing else knows its name. A row is given TF.js where it computes: options are checked
 * without loading it.
 */
import * as z from "zod";
import { erf } from "../util/erf.js";
import { canonical } from "../util/json.js";
import type { tf } from "../util/tfjs.js";

interface ActivationFunction {
  forward(calls: typeof tf, x: tf.Tensor): tf.Tensor;
  /** It changes nothing, and is as good as none. */
  readonly isIdentity?: true;
  /**
   * It never falls: max(f(x)) = f(max(x)), and the gradients are alike. Where a whole window is clipped, both are 0 or
   * go to the first maximum; where rounding makes f equal for numbers that are not, the gradient of the largest of them
   * may have gone to another of them.
   */
  readonly commutesWithMaximum?: true;
  /** What its outputs may be: any number, numbers on one side or between bounds, or shares that add up to 1. */
  readonly outputs: "any" | "bounded" | "shares";
  /** For networks that are stacked (`dense.ts`); one with a function that has none is trained by itself. */
  readonly derivative?: Derivative;
  /** For figures; softmax is no function of one number. */
  readonly curve?: Curve;
}

interface Row<O extends z.ZodRawShape = z.ZodRawShape> {
  /** Where it has options. */
  readonly summary?: string;
  /** As a file spells them, with defaults and descriptions. */
  readonly options: O;
  of(options: z.infer<z.ZodObject<O>>): ActivationFunction;
}
const plain = (of: ActivationFunction): Row<Record<never, never>> => ({ options: {}, of: () => of });
const withOptions = <O extends z.ZodRawShape>(summary: string, options: O, of: Row<O>["of"]): Row<O> => ({
  summary,
  options,
  of,
});

/**
 * A value, and how a gradient passes back through it, written out. Constant factors are left to the products around,
 * which take them for free.
 *
 * `of` is given `before` times the activation's input and answers with y, where the value is `after` y; `back` answers
 * with what is to be multiplied by `slope` to be the gradient.
 */
export interface Derivative {
  readonly before: number;
  readonly after: number;
  readonly slope: number;
  of(calls: typeof tf, t: tf.Tensor): { readonly y: tf.Tensor; readonly back: (dy: tf.Tensor) => tf.Tensor };
}
const withoutFactors = (of: Derivative["of"]): Derivative => ({ before: 1, after: 1, slope: 1, of });

interface Curve {
  /** Its place in the figure decides its colour and dash: a function has its looks whichever others there are. */
  readonly place: number;
  at(x: number): number;
  /** Said below the title. */
  readonly remark?: string;
}

const rows = {
  linear: plain({ forward: (_, x) => x, isIdentity: true, outputs: "any" }),
  relu: plain({
    forward: (tf, x) => tf.relu(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    derivative: withoutFactors((tf, z) => ({ y: tf.relu(z), back: (dy) => tf.mul(dy, tf.step(z)) })),
    curve: { place: 2, at: (x) => Math.max(0, x) },
  }),
  leaky_relu: withOptions(
    "x < 0 ? slope x : x",
    { slope: z.number().min(0).default(0.01).describe("Factor of what lies below 0. Default: 0.01.") },
    ({ slope }) => ({
      forward: (tf, x) => tf.leakyRelu(x, slope),
      commutesWithMaximum: true,
      outputs: slope > 0 ? "any" : "bounded",
      derivative: withoutFactors((tf, z) => ({
        y: tf.leakyRelu(z, slope),
        back: (dy) => tf.where(tf.greater(z, 0), dy, tf.mul(dy, slope)),
      })),
      curve: { place: 3, at: (x) => (x < 0 ? slope * x : x), remark: `slope ${slope} below 0` },
    }),
  ),
  elu: withOptions(
    "x < 0 ? alpha (eˣ − 1) : x",
    { alpha: z.number().min(0).default(1).describe("Outputs come down to minus this. Default: 1.") },
    ({ alpha }) => ({
      forward: (tf, x) =>
        alpha === 1 ? tf.elu(x) : tf.add(tf.relu(x), tf.mul(tf.sub(tf.exp(tf.minimum(x, 0)), 1), alpha)),
      commutesWithMaximum: true,
      outputs: "bounded",
      /** With s = e^min(z, 0) the value is max(z, 0) + alpha (s − 1), and the slope below 0 alpha s. */
      derivative: withoutFactors((tf, z) => {
        const slope = tf.exp(tf.minimum(z, 0));
        if (alpha === 1) return { y: tf.maximum(z, tf.sub(slope, 1)), back: (dy) => tf.mul(dy, slope) };
        return {
          y: tf.add(tf.relu(z), tf.mul(tf.sub(slope, 1), alpha)),
          back: (dy) => tf.where(tf.greater(z, 0), dy, tf.mul(dy, tf.mul(slope, alpha))),
        };
      }),
      curve: { place: 4, at: (x) => (x < 0 ? alpha * Math.expm1(x) : x), remark: `alpha ${alpha}` },
    }),
  ),
  gelu: plain({
    forward: (tf, x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
    outputs: "bounded",
    /**
     * With t = z/√2 the value is t (1 + erf t) / √2 and the slope (1 + erf t + 2t e^−t² / √π) / 2; ln (2/√π) goes into
     * the exponent.
     */
    derivative: {
      before: Math.SQRT1_2,
      after: Math.SQRT1_2,
      slope: 0.5,
      of(tf, t) {
        const twice = tf.add(tf.erf(t), 1);
        const bell = (): tf.Tensor => tf.exp(tf.sub(Math.log(2 / Math.sqrt(Math.PI)), tf.square(t)));
        return { y: tf.mul(t, twice), back: (dy) => tf.mul(dy, tf.add(twice, tf.mul(t, bell()))) };
      },
    },
    curve: { place: 5, at: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2, remark: "x Φ(x), exact" },
  }),
  silu: plain({
    forward: (tf, x) => tf.mul(x, tf.sigmoid(x)),
    outputs: "bounded",
    /** With s the sigmoid and y = z s the slope is s + y (1 − s). */
    derivative: withoutFactors((tf, z) => {
      const s = tf.sigmoid(z);
      const y = tf.mul(z, s);
      return { y, back: (dy) => tf.mul(dy, tf.add(s, tf.mul(y, tf.sub(1, s)))) };
    }),
    curve: { place: 7, at: (x) => x / (1 + Math.exp(-x)), remark: "x σ(x)" },
  }),
  sigmoid: plain({
    forward: (tf, x) => tf.sigmoid(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    derivative: withoutFactors((tf, z) => {
      const y = tf.sigmoid(z);
      return { y, back: (dy) => tf.mul(dy, tf.sub(y, tf.square(y))) };
    }),
    curve: { place: 0, at: (x) => 1 / (1 + Math.exp(-x)) },
  }),
  tanh: plain({
    forward: (tf, x) => tf.tanh(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    derivative: withoutFactors((tf, z) => {
      const y = tf.tanh(z);
      return { y, back: (dy) => tf.sub(dy, tf.mul(dy, tf.square(y))) };
    }),
    curve: { place: 1, at: Math.tanh },
  }),
  softplus: plain({
    forward: (tf, x) => tf.softplus(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    derivative: withoutFactors((tf, z) => ({ y: tf.softplus(z), back: (dy) => tf.mul(dy, tf.sigmoid(z)) })),
    // Written so that neither side overflows.
    curve: { place: 6, at: (x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))) },
  }),
  softmax: plain({ forward: (tf, x) => tf.softmax(x), outputs: "shares" }),
};

type Rows = typeof rows;
export type ActivationName = keyof Rows;
/** A name; with options that are not the defaults, `{leaky_relu: {slope: 0.2}}`. */
export type Activation =
  | ActivationName
  | {
      [N in ActivationName]: keyof Rows[N]["options"] extends never
        ? never
        : { readonly [K in N]: Readonly<z.infer<z.ZodObject<Rows[N]["options"]>>> };
    }[ActivationName];

export const activationNames = Object.keys(rows) as readonly ActivationName[];
/** By name, what is asked of those that have options. */
export const activationOptions: Readonly<Partial<Record<ActivationName, z.ZodObject>>> = Object.fromEntries(
  activationNames.flatMap((name) => {
    const { options, summary }: Row = rows[name];
    return summary === undefined ? [] : [[name, z.strictObject(options).describe(summary)]];
  }),
);
export const activationName = (activation: Activation): ActivationName =>
  typeof activation === "string" ? activation : (Object.keys(activation) as [ActivationName])[0];

/** Values of its options, by name: those that are given, else the defaults. */
export function activationValues(activation: Activation): Readonly<Record<string, unknown>> {
  const { options }: Row = rows[activationName(activation)];
  return typeof activation === "string" ? z.object(options).parse({}) : Object.values(activation)[0]!;
}

/** The function that a name stands for, or a name with options. */
export function functionOf(activation: Activation): ActivationFunction {
  const { of }: Row = rows[activationName(activation)];
  return of(activationValues(activation));
}
/** The same function in its one spelling: a name, where every option is the default. */
export function spelled(activation: Activation): Activation {
  const name = activationName(activation);
  if (typeof activation === "string") return activation;
  return canonical(Object.values(activation)[0]) === canonical(z.object(rows[name].options).parse({}))
    ? name
    : activation;
}
/** Those that are functions of one number, with default options, in the order of the figure. */
export const curves: ReadonlyMap<ActivationName, Curve> = new Map(
  activationNames
    .flatMap((name): readonly (readonly [ActivationName, Curve])[] => {
      const { curve } = functionOf(name);
      return curve ? [[name, curve]] : [];
    })
    .sort(([, a], [, b]) => a.place - b.place),
);
