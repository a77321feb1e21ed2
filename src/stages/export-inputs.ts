/** Seeded inputs for a model of which no data are named, in the units of its file. */
import type { Described } from "../export/described.js";
import { isImputation } from "../learn/normalization.js";
import { stream } from "../learn/random.js";
import { sizeOfShape } from "../util/shape.js";
import { blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { membersOf } from "../values/model.js";
import type { Output } from "../values/output.js";
import { datasetOutput } from "./dataset.js";
import { firstScaling } from "./export-described.js";

export const inputCount = 64;

/**
 * Bytes, each as likely as any other, where the file takes bytes; else numbers spread as those that the first member
 * learned from, as far as its normalisation tells, and standard normal where nothing does. One in ten is NaN where it
 * fills gaps.
 */
export function seededInputs(
  model: Output<"model">,
  { input, scale }: Described & { readonly scale: number },
): Dataset {
  const { inputShape, classes, normalization, ...rest } = membersOf(model)[0]!.model;
  const random = stream(0, [], "export");
  const size = sizeOfShape(inputShape);
  const channels = inputShape[inputShape.length - 1]!;
  const areBytes = scale === 1 / 255;
  const step = firstScaling(normalization);
  const fillsGaps = membersOf(model).every((member) => member.model.normalization?.some(isImputation));
  const value = (at: number): number => {
    if (fillsGaps && random.int(10) === 0) return Number.NaN;
    if (areBytes) return random.int(256);
    const channel = at % channels;
    if (!step) return random.normal();
    const drawn = step.method === "min_max" ? random.uniform() : random.normal();
    return (step.offset[channel]! + step.divisor[channel]! * drawn) / scale;
  };
  const features = new (input.dtype === "float64" ? Float64Array : Float32Array)(inputCount * size).map((_, at) =>
    value(at),
  );
  const width = rest.outputShape[0]!;
  return datasetOutput(
    {
      count: inputCount,
      shape: inputShape,
      classes,
      scale,
      featureNames: rest.featureNames ?? [],
      targetNames: rest.targetNames ?? [],
      split: "inputs",
    },
    {
      features: blobOf(input.dtype, [inputCount, ...inputShape], features),
      labels: classes
        ? blobOf("int32", [inputCount], new Int32Array(inputCount))
        : blobOf("float32", [inputCount, width], new Float32Array(inputCount * width)),
    },
  );
}
