/** `copies` of `augment`: distorted images as a dataset like any other. */
import { MistakeError } from "../diagnostic/diagnostic.js";
import { explainMemory } from "../diagnostic/memory.js";
import { examplesOf } from "../learn/data.js";
import { pictureBytes, pictureType } from "../learn/pictures.js";
import { InterruptedError, type RunContext } from "../pipeline/run-context.js";
import { checkMemory, MemoryError } from "../util/memory.js";
import { grouped } from "../util/numbers.js";
import { blobOf } from "../values/blob.js";
import type { Dataset } from "../values/dataset.js";
import { copiesMistake } from "./augment-mistakes.js";
import { datasetOutput, unitOf } from "./dataset.js";
import { copiedColumns } from "./travelling.js";

/**
 * Copy c of the r-th row lies at (c − 1) × count + r, and is what epoch c of a training with these seeds would see.
 *
 * @throws MistakeError, LocalMistakeError, ShortMemoryError, InterruptedError
 */
export async function copiesOf(
  augmented: Dataset,
  copies: number,
  { seeds, threads, progress, stopping }: Pick<RunContext<unknown>, "seeds" | "threads" | "progress" | "stopping">,
): Promise<Dataset> {
  const { recipe, ...data } = augmented.data;
  const examples = examplesOf(augmented);
  const { rows, shape, labels, targets } = examples;
  const augmentation = examples.augmentation!;
  const bytes = pictureBytes(augmentation, shape);
  const mistake = rows.length === 0 ? nothingToCopy : copiesMistake(copies, rows.length, bytes);
  if (mistake) throw new MistakeError(mistake);
  const count = copies * rows.length;
  try {
    checkMemory(count * bytes, () => `Making ${grouped(count)} images`);
    // Loaded here, so that checking and planning load no threads.
    const { pictureCopies } = await import("../learn/picture-copies.js");
    let toldAt = Number.NEGATIVE_INFINITY;
    const features = await pictureCopies({ ...augmentation, shape, ...seeds }, rows, copies, {
      threads,
      now: () => performance.now(),
      told(fraction) {
        if (stopping()) throw new InterruptedError();
        const now = performance.now();
        if (fraction < 1 && now - toldAt < betweenProgressMs) return;
        toldAt = now;
        progress({ fraction, ...unitOf(shape) });
      },
    });
    const { dtype, scale } = pictureType(augmentation);
    const repeated = new (labels instanceof Int32Array ? Int32Array : Float32Array)(count * targets);
    for (let at = 0; at < repeated.length; at++) {
      const row = rows[Math.floor(at / targets) % rows.length]!;
      repeated[at] = labels[row * targets + (at % targets)]!;
    }
    return datasetOutput(
      { ...data, count, scale, copies: { count: copies, transforms: recipe!.transforms } },
      {
        features: blobOf(dtype, [count, ...shape], features),
        labels:
          labels instanceof Int32Array
            ? blobOf("int32", [count], repeated)
            : blobOf("float32", [count, targets], repeated),
        ...copiedColumns(
          augmented,
          Int32Array.from({ length: count }, (_, at) => rows[at % rows.length]!),
        ),
      },
    );
  } catch (error) {
    if (error instanceof MemoryError) throw explainMemory(error, "Make fewer `copies`.", ["copies"]);
    throw error;
  }
}

/** What is told is kept as an event, too. */
const betweenProgressMs = 200;

const nothingToCopy = { title: "no examples", message: "`data` has no images to copy.", at: ["data"] };
