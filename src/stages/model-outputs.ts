/**
 * What a model says of data: its network's outputs, or what the networks of an ensemble say together.
 *
 * Each network is shown the data as it learned from them: columns in its own order, on its own scale. What they say is
 * brought back to the units of the targets and put in the order of the whole, which is that of the first.
 */
import type { ArrayValue } from "../compute/program.js";
import { providedCompute } from "../compute/provider.js";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { Outputs } from "../learn/criterion.js";
import { type Examples, examplesOf } from "../learn/data.js";
import { judgedBy, MeanOfClasses, MeanOfNumbers, type Order, outputsOfMean, type Speaker } from "../learn/ensemble.js";
import { type Layer, placeLayers } from "../learn/layer.js";
import { type Loss, lossOfModel, readingOf } from "../learn/losses.js";
import type { UndefinedLosses } from "../learn/metrics.js";
import { normalised } from "../learn/normalization.js";
import type { Predictor } from "../learn/predict.js";
import { inTargetUnits } from "../learn/target-scaling.js";
import { StoppedError } from "../learn/training.js";
import { InterruptedError, type RunContext } from "../pipeline/run-context.js";
import { canonical, type JsonObject } from "../util/json.js";
import { float32Of } from "../values/blob.js";
import type { Dataset, Normalization } from "../values/dataset.js";
import { ensembleOf, type Member, type ModelData, membersOf } from "../values/model.js";
import type { Output } from "../values/output.js";
import { inOrder, orderOf, stepsTo, traitsOf, withSteps } from "./agreement.js";
import { unitOf } from "./dataset.js";
import type { Meeting } from "./meetings.js";

/** Values of one feature at which the model is asked, too, on the scale on which the data are stored. */
export type Grid = Float32Array | Float64Array;
/** What is said of examples, and at the places of a grid. */
export interface ModelOutputs {
  /** [count, width], as `loss` reads them; shares of votes where these are all there is. */
  readonly outputs: Outputs;
  readonly width: number;
  /** Of classes: what `outputs` say of each, float32 [count, classes]; null where they are numbers. */
  readonly probabilities: Float32Array | null;
  /** float32 [places, width]; [] without a grid. */
  readonly atGrid: Float32Array;
  readonly loss: Loss;
  readonly without: UndefinedLosses;
}
type Hooks = Pick<RunContext<unknown>, "progress" | "stopping">;

/**
 * @param data  in the order of the model, on the scale on which they were given
 * @throws      MistakeError where outputs are no numbers or data are normalised otherwise; InterruptedError
 */
export async function outputsOf(
  model: Output<"model">,
  data: Dataset,
  grid: Grid | null,
  meeting: Meeting,
  hooks: Hooks,
): Promise<ModelOutputs> {
  const members = membersOf(model);
  const ensemble = ensembleOf(model);
  const { count } = data.data;
  const network = new ShownNetwork(data, grid, meeting, hooks);
  const said = async (member: Member, index: number): Promise<Float32Array> => {
    const own = await network.outputs(member, index / members.length, 1 / members.length);
    // The one place where the scaling of targets is undone.
    const outputs = inTargetUnits(own, member.model.targetScaling);
    const width = widthOf(member.model);
    checkOutputs(outputs.subarray(0, count * width), width, ensemble ? index : null);
    return outputs;
  };
  try {
    return await saidBy(model, members, count, grid?.length ?? 0, said);
  } finally {
    network.dispose();
  }
}

async function saidBy(
  model: Output<"model">,
  members: readonly Member[],
  count: number,
  places: number,
  said: (member: Member, index: number) => Promise<Float32Array>,
): Promise<ModelOutputs> {
  const ensemble = ensembleOf(model);
  if (!ensemble) {
    const [{ model: only }] = members as [Member];
    const [all, width] = [await said(members[0]!, 0), widthOf(only)];
    const outputs = all.subarray(0, count * width);
    const probabilities = readingOf(only.loss)?.probabilities(outputs, width) ?? null;
    const atGrid = all.subarray(count * width);
    return { outputs, width, probabilities, atGrid, loss: lossOfModel(only), without: [] };
  }
  const first = members[0]!.model;
  const speakers = members.map(({ model: its }): Speaker => ({ ...its, order: outputOrder(first, its) }));
  const judging = judgedBy(speakers, ensemble.rule);
  if (!first.classes) {
    const width = widthOf(first);
    const mean = new MeanOfNumbers(count + places, width);
    for (const [index, member] of members.entries()) mean.add(speakers[index]!, await said(member, index));
    const all = mean.outputs();
    const [outputs, atGrid] = [all.subarray(0, count * width), all.subarray(count * width)];
    return { outputs, width, probabilities: null, atGrid, ...judging };
  }
  const width = first.classes.length;
  const mean = new MeanOfClasses(count, width);
  for (const [index, member] of members.entries()) mean.add(speakers[index]!, await said(member, index));
  const atGrid = new Float32Array(0);
  if (ensemble.rule === "vote") {
    const shares = mean.shares();
    return { outputs: shares, width, probabilities: shares, atGrid, ...judging };
  }
  const outputs = outputsOfMean(mean, judging.loss);
  const own = outputs.length / count;
  const probabilities = readingOf(judging.loss.type)!.probabilities(outputs, own);
  return { outputs, width: own, probabilities, atGrid, ...judging };
}

/** Outputs of a network for an example. */
const widthOf = ({ outputShape }: ModelData): number => outputShape[0]!;

/** Where the whole's classes, or targets, stand among a member's. */
export function outputOrder(whole: ModelData, member: ModelData): Order {
  const order = whole.classes ? orderOf(whole.classes, member.classes) : orderOf(whole.targetNames, member.targetNames);
  // Members with other names were refused; of those that only count theirs the order is the same.
  return typeof order === "string" ? null : order;
}

/**
 * Nothing is scored from outputs that are no numbers: the first class would be counted as predicted.
 *
 * @param member  of an ensemble, counted from 0
 * @throws        MistakeError
 */
function checkOutputs(outputs: Float32Array, width: number, member: number | null): void {
  const bad = new Set<number>();
  for (let index = 0; index < outputs.length; index++)
    if (!Number.isFinite(outputs[index])) bad.add(Math.floor(index / width));
  if (bad.size === 0) return;
  const who = member === null ? "the model's outputs" : `the outputs of member ${member + 1}`;
  throw new MistakeError({
    title: "the model's outputs are not finite",
    message:
      `For ${bad.size} of ${outputs.length / width} examples ${who} are NaN or infinite, so ` +
      "nothing is scored from them. Either its training diverged (try a smaller learning rate), or these " +
      "examples lie far from those that it learned from (compare their features).",
    at: ["model"],
  });
}

/**
 * Data as a network learned from them: columns in its order, on its scale; and what was done to theirs.
 *
 * @throws MistakeError where they have other columns, or are normalised otherwise
 */
export function shownTo(
  model: ModelData,
  given: Dataset,
  meeting: Meeting,
): { readonly data: Dataset; readonly steps: readonly Normalization[] } {
  const { output } = inOrder(given, traitsOf(model), { ...meeting, featuresOnly: true });
  const steps = stepsTo(output, model.normalization, meeting);
  return { data: withSteps(output, steps, meeting), steps };
}

/** Layers as `train` has checked them, which is how a model keeps them, with names and shapes beside. */
export const placedAgain = (layers: readonly JsonObject[], inputShape: readonly number[]) =>
  placeLayers(layers as Layer[], inputShape);

export function placedLayersOf({ layers, inputShape }: Pick<ModelData, "layers" | "inputShape">) {
  const placed = placedAgain(layers, inputShape);
  if (!placed.ok) throw new Error(`hw1 bug: a model that does not fit its own input: ${placed.misfit.message}`);
  return placed.layers;
}

/** The numbers that a network computes with, by the names of its parameters. */
export const parametersOf = ({ model, arrays }: Member): ReadonlyMap<string, ArrayValue> =>
  new Map(
    model.parameters.map(({ name }) => {
      const { shape } = arrays[name]!;
      return [name, { dtype: "float32", shape, data: float32Of(arrays[name]!) }] as const;
    }),
  );

/**
 * Data as a network is shown them, and the network's program. The next member has the same ones where its layers and
 * its scale are the same, which those of one stage mostly are; others are no longer needed.
 */
class ShownNetwork {
  #last: { readonly key: string; readonly worker: Predictor } | undefined;
  /** Of the network that is asked: where its part of the whole begins, and how much that is. */
  #part = { from: 0, share: 1 };

  constructor(
    readonly given: Dataset,
    readonly grid: Grid | null,
    readonly meeting: Meeting,
    readonly hooks: Hooks,
  ) {}

  /** For the examples and behind them the places of the grid. */
  async outputs({ model, arrays }: Member, from: number, share: number): Promise<Float32Array> {
    this.#part = { from, share };
    const given = parametersOf({ model, arrays });
    const [names, parameters] = [[...given.keys()], [...given.values()]];
    const { featureNames = [], normalization = [] } = model;
    const key = canonical([model.layers, names, featureNames, normalization]);
    if (this.#last?.key !== key) {
      this.dispose();
      this.#last = { key, worker: await this.#predictor(model, names, parameters) };
    }
    try {
      return await this.#last.worker.predict(parameters);
    } catch (error) {
      throw error instanceof StoppedError ? new InterruptedError() : error;
    }
  }

  async #predictor(model: ModelData, names: readonly string[], start: readonly ArrayValue[]): Promise<Predictor> {
    const { given, grid, meeting, hooks } = this;
    const { data, steps } = shownTo(model, given, meeting);
    const examples = examplesOf(data);
    const layers = placedLayersOf(model);
    const places = grid && steps.length > 0 ? normalised({ features: grid, scale: given.data.scale }, steps) : grid;
    // Loaded here, so that checking and planning load no TF.js.
    const { predictor } = await import("../learn/predict.js");
    const shown = places ? withGrid(examples, places) : examples;
    return predictor(providedCompute(), layers, names, shown, start, {
      report: ({ fraction, ...reached }) =>
        hooks.progress({
          fraction: this.#part.from + fraction * this.#part.share,
          ...reached,
          ...unitOf(examples.shape),
        }),
      stopping: hooks.stopping,
      now: () => performance.now(),
    });
  }

  dispose(): void {
    this.#last?.worker.dispose();
    this.#last = undefined;
  }
}

/** The examples, and behind them the places of the grid. */
function withGrid(examples: Examples, grid: Grid): Examples {
  const stored = examples.features.length;
  const features = new Float32Array(stored + grid.length);
  features.set(examples.features);
  features.set(grid, stored);
  return {
    ...examples,
    features,
    count: examples.count + grid.length,
    rows: Int32Array.from([...examples.rows, ...grid.map((_, index) => stored + index)]),
  };
}
