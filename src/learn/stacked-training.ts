/**
 * The steps of small networks of dense layers, stacked: one step trains all members.
 *
 * Members share everything but their examples, seeds and weights. What comes out for one of them does not depend on the
 * others or on how many they are (`dense.ts` says why); so a single one is a stack of one.
 */
import type { ArrayValue } from "../compute/program.js";
import { sizeOfShape } from "../util/shape.js";
import { tf } from "../util/tfjs.js";
import { isSmall } from "./call-size.js";
import type { Examples } from "./data.js";
import { DenseNetwork, isDense } from "./dense.js";
import type { StepInputs } from "./feed.js";
import { type Loss, resolvedLoss } from "./losses.js";
import { ruleOf } from "./optimizer.js";
import { inParts } from "./packing.js";
import { penalised } from "./penalties.js";
import { batchScore, type Judge, judgeOf } from "./score.js";
import { Table } from "./table.js";
import type { Member, TrainingOptions } from "./training.js";
import type { Gather, StepGradients, StepRange, StepScores, TrainingSteps } from "./training-steps.js";

/** Whether a training on such examples is done as a stack. One with an augmentation is fed pictures of its own. */
export const isStackable = (
  options: Pick<TrainingOptions, "layers" | "batchSize">,
  { count, augmentation }: Pick<Examples, "count" | "augmentation">,
): boolean => augmentation === undefined && isDense(options.layers) && isSmall(options, count);

/**
 * Numbers that a step should have at hand: beyond some 600 kB an array leaves the processor's cache, and company costs
 * more than it saves.
 */
const numbersAtHand = 160_000;

/** How many members to stack at a time. It changes no bit, only speed: ten of 64 units, three of 128, one of 256. */
export function stackSize({ layers, batchSize }: Pick<TrainingOptions, "layers" | "batchSize">): number {
  const numbers = layers.reduce(
    (sum, { parameters, output }) =>
      sum + parameters.reduce((all, { shape }) => all + sizeOfShape(shape), 2 * batchSize * sizeOfShape(output)),
    0,
  );
  return Math.max(1, Math.floor(numbersAtHand / numbers));
}

export class StackedTraining implements TrainingSteps {
  readonly isStacked = true;
  readonly constants: readonly ArrayValue[];
  readonly running = 0;
  readonly learned: number;
  readonly #network: DenseNetwork;
  readonly #table: Table;
  /** Of each member: weights of classes may be those of its own training set. */
  readonly #losses: readonly Loss[];
  readonly judges: readonly Judge[];
  /** Of the optimiser, each in as many arrays as are learned. */
  readonly #slots: number;

  constructor(
    readonly members: readonly Member[],
    readonly options: TrainingOptions,
  ) {
    this.#network = new DenseNetwork(options.layers, members.length, options.optimizer.clipNorm !== undefined);
    this.#table = new Table(members.flatMap(({ train, validation }) => (validation ? [train, validation] : [train])));
    this.#losses = members.map(({ train }) => resolvedLoss(options.loss, train));
    this.judges = this.#losses.map(judgeOf);
    this.constants = [this.#table.features, this.#table.wanted];
    this.learned = this.#network.shapes.length;
    this.#slots = ruleOf(options.optimizer).slots.length;
  }

  pack(members: readonly (readonly ArrayValue[])[]): readonly ArrayValue[] {
    const count = this.options.layers.flatMap(({ parameters }) => parameters).length;
    const averages = count * (1 + this.#slots);
    const slots = Array.from({ length: this.#slots }, (_, slot) =>
      this.#network.pack(
        members.map((list) => list.slice(count, averages).filter((_, at) => at % this.#slots === slot)),
      ),
    );
    const copies = members.map((list) => inParts(list.slice(averages), count));
    return [
      ...this.#network.pack(members.map((list) => list.slice(0, count))),
      ...Array.from({ length: this.learned }, (_, array) => slots.map((list) => list[array]!)).flat(),
      ...copies[0]!.flatMap((_, copy) => this.#network.pack(copies.map((list) => list[copy]!))),
    ];
  }

  unpack(carried: readonly ArrayValue[]): readonly (readonly ArrayValue[])[] {
    const averages = this.learned * (1 + this.#slots);
    return this.members.map((_, member) => {
      const parameters = this.#network.unpack(carried.slice(0, this.learned), member);
      const slots = Array.from({ length: this.#slots }, (_, slot) =>
        this.#network.unpack(
          carried.slice(this.learned, averages).filter((_, at) => at % this.#slots === slot),
          member,
        ),
      );
      const copies = inParts(carried.slice(averages), this.learned);
      return [
        ...parameters,
        ...parameters.flatMap((_, index) => slots.map((list) => list[index]!)),
        ...copies.flatMap((copy) => this.#network.unpack(copy, member)),
      ];
    });
  }

  rowsOf(member: number, set: "train" | "validation"): Int32Array {
    return this.#table.rowsOf(this.members[member]![set]!);
  }

  gradients(carried: readonly tf.Tensor[], { rows, masks }: StepInputs, gather: Gather): StepGradients {
    const { l1 = 0, l2 = 0 } = this.options;
    const learned = carried.slice(0, this.learned);
    const { output, gradients } = this.#network.forward(learned, gather(0, rows), masks);
    const weights = this.#network.weights();
    const { d, factor } = this.judges[0]!.criterion.gradient(tf, output, gather(1, rows), this.#classWeights());
    return {
      running: [],
      gradients: gradients(d, factor).map((gradient, array) =>
        l1 > 0 || l2 > 0 ? penalised(gradient, learned[array]!, weights(array), this.options) : gradient,
      ),
      weights,
      outputs: [output],
    };
  }

  /** Of each member, float32 [members, 1, classes]; null where all classes count alike. */
  #classWeights(): tf.Tensor | null {
    const rows = this.#losses.flatMap(({ classWeight }) => (Array.isArray(classWeight) ? [[[...classWeight]]] : []));
    return rows.length > 0 ? tf.tensor3d(rows) : null;
  }

  judge(carried: readonly tf.Tensor[], rows: tf.Tensor, gather: Gather): tf.Tensor {
    return this.#network.forward(carried.slice(0, this.learned), gather(0, rows), null).output;
  }

  /** Losses are added up here: how ONNX Runtime adds depends on how many there are beside them. */
  scores(
    member: number,
    [output]: readonly ArrayValue[],
    rows: Int32Array,
    { from, steps, batch }: StepRange,
  ): StepScores {
    const width = this.#network.outputs;
    const { shape, data } = this.#table.wanted;
    const wanted = { data: data as Float32Array, width: shape[1]! };
    const outputs = output!.data as Float32Array;
    const judge = this.judges[member]!;
    const losses: number[] = [];
    const correct: number[] = [];
    for (let step = 0; step < steps; step++) {
      const at = ((from + step) * this.members.length + member) * batch;
      const score = batchScore(judge, { outputs, from: at * width, width }, rows, at, batch, wanted);
      losses.push(score.loss);
      correct.push(score.correct);
    }
    return { losses, correct: judge.reading ? correct : null };
  }
}
