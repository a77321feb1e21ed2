/**
 * A model as a layers model of TF.js: `model.json`, which is Keras' description of layers, and `weights.bin`.
 *
 * It has layers that TF.js itself has and nothing else. Scale and normalisation are a batch normalisation with fixed
 * numbers; columns, classes and scaled targets are put right by a dense layer with a matrix of zeros and ones, or of
 * the divisors. TF.js computes in 32 bits, so numbers are within rounding of hw1's and not its very bits.
 */

import { ownVersion } from "../util/entries.js";
import type { Json } from "../util/json.js";
import type { Normalization, Scaling } from "../values/dataset.js";
import type { Described, DescribedMember, ExportedFiles } from "./described.js";
import { TfjsLayers } from "./tfjs-layers.js";
import { writeNetwork } from "./tfjs-network.js";

const topology = "model.json";
const weights = "weights.bin";

export function tfjsFiles(described: Described): ExportedFiles {
  const { input, outputs, members } = described;
  const layers = new TfjsLayers();
  layers.input(input.name, input.shape.slice(1));
  const said = members.map((member) => {
    const shown = shownTo(layers, described, member);
    return saidBy(layers, described, member, writeNetwork(layers, member, shown));
  });
  if (described.areClasses) writeClasses(layers, described, said);
  else layers.layer("predictions", "Activation", { activation: "linear" }, averaged(layers, said));
  const model: Json = {
    format: "layers-model",
    generatedBy: `hw1 ${ownVersion()}`,
    convertedBy: null,
    modelTopology: layers.topology(
      input.name,
      outputs.map(({ name }) => name),
    ),
    weightsManifest: [{ paths: [weights], weights: layers.manifest() }],
    userDefinedMetadata: described.metadata,
  };
  return { [topology]: new TextEncoder().encode(JSON.stringify(model)), [weights]: layers.bytes() };
}

/** The input in the member's order of columns and on its scale. */
function shownTo(
  layers: TfjsLayers,
  { input }: Described,
  { prefix, columns, scale, normalization }: DescribedMember,
): string {
  const x = columns ? layers.dense(`${prefix}columns`, input.name, permutation(columns), columns.length) : input.name;
  if (normalization.length === 0)
    return scale === 1 ? x : layers.layer(`${prefix}scale`, "Rescaling", { scale, offset: 0 }, [x]);
  return normalization
    .filter(isScaling)
    .reduce(
      (value, step, at) => normalised(layers, `${prefix}normalize_${at + 1}`, value, step, at === 0 ? scale : 1),
      x,
    );
}

/** TF.js has no layer for an imputation, and a model with one was refused (`formats.ts`). */
function isScaling(step: Normalization): step is Scaling {
  if (step.method === "impute") throw new Error("hw1 bug: an imputation where TF.js has no layer for one");
  return true;
}

const epsilon = 2 ** -10;
/**
 * ((x · scale) − offset) / divisor as (x − μ) γ + β. μ is the nearest float32 of offset / scale, and β what that
 * leaves, so that nothing is lost of a column far from 0.
 */
function normalised(layers: TfjsLayers, name: string, x: string, { offset, divisor }: Scaling, scale: number): string {
  const gamma = divisor.map((value) => scale / value);
  const exact = offset.map((value) => value / scale);
  const mean = exact.map(Math.fround);
  const beta = exact.map((value, at) => (mean[at]! - value) * gamma[at]!);
  // They add up to exactly 1, which divides by nothing. Without an epsilon TF.js on WebGL divides 0 by 0 in the places
  // that fill a texture up where columns are odd in number, and the next product takes that in.
  const variance = offset.map(() => 1 - epsilon);
  return layers.normalized(name, x, { gamma, beta, mean, variance }, epsilon);
}

/** @param order  of each result where it stands. @returns  [from, to], row by row */
function permutation(order: Int32Array): Float32Array {
  const matrix = new Float32Array(order.length ** 2);
  for (const [to, from] of order.entries()) matrix[from * order.length + to] = 1;
  return matrix;
}

/** A logit per class, or numbers in the units of the targets, in the order of the whole. */
function saidBy(
  layers: TfjsLayers,
  { width }: Described,
  { prefix, readAs, targetScaling, outputs }: DescribedMember,
  said: string,
): string {
  // The logit of the second of two classes, beside which the first one's is 0.
  let value = readAs === "sigmoid" ? layers.dense(`${prefix}both`, said, Float32Array.of(0, 1), 2) : said;
  if (targetScaling) {
    const { offset, divisor } = targetScaling;
    const matrix = new Float32Array(width ** 2);
    for (const [at, factor] of divisor.entries()) matrix[at * width + at] = factor;
    value = layers.dense(`${prefix}units`, value, matrix, width, Float32Array.from(offset));
  }
  return outputs ? layers.dense(`${prefix}order`, value, permutation(outputs), width) : value;
}

const averaged = (layers: TfjsLayers, said: readonly string[]): readonly string[] =>
  said.length === 1 ? said : [layers.layer("mean", "Average", {}, said)];

function writeClasses(layers: TfjsLayers, { rule, members }: Described, said: readonly string[]): void {
  // An ensemble of one says what its member says.
  if (members.length === 1) {
    if (rule === null) layers.layer("logits", "Activation", { activation: "linear" }, said);
    layers.layer("probabilities", "Activation", { activation: "softmax" }, rule === null ? ["logits"] : said);
    return;
  }
  const shares = said.map((logits, index) =>
    layers.layer(`${members[index]!.prefix}probabilities`, "Activation", { activation: "softmax" }, [logits]),
  );
  layers.layer("probabilities", "Activation", { activation: "linear" }, averaged(layers, shares));
}
