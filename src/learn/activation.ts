/**
 * Activation functions, by PyTorch's definitions: leaky ReLU of slope 0.01, ELU of alpha 1, GELU exact, softmax over
 * the last axis.
 *
 *   sigmoid 1 / (1 + e⁻ˣ) · tanh · relu max(0, x) · leaky_relu x < 0 ? 0.01 x : x · elu x < 0 ? eˣ − 1 : x
 *   gelu x Φ(x), Φ(x) = (1 + erf(x / √2)) / 2 · softplus ln(1 + eˣ) · softmax e^xᵢ / Σ e^xⱼ
 *
 * An activation is a row, and nothing else knows its name. A row is given TF.js where it computes: options are checked
 * without loading it.
 */
import { erf } from "../util/erf.js";
import type { tf } from "../util/tfjs.js";

interface ActivationRow {
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

const leakySlope = 0.01;

const rows = {
  linear: { forward: (_, x) => x, isIdentity: true, outputs: "any" },
  relu: {
    forward: (tf, x) => tf.relu(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    derivative: withoutFactors((tf, z) => ({ y: tf.relu(z), back: (dy) => tf.mul(dy, tf.step(z)) })),
    curve: { place: 2, at: (x) => Math.max(0, x) },
  },
  leaky_relu: {
    forward: (tf, x) => tf.leakyRelu(x, leakySlope),
    commutesWithMaximum: true,
    outputs: "any",
    derivative: withoutFactors((tf, z) => ({
      y: tf.leakyRelu(z, leakySlope),
      back: (dy) => tf.where(tf.greater(z, 0), dy, tf.mul(dy, leakySlope)),
    })),
    curve: { place: 3, at: (x) => (x < 0 ? leakySlope * x : x), remark: `slope ${leakySlope} below 0` },
  },
  elu: {
    forward: (tf, x) => tf.elu(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    /** With s = e^min(z, 0) the value is max(z, s − 1) and the slope is s. */
    derivative: withoutFactors((tf, z) => {
      const slope = tf.exp(tf.minimum(z, 0));
      return { y: tf.maximum(z, tf.sub(slope, 1)), back: (dy) => tf.mul(dy, slope) };
    }),
    curve: { place: 4, at: (x) => (x < 0 ? Math.expm1(x) : x), remark: "alpha 1" },
  },
  gelu: {
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
  },
  sigmoid: {
    forward: (tf, x) => tf.sigmoid(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    derivative: withoutFactors((tf, z) => {
      const y = tf.sigmoid(z);
      return { y, back: (dy) => tf.mul(dy, tf.sub(y, tf.square(y))) };
    }),
    curve: { place: 0, at: (x) => 1 / (1 + Math.exp(-x)) },
  },
  tanh: {
    forward: (tf, x) => tf.tanh(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    derivative: withoutFactors((tf, z) => {
      const y = tf.tanh(z);
      return { y, back: (dy) => tf.sub(dy, tf.mul(dy, tf.square(y))) };
    }),
    curve: { place: 1, at: Math.tanh },
  },
  softplus: {
    forward: (tf, x) => tf.softplus(x),
    commutesWithMaximum: true,
    outputs: "bounded",
    derivative: withoutFactors((tf, z) => ({ y: tf.softplus(z), back: (dy) => tf.mul(dy, tf.sigmoid(z)) })),
    // Written so that neither side overflows.
    curve: { place: 6, at: (x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))) },
  },
  softmax: { forward: (tf, x) => tf.softmax(x), outputs: "shares" },
} satisfies Readonly<Record<string, ActivationRow>>;

export type Activation = keyof typeof rows;
export const activations: Readonly<Record<Activation, ActivationRow>> = rows;
export const activationNames = Object.keys(rows) as readonly Activation[];
/** Those that are functions of one number, in the order of the figure. */
export const curves: ReadonlyMap<Activation, Curve> = new Map(
  activationNames
    .flatMap((name): readonly (readonly [Activation, Curve])[] => {
      const { curve } = activations[name];
      return curve ? [[name, curve]] : [];
    })
    .sort(([, a], [, b]) => a.place - b.place),
);
