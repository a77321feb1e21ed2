/**
 * Trainings of one network on several sets of examples, side by side: one program trains them all, step by step.
 *
 * Members share everything but their examples, seeds and weights. What comes out for one of them does not depend on the
 * others, on how many they are, or on how many epochs a call takes (`dense.ts` says why).
 */
import type { ArrayValue, Compute, Phase, Program, ProgramBody } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import type { EpochScore } from "../values/model.js";
import { type Stretch, stretchesOf } from "./batches.js";
import { bytesPerCall, callMs, type Drop, drawMask, dropoutLayers, isSmall, mostStepsPerCall } from "./call-size.js";
import type { Examples } from "./data.js";
import { DenseNetwork, isDense, lossGradient } from "./dense.js";
import { type DivergedError, type EpochRun, untilTrouble, validationScore } from "./diverged.js";
import { Tally } from "./epoch-sums.js";
import type { FitOptions } from "./fit.js";
import { batchScore } from "./metrics.js";
import { slotsOf, stepNumbers, update } from "./optimizer.js";
import { batchRows } from "./predict.js";
import { stream } from "./random.js";
import { learningRate } from "./schedule.js";
import { Table } from "./table.js";

/** What the members of a team share. */
export type TeamOptions = Omit<FitOptions, "seed" | "folds">;
export interface TeamMember {
  readonly train: Examples;
  readonly validation: Examples | null;
  readonly seed: number;
  readonly folds: readonly string[];
  /** Parameters, then each optimiser slot of each. */
  readonly start: readonly ArrayValue[];
}

/** Whether a training is one that teams do. */
export const isForTeams = (options: Pick<FitOptions, "layers" | "batchSize">, count: number): boolean =>
  isDense(options.layers) && isSmall(options, count);

/**
 * Numbers that a step should have at hand: beyond some 600 kB an array leaves the processor's cache, and company costs
 * more than it saves.
 */
const numbersAtHand = 160_000;

/** How many members to train at a time. It changes no bit, only speed: ten of 64 units, three of 128, one of 256. */
export function teamSize({ layers, batchSize }: Pick<FitOptions, "layers" | "batchSize">): number {
  const numbers = layers.reduce(
    (sum, { parameters, output }) =>
      sum + parameters.reduce((all, { shape }) => all + sizeOfShape(shape), 2 * batchSize * sizeOfShape(output)),
    0,
  );
  return Math.max(1, Math.floor(numbersAtHand / numbers));
}

export class Team {
  readonly #program: Program;
  readonly #network: DenseNetwork;
  readonly #table: Table;
  readonly #drops: readonly Drop[];
  readonly #stretches: readonly Stretch[];
  readonly #stepsPerEpoch: number;
  /** By member; no longer scored. */
  readonly #diverged = new Map<number, DivergedError>();
  #epochsPerCall = 1;
  /** Of each member in the last call; for telling only. */
  examplesPerSecond = 0;

  constructor(
    compute: Compute,
    readonly members: readonly TeamMember[],
    readonly options: TeamOptions,
    readonly now: () => number,
  ) {
    const { layers, optimizer, loss, l1 = 0, l2 = 0 } = options;
    this.#stretches = stretchesOf(members[0]!.train.count, options);
    this.#stepsPerEpoch = this.#stretches.reduce((sum, { steps }) => sum + steps, 0);
    this.#drops = dropoutLayers(layers);
    const network = new DenseNetwork(layers, members.length);
    this.#network = network;
    const table = new Table(members.flatMap(({ train, validation }) => (validation ? [train, validation] : [train])));
    this.#table = table;
    const arrays = network.shapes.length;
    const step: ProgramBody = (_constants, [rows, rate, correction, ...others], state, gather) => {
      const decay = this.#decays ? others.shift()! : undefined;
      const masks = new Map(this.#drops.map(({ name }, index) => [name, others[index]!]));
      const { output, gradients } = network.forward(state.slice(0, arrays), gather(0, rows!), masks);
      const marks = decay || l1 > 0 || l2 > 0 ? network.weights() : [];
      const { d, factor } = lossGradient(loss, output, gather(1, rows!));
      const updated = gradients(d, factor).map((gradient, index) => {
        const before = state[index]!;
        let total = gradient;
        if (l2 > 0) total = tf.add(total, tf.mul(before, tf.mul(marks[index]!, l2)));
        if (l1 > 0) total = tf.add(total, tf.mul(tf.sign(before), tf.mul(marks[index]!, l1)));
        const slots = slotsOf(optimizer).map((_, slot) => state[(slot + 1) * arrays + index]!);
        const next = update(optimizer, before, total, slots, [rate!, correction!]);
        return decay
          ? { ...next, parameter: tf.sub(next.parameter, tf.mul(before, tf.mul(marks[index]!, decay))) }
          : next;
      });
      const slots = slotsOf(optimizer).flatMap((_, slot) => updated.map((each) => each.slots[slot]!));
      return { state: [...updated.map(({ parameter }) => parameter), ...slots], outputs: [output] };
    };
    const judge: ProgramBody = (_constants, [rows], state, gather) => ({
      state,
      outputs: [network.forward(state.slice(0, arrays), gather(0, rows!), null).output],
    });
    this.#program = compute.program(
      [table.features, table.wanted],
      this.#packed(members.map(({ start }) => start)),
      step,
      judge,
    );
  }

  dispose(): void {
    this.#program.dispose();
  }
  mark(): readonly ArrayValue[] {
    return this.#program.readState();
  }
  reset(mark: readonly ArrayValue[]): void {
    this.#program.writeState(mark);
    this.#diverged.clear();
  }

  #packed(arrays: readonly (readonly ArrayValue[])[]): readonly ArrayValue[] {
    const slots = slotsOf(this.options.optimizer).length;
    const count = this.options.layers.flatMap(({ parameters }) => parameters).length;
    const slot = (index: number, list: readonly ArrayValue[]): readonly ArrayValue[] =>
      list.slice(count).filter((_, at) => at % slots === index);
    return [
      ...this.#network.pack(arrays.map((list) => list.slice(0, count))),
      ...Array.from({ length: slots }, (_, index) =>
        this.#network.pack(arrays.map((list) => slot(index, list))),
      ).flat(),
    ];
  }

  /** A member's parameters, then each optimiser slot of each. */
  arrays(member: number): readonly ArrayValue[] {
    const state = this.#program.readState();
    const each = this.#network.shapes.length;
    const [parameters, ...slots] = Array.from({ length: state.length / each }, (_, index) =>
      this.#network.unpack(state.slice(index * each, (index + 1) * each), member),
    );
    return [...parameters!, ...parameters!.flatMap((_, index) => slots.map((list) => list[index]!))];
  }

  /** Whether the optimiser's weight decay is fed to each step. */
  get #decays(): boolean {
    return (this.options.optimizer.weightDecay ?? 0) > 0;
  }

  /**
   * Epochs from `first` on in one call, as many as fit its time, and at most `most`. By member: the epochs' scores, and
   * how it diverged.
   */
  train(first: number, most: number): readonly EpochRun[] {
    const count = Math.max(1, Math.min(most, this.#room(), this.#epochsPerCall));
    const startedAt = this.now();
    const scores = this.#epochs(first, count);
    const elapsedMs = Math.max(1, this.now() - startedAt);
    this.examplesPerSecond = (count * this.members[0]!.train.count * 1000) / elapsedMs;
    this.#epochsPerCall = Math.max(1, Math.min(this.#epochsPerCall * 8, Math.round((count * callMs) / elapsedMs)));
    return scores;
  }

  /** The same steps once more, from a state written back. */
  again(first: number, last: number): void {
    const room = Math.max(1, this.#room());
    for (let epoch = first; epoch <= last; epoch += room) this.#epochs(epoch, Math.min(last - epoch + 1, room));
  }

  /** Epochs that may be laid out for one call. */
  #room(): number {
    const [{ train, validation }] = this.members as [TeamMember];
    const numbers = 4 * (1 + this.#network.outputs);
    const masks = this.#drops.reduce((sum, { size }) => sum + size, 0);
    const bytes = this.members.length * (train.count * (numbers + masks) + (validation?.count ?? 0) * numbers);
    return Math.floor(Math.min(mostStepsPerCall / this.#stepsPerEpoch, bytesPerCall / bytes));
  }

  #epochs(first: number, count: number): readonly EpochRun[] {
    const { phases, outputs } = this.#rounds(first, count);
    return this.members.map((_, member) => {
      const known = this.#diverged.get(member);
      if (known) return { scores: [], trouble: known };
      const made = untilTrouble(count, (index) => this.#score(member, first, index, phases, outputs));
      if (made.trouble) this.#diverged.set(member, made.trouble);
      return made;
    });
  }

  /** Whole epochs in one call: what its phases were fed, and the outputs of each. */
  #rounds(
    first: number,
    count: number,
  ): { readonly phases: readonly Phase[]; readonly outputs: readonly Float32Array[] } {
    const phases: Phase[] = this.#stretches.map(({ steps, batch }) => ({
      body: 0,
      steps,
      slices: this.#slices(count * steps, batch),
    }));
    for (let epoch = 0; epoch < count; epoch++) this.#fill(phases, first, epoch);
    const judged = this.#judged();
    if (judged) {
      const [steps, ...shape] = judged.shape as [number, ...number[]];
      const data = new Int32Array(count * judged.data.length);
      for (let epoch = 0; epoch < count; epoch++) data.set(judged.data, epoch * judged.data.length);
      phases.push({ body: 1, steps, slices: [{ dtype: "int32", shape: [count * steps, ...shape], data }] });
    }
    return { phases, outputs: this.#program.runRounds(phases, count).map(([output]) => output!.data as Float32Array) };
  }

  /** By member: the loss from which the step after `epoch` would start. That step is taken back. */
  nextLosses(epoch: number): readonly number[] {
    const before = this.mark();
    const { phases, outputs } = this.#rounds(epoch + 1, 1);
    this.#program.writeState(before);
    return this.members.map((_, member) => this.#batchScore(member, 0, 0, phases, outputs).loss);
  }

  /** Of one step's batch; `step` counts over all rounds of the phase. */
  #batchScore(
    member: number,
    phase: number,
    step: number,
    phases: readonly Phase[],
    outputs: readonly Float32Array[],
  ): { readonly loss: number; readonly correct: number } {
    const { batch } = this.#stretches[phase]!;
    const width = this.#network.outputs;
    const at = (step * this.members.length + member) * batch;
    const rows = phases[phase]!.slices[0]!.data as Int32Array;
    return batchScore(this.options.loss, outputs[phase]!, at * width, rows, at, batch, {
      wanted: this.#table.wanted.data as Float32Array,
      width,
    });
  }

  /** Empty slices of so many steps. */
  #slices(steps: number, batch: number): readonly ArrayValue[] {
    const { length } = this.members;
    const numbers = (): ArrayValue => ({ dtype: "float32", shape: [steps], data: new Float32Array(steps) });
    return [
      { dtype: "int32", shape: [steps, length, batch], data: new Int32Array(steps * length * batch) },
      numbers(),
      numbers(),
      ...(this.#decays ? [numbers()] : []),
      ...this.#drops.map(
        ({ size }): ArrayValue => ({
          dtype: "uint8",
          shape: [steps, length, batch, size],
          data: new Uint8Array(steps * length * batch * size),
        }),
      ),
    ];
  }

  /** Draws an epoch of each member, and what else its steps are fed. */
  #fill(phases: readonly Phase[], first: number, index: number): void {
    const { optimizer, schedule, epochs, batchSize } = this.options;
    const epoch = first + index;
    const draws = this.members.map(({ train, seed, folds }, member) => ({
      places: this.#table.rowsOf(train),
      order: this.#diverged.has(member)
        ? undefined
        : stream(seed, folds, "batch order", epoch).permutation(train.count),
      drops: this.#drops.map(({ name }) => stream(seed, folds, `dropout ${name}`, epoch)),
    }));
    for (const [at, { from, steps, batch }] of this.#stretches.entries()) {
      const [rows, rates, corrections, ...others] = phases[at]!.slices.map(({ data }) => data);
      const decays = this.#decays ? others.shift()! : undefined;
      for (let step = 0; step < steps; step++) {
        const place = index * steps + step;
        const number = (epoch - 1) * this.#stepsPerEpoch + from + step;
        const rate = learningRate(schedule, number, this.#stepsPerEpoch, epochs);
        [rates![place], corrections![place]] = stepNumbers(optimizer, rate, number + 1) as [number, number];
        if (decays) decays[place] = rate * (optimizer.weightDecay ?? 0);
        for (const [member, { places, order, drops }] of draws.entries()) {
          const to = (place * draws.length + member) * batch;
          // Who has diverged goes on with the first row; nobody looks at it.
          if (!order) continue;
          for (let example = 0; example < batch; example++)
            rows![to + example] = places[order[(from + step) * batchSize + example]!]!;
          for (const [drop, { size, rate: share }] of this.#drops.entries())
            drawMask((others[drop] as Uint8Array).subarray(to * size, (to + batch) * size), share, drops[drop]!);
        }
      }
    }
  }

  /** Each member's validation examples, int32 [steps, members, batch]. */
  #judged(): ArrayValue | undefined {
    const lists = this.members.flatMap(({ validation }) =>
      validation ? [batchRows({ ...validation, rows: this.#table.rowsOf(validation) })] : [],
    );
    if (lists.length === 0) return undefined;
    const [steps, batch] = lists[0]!.shape as [number, number];
    const data = new Int32Array(lists.length * steps * batch);
    for (let step = 0; step < steps; step++)
      for (const [member, list] of lists.entries())
        data.set(list.data.subarray(step * batch, (step + 1) * batch), (step * lists.length + member) * batch);
    return { dtype: "int32", shape: [steps, lists.length, batch], data };
  }

  /** @throws DivergedError */
  #score(
    member: number,
    first: number,
    index: number,
    phases: readonly Phase[],
    outputs: readonly Float32Array[],
  ): EpochScore {
    const { loss, schedule, epochs } = this.options;
    const { train, validation } = this.members[member]!;
    const { length } = this.members;
    const width = this.#network.outputs;
    const epoch = first + index;
    const tally = new Tally(this.options, epoch, this.#stepsPerEpoch, loss === "cross_entropy");
    for (const [phase, { steps, batch }] of this.#stretches.entries())
      for (let step = 0; step < steps; step++) {
        const score = this.#batchScore(member, phase, index * steps + step, phases, outputs);
        tally.add([{ data: Float32Array.of(score.loss) }, { data: Float32Array.of(score.correct) }], 0, 1, batch);
      }
    const scored = {
      epoch,
      learningRate: learningRate(schedule, epoch * this.#stepsPerEpoch - 1, this.#stepsPerEpoch, epochs),
      train: tally.score(),
    };
    if (!validation) return scored;
    const { steps, slices } = phases[phases.length - 1]!;
    const batch = slices[0]!.shape[2]!;
    const values = new Float32Array(steps * batch * width);
    for (let step = 0; step < steps; step++) {
      const at = ((index * steps + step) * length + member) * batch * width;
      values.set(outputs[phases.length - 1]!.subarray(at, at + batch * width), step * batch * width);
    }
    const judged = values.subarray(0, validation.rows.length * width);
    return { ...scored, validation: validationScore(judged, validation, scored, train.count, this.options) };
  }
}
