/** The steps of one network of any layers: gradients are TF.js's own, and the step itself tells its loss. */
import type { ArrayValue } from "../compute/program.js";
import { tf } from "../util/tfjs.js";
import type { Examples } from "./data.js";
import type { StepInputs } from "./feed.js";
import { resolvedLoss } from "./losses.js";
import { forward, type Tap } from "./model.js";
import { ruleOf } from "./optimizer.js";
import { Packing, type Pieces } from "./packing.js";
import { penalised, type Share } from "./penalties.js";
import { pictureType } from "./pictures.js";
import { featuresArray, scaled } from "./predict.js";
import { type Judge, judgeOf } from "./score.js";
import type { Member, TrainingOptions } from "./training.js";
import type { Gather, StepGradients, StepRange, StepScores, TrainingSteps } from "./training-steps.js";

/** Who looks into a step: what each layer gives, then the gradient of each learned parameter, in pieces. */
export interface StepTaps {
  readonly output: Tap;
  gradient(parameter: string, pieces: readonly tf.Tensor[]): void;
}

export class SingleTraining implements TrainingSteps {
  readonly isStacked = false;
  readonly constants: readonly ArrayValue[];
  readonly running: number;
  readonly learned: number;
  /** Which of the constants they are; the validation set comes after them. */
  readonly #labels: number;
  readonly #packing: Packing;
  readonly judges: readonly [Judge];
  /** Names of the learned parameters, each in so many pieces. */
  readonly #names: readonly string[];
  /** Those of them that penalties and decay are about. */
  readonly #weights: ReadonlySet<string>;

  /** @param inPieces  whether wide weights are carried in pieces */
  constructor(
    readonly member: Member,
    readonly options: TrainingOptions,
    inPieces: boolean,
  ) {
    const { train, validation } = member;
    const parameters = options.layers.flatMap((layer) => layer.parameters);
    this.#packing = new Packing(parameters, ruleOf(options.optimizer).slots.length, inPieces);
    this.judges = [judgeOf(resolvedLoss(options.loss, train))];
    this.#names = parameters.filter(({ trained }) => trained).map(({ name }) => name);
    this.#weights = new Set(parameters.filter(({ isWeight }) => isWeight).map(({ name }) => name));
    this.running = this.#packing.fixed.length;
    this.learned = this.#packing.groups.length;
    this.constants = [
      // Of an augmentation every step is fed its own pictures.
      ...(train.augmentation ? [] : [featuresArray(train)]),
      labelsArray(train),
      ...(validation ? [featuresArray(validation)] : []),
    ];
    this.#labels = train.augmentation ? 0 : 1;
  }

  pack([arrays]: readonly (readonly ArrayValue[])[]): readonly ArrayValue[] {
    return this.#packing.pack(arrays!);
  }
  unpack(carried: readonly ArrayValue[]): readonly (readonly ArrayValue[])[] {
    return [this.#packing.unpack(carried)];
  }
  rowsOf(_member: number, set: "train" | "validation"): Int32Array {
    return this.member[set]!.rows;
  }

  /** @param taps  where given, are shown what is to be had within the step */
  gradients(
    carried: readonly tf.Tensor[],
    { rows, masks, pictures }: Pick<StepInputs, "rows" | "masks" | "pictures">,
    gather: Gather,
    taps?: StepTaps,
  ): StepGradients {
    const { layers } = this.options;
    const [{ criterion, reading }] = this.judges;
    const packing = this.#packing;
    const { augmentation, scale } = this.member.train;
    const x =
      pictures && augmentation ? scaled(pictures, pictureType(augmentation).scale) : scaled(gather(0, rows), scale);
    const y = gather(this.#labels, rows);
    const values = packing.parameters(carried);
    let output: tf.Tensor | undefined;
    let running: ReadonlyMap<string, tf.Tensor> = new Map();
    const graded = tf.valueAndGrads((...weights: tf.Tensor[]) => {
      const learned = [...this.#byName(values, weights)].map(([name, parts]): readonly [string, Pieces] => [
        name,
        { parts, areTurned: values.get(name)!.areTurned },
      ]);
      const pass = forward(layers, new Map([...values, ...learned]), x, { masks }, taps?.output);
      output = tf.keep(pass.output);
      running = new Map([...pass.running].map(([name, tensor]) => [name, tf.keep(tensor)]));
      return criterion.value(tf, pass.output, y) as tf.Scalar;
    })(this.#names.flatMap((name) => values.get(name)!.parts));
    const released = new Map([...running].map(([name, tensor]) => [name, release(tensor)]));
    const byName = this.#byName(values, graded.grads);
    for (const [name, pieces] of taps ? byName : []) taps!.gradient(name, pieces);
    const gradients = [...byName].map(([name, parts]): readonly [string, readonly tf.Tensor[]] => [
      name,
      parts.map((gradient, index) =>
        penalised(gradient, values.get(name)!.parts[index]!, this.#weights.has(name) ? 1 : 0, this.options),
      ),
    ]);
    const judged = release(output!);
    const outputs = reading ? [graded.value, reading.correct(tf, judged, y)] : [graded.value];
    return {
      running: packing.fixed.map(({ name }) => released.get(name)!),
      gradients: packing.gradients(new Map(gradients)),
      weights: (array): Share => packing.share(array, (name) => this.#weights.has(name)),
      outputs,
    };
  }

  /** A list of all pieces, parameter by parameter, as pieces by name. */
  #byName(
    values: ReadonlyMap<string, Pieces>,
    pieces: readonly tf.Tensor[],
  ): ReadonlyMap<string, readonly tf.Tensor[]> {
    let at = 0;
    return new Map(
      this.#names.map((name) => {
        const from = at;
        at += values.get(name)!.parts.length;
        return [name, pieces.slice(from, at)];
      }),
    );
  }

  judge(carried: readonly tf.Tensor[], rows: tf.Tensor, gather: Gather, tap?: Tap): tf.Tensor {
    const x = scaled(gather(this.#labels + 1, rows), this.member.validation!.scale);
    return forward(this.options.layers, this.#packing.parameters(carried), x, null, tap).output;
  }

  scores(_member: number, outputs: readonly ArrayValue[], _rows: Int32Array, { from, steps }: StepRange): StepScores {
    const [losses, correct] = outputs.map(({ data }) => (data as Float32Array).subarray(from, from + steps));
    return { losses: losses!, correct: correct ?? null };
  }
}

const labelsArray = ({ labels, classes, targets }: Examples): ArrayValue => ({
  dtype: labels instanceof Int32Array ? "int32" : "float32",
  shape: classes ? [labels.length] : [labels.length / targets, targets],
  data: labels,
});

/** Hands a kept tensor over to the scope around, which disposes it. */
export function release(kept: tf.Tensor): tf.Tensor {
  const scoped = tf.clone(kept);
  kept.dispose();
  return scoped;
}
