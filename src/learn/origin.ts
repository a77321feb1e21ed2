/**
 * Where the first number of a step that is NaN or infinite comes from: the step is computed once more in a program that
 * shows what each layer gives and the gradient of each parameter.
 *
 * What goes first counts first: the outputs of layers in the order in which they are computed, the loss, running
 * statistics, gradients from the output backwards, then what the update leaves. The program is that of a network by
 * itself, so of a stack the numbers here may be rounded otherwise than in training; where they are finite here, nothing
 * is found and nothing is claimed.
 */
import type { ArrayValue, Compute, ProgramBody } from "../compute/program.js";
import { tf } from "../util/tfjs.js";
import { modelParameters } from "./average.js";
import { type Stretch, stepsPerEpoch, stretchesOf } from "./batches.js";
import { mostSteps } from "./call-size.js";
import { type Found, isFinite32, type Part } from "./diverged.js";
import { Feed } from "./feed.js";
import { ruleOf } from "./optimizer.js";
import { batchRows } from "./predict.js";
import { Rates } from "./rates.js";
import { release, SingleTraining } from "./single-training.js";
import type { Member, TrainingOptions } from "./training.js";

/** A step, and what it starts from. */
export interface LookedAt {
  readonly epoch: number;
  /** From 0. */
  readonly step: number;
  /** Parameters, then slots, before the step, all finite; … */
  readonly before: readonly ArrayValue[];
  /** … and after it. */
  readonly after: readonly ArrayValue[];
  /** Where the training set is augmented: what the step was fed, [1, batch, ...shape]. */
  readonly pictures: ArrayValue | null;
}

/** @returns null where all is finite */
export function firstInStep(
  compute: Compute,
  member: Member,
  options: TrainingOptions,
  looked: LookedAt,
): Found | null {
  const single = new SingleTraining(member, options, false);
  const { rows, masks } = fedStep(single, member, options, looked);
  const { pictures } = looked;
  const names: Omit<Found, "value">[] = [];
  const body: ProgramBody = (_constants, slices, state, gather) => {
    names.length = 0;
    const outputs: tf.Tensor[] = [];
    const show = (name: Omit<Found, "value">, tensor: tf.Tensor): void => {
      names.push(name);
      outputs.push(tensor.clone());
    };
    const [rowNumbers, ...others] = slices as [tf.Tensor, ...tf.Tensor[]];
    const shown = pictures ? others.shift()! : null;
    const gradients: [string, readonly tf.Tensor[]][] = [];
    const layers: [string, tf.Tensor][] = [];
    const made = single.gradients(
      state,
      { rows: rowNumbers, pictures: shown, masks: new Map([...masks.keys()].map((name, at) => [name, others[at]!])) },
      gather,
      {
        // Within the gradient's scope, which disposes what is not kept.
        output: (layer, tensor) => layers.push([layer, tf.keep(tensor.clone())]),
        gradient: (name, pieces) => gradients.push([name, pieces]),
      },
    );
    for (const [layer, tensor] of layers) show(ofLayer(layer), release(tensor));
    show({ part: "loss", layer: null, name: "" }, made.outputs[0]!);
    for (const [name, pieces] of fromOutput(gradients, ([each]) => each))
      for (const piece of pieces) show(ofParameter("gradient", name), piece);
    return { state, outputs };
  };
  const list = [rows, ...(pictures ? [pictures] : []), ...masks.values()];
  const program = compute.program(single.constants, single.pack([looked.before]), body);
  try {
    const shown = program.run(list).map((array, index) => found(names[index]!, array));
    const isForward = ({ part }: Found): boolean => part !== "gradient";
    const seen = shown.filter((each) => each !== null);
    const [running, updated] = afterStep(options, looked.after);
    return seen.find(isForward) ?? running ?? seen[0] ?? updated;
  } finally {
    program.dispose();
  }
}

/**
 * @param arrays  that are carried after the epoch
 * @returns       the first layer whose output for the validation set is not finite, or null
 */
export function firstInValidation(
  compute: Compute,
  member: Member,
  options: TrainingOptions,
  arrays: readonly ArrayValue[],
): Found | null {
  // What the model would hold is judged, and beside an average also the weights as they are trained.
  const model = modelParameters(arrays, options);
  const isAveraged = options.average !== undefined;
  const first = firstOfNetwork(compute, member, options, [...model, ...arrays.slice(model.length)]);
  return first ?? (isAveraged ? firstOfNetwork(compute, member, options, arrays) : null);
}

function firstOfNetwork(
  compute: Compute,
  member: Member,
  options: TrainingOptions,
  arrays: readonly ArrayValue[],
): Found | null {
  const single = new SingleTraining(member, options, false);
  const names: string[] = [];
  const body: ProgramBody = (_constants, [rows], state, gather) => {
    names.length = 0;
    const outputs: tf.Tensor[] = [];
    single.judge(state, rows!, gather, (layer, tensor) => {
      names.push(layer);
      outputs.push(tensor);
    });
    return { state, outputs };
  };
  const batches = batchRows({ rows: single.rowsOf(0, "validation") });
  const [count, batch] = batches.shape as [number, number];
  const program = compute.program(single.constants, single.pack([arrays]), body);
  try {
    let [first, place]: [Found | null, number] = [null, Number.POSITIVE_INFINITY];
    for (let at = 0; at < count && place > 0; at++) {
      const rows = batches.data.subarray(at * batch, (at + 1) * batch) as Int32Array;
      const outputs = program.run([{ dtype: "int32", shape: [1, batch], data: rows }]);
      const index = outputs.findIndex(({ data }) => !isFinite32(data));
      if (index >= 0 && index < place) [first, place] = [found(ofLayer(names[index]!), outputs[index]!), index];
    }
    return first;
  } finally {
    program.dispose();
  }
}

/** What a step of a network by itself is fed; masks are drawn from the beginning of the epoch on. */
function fedStep(
  single: SingleTraining,
  member: Member,
  options: TrainingOptions,
  { epoch, step }: LookedAt,
): { readonly rows: ArrayValue; readonly masks: ReadonlyMap<string, ArrayValue> } {
  const { count } = member.train;
  // The optimiser's numbers are read by nobody here.
  const rates = new Rates(options.schedule, stepsPerEpoch(count, options), options.epochs);
  const feed = new Feed(options, [member], false, () => single.rowsOf(0, "train"), null, rates);
  const draws = feed.draws(epoch, () => false);
  const most = mostSteps(options, [member]);
  for (const { from, steps, batch } of stretchesOf(count, options)) {
    for (let at = from; at < Math.min(step, from + steps); ) {
      const taken: Stretch = { from: at, steps: Math.min(most, step - at, from + steps - at), batch };
      feed.steps([draws], taken);
      at += taken.steps;
    }
    if (step < from + steps) return feed.steps([draws], { from: step, steps: 1, batch });
  }
  throw new Error(`hw1 bug: no step ${step} in an epoch`);
}

/** The first running statistics that are not finite after a step, and the first of what the optimiser left. */
function afterStep(
  { layers, optimizer }: TrainingOptions,
  after: readonly ArrayValue[],
): readonly [running: Found | null, updated: Found | null] {
  const parameters = layers.flatMap((layer) => layer.parameters);
  const { slots } = ruleOf(optimizer);
  const trained = parameters.filter((parameter) => parameter.trained);
  const slotsOf = (name: string): readonly (Found | null)[] => {
    const at = parameters.length + trained.findIndex((parameter) => parameter.name === name) * slots.length;
    return slots.map((slot, index) => found({ ...ofParameter("slot", name), slot }, after[at + index]!));
  };
  const leftIn = (part: Part, name: string): Found | null =>
    found(ofParameter(part, name), after[parameters.findIndex((parameter) => parameter.name === name)]!);
  const first = (list: readonly (Found | null)[]): Found | null => list.find((each) => each !== null) ?? null;
  return [
    first(parameters.filter((parameter) => !parameter.trained).map(({ name }) => leftIn("running", name))),
    first(fromOutput(trained, ({ name }) => name).flatMap(({ name }) => [...slotsOf(name), leftIn("parameter", name)])),
  ];
}

/** The layer that a parameter, or an activation that is computed apart from its layer, belongs to. */
const layerOf = (name: string): string => name.slice(0, name.lastIndexOf("."));
const ofParameter = (part: Part, name: string): Omit<Found, "value"> => ({ part, layer: layerOf(name), name });
function ofLayer(name: string): Omit<Found, "value"> {
  const layer = name.endsWith(".activation") ? layerOf(name) : name;
  return { part: "output", layer, name: layer };
}

/** Layers from the output backwards; the parameters of each in their order. */
function fromOutput<T>(list: readonly T[], nameOf: (item: T) => string): readonly T[] {
  const byLayer = new Map<string, T[]>();
  for (const item of list) {
    const layer = layerOf(nameOf(item));
    byLayer.set(layer, [...(byLayer.get(layer) ?? []), item]);
  }
  return [...byLayer.values()].reverse().flat();
}

function found(name: Omit<Found, "value">, { data }: ArrayValue): Found | null {
  if (isFinite32(data)) return null;
  const isInfinite = (data as Float32Array).some((value) => Math.abs(value) === Number.POSITIVE_INFINITY);
  return { ...name, value: isInfinite ? "infinite" : "NaN" };
}
