/**
 * Gradient ascent on inputs of a network, each for one unit: a recorded step that never goes down.
 *
 * An input is x = origin + radius · B z / |B z|, as far from the origin as every other. What is climbed is what the
 * unit gives before its own activation, with which that rises, but has no slope where it is shut (`unit-outputs.ts`):
 *
 *   z' = z + s · d / |d|,   d' = g' + β d,   β = g' · (g' − g) / |g|², in 0 … 1,   g the gradient at z
 *
 * A candidate z' that is no higher is refused, s halved, and d is g; one that is higher is kept, and s grows. So
 * activations rise by construction, whatever the step. It is over where s has become too small, or after so many tries.
 * With conjugate directions 24 tries get as high as 64 along the gradient.
 *
 * B is a Gaussian along height and width. It smooths the start and every step (x moves along B Bᵀ times its gradient),
 * so that what is coarse in the answer is found first, and fine noise last; it forbids nothing.
 *
 * Inputs climb side by side in batches, each by itself. What a row of a batch comes to may depend on its place and on
 * how many rows there are, in the last bits, so a batch is always as long, and a unit always has the same place.
 *
 * Sources: Erhan, Bengio, Courville & Vincent (2009), Visualizing higher-layer features of a deep network; Simonyan,
 * Vedaldi & Zisserman (2014). Smoothed steps: Olah, Mordvintsev & Schubert (2017), Feature Visualization, Distill;
 * conjugate directions: Polak & Ribière (1969).
 */
import type { ArrayValue, Compute, Program } from "../compute/program.js";
import type { PlacedLayer } from "../learn/layer.js";
import { release } from "../learn/single-training.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import { smoothing } from "./smoothing.js";
import { framed, freeShape, parametersUsed, type UnitOutputs, unitOutputs } from "./unit-outputs.js";
import type { UnitView } from "./unit-view.js";

/** Inputs that climb side by side. */
export const batchLength = 16;
/** Steps grow by this after one that was kept, and are halved after one that was refused. */
export const growth = 1.25;
/** Of the first step: no smaller one is tried. */
const leastShare = 2 ** -12;
/** Tries that one call of the engine takes. */
const triesPerCall = 16;
const tiny = 1e-30;
/** Below every height. */
const nowhere = -3.4028234663852886e38;

export interface AscentSettings {
  /** Of the input, for each index of its last axis (channels, columns), as the network reads it. */
  readonly origin: readonly number[];
  /** L2 distance of all inputs from the origin. */
  readonly radius: number;
  /** Standard deviation of the Gaussian, in pixels; 0: none. Of images only. */
  readonly blur: number;
  /** First step, as a share of the radius. */
  readonly step: number;
  /** Candidates that are tried after the start, at most. */
  readonly tries: number;
}

/** One input after its climb. */
export interface Climb {
  /** [...free shape], as the network reads it. */
  readonly input: Float32Array;
  /** What is climbed, at the start, then after each try: [tries + 1]; the same as before where one was refused. */
  readonly heights: Float32Array;
  /** The unit's activation, the same way. */
  readonly activations: Float32Array;
}

/** Whether there was no number to climb from: NaN is higher than nothing. */
export const isLost = ({ heights }: Climb): boolean => !(heights[0]! > nowhere);

/** As it is kept in 32 bits. */
const leastOf = ({ step }: AscentSettings): number => Math.fround(step * leastShare);

/** Of a batch, carried from try to try; `units` says which unit is whose. */
type Climbing = readonly [
  z: tf.Tensor,
  input: tf.Tensor,
  gradient: tf.Tensor,
  direction: tf.Tensor,
  height: tf.Tensor,
  activation: tf.Tensor,
  step: tf.Tensor,
  units: tf.Tensor,
];

/** Of one layer: the same compiled step for all its batches. */
export class Ascent {
  readonly #program: Program;
  /** Of an input: what the units see. */
  readonly shape: readonly number[];
  readonly #units: number;
  readonly #size: number;

  constructor(
    compute: Compute,
    parameters: ReadonlyMap<string, ArrayValue>,
    readonly view: UnitView,
    readonly target: PlacedLayer,
    readonly settings: AscentSettings,
  ) {
    this.shape = freeShape(view);
    this.#size = sizeOfShape(this.shape);
    this.#units = target.output[target.output.length - 1]!;
    const { names, arrays } = parametersUsed(view, parameters);
    const climb = this.#step(names);
    this.#program = compute.program(arrays, this.#state([], []), (constants, _slices, state) =>
      climb(constants, state),
    );
  }

  /**
   * @param units   of each place of the batch, counted from 0; null: nobody's
   * @param starts  of each place: z, [...shape], not all 0
   * @param pause   between calls of the engine
   */
  async climb(
    units: readonly (number | null)[],
    starts: readonly (Float32Array | null)[],
    pause: () => Promise<void>,
  ): Promise<readonly (Climb | null)[]> {
    const { tries } = this.settings;
    const least = leastOf(this.settings);
    this.#program.writeState(this.#state(units, starts));
    const [heights, activations] = [0, 1].map(() => units.map(() => new Float32Array(tries + 1)));
    let done = 0;
    while (done <= tries) {
      const steps = Math.min(triesPerCall, tries + 1 - done);
      const made = this.#program.runRounds([{ body: 0, steps, slices: [] }], 1)[0]!;
      for (const [output, kept] of [heights!, activations!].entries())
        for (const [row, own] of kept.entries())
          for (let step = 0; step < steps; step++) own[done + step] = made[output]!.data[step * batchLength + row]!;
      done += steps;
      const left = this.#program.readState()[6]!.data;
      await pause();
      if (units.every((unit, row) => unit === null || left[row]! < least)) break;
    }
    const inputs = this.#program.readState()[1]!.data as Float32Array;
    return units.map((unit, row) => {
      if (unit === null) return null;
      for (const own of [heights![row]!, activations![row]!]) own.fill(own[done - 1]!, done);
      const input = inputs.slice(row * this.#size, (row + 1) * this.#size);
      return { input, heights: heights![row]!, activations: activations![row]! };
    });
  }

  dispose(): void {
    this.#program.dispose();
  }

  /** Before the first try, which is the start itself. */
  #state(units: readonly (number | null)[], starts: readonly (Float32Array | null)[]): readonly ArrayValue[] {
    const size = this.#size;
    const of = (shape: readonly number[], fill = 0): ArrayValue & { readonly data: Float32Array } => ({
      dtype: "float32",
      shape: [batchLength, ...shape],
      data: new Float32Array(batchLength * sizeOfShape(shape)).fill(fill),
    });
    const from = of(this.shape, 1);
    for (const [row, start] of starts.entries()) if (start) from.data.set(start, row * size);
    const units01 = of([this.#units]);
    for (const [row, unit] of units.entries()) if (unit !== null) units01.data[row * this.#units + unit] = 1;
    const { step } = this.settings;
    // The start is kept in any case, after which the step grows to what it should be.
    const nothing = [of(this.shape), of(this.shape), of(this.shape)];
    return [from, ...nothing, of([], nowhere), of([]), of([], step / growth), units01];
  }

  #step(names: readonly string[]) {
    const { settings, shape } = this;
    const smooth = smoothing(shape, settings.blur);
    const least = leastOf(settings);
    const ones = shape.map(() => 1);
    const perRow = (numbers: tf.Tensor): tf.Tensor => tf.reshape(numbers, [batchLength, ...ones]);
    const axes = shape.map((_, axis) => axis + 1);
    const within = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => tf.sum(tf.mul(a, b), axes);
    const lengthOf = (x: tf.Tensor): tf.Tensor => tf.sqrt(within(x, x));
    // Of nothing there is no direction; it stays nothing.
    const oneLong = (x: tf.Tensor): tf.Tensor => tf.div(x, perRow(tf.maximum(lengthOf(x), tf.scalar(tiny))));
    return (constants: readonly tf.Tensor[], state: readonly tf.Tensor[]) => {
      const parameters = new Map(names.map((name, index) => [name, constants[index]!]));
      // What is carried is written and left in this order.
      const [z, input, gradient, direction, height, activation, step, units] = state as Climbing;
      const moved = tf.add(z, tf.mul(oneLong(direction), perRow(step)));
      const candidate = tf.div(moved, perRow(tf.maximum(lengthOf(smooth(moved)), tf.scalar(tiny))));
      // What other units give, which may be no number, stays out.
      const own = (outputs: tf.Tensor): tf.Tensor =>
        tf.sum(tf.where(tf.greater(units, tf.scalar(0)), outputs, tf.zerosLike(outputs)), 1);
      let reached: readonly [input: tf.Tensor, height: tf.Tensor, activation: tf.Tensor] | undefined;
      const slope = tf.grad((free: tf.Tensor) => {
        const x = tf.add(tf.mul(oneLong(smooth(free)), settings.radius), tf.tensor1d([...settings.origin]));
        const { climbed, given } = this.#outputs(parameters, x);
        const high = own(climbed);
        reached = [tf.keep(x), tf.keep(high), tf.keep(own(given))];
        return tf.sum(high);
      })(candidate);
      const [foundInput, foundHeight, foundActivation] = reached!.map(release) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const isHigher = tf.logicalAnd(tf.greater(foundHeight, height), tf.greaterEqual(step, tf.scalar(least)));
      const kept = (found: tf.Tensor, before: tf.Tensor): tf.Tensor =>
        tf.where(found.rank === 1 ? isHigher : perRow(isHigher), found, before);
      const [newHeight, newActivation] = [kept(foundHeight, height), kept(foundActivation, activation)];
      const newStep = tf.where(isHigher, tf.mul(step, growth), tf.mul(step, 0.5));
      const [newZ, newInput, newGradient] = [kept(candidate, z), kept(foundInput, input), kept(slope, gradient)];
      const share = tf.div(
        within(slope, tf.sub(slope, gradient)),
        tf.maximum(within(gradient, gradient), tf.scalar(tiny)),
      );
      const turned = tf.add(slope, tf.mul(direction, perRow(tf.clipByValue(share, 0, 1))));
      const newDirection = kept(turned, gradient);
      const next: Climbing = [newZ, newInput, newGradient, newDirection, newHeight, newActivation, newStep, units];
      return { state: next, outputs: [newHeight, newActivation] };
    };
  }

  /** For a batch of what the units see. */
  #outputs(parameters: ReadonlyMap<string, tf.Tensor>, seen: tf.Tensor): UnitOutputs {
    return unitOutputs(this.view, this.target, parameters, framed(this.view, seen));
  }
}
