/**
 * A training as one program: its steps are recorded once, fed, run many in a call, and scored, member by member.
 *
 * Calls are sized by the clock, so that progress is live; what comes out does not depend on their size.
 */
import type { ArrayValue, Compute, Phase, Program } from "../compute/program.js";
import type { EpochScore, Score } from "../values/model.js";
import { type Stretch, stretchesOf } from "./batches.js";
import { CallSize, callMs, callMsOf, isSmall, mostEpochs, mostSteps, stepwiseCallMs } from "./call-size.js";
import { DivergedError, validationScore } from "./diverged.js";
import type { EpochPictures } from "./epoch-pictures.js";
import { EpochSums } from "./epoch-sums.js";
import { type EpochDraws, type FedSteps, Feed } from "./feed.js";
import { Judging } from "./judging.js";
import { multiplyAdds } from "./layer.js";
import { stepMultiplyAdds } from "./network-table.js";
import { Rates } from "./rates.js";
import { bodies, bodiesOf } from "./step.js";
import { SpeedMeter, type StepSpeed } from "./step-speed.js";
import type { Member, TrainingOptions } from "./training.js";
import type { TrainingSteps } from "./training-steps.js";

/** Epochs that a member was scored in, and what is wrong with the one after them. */
interface EpochRun {
  readonly scores: readonly EpochScore[];
  readonly diverged: DivergedError | null;
}
/** Some steps of an epoch that were done at once, for who looks for one of them. */
export interface Walked {
  /** The first of them, from 0. */
  readonly from: number;
  readonly steps: number;
  /** What was carried before them. */
  readonly before: readonly ArrayValue[];
  readonly fed: FedSteps;
  /** Of the first member. */
  readonly losses: ArrayLike<number>;
}
/** Told between two calls within an epoch: each member's scores so far, null for one that has diverged. */
export type Progress = (epoch: number, fraction: number, scores: readonly (Score | null)[]) => Promise<void>;

/** Every member's outputs for its validation set after an epoch, [steps, members, batch, width]. */
interface Judged {
  /** Of what the model would hold. */
  readonly model: Float32Array;
  /** Where that is an average: of the weights as trained. */
  readonly unaveraged?: Float32Array;
}
/** Outputs of whole epochs of one call: those of each stretch of steps with what they were fed, and of the judging. */
interface EpochsCall {
  readonly stretches: readonly (Stretch & { readonly fed: FedSteps; readonly outputs: readonly ArrayValue[] })[];
  /** By epoch. */
  readonly judged: readonly Judged[] | null;
}

export class Trainer {
  readonly #program: Program;
  readonly #feed: Feed;
  readonly #stretches: readonly Stretch[];
  readonly #rates: Rates;
  /** Rows to judge in every epoch. */
  readonly #judgedRows: ArrayValue | null;
  /** What is judged, by its body: the model, and where that is an average the weights as trained. */
  readonly #judged: readonly number[];
  readonly #judgings: readonly Judging[];
  readonly #diverged = new Map<number, DivergedError>();
  readonly #stepsPerCall = new CallSize(4);
  readonly #epochsPerCall = new CallSize(8);
  readonly #stepCallMs: number;
  readonly #meter = new SpeedMeter();
  /** For one example. */
  readonly #multiplyAdds: { readonly step: number; readonly forward: number };
  /** Of each member in the last call; for telling only. */
  examplesPerSecond = 0;

  /**
   * @param start     of each member: parameters, then each optimiser slot of each trained one, then averages
   * @param pictures  of the only member, where its training set is augmented
   * @param now       milliseconds
   */
  constructor(
    compute: Compute,
    readonly training: TrainingSteps,
    readonly members: readonly Member[],
    readonly options: TrainingOptions,
    start: readonly (readonly ArrayValue[])[],
    readonly pictures: EpochPictures | null,
    readonly now: () => number,
  ) {
    const [{ train, validation }] = members as [Member];
    this.#stretches = stretchesOf(train.count, options);
    const stepsPerEpoch = this.#stretches.reduce((sum, { steps }) => sum + steps, 0);
    this.#rates = new Rates(options.schedule, stepsPerEpoch, options.epochs);
    const rowsOf = (member: number): Int32Array => training.rowsOf(member, "train");
    this.#feed = new Feed(options, members, training.isStacked, rowsOf, pictures, this.#rates);
    this.#judgedRows = validation ? this.#feed.judged((member) => training.rowsOf(member, "validation")) : null;
    const carried = training.pack(start);
    this.#multiplyAdds = {
      step: stepMultiplyAdds(options.layers),
      forward: options.layers.reduce((sum, layer) => sum + multiplyAdds(layer), 0),
    };
    this.#stepCallMs = callMsOf(carried);
    this.#program = compute.program(training.constants, carried, ...bodiesOf(training, options, this.#feed));
    this.#judged = options.average ? [bodies.model, bodies.unaveraged] : [bodies.model];
    const rows = this.#judgedRows;
    this.#judgings = rows ? this.#judged.map((body) => new Judging(this.#program, body, rows, now)) : [];
  }

  dispose(): void {
    this.pictures?.dispose();
    this.#program.dispose();
  }

  /** By member: parameters, then each optimiser slot of each trained one, then averages. */
  arrays(): readonly (readonly ArrayValue[])[] {
    return this.training.unpack(this.#program.readState());
  }
  /** What is carried, to come back to. */
  snapshot(): readonly ArrayValue[] {
    return this.#program.readState();
  }
  restore(snapshot: readonly ArrayValue[]): void {
    this.#program.writeState(snapshot);
    this.#diverged.clear();
  }

  /** The epochs so far, of the only member where the rates follow from them. */
  hear(history: readonly EpochScore[]): void {
    this.#rates.hear(history);
  }

  /**
   * Trains from epoch `first` on: some epochs in one call, as many as fit its time and at most `most`, or one epoch in
   * several calls. By member: the scores of the epochs, and how it diverged; the call has gone on beyond that.
   */
  async train(first: number, most: number, progress: Progress): Promise<readonly EpochRun[]> {
    const scores = this.#goesInCalls() ? await this.#epochs(first, most) : await this.#epochInCalls(first, progress);
    return scores.map((list, member) => ({ scores: list, diverged: this.#diverged.get(member) ?? null }));
  }

  /** The same epochs once more, from a state written back: of those that go several to a call. */
  replay(first: number, last: number): void {
    const most = mostEpochs(this.options, this.members);
    for (let epoch = first; epoch <= last; epoch += most) this.#run(epoch, Math.min(last - epoch + 1, most));
  }

  /**
   * An epoch once more, from a state written back: its first `skipped` steps many at a time, then one by one.
   *
   * @param skipped  steps at which nobody looks
   */
  async *walk(epoch: number, skipped: number): AsyncGenerator<Walked> {
    const draws = this.#draws(epoch);
    const most = mostSteps(this.options, this.members);
    for (const { from, steps: length, batch } of this.#stretches)
      for (let step = from; step < from + length; ) {
        const steps = Math.max(1, Math.min(most, from + length - step, skipped - step));
        const before = this.snapshot();
        const { fed, outputs } = await this.#runSteps(draws, { from: step, steps, batch });
        const range = { from: 0, steps, batch };
        const { losses } = this.training.scores(0, outputs, fed.rows.data as Int32Array, range);
        yield { from: step, steps, before, fed, losses };
        step += steps;
      }
  }

  /** By member: the loss from which the step after `epoch` would start. That step is taken back. */
  async nextLosses(epoch: number): Promise<readonly number[]> {
    const before = this.snapshot();
    const [first] = this.#stretches as [Stretch];
    const one = { ...first, steps: 1 };
    // A program that has run whole epochs has a session for them.
    const { fed, outputs } = this.#goesInCalls()
      ? this.#run(epoch + 1, 1).stretches[0]!
      : await this.#runSteps(this.#draws(epoch + 1), one);
    this.#program.writeState(before);
    return this.members.map(
      (_, member) => this.training.scores(member, outputs, fed.rows.data as Int32Array, { ...one, from: 0 }).losses[0]!,
    );
  }

  /** Whether epochs are so short that several go to a call. Pictures are made while another call runs. */
  #goesInCalls(): boolean {
    return !this.#program.stepwise && !this.pictures && isSmall(this.options, this.members[0]!.train.count);
  }
  get #callMs(): number {
    return this.#program.stepwise ? stepwiseCallMs : this.#stepCallMs;
  }
  #draws(epoch: number): EpochDraws {
    return this.#feed.draws(epoch, (member) => this.#diverged.has(member));
  }
  /** Does something that takes a call, and tells how long it took. */
  async #timed<T>(work: () => T | Promise<T>): Promise<{ readonly made: T; readonly elapsedMs: number }> {
    const startedAt = this.now();
    const made = await work();
    return { made, elapsedMs: Math.max(1, this.now() - startedAt) };
  }

  /** Examples of each member, trained on and judged, in a call. */
  #took(trained: number, judged: number, elapsedMs: number): void {
    const { step, forward } = this.#multiplyAdds;
    this.#meter.add(this.members.length * (trained * step + judged * forward), elapsedMs);
  }
  /** How fast its steps were so far. */
  speed(): StepSpeed | null {
    return this.#meter.speed(this.#program.threads);
  }

  /** What is done for each member that has not diverged; null for one that has, or does now. */
  #each<T>(work: (member: number) => T): readonly (T | null)[] {
    return this.members.map((_, member) => {
      if (this.#diverged.has(member)) return null;
      try {
        return work(member);
      } catch (error) {
        if (!(error instanceof DivergedError)) throw error;
        this.#diverged.set(member, error);
        return null;
      }
    });
  }

  /** Epochs in one call; by member, its scores up to the first that it has none in. */
  async #epochs(first: number, most: number): Promise<readonly (readonly EpochScore[])[]> {
    const count = this.#epochsPerCall.upTo(Math.min(most, mostEpochs(this.options, this.members)));
    const scores = this.members.map((): EpochScore[] => []);
    const { elapsedMs } = await this.#timed(() => {
      const call = this.#run(first, count);
      for (let index = 0; index < count; index++)
        this.#each((member) => scores[member]!.push(this.#scoreOf(member, first + index, index, call)));
    });
    const { train, validation } = this.members[0]!;
    this.examplesPerSecond = (count * train.count * 1000) / elapsedMs;
    this.#took(count * train.count, count * this.#judged.length * (validation?.count ?? 0), elapsedMs);
    this.#epochsPerCall.adapt(count, elapsedMs, callMs);
    return scores;
  }

  /** Runs whole epochs in one call. */
  #run(first: number, count: number): EpochsCall {
    const draws = Array.from({ length: count }, (_, index) => this.#draws(first + index));
    const fed = this.#stretches.map((stretch) => ({ ...stretch, fed: this.#feed.steps(draws, stretch) }));
    const phases = fed.map(({ steps, fed }): Phase => ({ body: 0, steps, slices: this.#feed.listed(fed) }));
    const ends = this.#ends(first, count);
    if (ends) phases.push({ body: bodies.end, steps: 1, slices: [ends] });
    const rows = this.#judgedRows;
    if (rows)
      for (const body of this.#judged) phases.push({ body, steps: rows.shape[0]!, slices: [repeated(rows, count)] });
    const outputs = this.#program.runRounds(phases, count);
    const judged = rows ? outputs.slice(-this.#judged.length) : [];
    const byEpoch = judged.map(([made]) => inParts(made!.data as Float32Array, count));
    return {
      stretches: fed.map((stretch, phase) => ({ ...stretch, outputs: outputs[phase]! })),
      judged: rows ? Array.from({ length: count }, (_, epoch) => judgedOf(byEpoch.map((each) => each[epoch]!))) : null,
    };
  }

  /** How many ends an average of the last ones is made of, at the end of each epoch; null where there is none. */
  #ends(first: number, count: number): ArrayValue | null {
    const { average } = this.options;
    if (average?.type !== "last") return null;
    const data = Float32Array.from({ length: count }, (_, index) => Math.min(average.epochs, first + index));
    return { dtype: "float32", shape: [count], data };
  }

  /** Of one epoch of a call, which is its `index`-th. @throws DivergedError */
  #scoreOf(member: number, epoch: number, index: number, { stretches, judged }: EpochsCall): EpochScore {
    const sums = new EpochSums(this.options, this.#rates, epoch);
    for (const { steps, batch, fed, outputs } of stretches) {
      const range = { from: index * steps, steps, batch };
      sums.add(this.training.scores(member, outputs, fed.rows.data as Int32Array, range), batch);
    }
    return this.#score(member, epoch, sums.score(), judged ? judged[index]! : null);
  }

  async #runSteps(
    draws: EpochDraws,
    stretch: Stretch,
  ): Promise<{ readonly fed: FedSteps; readonly outputs: readonly ArrayValue[] }> {
    const fed = await this.#feed.stepsOfEpoch(draws, stretch);
    return { fed, outputs: this.#program.run(this.#feed.listed(fed)) };
  }

  /** One epoch in calls of some steps, told as it goes. */
  async #epochInCalls(epoch: number, progress: Progress): Promise<readonly (readonly EpochScore[])[]> {
    const draws = this.#draws(epoch);
    const most = mostSteps(this.options, this.members);
    const { stepsPerEpoch } = this.#rates;
    const sums = this.members.map(() => new EpochSums(this.options, this.#rates, epoch));
    const report = (fraction: number): Promise<void> =>
      progress(
        epoch,
        fraction,
        this.#each((member) => sums[member]!.score()),
      );
    for (const { from, steps: length, batch } of this.#stretches)
      for (let step = from; step < from + length; ) {
        const steps = this.#stepsPerCall.upTo(Math.min(most, from + length - step));
        const { made, elapsedMs } = await this.#timed(() => this.#runSteps(draws, { from: step, steps, batch }));
        step += steps;
        this.#each((member) =>
          sums[member]!.add(
            this.training.scores(member, made.outputs, made.fed.rows.data as Int32Array, { from: 0, steps, batch }),
            batch,
          ),
        );
        if (this.#diverged.size === this.members.length) return this.members.map(() => []);
        if (batch === this.options.batchSize) this.#stepsPerCall.adapt(steps, elapsedMs, this.#callMs);
        this.examplesPerSecond = (steps * batch * 1000) / elapsedMs;
        this.#took(steps * batch, 0, elapsedMs);
        if (step < stepsPerEpoch || this.#judgedRows) await report(step / stepsPerEpoch);
      }
    const ends = this.#ends(epoch, 1);
    if (ends) this.#program.run([ends], bodies.end);
    const judged = await this.#judgedInCalls(() => report(1));
    this.examplesPerSecond = 0;
    return this.#each((member) => this.#score(member, epoch, sums[member]!.score(), judged)).map((score) =>
      score ? [score] : [],
    );
  }

  async #judgedInCalls(between: () => Promise<void>): Promise<Judged | null> {
    if (!this.#judgedRows) return null;
    const outputs: Float32Array[] = [];
    for (const judging of this.#judgings) outputs.push(await judging.outputs(between));
    return judgedOf(outputs);
  }

  /** @throws DivergedError */
  #score(member: number, epoch: number, train: Score, judged: Judged | null): EpochScore {
    const { train: examples, validation } = this.members[member]!;
    const scored = { epoch, learningRate: this.#rates.at(epoch * this.#rates.stepsPerEpoch - 1), train };
    if (!validation || !judged) return scored;
    const score = (all: Float32Array): Score => {
      const width = all.length / this.#judgedRows!.data.length;
      const outputs = this.#judgedOf(member, all).subarray(0, validation.rows.length * width);
      return validationScore(outputs, validation, scored, examples.count, this.options, this.training.judges[member]!);
    };
    const { model, unaveraged } = judged;
    return { ...scored, validation: score(model), ...(unaveraged ? { unaveraged: score(unaveraged) } : {}) };
  }

  /** A member's part of the outputs for the validation sets, the examples that fill up the last batch included. */
  #judgedOf(member: number, judged: Float32Array): Float32Array {
    const count = this.members.length;
    if (count === 1) return judged;
    const steps = this.#judgedRows!.shape[0]!;
    const size = judged.length / (steps * count);
    if (steps === 1) return judged.subarray(member * size, (member + 1) * size);
    const own = new Float32Array(steps * size);
    for (let step = 0; step < steps; step++) {
      const from = (step * count + member) * size;
      own.set(judged.subarray(from, from + size), step * size);
    }
    return own;
  }
}

const judgedOf = ([model, unaveraged]: readonly Float32Array[]): Judged => ({
  model: model!,
  ...(unaveraged ? { unaveraged } : {}),
});

/** The rows of so many epochs, which are the same in each. */
function repeated(rows: ArrayValue, epochs: number): ArrayValue {
  if (epochs === 1) return rows;
  const [steps, ...shape] = rows.shape as [number, ...number[]];
  const data = new Int32Array(epochs * rows.data.length);
  for (let epoch = 0; epoch < epochs; epoch++) data.set(rows.data, epoch * rows.data.length);
  return { dtype: "int32", shape: [epochs * steps, ...shape], data };
}

function inParts(values: Float32Array, count: number): readonly Float32Array[] {
  const size = values.length / count;
  return Array.from({ length: count }, (_, index) => values.subarray(index * size, (index + 1) * size));
}
