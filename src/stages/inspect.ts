/**
 * inspect: what a network learned, looked at from inside; what is computed of it is left as data, which figures draw.
 *
 * It judges nothing and decides nothing: examples of a test set may be looked at, which is no opening of it.
 */
import { providedCompute } from "../compute/provider.js";
import { MistakeError } from "../diagnostic/diagnostic.js";
import type { LookedAt, Pause, Shown } from "../inspect/looked-at.js";
import { nameable, unfolded } from "../inspect/unfolded.js";
import { examplesOf } from "../learn/data.js";
import type { Kind } from "../pipeline/kind.js";
import { InterruptedError, type RunContext } from "../pipeline/run-context.js";
import type { Blob } from "../values/blob.js";
import { blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import type { AspectName, Aspects, InspectionData } from "../values/inspection.js";
import { inspectionHeadline, inspectionPreview } from "../values/inspection-preview.js";
import { ensembleOf, modelOf } from "../values/model.js";
import { outputOf } from "../values/output.js";
import { inOrder, normalisedRemark, traitsOf } from "./agreement.js";
import type { AspectScene } from "./aspect-declaration.js";
import { askedFor, aspects, type Given, namesWritten } from "./aspects.js";
import { readers, requirePlain } from "./augmented.js";
import { namesIn, rowsOf } from "./dataset.js";
import { checkInspect, looksAtInputs, nothingToShow, ofEnsemble, sceneOf } from "./inspect-check.js";
import { type ChosenInputs, chosenInputs } from "./inspect-inputs.js";
import { type InspectInputs, type InspectOptions, schema } from "./inspect-options.js";
import { meetings } from "./meetings.js";
import { parametersOf, placedLayersOf, shownTo } from "./model-outputs.js";

export const inspect: Kind<InspectOptions, InspectInputs> = {
  name: "inspect",
  version: 2,
  summary: "Looks into a trained network: kernels, activations, feature maps and more, as data for figures.",
  schema,
  optionNames: Object.keys(schema.shape),
  spelled: ["inputs"],
  inputs: [
    { option: "model", accepts: ["model"], description: "The network to look into." },
    { option: "data", accepts: ["dataset"], optional: true, description: "The dataset that `inputs` are taken from." },
  ],
  outputs: { inspection: "What was looked at, aspect by aspect (docs/inspecting.md)." },
  example: `
stages:
  digits: {kind: load, source: mnist}
  cnn:
    kind: train
    data: digits.train
    layers: [{conv: {kernels: 16, size: 5, activation: relu}}, {max_pool: 2}, flatten, {dense: {units: 10}}]
    loss: cross_entropy
    optimizer: adam
    epochs: 1
  inside:
    kind: inspect
    model: cnn
    data: digits.test
    inputs: {labels: [0, 3, 5]}
    what: [kernels, feature_maps, {activations: {layers: dense_1}}]
`,
  usesEngine: true,
  drawsRandomNumbers: ({ what }) =>
    what === true ||
    namesWritten(what).some((name) => Object.hasOwn(aspects, name) && aspects[name as AspectName].drawsRandomNumbers),
  preview: (_name, output) => inspectionPreview(outputOf(output, "inspection")),
  headline: ({ inspection }) => inspectionHeadline(outputOf(inspection, "inspection")),
  check: checkInspect,
  async run(context) {
    const { options, inputs, progress, stopping, seeds, threads } = context;
    if (ensembleOf(inputs.model)) throw new MistakeError(ofEnsemble);
    const model = modelOf(inputs.model);
    const layers = placedLayersOf(model);
    const looked: LookedAt = {
      layers,
      unfolded: unfolded(layers),
      parameters: parametersOf({ model, arrays: inputs.model.blobs }),
    };
    if (model.targetScaling)
      progress({ remark: "what is told of the last layer's outputs is of scaled targets, as the network says them" });
    const asked = askedFor(options.what);
    const scenesFor = (inputCount: number | null): readonly AspectScene<Given>[] =>
      asked.map(({ name, options: own }, index) => {
        const known = { network: layers, inputShape: model.inputShape, classes: model.classes, inputCount };
        const scene = sceneOf(name, own, known);
        if ("title" in scene) throw new MistakeError({ ...scene, at: ["what", index, name, ...(scene.at ?? [])] });
        return scene;
      });
    // What is wrong with the options is said before examples are looked for, which may take a while.
    scenesFor(null);
    // Looking for the inputs is a part of the whole, too.
    const before = looksAtInputs(options) ? 1 : 0;
    const done = (parts: number): number => (before + parts) / (before + asked.length);
    const shown = await shownData({
      ...context,
      progress: ({ fraction, ...told }) =>
        progress({ ...told, ...(fraction === undefined ? {} : { fraction: done(fraction - 1) }) }),
    });
    const scenes = scenesFor(shown.chosen?.told.length ?? 0);
    const found: Partial<Record<AspectName, Aspects[AspectName]>> = {};
    const blobs: Record<string, Blob> = {};
    for (const [index, { name }] of asked.entries()) {
      let isNamed = false;
      const pause: Pause = async (fraction) => {
        // Named once, however often an aspect says that it is at its beginning.
        progress({ fraction: done(index + fraction), ...(isNamed ? {} : { message: name }) });
        isNamed = true;
        await new Promise((resolve) => setImmediate(resolve));
        if (stopping()) throw new InterruptedError();
      };
      await pause(0);
      const made = await aspects[name].run({
        ...scenes[index]!,
        compute: providedCompute(),
        looked,
        inputs: shown.inputs,
        data: shown.data,
        given: shown.given ? examplesOf(shown.given) : shown.data,
        normalization: model.normalization ?? [],
        seeds,
        threads,
        pause,
        remark: (remark) => progress({ remark }),
      });
      found[name] = made.data;
      for (const [array, blob] of Object.entries(made.blobs ?? {})) blobs[`${name}.${array}`] = blob;
    }
    const { chosen, given } = shown;
    const { featureNames = [], targetNames = [], normalization } = given?.data ?? model;
    const data: InspectionData = {
      classes: model.classes,
      inputShape: model.inputShape,
      scale: (given?.data ?? model).scale,
      ...namesIn({ featureNames, targetNames, normalization }),
      split: given?.data.split ?? null,
      layers: nameable(layers).map(({ name, layer, output }) => ({ name, type: layer.type, shape: output })),
      ...(chosen ? { inputs: chosen.told } : {}),
      aspects: found as Partial<Aspects>,
    };
    return {
      inspection: {
        type: "inspection",
        data,
        blobs: { ...(chosen ? { inputs: givenFeatures(chosen.data) } : {}), ...blobs },
      },
    };
  },
};

/** The examples that aspects look at, as the network is shown them. */
interface ShownData {
  readonly inputs: Shown;
  readonly data: Shown;
  /** In the order of the model, as they were given; absent where no data are. */
  readonly given?: Dataset;
  readonly chosen?: ChosenInputs;
}

async function shownData({
  options,
  inputs,
  progress,
  stopping,
}: RunContext<InspectOptions, InspectInputs>): Promise<ShownData> {
  const { data, model } = inputs as typeof inputs & { readonly data?: Dataset };
  const own = modelOf(model);
  const nothing: Shown = { features: new Float32Array(0), rows: new Int32Array(0), shape: own.inputShape, scale: 1 };
  if (!data) return { inputs: nothing, data: nothing };
  if (data.data.count === 0) throw new MistakeError(nothingToShow);
  requirePlain(data, readers.inspect);
  const { output: given, remarks } = inOrder(data, traitsOf(own), meetings.evaluate);
  const { data: brought, steps } = shownTo(own, given, meetings.evaluate);
  for (const remark of [...remarks, ...normalisedRemark(steps, meetings.evaluate)]) progress({ remark });
  const all = examplesOf(brought);
  if (!looksAtInputs(options)) return { inputs: nothing, data: all, given };
  const chosen = await chosenInputs(options.inputs, model, given, { progress, stopping });
  return { inputs: { ...all, rows: rowsOf(chosen.data) }, data: all, given, chosen };
}

/** The examples themselves, and no others of those that are stored. */
function givenFeatures(data: Dataset): Blob {
  const { features } = data.blobs as { readonly features: Blob };
  const stored = features.bytes();
  const size = stored.length / features.shape[0]!;
  const rows = rowsOf(data);
  const picked = new Uint8Array(rows.length * size);
  for (const [at, row] of rows.entries()) picked.set(stored.subarray(row * size, (row + 1) * size), at * size);
  return blobOf(features.dtype, [rows.length, ...data.data.shape], picked);
}
