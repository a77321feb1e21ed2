/**
 * A training as one program: the step that is recorded, what each step is fed, and how many steps a call of the engine
 * takes.
 *
 * Calls are sized by the clock, so that progress is live; what comes out does not depend on their size.
 */
import type { ArrayValue, Compute, Phase, Program, ProgramBody } from "../compute/program.js";
import { tf } from "../util/tfjs.js";
import type { EpochScore, Score } from "../values/model.js";
import { type Stretch, stretchesOf } from "./batches.js";
import {
  bytesPerCall,
  callMs,
  type Drop,
  drawMask,
  dropoutLayers,
  isSmall,
  joined,
  mostStepsPerCall,
  stepwiseCallMs,
} from "./call-size.js";
import type { Examples } from "./data.js";
import { type EpochRun, untilTrouble, validationScore } from "./diverged.js";
import { Tally } from "./epoch-sums.js";
import type { FitHooks, FitOptions } from "./fit.js";
import { correctOf, lossOf } from "./loss.js";
import { forward } from "./model.js";
import { slotsOf, stepNumbers, update } from "./optimizer.js";
import { Packing } from "./packing.js";
import { batchRows, featuresArray, scaled } from "./predict.js";
import { stream } from "./random.js";
import { learningRate } from "./schedule.js";

export class StoppedError extends Error {
  override name = "StoppedError";
}

/** The network's training and judging as one program, and how far its calls reach. */
export class Trainer {
  readonly #program: Program;
  readonly #packing: Packing;
  readonly #drops: readonly Drop[];
  readonly #judgeBatch: BatchRows | null;
  readonly #stretches: readonly Stretch[];
  readonly #stepsPerEpoch: number;
  #stepsPerCall = 1;
  #judgedPerCall = 1;
  #epochsPerCall = 1;
  /** Of the last call; for telling only. */
  examplesPerSecond = 0;

  constructor(
    compute: Compute,
    readonly train: Examples,
    readonly validation: Examples | null,
    readonly options: FitOptions,
    start: readonly ArrayValue[],
    readonly hooks: FitHooks,
  ) {
    const { layers, optimizer, loss } = options;
    const parameters = layers.flatMap((layer) => layer.parameters);
    const packing = new Packing(parameters, slotsOf(optimizer).length, !compute.stepwise);
    const drops = dropoutLayers(layers);
    this.#packing = packing;
    this.#drops = drops;
    this.#stretches = stretchesOf(train.count, options);
    this.#stepsPerEpoch = this.#stretches.reduce((sum, { steps }) => sum + steps, 0);
    this.#judgeBatch = validation ? batchRows(validation) : null;
    const labels: ArrayValue = {
      dtype: train.labels instanceof Int32Array ? "int32" : "float32",
      shape: train.classes ? [train.labels.length] : [train.labels.length / train.targets, train.targets],
      data: train.labels,
    };
    /** One step: forward, loss, gradients, optimiser; batch-norm statistics are carried along. */
    const step: ProgramBody = (_constants, slices, state, gather) => {
      const [rows, rate, correction] = slices as [tf.Tensor, tf.Tensor, tf.Tensor];
      const decay = this.#decays ? slices[3]! : undefined;
      const masks = new Map(drops.map((drop, index) => [drop.name, slices[(decay ? 4 : 3) + index]!]));
      const x = scaled(gather(0, rows), train.scale);
      const y = gather(1, rows);
      const values = packing.parameters(state);
      const trained = parameters
        .filter((parameter) => parameter.trained)
        .map(({ name }) => ({ name, count: values.get(name)!.length }));
      /** A list of all pieces, parameter by parameter, as pieces by name. */
      const byName = (pieces: readonly tf.Tensor[]): ReadonlyMap<string, readonly tf.Tensor[]> => {
        let at = 0;
        return new Map(
          trained.map(({ name, count }) => {
            at += count;
            return [name, pieces.slice(at - count, at)];
          }),
        );
      };
      let logits: tf.Tensor | undefined;
      let running: ReadonlyMap<string, tf.Tensor> = new Map();
      const graded = tf.valueAndGrads((...weights: tf.Tensor[]) => {
        const pass = forward(layers, new Map([...values, ...byName(weights)]), x, { masks });
        logits = tf.keep(pass.output);
        running = new Map([...pass.running].map(([name, tensor]) => [name, tf.keep(tensor)]));
        return lossOf(loss, pass.output, y) as tf.Scalar;
      })(trained.flatMap(({ name }) => values.get(name)!));
      const next = new Map<string, tf.Tensor>([...running].map(([name, tensor]) => [name, release(tensor)]));
      const slots = slotsOf(optimizer).length;
      const first = packing.fixed.length;
      const gradients = new Map(
        [...byName(graded.grads)].map(([name, pieces]) => [
          name,
          isWeight(name)
            ? pieces.map((gradient, index) => penalised(gradient, values.get(name)![index]!, this.options))
            : pieces,
        ]),
      );
      const updated = packing.gradients(gradients).map((gradient, index) => {
        const offset = first + packing.groups.length + index * slots;
        const before = state[first + index]!;
        const next = update(optimizer, before, gradient, state.slice(offset, offset + slots), [rate, correction]);
        const share = decay ? packing.share(index, isWeight) : 0;
        return share === 0
          ? next
          : {
              ...next,
              parameter: tf.sub(next.parameter, tf.mul(before, share === 1 ? decay! : tf.mul(share, decay!))),
            };
      });
      const outputs = loss === "cross_entropy" ? [graded.value, correctOf(release(logits!), y)] : [graded.value];
      if (loss !== "cross_entropy") logits!.dispose();
      return {
        state: [
          ...packing.fixed.map(({ name }) => next.get(name)!),
          ...updated.map((each) => each.parameter),
          ...updated.flatMap((each) => each.slots),
        ],
        outputs,
      };
    };
    const judge: ProgramBody = (_constants, [rows], state, gather) => ({
      state,
      outputs: [forward(layers, packing.parameters(state), scaled(gather(2, rows!), validation!.scale), null).output],
    });
    const constants = [featuresArray(train), labels, ...(validation ? [featuresArray(validation)] : [])];
    this.#program = compute.program(constants, packing.pack(start), step, judge);
  }

  dispose(): void {
    this.#program.dispose();
  }
  get #callMs(): number {
    return this.#program.stepwise ? stepwiseCallMs : callMs;
  }

  /** Parameters, then each optimiser slot of each trained parameter. */
  arrays(): readonly ArrayValue[] {
    return this.#packing.unpack(this.#program.readState());
  }
  mark(): readonly ArrayValue[] {
    return this.#program.readState();
  }
  reset(mark: readonly ArrayValue[]): void {
    this.#program.writeState(mark);
  }

  /** Whether the optimiser's weight decay is fed to each step. */
  get #decays(): boolean {
    return (this.options.optimizer.weightDecay ?? 0) > 0;
  }

  /** Whether epochs are so short that several go to a call. */
  several(): boolean {
    return !this.#program.stepwise && isSmall(this.options, this.train.count);
  }
  #maskBytes(): number {
    return this.#drops.reduce((sum, drop) => sum + drop.size * this.options.batchSize, 0);
  }

  /** Epochs from `first` on in one call, as many as fit its time, and at most `most`. */
  trainSeveral(first: number, most: number): EpochRun {
    const room = Math.floor(mostStepsPerCall / this.#stepsPerEpoch);
    const masks = Math.floor(bytesPerCall / Math.max(1, this.#maskBytes() * this.#stepsPerEpoch));
    const count = Math.max(1, Math.min(most, room, masks, this.#epochsPerCall));
    const startedAt = this.hooks.now();
    const made = this.#epochs(first, count);
    const elapsedMs = Math.max(1, this.hooks.now() - startedAt);
    this.examplesPerSecond = (count * this.train.count * 1000) / elapsedMs;
    this.#epochsPerCall = Math.max(1, Math.min(this.#epochsPerCall * 8, Math.round((count * callMs) / elapsedMs)));
    return made;
  }

  /** The same steps once more, from a state written back. */
  again(first: number, last: number): void {
    for (let epoch = first; epoch <= last; ) {
      const count = Math.max(1, Math.min(last - epoch + 1, Math.floor(mostStepsPerCall / this.#stepsPerEpoch)));
      this.#epochs(epoch, count);
      epoch += count;
    }
  }

  #epochs(first: number, count: number): EpochRun {
    const outputs = this.#rounds(first, count);
    return untilTrouble(count, (index) => {
      const epoch = first + index;
      const tally = this.#tally(epoch);
      for (const [phase, { steps, batch }] of this.#stretches.entries())
        tally.add(outputs[phase]!, index * steps, steps, batch);
      const last = outputs[outputs.length - 1]![0]!;
      const size = last.data.length / count;
      return this.#score(
        epoch,
        tally.score(),
        this.#judgeBatch ? (last.data as Float32Array).subarray(index * size, (index + 1) * size) : undefined,
      );
    });
  }

  /** Whole epochs in one call: outputs of each stretch of steps, then those for the validation set. */
  #rounds(first: number, count: number): readonly (readonly ArrayValue[])[] {
    const drawn = Array.from({ length: count }, (_, index) => {
      const draws = this.#draw(first + index);
      return this.#stretches.map(({ from, steps, batch }) => this.#slices(draws, from, steps, batch));
    });
    const judged = this.#judgeBatch;
    const phases: Phase[] = this.#stretches.map(({ steps }, at) => ({
      body: 0,
      steps,
      slices: joined(drawn.map((each) => each[at]!)),
    }));
    if (judged) phases.push({ body: 1, steps: judged.shape[0]!, slices: joined(drawn.map(() => [judged])) });
    return this.#program.runRounds(phases, count);
  }

  /** The loss from which the step after `epoch` would start. That step is taken back. */
  nextLoss(epoch: number): number {
    const before = this.mark();
    // A program that has run whole epochs has a session for them.
    const [outputs] = this.several()
      ? this.#rounds(epoch + 1, 1)
      : [this.#program.run(this.#slices(this.#draw(epoch + 1), 0, 1, this.#stretches[0]!.batch))];
    this.reset(before);
    return outputs![0]!.data[0]!;
  }

  #tally(epoch: number): Tally {
    return new Tally(this.options, epoch, this.#stepsPerEpoch, this.options.loss === "cross_entropy");
  }

  /** One epoch in calls of some steps, told as it goes. */
  async trainOne(epoch: number): Promise<EpochScore> {
    const { batchSize } = this.options;
    const { hooks } = this;
    const draws = this.#draw(epoch);
    const mostSteps = Math.min(1000, Math.max(1, Math.floor(bytesPerCall / Math.max(1, this.#maskBytes()))));
    const tally = this.#tally(epoch);
    const tell = async (fraction: number): Promise<void> => {
      hooks.report({ epoch, fraction, examplesPerSecond: this.examplesPerSecond, ...tally.score(), ended: false });
      await pause();
      if (hooks.stopping()) throw new StoppedError("stopped");
    };
    for (const { from, steps: length, batch } of this.#stretches)
      for (let step = from; step < from + length; ) {
        const steps = Math.min(this.#stepsPerCall, from + length - step);
        const startedAt = hooks.now();
        const outputs = this.#program.run(this.#slices(draws, step, steps, batch));
        const elapsedMs = hooks.now() - startedAt;
        tally.add(outputs, 0, steps, batch);
        step += steps;
        if (batch === batchSize)
          this.#stepsPerCall = Math.max(
            1,
            Math.min(mostSteps, this.#stepsPerCall * 4, Math.round((steps * this.#callMs) / Math.max(1, elapsedMs))),
          );
        this.examplesPerSecond = (steps * batch * 1000) / Math.max(1, elapsedMs);
        if (step < this.#stepsPerEpoch || this.#judgeBatch) await tell(step / this.#stepsPerEpoch);
      }
    const judged = this.#judgeBatch ? await this.#judge(this.#judgeBatch, () => tell(1)) : undefined;
    this.examplesPerSecond = 0;
    return this.#score(epoch, tally.score(), judged);
  }

  /** Outputs for the validation set, in calls of some batches. */
  async #judge({ shape, data }: BatchRows, between: () => Promise<void>): Promise<Float32Array> {
    const [steps, batch] = shape as [number, number];
    const parts: Float32Array[] = [];
    for (let step = 0; step < steps; ) {
      const count = Math.min(this.#judgedPerCall, steps - step);
      if (step > 0) await between();
      const startedAt = this.hooks.now();
      const rows: ArrayValue = {
        dtype: "int32",
        shape: [count, batch],
        data: data.subarray(step * batch, (step + count) * batch),
      };
      parts.push(this.#program.run([rows], 1)[0]!.data as Float32Array);
      const elapsedMs = Math.max(1, this.hooks.now() - startedAt);
      step += count;
      this.#judgedPerCall = Math.max(
        1,
        Math.min(this.#judgedPerCall * 4, Math.round((count * this.#callMs) / elapsedMs)),
      );
    }
    const outputs = new Float32Array(parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of parts) {
      outputs.set(part, at);
      at += part.length;
    }
    return outputs;
  }

  /** @throws DivergedError */
  #score(epoch: number, train: Score, outputs: Float32Array | undefined): EpochScore {
    const { schedule, epochs } = this.options;
    const { validation } = this;
    const scored = {
      epoch,
      learningRate: learningRate(schedule, epoch * this.#stepsPerEpoch - 1, this.#stepsPerEpoch, epochs),
      train,
    };
    if (!validation || !outputs) return scored;
    const width = outputs.length / (this.#judgeBatch!.shape[0]! * this.#judgeBatch!.shape[1]!);
    const judged = outputs.subarray(0, validation.rows.length * width);
    return { ...scored, validation: validationScore(judged, validation, scored, this.train.count, this.options) };
  }

  #draw(epoch: number): EpochDraws {
    const { seed, folds } = this.options;
    return {
      epoch,
      order: stream(seed, folds, "batch order", epoch).permutation(this.train.count),
      drops: this.#drops.map((drop) => ({ ...drop, draw: stream(seed, folds, `dropout ${drop.name}`, epoch) })),
    };
  }

  /** What `steps` steps from `step` on are fed. */
  #slices({ epoch, order, drops }: EpochDraws, step: number, steps: number, batch: number): readonly ArrayValue[] {
    const { batchSize, optimizer, schedule, epochs } = this.options;
    const rows = new Int32Array(steps * batch);
    for (let index = 0; index < rows.length; index++) rows[index] = this.train.rows[order[step * batchSize + index]!]!;
    const [rates, corrections, decays] = [new Float32Array(steps), new Float32Array(steps), new Float32Array(steps)];
    for (let index = 0; index < steps; index++) {
      const at = (epoch - 1) * this.#stepsPerEpoch + step + index;
      const rate = learningRate(schedule, at, this.#stepsPerEpoch, epochs);
      [rates[index], corrections[index]] = stepNumbers(optimizer, rate, at + 1) as [number, number];
      decays[index] = rate * (optimizer.weightDecay ?? 0);
    }
    return [
      { dtype: "int32", shape: [steps, batch], data: rows },
      { dtype: "float32", shape: [steps], data: rates },
      { dtype: "float32", shape: [steps], data: corrections },
      ...(this.#decays ? [{ dtype: "float32", shape: [steps], data: decays } as const] : []),
      ...drops.map(
        (drop): ArrayValue => ({
          dtype: "uint8",
          shape: [steps, batch, drop.size],
          data: drawMask(new Uint8Array(steps * batch * drop.size), drop.rate, drop.draw),
        }),
      ),
    ];
  }
}

interface EpochDraws {
  readonly epoch: number;
  readonly order: Int32Array;
  readonly drops: readonly (Drop & { readonly draw: { uniform(): number } })[];
}

/** Of a convolution or a dense layer; not a bias, and nothing of a batch normalisation. */
const isWeight = (name: string): boolean => name.endsWith(".weight") && !name.startsWith("batch_norm");

/** The gradient with those of the penalties: l1 sign(w) + l2 w. */
function penalised(gradient: tf.Tensor, weight: tf.Tensor, { l1 = 0, l2 = 0 }: FitOptions): tf.Tensor {
  const squared = l2 === 0 ? gradient : tf.add(gradient, tf.mul(weight, l2));
  return l1 === 0 ? squared : tf.add(squared, tf.mul(tf.sign(weight), l1));
}

/** Hands a kept tensor over to the scope around, which disposes it. */
function release(kept: tf.Tensor): tf.Tensor {
  const scoped = tf.clone(kept);
  kept.dispose();
  return scoped;
}

type BatchRows = ReturnType<typeof batchRows>;

/** Lets the process hear that it should stop. */
export const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
