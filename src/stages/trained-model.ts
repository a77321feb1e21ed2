/** What a training leaves: the model, and apart from it the state from which a longer training goes on. */
import type { ArrayValue } from "../compute/program.js";
import type { Mistake } from "../diagnostic/diagnostic.js";
import { type PlacedLayer, pathsOf } from "../learn/layer.js";
import { type Loss, storedLoss } from "../learn/losses.js";
import type { FitResult, FitState } from "../learn/training.js";
import type { JsonObject } from "../util/json.js";
import { type Blob, blobOf, float32Of } from "../values/blob.js";
import type { Resumed } from "../values/computed.js";
import type { DatasetData, Scaling } from "../values/dataset.js";
import { historyBlob, historyOf, type ModelData, trainingStateOf } from "../values/model.js";
import { type Output, type Outputs, outputOf } from "../values/output.js";
import { namesIn } from "./dataset.js";
import type { TrainOptions } from "./train-options.js";

interface Trained {
  readonly options: TrainOptions;
  /** With weights as numbers. */
  readonly loss: Loss;
  readonly data: DatasetData;
  readonly layers: readonly PlacedLayer[];
  readonly fit: FitResult;
  readonly targetScaling: Scaling | undefined;
}
export function modelOutput({ options, loss, data, layers, fit: result, targetScaling }: Trained): Output {
  const parameters = layers.flatMap((layer) => layer.parameters);
  const { history } = result.state;
  const of = options.early_stopping ? history[result.bestEpoch - 1]! : history[history.length - 1]!;
  const model: ModelData = {
    layers: layers.map(layerJson),
    inputShape: data.shape,
    outputShape: layers[layers.length - 1]!.output,
    scale: data.scale,
    ...(data.rawScale === undefined ? {} : { rawScale: data.rawScale }),
    ...(data.rawDoubles ? { rawDoubles: data.rawDoubles } : {}),
    classes: data.classes,
    ...namesIn(data),
    ...(data.reading ? { reading: data.reading } : {}),
    ...(targetScaling ? { targetScaling } : {}),
    ...storedLoss(loss),
    parameters: parameters.map(({ name, shape, trained }) => ({ name, shape, trained })),
    stopped: result.stopped,
    ...(options.early_stopping?.metric ? { stoppedBy: options.early_stopping.metric } : {}),
    ...averageHeld(options, of.epoch),
    metrics: {
      train: of.train,
      ...(of.validation ? { validation: of.validation } : {}),
      ...(of.unaveraged ? { unaveraged: of.unaveraged } : {}),
      epochs: history.length,
      bestEpoch: result.bestEpoch,
    },
  };
  return {
    type: "model",
    data: model,
    blobs: {
      ...Object.fromEntries(parameters.map(({ name }, index) => [name, arrayBlob(result.parameters[index]!)])),
      history: historyBlob(history),
    },
  };
}

/** @param epoch  whose end the model is of */
function averageHeld(
  { weight_average: exponential, average }: TrainOptions,
  epoch: number,
): Pick<ModelData, "average"> {
  if (exponential) return { average: exponential };
  return average ? { average: { last: Math.min(average.last, epoch) } } : {};
}

/** As checked, so that it can be placed again, with its name and shapes; of a block, those of its layers too. */
function layerJson(placed: PlacedLayer): JsonObject {
  const { layer, name, input, output } = placed;
  const place = { name, input: [...input], output: [...output] };
  if (layer.type !== "residual") return { ...place, ...layer };
  const [own, projection] = pathsOf(placed).map((path) => path.map(layerJson));
  return { ...place, ...layer, layers: own!, ...(projection!.length > 0 ? { projection: projection! } : {}) };
}

const arrayBlob = (value: ArrayValue): Blob => blobOf("float32", [...value.shape], value.data);
/** Numbered; whoever reads them sorts by the number, whatever the order of names. */
const numbered = (prefix: string, values: readonly ArrayValue[]): Record<string, Blob> =>
  Object.fromEntries(values.map((value, index) => [`${prefix}_${String(index).padStart(4, "0")}`, arrayBlob(value)]));

/**
 * @param elapsedMs  what its epochs took, over all runs that computed some of them; undefined where that is not known
 * @param diverged  of the last state of a training that went wrong after it: how
 */
export function stateOutput(
  state: FitState,
  elapsedMs?: number,
  diverged?: Pick<Mistake, "title" | "message">,
): Output {
  return {
    type: "model",
    data: {
      epoch: state.epoch,
      best: state.best ? state.best.epoch : null,
      ...(elapsedMs === undefined ? {} : { elapsedMs }),
      ...(diverged ? { diverged: { title: diverged.title, message: diverged.message } } : {}),
    },
    blobs: {
      history: historyBlob(state.history),
      ...numbered("array", state.arrays),
      ...(state.best ? numbered("best", state.best.parameters) : {}),
    },
  };
}

const numberOf = (name: string): number => Number(name.slice(name.lastIndexOf("_") + 1));

/** What a training goes on from, in numbers. */
export function resumedFrom(outputs: Outputs | undefined): Resumed | undefined {
  if (!outputs?.state) return undefined;
  const { epoch, elapsedMs = null } = trainingStateOf(outputOf(outputs.state, "model"));
  return { epochs: epoch, elapsedMs };
}

export function stateOf(outputs: Outputs | undefined): FitState | undefined {
  const state = outputs?.state;
  if (!state) return undefined;
  const data = trainingStateOf(outputOf(state, "model"));
  const read = (prefix: string): ArrayValue[] =>
    Object.keys(state.blobs)
      .filter((name) => name.startsWith(`${prefix}_`))
      .sort((a, b) => numberOf(a) - numberOf(b))
      .map((name) => ({ dtype: "float32", shape: state.blobs[name]!.shape, data: float32Of(state.blobs[name]!) }));
  return {
    epoch: data.epoch,
    arrays: read("array"),
    history: historyOf(state),
    best: data.best === null ? null : { epoch: data.best, parameters: read("best") },
  };
}
