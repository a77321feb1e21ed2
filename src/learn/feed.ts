/**
 * What each step of a training is fed: which examples, the optimiser's numbers, weight decay, the weight of an average,
 * dropout masks, and the pictures of an augmentation.
 *
 * A step sees a record with names. That it travels as a list of arrays, and in which order, is known here alone.
 * Random draws are those of the epoch, in the order of its steps; so it does not matter how many steps a call takes.
 */
import type { ArrayValue } from "../compute/program.js";
import type { tf } from "../util/tfjs.js";
import { weightOfNew } from "./average.js";
import { batchOrder, type Stretch } from "./batches.js";
import { type Drop, drawMask, dropoutLayers } from "./dropout.js";
import type { EpochPictures } from "./epoch-pictures.js";
import { type Rule, ruleOf } from "./optimizer.js";
import { batchRows } from "./predict.js";
import { type Stream, stream } from "./random.js";
import type { Rates } from "./rates.js";
import type { Member, TrainingOptions } from "./training.js";

/** T is an array of many steps outside, and the tensor of one step in the recorded body. */
interface Fed<T> {
  /** int32 [batch], or [members, batch]: where the examples lie. */
  readonly rows: T;
  /** What the optimiser asks for, by its names, float32 []. */
  readonly numbers: Readonly<Record<string, T>>;
  /** Share of each weight that is taken off, float32 []; null where there is no decay. */
  readonly decay: T | null;
  /** Of the new weights in an exponential average, float32 []; null where there is none. */
  readonly average: T | null;
  /** Of each dropout layer by its name, 0 or 1, [batch, size] or [members, batch, size]. */
  readonly masks: ReadonlyMap<string, T>;
  /** What is learned from instead of stored features, [batch, ...shape]; null where that is not augmented. */
  readonly pictures: T | null;
}
export type StepInputs = Fed<tf.Tensor>;
export type FedSteps = Fed<ArrayValue>;

/** The random draws of an epoch, by member; null for one that has diverged, at whom nobody looks any more. */
export interface EpochDraws {
  readonly epoch: number;
  readonly members: readonly (MemberDraws | null)[];
}
interface MemberDraws {
  readonly order: Int32Array;
  readonly masks: readonly Stream[];
}

export class Feed {
  readonly #rule: Rule;
  readonly #drops: readonly Drop[];
  readonly #numbers: readonly string[];
  readonly #decays: boolean;
  /** Of an exponential average of the weights; null where there is none. */
  readonly #averageDecay: number | null;

  /**
   * @param isStacked  whether arrays have an axis of members
   * @param rowsOf     where the training examples of a member lie
   * @param pictures   of the only member, where its training set is augmented
   */
  constructor(
    readonly options: TrainingOptions,
    readonly members: readonly Member[],
    readonly isStacked: boolean,
    readonly rowsOf: (member: number) => Int32Array,
    readonly pictures: EpochPictures | null,
    readonly rates: Rates,
  ) {
    this.#rule = ruleOf(options.optimizer);
    this.#drops = dropoutLayers(options.layers);
    this.#numbers = Object.keys(this.#rule.numbers(0, 1));
    this.#averageDecay = options.average?.type === "exponential" ? options.average.decay : null;
    this.#decays = (options.optimizer.weightDecay ?? 0) > 0;
  }

  /** A record as the list that a program is given. */
  listed({ rows, numbers, decay, average, masks, pictures }: FedSteps): readonly ArrayValue[] {
    return [
      rows,
      ...(pictures ? [pictures] : []),
      ...this.#numbers.map((name) => numbers[name]!),
      ...(decay ? [decay] : []),
      ...(average ? [average] : []),
      ...this.#drops.map(({ name }) => masks.get(name)!),
    ];
  }
  /** The way back, of one step. */
  named(list: readonly tf.Tensor[]): StepInputs {
    const left = list.values();
    const next = (): tf.Tensor => left.next().value!;
    return {
      rows: next(),
      pictures: this.pictures ? next() : null,
      numbers: Object.fromEntries(this.#numbers.map((name) => [name, next()])),
      decay: this.#decays ? next() : null,
      average: this.#averageDecay === null ? null : next(),
      masks: new Map(this.#drops.map(({ name }) => [name, next()])),
    };
  }

  /** @param isLeftOut  members at whom nobody looks any more */
  draws(epoch: number, isLeftOut: (member: number) => boolean): EpochDraws {
    return {
      epoch,
      members: this.members.map((each, member) =>
        isLeftOut(member)
          ? null
          : {
              order: batchOrder(each, epoch),
              masks: this.#drops.map(({ name }) => stream(each.seed, each.folds, `dropout ${name}`, epoch)),
            },
      ),
    };
  }

  /**
   * Some steps of each of the epochs, one epoch behind the other, without pictures. Masks are drawn on from where they
   * were.
   */
  steps(epochs: readonly EpochDraws[], stretch: Stretch): FedSteps {
    const fed = this.#empty(epochs.length * stretch.steps, stretch.batch);
    for (const [index, draws] of epochs.entries()) {
      this.#fillNumbers(fed, draws, index, stretch);
      this.#fillMembers(fed, draws, index, stretch);
    }
    return fed;
  }

  /** Some steps of one epoch, with the pictures of an augmentation. @throws what goes wrong where those are made */
  async stepsOfEpoch(draws: EpochDraws, stretch: Stretch): Promise<FedSteps> {
    const fed = this.steps([draws], stretch);
    if (!this.pictures) return fed;
    const { from, steps, batch } = stretch;
    const data = await this.pictures.of(draws.epoch, from * this.options.batchSize, steps * batch);
    const shape = [steps, batch, ...this.members[0]!.train.shape];
    return { ...fed, pictures: { dtype: data instanceof Uint8Array ? "uint8" : "float32", shape, data } };
  }

  #empty(steps: number, batch: number): FedSteps {
    const shape = [steps, ...this.#axes(batch)];
    const examples = steps * this.members.length * batch;
    const number = (): ArrayValue => ({ dtype: "float32", shape: [steps], data: new Float32Array(steps) });
    return {
      rows: { dtype: "int32", shape, data: new Int32Array(examples) },
      numbers: Object.fromEntries(this.#numbers.map((name) => [name, number()])),
      decay: this.#decays ? number() : null,
      average: this.#averageDecay === null ? null : number(),
      masks: new Map(
        this.#drops.map(({ name, size }) => [
          name,
          { dtype: "uint8", shape: [...shape, size], data: new Uint8Array(examples * size) },
        ]),
      ),
      pictures: null,
    };
  }
  #axes(batch: number): readonly number[] {
    return this.isStacked ? [this.members.length, batch] : [batch];
  }

  #fillNumbers(
    { numbers, decay, average }: FedSteps,
    { epoch }: EpochDraws,
    index: number,
    { from, steps }: Stretch,
  ): void {
    const { optimizer } = this.options;
    for (let step = 0; step < steps; step++) {
      const at = (epoch - 1) * this.rates.stepsPerEpoch + from + step;
      const place = index * steps + step;
      const rate = this.rates.at(at);
      for (const [name, value] of Object.entries(this.#rule.numbers(rate, at + 1))) numbers[name]!.data[place] = value;
      if (decay) decay.data[place] = rate * (optimizer.weightDecay ?? 0);
      if (average) average.data[place] = weightOfNew(this.#averageDecay!, at);
    }
  }

  #fillMembers({ rows, masks }: FedSteps, draws: EpochDraws, index: number, { from, steps, batch }: Stretch): void {
    const { batchSize } = this.options;
    const places = this.members.map((_, member) => this.rowsOf(member));
    const drops = this.#drops.map(({ name, size, rate }) => ({
      size,
      rate,
      data: masks.get(name)!.data as Uint8Array,
    }));
    for (let step = 0; step < steps; step++)
      for (const [member, drawn] of draws.members.entries()) {
        // Who is left out goes on with the first row.
        if (!drawn) continue;
        const to = ((index * steps + step) * draws.members.length + member) * batch;
        for (let example = 0; example < batch; example++)
          rows.data[to + example] = places[member]![drawn.order[(from + step) * batchSize + example]!]!;
        for (const [drop, { size, rate, data }] of drops.entries())
          drawMask(data.subarray(to * size, (to + batch) * size), rate, drawn.masks[drop]!);
      }
  }

  /** The validation examples of every member in batches, int32 [steps, batch], or [steps, members, batch]. */
  judged(rowsOf: (member: number) => Int32Array): ArrayValue {
    const lists = this.members.map((_, member) => batchRows({ rows: rowsOf(member) }));
    const [steps, batch] = lists[0]!.shape as [number, number];
    const data = new Int32Array(lists.length * steps * batch);
    for (let step = 0; step < steps; step++)
      for (const [member, list] of lists.entries())
        data.set(list.data.subarray(step * batch, (step + 1) * batch), (step * lists.length + member) * batch);
    return { dtype: "int32", shape: [steps, ...this.#axes(batch)], data };
  }
}
